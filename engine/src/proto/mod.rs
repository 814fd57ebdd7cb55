//! Bodies of protobuf, gRPC and gRPC-Web. Lengths stand before what they measure, so a message is
//! kept whole until it is decided, up to the policy's limit of what may be held, and leaves at once
//! then: a stream never waits for its next message.
//! Knows no HTTP; what a message is read for is in [`message`], what becomes of it in [`rewrite`].

mod base64;
pub(crate) mod carved;
mod frames;
pub(crate) mod header;
mod message;
mod number;
mod rewrite;
mod tails;
mod trailer;
mod web_text;
mod wire;

pub(crate) use frames::Frames;

use crate::codec::Coding;
use crate::headers::{self, Headers};
use crate::judge::{Judge, Law, Place};
use crate::limits;
use crate::model::Mode;
use crate::reader::json::Json;
use crate::splice::Splice;
use crate::tally::Tally;
use crate::verdict::Reason;
use alloc::vec::Vec;
use message::{At, Reading};
use rewrite::Turned;
use tails::Tails;

/// Passes after which a message must have come to rest.
const PASSES_MAX: usize = 4;

/// How messages are put together into a body, and what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Framing {
    pub(crate) frame: Frame,
    pub(crate) payload: Payload,
    /// What messages are compressed in that say that they are.
    pub(crate) coding: Option<Coding>,
}

/// What stands around messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// The body is one message.
    Bare,
    /// A flag and a length before each.
    Grpc,
    /// The same, and trailers in a frame of their own.
    Web,
    /// The same in base64.
    WebText,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    Protobuf,
    Json,
}

impl Framing {
    /// The framing of a media type, if it is one of ours.
    pub(crate) fn of(media: &str) -> Option<Self> {
        let bare = ["application/protobuf", "application/x-protobuf"];
        if bare.contains(&media) || media == "application/vnd.google.protobuf" {
            return Some(Self { frame: Frame::Bare, payload: Payload::Protobuf, coding: None });
        }
        let rest = media.strip_prefix("application/grpc")?;
        let (frame, rest) = [("-web-text", Frame::WebText), ("-web", Frame::Web)]
            .into_iter()
            .find_map(|(name, frame)| Some((frame, rest.strip_prefix(name)?)))
            .unwrap_or((Frame::Grpc, rest));
        let payload = match rest {
            "" | "+proto" => Payload::Protobuf,
            "+json" => Payload::Json,
            _ => return None,
        };
        Some(Self { frame, payload, coding: None })
    }

    /// The same, compressed as `grpc-encoding` says.
    pub(crate) fn coded(self, head: &Headers) -> Self {
        let name = headers::header(head, b"grpc-encoding");
        Self { coding: name.and_then(Coding::named), ..self }
    }
}

/// What bytes that are known whole may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    /// A message, or nothing that can be read.
    Message,
    /// Any bytes.
    Bytes,
}

/// Finds and protects what is in a message; `None` where it stays as it is.
fn protobuf(
    law: Law<'_>,
    tally: &mut Tally,
    tails: &mut Tails,
    bytes: &[u8],
    shape: Option<u16>,
) -> Result<Option<Vec<u8>>, Reason> {
    wire::check(bytes, 0, bytes.len())?;
    // Without a type there are no names, and no path leads anywhere.
    let root = law.paths.root();
    let spot = if shape.is_some() { root } else { root.unnamed(0) };
    let at = At { depth: 0, way: 0, spot, shape };
    let protected = protect(law, Place::Body, tally, Some(tails), bytes, at, Whole::Message)?;
    tails.next();
    Ok(protected)
}

fn protect(
    law: Law<'_>,
    place: Place<'_>,
    tally: &mut Tally,
    mut tails: Option<&mut Tails>,
    bytes: &[u8],
    at: At,
    whole: Whole,
) -> Result<Option<Vec<u8>>, Reason> {
    let mut kept: Option<Vec<u8>> = None;
    let mut turned = Turned::new();
    // Where a message reads as text too, a length that changed may make another text of it.
    for pass in 0..PASSES_MAX {
        let bytes = kept.as_deref().unwrap_or(bytes);
        let mut again = Tally::default();
        let tally = if pass == 0 { &mut *tally } else { &mut again };
        if let Some(tails) = &mut tails {
            tails.again();
        }
        let mut reading = Reading::new(law, place, tally, tails.as_deref_mut(), (bytes, &turned));
        match whole {
            Whole::Message => reading.message(0, bytes.len(), at)?,
            Whole::Bytes => reading.payload(0, bytes.len(), at)?,
        }
        let mut edits = reading.into_carved();
        edits.retain(|carved| carved.text.is_some());
        if edits.is_empty() {
            return Ok(kept);
        }
        let (all, mut after) = (0..bytes.len(), Turned::new());
        kept = Some(match whole {
            Whole::Message => rewrite::message(bytes, all, &edits, &turned, &mut after),
            Whole::Bytes => rewrite::payload(bytes, all, &edits, &turned, &mut after),
        });
        turned = after;
    }
    Err(Reason::Unparsable)
}

/// The same for a message of JSON.
fn json(law: Law<'_>, tally: &mut Tally, bytes: &[u8]) -> Result<Option<Vec<u8>>, Reason> {
    let mut splice = Splice::new(law.rules.mode == Mode::Observe);
    let mut json = Json::new(false, law.paths.root());
    let (mut at, mut out) = (0_u64, Vec::with_capacity(bytes.len()));
    for slice in bytes.chunks(limits::SLICE_BYTES) {
        splice.push(slice);
        let mut judge = Judge { law, place: Place::Body, splice: &mut splice, tally };
        let read = json.read(slice, at, &mut judge);
        at = at.saturating_add(u64::try_from(slice.len()).unwrap_or(u64::MAX));
        let reached = read.map_or_else(|stop| stop.at, |()| at);
        splice.advance(json.decided(reached), &mut out, tally)?;
        read.map_err(|stop| stop.reason)?;
    }
    let mut judge = Judge { law, place: Place::Body, splice: &mut splice, tally };
    json.finish(at, &mut judge).map_err(|stop| stop.reason)?;
    splice.advance(u64::MAX, &mut out, tally)?;
    Ok((out != bytes).then_some(out))
}
