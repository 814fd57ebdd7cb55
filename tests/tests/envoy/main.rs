//! Everything that only real Envoy can show.
//! Needs `COFFERDAM_ENVOY` and `COFFERDAM_WASM`, which `cargo xtask test` sets.

mod bare;
mod beside;
mod blobs;
mod checked;
mod checked_in;
mod crowd;
mod events;
mod facts;
mod front;
mod http2;
mod http3;
mod peers;
mod shop;
mod stream;
mod told;
mod updates;
mod vanish;
mod zones;
