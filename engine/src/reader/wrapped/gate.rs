//! Tells from letters, eight at a time, where they may stand for text: in which alphabet, and at
//! which offset. Random bytes hardly ever do. Keeps the last letters, so that a stream may begin
//! before the text that it is begun for.

use super::alphabet::{self, Alphabet, BLOCK_CHARS, decode};
use super::{glance, hints};

/// Letters that are kept beside a block.
const RECENT: usize = 64;
/// Bytes of text for which a stream is begun.
const TEXT_BYTES_MIN: u32 = 9;
/// Bytes of a window that are looked at for text: so many are there at every offset.
const WINDOW_BYTES: u32 = 11;
/// Letters at the end that are looked at for text: of hex they are the fewest bytes.
const FLUSHED: usize = 32;

/// The last letters of a run, and what they may be.
#[derive(Clone)]
pub(super) struct Gate {
    recent: [u8; RECENT + BLOCK_CHARS],
    length: usize,
    /// At which offsets of each alphabet the block before was text, one bit each.
    was_text: [u8; Alphabet::ALL.len()],
    windows: [u128; Alphabet::ALL.len()],
    /// Bits of each window that stand for letters.
    known: [u32; Alphabet::ALL.len()],
}

/// What a block is in one alphabet.
pub(super) enum Block {
    /// It holds other letters.
    Foreign,
    /// Its bits behind those of the blocks before, and at which offsets text may begin.
    Bits(u128, u8),
}

impl Gate {
    pub(super) fn new() -> Self {
        Self {
            recent: [0; RECENT + BLOCK_CHARS],
            length: 0,
            was_text: [0; Alphabet::ALL.len()],
            windows: [0; Alphabet::ALL.len()],
            known: [0; Alphabet::ALL.len()],
        }
    }

    /// The letters that are kept.
    pub(super) fn letters(&self) -> &[u8] {
        self.recent.get(..self.length).unwrap_or_default()
    }

    /// Most letters that are kept.
    pub(super) fn most(&self) -> usize {
        self.recent.len()
    }

    /// Letters of the block that is not whole.
    pub(super) fn left(&self) -> usize {
        self.length % BLOCK_CHARS
    }

    /// Takes letters until a block is whole; how many it took.
    pub(super) fn fill(&mut self, letters: &[u8]) -> usize {
        if self.length >= self.recent.len() {
            self.recent.copy_within(BLOCK_CHARS.., 0);
            self.length -= BLOCK_CHARS;
        }
        let taken = letters.len().min(BLOCK_CHARS - self.left());
        let room = self.recent.get_mut(self.length..).unwrap_or_default();
        room.iter_mut().zip(letters).take(taken).for_each(|(slot, letter)| *slot = *letter);
        self.length += taken;
        taken
    }

    /// What the last block is in an alphabet.
    #[inline]
    pub(super) fn block(&mut self, n: usize, alphabet: Alphabet) -> Block {
        let chars = self.letters().last_chunk::<BLOCK_CHARS>().copied().unwrap_or_default();
        let (Some(window), Some(was_text), Some(known)) =
            (self.windows.get_mut(n), self.was_text.get_mut(n), self.known.get_mut(n))
        else {
            return Block::Foreign;
        };
        let Some(bits) = alphabet.block(&chars) else {
            (*window, *was_text, *known) = (0, 0, 0);
            return Block::Foreign;
        };
        *known = (*known + 8 * alphabet.block_bytes()).min(u128::BITS);
        *window = *window << (8 * alphabet.block_bytes()) | u128::from(bits);
        let texts = texts(alphabet, *window);
        let maybe = texts | core::mem::replace(was_text, texts);
        Block::Bits(*window, if maybe == 0 { 0 } else { begins(alphabet, *window, *known, maybe) })
    }

    /// Which offsets are text at the end, where the last block is not whole.
    pub(super) fn flush(&self, alphabet: Alphabet) -> u8 {
        // A whole block has been looked at.
        if self.left() == 0 {
            return 0;
        }
        let letters = self.letters();
        let letters = letters.get(letters.len().saturating_sub(FLUSHED)..).unwrap_or_default();
        let mine = letters.iter().rev().take_while(|byte| alphabet.value(**byte).is_some());
        let mine = mine.count();
        let letters = letters.get(letters.len() - mine..).unwrap_or_default();
        let mut texts = 0;
        for behind in 0..alphabet.period().min(mine) {
            let mut window = 0_u128;
            let upto = letters.get(..mine - behind).unwrap_or_default();
            decode(alphabet, upto, |byte| window = window << 8 | u128::from(byte));
            texts |= u8::from(is_begun(window, WINDOW_BYTES)) << behind;
        }
        texts
    }

    /// The letters that come are read anew.
    pub(super) fn restart(&mut self) {
        self.length = 0;
        self.was_text = [0; Alphabet::ALL.len()];
        self.windows = [0; Alphabet::ALL.len()];
        self.known = [0; Alphabet::ALL.len()];
    }
}

