//! Tells from a head what a body is, and so how it is read.
//! What cannot be read has a named outcome; nothing passes unread that the policy does not name.

use crate::glob;
use crate::headers::{Headers, content_type, header};
use crate::model::Limits;
use crate::proto::Framing;
use crate::reader::markup::Kind;
use crate::reader::multipart::{self, Boundary};
use crate::verdict::Reason;

/// Bytes of a body that tell what it is.
pub(crate) const SNIFF_BYTES: usize = 64;

/// How a body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    /// One JSON text.
    Json,
    /// JSON texts, one after another.
    JsonLines,
    /// Names and values.
    Form,
    /// Records of cells; JSON if it begins like that.
    Csv,
    /// The same, parted by tabs.
    Tsv,
    /// Text, and JSON or markup too if it begins like that.
    Text,
    /// Parts, with this between them.
    Multipart(Boundary),
    /// Server-Sent Events.
    Events,
    /// No type is said: JSON or markup if it begins like that, else text.
    Unsaid,
    /// Messages of protobuf, or of gRPC.
    Framed(Framing),
    /// XML, or HTML, which is JSON if it begins like that.
    Markup(Kind),
    /// Passes unread if its first bytes are what its type says.
    Opaque(Magic),
}

/// What the first bytes of an opaque body must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Magic {
    Image,
    Font,
    /// Text that is code: anything that is no JSON.
    Code,
    /// No first bytes are known for the type.
    Any,
}

/// How the body that follows this head is read, once what it is coded in is undone (see
/// [`crate::codec`]).
pub(crate) fn media(headers: &Headers, limits: &Limits) -> Result<Media, Reason> {
    if headers.iter().filter(|(name, _)| name == b"content-type").count() > 1 {
        return Err(Reason::UnknownMedia);
    }
    let (media, _) = content_type(headers);
    let Some(media) = media else { return Ok(Media::Unsaid) };
    if let Some(kind) = media.strip_prefix("multipart/") {
        let value = header(headers, b"content-type").unwrap_or_default();
        return multipart::media(kind, value).ok_or(Reason::UnknownMedia);
    }
    let known = match media.as_str() {
        other if let Some(framing) = Framing::of(other) => {
            Some(Media::Framed(framing.coded(headers)))
        }
        "application/json" | "text/json" => Some(Media::Json),
        "application/x-ndjson"
        | "application/jsonl"
        | "application/json-seq"
        | "application/x-jsonlines" => Some(Media::JsonLines),
        "application/x-www-form-urlencoded" => Some(Media::Form),
        "text/csv" => Some(Media::Csv),
        "text/tab-separated-values" => Some(Media::Tsv),
        // A GraphQL document is read as text, and what it escapes as what text hides.
        "text/plain" | "text/markdown" | "application/graphql" => Some(Media::Text),
        "text/event-stream" => Some(Media::Events),
        "text/html" => Some(Media::Markup(Kind::Html)),
        "application/xhtml+xml" => Some(Media::Markup(Kind::Xhtml)),
        "application/xml" | "text/xml" => Some(Media::Markup(Kind::Xml)),
        other if other.ends_with("+xml") => Some(Media::Markup(Kind::Xml)),
        other if other.ends_with("+json") => Some(Media::Json),
        _ => None,
    };
    if let Some(known) = known {
        return Ok(known);
    }
    let opaque = limits.opaque_media.iter();
    if !opaque.into_iter().any(|glob| glob::fits(glob, media.as_bytes(), Some(b'/'))) {
        return Err(Reason::UnknownMedia);
    }
    Ok(Media::Opaque(match media.split('/').next() {
        Some("image") => Magic::Image,
        Some("font") => Magic::Font,
        Some("text") => Magic::Code,
        _ if media.ends_with("javascript") => Magic::Code,
        _ => Magic::Any,
    }))
}

/// Whether events of a stream are to leave as they come.
pub(crate) fn is_events(headers: &Headers) -> bool {
    let (media, _) = content_type(headers);
    media.is_some_and(|media| media == "text/event-stream" || media.starts_with("application/grpc"))
}

