//! Writes the message that carries an attack: where in it the text stands, and in what format.
//! Says for each which cells it is about. Decides nothing.

use super::coding::{self, Coding};
use super::format::{BODIES, Format, markup, percent};
use super::stream;
use super::trick::json;
use crate::cases::exchange::Message;
use crate::cells::Place;
use crate::random::Random;
use cofferdam_engine::exchange::Headers;
use cofferdam_engine::model::{FieldStep, When};

/// Where an attack stands in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// A body of this format, declared as this media type, or not declared.
    Body(Format, Option<&'static str>),
    /// A field of JSON by its path.
    Field(Vec<FieldStep>),
    /// A field that is called almost as one that may cross.
    Smuggled(String),
    /// A body of JSON in content codings, the innermost first.
    Coded(&'static [Coding]),
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

/// Messages declared as something that they are not, and something as messages.
const NO_MESSAGES: [(Format, Option<&str>); 8] = [
    (Format::Json, Some("application/x-protobuf")),
    (Format::Json, Some("application/grpc")),
    (Format::Text, Some("application/x-protobuf")),
    (Format::Protobuf(0), None),
    (Format::Protobuf(1), Some("text/plain")),
    (Format::Protobuf(1), Some("application/octet-stream")),
    (Format::Grpc(0), Some("application/x-protobuf")),
    (Format::Protobuf(0), Some("application/grpc")),
];

/// Content codings, and some of them one on the other.
const CODINGS: [&[Coding]; 6] = [
    &[Coding::Gzip],
    &[Coding::Deflate],
    &[Coding::Zstd],
    &[Coding::Brotli],
    &[Coding::Brotli, Coding::Gzip],
    &[Coding::Deflate, Coding::Zstd],
];

/// What a message is about, beside what it carries.
pub(crate) struct Letter<'l> {
    /// Status of a reply, or nothing for a request.
    pub(crate) reply: bool,
    pub(crate) when: &'l When,
    /// The name of the field that carries the text.
    pub(crate) key: &'l str,
    pub(crate) text: &'l str,
}

/// All that a direction of messages has, beside fields that its rules name.
pub(crate) fn usual(reply: bool, when: &When) -> Vec<Carrier> {
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
    let wrong = WRONG.into_iter().enumerate().flat_map(|(n, declared)| {
        [OTHERS[n % 5], OTHERS[(n + 2) % 5]].map(|format| (format, declared))
    });
    for (format, declared) in wrong.chain(NO_MESSAGES) {
        let possible = match declared {
            Some(declared) => fits(declared),
            None => reply || when.media.is_empty(),
        };
        if possible && format.media() != declared {
            list.push(Carrier::Body(format, declared));
        }
    }
    if fits("text/csv") {
        list.push(Carrier::Body(Format::Text, Some("text/csv")));
    }
    if fits("application/json") {
        list.extend(CODINGS.map(Carrier::Coded));
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
pub(crate) fn lookalikes(name: &str) -> Vec<String> {
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
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Body(format, declared) => match declared {
                Some(_) if *declared == format.media() => format!("body, {}", format.name()),
                Some(declared) => format!("body, {} declared as {declared}", format.name()),
                None => format!("body, {} without a type", format.name()),
            },
            Self::Field(steps) => format!("body, field {}", spell(steps)),
            Self::Smuggled(_) => "body, name like one that may cross".to_owned(),
            Self::Coded(codings) => {
                let names: Vec<_> = codings.iter().map(|coding| coding.token()).collect();
                format!("body, JSON in {}", names.join(", in "))
            }
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
    pub(crate) fn places(&self, key: &str) -> Vec<Place> {
        let field = |path: String| Place::parse(&path).unwrap_or(Place::Body);
        match self {
            Self::Body(Format::Parted(style), Some(_)) => {
                let path = style.path().map(|path| field(path.to_owned()));
                path.into_iter().chain([Place::Body]).collect()
            }
            Self::Body(Format::Text | Format::Utf16 | Format::Key, Some(_))
            | Self::Body(Format::EventLines | Format::Protobuf(_), Some(_))
            | Self::Body(Format::Grpc(_) | Format::GrpcGzip, Some(_)) => vec![Place::Body],
            Self::Body(Format::Nested, _) => vec![field(format!("$.outer.list[0].{key}"))],
            Self::Body(Format::Multipart, _) => vec![Place::Body, field(format!("$.{key}"))],
            // What is wrongly declared may be read as either.
            Self::Body(..) | Self::Coded(_) => vec![field(format!("$.{key}")), Place::Body],
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
    pub(crate) fn has_key(&self) -> bool {
        match self {
            Self::Body(format, declared) => {
                let read = *declared == format.media() || *format == Format::Json;
                read && format.has_key()
            }
            Self::Coded(_) | Self::Query => true,
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
    pub(crate) fn layers(&self, text: &str) -> usize {
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

    /// Whether it spreads the text over events.
    pub(crate) fn is_parted(&self) -> bool {
        matches!(self, Self::Body(Format::Parted(_), _))
    }

    /// The text with the end of a line within, where the carrier is about lines: of such a text it
    /// must be asked first whether it is taken for a value.
    pub(crate) fn broken(&self, text: &str, random: &mut Random) -> Option<String> {
        let lines = matches!(self, Self::Body(Format::EventLines, _));
        lines.then(|| stream::broken(text, random)).flatten()
    }

    /// The message; none where its place cannot hold such a text.
    pub(crate) fn write(&self, letter: &Letter<'_>, random: &mut Random) -> Option<Message> {
        let Letter { key, text, .. } = *letter;
        let mut path = path_of(letter.when);
        let (mut extra, mut trailers): (Vec<(String, String)>, Headers) = Default::default();
        let mut body = Vec::new();
        match self {
            Self::Body(format, declared) => {
                body = format.write(key, text, random)?;
                let kind = declared.map(|media| match *format {
                    Format::Multipart => format!("{media}; boundary=drill-part"),
                    _ => media.to_owned(),
                });
                extra.extend(kind.map(|kind| ("content-type".to_owned(), kind)));
                if *format == Format::GrpcGzip {
                    extra.push(("grpc-encoding".to_owned(), "gzip".to_owned()));
                }
            }
            Self::Field(steps) => {
                body = document(steps, text, random)?.into_bytes();
                extra.push(("content-type".to_owned(), "application/json".to_owned()));
            }
            Self::Smuggled(name) => {
                body = format!("{{{}:{}}}", json(name), json(text)).into_bytes();
                extra.push(("content-type".to_owned(), "application/json".to_owned()));
            }
            Self::Coded(codings) => {
                body = coding::write(codings, &Format::Json.write(key, text, random)?, random)?;
                let names: Vec<_> = codings.iter().map(|coding| coding.token()).collect();
                extra.push(("content-type".to_owned(), "application/json".to_owned()));
                extra.push(("content-encoding".to_owned(), names.join(", ")));
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

/// The head of a request that a boundary speaks of.
pub(crate) fn request_head(when: &When, path: &str) -> Headers {
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
pub(crate) fn asked(when: &When) -> Headers {
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

/// A path as a policy writes it.
pub(crate) fn spell(steps: &[FieldStep]) -> String {
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
