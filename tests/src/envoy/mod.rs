//! Real Envoy as a host: starts it, sends messages through it chunk by chunk, reads what came out.
//! Never touches a process that it did not start, and listens on loopback only.

pub mod client;
pub mod deployments;
mod host;
pub mod http2;
pub mod http3;
pub mod module;
mod mutual;
pub mod process;
mod runner;
pub mod upstream;
pub mod wire;

pub use client::Client;
pub use cofferdam_shop::port::{free as free_port, free_udp as free_udp_port};
pub use process::{Envoy, Start};
pub use runner::EnvoyRunner;
pub use upstream::Upstream;
pub use wire::{Framing, Headers, Message, Received};
