//! Where in a message a cell is, as a policy writes it.
//! Looks at no message.

use crate::language::field;
use crate::language::yaml::escape;
use cofferdam_engine::model::{FieldId, FieldStep, PlaceSelector};
use std::fmt;

/// Where in a message something is found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Segments of the path.
    Path,
    /// Names and values of the query.
    Query,
    /// The body, where nothing more narrow is meant.
    Body,
    /// Trailers.
    Trailer,
    /// A header that no rule names.
    AnyHeader,
    /// The header of this name, in small letters.
    Header(String),
    /// A cookie that no rule names.
    AnyCookie,
    /// The cookie of this name.
    Cookie(String),
    /// A declared field of the body, by its path in its plainest spelling.
    Field(String),
}

impl Place {
    /// Reads a place as `Display` writes it: `body`, `header x-card`, `$.lines[*].sku`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.starts_with('$') {
            return field::parse(text).ok().map(|steps| Self::field(&steps));
        }
        match text.split_once(' ') {
            Some(("header", name)) if !name.is_empty() => {
                Some(Self::Header(name.to_ascii_lowercase()))
            }
            Some(("cookie", name)) if !name.is_empty() => Some(Self::Cookie(name.to_owned())),
            Some(_) => None,
            None => Some(match text {
                "path" => Self::Path,
                "query" => Self::Query,
                "body" => Self::Body,
                "trailer" => Self::Trailer,
                "header" => Self::AnyHeader,
                "cookie" => Self::AnyCookie,
                _ => return None,
            }),
        }
    }

    /// What it is called in a sentence, behind "in".
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Path => "the path".to_owned(),
            Self::Query => "the query".to_owned(),
            Self::Body => "the body".to_owned(),
            Self::Trailer => "the trailers".to_owned(),
            Self::AnyHeader => "the headers".to_owned(),
            Self::Header(name) => format!("the header {}", quoted(name)),
            Self::AnyCookie => "the cookies".to_owned(),
            Self::Cookie(name) => format!("the cookie {}", quoted(name)),
            Self::Field(path) => format!("the field {}", quoted(path)),
        }
    }

    /// Whether a rule for a selector speaks of it; `holds` says so of a declared field.
    pub(crate) fn fits(&self, selector: &PlaceSelector, holds: impl Fn(FieldId) -> bool) -> bool {
        match (selector, self) {
            (PlaceSelector::Path, Self::Path)
            | (PlaceSelector::Query, Self::Query)
            | (PlaceSelector::Body, Self::Body | Self::Field(_))
            | (PlaceSelector::Trailer, Self::Trailer)
            | (PlaceSelector::Header(None), Self::AnyHeader | Self::Header(_))
            | (PlaceSelector::Cookie(None), Self::AnyCookie | Self::Cookie(_)) => true,
            (PlaceSelector::Header(Some(wanted)), Self::Header(name))
            | (PlaceSelector::Cookie(Some(wanted)), Self::Cookie(name)) => wanted == name,
            (PlaceSelector::Field(field), _) => holds(*field),
            _ => false,
        }
    }

    /// Whether it is this one, or a more narrow one within.
    #[must_use]
    pub fn is_within(&self, wide: &Self) -> bool {
        match (self, wide) {
            (Self::Field(_), Self::Body)
            | (Self::Header(_), Self::AnyHeader)
            | (Self::Cookie(_), Self::AnyCookie) => true,
            (Self::Field(_), Self::Field(_)) => field::meets(&self.steps(), &wide.steps()),
            _ => self == wide,
        }
    }

    pub(crate) fn field(steps: &[FieldStep]) -> Self {
        Self::Field(field::spell(steps))
    }

    /// The steps to a field. The name of a header or cookie is a key like any other.
    pub(crate) fn steps(&self) -> Vec<FieldStep> {
        match self {
            Self::Field(text) => field::parse(text).unwrap_or_default(),
            Self::Header(name) | Self::Cookie(name) => vec![FieldStep::Key(name.clone())],
            Self::Path
            | Self::Query
            | Self::Body
            | Self::Trailer
            | Self::AnyHeader
            | Self::AnyCookie => Vec::new(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path => f.write_str("path"),
            Self::Query => f.write_str("query"),
            Self::Body => f.write_str("body"),
            Self::Trailer => f.write_str("trailer"),
            Self::AnyHeader => f.write_str("header"),
            Self::AnyCookie => f.write_str("cookie"),
            Self::Header(name) => write!(f, "header {name}"),
            Self::Cookie(name) => write!(f, "cookie {name}"),
            Self::Field(path) => f.write_str(path),
        }
    }
}

/// A name in backticks, with nothing in it that ends them or does not show.
pub(crate) fn quoted(name: &str) -> String {
    format!("`{}`", escape(name).replace('`', "'"))
}
