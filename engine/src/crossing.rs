//! Moves one message over a boundary, chunk by chunk.
//! Knows no host, no clock and no policy text. What leaves is final; after a block nothing does.

use crate::body::{self, Media};
use crate::judge::{Judge, Law, Place};
use crate::limits;
use crate::model::{Delivery, Mode, OnOversize, OnUnparsable};
use crate::reader::form::Form;
use crate::reader::json::Json;
use crate::reader::text::Text;
use crate::reader::{Reader, Stop};
use crate::splice::Splice;
use crate::tally::Tally;
use crate::verdict::Reason;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// The body of one message on its way.
pub(crate) struct Crossing {
    pub(crate) tally: Tally,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) chunks: u64,
    pub(crate) state: State,
    /// Decided, and held by the adapter.
    stashed: u64,
    whole: bool,
    sniffed: Vec<u8>,
    splice: Splice,
    readers: Vec<Option<Reader>>,
    /// Raw offset that the readers have come to.
    at: u64,
}

/// How far a body has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Not looked at.
    Pass,
    /// Dropped: the boundary allows no body.
    Drop,
    /// Its first bytes must tell what it is.
    Sniff(Media),
    /// Being read.
    Read,
    /// Stopped.
    Block(Reason),
    /// Ended.
    End,
}

/// What came of a chunk.
pub(crate) enum Outcome {
    /// The bytes given out may leave, and so may all before.
    Release,
    /// They must be held.
    Stash,
    /// The body has ended; the same as `Release`.
    End,
    Block(Reason),
}

impl Crossing {
    /// A body that is not looked at.
    pub(crate) fn pass(tally: Tally) -> Self {
        Self::new(tally, State::Pass, false, false)
    }

    /// A body that is dropped.
    pub(crate) fn dropping(tally: Tally) -> Self {
        Self::new(tally, State::Drop, false, false)
    }

    /// A message that was stopped at its head.
    pub(crate) fn blocked(tally: Tally, reason: Reason) -> Self {
        Self::new(tally, State::Block(reason), false, false)
    }

    /// A body that is read.
    pub(crate) fn reading(law: Law<'_>, tally: Tally, media: Media, events: bool) -> Self {
        let observe = law.rules.mode == Mode::Observe;
        let whole = match law.rules.delivery {
            Delivery::Stream => false,
            Delivery::Whole => true,
            Delivery::WholeUnlessEvents => !events,
        };
        Self::new(tally, State::Sniff(media), whole && !observe, observe)
    }

    fn new(tally: Tally, state: State, whole: bool, observe: bool) -> Self {
        Self {
            tally,
            bytes_in: 0,
            bytes_out: 0,
            chunks: 0,
            state,
            stashed: 0,
            whole,
            sniffed: Vec::new(),
            splice: Splice::new(observe),
            readers: Vec::new(),
            at: 0,
        }
    }

    /// Whether nothing may leave before the verdict.
    pub(crate) fn is_whole(&self) -> bool {
        self.whole
    }

    /// Bytes kept, beside what the adapter holds.
    pub(crate) fn kept_bytes(&self) -> usize {
        let readers: usize = self.readers.iter().flatten().map(Reader::kept_bytes).sum();
        self.splice.kept_bytes() + self.sniffed.len() + readers
    }

    /// Whether something may still come out at the end, though no more comes in.
    pub(crate) fn keeps_back(&self) -> bool {
        !self.splice.is_empty() || !self.sniffed.is_empty()
    }

    /// A chunk of the body.
    pub(crate) fn push(
        &mut self,
        law: Law<'_>,
        chunk: &[u8],
        end: bool,
        out: &mut Vec<u8>,
    ) -> Outcome {
        if let State::Block(reason) = self.state {
            return Outcome::Block(reason);
        }
        let before = out.len();
        self.chunks = self.chunks.saturating_add(1);
        let mut result = Ok(());
        let mut rest = chunk;
        while result.is_ok() && !rest.is_empty() {
            let (slice, more) = self.slice(law, rest);
            rest = more;
            self.bytes_in = self.bytes_in.saturating_add(length(slice));
            result = self.take(law, slice, out).and_then(|()| self.bound(law));
        }
        if end && result.is_ok() {
            result = self.finish(law, out);
        }
        match result {
            Ok(()) => self.outcome(before, end, out),
            Err(reason) => {
                // A stream's prefix that was decided before the block may leave with it no more:
                // the host drops it, so it never left.
                out.truncate(before);
                self.block(reason)
            }
        }
    }

