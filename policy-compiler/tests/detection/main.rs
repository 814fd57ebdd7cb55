//! What the built-in detectors find, and that a scan does not depend on how text was cut.

mod bench;
mod laws;
mod rows;
mod sizes;
mod survey;
