//! Sends the message that is asked about, and each place of it by itself, so that the engine says
//! where it found what. Judges nothing.

use super::Message;
use crate::cases::exchange::{self, Way};
use crate::cases::suite::Subject;
use crate::cells::Place;
use cofferdam_engine::entry::Entry;
use cofferdam_engine::exchange::Headers;
use cofferdam_engine::model::ZoneId;

/// A message on its way through the engine.
pub(super) struct Sent<'m> {
    subject: &'m Subject,
    zones: (ZoneId, ZoneId),
    message: &'m Message,
    /// The headers, each cookie by itself, and which place each is.
    headers: Vec<(Place, String, String)>,
}

/// What was found in one place: category, action, how often.
pub(super) struct Found {
    pub(super) place: Place,
    pub(super) findings: Vec<(String, &'static str, u64)>,
    /// What stands there, with its name, as a text that detectors read.
    pub(super) survey: Vec<u8>,
}

/// Which parts of the message are sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The path without its query: what a boundary is chosen by.
    Path,
    Query,
    Header(usize),
    Body,
    Whole,
}

impl<'m> Sent<'m> {
    pub(super) fn new(subject: &'m Subject, message: &'m Message) -> Result<Self, String> {
        let zone = |name: &str| {
            subject.zone(name).ok_or_else(|| {
                let zones = subject.bundle.tables().zones.iter();
                let names: Vec<_> = zones.map(|zone| zone.name.as_str()).collect();
                format!(
                    "there is no zone `{}`: the zones are {}",
                    crate::report::printable(name),
                    crate::language::read::among(&names)
                )
            })
        };
        Ok(Self {
            zones: (zone(&message.from)?, zone(&message.to)?),
            subject,
            message,
            headers: message.headers.iter().flat_map(|(name, value)| parted(name, value)).collect(),
        })
    }

    /// What the engine tells about all of the message.
    pub(super) fn whole(&self) -> Result<Entry, String> {
        self.send(Part::Whole)
    }

    /// What is found in path, query and headers.
    pub(super) fn places(&self) -> Result<Vec<Found>, String> {
        let base = self.send(Part::Path)?;
        let mut list = Vec::new();
        if self.message.response.is_none() {
            let (path, query) =
                self.message.path.split_once('?').unwrap_or((&self.message.path, ""));
            let found = base.findings.clone();
            list.push(Found { place: Place::Path, findings: found, survey: path.into() });
            let found = self.more(Part::Query, &base)?;
            list.push(Found { place: Place::Query, findings: found, survey: query.into() });
        }
        for (n, (place, name, value)) in self.headers.iter().enumerate() {
            let findings = self.more(Part::Header(n), &base)?;
            let survey = serde_json::json!({ name: value }).to_string().into_bytes();
            list.push(Found { place: place.clone(), findings, survey });
        }
        Ok(list)
    }

    /// What is found in the body; none where there is none.
    pub(super) fn body(&self) -> Result<Option<Found>, String> {
        if self.message.body.is_empty() {
            return Ok(None);
        }
        let base = self.send(Part::Path)?;
        let findings = self.more(Part::Body, &base)?;
        Ok(Some(Found { place: Place::Body, findings, survey: Vec::new() }))
    }

    /// What is found in a part, beside what is found in every message of this head.
    fn more(&self, part: Part, base: &Entry) -> Result<Vec<(String, &'static str, u64)>, String> {
        let entry = self.send(part)?;
        let rows = entry.findings.into_iter().filter_map(|(category, action, count)| {
            let known =
                base.findings.iter().find(|(other, same, _)| *other == category && *same == action);
            let count = count.saturating_sub(known.map_or(0, |(_, _, count)| *count));
            (count > 0).then_some((category, action, count))
        });
        Ok(rows.collect())
    }

    fn send(&self, part: Part) -> Result<Entry, String> {
        let Self { subject, zones: (from, to), message, .. } = self;
        let body = match part {
            Part::Body | Part::Whole => message.body.clone(),
            Part::Path | Part::Query | Part::Header(_) => Vec::new(),
        };
        let (head, asked) = match message.response {
            None => (self.head(part), None),
            Some(status) => {
                let mut head = vec![pair(":status", &status.to_string())];
                self.describe(part, &mut head);
                (head, Some(self.request(Part::Whole)))
            }
        };
        // Chosen by its type too, a boundary must be the same one whatever part is sent.
        let end = message.body.is_empty();
        let way = Way { from: *from, to: *to, asked, ends: message.connection.ends() };
        let sent = exchange::Message { head, body, trailers: Headers::new() };
        let output = exchange::send_head(&way, &sent, end, &Vec::new(), subject);
        output.map(|output| output.entry)
    }

    fn head(&self, part: Part) -> Headers {
        let mut head = self.request(part);
        self.describe(part, &mut head);
        head
    }

    fn request(&self, part: Part) -> Headers {
        let Message { method, path, .. } = self.message;
        let path = match part {
            Part::Query | Part::Whole => path,
            Part::Path | Part::Header(_) | Part::Body => path.split('?').next().unwrap_or(path),
        };
        vec![
            pair(":method", method),
            pair(":scheme", "https"),
            pair(":authority", "service.example.com"),
            pair(":path", path),
        ]
    }

    fn describe(&self, part: Part, head: &mut Headers) {
        let Message { media, headers, .. } = self.message;
        head.extend(media.iter().map(|media| pair("content-type", media)));
        let all = || headers.iter().map(|(name, value)| pair(name, value));
        match part {
            Part::Whole => head.extend(all()),
            Part::Header(n) => {
                let header = self.headers.get(n);
                head.extend(header.map(|(_, name, value)| pair(name, value)));
            }
            // What a body is coded in belongs to it.
            Part::Body => head.extend(all().filter(|(name, _)| name == b"content-encoding")),
            Part::Path | Part::Query => {}
        }
    }
}

/// A header as the places that it is: every cookie is one of its own.
fn parted(name: &str, value: &str) -> Vec<(Place, String, String)> {
    let cookie = |piece: &str| {
        let named = piece.split('=').next().unwrap_or("").trim();
        (Place::Cookie(named.to_owned()), name.to_owned(), piece.trim().to_owned())
    };
    match name {
        "cookie" => value.split(';').map(cookie).collect(),
        "set-cookie" => {
            let (place, name, _) = cookie(value.split(';').next().unwrap_or(""));
            vec![(place, name, value.to_owned())]
        }
        _ => vec![(Place::Header(name.to_owned()), name.to_owned(), value.to_owned())],
    }
}

fn pair(name: &str, value: &str) -> (Vec<u8>, Vec<u8>) {
    (name.as_bytes().to_vec(), value.as_bytes().to_vec())
}
