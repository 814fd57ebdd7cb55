//! Base64 (RFC 4648, section 4), strictly: no other alphabet, no white space, and no bits that say
//! nothing. What is decoded can be encoded again to the same bytes.

use crate::verdict::Reason;
use alloc::vec::Vec;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Decodes what comes in any pieces. Padding ends a group, and another may follow.
#[derive(Default)]
pub(crate) struct Decoder {
    bits: u32,
    /// Digits and padding signs of the group so far.
    digits: u8,
    padding: u8,
}

impl Decoder {
    /// One more byte. Whether it ended a group with padding.
    pub(crate) fn push(&mut self, byte: u8, out: &mut Vec<u8>) -> Result<bool, Reason> {
        if byte == b'=' {
            if self.digits < 2 {
                return Err(Reason::Unparsable);
            }
            self.padding += 1;
        } else {
            let digit = value(byte).filter(|_| self.padding == 0).ok_or(Reason::Unparsable)?;
            self.bits = self.bits << 6 | u32::from(digit);
            self.digits += 1;
        }
        if self.digits + self.padding < 4 {
            return Ok(false);
        }
        let padded = self.padding > 0;
        self.end(out)?;
        Ok(padded)
    }

    /// Whether a group has begun that has not ended.
    pub(crate) fn waits(&self) -> bool {
        self.digits > 0
    }

    /// The group ends here, padded or not.
    pub(crate) fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Reason> {
        let Self { bits, digits, .. } = core::mem::take(self);
        let (bits, count, rest) = match digits {
            0 => return Ok(()),
            2 => (bits << 12, 1, bits & 0xf),
            3 => (bits << 6, 2, bits & 0x3),
            4 => (bits, 3, 0),
            _ => return Err(Reason::Unparsable),
        };
        if rest != 0 {
            return Err(Reason::Unparsable);
        }
        let [_, bytes @ ..] = bits.to_be_bytes();
        out.extend(bytes.iter().take(count));
        Ok(())
    }
}

fn value(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

/// Encodes what comes in any pieces.
#[derive(Default)]
pub(crate) struct Encoder {
    bits: u32,
    bytes: u8,
}

impl Encoder {
    pub(crate) fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for byte in bytes {
            self.bits = self.bits << 8 | u32::from(*byte);
            self.bytes += 1;
            if self.bytes == 3 {
                self.digits(4, out);
            }
        }
    }

    /// Whether a group has begun that has not ended.
    pub(crate) fn waits(&self) -> bool {
        self.bytes > 0
    }

    /// Ends the group, with padding.
    pub(crate) fn pad(&mut self, out: &mut Vec<u8>) {
        let padding = self.end(out);
        out.extend(core::iter::repeat_n(b'=', padding));
    }

    /// Ends the group without; how many signs it lacks.
    pub(crate) fn end(&mut self, out: &mut Vec<u8>) -> usize {
        let lacks = match self.bytes {
            1 => 2,
            2 => 1,
            _ => return 0,
        };
        self.bits <<= lacks * 8;
        self.digits(4 - lacks, out);
        usize::try_from(lacks).unwrap_or(0)
    }

    fn digits(&mut self, count: u32, out: &mut Vec<u8>) {
        for n in 0..count {
            let digit = (self.bits >> (18 - 6 * n)) & 0x3f;
            let digit = usize::try_from(digit).ok().and_then(|digit| ALPHABET.get(digit));
            out.extend(digit);
        }
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(text: &[u8]) -> Result<Vec<u8>, Reason> {
        let (mut decoder, mut out) = (Decoder::default(), Vec::new());
        for byte in text {
            decoder.push(*byte, &mut out)?;
        }
        if decoder.waits() { Err(Reason::Unparsable) } else { Ok(out) }
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        for (plain, text) in [
            (&b""[..], &b""[..]),
            (b"f", b"Zg=="),
            (b"fo", b"Zm8="),
            (b"foo", b"Zm9v"),
            (b"foobar", b"Zm9vYmFy"),
            (b"\xff\xfe\xfd\xfc", b"//79/A=="),
        ] {
            assert_eq!(decode(text).as_deref(), Ok(plain));
            let (mut encoder, mut out) = (Encoder::default(), Vec::new());
            encoder.push(plain, &mut out);
            encoder.pad(&mut out);
            assert_eq!(out, text);
        }
        assert_eq!(decode(b"Zg==Zm9v").as_deref(), Ok(&b"ffoo"[..]));
    }

    #[test]
    fn what_is_not_canonical_is_refused() {
        for text in [
            &b"Z"[..],
            b"Zg=",
            b"Zh==",
            b"Zm9=",
            b"Zg=a",
            b"=",
            b"Z===",
            b"Zm 9",
            b"_-8=",
            b"Zg===",
        ] {
            assert_eq!(decode(text), Err(Reason::Unparsable), "{text:?}");
        }
    }
}
