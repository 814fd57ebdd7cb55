//! Writes the message that carries an attack: where in it the text stands, and in what format.
//! Says for each which cells it is about. Decides nothing.

use super::trick::json;
use crate::cases::exchange::Message;
use crate::cells::Place;
use crate::random::Random;
use cofferdam_engine::exchange::Headers;
use cofferdam_engine::model::{FieldStep, When};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fmt::Write as _;
use std::io::Write as _;

/// Where an attack stands in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// A body of this format, declared as this media type, or not declared.
    Body(Format, Option<&'static str>),
    /// A field of JSON by its path.
    Field(Vec<FieldStep>),
    /// A field that is called almost as one that may cross.
    Smuggled(String),
    /// The same body in gzip.
    Gzip,
    /// A value of the query.
    Query,
    /// A name in the query.
    QueryName,
    /// A segment of the path.
    Path,
    /// The header of this name; one that no rule names.
    Header(Option<String>),
    /// The cookie of this name; one that no rule names.
    Cookie(Option<String>),
    Trailer,
}

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
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
    Utf16,
}

/// Formats with the type that is theirs.
const BODIES: [(Format, &str); 14] = [
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
    (Format::Utf16, "text/plain; charset=utf-16le"),
];

/// Types that a body is wrongly declared as.
const WRONG: [Option<&str>; 7] = [
    Some("application/json"),
    Some("text/plain"),
    Some("text/csv"),
    Some("application/xml"),
    Some("application/octet-stream"),
    Some("application/x-ndjson"),
    None,
];

/// What a message is about, beside what it carries.
pub(super) struct Letter<'l> {
    /// Status of a reply, or nothing for a request.
    pub(super) reply: bool,
    pub(super) when: &'l When,
    /// The name of the field that carries the text.
    pub(super) key: &'l str,
    pub(super) text: &'l str,
}

/// All that a direction of messages has, beside fields that its rules name.
pub(super) fn usual(reply: bool, when: &When) -> Vec<Carrier> {
    let fits = |media: &str| {
        let media = media.split(';').next().unwrap_or_default();
        let glob = |glob: &String| cofferdam_engine::glob::fits(glob, media.as_bytes(), Some(b'/'));
        reply || when.media.is_empty() || when.media.iter().any(glob)
    };
    let mut list = Vec::new();
    for (format, media) in BODIES.into_iter().filter(|(_, media)| fits(media)) {
        list.push(Carrier::Body(format, Some(media)));
    }
    const OTHERS: [Format; 5] =
        [Format::Json, Format::Csv, Format::Xml, Format::Text, Format::Form];
    for (n, declared) in WRONG.into_iter().enumerate() {
        let possible = match declared {
            Some(declared) => fits(declared),
            None => reply || when.media.is_empty(),
        };
        for format in [OTHERS[n % 5], OTHERS[(n + 2) % 5]] {
            if possible && format.media() != declared {
                list.push(Carrier::Body(format, declared));
            }
        }
    }
    if fits("text/csv") {
        list.push(Carrier::Body(Format::Text, Some("text/csv")));
    }
    if fits("application/json") {
        list.push(Carrier::Gzip);
    }
    list.extend([Carrier::Header(None), Carrier::Cookie(None), Carrier::Trailer]);
    if !reply {
        list.extend([Carrier::Query, Carrier::QueryName]);
        if when.paths.is_empty() || when.paths.iter().any(|path| path.contains('*')) {
            list.push(Carrier::Path);
        }
    }
    list
}

/// Names that a careless reader takes for this one.
pub(super) fn lookalikes(name: &str) -> Vec<String> {
    let mut capital = name.to_owned();
    if let Some(first) = capital.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let inside = |sign: &str| name.get(..1).map(|first| format!("{first}{sign}{}", &name[1..]));
    let mut names = vec![
        capital,
        name.to_uppercase(),
        format!("{name} "),
        format!(" {name}"),
        format!("{name}\0"),
        format!("{name}[]"),
        format!("$.{name}"),
        format!("{name}.{name}"),
        format!("__proto__.{name}"),
    ];
    names.extend(["\u{200b}", "\u{301}"].iter().filter_map(|sign| inside(sign)));
    names.retain(|other| other != name);
    names
}

