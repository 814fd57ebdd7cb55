//! Choices out of bytes: a generator asks, the bytes answer.
//! When the bytes are used up every answer is the first choice, so fewer bytes are simpler cases.

/// Choices out of bytes.
#[derive(Clone, Debug)]
pub struct Entropy<'b> {
    bytes: std::slice::Iter<'b, u8>,
}

impl<'b> Entropy<'b> {
    /// Choices out of these bytes.
    #[must_use]
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { bytes: bytes.iter() }
    }

    /// Whether no choice is left.
    #[must_use]
    pub fn spent(&self) -> bool {
        self.bytes.as_slice().is_empty()
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        self.bytes.next().copied().unwrap_or(0)
    }

    /// A number below `end`, and 0 where that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        let wide = end > 256;
        let high = if wide { usize::from(self.byte()) << 8 } else { 0 };
        (high | usize::from(self.byte())).checked_rem(end).unwrap_or(0)
    }

    /// True once in `times`, and not when spent.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) + 1 == times && !self.spent()
    }

    /// One of several.
    pub fn pick<'s, T: ?Sized>(&mut self, several: &[&'s T]) -> &'s T {
        several[self.below(several.len())]
    }

    /// All that is left, as it is.
    pub fn rest(&mut self) -> &'b [u8] {
        std::mem::take(&mut self.bytes).as_slice()
    }

    /// This many bytes, for what is chosen later; fewer when they are used up.
    pub fn split(&mut self, count: usize) -> Entropy<'b> {
        let (head, tail) = self.bytes.as_slice().split_at(count.min(self.bytes.as_slice().len()));
        self.bytes = tail.iter();
        Entropy::new(head)
    }
}
