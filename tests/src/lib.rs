//! End to end: one corpus of cases, run on everything that implements the filter.
//!
//! `tests/cases/*.toml` say what must happen (see [`case`]), `tests/policies/*.yaml` under which
//! policy. A [`runner::Runner`] runs a case; [`check`] compares what it saw with what the case
//! says. Nothing here decides what is right: the cases do.

pub mod bench;
pub mod case;
pub mod check;
pub mod corpus;
pub mod coverage;
pub mod differential;
pub mod envoy;
pub mod events;
pub mod formats;
pub mod native;
pub mod people;
pub mod plan;
pub mod planted;
pub mod policy;
pub mod runner;
pub mod wasm;
pub mod worlds;
