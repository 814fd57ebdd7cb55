//! What is known of the policy that a listener should run: its text, or what was compiled from it.

use crate::cases::suite::{Subject, Suite};
use crate::diagnostic::{Diagnostics, Source};
use crate::language::CategoryForm;
use cofferdam_engine::Bundle;
use cofferdam_engine::blob::BlobError;
use cofferdam_engine::model::Tables;

/// A policy that can be run, and of which values can be made.
pub struct Known {
    pub(crate) subject: Subject,
    /// The policy's own categories. Of a blob alone nothing tells what texts they are of.
    pub(crate) own: Vec<CategoryForm>,
}

impl Known {
    /// By its text.
    ///
    /// # Errors
    /// When it does not compile.
    pub fn of_text(source: &Source) -> Result<Self, Diagnostics> {
        let suite = Suite::new(source)?;
        Ok(Self { subject: suite.subject, own: suite.policy.categories })
    }

    /// By what was compiled.
    ///
    /// # Errors
    /// When the engine refuses it.
    pub fn of_blob(blob: Vec<u8>) -> Result<Self, BlobError> {
        Ok(Self { subject: Subject::with(Bundle::parse(blob)?), own: Vec::new() })
    }

    /// Its tables.
    #[must_use]
    pub fn tables(&self) -> &Tables {
        self.subject.bundle.tables()
    }

    /// The digest of what a host loads.
    #[must_use]
    pub fn digest(&self) -> String {
        self.subject.bundle.digest().to_string()
    }
}
