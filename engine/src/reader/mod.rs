//! Reads raw bytes of one format, finds the text of its values, and tells what is in it.
//! A reader takes bytes in any pieces and keeps what it needs between them; what it finds depends
//! on the bytes alone. Never writes anything: see [`crate::splice`].

pub(crate) mod csv;
pub(crate) mod events;
pub(crate) mod form;
mod hidden;
pub(crate) mod in_place;
pub(crate) mod joined;
pub(crate) mod json;
pub(crate) mod markup;
mod members;
pub(crate) mod multipart;
mod names;
mod nested;
mod number;
mod part_head;
pub(crate) mod running;
pub(crate) mod text;
pub(crate) mod url;
pub(crate) mod utf8;
pub(crate) mod value;
pub(crate) mod wrapped;

use crate::body::Media;
use crate::judge::Judge;
use crate::path::Spot;
use crate::verdict::Reason;
use alloc::boxed::Box;

/// Why a reader cannot go on, and the raw offset of the byte that it does not take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stop {
    pub(crate) reason: Reason,
    pub(crate) at: u64,
}

/// A reader of one body.
pub(crate) enum Reader {
    /// JSON, or several values one after another.
    Json(Box<json::Json>),
    /// Comma-separated values.
    Csv(Box<csv::Csv>),
    /// `application/x-www-form-urlencoded`.
    Form(Box<form::Form>),
    /// XML or HTML.
    Markup(Box<markup::Markup>),
    /// Text without structure, in UTF-8.
    Text(Box<text::Text>),
    /// Parts, each with a head of its own.
    Multipart(Box<multipart::Multipart>),
    /// Server-Sent Events.
    Events(Box<events::Events>),
}

/// What the first bytes of a body are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Like {
    Json,
    Markup,
    Other,
}

impl Stop {
    /// Whether other readers may go on where this one stopped: what it says of the bytes is that
    /// they do not have the form of its type, and nothing of what they are.
    pub(crate) fn is_of_structure(&self) -> bool {
        use Reason::{HiddenText, ProtectedPlace, UnknownEncoding, UnknownMedia};
        // Read again as text, what hides would get another allowance.
        !matches!(self.reason, HiddenText | ProtectedPlace | UnknownEncoding | UnknownMedia)
    }
}

impl Reader {
    /// The reader of a body within a body. Records that are `like` JSON must be it, and those that
    /// are like markup are none.
    pub(crate) fn of(media: Media, like: Like, spot: Spot, depth: u8) -> Result<Self, Reason> {
        let json = |many| Self::Json(Box::new(json::Json::new(many, spot)));
        let csv = |tab| Self::Csv(Box::new(csv::Csv::new(tab, false)));
        Ok(match media {
            Media::Json => json(false),
            Media::JsonLines => json(true),
            Media::Form => Self::Form(Box::new(form::Form::new(None))),
            Media::Csv | Media::Tsv | Media::Text | Media::Unsaid | Media::Opaque(_)
                if like == Like::Json =>
            {
                json(true)
            }
            Media::Csv | Media::Tsv if like == Like::Markup => return Err(Reason::Unparsable),
            Media::Csv => csv(None),
            Media::Tsv => csv(Some(b'\t')),
            Media::Text | Media::Unsaid | Media::Opaque(_) => {
                Self::Text(Box::new(text::Text::within(spot)))
            }
            Media::Multipart(boundary) => {
                let nested = multipart::Multipart::new(&boundary, depth.saturating_add(1))?;
                Self::Multipart(Box::new(nested))
            }
            Media::Events => Self::Events(Box::new(events::Events::new())),
            Media::Markup(kind) => {
                let markup = markup::Markup::new(kind, markup::Claim::Declared, false);
                Self::Markup(Box::new(markup))
            }
            Media::Framed(_) => return Err(Reason::UnknownMedia),
        })
    }

    /// Whether what this reader cannot parse may still be text.
    pub(crate) fn is_structured(&self) -> bool {
        match self {
            Self::Json(_) | Self::Csv(_) | Self::Multipart(_) => true,
            Self::Form(_) | Self::Text(_) | Self::Events(_) | Self::Markup(_) => false,
        }
    }

    /// The text that goes on from one body to the next.
    pub(crate) fn running(&self) -> Option<&running::Running> {
        match self {
            Self::Json(json) => json.running(),
            Self::Text(text) => text.running(),
            Self::Csv(_)
            | Self::Form(_)
            | Self::Markup(_)
            | Self::Multipart(_)
            | Self::Events(_) => None,
        }
    }

    /// Where a reader has the text that goes on from one body to the next.
    pub(crate) fn running_mut(&mut self) -> Option<&mut Option<Box<running::Running>>> {
        match self {
            Self::Json(json) => Some(json.running_mut()),
            Self::Text(text) => Some(text.running_mut()),
            Self::Csv(_)
            | Self::Form(_)
            | Self::Markup(_)
            | Self::Multipart(_)
            | Self::Events(_) => None,
        }
    }

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
            Self::Markup(markup) => markup.read(raw, at, judge),
            Self::Text(text) => text.read(raw, at, judge),
            Self::Multipart(multipart) => multipart.read(raw, at, judge),
            Self::Events(events) => events.read(raw, at, judge),
        }
    }

    /// The body has ended at raw offset `at`.
    pub(crate) fn finish(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        match self {
            Self::Json(json) => json.finish(at, judge),
            Self::Csv(csv) => csv.finish(at, judge),
            Self::Form(form) => form.finish(at, judge),
            Self::Markup(markup) => markup.finish(at, judge),
            Self::Text(text) => text.finish(at, judge),
            Self::Multipart(multipart) => multipart.finish(at, judge),
            Self::Events(events) => events.finish(at, judge),
        }
    }

    /// Raw offset before which nothing can change any more, of what was read up to `at`.
    pub(crate) fn decided(&self, at: u64) -> u64 {
        match self {
            Self::Json(json) => json.decided(at),
            Self::Csv(csv) => csv.decided(at),
            Self::Form(form) => form.decided(at),
            Self::Markup(markup) => markup.decided(at),
            Self::Text(text) => text.decided(at),
            Self::Multipart(multipart) => multipart.decided(at),
            Self::Events(events) => events.decided(at),
        }
    }

    /// Gives back room, before a wait.
    pub(crate) fn trim(&mut self) {
        match self {
            Self::Json(json) => json.trim(),
            Self::Csv(csv) => csv.trim(),
            Self::Form(form) => form.trim(),
            Self::Markup(markup) => markup.trim(),
            Self::Text(text) => text.trim(),
            Self::Multipart(multipart) => multipart.trim(),
            Self::Events(events) => events.trim(),
        }
    }

    /// Bytes kept between pieces.
    pub(crate) fn kept_bytes(&self) -> usize {
        match self {
            Self::Json(json) => json.kept_bytes(),
            Self::Csv(csv) => csv.kept_bytes(),
            Self::Form(form) => form.kept_bytes(),
            Self::Markup(markup) => markup.kept_bytes(),
            Self::Text(text) => text.kept_bytes(),
            Self::Multipart(multipart) => multipart.kept_bytes(),
            Self::Events(events) => events.kept_bytes(),
        }
    }
}
