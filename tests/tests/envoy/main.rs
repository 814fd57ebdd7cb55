//! Everything that only real Envoy can show.
//! Needs `COFFERDAM_ENVOY` and `COFFERDAM_WASM`, which `cargo xtask test` sets.

mod bare;
mod vanish;
