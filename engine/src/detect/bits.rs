//! Sets of small numbers as bits: the numbers one by one, and rows of a table by them.

/// The lower and the higher bits.
#[inline]
pub(crate) fn halves(bits: u128) -> [u64; 2] {
    let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(u64::MAX);
    [half(bits), half(bits >> 64)]
}

/// The numbers of the bits that are set, the lowest first.
#[inline]
pub(crate) fn ones(bits: u64) -> impl Iterator<Item = usize> {
    let mut left = bits;
    core::iter::from_fn(move || {
        let lowest = (left != 0).then(|| left.trailing_zeros())?;
        left &= left - 1;
        usize::try_from(lowest).ok()
    })
}

/// The same of more bits.
// PERF: two halves are far cheaper to go through than the whole.
#[inline]
pub(crate) fn ones_of(bits: u128) -> impl Iterator<Item = usize> {
    let [low, high] = halves(bits);
    ones(low).chain(ones(high).map(|n| n + 64))
}

/// Changes the rows of these numbers; all rows, where all bits are set.
// PERF: many detectors take anything at most places.
pub(crate) fn change_rows<T>(rows: &mut [T], numbers: u128, mut change: impl FnMut(&mut T)) {
    if numbers == u128::MAX {
        rows.iter_mut().for_each(change);
    } else {
        ones_of(numbers).for_each(|n| {
            if let Some(row) = rows.get_mut(n) {
                change(row);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn ones_are_the_numbers_of_bits() {
        for bits in [0, 1, 1 << 63, 1 << 64, 1 << 127, 0b1011 << 61, u128::MAX] {
            let plain: Vec<usize> = (0..128).filter(|n| bits >> n & 1 == 1).collect();
            assert!(ones_of(bits).eq(plain.iter().copied()), "{bits:b}");
            assert!(ones(halves(bits)[0]).eq(plain.into_iter().filter(|n| *n < 64)), "{bits:b}");
        }
    }

    #[test]
    fn rows_are_changed_by_number_or_all() {
        let mut rows = [0_u8; 130];
        change_rows(&mut rows, 0b101, |row| *row += 1);
        assert!((0..).zip(rows).all(|(n, row)| row == u8::from(n == 0 || n == 2)));
        change_rows(&mut rows, u128::MAX, |row| *row = 7);
        assert_eq!(rows, [7; 130]);
    }
}
