//! Whether what stands beside a candidate makes it part of something longer.
//! Looks at a few bytes only, and never before the end of an earlier candidate or replacement:
//! a second pass, which finds a replacement there, must come to the same answer.

use crate::model::Border;
use core::ops::RangeInclusive;

/// Joiners before the local part of an address that are looked back over.
const JOINERS_MAX: usize = 8;

/// Scripts that part words by spaces: Latin, Greek, Cyrillic, Armenian; Georgian; what was added.
const SPACED: [RangeInclusive<char>; 6] = [
    '\0'..='\u{58f}',
    '\u{10a0}'..='\u{10ff}',
    '\u{1c90}'..='\u{1cbf}',
    '\u{1e00}'..='\u{1fff}',
    '\u{2c60}'..='\u{2c7f}',
    '\u{a720}'..='\u{a7ff}',
];

/// What stands behind a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// The candidate ends here.
    Fits,
    /// It is part of something longer.
    Part,
    /// The byte that decides has not been seen.
    Unknown,
}

/// Whether a candidate may begin at `start`. Nothing before `floor` counts.
pub(crate) fn left_fits(border: Border, text: &[u8], floor: usize, start: usize) -> bool {
    let before = |n: usize| {
        let at = start.checked_sub(n)?;
        if at < floor { None } else { text.get(at).copied() }
    };
    let Some(byte) = before(1) else {
        return match border {
            // Behind a candidate no operator is seen.
            Border::Assigned => false,
            Border::Whole => start == 0,
            Border::None
            | Border::Word
            | Border::Number
            | Border::Dotted
            | Border::Colon
            | Border::Address
            | Border::Key
            | Border::Joined
            | Border::Letters
            | Border::List => true,
        };
    };
    let digit_beyond = || before(2).is_some_and(|byte| byte.is_ascii_digit());
    let word_beyond = || before(2).is_some_and(|byte| byte.is_ascii_alphanumeric());
    if border != Border::None && byte.is_ascii_alphanumeric() {
        return false;
    }
    match (border, byte) {
        (Border::None | Border::Word, _) => true,
        (Border::Letters, 0x80..) => !follows_letter(&before),
        (Border::Letters, _) => true,
        (Border::Number | Border::List, b'.' | b'-') => !digit_beyond(),
        (Border::Dotted | Border::Colon, b'.') => !word_beyond(),
        (Border::Dotted | Border::Colon, b'-') => !digit_beyond(),
        (Border::Colon, b':') => !follows_group(&before),
        // `x86_64::` is a path.
        (Border::Address | Border::Colon, b'_') => false,
        (Border::Address, _) => !follows_local_part(&before),
        (Border::Key, b'_' | b'-' | b'.' | b'+') => !word_beyond(),
        (Border::Joined, b'.' | b'-' | b'/' | b':') => !digit_beyond(),
        (Border::Assigned, _) => follows_operator(&before),
        (Border::Whole, _) => false,
        (
            Border::Number
            | Border::List
            | Border::Dotted
            | Border::Colon
            | Border::Key
            | Border::Joined,
            _,
        ) => true,
    }
}

/// Whether what stands further back may decide where this byte stands before. Behind letters and
/// digits nothing begins that minds what stands before.
pub(crate) fn looks_beyond(byte: u8) -> bool {
    matches!(byte, b'.' | b'-' | b'/' | b':' | b'_' | b'+' | b'%' | b'\'') || !byte.is_ascii()
}

/// Whether the code point before is a letter of a script that parts words by spaces.
fn follows_letter(before: &dyn Fn(usize) -> Option<u8>) -> bool {
    let Some(length) = (1..=4).find(|n| before(*n).is_none_or(|byte| byte & 0xC0 != 0x80)) else {
        return false;
    };
    let mut point = [0; 4];
    for (slot, n) in point.iter_mut().zip((1..=length).rev()) {
        *slot = before(n).unwrap_or(0);
    }
    begins_letter(point.get(..length).unwrap_or_default())
}

/// Whether a text begins with a letter or digit of a script that parts words by spaces. Others set
/// none, so that a letter of them beside a word says nothing.
fn begins_letter(text: &[u8]) -> bool {
    let text = text.get(..text.len().min(4)).unwrap_or_default();
    let whole = match core::str::from_utf8(text) {
        Ok(whole) => whole,
        Err(error) => text
            .get(..error.valid_up_to())
            .and_then(|whole| core::str::from_utf8(whole).ok())
            .unwrap_or_default(),
    };
    let spaced = |c: &char| SPACED.iter().any(|range| range.contains(c));
    whole.chars().next().filter(spaced).is_some_and(char::is_alphanumeric)
}

