//! Makes one attack by its number, sends it, and says what came of it.

use super::canary::{Proof, Specimen, specimens};
use super::carrier::{Carrier, Letter, asked, lookalikes, usual};
use super::known;
use super::seek::Needle;
use super::trick::{self, Dress};
use super::{Attack, Outcome, is_strict};
use crate::cases::exchange::{self, Message, Output, Way};
use crate::cases::plan::{self, Plan};
use crate::cases::suite::{Subject, Suite};
use crate::cells::{Cells, Direction, Place, Side};
use crate::language::field;
use crate::random::Random;
use cofferdam_engine::ends::Ends;
use cofferdam_engine::model::{Boundary, FieldStep, Ignored, Reply, Rules, Tables, ZoneId};
use std::collections::BTreeMap;

/// Names of fields that carry an attack: the first that a policy has no word for.
const KEYS: [&str; 4] = ["remark", "scribble", "jotting", "aside"];
/// How often something is put together before a plain one is taken.
const TRIES: usize = 12;

/// An encoding is split over events once in so many times.
const PARTED_IN: usize = 8;

/// Everything that attacks are made of.
pub(super) struct Range<'s> {
    attacked: Subject,
    /// What says which values may pass.
    standard: Subject,
    /// The same without openings for values.
    closed: Option<Subject>,
    proof: Option<Proof>,
    seed: u64,
    sides: Vec<Target<'s>>,
    left_out: Vec<(String, &'static str)>,
    /// Categories of which there are values, in the order in which they are sent.
    categories: Vec<(String, String, Vec<Specimen>)>,
    unmade: Vec<String>,
    dresses: Vec<Dress>,
    /// Layers of encoding that are looked through.
    layers: usize,
    key: &'static str,
}

/// One direction of a boundary, and what must hold there.
struct Target<'s> {
    side: Side<'s>,
    boundary: &'s Boundary,
    /// None where the standard has no such boundary: there nothing may cross.
    expected: Option<Side<'s>>,
    usual: Vec<Carrier>,
    /// The categories of which something must not cross, by their order in the range.
    held: Vec<usize>,
    /// What the policy itself lets pass and the standard does not: category and carrier.
    suspects: Vec<(usize, Carrier)>,
}

/// What an attack is to be: the carrier too, where that is a suspect.
struct Aimed<'a> {
    category: &'a str,
    made: &'a [Specimen],
    dress: usize,
    carrier: Option<&'a Carrier>,
}

/// What is sent, before it is known what comes of it.
pub(super) struct Shot {
    pub(super) carrier: Carrier,
    pub(super) dress: Dress,
    pub(super) message: Message,
    pub(super) needle: Needle,
}

impl<'s> Range<'s> {
    /// Makes values of every category that the standard knows.
    pub(super) fn new(attacked: &'s Suite<'_>, standard: &'s Suite<'_>, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let tables = standard.subject.bundle.tables();
        let proof = Proof::new(&standard.subject);
        let (mut categories, mut unmade) = (Vec::new(), Vec::new());
        for category in &tables.categories {
            let name = &category.name;
            let (subject, own) = (&standard.subject, &standard.policy.categories);
            let made = proof.as_ref();
            let made = made.map(|proof| specimens(subject, own, proof, name, &mut random));
            match made.filter(|made| !made.is_empty()) {
                Some(made) => categories.push((name.clone(), category.group.clone(), made)),
                None => unmade.push(name.clone()),
            }
        }
        random.shuffle(&mut categories);
        let layers = usize::from(tables.limits.unwrap);
        let mut dresses = trick::dresses(layers, &mut random);
        random.shuffle(&mut dresses);
        let mut range = Self {
            attacked: attacked.subject.clone(),
            standard: standard.subject.clone(),
            closed: standard.subject.altered(close),
            proof,
            seed,
            sides: Vec::new(),
            left_out: Vec::new(),
            categories,
            unmade,
            dresses,
            layers,
            key: key(tables),
        };
        range.aim(attacked.subject.bundle.tables(), tables);
        range
    }

    pub(super) fn left_out(&self) -> Vec<(String, &'static str)> {
        self.left_out.clone()
    }

    pub(super) fn unmade(&self) -> Vec<String> {
        self.unmade.clone()
    }

