//! Strict JSON: one tree of few types, keys once each, bounds on length, depth and number.
//! Objects are taken apart key by key, and what nobody took is refused.

use super::limits::{
    DEPTH_MAX, LIST_MAX, NAME_BYTES_MAX, PAYLOAD_BYTES_MAX, TEXT_BYTES_MAX, VALUES_MAX,
};
use super::{Reason, Time};
use crate::blob::Digest;
use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserializer, Serialize, Serializer};
use serde_json_alloc as serde_json;

/// What documents are made of: no fractions, no negative numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Flag(bool),
    Number(u64),
    Text(String),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

impl Value {
    /// Reads a payload: text of a length that payloads have.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Reason> {
        Self::parse_within(bytes, PAYLOAD_BYTES_MAX)
    }

    pub(super) fn parse_within(bytes: &[u8], bytes_max: usize) -> Result<Self, Reason> {
        if bytes.len() > bytes_max {
            return Err(Reason::Oversize);
        }
        let text = core::str::from_utf8(bytes).map_err(|_| Reason::NotUtf8)?;
        let mut reading = Reading { values_left: VALUES_MAX, refused: None };
        let mut reader = serde_json::Deserializer::from_str(text);
        let seed = Seed { reading: &mut reading, depth: 0 };
        let value = seed.deserialize(&mut reader);
        let value = value.and_then(|value| reader.end().map(|()| value));
        value.map_err(|_| reading.refused.unwrap_or(Reason::NotJson))
    }

    /// The text that people read and tools compare: one value in a line, keys in their order.
    pub(super) fn pretty(&self) -> String {
        // Nothing of a tree of strings and numbers can fail to be written.
        serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default()
    }

    /// The shortest text.
    pub(super) fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn object(self) -> Result<Object, Reason> {
        match self {
            Self::Object(fields) => Ok(Object(fields)),
            _ => Err(Reason::WrongType),
        }
    }

    pub(super) fn into_text(self) -> Result<String, Reason> {
        match self {
            Self::Text(text) => Ok(text),
            _ => Err(Reason::WrongType),
        }
    }

    pub(super) fn into_name(self) -> Result<String, Reason> {
        self.into_text()
            .and_then(|text| if is_name(&text) { Ok(text) } else { Err(Reason::BadValue) })
    }

    pub(super) fn into_digest(self) -> Result<Digest, Reason> {
        digest(&self.into_text()?).ok_or(Reason::BadValue)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<Time> for Value {
    fn from(time: Time) -> Self {
        Self::Text(time.to_string())
    }
}

impl From<Digest> for Value {
    fn from(digest: Digest) -> Self {
        Self::Text(digest.to_string())
    }
}

/// An object of these fields.
pub(super) fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Object(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// A list of these.
pub(super) fn list<T>(items: impl IntoIterator<Item = T>) -> Value
where
    Value: From<T>,
{
    Value::List(items.into_iter().map(Value::from).collect())
}

/// What is used where nothing may be written or shown that hides something: letters, digits, and
/// `.`, `_`, `-` in between.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let inner = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-')
    };
    (1..=NAME_BYTES_MAX).contains(&text.len())
        && text.bytes().all(inner)
        && text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
}

/// Reads a digest in hex, which has one spelling.
#[must_use]
pub fn digest(text: &str) -> Option<Digest> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let bytes: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut digest = [0; 32];
    for (into, [high, low]) in digest.iter_mut().zip(bytes.as_chunks::<2>().0) {
        *into = digit(*high)? << 4 | digit(*low)?;
    }
    Some(Digest(digest))
}

/// The fields of an object that nobody has taken yet.
pub(super) struct Object(Vec<(String, Value)>);

impl Object {
    /// Takes a field that must be there.
    pub(super) fn take(&mut self, key: &str) -> Result<Value, Reason> {
        let at = self.0.iter().position(|(name, _)| name == key).ok_or(Reason::MissingKey)?;
        Ok(self.0.swap_remove(at).1)
    }

    /// All fields are taken.
    pub(super) fn end(self) -> Result<(), Reason> {
        if self.0.is_empty() { Ok(()) } else { Err(Reason::UnknownKey) }
    }

    /// The fields, where their names are not fixed.
    pub(super) fn into_fields(self) -> Vec<(String, Value)> {
        self.0
    }

    pub(super) fn object(&mut self, key: &str) -> Result<Object, Reason> {
        self.take(key)?.object()
    }