    fn block(&mut self, reason: Reason) -> Outcome {
        self.tally.block(reason);
        self.state = State::Block(reason);
        self.readers = Vec::new();
        self.splice = Splice::default();
        self.sniffed = Vec::new();
        Outcome::Block(reason)
    }

    fn outcome(&mut self, before: usize, end: bool, out: &[u8]) -> Outcome {
        let given = length(out.get(before..).unwrap_or_default());
        if self.whole && !end {
            self.stashed = self.stashed.saturating_add(given);
            return Outcome::Stash;
        }
        let stashed = core::mem::take(&mut self.stashed);
        self.bytes_out = self.bytes_out.saturating_add(given).saturating_add(stashed);
        if end {
            self.state = State::End;
            return Outcome::End;
        }
        Outcome::Release
    }

    /// The next piece to read: never beyond what may be held, so that the limit is met at the same
    /// byte in whatever chunks the body comes.
    fn slice<'c>(&self, law: Law<'_>, rest: &'c [u8]) -> (&'c [u8], &'c [u8]) {
        let mut most = limits::SLICE_BYTES;
        let max = law.tables.limits.inspect_bytes_max;
        if self.whole && self.bytes_in < max {
            let left = usize::try_from(max - self.bytes_in).unwrap_or(usize::MAX);
            most = most.min(left);
        }
        rest.split_at(most.min(rest.len()))
    }

    /// Past the limit of what may be held.
    fn bound(&mut self, law: Law<'_>) -> Result<(), Reason> {
        if !self.whole || self.bytes_in <= law.tables.limits.inspect_bytes_max {
            return Ok(());
        }
        match law.tables.limits.on_oversize {
            OnOversize::Block => Err(Reason::Oversize),
            OnOversize::Stream => {
                self.whole = false;
                Ok(())
            }
        }
    }

    fn take(&mut self, law: Law<'_>, slice: &[u8], out: &mut Vec<u8>) -> Result<(), Reason> {
        match self.state {
            State::Pass => {
                out.extend_from_slice(slice);
                Ok(())
            }
            State::Drop => {
                self.tally.rewritten = true;
                Ok(())
            }
            State::Sniff(media) => {
                self.sniffed.extend_from_slice(slice);
                if body::tells(media, &self.sniffed) { self.begin(law, media, out) } else { Ok(()) }
            }
            State::Read => self.read(law, slice, out),
            State::Block(reason) => Err(reason),
            State::End => Err(Reason::Internal),
        }
    }

    /// The first bytes are there: chooses the readers, and gives them those bytes.
    fn begin(&mut self, law: Law<'_>, media: Media, out: &mut Vec<u8>) -> Result<(), Reason> {
        let begin = core::mem::take(&mut self.sniffed);
        let json = |many| Some(Reader::Json(Box::new(Json::new(many, law.paths.root()))));
        let text = || Some(Reader::Text(Text::strict()));
        self.readers = match media {
            Media::Json => alloc::vec![json(false)],
            Media::JsonLines => alloc::vec![json(true)],
            Media::Form => alloc::vec![Some(Reader::Form(Form::new()))],
            Media::Unsaid if body::begins_json(&begin) => alloc::vec![json(true)],
            Media::Unsaid => alloc::vec![text()],
            Media::Text if body::begins_json(&begin) => alloc::vec![text(), json(true)],
            Media::Text => alloc::vec![text()],
            Media::Opaque(magic) if magic.fits(&begin) => {
                self.state = State::Pass;
                out.extend_from_slice(&begin);
                return Ok(());
            }
            Media::Opaque(body::Magic::Code) => alloc::vec![text(), json(true)],
            Media::Opaque(_) => return self.unreadable(law, &begin, Reason::UnknownMedia, out),
        };
        self.state = State::Read;
        self.read(law, &begin, out)
    }

    fn read(&mut self, law: Law<'_>, slice: &[u8], out: &mut Vec<u8>) -> Result<(), Reason> {
        self.splice.push(slice);
        let at = self.at;
        self.at = at.saturating_add(length(slice));
        let mut decided = self.at;
        let mut stopped = None;
        for n in 0..self.readers.len() {
            let stop = self.with_reader(law, n, |reader, judge| reader.read(slice, at, judge));
            let Some(stop) = stop else { continue };
            let (reached, stop) = match stop {
                Ok(()) => (self.at, None),
                Err(stop) => (stop.at, Some(stop)),
            };
            if n > 0 && stop.is_some() {
                // What only looked like JSON: its declared type is read all the same.
                self.drop_reader(n, reached);
                continue;
            }
            let reader = self.readers.get(n).and_then(Option::as_ref);
            decided = decided.min(reader.map_or(reached, |reader| reader.decided(reached)));
            stopped = stopped.or(stop);
        }
        self.splice.advance(decided, out, &mut self.tally)?;
        match stopped {
            None => Ok(()),
            Some(stop) => self.stop(law, stop, decided, out),
        }
    }

    fn with_reader<T>(
        &mut self,
        law: Law<'_>,
        n: usize,
        run: impl FnOnce(&mut Reader, &mut Judge<'_, '_>) -> T,
    ) -> Option<T> {
        let owner = u8::try_from(n).unwrap_or(u8::MAX);
        let reader = self.readers.get_mut(n)?.as_mut()?;
        let mut judge = Judge {
            law,
            place: Place::Body,
            splice: &mut self.splice,
            tally: &mut self.tally,
            owner,
        };
        Some(run(reader, &mut judge))
    }

    /// A reader that cannot go on: what it has open ends here.
    fn drop_reader(&mut self, n: usize, at: u64) {
        let owner = u8::try_from(n).unwrap_or(u8::MAX);
        while let Some(long) = self.splice.opened_by(owner) {
            long.end = Some(at.max(long.start));
        }
        if let Some(slot) = self.readers.get_mut(n) {
            *slot = None;
        }
    }

    /// The declared reader cannot go on.
    fn stop(
        &mut self,
        law: Law<'_>,
        stop: Stop,
        decided: u64,
        out: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        let parsed =
            matches!(stop.reason, Reason::Unparsable | Reason::TooDeep | Reason::NumberTooLong);
        if parsed && law.tables.limits.on_unparsable == OnUnparsable::ScanRaw {
            self.drop_reader(0, decided);
            self.readers = alloc::vec![Some(Reader::Text(Text::strict()))];
            let rest = self.splice.pending(decided);
            let read = self.with_reader(law, 0, |reader, judge| reader.read(&rest, decided, judge));
            let reader = self.readers.first().and_then(Option::as_ref);
            let reached = match read {
                Some(Err(stop)) => stop.at,
                Some(Ok(())) | None => self.at,
            };
            let decided = reader.map_or(reached, |reader| reader.decided(reached));
            self.splice.advance(decided, out, &mut self.tally)?;
            return match read {
                Some(Err(stop)) => self.unreadable(law, &[], stop.reason, out),
                Some(Ok(())) | None => Ok(()),
            };
        }
        self.unreadable(law, &[], stop.reason, out)
    }

    /// Blocks; or passes on all that is left, where nothing may be altered.
    fn unreadable(
        &mut self,
        law: Law<'_>,
        begin: &[u8],
        reason: Reason,
        out: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        self.tally.block(reason);
        if law.rules.mode != Mode::Observe {
            return Err(reason);
        }
        self.readers = Vec::new();
        self.state = State::Pass;
        let left = self.splice.take_rest();
        out.extend_from_slice(&left);
        out.extend_from_slice(begin);
        Ok(())
    }

    fn finish(&mut self, law: Law<'_>, out: &mut Vec<u8>) -> Result<(), Reason> {
        if let State::Sniff(media) = self.state {
            // An empty body holds nothing, whatever its type.
            if self.sniffed.is_empty() {
                return Ok(());
            }
            self.begin(law, media, out)?;
        }
        if self.state != State::Read {
            return Ok(());
        }
        let at = self.at;
        for n in 0..self.readers.len() {
            let stop = self.with_reader(law, n, |reader, judge| reader.finish(at, judge));
            if let (1.., Some(Err(stop))) = (n, stop) {
                self.drop_reader(n, stop.at);
            }
            if let (0, Some(Err(stop))) = (n, stop) {
                let reader = self.readers.get(n).and_then(Option::as_ref);
                let decided = reader.map_or(at, |reader| reader.decided(at));
                self.splice.advance(decided, out, &mut self.tally)?;
                self.stop(law, stop, decided, out)?;
                if self.state != State::Read {
                    return Ok(());
                }
                if let Some(Err(stop)) =
                    self.with_reader(law, 0, |reader, judge| reader.finish(at, judge))
                {
                    self.splice.advance(stop.at, out, &mut self.tally)?;
                    return self.unreadable(law, &[], stop.reason, out);
                }
                break;
            }
        }
        self.splice.advance(u64::MAX, out, &mut self.tally)
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
