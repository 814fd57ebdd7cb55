//! Whether what stands beside a candidate makes it part of something longer.
//! Looks at a few bytes only, and never before the end of an earlier candidate or replacement:
//! a second pass, which finds a replacement there, must come to the same answer.

use crate::model::Border;

/// Joiners before the local part of an address that are looked back over.
const JOINERS_MAX: usize = 8;

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
            | Border::Joined => true,
        };
    };
    let digit_beyond = || before(2).is_some_and(|byte| byte.is_ascii_digit());
    let word_beyond = || before(2).is_some_and(|byte| byte.is_ascii_alphanumeric());
    if border != Border::None && byte.is_ascii_alphanumeric() {
        return false;
    }
    match (border, byte) {
        (Border::None | Border::Word, _) => true,
        (Border::Number, b'.' | b'-') => !digit_beyond(),
        (Border::Dotted | Border::Colon, b'.') => !word_beyond(),
        (Border::Dotted | Border::Colon, b'-') => !digit_beyond(),
        (Border::Colon, b':') => !follows_group(&before),
        (Border::Address, b'_') => false,
        (Border::Address, _) => !follows_local_part(&before),
        (Border::Key, b'_' | b'-' | b'.' | b'+') => !word_beyond(),
        (Border::Joined, b'.' | b'-' | b'/' | b':') => !digit_beyond(),
        (Border::Assigned, _) => follows_operator(&before),
        (Border::Whole, _) => false,
        (Border::Number | Border::Dotted | Border::Colon | Border::Key | Border::Joined, _) => true,
    }
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

/// Whether a candidate may end at `end`.
pub(crate) fn right_fits(border: Border, text: &[u8], end: usize, ended: bool) -> Right {
    let unseen = if ended { Right::Fits } else { Right::Unknown };
    if border == Border::None {
        return Right::Fits;
    }
    let Some(byte) = text.get(end).copied() else { return unseen };
    if byte.is_ascii_alphanumeric() || border == Border::Whole {
        return Right::Part;
    }
    if border == Border::Assigned && byte != b'.' {
        return if ends_value(byte) { Right::Fits } else { Right::Part };
    }
    let joiner = match border {
        Border::None | Border::Word | Border::Key | Border::Whole => false,
        Border::Joined => matches!(byte, b'.' | b'-' | b'/' | b':'),
        // The full stop behind a sentence ends a value too.
        Border::Assigned => true,
        Border::Number => matches!(byte, b'.' | b'-'),
        Border::Dotted => byte == b'.',
        Border::Colon => matches!(byte, b'.' | b':'),
        Border::Address => matches!(byte, b'.' | b'-' | b'+' | b'%' | b'\'' | b'_'),
    };
    // What ends in `::` right before a replacement ended in a word before that was replaced.
    let colons =
        border == Border::Colon && end.checked_sub(1).and_then(|n| text.get(n)) == Some(&b':');
    if colons && matches!(byte, b'[' | b'*') {
        return Right::Part;
    }
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
        Border::None | Border::Word | Border::Key | Border::Whole => false,
        Border::Joined => beyond.is_ascii_alphanumeric() || matches!(beyond, b'[' | b'*'),
        Border::Assigned => !ends_value(beyond),
        Border::Number => beyond.is_ascii_digit(),
        // `[` and `*` may be all that is left of a word that was replaced.
        Border::Dotted => beyond.is_ascii_alphanumeric() || matches!(beyond, b'[' | b'*'),
        Border::Colon => beyond.is_ascii_alphanumeric() || matches!(beyond, b'[' | b'*' | b':'),
        Border::Address => beyond.is_ascii_alphanumeric() || beyond == b'_',
    };
    if joined { Right::Part } else { Right::Fits }
}
