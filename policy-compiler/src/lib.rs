//! policy-compiler.
mod automaton;
pub mod deploy;
pub mod detectors;
