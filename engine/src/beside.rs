//! A second policy that decides over the same messages as the active one, alters nothing, and
//! tells where it comes to something else: so that a change is seen on real traffic before it is
//! in force. Never hands out a byte, and keeps nothing that the active policy waits for.

use crate::blob::{Blob, BlobError};
use crate::bundle::Bundle;
use crate::ends::Ends;
use crate::entry::Entry;
use crate::exchange::{BodyPlan, Exchange, HeadStep, Headers, UnixMillis};
use crate::model::{Mode, Reply, Tables};
use crate::settings::Settings;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

/// An exchange under the candidate policy.
pub struct Beside {
    exchange: Exchange,
    /// What would have left, dropped at once.
    out: Vec<u8>,
    /// Whether it looks at the bodies of request and response.
    reads: (bool, bool),
}

/// How the candidate's decision over a message differs from the active one's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The same verdict over the same findings; of what both block, the same reason.
    Same,
    /// It would block what crossed.
    Stricter,
    /// It would have let on what was blocked, as far as that was seen.
    Looser,
    /// The same way or not, but other findings, actions or reasons.
    Other,
}

impl Difference {
    /// The name that metrics and entries have for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Stricter => "stricter",
            Self::Looser => "looser",
            Self::Other => "other",
        }
    }

    /// Between two entries of one message.
    #[must_use]
    pub fn between(active: &Entry, candidate: &Entry) -> Self {
        const BLOCK: &str = "block";
        match (active.verdict == BLOCK, candidate.verdict == BLOCK) {
            (false, true) => Self::Stricter,
            (true, false) => Self::Looser,
            // What the active one has blocked nobody read to its end.
            (true, true) if active.reason == candidate.reason => Self::Same,
            (false, false)
                if active.verdict == candidate.verdict && active.findings == candidate.findings =>
            {
                Self::Same
            }
            (true, true) | (false, false) => Self::Other,
        }
    }
}

/// What both policies came to over one message.
#[derive(Clone, Debug)]
pub struct Compared {
    /// How they differ.
    pub difference: Difference,
    /// The active policy's verdict.
    pub active: &'static str,
    /// What the candidate's entry would have been.
    pub candidate: Entry,
}

impl Compared {
    /// One line of JSON, with the adapter's own sequence number.
    #[must_use]
    pub fn to_json(&self, sequence: u64) -> String {
        let Self { difference, active, candidate } = self;
        let (difference, candidate) = (difference.name(), candidate.to_json(sequence));
        alloc::format!(
            "{{\"difference\":\"{difference}\",\"active\":\"{active}\",\"candidate\":{candidate}}}"
        )
    }
}

impl Beside {
    /// Begins with the exchange of the active policy: the same id, the same time. `bundle` must be
    /// one that observes; see [`Bundle::observing`].
    #[must_use]
    pub fn new(bundle: Rc<Bundle>, settings: Rc<Settings>, id: [u8; 16], now: UnixMillis) -> Self {
        let exchange = Exchange::new(bundle, settings, id, now);
        Self { exchange, out: Vec::new(), reads: (false, false) }
    }

    /// The request's head, as it came.
    pub fn request_head(&mut self, ends: &Ends, head: &Headers, end: bool) {
        let step = self.exchange.request_head(ends, head, end);
        self.reads.0 = reads(&step);
    }

    /// The response's head, as it came.
    pub fn response_head(&mut self, ends: &Ends, head: &Headers, end: bool) {
        let step = self.exchange.response_head(ends, head, end);
        self.reads.1 = reads(&step);
    }

    /// Whether the request's body is looked at.
    #[must_use]
    pub fn reads_request(&self) -> bool {
        self.reads.0
    }

    /// Whether the response's body is looked at.
    #[must_use]
    pub fn reads_response(&self) -> bool {
        self.reads.1
    }

    /// A chunk of the request's body, as it came; `end` with the last one.
    pub fn request_body(&mut self, chunk: &[u8], end: bool) {
        if self.reads.0 {
            let _ = self.exchange.request_body(chunk, end, &mut self.out);
            self.out.clear();
        }
    }

    /// A chunk of the response's body, as it came; `end` with the last one.
    pub fn response_body(&mut self, chunk: &[u8], end: bool) {
        if self.reads.1 {
            let _ = self.exchange.response_body(chunk, end, &mut self.out);
            self.out.clear();
        }
    }

    /// The request's trailers, as they came.
    pub fn request_trailers(&mut self, trailers: &Headers) {
        if self.reads.0 {
            let _ = self.exchange.request_trailers(trailers, &mut self.out);
            self.out.clear();
        }
    }

    /// The response's trailers, as they came.
    pub fn response_trailers(&mut self, trailers: &Headers) {
        if self.reads.1 {
            let _ = self.exchange.response_trailers(trailers, &mut self.out);
            self.out.clear();
        }
    }

    /// Bytes kept now.
    #[must_use]
    pub fn kept_bytes(&self) -> usize {
        let exchange = self.exchange.kept_bytes().saturating_add(self.exchange.decoder_bytes());
        exchange.saturating_add(self.out.capacity())
    }

    /// Ends it: of each message that both policies decided over, how they differ. `active` are the
    /// entries of the active policy's exchange, which is over.
    pub fn close(&mut self, now: UnixMillis, active: &[Entry]) -> Vec<Compared> {
        let candidates = self.exchange.close(now).into_iter();
        let compared = candidates.filter_map(|candidate| {
            let active = active.iter().find(|entry| entry.message == candidate.message)?;
            let difference = Difference::between(active, &candidate);
            Some(Compared { difference, active: active.verdict, candidate })
        });
        compared.collect()
    }
}

impl Bundle {
    /// The same policy, deciding everything and altering nothing: for [`Beside`].
    ///
    /// # Errors
    /// When the bytes are no blob that this engine reads.
    pub fn observing(bytes: Vec<u8>) -> Result<Self, BlobError> {
        let mut blob = Blob::parse(bytes)?;
        observe(&mut blob.tables);
        Self::of(blob)
    }
}

/// Sets every mode of a policy to observe.
fn observe(tables: &mut Tables) {
    tables.mode = Mode::Observe;
    tables.proxy_reply.mode = Mode::Observe;
    for boundary in &mut tables.boundaries {
        boundary.request.mode = Mode::Observe;
        if let Reply::Inspect(rules) = &mut boundary.reply {
            rules.mode = Mode::Observe;
        }
    }
}

fn reads(step: &HeadStep) -> bool {
    match step {
        HeadStep::Forward(_, plan) => *plan == BodyPlan::Inspect,
        HeadStep::Hold(_) => true,
        HeadStep::Block(_) => false,
    }
}
