//! Reads Server-Sent Events (WHATWG HTML, section 9.2): each payload by its own type, its lines
//! joined, and every other line as text. Text that a stream sends in pieces, one an event, is read
//! joined as well: see `running`. Keeps no line and no event.

use super::Stop;
use super::nested::Nested;
use super::running::Running;
use super::text::Text;
use crate::body::Media;
use crate::judge::Judge;
use alloc::boxed::Box;

/// A reader of events.
pub(crate) struct Events {
    line: Line,
    /// Bytes of a byte order mark that the stream began with; all of them once it has begun.
    mark: usize,
    /// A line feed would belong to the end of the line before.
    cr: bool,
    /// Reads a line that is no payload.
    text: Option<Box<Text>>,
    payload: Option<Box<Nested>>,
    /// Raw offset of the end of the last line of the payload.
    line_end: u64,
    /// The text that goes on, between payloads.
    running: Option<Box<Running>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    /// So much of the name of a payload has come.
    Name(usize),
    /// Behind that name, where a space belongs to it.
    Space,
    Payload,
    Other,
}

const NAME: &[u8] = b"data:";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl Events {
    pub(crate) fn new() -> Self {
        Self {
            line: Line::Name(0),
            mark: 0,
            cr: false,
            text: None,
            payload: None,
            line_end: 0,
            running: Some(Box::default()),
        }
    }

    pub(crate) fn read(
        &mut self,
        mut raw: &[u8],
        mut at: u64,
        judge: &mut Judge<'_, '_>,
    ) -> Result<(), Stop> {
        let end = at.saturating_add(len(raw.len()));
        while let Some(&byte) = raw.first() {
            let taken = self.some(raw, byte, at, judge)?;
            at = at.saturating_add(len(taken));
            raw = raw.get(taken..).unwrap_or_default();
        }
        if let Some(running) = self.running_mut() {
            running.expire_chunk(end);
            running.tell(judge);
        }
        Ok(())
    }

    /// The stream has ended: an event that was not ended is read all the same.
    pub(crate) fn finish(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        self.begin(at, judge)?;
        if self.line != Line::Name(0) {
            self.end_line(at, judge)?;
        }
        self.end_event(at, judge)?;
        match &mut self.running {
            Some(running) => running.close(judge),
            None => debug_assert!(false, "no payload has it"),
        }
        Ok(())
    }

    pub(crate) fn decided(&self, at: u64) -> u64 {
        let held = match self.line {
            Line::Name(name) => name + if self.begun() { 0 } else { self.mark },
            Line::Space | Line::Payload | Line::Other => 0,
        };
        let mut decided = at.saturating_sub(len(held));
        if let Some(text) = &self.text {
            decided = decided.min(text.decided(at));
        }
        if let Some(payload) = &self.payload {
            decided = decided.min(payload.decided(at));
        }
        match self.running() {
            Some(running) => running.decided(decided),
            None => decided,
        }
    }

    /// Gives back room, before a wait.
    pub(crate) fn trim(&mut self) {
        if let Some(text) = &mut self.text {
            text.trim();
        }
        if let Some(payload) = &mut self.payload {
            payload.trim();
        }
        if let Some(running) = &mut self.running {
            running.trim();
        }
    }

    pub(crate) fn kept_bytes(&self) -> usize {
        let text = self.text.as_ref().map_or(0, |text| text.kept_bytes());
        let payload = self.payload.as_ref().map_or(0, |payload| payload.kept_bytes());
        text + payload + self.running.as_ref().map_or(0, |running| running.kept_bytes())
    }

    fn begun(&self) -> bool {
        self.mark >= BYTE_ORDER_MARK.len()
    }

    fn running(&self) -> Option<&Running> {
        let payload = self.payload.as_ref().and_then(|payload| payload.running());
        self.running.as_deref().or(payload)
    }

    fn running_mut(&mut self) -> Option<&mut Running> {
        let payload = self.payload.as_mut().and_then(|payload| payload.running_mut());
        self.running.as_deref_mut().or(payload)
    }

    /// Reads some of the bytes; how many.
    fn some(
        &mut self,
        raw: &[u8],
        byte: u8,
        at: u64,
        judge: &mut Judge<'_, '_>,
    ) -> Result<usize, Stop> {
        if !self.begun() {
            if BYTE_ORDER_MARK.get(self.mark) == Some(&byte) {
                self.mark += 1;
                return Ok(1);
            }
            self.begin(at, judge)?;
        }
        if core::mem::take(&mut self.cr) && byte == b'\n' {
            return Ok(1);
        }
        if matches!(byte, b'\r' | b'\n') {
            self.cr = byte == b'\r';
            self.end_line(at, judge)?;
            return Ok(1);
        }
        let ends = |byte: &u8| matches!(byte, b'\r' | b'\n');
        match self.line {
            Line::Name(name) if NAME.get(name) == Some(&byte) => {
                self.line = Line::Name(name + 1);
                if name + 1 == NAME.len() {
                    self.begin_payload(at, judge)?;
                    self.line = Line::Space;
                }
                Ok(1)
            }
            Line::Name(name) => {
                self.no_payload(name, at, judge)?;
                Ok(0)
            }
            Line::Space => {
                self.line = Line::Payload;
                Ok(usize::from(byte == b' '))
            }
            Line::Payload | Line::Other => {
                let run = raw.iter().position(ends).unwrap_or(raw.len());
                let run = raw.get(..run).unwrap_or_default();
                match (self.line, &mut self.payload) {
                    (Line::Payload, Some(payload)) => payload.read(run, at, judge)?,
                    _ => self.text().read(run, at, judge)?,
                }
                Ok(run.len())
            }
        }
    }

    /// The stream begins before `at`, with a byte order mark or without.
    fn begin(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        let part = BYTE_ORDER_MARK.get(..self.mark).filter(|_| !self.begun());
        self.mark = BYTE_ORDER_MARK.len();
        match part {
            None | Some([]) => Ok(()),
            Some(part) => {
                self.line = Line::Other;
                self.text().read(part, at.saturating_sub(len(part.len())), judge)
            }
        }
    }

    /// The line is no payload, though it began like one.
    fn no_payload(&mut self, name: usize, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        self.line = Line::Other;
        let name = NAME.get(..name).unwrap_or_default();
        self.text().read(name, at.saturating_sub(len(name.len())), judge)
    }

    fn text(&mut self) -> &mut Text {
        self.text.get_or_insert_with(|| Box::new(Text::strict()))
    }

    /// A line of the payload begins, at raw offset `at`.
    fn begin_payload(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        if let Some(running) = self.running_mut() {
            running.expire(at);
        }
        let Some(payload) = &mut self.payload else {
            let spot = judge.law.paths.root();
            let payload = Nested::new(Media::Unsaid, spot, 0).goes_on(self.running.take());
            self.payload = Some(Box::new(payload));
            return Ok(());
        };
        payload.read(b"\n", self.line_end, judge)
    }

    /// The line ends before `at`.
    fn end_line(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        match self.line {
            Line::Name(0) => self.end_event(at, judge)?,
            // A name without a colon is a field too.
            Line::Name(name) if name + 1 == NAME.len() => self.begin_payload(at, judge)?,
            Line::Name(name) => self.no_payload(name, at, judge)?,
            Line::Space | Line::Payload | Line::Other => {}
        }
        if let Some(mut text) = self.text.take() {
            text.finish(at, judge)?;
        }
        self.line = Line::Name(0);
        self.line_end = at;
        Ok(())
    }

    fn end_event(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        let Some(mut payload) = self.payload.take() else { return Ok(()) };
        if let Some(running) = payload.running_mut() {
            running.expire(at);
        }
        let finished = payload.finish(judge);
        self.running = payload.take_running();
        finished?;
        if let Some(running) = &mut self.running {
            running.end_body(at, judge);
        }
        Ok(())
    }
}

fn len(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
