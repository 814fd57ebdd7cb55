//! A set of numbers that forgets which: one bit for each, hashed. Says of none that it is left out
//! that was put in; of others it may be wrong, and costs time only.

/// One bit for each number, in as many words: a power of two.
#[derive(Clone, Debug)]
pub(crate) struct Filter<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Filter<WORDS> {
    pub(crate) const fn new() -> Self {
        Self([0; WORDS])
    }

    pub(crate) fn insert(&mut self, number: u64) {
        let (at, bit) = Self::place(number);
        if let Some(word) = self.0.get_mut(at) {
            *word |= bit;
        }
    }

    /// Whether a number may have been put in.
    #[inline]
    pub(crate) fn may_have(&self, number: u64) -> bool {
        let (at, bit) = Self::place(number);
        self.0.get(at).is_some_and(|word| word & bit != 0)
    }

    #[inline]
    fn place(number: u64) -> (usize, u64) {
        // The golden ratio spreads what differs in few bits over the highest ones.
        let spread = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let at = usize::try_from(spread >> 48).unwrap_or(0) % WORDS;
        (at, 1 << (spread >> 42 & 63))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_never_left_out() {
        let mut filter = Filter::<64>::new();
        let numbers = (0..300_u64).map(|n| n.wrapping_mul(0x0101_0107));
        assert!(numbers.clone().all(|number| !filter.may_have(number)));
        numbers.clone().for_each(|number| filter.insert(number));
        assert!(numbers.clone().all(|number| filter.may_have(number)));
        let others = (1..10_000_u64).map(|n| n.wrapping_mul(0x0200_0003));
        let wrong = others.filter(|number| filter.may_have(*number)).count();
        assert!(wrong < 2_000, "{wrong} of 9,999");
    }
}
