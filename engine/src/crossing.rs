//! Moves one message over a boundary, chunk by chunk.
//! Knows no host, no clock and no policy text. What leaves is final; after a block nothing does.

use crate::body::{self, Media};
use crate::judge::{Judge, Law, Place};
use crate::limits;
use crate::model::{Delivery, Mode, OnOversize, OnUnparsable};
use crate::reader::csv::Csv;
use crate::reader::form::Form;
use crate::reader::json::Json;
use crate::reader::markup::{Claim, Kind, Markup};
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
    reader: Option<Reader>,
    /// What the reader cannot parse is read as text: its type never said that it can.
    guessed: bool,
    /// What is no UTF-8 is read as if a border stood there: nothing is to cross.
    lenient: bool,
    /// Where nothing is to cross, the last bytes that were read: text that takes the place of a
    /// reader that stops looks back at them.
    recent: Vec<u8>,
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
            reader: None,
            guessed: false,
            lenient: false,
            recent: Vec::new(),
            at: 0,
        }
    }

    /// A text that crosses nothing, and is read as far as it can be: for a survey.
    pub(crate) fn surveying(media: Media) -> Self {
        let tally = Tally { located: Some(Vec::new()), ..Tally::default() };
        let crossing = Self::new(tally, State::Sniff(media), false, true);
        Self { lenient: true, ..crossing }
    }

    /// Whether nothing may leave before the verdict.
    pub(crate) fn is_whole(&self) -> bool {
        self.whole
    }

    /// Bytes kept, beside what the adapter holds.
    pub(crate) fn kept_bytes(&self) -> usize {
        let reader = self.reader.as_ref().map_or(0, Reader::kept_bytes);
        self.splice.kept_bytes() + self.sniffed.len() + reader
    }

    /// Raw offset behind which every finding begins that is still to be told, but for long ones.
    pub(crate) fn told_to(&self) -> u64 {
        self.splice.base().saturating_sub(length(&self.recent))
    }

    /// Where the findings begin that have not been told because their end has not come.
    pub(crate) fn long_starts(&self) -> impl Iterator<Item = u64> {
        self.splice.long_starts()
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
        self.reader = None;
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

    /// The next piece to read: never beyond the first byte that may not be held, so that the limit
    /// is met there in whatever chunks the body comes, and nothing behind it is looked at.
    fn slice<'c>(&self, law: Law<'_>, rest: &'c [u8]) -> (&'c [u8], &'c [u8]) {
        let mut most = limits::SLICE_BYTES;
        let max = law.tables.limits.inspect_bytes_max;
        if self.whole && self.bytes_in <= max {
            let left = (max - self.bytes_in).saturating_add(1);
            let left = usize::try_from(left).unwrap_or(usize::MAX);
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

    /// The first bytes are there: chooses the reader, and gives it those bytes.
    fn begin(&mut self, law: Law<'_>, media: Media, out: &mut Vec<u8>) -> Result<(), Reason> {
        let begin = core::mem::take(&mut self.sniffed);
        let like_json = body::begins_json(&begin);
        if let Media::Opaque(magic) = media {
            if magic.fits(&begin) {
                self.state = State::Pass;
                out.extend_from_slice(&begin);
                return Ok(());
            }
            if magic != body::Magic::Code {
                return self.unreadable(law, &begin, Reason::UnknownMedia, out);
            }
        }
        // Text that looks like JSON may be read as such: so it is read here, as far as it is.
        // Records that look like JSON must be it: their columns would be lost in text.
        let is_text = matches!(media, Media::Text | Media::Opaque(_) | Media::Markup(Kind::Html));
        self.guessed = self.lenient || (like_json && is_text);
        let csv = |tab| Reader::Csv(Box::new(Csv::new(tab, self.lenient)));
        let json = |many| Reader::Json(Box::new(Json::new(many, law.paths.root())));
        let markup = |kind, claim| Reader::Markup(Box::new(Markup::new(kind, claim, self.lenient)));
        let raw = self.lenient || law.tables.limits.on_unparsable == OnUnparsable::ScanRaw;
        let looks_like = match media {
            Media::Text | Media::Unsaid => body::begins_markup(&begin),
            _ => None,
        };
        self.reader = Some(match media {
            Media::Json => json(false),
            Media::JsonLines => json(true),
            Media::Form => Reader::Form(Form::new()),
            Media::Csv
            | Media::Tsv
            | Media::Text
            | Media::Unsaid
            | Media::Markup(Kind::Html)
            | Media::Opaque(_)
                if like_json =>
            {
                json(true)
            }
            Media::Markup(kind) if raw => markup(kind, Claim::Forgiven),
            Media::Markup(kind) => markup(kind, Claim::Declared),
            Media::Csv => csv(None),
            Media::Tsv => csv(Some(b'\t')),
            Media::Text | Media::Unsaid | Media::Opaque(_) => match looks_like {
                Some(kind) => markup(kind, Claim::Guessed),
                None => Reader::Text(self.text()),
            },
        });
        self.state = State::Read;
        self.read(law, &begin, out)
    }

    fn text(&self) -> Text {
        if self.lenient { Text::lenient(0, 0) } else { Text::strict() }
    }

    fn read(&mut self, law: Law<'_>, slice: &[u8], out: &mut Vec<u8>) -> Result<(), Reason> {
        self.splice.push(slice);
        let at = self.at;
        self.at = at.saturating_add(length(slice));
        let read = self.with_reader(law, |reader, judge| reader.read(slice, at, judge));
        self.settle(law, read.unwrap_or(Ok(())), out)
    }

    /// Lets on what is decided, and deals with what the reader could not take.
    fn settle(
        &mut self,
        law: Law<'_>,
        read: Result<(), Stop>,
        out: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        let reached = read.map_or_else(|stop| stop.at, |()| self.at);
        let decided = self.reader.as_ref().map_or(reached, |reader| reader.decided(reached));
        self.advance(decided, out)?;
        match read {
            Ok(()) => Ok(()),
            Err(stop) => self.stop(law, stop, decided, out),
        }
    }

    fn with_reader<T>(
        &mut self,
        law: Law<'_>,
        run: impl FnOnce(&mut Reader, &mut Judge<'_, '_>) -> T,
    ) -> Option<T> {
        let reader = self.reader.as_mut()?;
        let (splice, tally) = (&mut self.splice, &mut self.tally);
        let mut judge = Judge { law, place: Place::Body, splice, tally };
        Some(run(reader, &mut judge))
    }

    /// The reader cannot go on: the rest is read as text where that may be, else nothing crosses.
    fn stop(
        &mut self,
        law: Law<'_>,
        stop: Stop,
        decided: u64,
        out: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        self.splice.close_all(decided);
        let structured = matches!(self.reader, Some(Reader::Json(_) | Reader::Csv(_)));
        let raw = self.guessed || law.tables.limits.on_unparsable == OnUnparsable::ScanRaw;
        // Read again as text, what hides would get another allowance.
        if !structured || !raw || stop.reason == Reason::HiddenText {
            return self.unreadable(law, &[], stop.reason, out);
        }
        let (from, rest) = match self.lenient {
            true => self.again(decided, out)?,
            false => (decided, self.splice.pending(decided)),
        };
        self.reader = Some(Reader::Text(self.text()));
        let read = self.with_reader(law, |reader, judge| reader.read(&rest, from, judge));
        self.settle(law, read.unwrap_or(Ok(())), out)
    }

    /// What is read again as text: a finding or its context may begin before the byte at which the
    /// reader stopped. Findings that end before it have been told.
    fn again(&mut self, decided: u64, out: &mut Vec<u8>) -> Result<(u64, Vec<u8>), Reason> {
        self.advance(decided, out)?;
        self.tally.told_to = decided;
        let mut rest = core::mem::take(&mut self.recent);
        let from = self.splice.base().saturating_sub(length(&rest));
        rest.extend_from_slice(&self.splice.pending(0));
        Ok((from, rest))
    }

    fn advance(&mut self, decided: u64, out: &mut Vec<u8>) -> Result<(), Reason> {
        let before = out.len();
        self.splice.advance(decided, out, &mut self.tally)?;
        if self.lenient {
            let passed = out.get(before..).unwrap_or_default();
            let kept = limits::HISTORY_BYTES.saturating_sub(passed.len());
            self.recent.drain(..self.recent.len().saturating_sub(kept));
            let last = passed.len().saturating_sub(limits::HISTORY_BYTES);
            self.recent.extend_from_slice(passed.get(last..).unwrap_or_default());
        }
        Ok(())
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
        self.reader = None;
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
        // Text that takes the place of a reader that stops has an end too.
        for _ in 0..2 {
            let finish = self.with_reader(law, |reader, judge| reader.finish(at, judge));
            let Some(Err(stop)) = finish else { break };
            self.settle(law, Err(stop), out)?;
        }
        self.splice.advance(u64::MAX, out, &mut self.tally)
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