impl Magic {
    /// Whether a body that begins like this may be what its type says.
    pub(crate) fn fits(self, begin: &[u8]) -> bool {
        const IMAGES: [&[u8]; 12] = [
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff",
            b"GIF87a",
            b"GIF89a",
            b"RIFF",
            b"BM",
            b"\x00\x00\x01\x00",
            b"\x00\x00\x02\x00",
            b"II*\x00",
            b"MM\x00*",
            b"\xff\x0a",
            b"\x00\x00\x00\x0cJXL ",
        ];
        const FONTS: [&[u8]; 6] =
            [b"wOFF", b"wOF2", b"OTTO", b"\x00\x01\x00\x00", b"ttcf", b"true"];
        let one_of = |magics: &[&[u8]]| magics.iter().any(|magic| begin.starts_with(magic));
        match self {
            Self::Image => {
                let boxed = begin.get(4..8) == Some(b"ftyp");
                let riff = !begin.starts_with(b"RIFF") || begin.get(8..12) == Some(b"WEBP");
                begin.is_empty() || (one_of(&IMAGES) && riff) || boxed
            }
            Self::Font => begin.is_empty() || one_of(&FONTS),
            Self::Code => !begins_json(begin),
            Self::Any => true,
        }
    }
}

/// Whether a body begins like a JSON object or array. Looks at the first [`SNIFF_BYTES`] only, so
/// that it says the same however much has come.
pub(crate) fn begins_json(begin: &[u8]) -> bool {
    match first_signs(begin) {
        [b'{', ..] => true,
        // What a first filter wrote, `[email]`, is text to a second one.
        [b'[', rest @ ..] => is_replacement(rest) != Some(true),
        _ => false,
    }
}

/// Which markup a body begins like, and none where it begins like none. Looks at the first
/// [`SNIFF_BYTES`] only.
pub(crate) fn begins_markup(begin: &[u8]) -> Option<Kind> {
    let signs = first_signs(begin);
    let rest = signs.strip_prefix(b"<")?;
    let like = |word: &[u8]| rest.get(..word.len()).is_some_and(|b| b.eq_ignore_ascii_case(word));
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>');
    let name = rest.split(ends).next().unwrap_or_default().to_ascii_lowercase();
    let html = HTML_BEGINS_WITH.iter().any(|known| known.as_bytes() == name);
    match rest.first()? {
        _ if like(b"!doctype html") || html => Some(Kind::Html),
        b'?' | b'!' => Some(Kind::Xml),
        byte if byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':') => Some(Kind::Xml),
        _ => None,
    }
}

/// Elements that a document or a piece of HTML may begin with.
const HTML_BEGINS_WITH: [&str; 40] = [
    "a", "article", "b", "body", "br", "center", "div", "dl", "em", "fieldset", "font", "footer",
    "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html", "i", "iframe",
    "img", "link", "main", "meta", "nav", "ol", "p", "pre", "script", "section", "span", "strong",
    "style", "table", "ul",
];

/// Whether enough has come to tell which markup it is.
fn tells_markup(rest: &[u8]) -> bool {
    match rest.first() {
        Some(b'!') => rest.len() > b"!doctype html".len(),
        Some(byte) if byte.is_ascii_alphabetic() => {
            rest.iter().any(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'))
        }
        first => first.is_some(),
    }
}

/// What comes after white space and a byte order mark.
fn first_signs(begin: &[u8]) -> &[u8] {
    let begin = begin.get(..SNIFF_BYTES).unwrap_or(begin);
    begin.strip_prefix(BYTE_ORDER_MARK).unwrap_or(begin).trim_ascii_start()
}

/// Whether a bare word and `]` follow, which no JSON array begins with; `None` if more must come.
fn is_replacement(rest: &[u8]) -> Option<bool> {
    let sign =
        |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.".contains(byte);
    let word = rest.iter().take_while(|byte| sign(byte)).count();
    let (word, rest) = rest.split_at_checked(word)?;
    let literal = matches!(word, b"true" | b"false" | b"null");
    let named = word.first().is_some_and(u8::is_ascii_lowercase) && !literal;
    rest.first().map(|end| named && *end == b']')
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Whether enough of a body has come to tell what it is.
pub(crate) fn tells(media: Media, begin: &[u8]) -> bool {
    match media {
        Media::Json
        | Media::JsonLines
        | Media::Form
        | Media::Multipart(_)
        | Media::Events
        | Media::Framed(_)
        | Media::Markup(Kind::Xml | Kind::Xhtml)
        | Media::Opaque(Magic::Any) => true,
        Media::Csv
        | Media::Tsv
        | Media::Text
        | Media::Unsaid
        | Media::Markup(Kind::Html)
        | Media::Opaque(Magic::Code) => {
            let marks = begin.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(begin);
            let told = match first_signs(begin) {
                [] => false,
                [b'[', rest @ ..] => is_replacement(rest).is_some(),
                [b'<', rest @ ..] => tells_markup(rest),
                _ => true,
            };
            begin.len() >= SNIFF_BYTES || (!marks && told)
        }
        Media::Opaque(Magic::Image | Magic::Font) => begin.len() >= 12,
    }
}
