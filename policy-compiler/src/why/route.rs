//! Says which boundary a request goes over, and which condition of each other one does not hold.
//! The engine's own word goes first.

use super::{Considered, Message};
use crate::cells::quoted;
use crate::language::read::among;
use crate::say;
use cofferdam_engine::entry::Entry;
use cofferdam_engine::glob;
use cofferdam_engine::model::{Boundary, Tables, When};
use cofferdam_engine::verdict::Reason;

/// The boundaries of the request's zones in their order, and what is said beside them.
pub(super) fn told(
    tables: &Tables,
    message: &Message,
    entry: &Entry,
) -> (Vec<Considered>, Vec<String>) {
    let zone = |at: usize| tables.zones.get(at).map_or("", |zone| zone.name.as_str());
    let joins = |boundary: &&Boundary, from: &str, to: &str| {
        zone(boundary.from.index()) == from && zone(boundary.to.index()) == to
    };
    let (from, to) = (message.from.as_str(), message.to.as_str());
    let there = tables.boundaries.iter().filter(|boundary| joins(boundary, from, to));
    let mut list = Vec::new();
    let mut found = false;
    for boundary in there {
        let chosen = entry.boundary.as_deref() == Some(boundary.id.as_str());
        let why = match failed(&boundary.when, message) {
            _ if chosen => fitting(&boundary.when),
            Some(why) => why,
            None if found => "it would fit, and one before it does already".to_owned(),
            None => "it would fit, and the message is stopped before any boundary".to_owned(),
        };
        found |= chosen;
        list.push(Considered { id: boundary.id.clone(), chosen, why });
    }
    let mut notes = Vec::new();
    if from == to && from != "unplaced" {
        notes.push("both ends are in one zone: messages go on and are not looked at".to_owned());
    } else if list.is_empty() {
        notes.push(format!(
            "no boundary goes from {} to {}: nothing crosses",
            quoted(from),
            quoted(to)
        ));
        let back: Vec<_> = tables
            .boundaries
            .iter()
            .filter(|boundary| joins(boundary, to, from))
            .map(|boundary| boundary.id.as_str())
            .collect();
        if !back.is_empty() {
            notes.push(format!(
                "{} goes the other way: what answers a request over it is asked about with \
                 `--from {to} --to {from} --response 200`",
                among(&back)
            ));
        }
    } else if entry.boundary.is_none() {
        notes.push("no boundary speaks of such a request: nothing crosses".to_owned());
    }
    let chosen = entry.boundary.as_deref();
    let chosen = tables.boundaries.iter().find(|boundary| chosen == Some(boundary.id.as_str()));
    notes.extend(chosen.and_then(|boundary| required(boundary, entry)));
    let grants = chosen.and_then(|boundary| Some((boundary, boundary.grants.as_ref()?)));
    notes.extend(grants.map(|(boundary, grants)| {
        let (id, what) = (quoted(&boundary.id), say::grants(tables, grants));
        format!("over {id} a grant may {what}; here none is taken to be given")
    }));
    (list, notes)
}

/// What the connections must prove, and whether they do.
fn required(boundary: &Boundary, entry: &Entry) -> Option<String> {
    let what = say::requirement(boundary.require)?;
    let then = match entry.reason == Some(Reason::RequirementUnmet.name()) {
        true => "and the connections do not prove it",
        false => "which the connections are taken to prove, unless `--mtls` or `--tls` say not",
    };
    Some(format!("{} requires {what}, {then}", quoted(&boundary.id)))
}

fn fitting(when: &When) -> String {
    let conditions: Vec<_> =
        [("methods", &when.methods), ("paths", &when.paths), ("media", &when.media)]
            .into_iter()
            .filter(|(_, list)| !list.is_empty())
            .map(|(name, _)| name)
            .collect();
    match conditions.is_empty() {
        true => "it speaks of all requests between these zones".to_owned(),
        false => format!("the request fits its {}", among(&conditions).replace(" or ", " and ")),
    }
}

/// The first condition that does not hold.
fn failed(when: &When, message: &Message) -> Option<String> {
    let path = message.path.split('?').next().unwrap_or("");
    let media = message.media.as_deref().unwrap_or("");
    let media = media.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let names = |list: &[String]| among(&list.iter().map(String::as_str).collect::<Vec<_>>());
    let fits = |list: &[String], fits: &dyn Fn(&str) -> bool| {
        list.is_empty() || list.iter().any(|item| fits(item))
    };
    if !fits(&when.methods, &|method| method == message.method) {
        return Some(format!("its `methods` are {}", names(&when.methods)));
    }
    if !fits(&when.paths, &|wanted| glob::fits(wanted, path.as_bytes(), Some(b'/'))) {
        return Some(format!("the path fits none of its `paths`, {}", names(&when.paths)));
    }
    // A request without a body has no type to speak of.
    let typed = message.response.is_none() && !message.body.is_empty();
    if typed && !fits(&when.media, &|wanted| glob::fits(wanted, media.as_bytes(), Some(b'/'))) {
        return Some(format!(
            "the type of the body is none of its `media`, {}",
            names(&when.media)
        ));
    }
    None
}
