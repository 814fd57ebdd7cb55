//! Reads XML and HTML: text, attributes, comments, processing instructions and names, with
//! references undone. Text is read in pieces and joined over what cuts it, see [`Joined`], and the
//! whole document is read once more as plain text, so that no doubt about its structure hides
//! anything. XML is read strictly and without its document type; HTML as browsers do.
//! Loads nothing from anywhere, and keeps hashes and bits, never a document.

mod beside;
mod elements;
pub(super) mod reference;
mod referred;
mod tokens;

use super::Stop;
use super::in_place::{InPlace, Sight};
use super::joined::Joined;
use super::names::Names;
use super::text::Text;
use super::utf8::{Decoded, Utf8};
use super::value::Value;
use crate::finding::Style;
use crate::judge::Judge;
use crate::kept::Hold;
use crate::limits;
use crate::path::Spot;
use crate::room;
use crate::verdict::Reason;
use alloc::vec::Vec;
use core::ops::Range;
use elements::Elements;
use reference::Reference;
use tokens::State;

/// Which markup it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Xml,
    /// XML with the references of HTML. Its names give no context.
    Xhtml,
    Html,
}

/// How sure it is that it is markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Its type says so.
    Declared,
    /// The same, but what is none after all may be read on as plain text.
    Forgiven,
    /// It only looks like it: it is read as text too, and may be rewritten as such.
    Guessed,
}

/// A reader of markup.
pub(crate) struct Markup {
    kind: Kind,
    claim: Claim,
    given_up: bool,
    lenient: bool,
    /// All bytes as they stand.
    plain: Text,
    /// Text between tags.
    text: Joined,
    /// An attribute, a comment, an instruction or a name.
    part: Value,
    in_part: bool,
    state: State,
    utf8: Utf8,
    reference: Reference,
    /// A name that is being read.
    token: Vec<u8>,
    token_at: u64,
    /// Raw offset from which on everything is to be kept, and how.
    kept_from: Option<(u64, Hold)>,
    elements: Elements,
    names: Names,
    tag: Tag,
    /// Raw offset of the first byte.
    begun_at: Option<u64>,
    /// A document type has come.
    typed: bool,
    /// The declaration says an encoding in which only ASCII is the same.
    ascii_only: bool,
    in_place: InPlace,
}

/// What becomes of a text where it ends.
#[derive(Clone, Copy)]
enum Ends {
    /// It goes on behind what comes.
    Cut,
    Part,
}

/// The tag that is being read.
#[derive(Default)]
struct Tag {
    ends: bool,
    /// Hash of the name of the element.
    name: u64,
    content: Option<elements::Content>,
    spaced: bool,
    /// Where the value of the attribute stands that comes next.
    spot: Spot,
    /// Hashes of the names of attributes.
    attributes: Vec<u64>,
}

impl Markup {
    /// `lenient` where nothing is to cross.
    pub(crate) fn new(kind: Kind, claim: Claim, lenient: bool) -> Self {
        Self {
            kind,
            claim,
            given_up: false,
            lenient,
            plain: if lenient { Text::lenient(0, 0) } else { Text::strict() }.shallow(),
            text: Joined::new([1, 2, 4]),
            part: Value::beside(3),
            in_part: false,
            state: State::Text,
            utf8: Utf8::default(),
            reference: Reference::default(),
            token: Vec::new(),
            token_at: 0,
            kept_from: None,
            elements: Elements::new(),
            names: Names::new(),
            tag: Tag::default(),
            begun_at: None,
            typed: false,
            ascii_only: false,
            in_place: InPlace::default(),
        }
    }

    pub(crate) fn read(
        &mut self,
        raw: &[u8],
        at: u64,
        judge: &mut Judge<'_, '_>,
    ) -> Result<(), Stop> {
        if self.given_up {
            return self.plain.read(raw, at, judge);
        }
        self.begun_at.get_or_insert(at);
        let end = at.saturating_add(length(raw));
        let read = self.read_all(raw, at, judge);
        let reached = read.map_or_else(|stop| stop.at, |()| end);
        let read = self.settle(reached, judge).and(read);
        let Err(stop) = read else {
            return self.plain.read(raw, at, judge);
        };
        // What comes first is told, in whatever pieces it comes.
        let before = usize::try_from(stop.at.saturating_sub(at)).unwrap_or(usize::MAX);
        let (before, rest) = raw.split_at(before.min(raw.len()));
        if self.claim != Claim::Declared
            && matches!(stop.reason, Reason::Unparsable | Reason::TooDeep)
        {
            self.give_up(stop.at, judge)?;
            self.plain.read(before, at, judge)?;
            self.plain.alone(judge);
            let behind = at.saturating_add(length(before));
            return self.plain.read(rest, behind, judge);
        }
        self.plain.read(before, at, judge)?;
        Err(stop)
    }