    /// Finds the directions over which something must not cross.
    fn aim(&mut self, attacked: &'s Tables, standard: &'s Tables) {
        let expected = Cells::new(standard);
        for side in Cells::new(attacked).sides() {
            let boundary = attacked.boundaries.iter().find(|found| found.id == side.boundary());
            let Some(boundary) = boundary else { continue };
            let same = |found: &Side<'_>| {
                found.from().name == side.from().name && found.to().name == side.to().name
            };
            let expected = expected.side(side.boundary(), side.direction()).filter(same);
            let mut usual = usual(side.direction() == Direction::Reply, &boundary.when);
            Random::new(self.seed).shuffle(&mut usual);
            let (held, suspects) = Default::default();
            let mut target = Target { side, boundary, expected, usual, held, suspects };
            target.held = self.held(&target);
            target.suspects = self.suspects(&target);
            if target.held.is_empty() {
                let name = format!("{}, {}", side.boundary(), side.direction().name());
                self.left_out.push((name, "everything may cross as it is"));
            } else {
                self.sides.push(target);
            }
        }
    }

    /// Categories of which some carrier can hold a value that must not cross. Where most may cross,
    /// every attack would look for these anew.
    fn held(&self, target: &Target<'_>) -> Vec<usize> {
        let any = |(category, _, made): &(String, String, Vec<Specimen>)| {
            made.iter().any(|specimen| !self.carriers(target, category, specimen).is_empty())
        };
        let held = self.categories.iter().enumerate().filter(|(_, category)| any(category));
        held.map(|(n, _)| n).collect()
    }

    /// Cells that the policy leaves open and the standard does not. Where both are one policy there
    /// are none.
    fn suspects(&self, target: &Target<'_>) -> Vec<(usize, Carrier)> {
        let mut list = Vec::new();
        for (n, (category, _, made)) in self.categories.iter().enumerate() {
            let Some(specimen) = made.first() else { continue };
            let key = specimen.key.as_deref().unwrap_or(self.key);
            let open = |carrier: &Carrier| {
                let decided = |place: &Place| target.side.decide(category, place).strictness();
                carrier.places(key).iter().all(|place| !is_strict(decided(place)))
            };
            let carriers = self.carriers(target, category, specimen);
            list.extend(carriers.into_iter().filter(open).map(|carrier| (n, carrier)));
        }
        Random::new(self.seed).shuffle(&mut list);
        list
    }

    /// The attack of this number; none where no boundary holds anything back.
    pub(super) fn attack(&self, number: u64) -> Option<Attack> {
        let mut random = Random::of(self.seed, number);
        let number_of = usize::try_from(number).unwrap_or(usize::MAX);
        let target = self.sides.get(number_of.checked_rem(self.sides.len())?)?;
        let (turn, count) = (number_of / self.sides.len(), target.held.len());
        // Every other attack goes where a hole is known to be, if there is such a place.
        let suspect = (turn / 2).checked_rem(target.suspects.len()).filter(|_| turn % 2 == 0);
        let suspect = suspect.and_then(|at| target.suspects.get(at));
        for step in 0..=count {
            let suspect = suspect.filter(|_| step == 0);
            let usual = || target.held.get((turn + step) % count).copied();
            let at = suspect.map_or_else(usual, |(category, _)| Some(*category))?;
            let (category, group, made) = self.categories.get(at)?;
            // Once round all categories, each comes in another dress.
            let skip = skip(count, self.dresses.len());
            let dress = (turn + turn / count * skip) % self.dresses.len();
            let carrier = suspect.map(|(_, carrier)| carrier);
            let aimed = Aimed { category, made, dress, carrier };
            let Some(shot) = self.shot(target, &aimed, &mut random) else { continue };
            let plan = cut(shot.message.body.len(), &mut random);
            let (verdict, outcome) = self.fire(target, category, &shot, &plan.1);
            return Some(Attack {
                number,
                boundary: target.side.boundary().to_owned(),
                direction: target.side.direction(),
                category: category.clone(),
                group: group.clone(),
                place: shot.carrier.name(),
                trick: trick::name(&shot.dress),
                kind: trick::kind(&shot.dress),
                cut: plan.0,
                verdict,
                outcome,
            });
        }
        None
    }

    /// The carriers that can hold a value, in cells that hold it back.
    fn carriers(&self, target: &Target<'_>, category: &str, specimen: &Specimen) -> Vec<Carrier> {
        let key = specimen.key.as_deref().unwrap_or(self.key);
        let strict = |carrier: &Carrier| {
            let Some(expected) = &target.expected else { return true };
            let places = carrier.places(key);
            places.iter().all(|place| is_strict(expected.decide(category, place).strictness()))
        };
        if let Some(steps) = &specimen.path {
            let carrier = Carrier::Field(steps.clone());
            return Some(carrier).filter(strict).into_iter().collect();
        }
        let keyed = specimen.key.is_some();
        let fits = |carrier: &&Carrier| !keyed || carrier.has_key();
        let mut list: Vec<Carrier> = target.usual.iter().filter(fits).cloned().collect();
        if !keyed {
            list.extend(named(target, category));
        }
        list.retain(strict);
        list
    }

    /// Puts an attack together.
    fn shot(&self, target: &Target<'_>, aimed: &Aimed<'_>, random: &mut Random) -> Option<Shot> {
        let Aimed { category, made, dress, carrier } = *aimed;
        for attempt in 0..TRIES {
            let specimen = random.pick(made)?;
            let mut carriers = self.carriers(target, category, specimen);
            carriers.retain(|found| carrier.is_none_or(|carrier| carrier == found));
            let Some(carrier) = random.pick(&carriers) else { continue };
            let needle = Needle::of(&specimen.value);
            // The dress whose turn it is, then others, and at last none.
            let dress = match attempt {
                0..4 => self.dresses.get(dress).cloned().unwrap_or_default(),
                4..10 => random.pick(&self.dresses).cloned().unwrap_or_default(),
                _ => Dress::new(),
            };
            // What is known to get through is tried now and then.
            if carrier.is_parted() && trick::layers(&dress) > 0 && !random.once_in(PARTED_IN) {
                continue;
            }
            let Some(text) = self.dressed(category, specimen, &dress, random) else { continue };
            let text = match carrier.broken(&text, random) {
                Some(broken) if self.takes(category, specimen, &broken) => broken,
                Some(_) => continue,
                None => text,
            };
            if trick::layers(&dress) + carrier.layers(&text) > self.layers {
                continue;
            }
            let letter = Letter {
                reply: target.side.direction() == Direction::Reply,
                when: &target.boundary.when,
                key: specimen.key.as_deref().unwrap_or(self.key),
                text: &text,
            };
            if let Some(message) = carrier.write(&letter, random) {
                let carrier = carrier.clone();
                return Some(Shot { carrier, dress, message, needle });
            }
        }
        None
    }

    /// The text as it is sent; none where the dress shows nothing on such a value.
    fn dressed(
        &self,
        category: &str,
        specimen: &Specimen,
        dress: &Dress,
        random: &mut Random,
    ) -> Option<String> {
        let plain = specimen.key.is_none() && specimen.path.is_none();
        // Words about it move it within an encoding, and give that its length.
        let about = plain && dress.iter().any(|trick| trick.bytes_min > 0);
        let begin = ["", "a ", "ab "].get(random.below(3)).copied().unwrap_or_default();
        let text = match about {
            true => format!("{begin}{} and no more", specimen.text),
            false => specimen.text.clone(),
        };
        let mut worn = text;
        for trick in dress {
            // What the name of its field tells is told no more where another name is nearer.
            if worn.len() < trick.bytes_min || (trick.names && specimen.key.is_some()) {
                return None;
            }
            worn = trick::wear(&vec![*trick], &worn, random);
            if trick.asks && !self.takes(category, specimen, &worn) {
                return None;
            }
        }
        Some(worn)
    }

    /// Whether a text that was altered still holds the value, for the detector and for the search.
    fn takes(&self, category: &str, specimen: &Specimen, text: &str) -> bool {
        let key = specimen.key.as_deref().unwrap_or(self.key);
        let finds = |proof: &Proof| proof.finds(category, key, text, &specimen.value);
        let found = specimen.path.is_some() || self.proof.as_ref().is_some_and(finds);
        let needle = Needle::of(&specimen.value);
        found && needle.is_bare() && needle.is_in(vec![text.as_bytes().to_vec()])
    }

    /// Sends it, and looks for the value on the other side.
    fn fire(
        &self,
        target: &Target<'_>,
        category: &str,
        shot: &Shot,
        plan: &Plan,
    ) -> (&'static str, Outcome) {
        let Shot { message, needle, .. } = shot;
        if !needle.is_in(pieces(&message.head, &message.body, &message.trailers)) {
            return ("none", Outcome::Broken);
        }
        let output = match send(&self.attacked, target, message, plan) {
            Some(output) => output,
            None => return ("none", Outcome::Broken),
        };
        let verdict = output.entry.verdict;
        if !arrived(needle, &output) {
            return (verdict, Outcome::Held);
        }
        (verdict, self.judge(target, category, shot, plan, &output))
    }

    /// What it means that a value arrived.
    fn judge(
        &self,
        target: &Target<'_>,
        category: &str,
        shot: &Shot,
        plan: &Plan,
        output: &Output,
    ) -> Outcome {
        let Some(expected) = &target.expected else { return Outcome::Through };
        let through = |subject: &Subject| {
            let output = send(subject, target, &shot.message, plan);
            output.is_some_and(|output| arrived(&shot.needle, &output))
        };
        let closed = self.closed.as_ref().is_some_and(|closed| !through(closed));
        if closed && through(&self.standard) {
            return Outcome::Open;
        }
        let places = shot.carrier.places(self.key);
        let lets = |(found, action, _): &(String, &'static str, u64)| {
            matches!(*action, "keep" | "observe")
                && found != category
                && places.iter().any(|place| !is_strict(expected.decide(found, place).strictness()))
        };
        let told = output.entry.findings.iter().any(|(found, ..)| found == category);
        if !told && output.entry.findings.iter().any(lets) {
            return Outcome::Other;
        }
        let known = known::why(shot);
        known.map_or(Outcome::Through, Outcome::Known)
    }
}

