//! Text that goes on from one body to the next, as the pieces of a stream of events do: joins what
//! stands at the same place of bodies that follow each other, and finds what goes over a break.
//! Each piece alone is read by its own reader. Follows few places, keeps little of each, and holds
//! back no more than what may still belong to something that goes over a break: where text comes in
//! pieces as long as it may, within bounds; in records no longer than until the next body has come.
//! What is not held any more is read on all the same, so that the rest of a finding is taken out.
//! What it does depends on the bytes alone, not on the chunks in which they come.

mod followed;

use crate::detect::ContextSets;
use crate::finding::Finding;
use crate::judge::Judge;
use crate::path::FieldSet;
use crate::room;
use alloc::vec::Vec;
use followed::Followed;

/// The place of bodies that are text.
pub(crate) const TEXT: u64 = 0x7465_7874;

/// Most places that are followed at once.
const PLACES_MAX: usize = 6;
/// Bodies that may lack a place without ending its text.
const GAP: u64 = 2;
/// What may be kept of all places.
/// INVARIANT: more than the longest candidate that is not committed, with its history.
const KEPT_BYTES_MAX: usize = 3 * 1024 + 512;
/// Raw bytes that may have come since what is told of them: an escape, or the first bytes of a
/// payload, which tell what it is.
const LAG_BYTES_MAX: u64 = 128;

/// How text at a place goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// In values of records, each of which is whole for all that is known.
    Records,
    /// In bodies that are text, or nothing but a string.
    Bodies,
    /// In pieces of one text: its name says so.
    Pieces,
}

/// Texts that go on.
#[derive(Clone, Default)]
pub(crate) struct Running {
    places: Vec<Followed>,
    /// Which of them is being read, and what may be kept of it.
    active: Option<usize>,
    room: usize,
    /// Number of the body.
    body: u64,
    out: Out,
}

/// What was found, and not handed on.
#[derive(Clone, Default)]
struct Out {
    found: Vec<Finding>,
    key_missing: bool,
}

/// The place of a value with this name, below another place.
pub(crate) fn below(place: u64, name: &[u8]) -> u64 {
    mix(place.rotate_left(23) ^ 0xcbf2_9ce4_8422_2325, name)
}

fn mix(sum: u64, bytes: &[u8]) -> u64 {
    let mix = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(sum, mix)
}

/// Whether a name is one of those whose values are no text in any protocol.
pub(crate) fn is_fixed(name: &[u8]) -> bool {
    const FIXED: [&[u8]; 23] = [
        b"id",
        b"object",
        b"model",
        b"type",
        b"role",
        b"event",
        b"status",
        b"created",
        b"finish_reason",
        b"finishReason",
        b"done_reason",
        b"stop_reason",
        b"stop_sequence",
        b"system_fingerprint",
        b"service_tier",
        b"modelVersion",
        b"obfuscation",
        b"version",
        b"time",
        b"timestamp",
        b"call_id",
        b"provider",
        b"native_finish_reason",
    ];
    FIXED.contains(&name)
        || name.ends_with(b"_id")
        || name.ends_with(b"Id")
        || name.ends_with(b"_at")
}

/// Whether a name is one of those below which text comes in pieces, as models send it.
pub(crate) fn is_piece(name: &[u8]) -> bool {
    const PIECES: [&[u8]; 26] = [
        b"delta",
        b"content",
        b"text",
        b"arguments",
        b"partial_json",
        b"thinking",
        b"reasoning",
        b"reasoning_content",
        b"completion",
        b"response",
        b"token",
        b"tokens",
        b"word",
        b"generation",
        b"generated_text",
        b"output",
        b"outputText",
        b"output_text",
        b"transcript",
        b"refusal",
        b"answer",
        b"reply",
        b"message",
        b"chunk",
        b"piece",
        b"parts",
    ];
    PIECES.contains(&name)
}

/// Whether a name is one whose number tells apart what stands beside it.
pub(crate) fn is_index(name: &[u8]) -> bool {
    name == b"index" || name.ends_with(b"_index")
}

impl Running {
    /// What follows, from raw offset `at` on, goes on with the text of a place.
    pub(crate) fn follow(
        &mut self,
        (place, flow): (u64, Flow),
        at: u64,
        context: ContextSets,
        fields: FieldSet,
        judge: &Judge<'_, '_>,
    ) {
        self.expire(at);
        self.active = self.places.iter().position(|followed| followed.place == place);
        if self.active.is_none() {
            if self.places.len() >= PLACES_MAX && !self.make_room(flow, judge) {
                return;
            }
            self.active = Some(self.places.len());
            self.places.push(Followed::new(place, flow, context, fields));
        }
        let kept: usize = self.kept_bytes();
        let Some(followed) = self.active.and_then(|n| self.places.get_mut(n)) else { return };
        self.room = KEPT_BYTES_MAX.saturating_sub(kept - followed.kept_bytes());
        if (followed.context, followed.fields) != (context, fields) {
            followed.close(judge, &mut self.out);
            (followed.context, followed.fields) = (context, fields);
        }
        followed.begin_piece(self.body);
    }

