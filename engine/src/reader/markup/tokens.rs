//! From characters to tags, attributes and text: what the next character is, by what came before.
//! XML 1.0 (fifth edition) strictly, but for what no reading depends on; HTML by the states of the
//! WHATWG tokenizer that decide where text begins and ends.

use super::elements::{self, Content};
use super::{Ends, Kind, Markup};
use crate::judge::Judge;
use crate::limits;
use crate::reader::Stop;
use crate::verdict::Reason;

/// Most attributes of an element of XML: each is compared with all.
const ATTRIBUTES_MAX: usize = 256;

/// What the next character is looked at as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Text,
    /// Text of an element without tags.
    RawText(Content),
    /// A `<` in it, and perhaps the beginning of its end.
    RawEnd(Content),
    /// Behind a `<`.
    Tag,
    /// Behind `</`.
    EndTag,
    Name,
    /// In a name that is too long to name anything.
    LongName,
    InTag,
    Slash,
    AttributeName,
    /// In one that is too long to name anything.
    LongAttributeName,
    AfterAttributeName,
    BeforeValue,
    /// Up to this sign, or without quotes.
    Value(Option<char>),
    AfterValue,
    /// Behind `<!`.
    Bang,
    /// Dashes that may be part of its end, and how many of them may be text.
    Comment(u8, u8),
    /// Behind `--!`, and how many of the dashes may be text.
    CommentBang(u8),
    /// Brackets that may be part of its end.
    CData(u8),
    DocType,
    DocTypeQuoted(char),
    /// What HTML takes for a comment.
    Bogus,
    InstructionName,
    /// Whether a `?` came last.
    Instruction(bool),
    Declaration,
}

/// What became of a character.
pub(super) enum Step {
    Taken,
    /// It is to be looked at again, in the state that is now.
    Again,
}

impl State {
    /// Whether what began with the token is not whole enough to tell what it is.
    pub(super) fn waits(self, token_bytes: usize) -> bool {
        match self {
            Self::RawEnd(_)
            | Self::Tag
            | Self::EndTag
            | Self::Name
            | Self::Bang
            | Self::InstructionName
            | Self::CData(1..) => true,
            Self::AttributeName => token_bytes <= limits::KEY_BYTES_MAX,
            _ => false,
        }
    }

    /// The signs that end a run of plain text, in states where there is one.
    pub(super) fn ends_run(self) -> Option<[u8; 3]> {
        Some(match self {
            Self::Text | Self::RawText(Content::Text) => [b'<', b'&', b'&'],
            Self::RawText(_) => [b'<'; 3],
            Self::Value(Some('"')) => [b'"', b'&', b'<'],
            Self::Value(Some('\'')) => [b'\'', b'&', b'<'],
            Self::Comment(0, 0) => [b'-'; 3],
            Self::CData(0) => [b']'; 3],
            Self::Bogus => [b'>'; 3],
            Self::Instruction(false) => [b'?'; 3],
            _ => return None,
        })
    }
}

impl Markup {
    /// One character, spelled in `raw_bytes` bytes at `at`.
    pub(super) fn sign(
        &mut self,
        c: char,
        at: u64,
        raw_bytes: u8,
        judge: &mut Judge<'_, '_>,
    ) -> Result<(), Stop> {
        loop {
            if self.reference.open {
                match self.in_reference(c, at, judge)? {
                    Step::Taken => return Ok(()),
                    Step::Again => {}
                }
            }
            match self.step(c, at, raw_bytes, judge)? {
                Step::Taken => return Ok(()),
                Step::Again => {}
            }
        }
    }

