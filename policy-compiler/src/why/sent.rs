//! Sends the message that is asked about, and each place of it by itself, so that the engine says
//! where it found what. Judges nothing.

use super::Message;
use crate::cases::TEST_KEY;
use crate::cells::Place;
use cofferdam_engine::ends::Ends;
use cofferdam_engine::entry::Entry;
use cofferdam_engine::exchange::{BodyPlan, Exchange, HeadStep, Headers};
use cofferdam_engine::model::ZoneId;
use cofferdam_engine::settings::Settings;
use cofferdam_engine::token::setting_name;
use cofferdam_engine::{Bundle, Sensitive};
use std::rc::Rc;

const CROSSING: [u8; 16] = *b"cofferdam explai";

/// A message on its way through the engine.
pub(super) struct Sent<'m> {
    bundle: Rc<Bundle>,
    settings: Rc<Settings>,
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
    pub(super) fn new(bundle: &Rc<Bundle>, message: &'m Message) -> Result<Self, String> {
        let zones = &bundle.tables().zones;
        let zone = |name: &str| {
            let found = zones.iter().position(|zone| zone.name == name);
            found.and_then(|at| u16::try_from(at).ok()).map(ZoneId).ok_or_else(|| {
                let names: Vec<_> = zones.iter().map(|zone| zone.name.as_str()).collect();
                format!(
                    "there is no zone `{}`: the zones are {}",
                    crate::report::printable(name),
                    crate::language::read::among(&names)
                )
            })
        };
        let keys = bundle.tables().keys.iter();
        let keys = keys.map(|key| (setting_name(key), Sensitive::new(TEST_KEY.to_vec()))).collect();
        let settings = Settings { hold_headers: true, keys, ..Settings::default() };
        Ok(Self {
            zones: (zone(&message.from)?, zone(&message.to)?),
            bundle: Rc::clone(bundle),
            settings: Rc::new(settings),
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
        let Self { bundle, settings, zones: (from, to), message, .. } = self;
        let mut exchange = Exchange::new(Rc::clone(bundle), Rc::clone(settings), CROSSING, 0)
            .with_zones(*from, *to);
        let ends = Ends::default();
        let request = message.response.is_none();
        let body: &[u8] = match part {
            Part::Body | Part::Whole => &message.body,
            Part::Path | Part::Query | Part::Header(_) => &[],
        };
        // Chosen by its type too, a boundary must be the same one whatever part is sent.
        let end = message.body.is_empty();
        let step = match message.response {
            None => exchange.request_head(&ends, &self.head(part), end),
            Some(status) => {
                let asked = self.request(Part::Whole);
                if let HeadStep::Block(refusal) = exchange.request_head(&ends, &asked, true) {
                    return Err(format!(
                        "the request is blocked already ({}), so no reply comes: ask about the \
                         request, without `--response`",
                        refusal.reason
                    ));
                }
                let mut head = vec![pair(":status", &status.to_string())];
                self.describe(part, &mut head);
                exchange.response_head(&ends, &head, end)
            }
        };
        let inspects = matches!(step, HeadStep::Forward(_, BodyPlan::Inspect) | HeadStep::Hold(_));
        if inspects {
            let mut out = Vec::new();
            match request {
                true => exchange.request_body(body, true, &mut out),
                false => exchange.response_body(body, true, &mut out),
            };
        }
        let wanted = if request { "request" } else { "response" };
        let entry = exchange.close(0).into_iter().find(|entry| entry.message == wanted);
        entry.ok_or_else(|| "the engine tells nothing about this message".to_owned())
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
