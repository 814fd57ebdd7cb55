//! One HTTP exchange: a request crossing and the crossing of its reply.
//! The one face that adapters use. Sans-IO: time, randomness and keys are arguments.
//! Knows no host; what it says must be carried out to the letter.

use crate::bundle::Bundle;
use crate::ends::Ends;
use crate::entry::Entry;
use crate::settings::Settings;
use crate::verdict::{Reason, Verdict};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

/// Milliseconds since the Unix epoch.
pub type UnixMillis = u64;

/// Headers or trailers in order, pseudo-headers first, names lower case, values as raw bytes.
pub type Headers = Vec<(Vec<u8>, Vec<u8>)>;

/// What to do with a head.
#[derive(Debug)]
pub enum HeadStep {
    /// Let it on, with these headers instead where there are some. `body` says what is to come.
    Forward(Option<Headers>, BodyPlan),
    /// Keep it back until the body's [`Step::Close`] (the host must be able to hold headers).
    /// The headers are to be set at once, but leave only then.
    Hold(Option<Headers>),
    /// Reply with this and let nothing on.
    Block(Refusal),
}

/// What to do with the body that follows a head that was let on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyPlan {
    /// Nothing of it is looked at: no need to call for its chunks.
    Ignore,
    /// Every chunk goes through [`Exchange::request_body`] or [`Exchange::response_body`].
    Inspect,
}

/// What to do with a chunk. `out` has been appended to where bytes are named.
#[derive(Debug)]
pub enum Step {
    /// The bytes in `out` (perhaps none) may enter the other zone; the rest is kept back.
    Release,
    /// The bytes in `out` (perhaps none) are decided but must be held by the host's adapter until
    /// `Close`: the delivery is whole.
    Stash,
    /// Done. The bytes in `out` and everything stashed before may leave.
    Close(Verdict),
    /// Stopped: what is stashed is dropped, `out` is empty, nothing more is sent.
    Block(Refusal),
}

/// What a blocked sender gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// HTTP status.
    pub status: u16,
    /// gRPC status.
    pub grpc_status: u8,
    /// JSON: `{"blocked": reason, "crossing": id}`.
    pub body: String,
    /// Headers to put in place of the request's before replying, so that access logs hold nothing.
    pub scrubbed: Option<Headers>,
}

/// One HTTP exchange.
pub struct Exchange {
    bundle: Rc<Bundle>,
}

impl Exchange {
    /// Begins an exchange. `id` is the crossing's id: 16 bytes, unique in the host.
    #[must_use]
    pub fn new(bundle: Rc<Bundle>, settings: Rc<Settings>, id: [u8; 16], now: UnixMillis) -> Self {
        let _ = (settings, id, now);
        Self { bundle }
    }

    /// The request's head. `end` says that no body and no trailers follow.
    pub fn request_head(&mut self, ends: &Ends, head: &Headers, end: bool) -> HeadStep {
        let _ = (&self.bundle, ends, head, end);
        unreachable!()
    }

    /// A chunk of the request's body; `end` with the last one, which may be empty.
    pub fn request_body(&mut self, chunk: &[u8], end: bool, out: &mut Vec<u8>) -> Step {
        let _ = (chunk, end, out);
        unreachable!()
    }

    /// The request's trailers, which end its body: `out` gets what was kept back. The headers are
    /// the trailers to send instead, where something in them was replaced.
    pub fn request_trailers(
        &mut self,
        trailers: &Headers,
        out: &mut Vec<u8>,
    ) -> (Step, Option<Headers>) {
        let _ = (trailers, out);
        unreachable!()
    }

    /// The response's head. `ends` as far as they are known now.
    pub fn response_head(&mut self, ends: &Ends, head: &Headers, end: bool) -> HeadStep {
        let _ = (ends, head, end);
        unreachable!()
    }

    /// A chunk of the response's body; `end` with the last one, which may be empty.
    pub fn response_body(&mut self, chunk: &[u8], end: bool, out: &mut Vec<u8>) -> Step {
        let _ = (chunk, end, out);
        unreachable!()
    }

    /// The response's trailers; see [`Self::request_trailers`].
    pub fn response_trailers(
        &mut self,
        trailers: &Headers,
        out: &mut Vec<u8>,
    ) -> (Step, Option<Headers>) {
        let _ = (trailers, out);
        unreachable!()
    }

    /// Bytes kept in this exchange now, beside what adapters stash.
    #[must_use]
    pub fn kept_bytes(&self) -> usize {
        0
    }

    /// Ends the exchange, however far it came: the entries of its crossings, at most two.
    pub fn close(&mut self, now: UnixMillis) -> Vec<Entry> {
        let _ = now;
        Vec::new()
    }
}
