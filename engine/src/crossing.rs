//! Moves one message over a boundary, chunk by chunk.
//! Knows no host, no clock and no policy text. What leaves is final; after a block nothing does.

use crate::body::{self, Media};
use crate::codec::{self, Codec, Transcoder};
use crate::fields_only;
use crate::judge::{Judge, Law, Place};
use crate::limits;
use crate::model::{Delivery, Mode, OnOversize, OnUnparsable};
use crate::proto::Frames;
use crate::reader::csv::Csv;
use crate::reader::form::Form;
use crate::reader::json::Json;
use crate::reader::markup::{Claim, Kind, Markup};
use crate::reader::text::Text;
use crate::reader::{Like, Reader, Stop};
use crate::room;
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
    /// It would be held whole if it were not only observed.
    observed_whole: bool,
    /// What undoes the coding of the body, before it is read.
    codec: Option<Box<Codec>>,
    /// What was decoded is read beside the body, which goes on as it came.
    aside: bool,
    /// Bytes of the content, which are as many as come in where nothing is coded.
    content_bytes: u64,
    sniffed: Vec<u8>,
    splice: Splice,
    reader: Option<Reader>,
    /// Messages with lengths before them are no matter of a reader: none is cut in pieces.
    frames: Option<Box<Frames>>,
    /// The type of the messages, by the method that is called.
    pub(crate) shape: Option<u16>,
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
    /// Being read message by message.
    Frames,
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
        let observed_whole = whole && observe;
        let new = Self::new(tally, State::Sniff(media), whole && !observe, observe);
        Self { observed_whole, ..new }
    }

    /// The same for a body that is coded. Where nothing may be altered, it goes on as it came.
    pub(crate) fn coded(self, law: Law<'_>, codec: Option<Codec>) -> Self {
        let aside = codec.is_some() && law.rules.mode == Mode::Observe;
        Self { codec: codec.map(Box::new), aside, ..self }
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
            observed_whole: false,
            codec: None,
            aside: false,
            content_bytes: 0,
            sniffed: Vec::new(),
            splice: Splice::new(observe),
            reader: None,
            frames: None,
            shape: None,
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
        let frames = self.frames.as_ref().map_or(0, |frames| frames.kept_bytes());
        self.splice.kept_bytes() + self.sniffed.len() + reader + frames
    }

    /// Bytes that decoders have set aside, beside those.
    pub(crate) fn decoder_bytes(&self) -> usize {
        self.codec.as_ref().map_or(0, |codec| codec.decoder_bytes())
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
        let frames = self.frames.as_ref().is_some_and(|frames| frames.keeps_back());
        let again = self.codec.as_ref().is_some_and(|codec| codec.again.is_on());
        !self.aside && (!self.splice.is_empty() || !self.sniffed.is_empty() || frames || again)
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
        let result = match self.codec.take() {
            None => self.plain(law, chunk, end, out),
            Some(mut codec) => {
                let result = self.decode(law, &mut codec, chunk, end, out);
                self.codec = Some(codec);
                result
            }
        };
        match result {
            Ok(()) => {
                self.trim();
                self.outcome(before, end, out)
            }
            Err(reason) => {
                // A stream's prefix that was decided before the block may leave with it no more:
                // the host drops it, so it never left.
                out.truncate(before);
                self.block(reason)
            }
        }
    }

    fn plain(
        &mut self,
        law: Law<'_>,
        chunk: &[u8],
        end: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        let mut rest = chunk;
        while !rest.is_empty() {
            let (slice, more) = self.slice(law, rest);
            rest = more;
            self.bytes_in = self.bytes_in.saturating_add(length(slice));
            self.content_bytes = self.bytes_in;
            self.take(law, slice, out)?;
            self.bound(law)?;
        }
        if end { self.finish(law, out) } else { Ok(()) }
    }

    /// A chunk of a body that is coded: reads its content, and lets that on instead.
    fn decode(
        &mut self,
        law: Law<'_>,
        codec: &mut Codec,
        chunk: &[u8],
        end: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        self.bytes_in = self.bytes_in.saturating_add(length(chunk));
        let mut read = Vec::new();
        let out = if self.aside {
            out.extend_from_slice(chunk);
            &mut read
        } else {
            out
        };
        if self.aside && self.state == State::Pass {
            return Ok(());
        }
        let before = out.len();
        let Codec { codings, transcoder, again } = codec;
        let mut decoded = codings.push(chunk, &mut |content| {
            if self.aside {
                out.clear();
            }
            self.content(law, transcoder, content, out)
        });
        if end {
            decoded = decoded.and_then(|()| codings.finish());
        }
        if self.aside && self.state == State::Pass {
            return Ok(());
        }
        if let Err(reason) = decoded {
            self.unreadable(law, &[], reason, out)?;
        }
        if !end {
            return again.push(before, out);
        }
        if let Some(Err(reason)) = transcoder.as_ref().map(Transcoder::finish) {
            self.unreadable(law, &[], reason, out)?;
        }
        let mut last = Vec::new();
        self.finish(law, &mut last)?;
        write(transcoder, &last, out);
        again.push(before, out)?;
        // An empty body stays empty.
        if self.bytes_in == 0 { Ok(()) } else { again.finish(out) }
    }

    /// A piece of what a body holds, in the charset of the body.
    fn content(
        &mut self,
        law: Law<'_>,
        transcoder: &mut Option<Transcoder>,
        content: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        let mut rest = content;
        while !rest.is_empty() {
            // Nothing more is read of what cannot be read.
            if self.aside && self.state == State::Pass {
                return Ok(());
            }
            let (slice, more) = self.slice(law, rest);
            rest = more;
            self.content_bytes = self.content_bytes.saturating_add(length(slice));
            match transcoder {
                None => self.take(law, slice, out)?,
                Some(transcoder) => self.transcode(law, transcoder, slice, out)?,
            }
            self.bound(law)?;
        }
        Ok(())
    }

    fn transcode(
        &mut self,
        law: Law<'_>,
        transcoder: &mut Transcoder,
        slice: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        let (mut utf8, mut read) = (Vec::new(), Vec::new());
        let decoded = transcoder.decode(slice, &mut utf8);
        for piece in utf8.chunks(limits::SLICE_BYTES) {
            self.take(law, piece, &mut read)?;
        }
        if let Err(reason) = decoded {
            self.unreadable(law, &[], reason, &mut read)?;
        }
        transcoder.encode(&read, out);
        Ok(())
    }

    /// Stops what is on its way.
    pub(crate) fn stop_for(&mut self, reason: Reason) {
        self.block(reason);
    }

    /// Whether it is in the middle of a value that a grant lets pass.
    pub(crate) fn is_in_granted(&self) -> bool {
        self.splice.is_in_granted()
    }

    fn block(&mut self, reason: Reason) -> Outcome {
        self.tally.block(reason);
        self.state = State::Block(reason);
        self.reader = None;
        self.codec = None;
        self.frames = None;
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
            self.reader = None;
            self.codec = None;
            self.frames = None;
            return Outcome::End;
        }
        Outcome::Release
    }

    /// Gives back room: the next chunk may be long in coming, and others come meanwhile.
    fn trim(&mut self) {
        self.splice.trim();
        room::trim(&mut self.sniffed);
        if let Some(reader) = &mut self.reader {
            reader.trim();
        }
        if let Some(frames) = &mut self.frames {
            frames.trim();
        }
    }

    /// The next piece to read: never beyond the first byte that may not be held, so that the limit
    /// is met there in whatever chunks the body comes, and nothing behind it is looked at.
    fn slice<'c>(&self, law: Law<'_>, rest: &'c [u8]) -> (&'c [u8], &'c [u8]) {
        let mut most = limits::SLICE_BYTES;
        let max = law.tables.limits.inspect_bytes_max;
        if (self.whole || self.observed_whole) && self.content_bytes <= max {
            let left = (max - self.content_bytes).saturating_add(1);
            let left = usize::try_from(left).unwrap_or(usize::MAX);
            most = most.min(left);
        }
        rest.split_at(most.min(rest.len()))
    }

    /// Past the limit of what may be held.
    fn bound(&mut self, law: Law<'_>) -> Result<(), Reason> {
        let held = self.whole || self.observed_whole;
        if !held || self.content_bytes <= law.tables.limits.inspect_bytes_max {
            return Ok(());
        }
        match law.tables.limits.on_oversize {
            OnOversize::Block if self.whole => Err(Reason::Oversize),
            OnOversize::Block => {
                self.tally.block(Reason::Oversize);
                Ok(())
            }
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
            State::Frames => self.frames(law, Some(slice), out),
            State::Block(reason) => Err(reason),
            State::End => Err(Reason::Internal),
        }
    }

    /// The first bytes are there: chooses the reader, and gives it those bytes.
    fn begin(&mut self, law: Law<'_>, media: Media, out: &mut Vec<u8>) -> Result<(), Reason> {
        let begin = core::mem::take(&mut self.sniffed);
        let like_json = body::begins_json(&begin);
        let like_markup = match media {
            Media::Text | Media::Unsaid | Media::Csv | Media::Tsv => body::begins_markup(&begin),
            _ => None,
        };
        let is_other = like_json || like_markup.is_some();
        if law.fields_only.is_some() && !fields_only::has_fields(media, like_json, is_other) {
            return self.unreadable(law, &begin, Reason::NoFields, out);
        }
        if let Media::Framed(framing) = media {
            self.frames = Some(Box::new(Frames::new(framing, self.shape)));
            self.state = State::Frames;
            return self.frames(law, Some(&begin), out);
        }
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
        // Records that look like JSON must be it: their columns would be lost in text. Those that look
        // like markup are none.
        let is_text = matches!(media, Media::Text | Media::Opaque(_) | Media::Markup(Kind::Html));
        self.guessed = self.lenient || (like_json && is_text);
        let csv = |tab| {
            let csv = Csv::new(tab, self.lenient).of_fields(law.fields_only);
            Reader::Csv(Box::new(csv))
        };
        let json = |many| {
            let json = Json::new(many, law.paths.root()).of_fields(law.fields_only);
            Reader::Json(Box::new(json))
        };
        let markup = |kind, claim| Reader::Markup(Box::new(Markup::new(kind, claim, self.lenient)));
        let raw = self.lenient || law.tables.limits.on_unparsable == OnUnparsable::ScanRaw;
        let claim = if raw { Claim::Forgiven } else { Claim::Declared };
        self.reader = Some(match media {
            Media::Json => json(false),
            Media::JsonLines => json(true),
            Media::Form => Reader::Form(Box::new(Form::new(law.fields_only))),
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
            Media::Csv | Media::Tsv if like_markup.is_some() => {
                if !raw {
                    return self.unreadable(law, &begin, Reason::Unparsable, out);
                }
                Reader::Text(Box::new(self.text()))
            }
            Media::Markup(kind) => markup(kind, claim),
            Media::Csv => csv(None),
            Media::Tsv => csv(Some(b'\t')),
            Media::Text | Media::Unsaid | Media::Opaque(_) | Media::Framed(_) => {
                match like_markup {
                    Some(kind) => markup(kind, Claim::Guessed),
                    None => Reader::Text(Box::new(self.text())),
                }
            }
            Media::Multipart(_) | Media::Events => {
                Reader::of(media, Like::Other, law.paths.root(), 0)?
            }
        });
        self.state = State::Read;
        self.read(law, &begin, out)
    }

    /// A piece of a body of messages, or its end. Where nothing is altered nothing has to wait.
    fn frames(
        &mut self,
        law: Law<'_>,
        slice: Option<&[u8]>,
        out: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        let observe = law.rules.mode == Mode::Observe;
        let Some(frames) = &mut self.frames else { return Err(Reason::Internal) };
        let mut unused = Vec::new();
        if observe {
            out.extend_from_slice(slice.unwrap_or_default());
        }
        let left = if observe { &mut unused } else { &mut *out };
        let read = match slice {
            Some(slice) => frames.read(law, &mut self.tally, slice, left),
            None => frames.finish(law, &mut self.tally, left),
        };
        let Err(reason) = read else { return Ok(()) };
        self.frames = None;
        self.unreadable(law, &[], reason, out)
    }

    fn text(&self) -> Text {
        if self.lenient { Text::lenient(0, 0) } else { Text::strict() }
    }

    fn read(&mut self, law: Law<'_>, slice: &[u8], out: &mut Vec<u8>) -> Result<(), Reason> {
        let text = matches!(self.reader, Some(Reader::Text(_) | Reader::Csv(_) | Reader::Form(_)));
        if text && !self.lenient && codec::begins_wide(self.at, slice) {
            return self.unreadable(law, slice, Reason::UnknownEncoding, out);
        }
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
        let structured = self.reader.as_ref().is_some_and(Reader::is_structured);
        let raw = self.guessed || law.tables.limits.on_unparsable == OnUnparsable::ScanRaw;
        // Text has no fields.
        let raw = raw && law.fields_only.is_none();
        if !structured || !raw || !stop.is_of_structure() {
            return self.unreadable(law, &[], stop.reason, out);
        }
        let (from, rest) = match self.lenient {
            true => self.again(decided, out)?,
            false => (decided, self.splice.pending(decided)),
        };
        if !self.lenient && codec::begins_wide(from, &rest) {
            return self.unreadable(law, &[], Reason::UnknownEncoding, out);
        }
        self.reader = Some(Reader::Text(Box::new(self.text())));
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
        if self.state == State::Frames {
            return self.frames(law, None, out);
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

/// Writes what was let on back into the charset that it came in.
fn write(transcoder: &mut Option<Transcoder>, text: &[u8], out: &mut Vec<u8>) {
    match transcoder {
        None => out.extend_from_slice(text),
        Some(transcoder) => transcoder.encode(text, out),
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