    /// What has come up to `at` is looked at, and markup in it is kept.
    fn settle(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        if self.in_part {
            self.part.scan(judge);
        }
        if let Some((from, hold)) = self.kept_from {
            judge.splice.keep(from, at, hold);
            self.kept_from = Some((from.max(at), hold));
        }
        let text_to = self.waiting_at().unwrap_or(at).min(at);
        self.text.scan(text_to, judge)
    }

    /// It is no markup from `at` on.
    fn give_up(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        self.given_up = true;
        self.end_all(self.waiting_at().unwrap_or(at), judge)
    }

    fn end_all(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        if self.in_part {
            self.end_part(at, judge);
        }
        self.end_text(at, Ends::Part, judge)
    }

    fn read_all(&mut self, raw: &[u8], at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        let mut sight = Sight::new(raw, at, judge.law);
        let mut done = 0;
        while let Some(&byte) = raw.get(done) {
            let here = at.saturating_add(u64::try_from(done).unwrap_or(u64::MAX));
            if let Some(sight) = &mut sight
                && let Some(next) = self.pass_by(done, sight, judge)
            {
                done = next;
                continue;
            }
            if byte.is_ascii() && self.utf8.waiting() == 0 {
                let rest = raw.get(done..).unwrap_or_default();
                let run = self.run(rest, here, judge)?;
                if run > 0 {
                    done += run;
                    continue;
                }
                let read = self.sign(char::from(byte), here, 1, judge);
                read.map_err(|stop| self.read_to(stop, here))?;
                done += 1;
                continue;
            }
            if self.ascii_only {
                return Err(Stop { reason: Reason::UnknownEncoding, at: here });
            }
            let begun = here.saturating_sub(self.utf8.waiting().into());
            match self.utf8.push(byte) {
                Decoded::Part => {}
                Decoded::Char(c, length) => {
                    let read = self.sign(c, begun, length, judge);
                    read.map_err(|stop| self.read_to(stop, begun))?;
                }
                Decoded::Invalid { .. } if !self.lenient => {
                    return Err(Stop { reason: Reason::UnknownEncoding, at: begun });
                }
                Decoded::Invalid { taken } => {
                    let length = u8::try_from(here - begun).unwrap_or(0) + u8::from(taken);
                    self.sign(char::REPLACEMENT_CHARACTER, begun, length, judge)?;
                    if !taken {
                        continue;
                    }
                }
            }
            done += 1;
        }
        Ok(())
    }

    /// What is wrong is told where it showed: everything before has been read by all readings.
    fn read_to(&self, stop: Stop, at: u64) -> Stop {
        let hidden = stop.reason == Reason::HiddenText && stop.at != self.reference.at;
        if hidden { stop } else { Stop { at, ..stop } }
    }

    pub(crate) fn finish(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        if !self.given_up {
            let ended = self.finish_markup(at, judge);
            match ended {
                Err(stop) if self.claim != Claim::Declared && stop.reason == Reason::Unparsable => {
                    self.give_up(at, judge)?;
                }
                ended => ended?,
            }
        }
        self.plain.finish(at, judge)
    }

    fn finish_markup(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        let cut_off = self.utf8.waiting() > 0 && !self.lenient;
        if cut_off {
            // The reading as plain text tells where.
            return Ok(());
        }
        if self.kind == Kind::Html {
            self.end_reference(at, judge)?;
            return self.end_all(self.waiting_at().unwrap_or(at), judge);
        }
        let whole = self.state == State::Text && !self.reference.open;
        if whole && self.elements.is_empty() && self.elements.rooted {
            return self.end_text(at, Ends::Part, judge);
        }
        Err(Stop { reason: Reason::Unparsable, at })
    }

    pub(crate) fn decided(&self, at: u64) -> u64 {
        let plain = self.plain.decided(at);
        if self.given_up {
            return plain;
        }
        let waiting = self.waiting_at().unwrap_or(at);
        let part = if self.in_part { self.part.decided() } else { at };
        let utf8 = at.saturating_sub(self.utf8.waiting().into());
        plain.min(waiting).min(part).min(utf8).min(self.text.decided(at))
    }

