//! Reads a body within a body: a part of a multipart, the payload of an event. Chooses the reader
//! by the type and the first bytes, as for a whole body, and reads what its reader cannot take as
//! text where that may be. Knows nothing of what stands around it.

use super::running::Running;
use super::text::Text;
use super::{Like, Reader, Stop};
use crate::body::{self, Magic, Media};
use crate::judge::Judge;
use crate::model::OnUnparsable;
use crate::path::Spot;
use crate::room;
use crate::verdict::Reason;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// A body within a body.
pub(crate) struct Nested {
    media: Media,
    /// Where its root stands.
    spot: Spot,
    /// How many multiparts it stands in.
    depth: u8,
    /// Its first bytes, as long as they do not tell what it is, and where each stands.
    begin: Vec<u8>,
    begin_at: Vec<u64>,
    begun: bool,
    /// None before it is told what it is, and where it passes unread.
    reader: Option<Reader>,
    /// What the reader cannot parse is read as text: no type said that it can.
    guessed: bool,
    /// Raw offset behind the last byte.
    fed: u64,
    /// The text that goes on from body to body, where there is such.
    running: Option<Box<Running>>,
}

impl Nested {
    pub(crate) fn new(media: Media, spot: Spot, depth: u8) -> Self {
        Self {
            media,
            spot,
            depth,
            begin: Vec::new(),
            begin_at: Vec::new(),
            begun: false,
            reader: None,
            guessed: false,
            fed: 0,
            running: None,
        }
    }

    /// The same for a body whose text goes on in the next one.
    pub(crate) fn goes_on(mut self, running: Option<Box<Running>>) -> Self {
        self.running = running;
        self
    }

    /// The text that goes on, given back.
    pub(crate) fn take_running(&mut self) -> Option<Box<Running>> {
        let within = self.reader.as_mut().and_then(Reader::running_mut).and_then(Option::take);
        self.running.take().or(within)
    }

    /// The text that goes on, wherever it is read now.
    pub(crate) fn running(&self) -> Option<&Running> {
        let within = self.reader.as_ref().and_then(Reader::running);
        within.or(self.running.as_deref())
    }

    /// The same, to be changed.
    pub(crate) fn running_mut(&mut self) -> Option<&mut Running> {
        let within = self.reader.as_mut().and_then(Reader::running_mut).and_then(Option::as_mut);
        within.or(self.running.as_mut()).map(Box::as_mut)
    }

    /// Reads a piece that begins at raw offset `at`, which may lie behind the end of the last one.
    pub(crate) fn read(
        &mut self,
        mut raw: &[u8],
        mut at: u64,
        judge: &mut Judge<'_, '_>,
    ) -> Result<(), Stop> {
        while !self.begun
            && let Some((byte, rest)) = raw.split_first()
        {
            self.begin.push(*byte);
            self.begin_at.push(at);
            at = at.saturating_add(1);
            self.fed = at;
            raw = rest;
            if body::tells(self.media, &self.begin) {
                self.open(judge)?;
            }
        }
        if self.begun && !raw.is_empty() { self.feed(raw, at, judge) } else { Ok(()) }
    }

    /// The body has ended.
    pub(crate) fn finish(&mut self, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        if !self.begun {
            // An empty body holds nothing, whatever its type.
            if self.begin.is_empty() {
                return Ok(());
            }
            self.open(judge)?;
        }
        // Text that takes the place of a reader that stops has an end too.
        for _ in 0..2 {
            let fed = self.fed;
            let Some(reader) = &mut self.reader else { return Ok(()) };
            let Err(stop) = reader.finish(fed, judge) else { return Ok(()) };
            self.stop(stop, judge)?;
        }
        Ok(())
    }

    /// Raw offset before which nothing of it can change any more; `at` where nothing can.
    pub(crate) fn decided(&self, at: u64) -> u64 {
        if !self.begun {
            return self.begin_at.first().copied().unwrap_or(at);
        }
        match self.reader.as_ref().map(|reader| reader.decided(self.fed)) {
            Some(decided) if decided < self.fed => decided,
            _ => at,
        }
    }

