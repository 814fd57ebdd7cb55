//! What is the same for all detectors of a bunch: which one there is where it is only one, and what
//! must not stand before a candidate. So that a position is passed by without looking at each.

use super::bits::ones_of;
use super::border::left_fits;
use super::sift::{self, Bunches};
use crate::model::{Border, Detector, DetectorId};

const BUNCHES: usize = 2 * sift::HALF;

/// The bunches of a blob.
#[derive(Debug)]
pub(super) struct Bunched {
    bunches: [Bunch; BUNCHES],
    /// Those with one left border that their rows know little of.
    far: Bunches,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bunch {
    only: Option<DetectorId>,
    /// The left border of all of its detectors.
    left: Option<Border>,
    is_used: bool,
}

impl Default for Bunched {
    fn default() -> Self {
        Self { bunches: [Bunch::default(); BUNCHES], far: 0 }
    }
}

impl Bunched {
    pub(super) fn add(&mut self, id: DetectorId, detector: &Detector) {
        let bit = sift::bunch_of(detector);
        let Some(bunch) = self.bunches.get_mut(number(bit)) else { return };
        let left = Some(detector.left).filter(|left| !bunch.is_used || bunch.left == Some(*left));
        let only = Some(id).filter(|_| !bunch.is_used);
        *bunch = Bunch { only, left, is_used: true };
        match left {
            // PERF: others are seldom wrong, or dear to look at.
            Some(Border::Address | Border::Colon) => self.far |= bit,
            _ => self.far &= !bit,
        }
    }

    /// The only detector of these bunches, if there is one only.
    #[inline]
    pub(super) fn only(&self, bunches: Bunches) -> Option<DetectorId> {
        match bunches & bunches.wrapping_sub(1) {
            0 => self.bunches.get(number(bunches))?.only,
            _ => None,
        }
    }

    /// Whether what [`Self::fitting`] leaves of these bunches may all begin where it stands.
    #[inline]
    pub(super) fn knows_left(&self, bunches: Bunches) -> bool {
        bunches & !self.far == 0
    }

    /// Those of these bunches whose candidates may begin at `start`. Nothing before `floor` counts.
    #[inline]
    pub(super) fn fitting(
        &self,
        bunches: Bunches,
        text: &[u8],
        floor: usize,
        start: usize,
    ) -> Bunches {
        match bunches & self.far {
            0 => bunches,
            far => bunches & !self.unfit(far, text, floor, start),
        }
    }

    fn unfit(&self, bunches: Bunches, text: &[u8], floor: usize, start: usize) -> Bunches {
        let is_unfit = |n: &usize| {
            let border = self.bunches.get(*n).and_then(|bunch| bunch.left);
            border.is_some_and(|border| !left_fits(border, text, floor, start))
        };
        ones_of(bunches).filter(is_unfit).fold(0, |unfit, n| unfit | 1 << n)
    }
}

/// Which one the first of some bunches is.
fn number(bunches: Bunches) -> usize {
    usize::try_from(bunches.trailing_zeros()).unwrap_or(BUNCHES)
}