    fn step(
        &mut self,
        c: char,
        at: u64,
        raw_bytes: u8,
        judge: &mut Judge<'_, '_>,
    ) -> Result<Step, Stop> {
        match self.state {
            State::Text => match c {
                '<' => self.wait(State::Tag, at),
                '&' => self.reference.begin(at),
                _ => self.push(c, at, raw_bytes, judge)?,
            },
            State::RawText(content) => match c {
                '<' if content != Content::Plain => self.wait(State::RawEnd(content), at),
                '&' if content == Content::Text => self.reference.begin(at),
                _ => self.push(c, at, raw_bytes, judge)?,
            },
            State::RawEnd(content) => return self.raw_end(c, content, judge),
            State::Tag => return self.tag(c, at, judge),
            State::EndTag => return self.end_tag(c, at, judge),
            State::Name => return self.name(c, at, judge),
            State::LongName | State::LongAttributeName => {
                if self.ends_name(c) {
                    self.state = State::AfterAttributeName;
                    return Ok(Step::Again);
                }
            }
            State::InTag
            | State::Slash
            | State::AttributeName
            | State::AfterAttributeName
            | State::BeforeValue
            | State::Value(_)
            | State::AfterValue => return self.in_tag(c, at, raw_bytes, judge),
            State::Bang => return self.bang(c, at, judge),
            State::Comment(..) | State::CommentBang(_) => {
                return self.comment(c, at, raw_bytes, judge);
            }
            State::CData(brackets) => self.cdata(c, at, raw_bytes, brackets, judge)?,
            State::DocType => self.doctype(c, at, judge)?,
            State::DocTypeQuoted(quote) => {
                if c == quote || (c == '>' && self.kind == Kind::Html) {
                    self.mark(at, judge);
                    self.state = State::DocType;
                    return Ok(if c == quote { Step::Taken } else { Step::Again });
                }
            }
            State::Bogus if c == '>' => self.end_markup(at, 0, judge),
            State::Bogus => self.push(c, at, raw_bytes, judge)?,
            State::InstructionName => return self.instruction_name(c, at, judge),
            State::Instruction(ends) => match (c, ends) {
                ('>', true) => self.end_markup(at, 1, judge),
                ('?', _) => {
                    self.pending('?', at, u8::from(ends), judge)?;
                    self.state = State::Instruction(true);
                }
                _ => {
                    self.pending('?', at, u8::from(ends), judge)?;
                    self.state = State::Instruction(false);
                    self.push(c, at, raw_bytes, judge)?;
                }
            },
            State::Declaration => self.declaration(c, at, judge)?,
        }
        Ok(Step::Taken)
    }

    pub(super) fn wait(&mut self, state: State, at: u64) {
        self.token.clear();
        (self.state, self.token_at) = (state, at);
    }

    pub(super) fn is_html(&self) -> bool {
        self.kind == Kind::Html
    }

    pub(super) fn unparsable<T>(at: u64) -> Result<T, Stop> {
        Err(Stop { reason: Reason::Unparsable, at })
    }

    pub(super) fn begins_name(&self, c: char) -> bool {
        c.is_ascii_alphabetic() || (!self.is_html() && (matches!(c, '_' | ':') || !c.is_ascii()))
    }

    fn ends_name(&self, c: char) -> bool {
        is_space(c) || matches!(c, '/' | '>') || (c == '=' && self.state != State::LongName)
    }

    /// Behind a `<`.
    fn tag(&mut self, c: char, at: u64, judge: &mut Judge<'_, '_>) -> Result<Step, Stop> {
        match c {
            '/' => self.state = State::EndTag,
            '!' => self.state = State::Bang,
            '?' if !self.is_html() => self.state = State::InstructionName,
            '?' => {
                self.begin_bogus(at, judge)?;
                return Ok(Step::Again);
            }
            _ if self.begins_name(c) => {
                self.tag.ends = false;
                self.state = State::Name;
                return Ok(Step::Again);
            }
            _ if self.is_html() => {
                // No tag at all.
                self.state = State::Text;
                self.push('<', self.token_at, 1, judge)?;
                return Ok(Step::Again);
            }
            _ => return Self::unparsable(at),
        }
        Ok(Step::Taken)
    }

    /// Behind `</`.
    fn end_tag(&mut self, c: char, at: u64, judge: &mut Judge<'_, '_>) -> Result<Step, Stop> {
        if self.begins_name(c) {
            self.tag.ends = true;
            self.state = State::Name;
            return Ok(Step::Again);
        }
        if !self.is_html() {
            return Self::unparsable(at);
        }
        self.begin_bogus(at, judge)?;
        Ok(Step::Again)
    }

    fn name(&mut self, c: char, at: u64, judge: &mut Judge<'_, '_>) -> Result<Step, Stop> {
        if is_space(c) || matches!(c, '/' | '>') {
            self.named(judge)?;
            self.state = State::InTag;
            return Ok(Step::Again);
        }
        self.grow(c, at)?;
        if self.token.len() > limits::KEY_BYTES_MAX {
            self.named(judge)?;
            self.state = State::LongName;
        }
        Ok(Step::Taken)
    }

