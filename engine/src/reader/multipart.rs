//! Reads multiparts (RFC 2046, section 5.1; RFC 7578): the head of every part, and its body by its
//! own type; what stands before the first part and behind the last one as text.
//! What two readers may part at different places is refused: a delimiter behind anything but CR LF,
//! or with more behind it than white space. Keeps one head at most, and no body.

use super::Stop;
use super::nested::Nested;
use super::part_head::{self, PartHead};
use crate::body::Media;
use crate::judge::Judge;
use crate::limits;
use crate::room;
use crate::verdict::Reason;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// What parts a multipart, as its type says: one to seventy characters (RFC 2046, section 5.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Boundary {
    bytes: [u8; BOUNDARY_BYTES_MAX],
    length: u8,
}

const BOUNDARY_BYTES_MAX: usize = 70;

impl Boundary {
    /// A boundary, unless it cannot be one.
    pub(crate) fn new(text: &[u8]) -> Option<Self> {
        let sign = |byte: &u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(byte);
        let fits = text.iter().all(sign) && text.last().is_some_and(|last| *last != b' ');
        let mut bytes = [0; BOUNDARY_BYTES_MAX];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        let length = u8::try_from(text.len()).ok()?;
        fits.then_some(Self { bytes, length })
    }

    fn text(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }
}

/// A type of parts that is read, by what stands behind `multipart/`, and its boundary.
pub(crate) fn media(kind: &str, content_type: &[u8]) -> Option<Media> {
    matches!(kind, "form-data" | "mixed" | "related" | "alternative" | "parallel")
        .then_some(content_type)
        .and_then(part_head::boundary)
        .and_then(|text| Boundary::new(&text))
        .map(Media::Multipart)
}

/// A reader of parts.
pub(crate) struct Multipart {
    /// Two hyphens and the boundary.
    delimiter: Vec<u8>,
    depth: u8,
    state: State,
    parts: usize,
    /// What is read now, in a part or around them.
    inner: Option<Box<Nested>>,
    /// The end of a line, and how much of a delimiter stands behind it: not read yet.
    line: Line,
    matched: usize,
    /// The head of a part, as far as it has come, and where it begins.
    head: Vec<u8>,
    head_at: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first part, in one, or behind the last: what is not read is read by `inner`.
    Preamble,
    Part,
    Epilogue,
    /// Behind a delimiter: padding, a hyphen, or the end of the line.
    Delimiter,
    Padding,
    Hyphen,
    LineFeed,
    Head,
    /// Behind the last delimiter.
    Close,
    CloseLineFeed,
}

/// What a delimiter would stand behind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Within,
    /// The beginning of all.
    Start,
    /// The empty line behind a head.
    Head,
    Cr,
    Lf,
    CrLf,
}

impl Line {
    fn text(self) -> &'static [u8] {
        match self {
            Self::Within | Self::Start | Self::Head => b"",
            Self::Cr => b"\r",
            Self::Lf => b"\n",
            Self::CrLf => b"\r\n",
        }
    }
}

impl Multipart {
    /// Within so many multiparts, this one counted.
    pub(crate) fn new(boundary: &Boundary, depth: u8) -> Result<Self, Reason> {
        if depth > limits::MULTIPART_DEPTH_MAX {
            return Err(Reason::TooDeep);
        }
        Ok(Self {
            delimiter: [b"--", boundary.text()].concat(),
            depth,
            state: State::Preamble,
            parts: 0,
            inner: None,
            line: Line::Start,
            matched: 0,
            head: Vec::new(),
            head_at: 0,
        })
    }

    pub(crate) fn read(
        &mut self,
        mut raw: &[u8],
        mut at: u64,
        judge: &mut Judge<'_, '_>,
    ) -> Result<(), Stop> {
        while let Some(&byte) = raw.first() {
            let taken = match self.state {
                State::Preamble | State::Part => self.content(raw, at, judge)?,
                State::Epilogue => {
                    self.inner(judge).read(raw, at, judge)?;
                    raw.len()
                }
                State::Head => self.head(byte, at, judge)?,
                _ => self.delimiter(byte).map_err(|reason| Stop { reason, at })?,
            };
            at = at.saturating_add(len(taken));
            raw = raw.get(taken..).unwrap_or_default();
        }
        Ok(())
    }

    pub(crate) fn finish(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        match self.state {
            State::Close => Ok(()),
            State::Epilogue => self.inner(judge).finish(judge),
            _ => {
                // What came is looked at to its end all the same.
                if let Some(inner) = &mut self.inner {
                    inner.finish(judge)?;
                }
                Err(Stop { reason: Reason::Unparsable, at })
            }
        }
    }

