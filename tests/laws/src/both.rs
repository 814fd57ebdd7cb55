//! Every law asked of every kind of policy.

use crate::law::{Case, Law, Runs};
use crate::policies::Policies;

/// Policies that look through encodings, and the same that do not.
pub struct Both {
    looking: Policies,
    plain: Policies,
}

impl Both {
    /// Compiles all of them.
    ///
    /// # Panics
    /// When one does not compile: they are ours.
    #[must_use]
    pub fn new() -> Self {
        Self { looking: Policies::new(), plain: Policies::plain() }
    }

    /// Asks one kind, by a choice, all that is asked of it.
    ///
    /// # Panics
    /// When a law is broken.
    pub fn ask(&self, case: &Case, choice: usize) {
        let (policies, laws) = match choice % 2 {
            0 => (&self.plain, Law::ALL),
            _ => (&self.looking, Law::THROUGH),
        };
        let runs = Runs::new(policies, case);
        for law in laws {
            if let Err(why) = runs.ask(*law) {
                let body = String::from_utf8_lossy(&case.message.body.bytes);
                panic!("{}: {why}\n{case:?}\nbody: {body:?}", law.name());
            }
        }
    }
}

impl Default for Both {
    fn default() -> Self {
        Self::new()
    }
}