    /// One more character of a name.
    pub(super) fn grow(&mut self, c: char, at: u64) -> Result<(), Stop> {
        let fits = c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '-' | '.') || !c.is_ascii();
        self.token.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        if !self.is_html() && (!fits || self.token.len() > limits::KEY_BYTES_MAX) {
            return Self::unparsable(at);
        }
        Ok(())
    }

    /// The name of a tag is whole: what it does to the text before is known.
    fn named(&mut self, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        let begin = self.token_at;
        let ends = if elements::is_inline(&self.token) { Ends::Cut } else { Ends::Part };
        self.end_text(begin, ends, judge)?;
        self.mark(begin, judge);
        let skip = 1 + u64::from(self.tag.ends);
        let context = self.name_context(begin.saturating_add(skip), judge)?;
        let stop = |reason| Stop { reason, at: begin };
        let token = core::mem::take(&mut self.token);
        self.tag.spaced = false;
        self.tag.attributes.clear();
        self.tag.content = None;
        if self.tag.ends {
            self.elements.close(self.kind, &token).map_err(stop)?;
            if !self.is_html() && self.elements.is_empty() {
                self.end_text(begin, Ends::Part, judge)?;
            }
        } else {
            self.elements.open(self.kind, &token, context, judge).map_err(stop)?;
            self.tag.name = elements::hash(self.kind, &token);
            self.tag.content = Some(match self.kind {
                Kind::Html => elements::content(&token),
                Kind::Xml | Kind::Xhtml => Content::Markup,
            });
        }
        self.token = token;
        Ok(())
    }

    /// The context that a name in [`Self::token`] gives, which begins at `at`. A finding in a name
    /// of XML blocks, since nothing in it may be replaced.
    pub(super) fn name_context(
        &mut self,
        at: u64,
        judge: &mut Judge<'_, '_>,
    ) -> Result<crate::detect::ContextSets, Stop> {
        if self.kind != Kind::Xml {
            return Ok(0);
        }
        let around = self.elements.spot(judge).context;
        if let Some(context) = self.names.recall(&self.token, around) {
            return Ok(context);
        }
        let Ok(name) = core::str::from_utf8(&self.token) else { return Self::unparsable(at) };
        self.part.begin(at, around, 0, crate::finding::Style::Plain, judge);
        let mut here = at;
        for c in name.chars() {
            let raw_bytes = u8::try_from(c.len_utf8()).unwrap_or(4);
            super::push_char(&mut self.part, c, here, raw_bytes, judge)
                .map_err(|reason| Stop { reason, at: here })?;
            here = here.saturating_add(raw_bytes.into());
        }
        Ok(self.part.end_known_name(here, &mut self.names, judge))
    }

    fn in_tag(
        &mut self,
        c: char,
        at: u64,
        raw_bytes: u8,
        judge: &mut Judge<'_, '_>,
    ) -> Result<Step, Stop> {
        let html = self.is_html();
        match self.state {
            State::InTag => match c {
                _ if is_space(c) => self.tag.spaced = true,
                '/' if html || !self.tag.ends => self.state = State::Slash,
                '>' => self.end_of_tag(at, judge),
                _ if html || (self.tag.spaced && !self.tag.ends && self.begins_name(c)) => {
                    self.wait(State::AttributeName, at);
                    self.grow(c, at)?;
                }
                _ => return Self::unparsable(at),
            },
            State::Slash if c == '>' => {
                if !html {
                    self.elements.pop();
                }
                self.end_of_tag(at, judge);
            }
            State::Slash if html => {
                self.state = State::InTag;
                return Ok(Step::Again);
            }
            State::AttributeName if self.ends_name(c) => {
                self.attribute_named(at, judge)?;
                self.state = State::AfterAttributeName;
                return Ok(Step::Again);
            }
            State::AttributeName => {
                self.grow(c, at)?;
                if self.token.len() > limits::KEY_BYTES_MAX {
                    self.attribute_named(at, judge)?;
                    self.state = State::LongAttributeName;
                }
            }
            State::AfterAttributeName => match c {
                _ if is_space(c) => {}
                '=' => self.state = State::BeforeValue,
                _ if html => {
                    self.state = State::InTag;
                    return Ok(Step::Again);
                }
                _ => return Self::unparsable(at),
            },
            State::BeforeValue => match c {
                _ if is_space(c) => {}
                '"' | '\'' => {
                    self.open_mark(at.saturating_add(1), judge);
                    self.begin_part(at.saturating_add(1), self.tag.spot, judge);
                    self.state = State::Value(Some(c));
                }
                '>' if html => self.end_of_tag(at, judge),
                _ if html => {
                    self.open_mark(at, judge);
                    self.begin_part(at, self.tag.spot, judge);
                    self.state = State::Value(None);
                    return Ok(Step::Again);
                }
                _ => return Self::unparsable(at),
            },
            State::Value(quote) => match c {
                _ if quote == Some(c) => {
                    self.end_part(at, judge);
                    self.mark(at, judge);
                    self.state = State::AfterValue;
                }
                _ if quote.is_none() && (is_space(c) || c == '>') => {
                    self.end_part(at, judge);
                    self.mark(at, judge);
                    self.state = State::InTag;
                    return Ok(Step::Again);
                }
                '&' => self.reference.begin(at),
                '<' if !html => return Self::unparsable(at),
                _ => self.push(c, at, raw_bytes, judge)?,
            },
            _ if html || is_space(c) || matches!(c, '/' | '>') => {
                self.tag.spaced = false;
                self.state = State::InTag;
                return Ok(Step::Again);
            }
            _ => return Self::unparsable(at),
        }
        Ok(Step::Taken)
    }

    /// The name of an attribute is whole: where its value will stand.
    fn attribute_named(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        let context = self.name_context(self.token_at, judge)?;
        let hash = elements::hash(self.kind, &self.token);
        if !self.is_html() {
            let known = self.tag.attributes.contains(&hash);
            if known || self.tag.attributes.len() >= ATTRIBUTES_MAX {
                return Self::unparsable(at);
            }
            self.tag.attributes.push(hash);
        }
        let spot = self.elements.spot(judge);
        self.tag.spot = elements::below(spot, self.kind, &self.token, context, judge);
        Ok(())
    }

    /// The `>` of a tag is at `at`.
    fn end_of_tag(&mut self, at: u64, judge: &mut Judge<'_, '_>) {
        self.unmark(at.saturating_add(1), judge);
        self.state = match self.tag.content {
            None | Some(Content::Markup) => State::Text,
            Some(Content::Void) => {
                self.elements.pop();
                State::Text
            }
            Some(content) => State::RawText(content),
        };
    }

    /// Behind a `<` in text without tags: whether it is its end.
    fn raw_end(
        &mut self,
        c: char,
        content: Content,
        judge: &mut Judge<'_, '_>,
    ) -> Result<Step, Stop> {
        let name = self.token.get(1..).unwrap_or_default();
        let ends = elements::hash(self.kind, name) == self.tag.name;
        if ends && (is_space(c) || matches!(c, '/' | '>')) {
            self.token.drain(..1);
            self.tag.ends = true;
            self.named(judge)?;
            self.state = State::InTag;
            return Ok(Step::Again);
        }
        // No name of such an element is longer.
        let slash = self.token.is_empty() && c == '/';
        let name = !self.token.is_empty() && self.token.len() <= 9 && c.is_ascii_alphabetic();
        if slash || name {
            self.token.push(u8::try_from(c).unwrap_or(0));
            return Ok(Step::Taken);
        }
        self.state = State::RawText(content);
        self.push('<', self.token_at, 1, judge)?;
        self.push_token(self.token_at.saturating_add(1), judge)?;
        Ok(Step::Again)
    }

    /// What waited in [`Self::token`] from `at` on is text; it is ASCII.
    pub(super) fn push_token(
        &mut self,
        mut at: u64,
        judge: &mut Judge<'_, '_>,
    ) -> Result<(), Stop> {
        let token = core::mem::take(&mut self.token);
        for byte in token {
            self.push(char::from(byte), at, 1, judge)?;
            at = at.saturating_add(1);
        }
        Ok(())
    }
}

pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{c}')
}
