//! Numbers that look random and are the same for the same seed, on any machine.
//! Never asks the system for randomness.

/// SplitMix64 (Steele, Lea and Flood, 2014).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A stream of its own for a seed and a name.
    #[must_use]
    pub fn new(seed: u64, name: &str) -> Self {
        // FNV-1a, so that each name draws from elsewhere.
        let hash = name.bytes().fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        Self(seed ^ hash)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// A number less than `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("an index fits 64 bits");
        usize::try_from(self.bits() % end).expect("less than an index")
    }

    /// A number from `first` to `last`.
    pub fn within(&mut self, first: usize, last: usize) -> usize {
        first + self.below(last - first + 1)
    }

    /// The same for what is calculated with.
    pub fn number(&mut self, first: u32, last: u32) -> u32 {
        first + u32::try_from(self.bits() % u64::from(last - first + 1)).expect("32 bits")
    }

    /// One of several.
    pub fn pick<'s, T: ?Sized>(&mut self, several: &[&'s T]) -> &'s T {
        several[self.below(several.len())]
    }

    /// One character of several.
    pub fn letter(&mut self, several: &str) -> char {
        char::from(several.as_bytes()[self.below(several.len())])
    }

    /// So many characters of several.
    pub fn letters(&mut self, several: &str, count: usize) -> String {
        (0..count).map(|_| self.letter(several)).collect()
    }

    /// So many bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.bits().to_le_bytes()[0]).collect()
    }

    /// Whether one of `times` chances came true.
    pub fn chance(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}
