//! Reads bits: forwards for the description of tables, and backwards for what is coded by them.

use super::Corrupt;

/// Bits from the first byte on, of each byte the lowest first.
pub(super) struct Forward<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Forward<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn read(&mut self, count: u32) -> Result<u32, Corrupt> {
        let bits = usize::try_from(count).map_err(|_| Corrupt)?;
        let end = self.at.saturating_add(bits);
        if end > self.bytes.len().saturating_mul(8) {
            return Err(Corrupt);
        }
        let read = window(self.bytes, self.at, count);
        self.at = end;
        u32::try_from(read).map_err(|_| Corrupt)
    }

    /// Gives one bit back.
    pub(super) fn back(&mut self) {
        self.at = self.at.saturating_sub(1);
    }

    /// Bytes of which something was read.
    pub(super) fn bytes(&self) -> usize {
        self.at.div_ceil(8)
    }
}

/// Bits from the last byte back, the highest first. A one stands before the first of them.
pub(super) struct Backward<'b> {
    bytes: &'b [u8],
    left: usize,
    /// More was read than was there.
    over: bool,
}

impl<'b> Backward<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Result<Self, Corrupt> {
        let last = bytes.last().filter(|last| **last != 0).ok_or(Corrupt)?;
        let padding = usize::try_from(last.leading_zeros()).map_err(|_| Corrupt)?;
        let left = bytes.len().saturating_mul(8).saturating_sub(padding.saturating_add(1));
        Ok(Self { bytes, left, over: false })
    }

    /// The next bits, with zeros behind the last one.
    #[inline]
    pub(super) fn peek(&self, count: u32) -> u64 {
        let bits = usize::try_from(count).unwrap_or(0);
        match self.left.checked_sub(bits) {
            Some(at) => window(self.bytes, at, count),
            None => {
                let have = u32::try_from(self.left).unwrap_or(0);
                window(self.bytes, 0, have) << count.saturating_sub(have)
            }
        }
    }

    #[inline]
    pub(super) fn skip(&mut self, count: u32) {
        let bits = usize::try_from(count).unwrap_or(0);
        match self.left.checked_sub(bits) {
            Some(left) => self.left = left,
            None => {
                self.left = 0;
                self.over = true;
            }
        }
    }

    #[inline]
    pub(super) fn read(&mut self, count: u32) -> u64 {
        let bits = self.peek(count);
        self.skip(count);
        bits
    }

    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Whether every bit was read, and none that is not there.
    pub(super) fn is_used_up(&self) -> bool {
        self.left == 0 && !self.over
    }
}

/// At most 56 bits, of which the lowest is bit `at`.
#[inline]
fn window(bytes: &[u8], at: usize, count: u32) -> u64 {
    let from = at >> 3;
    let word = match bytes.get(from..from.saturating_add(8)).map(<[u8; 8]>::try_from) {
        Some(Ok(word)) => u64::from_le_bytes(word),
        _ => super::number(bytes.get(from..).unwrap_or_default()),
    };
    let shift = at & 7;
    (word >> shift) & !(u64::MAX << count.min(63))
}