/// Whether the `:` before belongs to an address: another `:` or a group of one to four hex digits
/// stands before it. After any other word, as in `addr:2001:db8::1`, it is punctuation.
fn follows_group(before: &dyn Fn(usize) -> Option<u8>) -> bool {
    match before(2) {
        Some(b':') => true,
        Some(byte) if byte.is_ascii_hexdigit() => {
            let word = (2..).map_while(before).take(6).take_while(u8::is_ascii_alphanumeric);
            let (mut length, mut hex) = (0, true);
            word.for_each(|byte| {
                length += 1;
                hex &= byte.is_ascii_hexdigit();
            });
            hex && length <= 4
        }
        _ => false,
    }
}

/// Whether the joiners before continue a local part. Two dots in a row never do.
fn follows_local_part(before: &dyn Fn(usize) -> Option<u8>) -> bool {
    let mut last = 0;
    for byte in (1..=JOINERS_MAX).map_while(before) {
        match byte {
            b'.' if last == b'.' => return false,
            b'.' | b'-' | b'+' | b'%' | b'\'' => last = byte,
            _ => return byte.is_ascii_alphanumeric() || byte == b'_',
        }
    }
    false
}

/// Whether an operator stands before, with at most one quote and two spaces between.
fn follows_operator(before: &dyn Fn(usize) -> Option<u8>) -> bool {
    let mut at = 1;
    if let Some(b'"' | b'\'' | b'`') = before(at) {
        at += if before(at + 1) == Some(b'\\') { 2 } else { 1 };
    }
    let spaces = (at..at + 2).take_while(|n| before(*n) == Some(b' ')).count();
    matches!(before(at + spaces), Some(b'=' | b':' | b'>'))
}

/// Whether a value ends with this byte.
fn ends_value(byte: u8) -> bool {
    let closes = matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b')' | b']' | b'}');
    byte.is_ascii_whitespace() || closes || matches!(byte, b'&' | b',' | b';' | b'<' | b'|')
}

/// Whether one more number stands behind the comma of a list.
fn goes_on_list(text: &[u8], from: usize, unseen: Right) -> Right {
    let mut at = from;
    for skipped in [&b" "[..], &b"+-"[..]] {
        match text.get(at) {
            None => return unseen,
            Some(byte) if skipped.contains(byte) => at += 1,
            Some(_) => {}
        }
    }
    match text.get(at) {
        None => unseen,
        Some(byte) if byte.is_ascii_digit() => Right::Part,
        Some(_) => Right::Fits,
    }
}

/// Whether a candidate may end at `end`.
#[inline]
pub(crate) fn right_fits(border: Border, text: &[u8], end: usize, ended: bool) -> Right {
    // PERF: behind most candidates stands what no border minds, but that of whole fields.
    match text.get(end) {
        Some(byte) if closes(*byte) && border != Border::Whole => Right::Fits,
        _ => right_fits_closely(border, text, end, ended),
    }
}

/// Whether a byte ends values, and joins nothing.
fn closes(byte: u8) -> bool {
    let closes = matches!(byte, b'"' | b'`' | b'\\' | b')' | b']' | b'}' | b'&' | b'<' | b'|');
    byte.is_ascii_whitespace() || closes
}

fn right_fits_closely(border: Border, text: &[u8], end: usize, ended: bool) -> Right {
    let unseen = if ended { Right::Fits } else { Right::Unknown };
    if border == Border::None {
        return Right::Fits;
    }
    let Some(byte) = text.get(end).copied() else { return unseen };
    if byte.is_ascii_alphanumeric() || border == Border::Whole {
        return Right::Part;
    }
    if border == Border::Letters {
        let rest = text.get(end..).unwrap_or_default();
        let length = match byte {
            0xC0..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0.. => 4,
            _ => 1,
        };
        return match begins_letter(rest) {
            true => Right::Part,
            false if rest.len() < length => unseen,
            false => Right::Fits,
        };
    }
    if border == Border::List && matches!(byte, b',' | b';') {
        return goes_on_list(text, end + 1, unseen);
    }
    if border == Border::Assigned && byte != b'.' {
        return if ends_value(byte) { Right::Fits } else { Right::Part };
    }
    let joiner = match border {
        Border::None | Border::Word | Border::Key | Border::Whole | Border::Letters => false,
        Border::Joined => matches!(byte, b'.' | b'-' | b'/' | b':'),
        // The full stop behind a sentence ends a value too.
        Border::Assigned => true,
        Border::Number | Border::List => matches!(byte, b'.' | b'-'),
        Border::Dotted => byte == b'.',
        Border::Colon => matches!(byte, b'.' | b':'),
        Border::Address => matches!(byte, b'.' | b'-' | b'+' | b'%' | b'\'' | b'_'),
    };
    if !joiner {
        return Right::Fits;
    }
    let Some(beyond) = text.get(end + 1).copied() else { return unseen };
    // A whole number that went through a spreadsheet ends in `.0`, and is one all the same.
    if border == Border::Number && byte == b'.' && beyond == b'0' {
        return match text.get(end + 2) {
            None => unseen,
            Some(further) if further.is_ascii_digit() => Right::Part,
            Some(_) => Right::Fits,
        };
    }
    let joined = match border {
        Border::None | Border::Word | Border::Key | Border::Whole | Border::Letters => false,
        Border::Joined | Border::Dotted => beyond.is_ascii_alphanumeric(),
        Border::Assigned => !ends_value(beyond),
        Border::Number | Border::List => beyond.is_ascii_digit(),
        Border::Colon => beyond.is_ascii_alphanumeric() || beyond == b':',
        Border::Address => beyond.is_ascii_alphanumeric() || beyond == b'_',
    };
    if joined { Right::Part } else { Right::Fits }
}

