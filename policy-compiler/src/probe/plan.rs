//! Makes the messages of a probe: for each boundary between two zones, each category that must not
//! cross as it is and each place of a message. Asks the engine what must come of each.

use super::echo;
use super::known::Known;
use super::order::{self, HEADER, Key, Nonce, Order, Piece, Seen};
use super::shot::{Expected, Shot};
use super::{Options, Outcome, Row, Why};
use crate::cases::exchange::{self, Message, Output, Way as Route};
use crate::cells::{Cells, Direction, Side};
use crate::drill::attack::{self, pieces};
use crate::drill::canary::{Proof, Specimen, specimens};
use crate::drill::carrier::{Carrier, Letter, asked, usual};
use crate::drill::format::Format;
use crate::drill::is_strict;
use crate::drill::seek::Needle;
use crate::random::Random;
use crate::report::printable;
use crate::trial::example;
use cofferdam_engine::ends::Ends;
use cofferdam_engine::exchange::Headers;
use cofferdam_engine::model::{Boundary, When};
use std::cell::Cell;
use std::fmt;

/// How often an order is named anew, where the policy would alter it.
const TRIES: usize = 4;

/// Reasons that a rule gives for what it holds back.
const BY_POLICY: [&str; 3] = ["finding", "no_fields", "protected_place"];

/// A path that no boundary between the two zones speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError {
    path: String,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = printable(&self.path);
        write!(f, "no boundary between these zones speaks of the path `{path}`")
    }
}

impl std::error::Error for PathError {}

/// Everything that messages are made of.
pub(super) struct Plan<'k> {
    known: &'k Known,
    options: &'k Options,
    proof: Option<Proof>,
    /// Values by category.
    categories: Vec<(String, Vec<Specimen>)>,
    key: &'static str,
    ways: Vec<Way<'k>>,
    /// How many orders were named.
    orders: Cell<u64>,
}

/// A boundary, and a path by which requests go over it.
#[derive(Clone)]
pub(super) struct Way<'k> {
    boundary: &'k Boundary,
    path: String,
    /// The first of its boundary is probed with everything; the others show that the filter is
    /// on their way as well.
    first: bool,
}

/// The messages of a way.
#[derive(Default)]
pub(super) struct Made {
    /// Shows that the echo answers.
    pub(super) greeting: Option<Shot>,
    pub(super) shots: Vec<Shot>,
    /// What no message could be made for.
    pub(super) unmade: Vec<Row>,
}

/// What a message is about.
struct Aim<'a> {
    way: &'a Way<'a>,
    side: Side<'a>,
    category: &'a str,
    specimen: &'a Specimen,
    carrier: &'a Carrier,
    when: &'a When,
}

impl<'k> Plan<'k> {
    pub(super) fn new(known: &'k Known, options: &'k Options) -> Result<Self, PathError> {
        let seed = options.run.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let mut random = Random::new(seed);
        let tables = known.tables();
        let proof = Proof::new(&known.subject);
        let mut categories = Vec::new();
        for category in &tables.categories {
            let made = proof.as_ref().map(|proof| {
                specimens(&known.subject, &known.own, proof, &category.name, &mut random)
            });
            categories.push((category.name.clone(), made.unwrap_or_default()));
        }
        let mut plan = Self {
            known,
            options,
            proof,
            categories,
            key: attack::key(tables),
            ways: Vec::new(),
            orders: Cell::new(0),
        };
        plan.find_ways()?;
        Ok(plan)
    }