    /// A value that must be this very text, else the document is another one.
    pub(super) fn expect(&mut self, key: &str, wanted: &str, other: Reason) -> Result<(), Reason> {
        if self.take(key)?.into_text()? == wanted { Ok(()) } else { Err(other) }
    }

    /// A text that a person wrote: some, and nothing in it that moves a cursor.
    pub(super) fn text(&mut self, key: &str) -> Result<String, Reason> {
        let text = self.take(key)?.into_text()?;
        let right =
            (1..=TEXT_BYTES_MAX).contains(&text.len()) && !text.chars().any(char::is_control);
        if right { Ok(text) } else { Err(Reason::BadValue) }
    }

    pub(super) fn name(&mut self, key: &str) -> Result<String, Reason> {
        self.take(key)?.into_name()
    }

    pub(super) fn number(&mut self, key: &str) -> Result<u64, Reason> {
        match self.take(key)? {
            Value::Number(number) => Ok(number),
            _ => Err(Reason::WrongType),
        }
    }

    /// A number with an end, the end in. It is 1 at the least.
    pub(super) fn count(&mut self, key: &str, max: u64) -> Result<u64, Reason> {
        match self.number(key)? {
            number if (1..=max).contains(&number) => Ok(number),
            _ => Err(Reason::BadValue),
        }
    }

    pub(super) fn flag(&mut self, key: &str) -> Result<bool, Reason> {
        match self.take(key)? {
            Value::Flag(flag) => Ok(flag),
            _ => Err(Reason::WrongType),
        }
    }

    pub(super) fn time(&mut self, key: &str) -> Result<Time, Reason> {
        Time::parse(&self.take(key)?.into_text()?).ok_or(Reason::BadTime)
    }

    pub(super) fn digest(&mut self, key: &str) -> Result<Digest, Reason> {
        self.take(key)?.into_digest()
    }

    pub(super) fn list(&mut self, key: &str, max: usize) -> Result<Vec<Value>, Reason> {
        match self.take(key)? {
            Value::List(items) if items.len() > max => Err(Reason::TooMany),
            Value::List(items) => Ok(items),
            _ => Err(Reason::WrongType),
        }
    }

    /// A list of digests.
    pub(super) fn digests(&mut self, key: &str, max: usize) -> Result<Vec<Digest>, Reason> {
        self.list(key, max)?.into_iter().map(Value::into_digest).collect()
    }

    /// A list of names, one at the least.
    pub(super) fn names(&mut self, key: &str) -> Result<Vec<String>, Reason> {
        let items = self.list(key, LIST_MAX)?;
        if items.is_empty() {
            return Err(Reason::BadValue);
        }
        items.into_iter().map(Value::into_name).collect()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (key, value) in fields {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

/// What is left of the bounds, and why reading ended.
struct Reading {
    values_left: usize,
    refused: Option<Reason>,
}

struct Seed<'r> {
    reading: &'r mut Reading,
    depth: usize,
}

impl Seed<'_> {
    /// Reading ends here. Why is kept beside the error, which holds text of the input.
    fn refuse<T, E: serde::de::Error>(self, reason: Reason) -> Result<T, E> {
        self.reading.refused = Some(reason);
        Err(E::custom(reason))
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let Some(left) = self.reading.values_left.checked_sub(1) else {
            return self.refuse(Reason::TooMany);
        };
        self.reading.values_left = left;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that documents have")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        if self.depth >= DEPTH_MAX {
            return self.refuse(Reason::TooMany);
        }
        let mut list = Vec::new();
        loop {
            let seed = Seed { reading: &mut *self.reading, depth: self.depth + 1 };
            match items.next_element_seed(seed)? {
                Some(item) => list.push(item),
                None => return Ok(Value::List(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        if self.depth >= DEPTH_MAX {
            return self.refuse(Reason::TooMany);
        }
        let mut fields: Vec<(String, Value)> = Vec::new();
        while let Some(key) = entries.next_key::<String>()? {
            if fields.iter().any(|(known, _)| *known == key) {
                return self.refuse(Reason::DuplicateKey);
            }
            // No object of any document has more, so that looking for the same key stays cheap.
            if fields.len() >= LIST_MAX {
                return self.refuse(Reason::TooMany);
            }
            let seed = Seed { reading: &mut *self.reading, depth: self.depth + 1 };
            fields.push((key, entries.next_value_seed(seed)?));
        }
        Ok(Value::Object(fields))
    }
}
