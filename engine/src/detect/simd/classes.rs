//! Sets and classes of bytes, told by the two halves of a byte: what the table of the lower halves
//! and the table of the higher halves both have. Knows nothing of vectors.

/// A set of a few ASCII characters.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Set {
    /// For each lower half, the higher halves with which it is in the set.
    pub(super) low: [u8; 16],
}

impl Set {
    /// The bit of each higher half of an ASCII character; none for other bytes.
    pub(super) const HIGH: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0];

    /// The set of these bytes, known beforehand: all of them ASCII.
    pub(crate) const fn new(mut bytes: &[u8]) -> Self {
        let mut low = [0; 16];
        while let [byte, rest @ ..] = bytes {
            low[(*byte % 16) as usize] |= 1 << (*byte / 16);
            bytes = rest;
        }
        Self { low }
    }

    /// The set of those of these bytes that are ASCII.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        bytes.iter().copied().collect()
    }
}

impl FromIterator<u8> for Set {
    fn from_iter<B: IntoIterator<Item = u8>>(bytes: B) -> Self {
        let mut set = Self::default();
        for byte in bytes.into_iter().filter(u8::is_ascii) {
            if let Some(low) = set.low.get_mut(usize::from(byte % 16)) {
                *low |= 1 << (byte / 16);
            }
        }
        set
    }
}

/// Eight classes of bytes, one bit each: those whose two halves both have the bit. So each class is
/// of all pairs of some lower and some higher halves.
#[derive(Clone, Debug)]
pub(crate) struct Classes {
    /// The classes of each lower half.
    pub(super) low: [u8; 16],
    /// The classes of each higher half.
    pub(super) high: [u8; 16],
}

impl Classes {
    /// By class, the lower and the higher halves, one bit for each.
    pub(crate) fn new(halves: [[u16; 2]; 8]) -> Self {
        let mut classes = Self { low: [0; 16], high: [0; 16] };
        for (class, [low, high]) in halves.into_iter().enumerate() {
            let tables = [(&mut classes.low, low), (&mut classes.high, high)];
            for (table, bits) in tables {
                for (half, slot) in table.iter_mut().enumerate() {
                    *slot |= u8::from(bits >> half & 1 == 1) << class;
                }
            }
        }
        classes
    }
}