    /// Gives back room, before a wait.
    pub(crate) fn trim(&mut self) {
        self.plain.trim();
        self.text.trim();
        self.part.trim();
        self.in_place.trim();
        self.elements.trim();
        self.names.trim();
        room::trim(&mut self.token);
        room::trim(&mut self.reference.text);
        room::trim(&mut self.tag.attributes);
    }

    pub(crate) fn kept_bytes(&self) -> usize {
        self.plain.kept_bytes()
            + self.text.kept_bytes()
            + self.part.kept_bytes()
            + self.token.len()
            + self.elements.kept_bytes()
            + self.tag.attributes.len() * size_of::<u64>()
    }

    /// How markup is kept: HTML without a tag is HTML all the same, and so is text.
    fn hold(&self) -> Hold {
        if self.kind == Kind::Html || self.claim == Claim::Guessed {
            Hold::Loose
        } else {
            Hold::Firm
        }
    }

    /// Raw offset of what is not whole enough to tell what it is.
    fn waiting_at(&self) -> Option<u64> {
        let token = self.state.waits(self.token.len()).then_some(self.token_at);
        let reference = self.reference.open.then_some(self.reference.at);
        token.or(reference)
    }

    /// Markup begins at `at`, and what is in it stays.
    fn mark(&mut self, at: u64, judge: &mut Judge<'_, '_>) {
        self.unmark(at, judge);
        self.kept_from = Some((at, self.hold()));
    }

    /// Markup goes on behind what begins at `at`.
    fn open_mark(&mut self, at: u64, judge: &mut Judge<'_, '_>) {
        self.unmark(at, judge);
        self.kept_from = Some((at, Hold::Within));
    }

    /// Markup ends before `at`.
    fn unmark(&mut self, at: u64, judge: &mut Judge<'_, '_>) {
        if let Some((from, hold)) = self.kept_from.take() {
            judge.splice.keep(from, at, hold);
        }
    }

    /// Plain bytes of text at once; how many there were.
    fn run(&mut self, raw: &[u8], at: u64, judge: &mut Judge<'_, '_>) -> Result<usize, Stop> {
        if self.reference.open {
            return Ok(0);
        }
        let Some(ends) = self.state.ends_run() else { return Ok(0) };
        let plain = |byte: &u8| byte.is_ascii() && !ends.contains(byte);
        let run = raw.iter().position(|byte| !plain(byte)).unwrap_or(raw.len());
        let ascii = raw.get(..run).unwrap_or_default();
        if self.in_part {
            self.part.push_ascii(ascii, at, judge);
            return Ok(run);
        }
        if self.text.in_piece() {
            self.text.push_ascii(ascii, at, judge);
            return Ok(run);
        }
        // Space before a text is no part of it.
        let space = ascii.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let space = if self.text.joins() { 0 } else { space };
        if space < run {
            let begin = at.saturating_add(u64::try_from(space).unwrap_or(0));
            self.begin_text(begin, judge)?;
            self.text.push_ascii(ascii.get(space..).unwrap_or_default(), begin, judge);
        }
        Ok(run)
    }

    fn begin_text(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        // The text of a document stands in its root.
        if self.kind != Kind::Html && self.elements.is_empty() {
            return Err(Stop { reason: Reason::Unparsable, at });
        }
        let Spot { context, fields, .. } = self.elements.spot(judge);
        judge.splice.stands(at, fields);
        self.text.begin(at, context, fields, judge)
    }

    /// The text has ended before `at`, or goes on behind something else.
    fn end_text(&mut self, at: u64, ends: Ends, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        judge.splice.stands(at, 0);
        match ends {
            Ends::Cut => self.text.cut(at, judge),
            Ends::Part => self.text.part(at, judge)?,
        }
        Ok(())
    }

    fn begin_part(&mut self, at: u64, spot: Spot, judge: &mut Judge<'_, '_>) {
        judge.splice.stands(at, spot.fields);
        self.part.begin(at, spot.context, spot.fields, Style::Plain, judge);
        self.in_part = true;
    }

    fn end_part(&mut self, at: u64, judge: &mut Judge<'_, '_>) {
        judge.splice.stands(at, 0);
        self.part.end(at, judge);
        self.in_part = false;
    }

