//! The texts that values stand in: prose, JSON, a line of a log, CSV, a header.
//! Says nothing of its own that a detector would find.

use super::Record;
use super::kind::Value;
use crate::random::Random;

/// What a value stands in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Carrier {
    Prose,
    Json,
    Log,
    Csv,
    Header,
}

impl Carrier {
    pub(super) const ALL: [Self; 5] = [Self::Prose, Self::Json, Self::Log, Self::Csv, Self::Header];

    /// A text in which a name stands before a value.
    pub(super) fn record(
        self,
        random: &mut Random,
        id: String,
        assigned: bool,
        word: &str,
        value: &Value,
    ) -> Record {
        let form = match (self, assigned) {
            (Self::Prose, false) => random.pick(PROSE).replace("{w}", word),
            (Self::Prose, true) => random.pick(ASSIGNED).replace("{w}", &joined(word, "_")),
            (Self::Json, _) => random.pick(JSON).replace("{w}", &key(random, word)),
            (Self::Log, false) => random.pick(LOG).replace("{w}", word),
            (Self::Log, true) => random.pick(LOG_ASSIGNED).replace("{w}", &joined(word, "_")),
            (Self::Csv, _) => random.pick(CSV).replace("{w}", &joined(word, "_")),
            (Self::Header, _) => random.pick(HEADER).replace("{w}", &header(word)),
        };
        self.filled(id, &form, value)
    }

    /// A form with the value in its place.
    pub(super) fn filled(self, id: String, form: &str, value: &Value) -> Record {
        let (before, after) = form.split_once("{v}").expect("a place for the value");
        let place = |at: usize| before.len() + self.written(&value.text[..at]).len();
        let spans = value.parts.iter().map(|(category, part)| {
            // What is escaped takes more room.
            (*category, place(part.start)..place(part.end))
        });
        let spans = spans.collect();
        let text = format!("{before}{}{after}", self.written(&value.text));
        let format = if matches!(self, Self::Csv) { "csv" } else { "text" };
        Record { id, text, format, spans }
    }

    /// As it is written here.
    fn written(self, text: &str) -> String {
        match self {
            Self::Prose => text.to_owned(),
            Self::Csv => text.replace('"', "\"\""),
            Self::Json => text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"),
            Self::Log | Self::Header => text.replace('\n', "\\n"),
        }
    }
}

const PROSE: &[&str] = &[
    "Please check the {w} {v} before Monday.",
    "We have {w} {v} in our files, and nobody knows why.",
    "Her {w} is {v}, as we were told.",
    "As asked: {w}: {v}",
    "It was the same person ({w} {v}) as last week.",
];

const ASSIGNED: &[&str] = &[
    "Set {w}={v} and start it again.",
    "As asked: {w}: {v}",
    "export {w}='{v}'\nmake run\n",
    "let {w} = \"{v}\";\n",
];

const JSON: &[&str] = &[
    "{\"id\":17,\"{w}\":\"{v}\",\"state\":\"open\"}",
    "{\n  \"data\": [\n    { \"{w}\": \"{v}\" }\n  ]\n}\n",
    "{\"list\":[{\"n\":1,\"item\":{\"{w}\":\"{v}\",\"ok\":true}}]}",
];

const LOG: &[&str] = &[
    "10:42:07.113 INFO [worker-3] stored {w} {v} in 14 ms",
    "WARN 4711 --- [main] c.e.Store : {w}={v} is unknown",
    "level=info msg=\"stored\" {w}=\"{v}\" took=14ms",
];

const LOG_ASSIGNED: &[&str] = &[
    "10:42:07.113 INFO [worker-3] stored {w}={v} in 14 ms",
    "WARN 4711 --- [main] c.e.Store : {w}: {v}",
    "level=info msg=\"stored\" {w}=\"{v}\" took=14ms",
];

const CSV: &[&str] =
    &["no,{w},state\n1,\"{v}\",open\n", "{w};note\n\"{v}\";none\n", "a,b,{w}\nx,y,\"{v}\"\n"];

const HEADER: &[&str] = &[
    "GET /v1/items HTTP/1.1\r\nHost: api.example.com\r\nX-{w}: {v}\r\nAccept: */*\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n{w}: {v}\r\nVary: Origin\r\n",
];

/// A name as one word.
fn joined(word: &str, by: &str) -> String {
    word.replace([' ', '\''], by)
}

/// A name as a key of JSON: as it is, with underscores, or as camel case.
fn key(random: &mut Random, word: &str) -> String {
    match random.below(3) {
        0 => word.to_owned(),
        1 if word.contains(' ') => joined(word, "_").to_lowercase(),
        2 if word.contains(' ') && word.is_ascii() => camel(word),
        _ => word.to_owned(),
    }
}

fn camel(word: &str) -> String {
    let parts = word.split(' ').enumerate().map(|(n, part)| {
        let part = part.to_lowercase();
        let mut signs = part.chars();
        match signs.next() {
            Some(first) if n > 0 => first.to_uppercase().chain(signs).collect(),
            _ => part,
        }
    });
    parts.collect()
}

fn header(word: &str) -> String {
    joined(word, "-")
}