    /// Text that comes in pieces goes before records. Whether there is room for a place.
    fn make_room(&mut self, flow: Flow, judge: &Judge<'_, '_>) -> bool {
        let record = |followed: &Followed| followed.flow == Flow::Records;
        let Some(n) = self.places.iter().rposition(record).filter(|_| flow != Flow::Records) else {
            return false;
        };
        self.places.remove(n).close(judge, &mut self.out);
        true
    }

    /// What follows belongs to no place.
    pub(crate) fn leave(&mut self) {
        self.active = None;
    }

    /// ASCII bytes that stand for themselves.
    pub(crate) fn push_ascii(&mut self, mut run: &[u8], mut at: u64, judge: &Judge<'_, '_>) {
        let Some(followed) = self.active.and_then(|n| self.places.get_mut(n)) else { return };
        while let Some((first, rest)) = run.split_first() {
            followed.prepare(at, self.room, judge, &mut self.out);
            followed.push(core::slice::from_ref(first), at, 0);
            at = at.saturating_add(1);
            // INVARIANT: room is made before the same bytes whatever runs they come in.
            let (now, later) = rest.split_at(followed.spare_bytes(at, self.room).min(rest.len()));
            followed.push(now, at, 0);
            at = at.saturating_add(u64::try_from(now.len()).unwrap_or(u64::MAX));
            run = later;
        }
    }

    /// One character's scan text, spelled in `raw_bytes` bytes.
    pub(crate) fn push(&mut self, text: &[u8], at: u64, raw_bytes: u8, judge: &Judge<'_, '_>) {
        let Some(followed) = self.active.and_then(|n| self.places.get_mut(n)) else { return };
        followed.prepare(at, self.room, judge, &mut self.out);
        followed.push(text, at, raw_bytes);
    }

    /// The piece has ended before raw offset `at`.
    pub(crate) fn end_piece(&mut self, at: u64, judge: &mut Judge<'_, '_>) {
        if let Some(n) = self.active.take()
            && let Some(followed) = self.places.get_mut(n)
        {
            followed.expire(at);
            if followed.end_piece(judge, &mut self.out) {
                self.close(judge);
            }
        }
        self.tell(judge);
    }

    /// A body has ended before raw offset `at`.
    pub(crate) fn end_body(&mut self, at: u64, judge: &mut Judge<'_, '_>) {
        self.expire(at);
        let ended = self.body;
        self.body = self.body.saturating_add(1);
        for followed in &mut self.places {
            followed.end_body(ended, judge);
            if self.body - followed.seen > GAP + 1 {
                followed.close(judge, &mut self.out);
            }
        }
        let body = self.body;
        self.places.retain(|followed| body - followed.seen <= GAP + 1);
        self.tell(judge);
    }

    /// No text goes on.
    pub(crate) fn close(&mut self, judge: &mut Judge<'_, '_>) {
        self.active = None;
        for followed in &mut self.places {
            followed.close(judge, &mut self.out);
        }
        self.places.clear();
        self.tell(judge);
    }

    /// Hands on what was found.
    pub(crate) fn tell(&mut self, judge: &mut Judge<'_, '_>) {
        judge.tally.key_missing |= core::mem::take(&mut self.out.key_missing);
        self.out.found.drain(..).for_each(|finding| judge.splice.find(finding));
    }

    /// The bodies have come to raw offset `at`: what would be held for longer is held no more.
    /// INVARIANT: whatever changes a text comes behind this for its own offset, which the bytes
    /// alone tell.
    pub(crate) fn expire(&mut self, at: u64) {
        self.places.iter_mut().for_each(|followed| followed.expire(at));
    }

    /// The same at the end of a chunk, which may come before something that began further back.
    pub(crate) fn expire_chunk(&mut self, at: u64) {
        self.expire(at.saturating_sub(LAG_BYTES_MAX));
    }

    /// Raw offset before which nothing can change any more; `at` where nothing can.
    pub(crate) fn decided(&self, at: u64) -> u64 {
        let pending = self.places.iter().filter_map(Followed::pending);
        pending.min().unwrap_or(at).min(at)
    }

    /// Gives back room, before a wait.
    pub(crate) fn trim(&mut self) {
        room::trim(&mut self.places);
        room::trim(&mut self.out.found);
        self.places.iter_mut().for_each(Followed::trim);
    }

    /// Bytes kept.
    pub(crate) fn kept_bytes(&self) -> usize {
        self.places.iter().map(Followed::kept_bytes).sum()
    }
}
