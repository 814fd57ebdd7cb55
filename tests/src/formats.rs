//! Every format and place of a message that data can stand in: the one closed list.
//! The coverage table tells from it what a case is about, and the planted-value run plants into
//! each. Knows no engine: what is said here of reading is what must come true.

use crate::case::{Headers, Message, Subject};
use crate::planted::formats as plant;
use crate::planted::formats::Plant;

/// One format or place.
pub struct Format {
    /// Its name, in tables.
    pub name: &'static str,
    /// How it is told from a message.
    pub seat: Seat,
    /// Which messages have it.
    pub side: Side,
    /// What becomes of personal data in it.
    pub read: Read,
    /// Writes a message that has values in it.
    pub plant: Plant,
}

/// Where in a message it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// A body of one of these types; `+word` is the end of one.
    Media(&'static [&'static str]),
    /// A body whose type is not said.
    Unsaid,
    /// A GraphQL document, by itself or in JSON.
    GraphQl,
    /// A body in this content coding.
    Coding(&'static str),
    /// A body in one of these charsets.
    Charset(&'static [&'static str]),
    /// Before the question mark.
    Path,
    /// Behind it.
    Query,
    /// A header's value, of any but those that are named below.
    Header,
    /// The name of a header.
    HeaderName,
    /// The value of this header.
    Named(&'static str),
    /// The value of a trailer.
    Trailer,
}

/// Which messages can have a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Requests and responses.
    Both,
    /// Requests only.
    Request,
    /// Responses only.
    Response,
}

