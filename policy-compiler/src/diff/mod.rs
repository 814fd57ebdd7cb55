//! What the change from one policy to another opens, tightens or moves, in sentences.
//! Cells are compared one by one; what lies outside of them opens, unless it is proven narrower.
//! Both policies are compiled by this compiler: what another version would find is not compared.

mod around;
mod boundaries;
mod cells;
mod grants;
mod render;
mod require;
mod words;

pub use render::{json, markdown, text};

use crate::diagnostic::{Diagnostics, Source};
use crate::language::{self, PolicyForm};
use crate::{Compiled, compile_source};
use cofferdam_engine::model::Tables;

/// What a change does to what may cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// More may cross than before, or nobody can prove that it may not.
    Opens,
    /// Something else crosses, and not more of it.
    Moves,
    /// Less may cross.
    Tightens,
}

impl Mark {
    /// The word in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Opens => "opens",
            Self::Moves => "moves",
            Self::Tightens => "tightens",
        }
    }
}

/// One thing that changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// What it does.
    pub mark: Mark,
    /// The boundary that it is about, if it is about one.
    pub boundary: Option<String>,
    /// What changes: a sentence without its full stop, names in backticks.
    pub what: String,
    /// The rules that say so before and now, as entries call them, where there are some.
    pub rules: Vec<String>,
}

impl Change {
    fn new(mark: Mark, what: impl Into<String>) -> Self {
        Self { mark, boundary: None, what: what.into(), rules: Vec::new() }
    }

    fn over(self, boundary: &str) -> Self {
        Self { boundary: Some(boundary.to_owned()), ..self }
    }
}

/// A policy with everything that is compared.
#[derive(Debug)]
pub struct Policy<'s> {
    source: &'s Source,
    form: PolicyForm,
    tables: Tables,
}

impl<'s> Policy<'s> {
    /// Compiles a policy.
    ///
    /// # Errors
    /// Everything that is wrong with it: what does not compile cannot be compared.
    pub fn read(source: &'s Source) -> Result<Self, Diagnostics> {
        let Compiled { tables, .. } = compile_source(source)?;
        let mut diagnostics = Diagnostics::default();
        match language::read(source, &mut diagnostics) {
            Some(form) => Ok(Self { source, form, tables }),
            None => Err(diagnostics),
        }
    }
}

/// Everything that changes from one policy to the other: what opens first.
#[must_use]
pub fn diff(old: &Policy<'_>, new: &Policy<'_>) -> Vec<Change> {
    let mut changes = around::changes(old, new);
    changes.extend(boundaries::changes(old, new));
    changes.sort();
    changes.dedup();
    changes
}
