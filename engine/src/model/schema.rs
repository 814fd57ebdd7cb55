//! The types of protobuf messages that a policy describes: which field numbers are what.
//! Holds what the methods of its services reach, and nothing of how a type was written.

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Types of messages, and the methods that carry them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// Types, each known by its index.
    pub types: Vec<MessageType>,
    /// Sorted by path.
    pub methods: Vec<Method>,
}

/// A type of messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageType {
    /// Sorted by number.
    pub fields: Vec<MessageField>,
}

/// A field of a type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageField {
    /// Its number on the wire.
    pub number: u32,
    /// Its name: a step of a field path, and context.
    pub name: String,
    /// What its value is.
    pub kind: FieldKind,
    /// There may be several: each stands at an index.
    pub repeated: bool,
}

/// What the value of a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldKind {
    /// `string`
    Text,
    /// `bytes`
    Bytes,
    /// A message or a group, by its index in [`Schema::types`].
    Message(u16),
    /// A number, `bool` and `enum` among them.
    Number(NumberKind),
}

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NumberKind {
    /// `uint32`, `uint64`
    Unsigned,
    /// `int32`, `int64`, `bool`, `enum`
    Signed,
    /// `sint32`, `sint64`
    Zigzag,
    /// `fixed32`
    Fixed32,
    /// `fixed64`
    Fixed64,
    /// `sfixed32`
    SignedFixed32,
    /// `sfixed64`
    SignedFixed64,
    /// `float`
    Float,
    /// `double`
    Double,
}

/// A method of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Method {
    /// `/shop.Orders/Get`
    pub path: String,
    /// Index of the type that it takes.
    pub request: u16,
    /// Index of the type that it gives.
    pub response: u16,
}

impl Schema {
    /// The method that a request path names. Services may be mounted below a prefix.
    pub(crate) fn method(&self, path: &[u8]) -> Option<&Method> {
        let mut slashes = path.iter().enumerate().rev().filter(|(_, byte)| **byte == b'/');
        let (at, _) = slashes.nth(1)?;
        let named = path.get(at..)?;
        let found = self.methods.binary_search_by(|method| method.path.as_bytes().cmp(named));
        found.ok().and_then(|at| self.methods.get(at))
    }

    /// Whether every index is one, and all that is searched is sorted.
    pub(crate) fn is_sound(&self) -> bool {
        let known = |index: u16| usize::from(index) < self.types.len();
        self.methods.is_sorted_by(|a, b| a.path < b.path)
            && self.methods.iter().all(|method| known(method.request) && known(method.response))
            && self.types.iter().all(|message| {
                message.fields.is_sorted_by(|a, b| a.number < b.number)
                    && message.fields.iter().all(|field| match field.kind {
                        FieldKind::Message(index) => known(index),
                        FieldKind::Text | FieldKind::Bytes | FieldKind::Number(_) => true,
                    })
            })
    }
}

impl MessageType {
    /// The field of a number.
    pub(crate) fn field(&self, number: u32) -> Option<&MessageField> {
        let at = self.fields.binary_search_by_key(&number, |field| field.number).ok()?;
        self.fields.get(at)
    }
}
