//! Recognizes what an earlier pass put in place of a finding: `[category]`, runs of stars, tokens.
//! So a second pass finds the same borders and contexts, and changes nothing.
//! Never takes text for a replacement that this policy could not have written.

use super::Replacements;
use super::bits::ones_of;
use super::simd::{BLOCK_BYTES, Block, Set};
use crate::limits;
use crate::model::Category;

/// Stars that a mask has at least.
const STARS_MIN: usize = 4;
/// Letters and digits that a mask may end with.
const KEPT_MAX: usize = 8;
/// Longest run that is a mask: one star for each byte of a candidate, and what tells its end.
const MASK_BYTES_MAX: usize = limits::CANDIDATE_BYTES_MAX + 2 * KEPT_MAX;

/// What stands at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replacement {
    /// Text.
    Nothing,
    /// The text ends before it can be told.
    Unknown,
    /// A replacement that ends before this.
    Until(usize),
}

/// Everything by which a policy's replacements are known again.
#[derive(Clone, Copy)]
pub(crate) struct Known<'k> {
    /// Sorted by name.
    pub(crate) categories: &'k [Category],
    /// Longest name of a category.
    pub(crate) name_bytes_max: usize,
    /// What names of categories begin with, of ASCII, one bit each.
    pub(crate) names_begin: u128,
    pub(crate) tokens: &'k dyn Replacements,
    /// Longest token; 0 without any.
    pub(crate) token_bytes_max: usize,
}

/// Undecided bytes from which on it pays to ask for the first bytes of tokens.
const ASK_BYTES_MIN: usize = 256;

/// The ASCII characters that a replacement may begin with.
#[derive(Clone, Copy)]
pub(crate) struct FirstBytes {
    /// One bit each.
    bits: u128,
    /// The same, for whole blocks.
    set: Set,
}

impl FirstBytes {
    /// For a text of so many bytes.
    fn new(bits: u128, bytes: usize) -> Self {
        let all = ones_of(bits).filter_map(|byte| u8::try_from(byte).ok());
        // PERF: a short text has no block.
        Self { bits, set: if bytes < BLOCK_BYTES { Set::default() } else { all.collect() } }
    }

    fn has(self, byte: u8) -> bool {
        self.bits.checked_shr(byte.into()).is_some_and(|bits| bits & 1 == 1)
    }

    /// The first byte at or behind `at` that a replacement may begin with.
    pub(crate) fn find(self, text: &[u8], at: usize) -> Option<usize> {
        let rest = text.get(at..)?;
        let (blocks, tail) = rest.as_chunks::<BLOCK_BYTES>();
        for (n, block) in blocks.iter().enumerate() {
            let bits = Block::new(block).among(&self.set);
            if bits != 0 {
                let bit = usize::try_from(bits.trailing_zeros()).unwrap_or(0);
                return Some(at + n * BLOCK_BYTES + bit);
            }
        }
        let begin = at + blocks.len() * BLOCK_BYTES;
        tail.iter().position(|byte| self.has(*byte)).map(|n| begin + n)
    }
}

impl Known<'_> {
    /// What a replacement may begin with in a text with so many undecided bytes.
    pub(crate) fn first_bytes(&self, bytes: usize) -> FirstBytes {
        let tokens = match (self.token_bytes_max, bytes) {
            (0, _) => 0,
            (_, ..ASK_BYTES_MIN) => TOKENS_BEGIN,
            _ => {
                bits(&|byte| TOKENS_BEGIN >> byte & 1 == 1 && self.tokens.token_may_begin(&[byte]))
            }
        };
        FirstBytes::new(tokens | 1 << b'[' | 1 << b'*', bytes)
    }
}

/// What some token may begin with: letters, digits and `_`.
const TOKENS_BEGIN: u128 = 0x07FF_FFFE_87FF_FFFE_03FF_0000_0000_0000;

fn bits(has: &dyn Fn(u8) -> bool) -> u128 {
    (0..128).filter(|byte| has(*byte)).fold(0, |bits, byte| bits | 1 << byte)
}

