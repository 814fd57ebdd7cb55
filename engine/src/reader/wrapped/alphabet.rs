//! The alphabets that bytes are written in: base64 (both), hex and base32 (RFC 4648).
//! Says which bits a character stands for, and how many bytes of text some bits hold. Keeps nothing.

/// Characters that are looked at together.
pub(super) const BLOCK_CHARS: usize = 8;

/// A way to write bytes in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alphabet {
    Base64,
    Hex,
    Base32,
}

/// No character of an alphabet.
const NONE: u8 = 0xff;

impl Alphabet {
    pub(super) const ALL: [Self; 3] = [Self::Base64, Self::Hex, Self::Base32];

    /// Bits that one character stands for.
    pub(super) fn bits(self) -> u32 {
        match self {
            Self::Base64 => 6,
            Self::Hex => 4,
            Self::Base32 => 5,
        }
    }

    /// Bytes that a block of characters stands for.
    pub(super) fn block_bytes(self) -> u32 {
        self.bits()
    }

    /// Characters after which bytes begin again where characters do.
    pub(super) fn period(self) -> usize {
        match self {
            Self::Base64 => 4,
            Self::Hex => 2,
            Self::Base32 => 8,
        }
    }

    /// The bits of a character; `None` for one that is not of the alphabet.
    pub(super) fn value(self, byte: u8) -> Option<u8> {
        let table = match self {
            Self::Base64 => &BASE64,
            Self::Hex => &HEX,
            Self::Base32 => &BASE32,
        };
        table.get(usize::from(byte)).copied().filter(|value| *value != NONE)
    }

    /// The bits of a block, the first character highest; `None` where one is of another alphabet.
    #[inline]
    pub(super) fn block(self, chars: &[u8; BLOCK_CHARS]) -> Option<u64> {
        let (table, shift) = match self {
            Self::Base64 => (&BASE64, 6),
            Self::Hex => (&HEX, 4),
            Self::Base32 => (&BASE32, 5),
        };
        let (mut bits, mut all) = (0, 0);
        for byte in chars {
            let value = table.get(usize::from(*byte)).copied().unwrap_or(NONE);
            all |= value;
            bits = bits << shift | u64::from(value & 63);
        }
        (all != NONE).then_some(bits)
    }
}

/// Whether the lowest bytes of these bits are all printable ASCII, so many of them.
#[inline]
pub(super) fn is_text(bits: u64, bytes: u32) -> bool {
    const EVERY: u64 = 0x0101_0101_0101_0101;
    let mask = u64::MAX >> (64 - 8 * bytes.clamp(1, 8));
    let high = bits & (EVERY << 7);
    let signs = (bits >> 5 | bits >> 6) & EVERY;
    high & mask == 0 && signs & mask == EVERY & mask
}

/// The longest run of text among the last bytes of these bits, in bytes.
pub(super) fn longest_text(bits: u128, bytes: u32) -> u32 {
    let (mut longest, mut run) = (0, 0);
    for n in 0..bytes.min(16) {
        let byte = u8::try_from(bits >> (8 * n) & 0xff).unwrap_or(0);
        run = if matches!(byte, 0x20..=0x7e | b'\t' | b'\n' | b'\r') { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// The bytes that characters stand for, the last of which ends with the last character; 0xff for
/// what holds a character of another alphabet.
pub(super) fn decode(alphabet: Alphabet, chars: &[u8], mut out: impl FnMut(u8)) {
    let skipped = chars.len() % alphabet.period();
    let (mut bits, mut count, mut broken) = (0_u32, 0, false);
    for byte in chars.get(skipped..).unwrap_or_default() {
        let value = alphabet.value(*byte);
        broken |= value.is_none();
        bits = (bits << alphabet.bits() | u32::from(value.unwrap_or(0))) & 0xffff;
        count += alphabet.bits();
        if count >= 8 {
            count -= 8;
            let byte = u8::try_from(bits >> count & 0xff).unwrap_or(NONE);
            out(if broken { NONE } else { byte });
            broken = value.is_none() && count > 0;
        }
    }
}

/// Whether a character may stand in a run.
pub(super) fn is_letter(byte: u8) -> bool {
    BASE64.get(usize::from(byte)).is_some_and(|value| *value != NONE)
}

const BASE64: [u8; 256] =
    table(&[(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 0), (b"-_", 62)]);
const HEX: [u8; 256] = table(&[(b"0123456789abcdef", 0), (b"ABCDEF", 10)]);
const BASE32: [u8; 256] =
    table(&[(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 0), (b"abcdefghijklmnopqrstuvwxyz", 0)]);

/// A table of characters, from lists of them and the value of the first of each.
const fn table(lists: &[(&[u8], u8)]) -> [u8; 256] {
    let mut table = [NONE; 256];
    let mut left = lists;
    while let [(chars, first), rest @ ..] = left {
        let mut chars = *chars;
        let mut value = *first;
        while let [byte, more @ ..] = chars {
            table[*byte as usize] = value;
            value += 1;
            chars = more;
        }
        left = rest;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(alphabet: Alphabet, text: &str) -> Vec<u8> {
        let mut out = Vec::new();
        decode(alphabet, text.as_bytes(), |byte| out.push(byte));
        out
    }
    use alloc::vec::Vec;

    #[test]
    fn each_alphabet_is_read() {
        assert_eq!(decoded(Alphabet::Base64, "YW5uQGV4"), b"ann@ex");
        assert_eq!(decoded(Alphabet::Hex, "616e6E40"), b"ann@");
        assert_eq!(decoded(Alphabet::Base32, "MFXG4QDF"), b"ann@e");
        assert_eq!(decoded(Alphabet::Base64, "_-__"), [0xff, 0xef, 0xff]);
    }

    #[test]
    fn what_is_cut_ends_with_the_last_character() {
        assert_eq!(decoded(Alphabet::Base64, "xYW5u"), b"ann");
        assert_eq!(decoded(Alphabet::Hex, "6616e"), b"an");
    }

    #[test]
    fn text_is_printable() {
        assert!(is_text(u64::from_be_bytes(*b"\0\0ann@ex"), 6));
        assert!(!is_text(u64::from_be_bytes(*b"\0\0ann\x01ex"), 6));
        assert!(!is_text(u64::from_be_bytes(*b"\0\0ann\xe4ex"), 6));
        assert_eq!(longest_text(u128::from_be_bytes(*b"\x01\x02nine here\xff1234"), 16), 9);
    }
}
