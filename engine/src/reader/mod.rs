//! Reads raw bytes of one format, finds the text of its values, and tells what is in it.
//! A reader takes bytes in any pieces and keeps what it needs between them; what it finds depends
//! on the bytes alone. Never writes anything: see [`crate::splice`].

pub(crate) mod csv;
pub(crate) mod form;
mod hidden;
pub(crate) mod json;
mod names;
mod number;
pub(crate) mod text;
pub(crate) mod url;
mod utf8;
pub(crate) mod value;
pub(crate) mod wrapped;

use crate::judge::Judge;
use crate::verdict::Reason;

/// Why a reader cannot go on, and the raw offset of the byte that it does not take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stop {
    pub(crate) reason: Reason,
    pub(crate) at: u64,
}

/// A reader of one body.
pub(crate) enum Reader {
    /// JSON, or several values one after another.
    Json(alloc::boxed::Box<json::Json>),
    /// Comma-separated values.
    Csv(alloc::boxed::Box<csv::Csv>),
    /// `application/x-www-form-urlencoded`.
    Form(form::Form),
    /// Text without structure, in UTF-8.
    Text(text::Text),
}

impl Reader {
    /// Reads a piece that begins at raw offset `at`.
    pub(crate) fn read(
        &mut self,
        raw: &[u8],
        at: u64,
        judge: &mut Judge<'_, '_>,
    ) -> Result<(), Stop> {
        match self {
            Self::Json(json) => json.read(raw, at, judge),
            Self::Csv(csv) => csv.read(raw, at, judge),
            Self::Form(form) => form.read(raw, at, judge),
            Self::Text(text) => text.read(raw, at, judge),
        }
    }

    /// The body has ended at raw offset `at`.
    pub(crate) fn finish(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        match self {
            Self::Json(json) => json.finish(at, judge),
            Self::Csv(csv) => csv.finish(at, judge),
            Self::Form(form) => form.finish(at, judge),
            Self::Text(text) => text.finish(at, judge),
        }
    }

    /// Raw offset before which nothing can change any more, of what was read up to `at`.
    pub(crate) fn decided(&self, at: u64) -> u64 {
        match self {
            Self::Json(json) => json.decided(at),
            Self::Csv(csv) => csv.decided(at),
            Self::Form(form) => form.decided(at),
            Self::Text(text) => text.decided(at),
        }
    }

    /// Bytes kept between pieces.
    pub(crate) fn kept_bytes(&self) -> usize {
        match self {
            Self::Json(json) => json.kept_bytes(),
            Self::Csv(csv) => csv.kept_bytes(),
            Self::Form(form) => form.kept_bytes(),
            Self::Text(text) => text.kept_bytes(),
        }
    }
}
