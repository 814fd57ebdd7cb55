//! What stands beside text: comments, CDATA sections, document types, instructions, and the
//! declaration of XML. Says nothing of tags.

use super::tokens::{State, Step, is_space};
use super::{Claim, Ends, Markup};
use crate::judge::Judge;
use crate::reader::Stop;
use crate::verdict::Reason;

/// Longest declaration of XML.
const DECLARATION_BYTES_MAX: usize = 256;

impl Markup {
    /// Behind `<!`.
    pub(super) fn bang(
        &mut self,
        c: char,
        at: u64,
        judge: &mut Judge<'_, '_>,
    ) -> Result<Step, Stop> {
        const KINDS: [&[u8]; 3] = [b"--", b"[CDATA[", b"DOCTYPE"];
        let html = self.is_html();
        let fits = |known: &&[u8], token: &[u8]| {
            let begin = known.get(..token.len()).unwrap_or_default();
            begin == token || (html && begin.eq_ignore_ascii_case(token))
        };
        if c.is_ascii() {
            self.token.push(u8::try_from(c).unwrap_or(0));
        }
        let token = &self.token;
        let kind = KINDS.iter().find(|known| c.is_ascii() && fits(known, token)).copied();
        let kind = kind.filter(|known| !html || *known != b"[CDATA[");
        let Some(kind) = kind else {
            if !html {
                return Self::unparsable(at);
            }
            if c.is_ascii() {
                self.token.pop();
            }
            let begin = self.token_at.saturating_add(2);
            self.begin_bogus(begin, judge)?;
            self.push_token(begin, judge)?;
            return Ok(Step::Again);
        };
        if self.token.len() < kind.len() {
            return Ok(Step::Taken);
        }
        let behind = at.saturating_add(1);
        match kind {
            b"--" => {
                self.begin_comment(behind, judge)?;
                self.state = State::Comment(if html { 2 } else { 0 }, 0);
            }
            b"DOCTYPE" => {
                if !html && (self.elements.rooted || self.typed) {
                    return Self::unparsable(at);
                }
                self.typed = true;
                self.end_text(self.token_at, Ends::Part, judge)?;
                self.mark(self.token_at, judge);
                self.state = State::DocType;
            }
            _ => {
                if self.elements.is_empty() {
                    return Self::unparsable(at);
                }
                self.end_text(self.token_at, Ends::Cut, judge)?;
                self.mark(self.token_at, judge);
                self.unmark(behind, judge);
                self.state = State::CData(0);
            }
        }
        Ok(Step::Taken)
    }

    /// What stands beside the text from `at` on, behind its mark.
    fn begin_comment(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        self.end_text(self.token_at, Ends::Cut, judge)?;
        self.mark(self.token_at, judge);
        self.open_mark(at, judge);
        let spot = self.elements.spot(judge);
        self.begin_part(at, spot.unnamed(spot.context), judge);
        Ok(())
    }

    pub(super) fn begin_bogus(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        self.begin_comment(at, judge)?;
        self.state = State::Bogus;
        Ok(())
    }

    /// The `>` of a comment or an instruction is at `at`, and `before` raw bytes of its end before.
    pub(super) fn end_markup(&mut self, at: u64, before: u64, judge: &mut Judge<'_, '_>) {
        let end = at.saturating_sub(before);
        self.end_part(end, judge);
        self.mark(end, judge);
        self.unmark(at.saturating_add(1), judge);
        self.state = State::Text;
    }

    pub(super) fn comment(
        &mut self,
        c: char,
        at: u64,
        raw_bytes: u8,
        judge: &mut Judge<'_, '_>,
    ) -> Result<Step, Stop> {
        let html = self.is_html();
        match (self.state, c) {
            (State::CommentBang(text), '>') => self.end_markup(at, 1 + u64::from(text), judge),
            (State::CommentBang(text), _) => {
                self.pending('-', at.saturating_sub(1), text, judge)?;
                self.push('!', at.saturating_sub(1), 1, judge)?;
                self.state = State::Comment(0, 0);
                return Ok(Step::Again);
            }
            (State::Comment(2, text), '>') => self.end_markup(at, text.into(), judge),
            (State::Comment(2, text), '!') if html => self.state = State::CommentBang(text),
            (State::Comment(2, _), _) if !html => return Self::unparsable(at),
            (State::Comment(2, 2), '-') => self.push('-', at.saturating_sub(2), 1, judge)?,
            (State::Comment(dashes, text), '-') => {
                self.state = State::Comment(dashes.saturating_add(1).min(2), text + 1);
            }
            (State::Comment(_, text), _) => {
                self.pending('-', at, text, judge)?;
                self.state = State::Comment(0, 0);
                self.push(c, at, raw_bytes, judge)?;
            }
            _ => return Err(Stop { reason: Reason::Internal, at }),
        }
        Ok(Step::Taken)
    }

    /// So many of this sign stand before `at`, and are text.
    pub(super) fn pending(
        &mut self,
        sign: char,
        at: u64,
        count: u8,
        judge: &mut Judge<'_, '_>,
    ) -> Result<(), Stop> {
        for before in (1..=u64::from(count)).rev() {
            self.push(sign, at.saturating_sub(before), 1, judge)?;
        }
        Ok(())
    }