fn may_begin_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// What stands at `at`. Every category of the policy may have been written, in any of its zones.
pub(crate) fn replacement_at(
    known: &Known<'_>,
    text: &[u8],
    at: usize,
    ended: bool,
) -> Replacement {
    let Some(rest) = text.get(at..) else { return Replacement::Nothing };
    let found = match rest.first() {
        Some(b'[') => category(known, rest),
        // A run of stars is one mask or none: what begins inside of it is never looked at.
        Some(b'*') if !follows_star(text, at) => mask(rest, ended),
        Some(byte) if may_begin_token(*byte) => token(known, rest),
        _ => Replacement::Nothing,
    };
    match found {
        Replacement::Until(length) if length > 0 => Replacement::Until(at + length),
        Replacement::Unknown if !ended => Replacement::Unknown,
        Replacement::Nothing | Replacement::Unknown | Replacement::Until(_) => Replacement::Nothing,
    }
}

fn token(known: &Known<'_>, text: &[u8]) -> Replacement {
    let (tokens, bytes_max) = (known.tokens, known.token_bytes_max);
    if bytes_max == 0 {
        return Replacement::Nothing;
    }
    match tokens.token(text) {
        Some(length) => Replacement::Until(length),
        None if text.len() < bytes_max && tokens.token_may_begin(text) => Replacement::Unknown,
        None => Replacement::Nothing,
    }
}

/// `[category]` of a category of this policy.
fn category(known: &Known<'_>, text: &[u8]) -> Replacement {
    let name = text.get(1..).unwrap_or_default();
    // PERF: most brackets hold something else.
    if name.first().is_some_and(|b| b.is_ascii() && known.names_begin >> b & 1 == 0) {
        return Replacement::Nothing;
    }
    let longest = name.get(..=known.name_bytes_max).unwrap_or(name);
    let (name, closed) = match longest.iter().position(|byte| *byte == b']') {
        Some(end) => (name.get(..end).unwrap_or_default(), true),
        None => (longest, false),
    };
    let first = known.categories.partition_point(|category| category.name.as_bytes() < name);
    match known.categories.get(first).map(|category| category.name.as_bytes()) {
        Some(known) if closed && known == name => Replacement::Until(name.len() + 2),
        Some(known) if !closed && known.starts_with(name) => Replacement::Unknown,
        _ => Replacement::Nothing,
    }
}

/// Whether stars, or separators that stars may have between them, lead up to here.
fn follows_star(text: &[u8], at: usize) -> bool {
    let before = |n: usize| at.checked_sub(n).and_then(|at| text.get(at)).copied();
    before(1) == Some(b'*') || (before(1).is_some_and(is_separator) && before(2) == Some(b'*'))
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.')
}

/// Stars, single separators between them, then letters and digits that were kept.
fn mask(text: &[u8], ended: bool) -> Replacement {
    let (text, cut) = match text.get(..MASK_BYTES_MAX) {
        Some(text) => (text, true),
        None => (text, false),
    };
    let byte = |at: usize| text.get(at).copied();
    let (mut stars, mut end) = (0, 0);
    let mut spaced = false;
    loop {
        let gap = usize::from(end > 0 && byte(end).is_some_and(is_separator));
        if byte(end + gap) != Some(b'*') {
            break;
        }
        spaced |= gap == 1 && byte(end) == Some(b' ');
        stars += 1;
        end += gap + 1;
    }
    // As long as that, what follows can still make the run longer, or no mask at all.
    let undecided = text.len() <= end + KEPT_MAX + 2;
    if undecided && (cut || !ended) {
        return if cut { Replacement::Nothing } else { Replacement::Unknown };
    }
    let gap = usize::from(byte(end).is_some_and(is_separator));
    let tail = text.get(end + gap..).unwrap_or_default();
    let kept = tail.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let fits = (1..=KEPT_MAX).contains(&kept);
    // A word after `****` and a space was not kept from anything, but for a number.
    let digits = tail.iter().take(kept).all(u8::is_ascii_digit);
    let belongs = byte(end) != Some(b' ') || spaced || digits;
    if stars < STARS_MIN || (gap == 0 && kept > 0 && !fits) {
        return Replacement::Nothing;
    }
    Replacement::Until(if fits && belongs { end + gap + kept } else { end })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bits_are_those_of_the_bytes() {
        assert_eq!(TOKENS_BEGIN, bits(&may_begin_token));
        for (length, at) in [(1, 0), (63, 40), (64, 63), (65, 64), (200, 150)] {
            let mut text = alloc::vec![0xFF; length];
            let first = FirstBytes::new(TOKENS_BEGIN, length);
            assert_eq!(first.find(&text, 0), None);
            if let Some(byte) = text.get_mut(at) {
                *byte = b'z';
            }
            assert!((0..=at).all(|from| first.find(&text, from) == Some(at)));
            assert_eq!(first.find(&text, at + 1), None);
        }
    }
}
