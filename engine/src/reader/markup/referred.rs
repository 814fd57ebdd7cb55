//! What becomes of a reference in the text that it stands in.

use super::tokens::{State, Step};
use super::{Kind, Markup, reference};
use crate::judge::Judge;
use crate::reader::Stop;
use crate::verdict::Reason;

impl Markup {
    /// A character behind the `&` of a reference.
    pub(super) fn in_reference(
        &mut self,
        c: char,
        at: u64,
        judge: &mut Judge<'_, '_>,
    ) -> Result<Step, Stop> {
        if self.reference.goes_on(c) {
            self.reference.text.push(u8::try_from(c).unwrap_or(0));
            let bytes = self.reference.text.len();
            if self.reference.is_number() && bytes + 2 > reference::NUMBER_BYTES_MAX {
                return Err(Stop { reason: Reason::HiddenText, at });
            }
            if bytes > reference::NAME_BYTES_MAX {
                self.end_reference(at.saturating_add(1), judge)?;
            }
            return Ok(Step::Taken);
        }
        let known = match self.reference.is_number() {
            true => self.reference.number().and_then(|code| match self.kind {
                Kind::Xml | Kind::Xhtml => char::from_u32(code).filter(|c| *c != '\0'),
                Kind::Html => Some(reference::html_number(code)),
            }),
            false => match self.kind {
                Kind::Xml => reference::xml(&self.reference.text),
                Kind::Xhtml | Kind::Html => reference::html(&self.reference.text),
            },
        };
        match known {
            Some(known) if c == ';' => {
                self.referred(known, at.saturating_add(1), judge)?;
                Ok(Step::Taken)
            }
            Some(known) if self.is_html() && self.reference.is_number() => {
                self.referred(known, at, judge)?;
                Ok(Step::Again)
            }
            _ => {
                // In a URL, `&lt=` is no reference.
                let value = matches!(self.state, State::Value(_)) && c == '=';
                if value {
                    self.reference_text(0, self.reference.at, judge)?;
                } else {
                    self.end_reference(at, judge)?;
                }
                Ok(Step::Again)
            }
        }
    }

    /// The reference stands for this character, and ends before `end`.
    fn referred(&mut self, c: char, end: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        let at = self.reference.at;
        self.reference.open = false;
        let raw_bytes = u8::try_from(end.saturating_sub(at)).unwrap_or(u8::MAX);
        self.push(c, at, raw_bytes, judge)
    }

    /// The reference ends before `at`, and is none as a whole: in HTML it is what it begins with
    /// that needs no `;`, and else text.
    pub(super) fn end_reference(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        if !self.reference.open {
            return Ok(());
        }
        if !self.is_html() {
            return Self::unparsable(at);
        }
        let begin = self.reference.at;
        let whole = !matches!(self.state, State::Value(_));
        let number = self.reference.number().filter(|_| self.reference.is_number());
        let bare = match number {
            Some(code) => Some((reference::html_number(code), self.reference.text.len())),
            None => reference::html_bare(&self.reference.text)
                .filter(|(_, length)| whole || *length == self.reference.text.len()),
        };
        match bare {
            Some((c, length)) => {
                let end = begin.saturating_add(1 + u64::try_from(length).unwrap_or(0));
                self.referred(c, end, judge)?;
                self.reference_text(length, end, judge)
            }
            None => self.reference_text(0, begin, judge),
        }
    }

    /// What came of a reference, but its first `skip` bytes, is text that begins at `at`.
    fn reference_text(
        &mut self,
        skip: usize,
        mut at: u64,
        judge: &mut Judge<'_, '_>,
    ) -> Result<(), Stop> {
        self.reference.open = false;
        let text = core::mem::take(&mut self.reference.text);
        let and = (skip == 0).then_some(b'&');
        for byte in and.into_iter().chain(text.get(skip..).unwrap_or_default().iter().copied()) {
            self.push(char::from(byte), at, 1, judge)?;
            at = at.saturating_add(1);
        }
        Ok(())
    }
}
