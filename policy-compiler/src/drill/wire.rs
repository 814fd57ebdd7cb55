//! Writes messages of protobuf and gRPC, and reads them without a description of their types.

use super::coding;

/// The number of the field that holds the text. No type that a policy has is likely to know it, so
/// that it has no name, and no byte of its tag is a letter or a digit.
const TEXT_FIELD: u64 = 2042;
/// The same for a field that holds a message.
const MESSAGE_FIELD: u64 = 2043;
/// Types of fields: a number of one to ten bytes, eight bytes, bytes with their length, four bytes.
const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const BYTES: u64 = 2;
const FIXED32: u64 = 5;

/// A message: a number, and the text, or the message that holds it so deep.
pub(super) fn message(text: &str, depth: u8) -> Vec<u8> {
    let (number, value) = match depth.checked_sub(1) {
        Some(depth) => (MESSAGE_FIELD, message(text, depth)),
        None => (TEXT_FIELD, text.as_bytes().to_vec()),
    };
    let mut out = Vec::new();
    for part in [1 << 3 | VARINT, 7, number << 3 | BYTES] {
        varint(part, &mut out);
    }
    varint(u64::try_from(value.len()).unwrap_or(u64::MAX), &mut out);
    out.extend(value);
    out
}

/// A message of gRPC: a flag that says whether it is compressed, and its length.
pub(super) fn frame(flag: u8, message: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(message.len()).ok()?;
    Some([&[flag], &length.to_be_bytes()[..], message].concat())
}

/// What the fields of a message hold, and messages of gRPC; nothing where it is neither.
pub(super) fn read(bytes: &[u8]) -> Vec<Vec<u8>> {
    fields(bytes).or_else(|| frames(bytes)).unwrap_or_default()
}

fn frames(mut rest: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut list = Vec::new();
    while let Some(([flag, length @ ..], behind)) = rest.split_first_chunk::<5>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (message, behind) = behind.split_at_checked(length)?;
        match flag {
            0 => list.push(message.to_vec()),
            1 => list.extend(coding::undone(message)),
            _ => return None,
        }
        rest = behind;
    }
    rest.is_empty().then_some(list)
}

fn fields(mut rest: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut list = Vec::new();
    while !rest.is_empty() {
        // No field has the number 0.
        let tag = number(&mut rest).filter(|tag| *tag >= 8)?;
        let length = match tag & 7 {
            VARINT => number(&mut rest).map(|_| 0),
            FIXED64 => Some(8),
            BYTES => number(&mut rest),
            FIXED32 => Some(4),
            _ => None,
        };
        let (value, behind) = rest.split_at_checked(usize::try_from(length?).ok()?)?;
        if tag & 7 == BYTES {
            list.push(value.to_vec());
        }
        rest = behind;
    }
    Some(list)
}

fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

fn number(rest: &mut &[u8]) -> Option<u64> {
    let bytes = rest.iter().take(10).position(|byte| byte & 0x80 == 0)? + 1;
    let (number, behind) = rest.split_at(bytes);
    *rest = behind;
    let digits = number.iter().rev().map(|byte| u64::from(byte & 0x7f));
    Some(digits.fold(0, |number, digit| number << 7 | digit))
}