impl Carrier {
    /// What it is called in reports.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Body(format, declared) => match declared {
                Some(_) if *declared == format.media() => format!("body, {}", format.name()),
                Some(declared) => format!("body, {} declared as {declared}", format.name()),
                None => format!("body, {} without a type", format.name()),
            },
            Self::Field(steps) => format!("body, field {}", spell(steps)),
            Self::Smuggled(_) => "body, name like one that may cross".to_owned(),
            Self::Gzip => "body, JSON in gzip".to_owned(),
            Self::Query => "query".to_owned(),
            Self::QueryName => "query, name".to_owned(),
            Self::Path => "path".to_owned(),
            Self::Header(Some(name)) => format!("header {name}"),
            Self::Header(None) => "header".to_owned(),
            Self::Cookie(Some(name)) => format!("cookie {name}"),
            Self::Cookie(None) => "cookie".to_owned(),
            Self::Trailer => "trailer".to_owned(),
        }
    }

    /// The cells that it is about: in all of them must be said that nothing crosses as it is.
    pub(super) fn places(&self, key: &str) -> Vec<Place> {
        let field = |path: String| Place::parse(&path).unwrap_or(Place::Body);
        match self {
            Self::Body(Format::Text | Format::Utf16 | Format::Key, Some(_)) => vec![Place::Body],
            Self::Body(Format::Nested, _) => vec![field(format!("$.outer.list[0].{key}"))],
            Self::Body(Format::Multipart, _) => vec![Place::Body, field(format!("$.{key}"))],
            // What is wrongly declared may be read as either.
            Self::Body(..) | Self::Gzip => vec![field(format!("$.{key}")), Place::Body],
            Self::Field(steps) => vec![field(spell(steps))],
            Self::Smuggled(_) => vec![Place::Body],
            Self::Query | Self::QueryName => vec![Place::Query],
            Self::Path => vec![Place::Path],
            Self::Header(Some(name)) => vec![Place::Header(name.clone())],
            Self::Header(None) => vec![Place::AnyHeader],
            Self::Cookie(Some(name)) => vec![Place::Cookie(name.clone())],
            Self::Cookie(None) => vec![Place::AnyCookie],
            Self::Trailer => vec![Place::Trailer],
        }
    }

    /// Whether the text stands in something with a name of its own, and is read as that: JSON is
    /// known by its beginning, whatever it is declared as.
    pub(super) fn has_key(&self) -> bool {
        match self {
            Self::Body(format, declared) => {
                let keyless = [Format::Key, Format::Text, Format::Utf16, Format::Html];
                let read = *declared == format.media() || *format == Format::Json;
                read && !keyless.contains(format)
            }
            Self::Gzip | Self::Query => true,
            Self::Field(_)
            | Self::Smuggled(_)
            | Self::QueryName
            | Self::Path
            | Self::Header(_)
            | Self::Cookie(_)
            | Self::Trailer => false,
        }
    }

    /// How many layers the carrier itself puts about a text: escapes of a format that nobody is
    /// told of are encodings like any other.
    pub(super) fn layers(&self, text: &str) -> usize {
        let Self::Body(format, declared) = self else { return 0 };
        if *declared == format.media() {
            return 0;
        }
        let escapes = match format {
            Format::Form => percent(text) != text,
            Format::Xml => markup(text).is_none_or(|written| written != text),
            Format::Json => json(text) != format!("\"{text}\""),
            _ => false,
        };
        usize::from(escapes)
    }

    /// The message; none where its place cannot hold such a text.
    pub(super) fn write(&self, letter: &Letter<'_>, random: &mut Random) -> Option<Message> {
        let Letter { key, text, .. } = *letter;
        let mut path = path_of(letter.when);
        let (mut extra, mut trailers): (Vec<(String, String)>, Headers) = Default::default();
        let mut body = Vec::new();
        match self {
            Self::Body(format, declared) => {
                body = format.write(key, text)?;
                let kind = declared.map(|media| match *format {
                    Format::Multipart => format!("{media}; boundary=drill-part"),
                    _ => media.to_owned(),
                });
                extra.extend(kind.map(|kind| ("content-type".to_owned(), kind)));
            }
            Self::Field(steps) => {
                body = document(steps, text, random)?.into_bytes();
                extra.push(("content-type".to_owned(), "application/json".to_owned()));
            }
            Self::Smuggled(name) => {
                body = format!("{{{}:{}}}", json(name), json(text)).into_bytes();
                extra.push(("content-type".to_owned(), "application/json".to_owned()));
            }
            Self::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(&Format::Json.write(key, text)?).ok()?;
                body = encoder.finish().ok()?;
                extra.push(("content-type".to_owned(), "application/json".to_owned()));
                extra.push(("content-encoding".to_owned(), "gzip".to_owned()));
            }
            Self::Query => path = format!("{path}?id=7&{key}={}", percent(text)),
            Self::QueryName => path = format!("{path}?{}=7", percent(text)),
            Self::Path => path = in_path(letter.when, text)?,
            Self::Header(name) => {
                let name = name.as_deref().unwrap_or("x-remark");
                extra.push((name.to_owned(), in_line(text)?.to_owned()));
            }
            Self::Cookie(name) => {
                let safe = |c: char| c.is_ascii_graphic() && !"\",;\\".contains(c);
                let text = Some(text).filter(|text| text.chars().all(safe))?;
                let name = name.as_deref().unwrap_or("remark");
                extra.push(match letter.reply {
                    false => ("cookie".to_owned(), format!("theme=dark; {name}={text}")),
                    true => ("set-cookie".to_owned(), format!("{name}={text}; Path=/")),
                });
            }
            Self::Trailer => {
                body = b"{\"fine\":true}".to_vec();
                extra.push(("content-type".to_owned(), media_of(letter.when).to_owned()));
                trailers.push((b"x-remark".to_vec(), in_line(text)?.as_bytes().to_vec()));
            }
        }
        let mut head = match letter.reply {
            true => vec![(b":status".to_vec(), b"200".to_vec())],
            false => request_head(letter.when, &path),
        };
        head.extend(extra.into_iter().map(|(name, value)| (name.into_bytes(), value.into_bytes())));
        Some(Message { head, body, trailers })
    }
}

