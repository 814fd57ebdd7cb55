//! Huffman codes of literals (RFC 8878, section 4.2).

use super::Corrupt;
use super::bits::Backward;
use super::fse::Table;
use alloc::vec::Vec;

/// Most bits of a code.
const BITS_MAX: u32 = 11;
/// Most bits of a state of the table that weights are coded by.
const WEIGHT_LOG_MAX: u32 = 6;

/// A code for every byte that occurs.
#[derive(Clone, Debug)]
pub(super) struct Codes {
    /// For each beginning of so many bits: the byte, and the bits of its code.
    entries: Vec<(u8, u8)>,
    bits: u32,
}

impl Codes {
    /// Reads a description: the codes, and how many bytes it took.
    pub(super) fn read(bytes: &[u8]) -> Result<(Self, usize), Corrupt> {
        let (header, rest) = bytes.split_first().ok_or(Corrupt)?;
        let (weights, taken) = match usize::from(*header) {
            coded @ 0..128 => (weights(rest.get(..coded).ok_or(Corrupt)?)?, coded),
            direct => {
                let count = direct.saturating_sub(127);
                let pairs = rest.get(..count.div_ceil(2)).ok_or(Corrupt)?;
                let nibbles = pairs.iter().flat_map(|pair| [pair >> 4, pair & 15]);
                (nibbles.take(count).collect(), pairs.len())
            }
        };
        Ok((Self::new(weights)?, taken.saturating_add(1)))
    }

    /// Codes by their weights; the last weight is what is left.
    fn new(mut weights: Vec<u8>) -> Result<Self, Corrupt> {
        let places = |weight: u8| if weight == 0 { 0 } else { 1_usize << (weight - 1) };
        if weights.len() > 255 || weights.iter().any(|weight| u32::from(*weight) > BITS_MAX) {
            return Err(Corrupt);
        }
        let sum: usize = weights.iter().map(|weight| places(*weight)).sum();
        let bits = sum.checked_ilog2().ok_or(Corrupt)?.saturating_add(1);
        let left = (1_usize << bits).saturating_sub(sum);
        if bits > BITS_MAX || !left.is_power_of_two() {
            return Err(Corrupt);
        }
        weights.push(u8::try_from(left.ilog2() + 1).map_err(|_| Corrupt)?);
        let mut entries = Vec::with_capacity(1 << bits);
        for weight in (1..=BITS_MAX).filter_map(|weight| u8::try_from(weight).ok()) {
            let code = u8::try_from(bits + 1).map_err(|_| Corrupt)?.saturating_sub(weight);
            let like = (0..=u8::MAX).zip(&weights).filter(|(_, other)| **other == weight);
            for (byte, _) in like {
                entries.resize(entries.len().saturating_add(places(weight)), (byte, code));
            }
        }
        if entries.len() == 1 << bits { Ok(Self { entries, bits }) } else { Err(Corrupt) }
    }

    /// Decodes so many bytes, which must take all that there is.
    pub(super) fn decode(
        &self,
        bytes: &[u8],
        count: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), Corrupt> {
        let mut bits = Backward::new(bytes)?;
        for _ in 0..count {
            let at = usize::try_from(bits.peek(self.bits)).unwrap_or(usize::MAX);
            let (byte, used) = self.entries.get(at).copied().ok_or(Corrupt)?;
            bits.skip(used.into());
            out.push(byte);
        }
        if bits.is_used_up() { Ok(()) } else { Err(Corrupt) }
    }
}

/// Weights that are coded themselves: two states take turns until the bits are used up.
fn weights(bytes: &[u8]) -> Result<Vec<u8>, Corrupt> {
    let (table, taken) = Table::read(bytes, WEIGHT_LOG_MAX, u8::MAX)?;
    let mut bits = Backward::new(bytes.get(taken..).ok_or(Corrupt)?)?;
    let (mut one, mut other) = (table.begin(&mut bits), table.begin(&mut bits));
    if bits.is_over() {
        return Err(Corrupt);
    }
    let mut weights = Vec::new();
    while weights.len() < 255 {
        weights.push(one.symbol());
        one.next(&mut bits);
        if bits.is_over() {
            weights.push(other.symbol());
            return Ok(weights);
        }
        core::mem::swap(&mut one, &mut other);
    }
    Err(Corrupt)
}
