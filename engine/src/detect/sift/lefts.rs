//! What must not stand before the candidates of a bunch, where it is the same for all of them: told
//! for the bunch, so that a position is passed by without looking at each detector.

use super::{Bunches, HALF, bunch_of};
use crate::detect::bits::ones_of;
use crate::detect::border::left_fits;
use crate::model::{Border, Detector};

/// The left borders of bunches.
#[derive(Debug)]
pub(super) struct Lefts {
    /// By bunch; of those that are used, `None` where there are several.
    borders: [Option<Border>; 2 * HALF],
    used: Bunches,
    /// Those with one left border that their rows know little of.
    far: Bunches,
}

impl Lefts {
    pub(super) fn new() -> Self {
        Self { borders: [None; 2 * HALF], used: 0, far: 0 }
    }

    pub(super) fn add(&mut self, detector: &Detector) {
        let bit = bunch_of(detector);
        let at = usize::try_from(bit.trailing_zeros()).unwrap_or(0);
        let Some(border) = self.borders.get_mut(at) else { return };
        let own = Some(detector.left);
        *border = own.filter(|_| self.used & bit == 0 || *border == own);
        self.used |= bit;
        match border {
            // PERF: others are seldom wrong, or dear to look at.
            Some(Border::Address | Border::Colon) => self.far |= bit,
            _ => self.far &= !bit,
        }
    }

    /// Whether what [`Self::fitting`] leaves of these bunches may all begin where it stands.
    #[inline]
    pub(super) fn knows(&self, bunches: Bunches) -> bool {
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
            let border = self.borders.get(*n).copied().flatten();
            border.is_some_and(|border| !left_fits(border, text, floor, start))
        };
        ones_of(bunches).filter(is_unfit).fold(0, |unfit, n| unfit | 1 << n)
    }
}