    /// The ways of every boundary between the two zones, by the paths that were asked for, or by
    /// one for each of its conditions.
    fn find_ways(&mut self) -> Result<(), PathError> {
        let (from, to) = (self.options.ends.from, self.options.ends.to);
        let boundaries = self.known.tables().boundaries.iter();
        let boundaries: Vec<_> =
            boundaries.filter(|found| (found.from, found.to) == (from, to)).collect();
        let goes = |boundary: &Boundary, path: &str| {
            let head = asked(&when(boundary, path));
            let output = self.native(None, message(head));
            output.is_some_and(|output| output.entry.boundary.as_ref() == Some(&boundary.id))
        };
        for path in &self.options.paths {
            if !boundaries.iter().any(|boundary| goes(boundary, path)) {
                return Err(PathError { path: path.clone() });
            }
        }
        let mut ways = Vec::new();
        for boundary in boundaries {
            let given = self.options.paths.iter().filter(|path| goes(boundary, path));
            let mut paths: Vec<String> = given.cloned().collect();
            if paths.is_empty() {
                paths = match boundary.when.paths.is_empty() {
                    true => vec!["/".to_owned()],
                    false => boundary.when.paths.iter().map(|glob| example(glob)).collect(),
                };
            }
            let rows = paths.into_iter().enumerate();
            ways.extend(rows.map(|(n, path)| Way { boundary, path, first: n == 0 }));
        }
        self.ways = ways;
        Ok(())
    }

