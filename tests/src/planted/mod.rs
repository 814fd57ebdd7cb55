//! The planted-value run: canaries in every format and place of a message, wrapped in all that is
//! looked through, cut by many plans; none of them may reach the other side.
//!
//! [`formats`] writes the messages, [`wrapping`] wraps, [`seek`] looks for canaries in what
//! arrived, [`run`] counts. What is planted where is in [`crate::formats`].

pub mod canary;
pub mod formats;
pub mod run;
pub mod seek;
pub mod table;
pub mod wrapping;