/// What becomes of personal data in a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// It is replaced, and the rest goes on.
    Rewrite,
    /// The message is stopped, and why.
    Block(&'static str),
    /// Nobody looks, and why.
    Pass(&'static str),
}

const fn body(name: &'static str, media: &'static [&'static str], plant: Plant) -> Format {
    Format { name, seat: Seat::Media(media), side: Side::Both, read: Read::Rewrite, plant }
}

const fn coding(name: &'static str, plant: Plant) -> Format {
    Format { name, seat: Seat::Coding(name), side: Side::Both, read: Read::Rewrite, plant }
}

const fn place(name: &'static str, seat: Seat, side: Side, plant: Plant) -> Format {
    Format { name, seat, side, read: Read::Rewrite, plant }
}

impl Format {
    const fn blocked(self, why: &'static str) -> Self {
        Self { read: Read::Block(why), ..self }
    }
}

/// All of them, in the order of tables.
pub const FORMATS: &[Format] = &[
    body("json", &["application/json", "text/json", "+json"], plant::json::object),
    body(
        "json lines",
        &[
            "application/x-ndjson",
            "application/jsonl",
            "application/json-seq",
            "application/x-jsonlines",
        ],
        plant::json::lines,
    ),
    body("form", &["application/x-www-form-urlencoded"], plant::form::pairs),
    body("multipart", &["multipart/form-data"], plant::multipart::fields),
    body("csv", &["text/csv"], plant::records::commas),
    body("tsv", &["text/tab-separated-values"], plant::records::tabs),
    body("xml", &["application/xml", "text/xml", "+xml"], plant::markup::xml),
    body("html", &["text/html"], plant::markup::html),
    body("sse", &["text/event-stream"], plant::events::stream),
    Format {
        name: "graphql",
        seat: Seat::GraphQl,
        side: Side::Both,
        read: Read::Rewrite,
        plant: plant::graphql::document,
    },
    body("text", &["text/plain", "text/markdown"], plant::text::lines),
    Format {
        name: "unsaid",
        seat: Seat::Unsaid,
        side: Side::Both,
        read: Read::Rewrite,
        plant: plant::text::unsaid,
    },
    body(
        "protobuf",
        &["application/x-protobuf", "application/protobuf", "application/vnd.google.protobuf"],
        plant::proto::message,
    ),
    body("grpc", &["application/grpc", "application/grpc+proto"], plant::proto::grpc),
    body(
        "grpc-web",
        &["application/grpc-web", "application/grpc-web+proto"],
        plant::proto::grpc_web,
    ),
    body(
        "grpc-web-text",
        &["application/grpc-web-text", "application/grpc-web-text+proto"],
        plant::proto::grpc_web_text,
    ),
    coding("gzip", plant::coded::gzip),
    coding("deflate", plant::coded::deflate),
    coding("br", plant::coded::brotli),
    coding("zstd", plant::coded::zstd),
    place("utf-16", Seat::Charset(UTF_16), Side::Both, plant::charset::utf_16),
    place("latin-1", Seat::Charset(LATIN_1), Side::Both, plant::charset::latin_1),
    place("path", Seat::Path, Side::Request, plant::place::path),
    place("query", Seat::Query, Side::Request, plant::place::query),
    place("header", Seat::Header, Side::Both, plant::place::header),
    place("header name", Seat::HeaderName, Side::Both, plant::place::header_name)
        .blocked("names are never rewritten: refused as protected_place"),
    place("cookie", Seat::Named("cookie"), Side::Request, plant::place::cookie),
    place("set-cookie", Seat::Named("set-cookie"), Side::Response, plant::place::set_cookie),
    place(
        "authorization",
        Seat::Named("authorization"),
        Side::Request,
        plant::place::authorization,
    ),
    place("referer", Seat::Named("referer"), Side::Request, plant::place::referer),
    place("location", Seat::Named("location"), Side::Response, plant::place::location),
    place("forwarded", Seat::Named("forwarded"), Side::Request, plant::place::forwarded),
    place("trailer", Seat::Trailer, Side::Both, plant::place::trailer),
];

const UTF_16: &[&str] = &["utf-16", "utf-16le", "utf-16be"];
const LATIN_1: &[&str] = &["iso-8859-1", "latin1", "windows-1252"];

impl Side {
    /// Whether messages of one direction have it.
    #[must_use]
    pub fn has(self, direction: Subject) -> bool {
        match self {
            Self::Both => true,
            Self::Request => direction == Subject::Request,
            Self::Response => direction == Subject::Response,
        }
    }
}

impl Seat {
    /// Whether a message has something there: a body of the format, or one of the leaks.
    #[must_use]
    pub fn is_in(self, message: &Message, leaks: &[Vec<u8>]) -> bool {
        let leaks_in = |text: &[u8]| leaks.iter().any(|leak| has(text, leak));
        let value_of = |name: &str| {
            message.head.iter().any(|(own, value)| own == name.as_bytes() && leaks_in(value))
        };
        let (path, query) = target(message);
        let body = message.body.as_deref().unwrap_or_default();
        let (media, charset) = content_type(&message.head);
        match self {
            Self::Path => leaks_in(path),
            Self::Query => leaks_in(query),
            Self::Named(name) => value_of(name),
            Self::Header => message.head.iter().any(|(name, value)| {
                let pseudo = name.starts_with(b":");
                !pseudo && !is_named(name) && leaks_in(value)
            }),
            Self::HeaderName => message.head.iter().any(|(name, _)| leaks_in(name)),
            Self::Trailer => message.trailers.iter().any(|(_, value)| leaks_in(value)),
            _ if body.is_empty() => false,
            Self::Unsaid => media.is_none(),
            Self::Media(types) => media.is_some_and(|media| is_one_of(&media, types)),
            Self::GraphQl => match media.as_deref() {
                Some("application/graphql") => true,
                Some("application/json") => has(body, b"\"query\":"),
                _ => false,
            },
            Self::Coding(coding) => codings(&message.head).iter().any(|own| own == coding),
            Self::Charset(charsets) => {
                charset.is_some_and(|charset| charsets.contains(&charset.as_str()))
            }
        }
    }
}

fn has(text: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && text.windows(part.len()).any(|window| window == part)
}

fn target(message: &Message) -> (&[u8], &[u8]) {
    let path = message.head.iter().find(|(name, _)| name == b":path");
    let path = path.map_or(&b""[..], |(_, value)| value);
    let mark = path.iter().position(|byte| *byte == b'?').unwrap_or(path.len());
    path.split_at(mark)
}

/// Whether a header has a row of its own.
fn is_named(name: &[u8]) -> bool {
    FORMATS.iter().any(|format| matches!(format.seat, Seat::Named(own) if own.as_bytes() == name))
}

fn is_one_of(media: &str, types: &[&str]) -> bool {
    // A type that a row names by itself is no other row's, whatever it ends in.
    types.contains(&media) || types.iter().any(|end| end.starts_with('+') && media.ends_with(end))
}

/// The type without its parameters, and the charset, in lower case.
fn content_type(head: &Headers) -> (Option<String>, Option<String>) {
    let Some((_, value)) = head.iter().find(|(name, _)| name == b"content-type") else {
        return (None, None);
    };
    let value = String::from_utf8_lossy(value).to_ascii_lowercase();
    let mut parts = value.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default().to_owned();
    let charset = parts.find_map(|part| part.strip_prefix("charset="));
    (Some(media), charset.map(|charset| charset.trim_matches('"').to_owned()))
}

fn codings(head: &Headers) -> Vec<String> {
    let lines = head.iter().filter(|(name, _)| name == b"content-encoding");
    let lines = lines.map(|(_, value)| String::from_utf8_lossy(value).to_ascii_lowercase());
    lines
        .flat_map(|line| line.split(',').map(|one| one.trim().to_owned()).collect::<Vec<_>>())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_a_name_of_its_own_and_every_body_a_fuzz_target() {
        let mut names: Vec<_> = FORMATS.iter().map(|format| format.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FORMATS.len());
        let path = crate::corpus::folder("../fuzz/Cargo.toml");
        let targets = std::fs::read_to_string(path).unwrap();
        let read = |format: &&Format| format.read == Read::Rewrite;
        for format in FORMATS.iter().filter(read) {
            let body = matches!(format.seat, Seat::Media(_) | Seat::Coding(_) | Seat::GraphQl);
            let target = format!("name = \"format-{}\"", format.name.replace(' ', "-"));
            assert!(!body || targets.contains(&target), "no fuzz target {target}");
        }
    }
}
