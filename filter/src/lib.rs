//! The proxy-wasm adapter: translates between host calls and the engine, and nothing else.
//!
//! ```text
//!   host -> exports -> Root    configuration, heartbeat  -> Gate: who signed, and for how long
//!                      Stream  one exchange  -> Exchange (engine)
//!                        Body  one message   ->
//!        <- hostcalls <- Host
//! ```
//!
//! Everything but `exports` and `hostcalls` is written against [`host::Host`] and runs natively
//! too, where tests play the host. The filter never lets a message on where the host does not do
//! as it is told, and never panics: a trap takes down every exchange of its VM.

pub mod beside;
pub mod body;
pub mod config;
pub mod edits;
#[cfg(target_arch = "wasm32")]
mod exports;
#[cfg(test)]
mod fake;
pub mod half;
pub mod holes;
pub mod host;
#[cfg(target_arch = "wasm32")]
pub mod hostcalls;
pub mod metrics;
pub mod pairs;
pub mod properties;
pub mod refusal;
pub mod root;
pub mod stream;
pub mod trust;
pub mod vm;