/// How many dresses to skip after so many turns, so that in time each comes at each turn.
fn skip(turns: usize, dresses: usize) -> usize {
    let apart = |skip: &usize| {
        let (mut a, mut b) = (turns + skip, dresses);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a == 1
    };
    (5..5 + dresses).find(apart).unwrap_or(1)
}

/// Places that the rules of the policy or of the standard name, and names like those that cross.
fn named(target: &Target<'_>, category: &str) -> Vec<Carrier> {
    let sides = std::iter::once(&target.side).chain(&target.expected);
    let mut list: Vec<Carrier> = sides
        .clone()
        .flat_map(|side| side.places(category))
        .filter_map(|place| match place {
            Place::Field(path) => field::parse(&path).ok().map(Carrier::Field),
            Place::Header(name) => Some(Carrier::Header(Some(name))),
            Place::Cookie(name) => Some(Carrier::Cookie(Some(name))),
            Place::Path
            | Place::Query
            | Place::Body
            | Place::Trailer
            | Place::AnyHeader
            | Place::AnyCookie => None,
        })
        .collect();
    // What may cross is a field by itself in the places that are told apart.
    if sides.filter_map(Side::rules).any(|rules| rules.fields_only.is_some()) {
        let names: Vec<_> = list
            .iter()
            .filter_map(|carrier| match carrier {
                Carrier::Field(steps) => match steps.as_slice() {
                    [FieldStep::Key(name)] => Some(name.clone()),
                    _ => None,
                },
                _ => None,
            })
            .collect();
        list.extend(names.iter().flat_map(|name| lookalikes(name)).map(Carrier::Smuggled));
    }
    list
}