    pub(super) fn cdata(
        &mut self,
        c: char,
        at: u64,
        raw_bytes: u8,
        brackets: u8,
        judge: &mut Judge<'_, '_>,
    ) -> Result<(), Stop> {
        match (c, brackets) {
            ('>', 2) => {
                let end = at.saturating_sub(2);
                self.end_text(end, Ends::Cut, judge)?;
                self.mark(end, judge);
                self.unmark(at.saturating_add(1), judge);
                self.state = State::Text;
            }
            (']', 2) => {
                self.push(']', at.saturating_sub(2), 1, judge)?;
                self.token_at = at.saturating_sub(1);
            }
            (']', _) => {
                self.token_at = at.saturating_sub(brackets.into());
                self.state = State::CData(brackets + 1);
            }
            _ => {
                self.pending(']', at, brackets, judge)?;
                self.state = State::CData(0);
                self.push(c, at, raw_bytes, judge)?;
            }
        }
        Ok(())
    }

    /// A type without a subset of its own says nothing that is read here.
    pub(super) fn doctype(
        &mut self,
        c: char,
        at: u64,
        judge: &mut Judge<'_, '_>,
    ) -> Result<(), Stop> {
        match c {
            '>' => {
                self.unmark(at.saturating_add(1), judge);
                self.state = State::Text;
            }
            '"' | '\'' => {
                self.open_mark(at.saturating_add(1), judge);
                self.state = State::DocTypeQuoted(c);
            }
            '[' | '<' if !self.is_html() => return Self::unparsable(at),
            _ => {}
        }
        Ok(())
    }

    pub(super) fn instruction_name(
        &mut self,
        c: char,
        at: u64,
        judge: &mut Judge<'_, '_>,
    ) -> Result<Step, Stop> {
        if !is_space(c) && c != '?' {
            if self.token.is_empty() && !self.begins_name(c) {
                return Self::unparsable(at);
            }
            self.grow(c, at)?;
            return Ok(Step::Taken);
        }
        if self.token.is_empty() {
            return Self::unparsable(at);
        }
        if self.token == b"xml" && self.is_first() && is_space(c) {
            self.mark(self.token_at, judge);
            self.token.clear();
            self.state = State::Declaration;
            return Ok(Step::Taken);
        }
        if self.token.eq_ignore_ascii_case(b"xml") {
            return Self::unparsable(at);
        }
        self.name_context(self.token_at.saturating_add(2), judge)?;
        self.begin_comment(at, judge)?;
        self.state = State::Instruction(false);
        Ok(Step::Again)
    }

    /// Whether the token is the first of the document, but for a byte order mark.
    fn is_first(&self) -> bool {
        let mark = u64::try_from('\u{feff}'.len_utf8()).unwrap_or(0);
        let begun = self.begun_at.map(|at| at.saturating_add(mark));
        begun.is_some_and(|at| self.token_at <= at)
    }

    /// The declaration of XML: its encoding must be the one that is read.
    pub(super) fn declaration(
        &mut self,
        c: char,
        at: u64,
        judge: &mut Judge<'_, '_>,
    ) -> Result<(), Stop> {
        if c != '>' {
            self.token.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            let long = self.token.len() > DECLARATION_BYTES_MAX;
            return if long || c == '<' { Self::unparsable(at) } else { Ok(()) };
        }
        let Some(text) = self.token.strip_suffix(b"?") else { return Self::unparsable(at) };
        match encoding(text) {
            Err(()) => return Self::unparsable(at),
            // Where no type says that it is XML, nothing need be as it says.
            _ if self.claim == Claim::Guessed => {}
            Ok(None) => {}
            Ok(Some(name)) if like_ascii(name) => self.ascii_only = !is_utf8(name),
            Ok(Some(_)) => return Err(Stop { reason: Reason::UnknownEncoding, at }),
        }
        self.unmark(at.saturating_add(1), judge);
        self.state = State::Text;
        Ok(())
    }
}

/// The encoding that a declaration says, if it says one.
fn encoding(text: &[u8]) -> Result<Option<&[u8]>, ()> {
    const WORD: &[u8] = b"encoding";
    let Some(at) = text.windows(WORD.len()).position(|word| word == WORD) else { return Ok(None) };
    let rest = text.get(at + WORD.len()..).unwrap_or_default().trim_ascii_start();
    let rest = rest.strip_prefix(b"=").ok_or(())?.trim_ascii_start();
    let (quote, rest) = rest.split_first().ok_or(())?;
    let end = rest.iter().position(|byte| byte == quote).ok_or(())?;
    match quote {
        b'"' | b'\'' => Ok(rest.get(..end)),
        _ => Err(()),
    }
}

fn is_utf8(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"utf-8") || name.eq_ignore_ascii_case(b"utf8")
}

/// Whether the first half of an encoding is ASCII.
fn like_ascii(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    is_utf8(&name)
        || matches!(name.as_slice(), b"us-ascii" | b"ascii")
        || name.starts_with(b"iso-8859-")
        || name.starts_with(b"windows-125")
}
