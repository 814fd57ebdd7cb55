//! Compiles a policy into one blob: `compile` takes text and gives bytes, or everything that is
//! wrong with the text.
//!
//! ```text
//! text -> language (YAML, typed reading) -> resolve (names, rules, detectors) -> blob
//!              \---------------- diagnostics ----------------/
//! ```
//!
//! Reads no clock, no file and no environment: the same text gives the same bytes, anywhere.

#![forbid(unsafe_code)]

mod automaton;
mod format;
mod language;
mod published;
mod random;
mod real;
mod resolve;
mod schema;
mod source;
mod sparse;
mod words;

pub mod cases;
pub mod cells;
pub mod controls;
pub mod deploy;
pub mod detectors;
pub mod diagnostic;
pub mod diff;
pub mod discover;
pub mod drill;
pub mod entries;
pub mod explain;
pub mod host;
pub mod image;
pub mod map;
pub mod monitor;
pub mod probe;
pub mod report;
pub mod say;
pub mod throwaway;
pub mod trial;
pub mod trust;
pub mod why;

pub use format::format;
pub use language::date::Date;
pub use language::read::nearest;
pub use language::require::Connection;
pub use resolve::Review;

use cofferdam_engine::Bundle;
use cofferdam_engine::blob;
use cofferdam_engine::model::Tables;
use diagnostic::{Code, Diagnostic, Diagnostics, Source, Span};

/// A policy that compiles.
#[derive(Debug)]
pub struct Compiled {
    /// What a host loads.
    pub blob: Vec<u8>,
    /// What is in it.
    pub tables: Tables,
    /// What somebody should look at.
    pub warnings: Diagnostics,
    /// When somebody must look again.
    pub reviews: Vec<Review>,
}

/// The shape of a policy as JSON Schema, draft-07.
#[must_use]
pub fn schema() -> serde_json::Value {
    language::schema()
}

/// The shape of a file that a policy includes, as JSON Schema, draft-07.
#[must_use]
pub fn included_schema() -> serde_json::Value {
    language::included_schema()
}

/// Compiles a policy. `name` stands in messages only.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text.
pub fn compile(text: &str, name: &str) -> Result<Compiled, Diagnostics> {
    compile_source(&Source::new(name, text))
}

/// Reads the files that a policy includes, and those that these include. `read` is given names
/// relative to the folder of the policy, which lead nowhere outside of it but by links, and says in
/// a few words why it has no text for one.
pub fn load(source: &mut Source, read: &mut dyn FnMut(&str) -> Result<String, String>) {
    language::include::load(source, read);
}

/// The files that a policy names beside those that it includes, which are read and [attached](Source::attach) before it is
/// compiled. Names are relative to the folder of the policy, and lead nowhere outside of it.
#[must_use]
pub fn named_files(source: &Source) -> Vec<String> {
    let policy = language::read(source, &mut Diagnostics::default());
    policy.and_then(|policy| policy.descriptors).map(|file| file.value).into_iter().collect()
}

/// Compiles a policy whose source is at hand for reports.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text.
pub fn compile_source(source: &Source) -> Result<Compiled, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let result = run(source, &mut diagnostics);
    diagnostics.settle(source);
    diagnostics.sort();
    match result {
        Some((blob, tables, reviews)) if !diagnostics.has_errors() => {
            Ok(Compiled { blob, tables, warnings: diagnostics, reviews })
        }
        _ => Err(diagnostics),
    }
}

fn run(source: &Source, diagnostics: &mut Diagnostics) -> Option<(Vec<u8>, Tables, Vec<Review>)> {
    let policy = language::read(source, diagnostics)?;
    let resolved = resolve::resolve(&policy, source, diagnostics)?;
    let mut refuse = |why: String| {
        diagnostics.push(Diagnostic::new(Code::Internal, Span::default(), why));
    };
    let blob = match blob::seal(&resolved.tables, &resolved.automata) {
        Ok(blob) => blob,
        Err(error) => {
            refuse(format!("the blob cannot be written: {error}"));
            return None;
        }
    };
    // Nothing is handed out that the engine would refuse, or would read as something else.
    match Bundle::parse(blob.clone()) {
        Ok(bundle) if *bundle.tables() == resolved.tables => {
            real::check(&policy, &bundle, diagnostics);
            resolve::prove(&policy, &resolved.tables, diagnostics);
            resolve::dead::check(&policy, &resolved.tables, diagnostics);
            resolve::overlap::check(&policy, diagnostics);
            resolve::alike::check(&policy, &bundle, diagnostics);
        }
        Ok(_) => {
            refuse("the blob reads back as another policy".to_owned());
            return None;
        }
        Err(error) => {
            refuse(format!("the engine refuses the blob: {error}"));
            return None;
        }
    }
    Some((blob, resolved.tables, resolve::reviews(&policy)))
}
