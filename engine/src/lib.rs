//! The core of cofferdam: decides what of a message may enter another zone, and rewrites it.
//!
//! ```text
//!   host | adapter            Exchange             Bundle
//!        |  head, chunks  ->  Crossing  -------->  boundaries, rules
//!        |                    bodies -> detect     detectors, automata
//!        |  bytes, verdict <- actions              (one blob, one digest)
//! ```
//!
//! Sans-IO and `no_std`: no clock, no randomness, no log, no host. The same inputs give the same
//! outputs. It never panics on input, and every unknown ends closed.

#![no_std]
#![deny(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod action;
pub mod beside;
pub mod blob;
mod body;
mod bundle;
mod codec;
mod crossing;
pub mod detect;
pub mod ends;
pub mod entry;
pub mod environment;
pub mod exchange;
mod field_names;
mod fields_only;
mod finding;
mod fold;
pub mod glob;
pub mod granted;
mod head;
mod headers;
mod ignore;
mod judge;
mod kept;
pub mod limits;
pub mod model;
mod negotiate;
mod path;
mod proto;
mod reader;
mod report;
mod request_path;
mod room;
mod sensitive;
pub mod settings;
mod splice;
pub mod survey;
mod tally;
pub mod token;
#[cfg(feature = "trust")]
pub mod trust;
pub mod verdict;

pub use bundle::Bundle;
pub use fold::scan_text;
pub use sensitive::Sensitive;
