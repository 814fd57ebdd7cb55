//! Plays a proxy-wasm host (ABI 0.2.1) for one module in wasmtime, the way Envoy 1.40 behaves.
//!
//! ```text
//!   Exchange ---> Vm --- callbacks ---> module
//!   (chunks)       |  <-- host calls --
//!                  +--> Outcome: what upstream and client received, logs, metrics, fuel
//! ```
//!
//! Deterministic: the clock stands still unless it is moved, randomness is seeded, fuel is counted.
//! Never looks inside the module: it is an opaque file.

mod callbacks;
mod exchange;
mod imports;
mod map;
mod profile;
mod state;
mod status;
mod stream;
mod vm;
mod worker;

pub use exchange::{Exchange, Message};
pub use map::Map;
pub use state::{HttpAnswer, HttpCall, LogLevel, LogLine, Metric, MetricKind, Shared};
pub use status::Status;
pub use stream::{Callback, Outcome, Received, StreamId, StreamSpec};
pub use vm::{Guard, Harness, HarnessError, Options, Vm};
pub use worker::{OnTrap, Worker};

/// Headers in order, pseudo-headers first, names in lower case.
pub type Headers = Vec<(Vec<u8>, Vec<u8>)>;