    pub(super) fn ways(&self) -> Vec<Way<'k>> {
        self.ways.clone()
    }

    /// Directions in which nothing is held back.
    pub(super) fn open(&self) -> Vec<(String, Direction)> {
        let ways = self.ways.iter().filter(|way| way.first);
        let sides = ways.flat_map(|way| self.sides(way.boundary));
        let open = sides.filter(|side| !self.holds(side));
        open.map(|side| (side.boundary().to_owned(), side.direction())).collect()
    }

    fn sides(&self, boundary: &Boundary) -> Vec<Side<'k>> {
        let sides = Cells::new(self.known.tables()).sides();
        sides.filter(|side| side.boundary() == boundary.id).collect()
    }

    fn holds(&self, side: &Side<'_>) -> bool {
        self.categories.iter().any(|(category, _)| is_held(side, category))
    }

    /// The messages of a way.
    pub(super) fn shots(&self, way: &Way<'k>) -> Made {
        let mut made = Made { greeting: self.greeting(way), ..Made::default() };
        for side in self.sides(way.boundary) {
            let few = self.options.quick || !way.first || side.rules().is_none();
            // Of each place and each thing that may come of it, one value is enough then.
            let mut tried: Vec<(String, &'static str)> = Vec::new();
            for (category, values) in &self.categories {
                if !is_held(&side, category) {
                    continue;
                }
                let before = made.shots.len();
                for shot in self.of_category(way, side, category, values) {
                    let kind = (shot.place.clone(), wanted(&shot));
                    if few && tried.contains(&kind) {
                        continue;
                    }
                    tried.push(kind);
                    made.shots.push(shot);
                }
                if !few && made.shots.len() == before {
                    made.unmade.push(self.unmade(way, &side, category));
                }
            }
            if few && tried.is_empty() && self.holds(&side) {
                made.unmade.push(self.unmade(way, &side, "any"));
            }
        }
        made
    }

    fn unmade(&self, way: &Way<'_>, side: &Side<'_>, category: &str) -> Row {
        // Without an echo nothing at all is known of what comes back.
        let why = match (side.direction(), &self.options.key) {
            (Direction::Reply, None) => Why::NoEcho,
            (Direction::Reply, Some(_)) | (Direction::Request, _) => Why::NoValue,
        };
        Row {
            boundary: way.boundary.id.clone(),
            direction: side.direction(),
            category: Some(category.to_owned()),
            place: "any".to_owned(),
            path: way.path.clone(),
            wanted: "rewrite",
            outcome: Outcome::Unjudged(why),
        }
    }

    /// The messages for one category: one in each place that holds it back.
    fn of_category(
        &self,
        way: &Way<'_>,
        side: Side<'_>,
        category: &str,
        values: &[Specimen],
    ) -> Vec<Shot> {
        let reply = side.direction() == Direction::Reply;
        let conditions = when(way.boundary, &way.path);
        let mut carriers = few(usual(reply, &conditions));
        if !reply {
            carriers.push(Carrier::Path);
        }
        let fields = values.iter().filter_map(|specimen| specimen.path.clone());
        carriers.extend(fields.map(Carrier::Field));
        carriers.dedup();
        let mut shots = Vec::new();
        for carrier in &carriers {
            // A value in the path needs room for one more segment.
            let conditions = match carrier {
                Carrier::Path => {
                    when(way.boundary, &format!("{}/*", way.path.trim_end_matches('/')))
                }
                _ => conditions.clone(),
            };
            let shot = values.iter().find_map(|specimen| {
                let aim = Aim { way, side, category, specimen, carrier, when: &conditions };
                if !self.fits(&aim) {
                    return None;
                }
                match (reply, &self.options.key) {
                    (false, Some(key)) => self.request(&aim, key),
                    (false, None) => self.unseen(&aim),
                    (true, Some(key)) => self.reply(&aim, key),
                    (true, None) => self.reflection(&aim),
                }
            });
            shots.extend(shot);
        }
        shots
    }

    /// Whether the carrier can hold the value, in cells that hold it back.
    fn fits(&self, aim: &Aim<'_>) -> bool {
        let Aim { side, category, specimen, carrier, .. } = aim;
        let named = match (&specimen.path, carrier) {
            (Some(path), Carrier::Field(field)) => path == field,
            (Some(_), _) | (None, Carrier::Field(_)) => false,
            (None, _) => specimen.key.is_none() || carrier.has_key(),
        };
        let places = carrier.places(specimen.key.as_deref().unwrap_or(self.key));
        named && places.iter().all(|place| is_strict(side.decide(category, place).strictness()))
    }

    /// The message with the value in it.
    fn written(&self, aim: &Aim<'_>, text: &str, reply: bool) -> Option<(Message, Needle)> {
        let key = aim.specimen.key.as_deref().unwrap_or(self.key);
        let letter = Letter { reply, when: aim.when, key, text };
        let message = aim.carrier.write(&letter, &mut Random::new(1))?;
        let needle = Needle::of(&aim.specimen.value);
        let holds = needle.is_in(pieces(&message.head, &message.body, &message.trailers));
        holds.then_some((message, needle))
    }

    /// A request that the engine takes over this boundary, and that no value leaves by.
    fn held(&self, aim: &Aim<'_>) -> Option<(Message, Needle, Output)> {
        let (message, needle) = self.written(aim, &aim.specimen.text, false)?;
        let output = self.native(None, copy(&message))?;
        self.is_held(aim, &needle, &output).then_some((message, needle, output))
    }

    fn is_held(&self, aim: &Aim<'_>, needle: &Needle, output: &Output) -> bool {
        // What stops for its form stops whatever the policy says of values.
        let by_policy = reason(output).is_none_or(|reason| BY_POLICY.contains(&reason));
        output.entry.boundary.as_ref() == Some(&aim.way.boundary.id)
            && output.entry.verdict != "forward"
            && by_policy
            && !needle.is_in(pieces(&output.headers, &output.body, &output.trailers))
    }

    fn request(&self, aim: &Aim<'_>, key: &Key) -> Option<Shot> {
        let (message, needle, output) = self.held(aim)?;
        let place = place(aim.carrier).filter(|_| !has_token(&output));
        let left = |output: &Output| place.as_ref().map(|it| it.of(&output.headers, &output.body));
        let wanted = left(&output);
        let blocks = reason(&output);
        for _ in 0..TRIES {
            let nonce = self.nonce(key);
            let watch = place.clone().zip(wanted.as_deref().map(order::digest));
            let value = Some(aim.specimen.value.clone());
            let order = key.seal(&nonce, &Order { value, watch, reply: None });
            let sent = with(&message, &order);
            let output = self.native(None, copy(&sent))?;
            let same = match blocks {
                Some(_) => reason(&output) == blocks,
                None => keeps(&output, &order) && left(&output) == wanted,
            };
            if same {
                let expected = Expected::Request { blocks };
                return Some(self.shot(aim, sent, needle, expected, Some((key.clone(), nonce))));
            }
        }
        None
    }

    fn unseen(&self, aim: &Aim<'_>) -> Option<Shot> {
        let (message, needle, output) = self.held(aim)?;
        let expected = Expected::Unseen { blocks: reason(&output) };
        Some(self.shot(aim, message, needle, expected, None))
    }

    /// A request for a reply that holds the value.
    fn reply(&self, aim: &Aim<'_>, key: &Key) -> Option<Shot> {
        let (written, needle) = self.written(aim, &aim.specimen.text, true)?;
        for _ in 0..TRIES {
            let nonce = self.nonce(key);
            let (value, status) = key.answer(&nonce, Seen::Same);
            let lines = written.head.iter().filter(|(name, _)| !name.starts_with(b":"));
            let reply = Message { head: lines.cloned().collect(), ..copy(&written) };
            let order = key.seal(&nonce, &Order { reply: Some(copy(&reply)), ..Order::default() });
            let ask = with(&message(asked(aim.when)), &order);
            let taken = self.native(None, copy(&ask))?;
            if !keeps(&taken, &order) || taken.entry.boundary.as_ref() != Some(&aim.way.boundary.id)
            {
                continue;
            }
            let mut reply = with(&reply, &value);
            reply.head.insert(0, (b":status".to_vec(), status.to_string().into_bytes()));
            let output = self.native(Some(ask.head.clone()), reply)?;
            if !self.is_held(aim, &needle, &output) {
                return None;
            }
            let blocks = reason(&output);
            if blocks.is_none() && aim.side.rules().is_some() && !keeps(&output, &value) {
                continue;
            }
            let place = place(aim.carrier).filter(|_| !has_token(&output));
            let place = place.map(|place| {
                let bytes = place.of(&output.headers, &output.body);
                (place, bytes)
            });
            let expected = Expected::Reply { blocks, place };
            return Some(self.shot(aim, ask, needle, expected, Some((key.clone(), nonce))));
        }
        None
    }

    /// A request that may hold the value on its way in, for a service that sends it back.
    fn reflection(&self, aim: &Aim<'_>) -> Option<Shot> {
        let bodies = [Carrier::Body(Format::Json, Some("application/json")), Carrier::Query];
        if !bodies.contains(aim.carrier) {
            // What is sent back stands in the body, wherever it stood in the request.
            return None;
        }
        let word = format!("qv{}zx", u64::from_le_bytes(*self.options.run.first_chunk()?) % 997);
        let text = format!("{} {word}", aim.specimen.text);
        let key = aim.specimen.key.as_deref().unwrap_or(self.key);
        let Specimen { value, .. } = aim.specimen;
        let found = self.proof.as_ref()?.finds(aim.category, key, &text, value);
        let (message, needle) = self.written(aim, &text, false).filter(|_| found)?;
        let output = self.native(None, copy(&message))?;
        let passes = needle.is_in(pieces(&output.headers, &output.body, &output.trailers));
        let expected = Expected::Reflection { word };
        passes.then(|| self.shot(aim, message, needle, expected, None))
    }

    /// What shows that an echo answers over this way.
    fn greeting(&self, way: &Way<'_>) -> Option<Shot> {
        let key = self.options.key.as_ref()?;
        let nonce = self.nonce(key);
        let order = key.seal(&nonce, &Order::default());
        let message = with(&message(asked(&when(way.boundary, &way.path))), &order);
        Some(Shot {
            boundary: way.boundary.id.clone(),
            direction: Direction::Request,
            category: None,
            place: "none".to_owned(),
            path: way.path.clone(),
            message,
            needle: None,
            expected: Expected::Request { blocks: None },
            order: Some((key.clone(), nonce)),
            status_only: is_status_only(way.boundary),
        })
    }

    fn shot(
        &self,
        aim: &Aim<'_>,
        message: Message,
        needle: Needle,
        expected: Expected,
        order: Option<(Key, Nonce)>,
    ) -> Shot {
        Shot {
            boundary: aim.way.boundary.id.clone(),
            direction: aim.side.direction(),
            category: Some(aim.category.to_owned()),
            place: aim.carrier.name(),
            path: aim.way.path.clone(),
            message,
            needle: Some(needle),
            expected,
            order,
            status_only: is_status_only(aim.way.boundary),
        }
    }

    fn nonce(&self, key: &Key) -> Nonce {
        self.orders.set(self.orders.get() + 1);
        key.nonce(&self.options.run, self.orders.get())
    }

    /// What the engine makes of a message.
    fn native(&self, asked: Option<Headers>, message: Message) -> Option<Output> {
        let crate::trial::Ends { from, to } = self.options.ends;
        let way = Route { from, to, asked, ends: Ends::meeting_requirements() };
        exchange::send(&way, &message, &Vec::new(), &self.known.subject).ok()
    }
}

