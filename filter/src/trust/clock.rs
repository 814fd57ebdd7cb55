//! What time it is, for all that ends.

use crate::host::{Host, HostError};
use cofferdam_engine::trust::Time;
use cofferdam_engine::trust::limits::CLOCK_BACK_SECONDS;
use std::cell::Cell;

/// A clock that never goes back: not when the host's does, and not while that stands still.
#[derive(Debug, Default)]
pub struct Clock {
    now: Cell<u64>,
    is_back: Cell<bool>,
}

impl Clock {
    /// What time it is.
    ///
    /// # Errors
    /// When the host does not tell.
    pub fn read(&self, host: &impl Host) -> Result<Time, HostError> {
        Ok(self.take(host.now_nanos()?))
    }

    /// The same where the host has just told.
    pub fn take(&self, nanos: u64) -> Time {
        let told = nanos / 1_000_000_000;
        let now = self.now.get().max(told);
        self.is_back.set(told.saturating_add(CLOCK_BACK_SECONDS) < now);
        self.now.set(now);
        Time(now)
    }

    /// It is at least so late: so many seconds were counted since a time that was read.
    pub fn at_least(&self, time: Time) {
        self.now.set(self.now.get().max(time.0));
    }

    /// Whether the host's clock is far behind what it was, or behind the seconds that were counted.
    #[must_use]
    pub fn is_back(&self) -> bool {
        self.is_back.get()
    }
}
