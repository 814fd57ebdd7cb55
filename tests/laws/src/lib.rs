//! The laws of the engine, as oracles over generated messages, policies and chunk plans.
//! One generator serves the property tests and the fuzz targets: both feed it bytes, and it makes
//! of them messages that are rich in personal data and in what only looks like it.
//! Runs the engine natively; what hosts make of it is tested elsewhere.

pub mod body;
pub mod both;
pub mod coded;
pub mod entropy;
mod events;
pub mod head;
mod kept;
pub mod law;
pub mod long;
mod markup;
#[cfg(test)]
mod markup_broken;
pub mod messages;
mod parts;
pub mod plan;
pub mod policies;
mod replaced;
pub mod run;
mod trailers;
pub mod words;
mod wrap;