impl Format {
    fn name(self) -> &'static str {
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
            Self::Utf16 => "text in UTF-16",
        }
    }

    /// The type that is its own.
    fn media(self) -> Option<&'static str> {
        BODIES.iter().find(|(format, _)| *format == self).map(|(_, media)| *media)
    }

    fn write(self, key: &str, text: &str) -> Option<Vec<u8>> {
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
            Self::Utf16 => {
                format!("seen: {text}\n").encode_utf16().flat_map(u16::to_le_bytes).collect()
            }
        })
    }
}

/// The head of a request that a boundary speaks of.
pub(super) fn request_head(when: &When, path: &str) -> Headers {
    let method = when.methods.first().map_or("POST", String::as_str);
    let head = [
        (":method", method),
        (":scheme", "https"),
        (":authority", "service.example.com"),
        (":path", path),
    ];
    head.map(|(name, value)| (name.into(), value.into())).to_vec()
}

/// A request whose reply is what is looked at.
pub(super) fn asked(when: &When) -> Headers {
    let mut head = request_head(when, &path_of(when));
    if !when.media.is_empty() {
        head.push((b"content-type".to_vec(), media_of(when).into()));
    }
    head
}

fn media_of(when: &When) -> &str {
    let plain = when.media.iter().find(|media| !media.contains('*'));
    plain.map_or("application/json", String::as_str)
}

fn path_of(when: &When) -> String {
    let glob = when.paths.first().map_or("/drill", String::as_str);
    glob.replace("**", "a/b").replace('*', "a")
}

/// The text as a segment of the path, where there is room for one.
fn in_path(when: &When, text: &str) -> Option<String> {
    // A slash would part it, and a path with a coded one is refused.
    let text = Some(text).filter(|text| !text.contains(['/', '\\', '%']))?;
    let segment = percent(text);
    let glob = when.paths.iter().find(|glob| glob.contains('*')).map_or("/**", String::as_str);
    let (before, after) = glob.split_once('*')?;
    let after = after.trim_start_matches('*').replace('*', "a");
    Some(format!("{}{segment}{after}", before.replace('*', "a")))
}

fn in_line(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.contains(char::is_control))
}

fn percent(text: &str) -> String {
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
fn markup(text: &str) -> Option<String> {
    let allowed = |c: char| c >= ' ' || "\n\t".contains(c);
    let text = text.replace('\r', "");
    let text = Some(text).filter(|text| text.chars().all(allowed))?;
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    Some(text.replace('"', "&quot;"))
}

/// A path as a policy writes it.
pub(super) fn spell(steps: &[FieldStep]) -> String {
    crate::language::field::spell(steps)
}

/// JSON with the text at this path, in one of several spellings. None where no JSON has it.
fn document(steps: &[FieldStep], text: &str, random: &mut Random) -> Option<String> {
    let (twice, escaped) = (random.once_in(4), random.once_in(4));
    let mut inner = json(text);
    for step in steps.iter().rev() {
        let object = |name: &str, inner: &str| {
            let plain = json(name);
            let spelled = match escaped {
                true => {
                    let units: Vec<_> =
                        name.encode_utf16().map(|u| format!("\\u{u:04x}")).collect();
                    format!("\"{}\"", units.concat())
                }
                false => plain.clone(),
            };
            match twice {
                true => format!("{{{plain}:\"none\",{spelled}:{inner}}}"),
                false => format!("{{{spelled}:{inner}}}"),
            }
        };
        inner = match step {
            FieldStep::Key(name) => object(name, &inner),
            FieldStep::AnyKey => object("any", &inner),
            FieldStep::AnyIndex => format!("[0,{inner}]"),
            FieldStep::Index(at) => {
                let before = usize::try_from(*at).ok().filter(|at| *at <= 16)?;
                format!("[{}{inner}]", "0,".repeat(before))
            }
            FieldStep::Descend(name) => {
                let found = object(name, &inner);
                if random.once_in(2) { found } else { format!("{{\"deep\":{{\"er\":[{found}]}}}}") }
            }
            FieldStep::Named(_) => return None,
        };
    }
    Some(inner)
}
