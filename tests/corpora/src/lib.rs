//! Texts that we make and own: labelled ones, and clean ones in which nothing is to be found.
//!
//! ```text
//! seed -> labelled: values and near misses of every category, with labels -> `cofferdam evaluate`
//!      -> clean: code, logs, hashes, prices, by the megabyte              -> `measure`
//! ```
//!
//! The same seed gives the same texts on any machine. No detector is asked what is right.

pub mod clean;
pub mod digits;
pub mod labelled;
pub mod measure;
pub mod random;
pub mod shape;
