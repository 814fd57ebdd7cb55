//! The wire format of protobuf: fields one after another, each with a number and one of six types.
//! Tells where fields stand, and whether bytes are fields wholly. Knows no meaning of a field.

use crate::limits;
use crate::verdict::Reason;
use alloc::vec::Vec;

/// Most bytes of a varint.
const VARINT_BYTES_MAX: usize = 10;
/// Most bytes of a tag: it has 32 bits.
const TAG_BYTES_MAX: usize = 5;

/// How the value of a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    Varint,
    Fixed64,
    /// A length, and so many bytes.
    Bytes,
    /// A group begins or ends: what stands between belongs to it.
    Start,
    End,
    Fixed32,
}

/// Where a field stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) number: u32,
    pub(crate) wire: Wire,
    /// The byte behind its tag: where a length stands, if it has one.
    pub(crate) behind_tag: usize,
    /// Its value, without the length.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The fields between two places, groups and what is in them one after another.
pub(crate) struct Fields<'b> {
    bytes: &'b [u8],
    at: usize,
    end: usize,
}

impl<'b> Fields<'b> {
    pub(crate) fn new(bytes: &'b [u8], start: usize, end: usize) -> Self {
        Self { bytes, at: start, end: end.min(bytes.len()) }
    }

    /// The next field; `Err` where there is something else.
    fn field(&mut self) -> Result<Field, Reason> {
        let (tag, behind_tag) = self.varint(self.at, TAG_BYTES_MAX)?;
        let number = u32::try_from(tag >> 3).map_err(|_| Reason::Unparsable)?;
        if number == 0 || number >= 1 << 29 {
            return Err(Reason::Unparsable);
        }
        let (wire, start, end) = match tag & 7 {
            0 => {
                let (_, end) = self.varint(behind_tag, VARINT_BYTES_MAX)?;
                (Wire::Varint, behind_tag, end)
            }
            1 => (Wire::Fixed64, behind_tag, behind_tag.saturating_add(8)),
            2 => {
                let (length, start) = self.varint(behind_tag, VARINT_BYTES_MAX)?;
                let length = usize::try_from(length).map_err(|_| Reason::Unparsable)?;
                (Wire::Bytes, start, start.saturating_add(length))
            }
            3 => (Wire::Start, behind_tag, behind_tag),
            4 => (Wire::End, behind_tag, behind_tag),
            5 => (Wire::Fixed32, behind_tag, behind_tag.saturating_add(4)),
            _ => return Err(Reason::Unparsable),
        };
        if end > self.end {
            return Err(Reason::Unparsable);
        }
        self.at = end;
        Ok(Field { number, wire, behind_tag, start, end })
    }

    fn varint(&self, at: usize, bytes_max: usize) -> Result<(u64, usize), Reason> {
        let bytes = self.bytes.get(at..self.end).unwrap_or_default();
        let mut value = 0_u64;
        for (n, byte) in (0_u32..).zip(bytes.iter().take(bytes_max)) {
            let bits = u64::from(byte & 0x7f);
            // The tenth byte has room for one bit.
            if n == 9 && bits > 1 {
                return Err(Reason::Unparsable);
            }
            value |= bits.checked_shl(n * 7).unwrap_or(0);
            if byte & 0x80 == 0 {
                let length = usize::try_from(n).unwrap_or(0) + 1;
                return Ok((value, at.saturating_add(length)));
            }
        }
        Err(Reason::Unparsable)
    }
}

impl Iterator for Fields<'_> {
    type Item = Result<Field, Reason>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.at = self.end;
        }
        Some(field)
    }
}

/// Whether the bytes are fields wholly, with every group ended.
pub(crate) fn check(bytes: &[u8], start: usize, end: usize) -> Result<(), Reason> {
    let mut groups = Vec::new();
    for field in Fields::new(bytes, start, end) {
        let field = field?;
        match field.wire {
            Wire::Start if groups.len() >= limits::PROTO_DEPTH_MAX => return Err(Reason::TooDeep),
            Wire::Start => groups.push(field.number),
            Wire::End if groups.pop() != Some(field.number) => return Err(Reason::Unparsable),
            Wire::End | Wire::Varint | Wire::Fixed64 | Wire::Bytes | Wire::Fixed32 => {}
        }
    }
    if groups.is_empty() { Ok(()) } else { Err(Reason::Unparsable) }
}

/// Writes a length in its shortest form.
pub(crate) fn write_varint(mut value: usize, out: &mut Vec<u8>) {
    loop {
        let bits = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        if value == 0 {
            out.push(bits);
            return;
        }
        out.push(bits | 0x80);
    }
}