/// Whether a candidate may have gone on in what a replacement hides that stands `between` behind its
/// end: what was replaced may have been a word, a number, or begun with the joiner.
pub(crate) fn goes_on_replaced(border: Border, candidate: &[u8], between: &[u8]) -> bool {
    match border {
        Border::None | Border::Word | Border::Key | Border::Whole | Border::Assigned => false,
        // The letters and digits that were replaced made a word of it, and minded no border.
        Border::Letters => {
            between.is_empty() && candidate.last().is_some_and(|byte| !byte.is_ascii())
        }
        Border::Number => matches!(between, [b'.' | b'-']),
        Border::List => matches!(
            between,
            [] | [b'.' | b'-' | b',' | b';']
                | [b',' | b';', b' ' | b'+' | b'-']
                | [b',' | b';', b' ', b'+' | b'-']
        ),
        Border::Dotted => matches!(between, [b'.']),
        Border::Colon => match between {
            [] => candidate.ends_with(b"::"),
            between => matches!(between, [b'.' | b':']),
        },
        Border::Joined => matches!(between, [b'.' | b'-' | b'/' | b':']),
        Border::Address => matches!(between, [b'.' | b'-' | b'+' | b'%' | b'\'' | b'_']),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_values_fits_every_border() {
        use Border::*;
        let borders =
            [None, Word, Number, Dotted, Colon, Address, Key, Joined, Assigned, Letters, List];
        for byte in (0..=u8::MAX).filter(|byte| closes(*byte)) {
            for (border, beyond) in borders.into_iter().flat_map(|b| [(b, b'1'), (b, b' ')]) {
                for ended in [true, false] {
                    let text = [b'1', byte, beyond];
                    assert_eq!(right_fits_closely(border, &text, 1, ended), Right::Fits);
                    assert_eq!(right_fits_closely(border, &text[..2], 1, ended), Right::Fits);
                }
            }
        }
    }

    #[test]
    fn letters_of_scripts_with_spaces_go_on_a_word() {
        let left = |text: &str| left_fits(Border::Letters, text.as_bytes(), 0, text.len());
        let right = |text: &str, ended| right_fits(Border::Letters, text.as_bytes(), 0, ended);
        for part in ["é", "a", "7", "Ω", "ж", "ẞ", "ა"] {
            assert!(!left(part) && right(part, false) == Right::Part, "{part}");
        }
        for border in [" ", "«", "語", "さ", "…", "_", "😀", "×"] {
            assert!(left(border) && right(border, false) == Right::Fits, "{border}");
        }
        assert!(left("") && right("", true) == Right::Fits);
        assert_eq!(right_fits(Border::Letters, b"\xC3", 0, false), Right::Unknown);
        assert_eq!(right_fits(Border::Letters, b"\xC3", 0, true), Right::Fits);
        // What lies before an earlier finding is not looked at.
        assert!(left_fits(Border::Letters, "é".as_bytes(), 2, 2));
    }

    #[test]
    fn where_nothing_further_back_is_looked_at_nothing_hidden_counts() {
        let borders = [
            Border::None,
            Border::Word,
            Border::Number,
            Border::Dotted,
            Border::Colon,
            Border::Address,
            Border::Key,
            Border::Joined,
            Border::Letters,
            Border::List,
            Border::Assigned,
        ];
        let beyond = *b"a7 .:-_+%'=\"";
        let others = (0..=u8::MAX).filter(|byte| !looks_beyond(*byte));
        for byte in others {
            for (first, second) in beyond.iter().flat_map(|a| beyond.iter().map(move |b| (a, b))) {
                let text = [*first, *second, byte, b'1'];
                for border in borders {
                    let (seen, hidden) =
                        (left_fits(border, &text, 0, 3), left_fits(border, &text, 2, 3));
                    // An operator that is hidden is none.
                    assert!(seen || !hidden, "{border:?} {text:?}");
                    assert!(hidden || !seen || border == Border::Assigned, "{border:?} {text:?}");
                }
            }
        }
    }
}
