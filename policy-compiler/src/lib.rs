//! policy-compiler.
pub mod deploy;