fn send(subject: &Subject, target: &Target<'_>, message: &Message, plan: &Plan) -> Option<Output> {
    // A reply goes back over the boundary that its request came over.
    let (from, to) = match target.side.direction() {
        Direction::Request => (target.side.from(), target.side.to()),
        Direction::Reply => (target.side.to(), target.side.from()),
    };
    let zone = |name: &str| -> Option<ZoneId> { subject.zone(name) };
    let asked = match target.side.direction() {
        Direction::Request => None,
        Direction::Reply => Some(asked(&target.boundary.when)),
    };
    let ends = Ends::meeting_requirements();
    let way = Way { from: zone(&from.name)?, to: zone(&to.name)?, asked, ends };
    exchange::send(&way, message, plan, subject).ok()
}

/// Takes every opening for values away; those for fields are cells.
fn close(tables: &mut Tables) {
    let close = |rules: &mut Rules| {
        rules.ignore.retain(|ignore| matches!(ignore.what, Ignored::Field(_)));
    };
    for boundary in &mut tables.boundaries {
        close(&mut boundary.request);
        if let Reply::Inspect(reply) = &mut boundary.reply {
            close(reply);
        }
    }
}

fn arrived(needle: &Needle, output: &Output) -> bool {
    needle.is_in(pieces(&output.headers, &output.body, &output.trailers))
}

pub(crate) fn pieces(
    head: &[(Vec<u8>, Vec<u8>)],
    body: &[u8],
    trailers: &[(Vec<u8>, Vec<u8>)],
) -> Vec<Vec<u8>> {
    let lines = head.iter().chain(trailers).filter(|(name, _)| name != b"content-length");
    let mut list: Vec<Vec<u8>> =
        lines.map(|(name, value)| [name, value].map(Vec::as_slice).join(&b": "[..])).collect();
    list.push(body.to_vec());
    list
}

fn cut(length: usize, random: &mut Random) -> (&'static str, Plan) {
    match random.below(4) {
        0 => ("whole", Plan::new()),
        1 => ("byte by byte", (1..length).collect()),
        _ => ("at random", plan::random(random.next(), length)),
    }
}

/// A name that no rule and no field of the policy speaks of.
pub(crate) fn key(tables: &Tables) -> &'static str {
    let names: BTreeMap<&str, ()> = tables
        .fields
        .iter()
        .flat_map(|field| &field.steps)
        .filter_map(|step| match step {
            FieldStep::Key(name) | FieldStep::Descend(name) => Some((name.as_str(), ())),
            FieldStep::AnyKey | FieldStep::AnyIndex | FieldStep::Index(_) | FieldStep::Named(_) => {
                None
            }
        })
        .collect();
    KEYS.into_iter().find(|key| !names.contains_key(key)).unwrap_or("drilled")
}