/// At which offsets the last bytes may be text, one bit each.
#[inline]
fn texts(alphabet: Alphabet, window: u128) -> u8 {
    let mut texts = 0;
    for behind in 0..alphabet.period() {
        let bits = window >> (alphabet.bits() as usize * behind);
        #[expect(clippy::cast_possible_truncation, reason = "the lowest bytes are asked for")]
        let text = alphabet::is_text(bits as u64, alphabet.block_bytes()) || is_foreign(bits);
        texts |= u8::from(text) << behind;
    }
    texts
}

/// Those of the offsets at which there is text; so many bits of the window are known.
fn begins(alphabet: Alphabet, window: u128, known: u32, maybe: u8) -> u8 {
    let begun = |behind: &usize| {
        let gone = (0..*behind).fold(0, |gone, _| gone + alphabet.bits());
        is_begun(window >> gone, (known.saturating_sub(gone) / 8).min(WINDOW_BYTES))
    };
    let maybe = (0..alphabet.period()).filter(|behind| maybe >> behind & 1 == 1);
    maybe.filter(begun).fold(0, |all, behind| all | 1 << behind)
}

fn is_begun(bits: u128, bytes: u32) -> bool {
    alphabet::longest_text(bits, bytes) >= TEXT_BYTES_MIN
        || (bytes == WINDOW_BYTES && is_foreign(bits))
}

/// Whether the last bytes may be UTF-8 with characters outside of ASCII: each byte follows one that
/// it may follow.
#[inline]
fn is_foreign(bits: u128) -> bool {
    const EVERY: u128 = (1 << (8 * WINDOW_BYTES)) / 255;
    let (high, sixth, fifth) = (bits >> 7 & EVERY, bits >> 6 & EVERY, bits >> 5 & EVERY);
    let leads = high & sixth;
    let follows = high & !sixth;
    let ascii = !high & (sixth | fifth) & EVERY;
    let (first, last) = (1 << (8 * (WINDOW_BYTES - 1)), 1);
    let torn = leads & !(follows << 8) & !last | follows & !(high >> 8) & !first;
    high != 0 && high | ascii == EVERY && torn == 0 && is_utf8(bits)
}

/// Whether the last bytes are UTF-8 that is cut anywhere: random ones that only look like it are
/// told from it by the lengths of their characters.
fn is_utf8(bits: u128) -> bool {
    let bytes = bits.to_be_bytes();
    let bytes = bytes.last_chunk::<{ WINDOW_BYTES as usize }>().map_or(&[][..], |last| &last[..]);
    let cut = bytes.iter().take_while(|byte| (0x80..0xc0).contains(*byte)).count();
    let whole = bytes.get(cut..).unwrap_or_default();
    // What is missing at the end is no error.
    let fine =
        core::str::from_utf8(whole).map_or_else(|error| error.error_len().is_none(), |_| true);
    cut <= 3 && fine
}

/// Whether any run of a whole text may stand for text.
pub(super) fn may_hold_text(text: &[u8]) -> bool {
    let likely = glance::likely(text);
    // PERF: next to nothing that is no text comes further.
    if likely == [false; Alphabet::ALL.len()] || hints::first_run(text, 0).is_none() {
        return false;
    }
    let alphabets = || (0..).zip(Alphabet::ALL).zip(likely).filter(|(_, likely)| *likely);
    // Behind a dot, the part of a token may be a short one.
    text.split(|byte| !alphabet::is_letter(*byte)).any(|mut letters| {
        let mut gate = Gate::new();
        while !letters.is_empty() {
            let taken = gate.fill(letters);
            letters = letters.get(taken..).unwrap_or_default();
            let whole = gate.left() == 0;
            for ((n, alphabet), _) in alphabets() {
                if whole && let Block::Bits(_, 1..) = gate.block(n, alphabet) {
                    return true;
                }
            }
        }
        alphabets().any(|((_, alphabet), _)| gate.flush(alphabet) != 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(bytes: &[u8; 16]) -> u128 {
        u128::from_be_bytes(*bytes)
    }

    #[test]
    fn text_of_other_scripts_is_text() {
        assert!(is_foreign(bits("aaaé名é名 ab".as_bytes().try_into().expect("sixteen"))));
        assert!(!is_foreign(bits(b"aaaaaaaaaaaaaaaa")));
        assert!(!is_foreign(bits(b"aaaaaaaaaa\xffaaaaa")));
    }

    #[test]
    fn what_stands_for_text_is_told_from_what_does_not() {
        let text = b"aHR0cHM6Ly9leGFtcGxlLmNvbQ".as_slice();
        for before in 0..9 {
            let text = [b"AAAAAAAAA".get(..before).unwrap_or_default(), text].concat();
            assert!(may_hold_text(&text), "{before}");
        }
        for random in [
            "9f1c2a7e-0b7d-4c1e-9a55-3d2f60b8e411",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "4111111111111111",
            "customer_account_number",
            "com/example/project/ServiceRegistry",
        ] {
            assert!(!may_hold_text(random.as_bytes()), "{random}");
        }
    }
}
