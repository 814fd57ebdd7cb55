//! Reviews: what somebody says of a grant that was made in an emergency, who did not make it.
//! They let nothing cross, and no filter asks for one: who goes without loses roles at a root.

use super::Reason;
use super::json::{Value, object};
use super::time::Time;
use crate::blob::Digest;
use alloc::string::String;

const FORMAT: &str = "cofferdam/grant-review/v1";

/// What somebody says of a grant that has been made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// The digest of the request's payload.
    pub request: Digest,
    /// The holder who says it.
    pub reviewer: String,
    /// When, by the clock of who says it.
    pub reviewed_at: Time,
    /// Whether there was a reason for it.
    pub justified: bool,
    /// What was found.
    pub note: String,
}

impl Review {
    /// Reads a payload that somebody who may sign has signed.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(payload: &[u8]) -> Result<Self, Reason> {
        let mut fields = Value::parse(payload)?.object()?;
        fields.expect("format", FORMAT, Reason::OtherFormat)?;
        let review = Self {
            request: fields.digest("request")?,
            reviewer: fields.name("reviewer")?,
            reviewed_at: fields.time("reviewed_at")?,
            justified: fields.flag("justified")?,
            note: fields.text("note")?,
        };
        fields.end()?;
        Ok(review)
    }

    /// Its payload, as people read it.
    #[must_use]
    pub fn write(&self) -> String {
        object([
            ("format", FORMAT.into()),
            ("request", self.request.into()),
            ("reviewer", self.reviewer.as_str().into()),
            ("reviewed_at", self.reviewed_at.into()),
            ("justified", Value::Flag(self.justified)),
            ("note", self.note.as_str().into()),
        ])
        .pretty()
    }
}

#[cfg(test)]
mod tests {
    use super::{Review, Time};
    use crate::blob::Digest;
    use crate::trust::Reason;
    use std::borrow::ToOwned as _;

    #[test]
    fn a_review_reads_back_and_nothing_else_is_one() {
        let review = Review {
            request: Digest([7; 32]),
            reviewer: "pat".to_owned(),
            reviewed_at: Time(1_800_000_000),
            justified: false,
            note: "a test would have done".to_owned(),
        };
        let text = review.write();
        assert_eq!(Review::parse(text.as_bytes()), Ok(review));
        for (from, to, reason) in [
            ("grant-review", "grant-approval", Reason::OtherFormat),
            ("\"pat\"", "\"Pat\"", Reason::BadValue),
            ("false", "0", Reason::WrongType),
            ("a test", "a \\u001b test", Reason::BadValue),
            ("note", "notes", Reason::MissingKey),
            ("\"note\"", "\"more\": 1, \"note\"", Reason::UnknownKey),
        ] {
            let other = text.replace(from, to);
            assert_ne!(other, text, "{from}");
            assert_eq!(Review::parse(other.as_bytes()).err(), Some(reason), "{to}");
        }
    }
}
