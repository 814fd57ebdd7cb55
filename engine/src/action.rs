//! Turns the text of one finding into what may cross instead.
//! Only this module builds [`Applied`], and only with one of those does anything get replaced.

use crate::limits;
use crate::model::{Action, Mask, Tables};
use crate::settings::Settings;
use crate::token::TokenMaker;
use alloc::vec::Vec;

/// Stars of a mask of fixed shape.
pub(crate) const MASK_STARS: usize = 12;
/// Most letters and digits that a mask may leave.
const MASK_KEEP_MAX: usize = 8;

/// What an action makes of a finding.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Applied {
    /// The text stays.
    Keep,
    /// This stands in its place.
    Replace(Vec<u8>),
    /// The message stops.
    Block,
}

/// What stands in place of a finding whose text does not matter.
pub(crate) fn redacted(category: &str) -> Applied {
    Applied::Replace([b"[", category.as_bytes(), b"]"].concat())
}

/// How strict an action is: keep < observe < mask < tokenize < redact < block.
pub(crate) fn severity(action: &Action) -> u8 {
    match action {
        Action::Keep => 0,
        Action::Observe => 1,
        Action::Mask(_) => 2,
        Action::Tokenize(_) => 3,
        Action::Redact => 4,
        Action::Block => 5,
    }
}

/// The word for entries and metrics.
pub(crate) fn name(action: &Action) -> &'static str {
    match action {
        Action::Keep => "keep",
        Action::Observe => "observe",
        Action::Mask(_) => "mask",
        Action::Tokenize(_) => "tokenize",
        Action::Redact => "redact",
        Action::Block => "block",
    }
}

/// An action being applied to text that comes in pieces, in fixed state.
/// The result depends on the text alone, not on the pieces.
#[derive(Clone)]
pub(crate) struct Applying {
    how: How,
    /// A tokenize without a usable key acts as redact.
    pub(crate) key_missing: bool,
}

#[derive(Clone)]
enum How {
    Keep,
    Block,
    Redact(Vec<u8>),
    Tokenize(alloc::boxed::Box<TokenMaker>, alloc::string::String),
    Mask { mask: Mask, last: [u8; MASK_KEEP_MAX], kept: usize, shape: Vec<u8>, shaped: bool },
}

impl Applying {
    /// Begins.
    pub(crate) fn new(
        tables: &Tables,
        settings: &Settings,
        action: &Action,
        category: &str,
    ) -> Self {
        let redact = || How::Redact([b"[", category.as_bytes(), b"]"].concat());
        let mut key_missing = false;
        let how = match action {
            Action::Keep | Action::Observe => How::Keep,
            Action::Block => How::Block,
            Action::Redact => redact(),
            Action::Tokenize(tokenize) => {
                match TokenMaker::new(tables, settings, tokenize, category) {
                    Some(maker) => How::Tokenize(maker.into(), tokenize.prefix.clone()),
                    None => {
                        key_missing = true;
                        redact()
                    }
                }
            }
            Action::Mask(mask) => How::Mask {
                mask: *mask,
                last: [0; MASK_KEEP_MAX],
                kept: 0,
                shape: Vec::new(),
                shaped: mask.keep_separators,
            },
        };
        Self { how, key_missing }
    }

    /// The same without a mask: redacted instead. What a mask leaves must be told from the text
    /// behind it, and where a letter may follow at once it cannot be.
    pub(crate) fn unmasked(mut self, category: &str) -> Self {
        if let How::Mask { .. } = self.how {
            self.how = How::Redact([b"[", category.as_bytes(), b"]"].concat());
        }
        self
    }

    /// More of the text. Tokens want it in canonical form, masks as it stands.
    pub(crate) fn update(&mut self, text: &[u8]) {
        match &mut self.how {
            How::Keep | How::Block | How::Redact(_) => {}
            How::Tokenize(maker, _) => maker.update(text),
            How::Mask { last, kept, shape, shaped, .. } => {
                for byte in text.iter().filter(|byte| byte.is_ascii_alphanumeric()) {
                    last.rotate_left(1);
                    if let Some(slot) = last.last_mut() {
                        *slot = *byte;
                    }
                    *kept += 1;
                }
                if *shaped && shape.len() + text.len() <= limits::FIELD_BYTES_MAX {
                    shape.extend(text.iter().map(|byte| separator(*byte)));
                } else {
                    *shaped = false;
                    *shape = Vec::new();
                }
            }
        }
    }

    /// Whether the text is wanted in canonical form.
    pub(crate) fn wants_canonical(&self) -> bool {
        matches!(self.how, How::Tokenize(..))
    }

    /// The result.
    pub(crate) fn finish(self) -> Applied {
        match self.how {
            How::Keep => Applied::Keep,
            How::Block => Applied::Block,
            How::Redact(text) => Applied::Replace(text),
            How::Tokenize(maker, prefix) => {
                maker.finish(&prefix).map_or(Applied::Block, Applied::Replace)
            }
            How::Mask { mask, last, kept, shape, shaped } => {
                Applied::Replace(masked(mask, &last, kept, if shaped { &shape } else { &[] }))
            }
        }
    }
}

/// Stars, then the last letters and digits. Never more than a half of them stays.
fn masked(mask: Mask, last: &[u8], letters: usize, shape: &[u8]) -> Vec<u8> {
    let keep = usize::from(mask.keep_last).min(MASK_KEEP_MAX).min(letters / 2);
    let tail = last.get(last.len() - keep..).unwrap_or_default();
    if shape.is_empty() {
        let mut out = alloc::vec![b'*'; MASK_STARS];
        out.extend_from_slice(tail);
        return out;
    }
    // The kept characters go back to their places, from the end.
    let mut out = shape.to_vec();
    let mut left = tail.iter().rev();
    for slot in out.iter_mut().rev().filter(|slot| **slot == b'*') {
        match left.next() {
            Some(byte) => *slot = *byte,
            None => break,
        }
    }
    if is_mask(&out) { out } else { masked(mask, last, letters, &[]) }
}

/// Whether a second pass knows this shape again: stars with single separators between them, four
/// stars or more, then at most eight letters and digits in one run. A word behind a space is taken
/// for text of its own, unless there were spaces between the stars too.
fn is_mask(shape: &[u8]) -> bool {
    let tail = shape.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let head = shape.get(..shape.len() - tail).unwrap_or_default();
    let pairs = || head.iter().zip(head.iter().skip(1));
    let digits = shape.iter().rev().take(tail).all(u8::is_ascii_digit);
    let spaced = head.split_last().is_some_and(|(_, before)| before.contains(&b' '));
    tail <= MASK_KEEP_MAX
        && head.first() == Some(&b'*')
        && head.iter().filter(|byte| **byte == b'*').count() >= 4
        && head.iter().all(|byte| !byte.is_ascii_alphanumeric())
        && pairs().all(|(a, b)| *a == b'*' || *b == b'*')
        && (tail > 0 || head.last() == Some(&b'*'))
        && (head.last() != Some(&b' ') || spaced || digits)
}

fn separator(byte: u8) -> u8 {
    if matches!(byte, b' ' | b'-' | b'.') { byte } else { b'*' }
}