fn is_held(side: &Side<'_>, category: &str) -> bool {
    let places = side.places(category);
    places.iter().any(|place| is_strict(side.decide(category, place).strictness()))
}

fn wanted(shot: &Shot) -> &'static str {
    match &shot.expected {
        Expected::Request { blocks }
        | Expected::Unseen { blocks }
        | Expected::Reply { blocks, .. } => blocks.unwrap_or("rewrite"),
        Expected::Reflection { .. } => "rewrite",
    }
}

/// Places that every listener has. What is written otherwise in them is `drill`'s to try.
fn few(mut all: Vec<Carrier>) -> Vec<Carrier> {
    let plain = |carrier: &Carrier| match carrier {
        Carrier::Body(Format::Json | Format::Text | Format::Form, declared) => declared
            .is_some_and(|declared| {
                ["application/json", "text/plain", "application/x-www-form-urlencoded"]
                    .contains(&declared)
            }),
        Carrier::Body(..) | Carrier::Trailer | Carrier::QueryName | Carrier::Coded(_) => false,
        Carrier::Field(_) | Carrier::Smuggled(_) | Carrier::Path => false,
        Carrier::Query | Carrier::Header(_) | Carrier::Cookie(_) => true,
    };
    let own = |carrier: &Carrier| match carrier {
        Carrier::Body(format, declared) => *declared == format.media(),
        _ => true,
    };
    let body = |carrier: &Carrier| matches!(carrier, Carrier::Body(..));
    all.retain(own);
    let other = all.iter().find(|carrier| body(carrier)).cloned();
    all.retain(plain);
    if !all.iter().any(body) {
        all.extend(other);
    }
    all
}