    pub(crate) fn decided(&self, at: u64) -> u64 {
        if self.state == State::Head && !self.head.is_empty() {
            return self.head_at;
        }
        let held = at.saturating_sub(len(self.line.text().len() + self.matched));
        match &self.inner {
            Some(inner) => inner.decided(held).min(held),
            None => held,
        }
    }

    /// Gives back room, before a wait.
    pub(crate) fn trim(&mut self) {
        room::trim(&mut self.head);
        if let Some(inner) = &mut self.inner {
            inner.trim();
        }
    }

    pub(crate) fn kept_bytes(&self) -> usize {
        let inner = self.inner.as_ref().map_or(0, |inner| inner.kept_bytes());
        self.head.len() + self.delimiter.len() + inner
    }

    /// What reads here; text, where nothing else is meant to be.
    fn inner(&mut self, judge: &Judge<'_, '_>) -> &mut Nested {
        let spot = part_head::unnamed(judge);
        self.inner.get_or_insert_with(|| Box::new(Nested::new(Media::Text, spot, self.depth)))
    }

    /// Reads in a part or before the first; how many bytes it took.
    fn content(&mut self, raw: &[u8], at: u64, judge: &mut Judge<'_, '_>) -> Result<usize, Stop> {
        let Some(&byte) = raw.first() else { return Ok(0) };
        if self.line == Line::Within {
            let ends = |byte: &u8| matches!(byte, b'\r' | b'\n');
            let run = raw.iter().position(ends).unwrap_or(raw.len());
            let (text, _) = raw.split_at(run);
            if !text.is_empty() {
                self.inner(judge).read(text, at, judge)?;
                return Ok(run);
            }
            self.line = if byte == b'\r' { Line::Cr } else { Line::Lf };
            return Ok(1);
        }
        if self.matched == 0 && self.line == Line::Cr && byte == b'\n' {
            self.line = Line::CrLf;
            return Ok(1);
        }
        if self.delimiter.get(self.matched) != Some(&byte) {
            self.no_delimiter(at, judge)?;
            return Ok(0);
        }
        self.matched += 1;
        if self.matched == self.delimiter.len() {
            self.end_content(at, judge)?;
        }
        Ok(1)
    }

    /// What looked like a delimiter so far is content.
    fn no_delimiter(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        let matched = self.delimiter.get(..self.matched).unwrap_or_default();
        let held = [self.line.text(), matched].concat();
        (self.line, self.matched) = (Line::Within, 0);
        if held.is_empty() {
            return Ok(());
        }
        let begin = at.saturating_sub(len(held.len()));
        self.inner(judge).read(&held, begin, judge)
    }

    /// The last byte of a delimiter stands at `at`.
    fn end_content(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        if !matches!(self.line, Line::CrLf | Line::Start) {
            return Err(Stop { reason: Reason::Unparsable, at });
        }
        if let Some(mut inner) = self.inner.take() {
            inner.finish(judge)?;
        }
        (self.line, self.matched) = (Line::Within, 0);
        self.state = State::Delimiter;
        Ok(())
    }

    /// Reads behind a delimiter; how many bytes it took.
    fn delimiter(&mut self, byte: u8) -> Result<usize, Reason> {
        self.state = match (self.state, byte) {
            (State::Delimiter, b'-') => State::Hyphen,
            (State::Hyphen, b'-') => State::Close,
            (State::Delimiter | State::Padding, b' ' | b'\t') => State::Padding,
            (State::Delimiter | State::Padding, b'\r') => State::LineFeed,
            (State::Close, b' ' | b'\t') => State::Close,
            (State::Close, b'\r') => State::CloseLineFeed,
            (State::CloseLineFeed, b'\n') => State::Epilogue,
            (State::LineFeed, b'\n') if self.parts < limits::PARTS_MAX => {
                self.parts += 1;
                State::Head
            }
            _ => return Err(Reason::Unparsable),
        };
        Ok(1)
    }

    /// Reads the head of a part; how many bytes it took.
    fn head(&mut self, byte: u8, at: u64, judge: &mut Judge<'_, '_>) -> Result<usize, Stop> {
        if self.head.is_empty() {
            self.head_at = at;
        }
        if self.head.len() >= limits::PART_HEAD_BYTES_MAX {
            return Err(Stop { reason: Reason::Headers, at });
        }
        self.head.push(byte);
        if self.head == b"\r\n" || self.head.ends_with(b"\r\n\r\n") {
            let head = core::mem::take(&mut self.head);
            let at = self.head_at;
            let PartHead { media, spot } =
                part_head::read(&head, at, judge).map_err(|reason| Stop { reason, at })?;
            self.inner = Some(Box::new(Nested::new(media, spot, self.depth)));
            (self.state, self.line) = (State::Part, Line::Head);
        }
        Ok(1)
    }
}

fn len(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