    /// One character of text, or of what is in a part.
    fn push(
        &mut self,
        c: char,
        at: u64,
        raw_bytes: u8,
        judge: &mut Judge<'_, '_>,
    ) -> Result<(), Stop> {
        let pushed = if self.in_part {
            push_char(&mut self.part, c, at, raw_bytes, judge)
        } else {
            if !self.text.in_piece() {
                if (c.is_whitespace() || c == '\u{feff}') && !self.text.joins() {
                    return Ok(());
                }
                self.begin_text(at, judge)?;
            }
            if c.is_ascii() && raw_bytes == 1 {
                self.text.push_ascii(&[u8::try_from(c).unwrap_or(0)], at, judge);
                Ok(())
            } else {
                self.text.push_char(c, at, raw_bytes, judge)
            }
        };
        pushed.map_err(|reason| Stop { reason, at })
    }

    /// Passes by a text or a quoted attribute that stands whole in this piece, and needs no
    /// reading: what is in it is found where it stands.
    /// PERF: nearly every text and attribute is such a one.
    fn pass_by(
        &mut self,
        at: usize,
        sight: &mut Sight<'_>,
        judge: &mut Judge<'_, '_>,
    ) -> Option<usize> {
        let raw = sight.text;
        let rest = raw.get(at..)?;
        match self.state {
            State::Text => {
                let fresh = !self.reference.open && !self.text.in_piece() && !self.text.joins();
                if !fresh || (self.kind != Kind::Html && self.elements.is_empty()) {
                    return None;
                }
                let ends = |byte: &u8| matches!(byte, b'<' | b'&') || !byte.is_ascii();
                let end = at + rest.iter().position(ends)?;
                if end == at || raw.get(end) != Some(&b'<') || !parts(raw.get(end + 1..)?) {
                    return None;
                }
                let value = raw.get(at..end)?;
                let space = value.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                if at + space < end {
                    let spot = self.elements.spot(judge);
                    self.look(at + space..end, spot, sight, judge)?;
                }
                Some(end)
            }
            State::BeforeValue => {
                let quote = *rest.first().filter(|byte| matches!(byte, b'"' | b'\''))?;
                let ends = |byte: &u8| *byte == quote || matches!(byte, b'<' | b'&');
                let ends = |byte: &u8| ends(byte) || !byte.is_ascii();
                let end = at + 1 + rest.get(1..)?.iter().position(ends)?;
                if raw.get(end) != Some(&quote) {
                    return None;
                }
                let spot = self.tag.spot;
                self.look(at + 1..end, spot, sight, judge)?;
                self.open_mark(sight.offset(at + 1), judge);
                self.mark(sight.offset(end), judge);
                self.state = State::AfterValue;
                Some(end + 1)
            }
            _ => None,
        }
    }

    /// Finds what is in plain text where it stands; `None` where it has to be read.
    fn look(
        &mut self,
        at: Range<usize>,
        spot: Spot,
        sight: &mut Sight<'_>,
        judge: &mut Judge<'_, '_>,
    ) -> Option<()> {
        if sight.must_read(&at, spot.fields, Style::Plain, judge) {
            return None;
        }
        judge.splice.stands(sight.offset(at.start), spot.fields);
        judge.splice.stands(sight.offset(at.end), 0);
        if !sight.is_quiet(&at, spot.context, judge.law) {
            self.in_place.find(at, spot, Style::Plain, sight, judge);
        }
        Some(())
    }
}

/// Whether what follows a `<` is a tag that parts text, as far as can be seen.
fn parts(rest: &[u8]) -> bool {
    let name = rest.strip_prefix(b"/").unwrap_or(rest);
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>');
    let Some(length) = name.iter().position(ends) else { return false };
    let name = name.get(..length).unwrap_or_default();
    name.first().is_some_and(u8::is_ascii_alphabetic)
        && name.is_ascii()
        && length <= limits::KEY_BYTES_MAX
        && !elements::is_inline(name)
}

fn push_char(
    value: &mut Value,
    c: char,
    at: u64,
    raw_bytes: u8,
    judge: &Judge<'_, '_>,
) -> Result<(), Reason> {
    if c.is_ascii() && raw_bytes == 1 {
        value.push_ascii(&[u8::try_from(c).unwrap_or(0)], at, judge);
        return Ok(());
    }
    value.push_char(c, at, raw_bytes, judge)
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
