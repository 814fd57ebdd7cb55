//! Numbers of a message whose type is known: their digits, as a person would write them.
//! A number that is protected becomes zero, which every type has.

use super::wire::{Field, Wire};
use crate::model::NumberKind;
use alloc::vec::Vec;

/// Bytes of a number of this kind where several stand in one field; none for those of any length.
pub(crate) fn packed_bytes(kind: NumberKind) -> Option<usize> {
    match kind {
        NumberKind::Unsigned | NumberKind::Signed | NumberKind::Zigzag => None,
        NumberKind::Fixed32 | NumberKind::SignedFixed32 | NumberKind::Float => Some(4),
        NumberKind::Fixed64 | NumberKind::SignedFixed64 | NumberKind::Double => Some(8),
    }
}

/// Whether a number of this kind is written so.
pub(crate) fn fits(kind: NumberKind, field: &Field) -> bool {
    let wanted = match packed_bytes(kind) {
        None => Wire::Varint,
        Some(4) => Wire::Fixed32,
        Some(_) => Wire::Fixed64,
    };
    field.wire == wanted
}

/// Zero, in as many bytes as it has to have.
pub(crate) fn zero(kind: NumberKind) -> Vec<u8> {
    alloc::vec![0; packed_bytes(kind).unwrap_or(1)]
}

/// The digits of a number; none of zero, which says nothing. One with a fraction has others, but
/// may be a finding by its field.
pub(crate) fn digits(kind: NumberKind, bytes: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let signed = |bits: u64| i64::from_le_bytes(bits.to_le_bytes()).unsigned_abs();
    let narrow = |bits: u64| u32::try_from(bits & u64::from(u32::MAX)).unwrap_or(0).to_le_bytes();
    let value = match kind {
        NumberKind::Unsigned => varint(bytes),
        NumberKind::Signed => signed(varint(bytes)),
        NumberKind::Zigzag => {
            let bits = varint(bytes);
            (bits >> 1).saturating_add(bits & 1)
        }
        NumberKind::Fixed32 | NumberKind::Fixed64 => little_endian(bytes),
        NumberKind::SignedFixed32 => {
            u64::from(i32::from_le_bytes(narrow(little_endian(bytes))).unsigned_abs())
        }
        NumberKind::SignedFixed64 => signed(little_endian(bytes)),
        NumberKind::Float => {
            let value = f32::from_le_bytes(narrow(little_endian(bytes)));
            return float(f64::from(value), out);
        }
        NumberKind::Double => return float(f64::from_bits(little_endian(bytes)), out),
    };
    decimal(value, out);
}

fn varint(bytes: &[u8]) -> u64 {
    let bits = (0_u32..)
        .zip(bytes)
        .map(|(n, byte)| u64::from(byte & 0x7f).checked_shl(n.saturating_mul(7)).unwrap_or(0));
    bits.fold(0, |value, bits| value | bits)
}

fn little_endian(bytes: &[u8]) -> u64 {
    let bits = (0_u32..)
        .zip(bytes)
        .map(|(n, byte)| u64::from(*byte).checked_shl(n.saturating_mul(8)).unwrap_or(0));
    bits.fold(0, |value, bits| value | bits)
}

fn decimal(mut value: u64, out: &mut Vec<u8>) {
    while value > 0 {
        out.push(b'0' + u8::try_from(value % 10).unwrap_or(0));
        value /= 10;
    }
    out.reverse();
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "a number that is not the same there and back is told apart by just that"
)]
fn float(value: f64, out: &mut Vec<u8>) {
    let whole = value as i64;
    if whole as f64 == value && whole != i64::MAX {
        decimal(whole.unsigned_abs(), out);
    } else {
        out.extend_from_slice(b"0.5");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    fn text(kind: NumberKind, bytes: &[u8]) -> String {
        let mut out = Vec::new();
        digits(kind, bytes, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn numbers_have_their_digits() {
        assert_eq!(text(NumberKind::Unsigned, b"\xac\x02"), "300");
        assert_eq!(text(NumberKind::Signed, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "1");
        assert_eq!(text(NumberKind::Zigzag, b"\x03"), "2");
        assert_eq!(text(NumberKind::Zigzag, b"\x04"), "2");
        assert_eq!(text(NumberKind::Fixed32, b"\x01\x01\0\0"), "257");
        assert_eq!(text(NumberKind::SignedFixed32, b"\xfe\xff\xff\xff"), "2");
        assert_eq!(text(NumberKind::SignedFixed64, b"\xfe\xff\xff\xff\xff\xff\xff\xff"), "2");
        assert_eq!(
            text(NumberKind::Double, &4_111_111_111_111_111_f64.to_le_bytes()),
            "4111111111111111"
        );
        assert_eq!(text(NumberKind::Float, &(-2.0_f32).to_le_bytes()), "2");
        assert_eq!(text(NumberKind::Double, &52.52_f64.to_le_bytes()), "0.5");
        assert_eq!(text(NumberKind::Double, &f64::NAN.to_le_bytes()), "0.5");
    }

    #[test]
    fn zero_says_nothing() {
        for kind in
            [NumberKind::Unsigned, NumberKind::Zigzag, NumberKind::Fixed64, NumberKind::Float]
        {
            assert_eq!(text(kind, &zero(kind)), "");
        }
    }
}
