//! How a body is cut into chunks.

use crate::entropy::Entropy;

/// Where a body is cut: sizes of its chunks, repeated until it ends. Empty is one chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    sizes: Vec<usize>,
    /// The end comes by itself, after the last byte.
    pub bare_end: bool,
}

impl Plan {
    /// In one chunk.
    #[must_use]
    pub fn whole() -> Self {
        Self { sizes: Vec::new(), bare_end: false }
    }

    /// Byte by byte.
    #[must_use]
    pub fn bytewise() -> Self {
        Self { sizes: vec![1], bare_end: true }
    }

    /// In pieces of one size.
    #[must_use]
    pub fn pieces(size: usize) -> Self {
        Self { sizes: vec![size], bare_end: false }
    }

    /// Cut once.
    #[must_use]
    pub fn halves(at: usize) -> Self {
        Self { sizes: vec![at, usize::MAX], bare_end: false }
    }

    /// Out of bytes: small chunks, large ones, and empty ones in between.
    pub fn generate(entropy: &mut Entropy<'_>) -> Self {
        let sizes = (0..=entropy.below(12)).map(|_| match entropy.below(8) {
            0..4 => 1 + entropy.below(6),
            4..6 => 1 + entropy.below(40),
            6 => entropy.below(2),
            _ => 1 + entropy.below(2000),
        });
        Self { sizes: sizes.collect(), bare_end: entropy.once_in(2) }
    }

    /// The chunks of a body, and whether each is the last.
    #[must_use]
    pub fn chunks<'b>(&self, body: &'b [u8]) -> Vec<(&'b [u8], bool)> {
        let mut chunks = Vec::new();
        let mut rest = body;
        // A plan of empty chunks only would never come to an end.
        let moves = self.sizes.iter().any(|size| *size > 0);
        let mut sizes = self.sizes.iter().cycle();
        while moves && !rest.is_empty() {
            let size = sizes.next().copied().unwrap_or(rest.len());
            let (chunk, more) = rest.split_at(size.min(rest.len()));
            chunks.push((chunk, false));
            rest = more;
        }
        if !rest.is_empty() || self.bare_end || chunks.is_empty() {
            chunks.push((rest, true));
        } else if let Some(last) = chunks.last_mut() {
            last.1 = true;
        }
        chunks
    }
}
