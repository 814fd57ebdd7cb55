//! Lets the members of an object, of a form or of a record on, or drops them, where only some
//! fields cross. A member goes with what parts it from the one before, so that what is left still
//! parses. Knows no format and no name.

use crate::judge::Judge;

/// Raw bytes that may come from where a member begins to where its value does, beside its name:
/// white space. More is no format that people or programs write.
const SPACE_BYTES_MAX: u64 = 4096;

/// The member that is read.
#[derive(Default)]
pub(crate) struct Members {
    /// Where it begins, while it is not known whether it goes on.
    undecided: Option<Undecided>,
    dropping: bool,
}

#[derive(Clone, Copy)]
struct Undecided {
    at: u64,
    /// Its first byte is what parts it from the one before.
    parted: bool,
}

impl Members {
    /// A member begins with its name, or with its value where names stand elsewhere.
    pub(crate) fn begin(&mut self, at: u64) {
        self.undecided = Some(Undecided { at, parted: false });
    }

    /// A member begins with what parts it from the one before.
    pub(crate) fn part(&mut self, at: u64) {
        self.undecided = Some(Undecided { at, parted: true });
    }

    /// It goes on; `first` where none before it does, so that there is nothing to part it from.
    pub(crate) fn keep(&mut self, first: bool, judge: &mut Judge<'_, '_>) {
        let Some(Undecided { at, parted }) = self.undecided.take() else { return };
        if first && parted {
            judge.splice.drop_byte(at);
        }
    }

    /// It does not, up to [`Self::end`].
    pub(crate) fn drop(&mut self, judge: &mut Judge<'_, '_>) {
        if let Some(Undecided { at, .. }) = self.undecided.take() {
            judge.splice.drop_from(at, b"");
            self.dropping = true;
        }
    }

    /// The value that begins at `at` does not go on, and another one stands in its place.
    pub(crate) fn replace(&mut self, at: u64, with: &'static [u8], judge: &mut Judge<'_, '_>) {
        judge.splice.drop_from(at, with);
        self.dropping = true;
    }

    /// What is dropped ends before `at`.
    pub(crate) fn end(&mut self, at: u64, judge: &mut Judge<'_, '_>) {
        if core::mem::take(&mut self.dropping) {
            judge.splice.drop_to(at);
        }
    }

    pub(crate) fn is_dropping(&self) -> bool {
        self.dropping
    }

    /// Raw offset before which nothing can change any more, where all that was read up to `at` is
    /// known up to `decided`.
    pub(crate) fn decided(&self, decided: u64, at: u64) -> u64 {
        match self.undecided {
            _ if self.dropping => at,
            Some(undecided) => decided.min(undecided.at),
            None => decided,
        }
    }

    /// Whether more white space has come at `at` than a member may have.
    pub(crate) fn waits_too_long(&self, at: u64) -> bool {
        self.undecided.is_some_and(|member| at.saturating_sub(member.at) > SPACE_BYTES_MAX)
    }
}