    /// Gives back room, before a wait.
    pub(crate) fn trim(&mut self) {
        room::trim(&mut self.begin);
        room::trim(&mut self.begin_at);
        if let Some(running) = &mut self.running {
            running.trim();
        }
        if let Some(reader) = &mut self.reader {
            reader.trim();
        }
    }

    pub(crate) fn kept_bytes(&self) -> usize {
        let begin = self.begin.len() * (1 + size_of::<u64>());
        let running = self.running.as_ref().map_or(0, |running| running.kept_bytes());
        begin + running + self.reader.as_ref().map_or(0, Reader::kept_bytes)
    }

    /// The first bytes are there: chooses the reader, and gives it those bytes.
    fn open(&mut self, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        self.begun = true;
        let (begin, at) = (core::mem::take(&mut self.begin), core::mem::take(&mut self.begin_at));
        let first = at.first().copied().unwrap_or(self.fed);
        if let Media::Opaque(magic) = self.media {
            if magic.fits(&begin) {
                return Ok(());
            }
            if magic != Magic::Code {
                return Err(Stop { reason: Reason::UnknownMedia, at: first });
            }
        }
        let like_json = body::begins_json(&begin) || self.is_string(&begin);
        let is_text = matches!(self.media, Media::Text | Media::Unsaid | Media::Opaque(_));
        self.guessed = like_json && is_text;
        let like = match body::begins_markup(&begin) {
            _ if like_json => Like::Json,
            Some(_) => Like::Markup,
            None => Like::Other,
        };
        let reader = Reader::of(self.media, like, self.spot, self.depth);
        self.set(reader.map_err(|reason| Stop { reason, at: first })?);
        let end = self.fed;
        let mut bytes = begin.iter().zip(at);
        bytes.try_for_each(|(byte, at)| self.feed(core::slice::from_ref(byte), at, judge))?;
        debug_assert_eq!(end, self.fed, "nothing comes in between");
        Ok(())
    }

    /// Whether a payload begins like a JSON string: pieces of running text are sent so, too.
    fn is_string(&self, begin: &[u8]) -> bool {
        self.running.is_some() && begin.trim_ascii_start().first() == Some(&b'"')
    }

    fn set(&mut self, mut reader: Reader) {
        if let Some(slot) = reader.running_mut() {
            *slot = self.running.take();
        }
        self.reader = Some(reader);
    }

    fn feed(&mut self, raw: &[u8], at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        self.fed = at.saturating_add(u64::try_from(raw.len()).unwrap_or(u64::MAX));
        let Some(reader) = &mut self.reader else { return Ok(()) };
        reader.read(raw, at, judge).or_else(|stop| self.stop(stop, judge))
    }

    /// The reader cannot go on: the rest is read as text where that may be.
    fn stop(&mut self, stop: Stop, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        let Some(reader) = self.reader.take_if(|reader| reader.is_structured()) else {
            return Err(stop);
        };
        let raw = self.guessed || judge.law.tables.limits.on_unparsable == OnUnparsable::ScanRaw;
        if !raw || !stop.is_of_structure() {
            return Err(stop);
        }
        let decided = reader.decided(stop.at);
        judge.splice.close_all(decided);
        let mut reader = reader;
        self.running = reader.running_mut().and_then(Option::take).or(self.running.take());
        // What was joined so far was no text of this body.
        if let Some(running) = &mut self.running {
            running.close(judge);
        }
        self.guessed = false;
        self.set(Reader::Text(Box::new(Text::within(self.spot))));
        let mut rest = judge.splice.pending(decided);
        rest.truncate(usize::try_from(self.fed.saturating_sub(decided)).unwrap_or(0));
        self.feed(&rest, decided, judge)
    }
}