/// What is compared of a place; nothing where a proxy may have reasons of its own to alter it.
fn place(carrier: &Carrier) -> Option<Piece> {
    match carrier {
        Carrier::Body(..) | Carrier::Field(_) | Carrier::Smuggled(_) | Carrier::Coded(_) => {
            Some(Piece::Body)
        }
        Carrier::Query | Carrier::QueryName => Some(Piece::Query),
        Carrier::Header(name) => {
            Some(Piece::Header(name.clone().unwrap_or_else(|| "x-remark".to_owned())))
        }
        Carrier::Cookie(_) | Carrier::Path | Carrier::Trailer => None,
    }
}

/// What a boundary asks of requests, by this path and by a method with a body and a reply.
fn when(boundary: &Boundary, path: &str) -> When {
    let mut when = boundary.when.clone();
    when.methods.sort_by_key(|method| method == "HEAD");
    when.paths = vec![path.to_owned()];
    when
}

fn is_status_only(boundary: &Boundary) -> bool {
    matches!(boundary.reply, cofferdam_engine::model::Reply::StatusOnly)
}

fn message(head: Headers) -> Message {
    Message { head, ..echo::nothing() }
}

fn copy(message: &Message) -> Message {
    let Message { head, body, trailers } = message;
    Message { head: head.clone(), body: body.clone(), trailers: trailers.clone() }
}

/// The message with the header that probe and echo speak by.
fn with(message: &Message, value: &str) -> Message {
    let mut message = copy(message);
    message.head.push((HEADER.into(), value.into()));
    message
}

/// Whether that header leaves as it came.
fn keeps(output: &Output, value: &str) -> bool {
    let fits =
        |(name, found): &(Vec<u8>, Vec<u8>)| name == HEADER.as_bytes() && found == value.as_bytes();
    output.entry.verdict != "block" && output.headers.iter().any(fits)
}

fn reason(output: &Output) -> Option<&'static str> {
    output.entry.reason.filter(|_| output.entry.verdict == "block")
}

/// Whether something was replaced by a token: only who has the key knows which.
fn has_token(output: &Output) -> bool {
    output.entry.findings.iter().any(|(_, action, _)| *action == "tokenize")
}
