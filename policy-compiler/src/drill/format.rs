//! Writes a body that holds a text, in each format that a message may be of.
//! Knows no head and no cell.

use super::coding::{self, Coding};
use super::trick::json;
use super::{stream, wire};
use crate::random::Random;
use std::fmt::Write as _;

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Nested,
    Key,
    Twice,
    Lines,
    Form,
    Multipart,
    Csv,
    Text,
    Xml,
    Attribute,
    Html,
    Events,
    /// A stream of events, over which the text is parted.
    Parted(stream::Style),
    /// One event that is a text of several lines.
    EventLines,
    Utf16,
    /// In so many messages around the one that holds it.
    Protobuf(u8),
    Grpc(u8),
    /// The same, where the message says that it is compressed.
    GrpcGzip,
}

/// Formats with the type that is theirs.
pub(crate) const BODIES: [(Format, &str); 26] = [
    (Format::Json, "application/json"),
    (Format::Nested, "application/json"),
    (Format::Key, "application/json"),
    (Format::Twice, "application/json"),
    (Format::Lines, "application/x-ndjson"),
    (Format::Form, "application/x-www-form-urlencoded"),
    (Format::Multipart, "multipart/form-data"),
    (Format::Csv, "text/csv"),
    (Format::Text, "text/plain"),
    (Format::Xml, "application/xml"),
    (Format::Attribute, "application/xml"),
    (Format::Html, "text/html"),
    (Format::Events, "text/event-stream"),
    (Format::Parted(stream::Style::Choices), "text/event-stream"),
    (Format::Parted(stream::Style::Blocks), "text/event-stream"),
    (Format::Parted(stream::Style::Deltas), "text/event-stream"),
    (Format::Parted(stream::Style::Texts), "text/event-stream"),
    (Format::EventLines, "text/event-stream"),
    (Format::Utf16, "text/plain; charset=utf-16le"),
    (Format::Protobuf(0), "application/x-protobuf"),
    (Format::Protobuf(1), "application/x-protobuf"),
    (Format::Protobuf(2), "application/x-protobuf"),
    (Format::Grpc(0), "application/grpc"),
    (Format::Grpc(1), "application/grpc"),
    (Format::Grpc(2), "application/grpc"),
    (Format::GrpcGzip, "application/grpc"),
];

impl Format {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Nested => "JSON, deep",
            Self::Key => "JSON, name of a field",
            Self::Twice => "JSON, the same name twice",
            Self::Lines => "JSON lines",
            Self::Form => "form",
            Self::Multipart => "multipart",
            Self::Csv => "CSV",
            Self::Text => "text",
            Self::Xml => "XML",
            Self::Attribute => "XML, attribute",
            Self::Html => "HTML",
            Self::Events => "events",
            Self::Parted(style) => style.name(),
            Self::EventLines => "events, parted over the lines of one",
            Self::Utf16 => "text in UTF-16",
            Self::Protobuf(0) => "protobuf",
            Self::Protobuf(1) => "protobuf, in a message within",
            Self::Protobuf(_) => "protobuf, in a message within a message within",
            Self::Grpc(0) => "gRPC",
            Self::Grpc(1) => "gRPC, in a message within",
            Self::Grpc(_) => "gRPC, in a message within a message within",
            Self::GrpcGzip => "gRPC, compressed",
        }
    }

    /// The type that is its own.
    pub(crate) fn media(self) -> Option<&'static str> {
        BODIES.iter().find(|(format, _)| *format == self).map(|(_, media)| *media)
    }

    /// Whether the text stands in something that has the name of its own.
    pub(crate) fn has_key(self) -> bool {
        match self {
            Self::Json
            | Self::Nested
            | Self::Twice
            | Self::Lines
            | Self::Form
            | Self::Multipart
            | Self::Csv
            | Self::Xml
            | Self::Attribute
            | Self::Events => true,
            Self::Key
            | Self::Text
            | Self::Html
            | Self::Parted(_)
            | Self::EventLines
            | Self::Utf16
            | Self::Protobuf(_)
            | Self::Grpc(_)
            | Self::GrpcGzip => false,
        }
    }

    /// The body; none where the format cannot hold such a text.
    pub(crate) fn write(self, key: &str, text: &str, random: &mut Random) -> Option<Vec<u8>> {
        let (name, value) = (json(key), json(text));
        Some(match self {
            Self::Json => format!("{{\"id\":7,{name}:{value},\"fine\":true}}").into_bytes(),
            Self::Nested => format!("{{\"outer\":{{\"list\":[{{{name}:{value}}}]}}}}").into_bytes(),
            Self::Key => format!("{{\"id\":7,{value}:true}}").into_bytes(),
            Self::Twice => format!("{{{name}:\"none\",{name}:{value}}}").into_bytes(),
            Self::Lines => format!("{{\"id\":7}}\n{{{name}:{value}}}\n").into_bytes(),
            Self::Form => format!("id=7&{key}={}", percent(text)).into_bytes(),
            Self::Multipart => format!(
                "--drill-part\r\nContent-Disposition: form-data; name=\"{key}\"\r\n\r\n{text}\r\n\
                 --drill-part--\r\n"
            )
            .into_bytes(),
            Self::Csv => format!("id,{key}\n7,\"{}\"\n", text.replace('"', "\"\"")).into_bytes(),
            Self::Text => format!("seen: {text}\n").into_bytes(),
            Self::Xml => format!("<all><{key}>{}</{key}></all>", markup(text)?).into_bytes(),
            Self::Attribute => format!("<all {key}=\"{}\"/>", markup(text)?).into_bytes(),
            Self::Html => {
                format!("<html><body><p>{}</p></body></html>", markup(text)?).into_bytes()
            }
            Self::Events => format!("data: {{{name}:{value}}}\n\n").into_bytes(),
            Self::Parted(style) => stream::parted(style, text, random)?.into_bytes(),
            Self::EventLines => stream::lines(text)?.into_bytes(),
            Self::Utf16 => {
                format!("seen: {text}\n").encode_utf16().flat_map(u16::to_le_bytes).collect()
            }
            Self::Protobuf(depth) => wire::message(text, depth),
            Self::Grpc(depth) => wire::frame(0, &wire::message(text, depth))?,
            Self::GrpcGzip => {
                let message = coding::write(&[Coding::Gzip], &wire::message(text, 1), random)?;
                wire::frame(1, &message)?
            }
        })
    }
}

pub(crate) fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Text of markup; none where a character cannot stand in it.
pub(crate) fn markup(text: &str) -> Option<String> {
    let allowed = |c: char| c >= ' ' || "\n\t".contains(c);
    let text = text.replace('\r', "");
    let text = Some(text).filter(|text| text.chars().all(allowed))?;
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    Some(text.replace('"', "&quot;"))
}
