//! Words that make a weak candidate count: which there are, and where they stand. Knows nothing of
//! candidates but how far from them a word counts.

pub(crate) mod context;
mod filter;
mod firsts;
pub(crate) mod lexicon;
pub(crate) mod near;
