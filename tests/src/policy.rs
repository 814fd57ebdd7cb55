//! The policies of the corpus, compiled once each.
//! Changes no policy text, so that what is tested is what a user would write.

use cofferdam_engine::Bundle;
use std::rc::Rc;

/// A policy, compiled.
pub struct Policy {
    /// Stem of its file.
    pub name: String,
    /// What a person wrote.
    pub source: String,
    /// What a filter loads.
    pub blob: Vec<u8>,
    /// What the engine loads.
    pub bundle: Rc<Bundle>,
}
