//! Folds one code point into scan text: what looks or counts like an ASCII character becomes it.
//! Knows no position; the caller maps scan text back to the bytes it came from.

use alloc::string::String;

/// What a code point becomes in scan text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Folded {
    /// This ASCII byte.
    Ascii(u8),
    /// Nothing: zero-width, a combining mark, a soft hyphen.
    Skip,
    /// Itself, as UTF-8.
    Other,
}

/// The zero of every run of ten decimal digits (Unicode general category Nd) outside ASCII.
const ZEROS: [u32; 71] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
    0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0,
    0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50,
    0x11da0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1d7ce, 0x1d7d8,
    0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0,
];
const ZEROS_HIGH: [u32; 4] = [0x1e4f0, 0x1e5f1, 0x1e950, 0x1fbf0];

/// Folds a code point.
pub(crate) fn fold(c: char) -> Folded {
    let code = u32::from(c);
    if code < 0x80 {
        return u8::try_from(code).map_or(Folded::Other, Folded::Ascii);
    }
    match code {
        0xad
        | 0x300..=0x36f
        | 0x483..=0x489
        | 0x61c
        | 0x115f..=0x1160
        | 0x17b4..=0x17b5
        | 0x180b..=0x180f
        | 0x1ab0..=0x1aff
        | 0x1dc0..=0x1dff
        | 0x200b..=0x200f
        | 0x202a..=0x202e
        | 0x2060..=0x206f
        | 0x20d0..=0x20ff
        | 0x3164
        | 0xfe00..=0xfe0f
        | 0xfe20..=0xfe2f
        | 0xfeff
        | 0xffa0
        | 0xe0000..=0xe0fff => Folded::Skip,
        0xa0 | 0x1680 | 0x2000..=0x200a | 0x202f | 0x205f | 0x3000 => Folded::Ascii(b' '),
        0x2010..=0x2015 | 0x2212 | 0xfe58 | 0xfe63 => Folded::Ascii(b'-'),
        0x2024 | 0x3002 | 0xfe52 | 0xff61 => Folded::Ascii(b'.'),
        0xfe55 => Folded::Ascii(b':'),
        0xfe6b => Folded::Ascii(b'@'),
        0xff01..=0xff5e => u8::try_from(code - 0xfee0).map_or(Folded::Other, Folded::Ascii),
        _ => digit(code).map_or(Folded::Other, Folded::Ascii),
    }
}

/// A text as detectors read it: what looks or counts like an ASCII character is one, and what does
/// not show is not there.
#[must_use]
pub fn scan_text(text: &str) -> String {
    let folded = text.chars().filter_map(|c| match fold(c) {
        Folded::Ascii(byte) => Some(char::from(byte)),
        Folded::Skip => None,
        Folded::Other => Some(c),
    });
    folded.collect()
}

fn digit(code: u32) -> Option<u8> {
    if code < 0x660 {
        return None;
    }
    let zeros: &[u32] = if code < 0x1e4f0 { &ZEROS } else { &ZEROS_HIGH };
    let zero = *zeros.get(zeros.partition_point(|&zero| zero <= code).checked_sub(1)?)?;
    let value = u8::try_from(code - zero).ok().filter(|value| *value < 10)?;
    Some(b'0' + value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_become_ascii_and_nothing_else_does() {
        for (from, to) in [('٣', b'3'), ('９', b'9'), ('𝟘', b'0'), ('＠', b'@'), ('–', b'-')]
        {
            assert_eq!(fold(from), Folded::Ascii(to), "{from}");
        }
        assert_eq!(fold('\u{200b}'), Folded::Skip);
        assert_eq!(fold('é'), Folded::Other);
        assert_eq!(fold('語'), Folded::Other);
        assert_eq!(fold('\u{66a}'), Folded::Other);
        assert!(ZEROS.is_sorted() && ZEROS_HIGH.is_sorted());
    }
}
