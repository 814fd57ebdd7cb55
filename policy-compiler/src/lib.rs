//! policy-compiler.
