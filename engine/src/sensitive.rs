//! A wrapper for what must never be printed: text of a message, keys.

use core::fmt;

/// Holds something that no `Debug` shows.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Sensitive<T>(T);

impl<T> Sensitive<T> {
    /// Wraps.
    pub const fn new(inner: T) -> Self {
        Self(inner)
    }

    /// The one way in; easy to find in a review.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: AsRef<[u8]>> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sensitive({} bytes)", self.0.as_ref().len())
    }
}
