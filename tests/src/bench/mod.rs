//! What the benchmarks are made of. Those of detection: texts, patterns for other engines, and lanes.
//! A lane is one thing that scans; all speak the same few commands, so that rounds interleave.

pub mod adversarial;
pub mod envoy;
pub mod filter;
pub mod kernel;
pub mod lane;
pub mod patterns;
pub mod policies;
mod sandbox;
pub mod sse;
pub mod texts;
pub mod tools;
