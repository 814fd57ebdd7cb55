//! Writes messages that have values planted in them: one function for each format and place.
//! Writes well-formed messages only, and every value whole.

pub mod charset;
pub mod coded;
pub mod events;
pub mod form;
pub mod graphql;
pub mod json;
pub mod markup;
pub mod multipart;
pub mod place;
pub mod proto;
pub mod records;
pub mod text;

use crate::case::Headers;

/// Writes a message with values in it, each at a place of its own; none where the format cannot
/// hold such values or has no such spelling.
pub type Plant = fn(&[String], Spelling) -> Option<Sent>;

/// How a value is spelled by the format itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// As it is, but for what must be escaped.
    Plain,
    /// Every character in the escapes of the format.
    Escaped,
}

/// What a planted message has beside what every message has.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    /// Of a request.
    pub path: Option<String>,
    /// Headers.
    pub head: Headers,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// The trailers.
    pub trailers: Headers,
}

impl Sent {
    fn body(media: &str, body: impl Into<Vec<u8>>) -> Option<Self> {
        let head = vec![(b"content-type".to_vec(), media.as_bytes().to_vec())];
        Some(Self { head, body: Some(body.into()), ..Self::default() })
    }

    fn head(lines: impl IntoIterator<Item = (String, String)>) -> Option<Self> {
        let head = lines.into_iter().map(|(name, value)| (name.into_bytes(), value.into_bytes()));
        Some(Self { head: head.collect(), ..Self::default() })
    }
}

/// The format has no escapes of its own.
fn plain_only(spelling: Spelling) -> Option<()> {
    (spelling == Spelling::Plain).then_some(())
}

/// Every byte as `%XX`, or only those that a URL cannot have.
fn percent(value: &str, spelling: Spelling) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"@._-~".contains(&byte);
    let each = value.bytes().map(|byte| match spelling {
        Spelling::Plain if kept(byte) => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::FORMATS;

    #[test]
    fn no_message_is_written_without_its_values() {
        let values: Vec<String> = (0..3).map(|n| format!("41111111111111{n}1")).collect();
        for format in FORMATS {
            let sent = (format.plant)(&values, Spelling::Plain).unwrap();
            let (views, names) = (crate::planted::seek::views_of_sent(&sent), format.name);
            for value in &values {
                assert!(views.has(value), "{names}: {value} cannot be seen");
            }
        }
    }
}
