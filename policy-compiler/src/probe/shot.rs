//! One message of a probe, and what must come of it.

use super::Row;
use super::http;
use super::judge::Outcome;
use super::order::{Key, Nonce, Piece};
use crate::cases::exchange::Message;
use crate::cells::Direction;
use crate::drill::seek::Needle;

/// What must come of a message.
pub(crate) enum Expected {
    /// The echo gets a request without the value, or the filter refuses it for this reason.
    Request { blocks: Option<&'static str> },
    /// The same where there is no echo.
    Unseen { blocks: Option<&'static str> },
    /// The echo's reply comes with this in its place, or is refused.
    Reply { blocks: Option<&'static str>, place: Option<(Piece, Vec<u8>)> },
    /// A service that sends the value back sends this word too, and the value does not come.
    Reflection { word: String },
}

/// One message.
pub(crate) struct Shot {
    pub(crate) boundary: String,
    pub(crate) direction: Direction,
    pub(crate) category: Option<String>,
    pub(crate) place: String,
    pub(crate) path: String,
    /// What is sent: of a reply, what asks for it.
    pub(crate) message: Message,
    pub(crate) needle: Option<Needle>,
    pub(crate) expected: Expected,
    /// What an echo's answer is known by.
    pub(crate) order: Option<(Key, Nonce)>,
    /// Nothing but a status comes back over this boundary.
    pub(crate) status_only: bool,
}

impl Shot {
    /// The request as it is sent.
    pub(crate) fn bytes(&self, host: &str) -> Vec<u8> {
        http::write_request(&self.message, host)
    }

    /// What is told of it.
    pub(crate) fn row(self, outcome: Outcome) -> Row {
        let wanted = match &self.expected {
            Expected::Request { blocks: Some(_) }
            | Expected::Unseen { blocks: Some(_) }
            | Expected::Reply { blocks: Some(_), .. } => "block",
            Expected::Request { blocks: None }
            | Expected::Unseen { blocks: None }
            | Expected::Reply { blocks: None, .. }
            | Expected::Reflection { .. } => "rewrite",
        };
        let Self { boundary, direction, category, place, path, .. } = self;
        Row { boundary, direction, category, place, path, wanted, outcome }
    }
}
