//! When values are looked at as a whole: what detectors ask for that only find whole values.

use super::ContextSets;
use crate::model::{Border, Detector};

/// When detectors whose left border is the beginning of a value count.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Whole {
    always: bool,
    sets: ContextSets,
}

impl Whole {
    pub(super) fn add(&mut self, detector: &Detector) {
        if detector.left == Border::Whole {
            match detector.context {
                // No text stands before such a candidate, and none behind that could count.
                Some(set) => self.sets |= 1u128.checked_shl(set.into()).unwrap_or(0),
                None => self.always = true,
            }
        }
    }

    /// Whether one of them counts in a place that gives these sets.
    pub(super) fn counts(&self, place_context: ContextSets) -> bool {
        self.always || self.sets & place_context != 0
    }
}
