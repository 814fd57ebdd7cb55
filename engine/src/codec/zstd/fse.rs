//! Tables of finite state entropy (RFC 8878, section 4.1): each state gives a symbol, and with some
//! bits the next state.

use super::Corrupt;
use super::bits::{Backward, Forward};
use alloc::vec::Vec;

/// A table of states.
#[derive(Clone, Debug)]
pub(super) struct Table {
    states: Vec<State>,
    log: u32,
}

/// What a state gives.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    symbol: u8,
    bits: u8,
    base: u16,
}

/// What is decoded with a table, and where it stands.
pub(super) struct Decoding<'t> {
    table: &'t Table,
    state: State,
}

impl Table {
    /// One symbol, and no bits.
    pub(super) fn single(symbol: u8) -> Self {
        Self { states: Vec::from([State { symbol, ..State::default() }]), log: 0 }
    }

    /// Reads a description: the table, and how many bytes it took.
    pub(super) fn read(
        bytes: &[u8],
        log_max: u32,
        symbol_max: u8,
    ) -> Result<(Self, usize), Corrupt> {
        let mut bits = Forward::new(bytes);
        let log = bits.read(4)?.saturating_add(5);
        if log > log_max {
            return Err(Corrupt);
        }
        let mut left = 1_u32 << log;
        let mut counts: Vec<i16> = Vec::new();
        while left > 0 {
            if counts.len() > symbol_max.into() {
                return Err(Corrupt);
            }
            let count = count(&mut bits, left)?;
            left = left.checked_sub(count.unsigned_abs().into()).ok_or(Corrupt)?;
            counts.push(count);
            // Behind a symbol that does not occur stands how many more do not.
            let mut more = if count == 0 { 3 } else { 0 };
            while more == 3 && counts.len() <= symbol_max.into() {
                more = bits.read(2)?;
                (0..more).for_each(|_| counts.push(0));
            }
        }
        if counts.len() > usize::from(symbol_max) + 1 {
            return Err(Corrupt);
        }
        Ok((Self::new(&counts, log)?, bits.bytes()))
    }

    /// A table of how often each symbol stands in it; -1 is less than once.
    pub(super) fn new(counts: &[i16], log: u32) -> Result<Self, Corrupt> {
        let size = 1_usize << log;
        let mut states = alloc::vec![State::default(); size];
        let mut high = size;
        let symbols = || (0_u8..=u8::MAX).zip(counts);
        for (symbol, _) in symbols().filter(|(_, count)| **count == -1) {
            high = high.checked_sub(1).ok_or(Corrupt)?;
            states.get_mut(high).ok_or(Corrupt)?.symbol = symbol;
        }
        let step = (size >> 1) + (size >> 3) + 3;
        let mut at = 0;
        for (symbol, count) in symbols() {
            for _ in 0..*count {
                states.get_mut(at).ok_or(Corrupt)?.symbol = symbol;
                // At least one place is lower than `high` where a symbol is left to be placed, and
                // the step comes to every place.
                at = (at + step) & (size - 1);
                while at >= high && high > 0 {
                    at = (at + step) & (size - 1);
                }
            }
        }
        if at != 0 {
            return Err(Corrupt);
        }
        let mut next: Vec<u32> = counts.iter().map(|count| count.unsigned_abs().into()).collect();
        for state in &mut states {
            let next = next.get_mut(usize::from(state.symbol)).ok_or(Corrupt)?;
            let bits = log.checked_sub(next.checked_ilog2().ok_or(Corrupt)?).ok_or(Corrupt)?;
            let base = (*next << bits).checked_sub(1 << log).ok_or(Corrupt)?;
            state.bits = u8::try_from(bits).map_err(|_| Corrupt)?;
            state.base = u16::try_from(base).map_err(|_| Corrupt)?;
            *next = next.saturating_add(1);
        }
        Ok(Self { states, log })
    }

    /// Begins to decode.
    pub(super) fn begin(&self, bits: &mut Backward<'_>) -> Decoding<'_> {
        let at = usize::try_from(bits.read(self.log)).unwrap_or(0);
        Decoding { table: self, state: self.states.get(at).copied().unwrap_or_default() }
    }
}

impl Decoding<'_> {
    #[inline]
    pub(super) fn symbol(&self) -> u8 {
        self.state.symbol
    }

    #[inline]
    pub(super) fn next(&mut self, bits: &mut Backward<'_>) {
        let more = usize::try_from(bits.read(self.state.bits.into())).unwrap_or(0);
        let at = usize::from(self.state.base).saturating_add(more);
        self.state = self.table.states.get(at).copied().unwrap_or_default();
    }
}

/// How often a symbol stands in a table in which so many places are left.
fn count(bits: &mut Forward<'_>, left: u32) -> Result<i16, Corrupt> {
    let most = left.saturating_add(1);
    let wide = most.ilog2() + 1;
    // The low values are written in one bit less.
    let short = (1 << wide) - 1 - most;
    let low = (1 << (wide - 1)) - 1;
    let value = match bits.read(wide) {
        Ok(value) => value,
        // The last value may end before a bit that it does not need.
        Err(Corrupt) => {
            let value = bits.read(wide - 1)?;
            return if value < short { signed(value) } else { Err(Corrupt) };
        }
    };
    if value & low < short {
        bits.back();
        return signed(value & low);
    }
    signed(if value > low { value.saturating_sub(short) } else { value })
}

fn signed(value: u32) -> Result<i16, Corrupt> {
    i16::try_from(value).map(|value| value - 1).map_err(|_| Corrupt)
}
