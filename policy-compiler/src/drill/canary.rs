//! Makes values that the engine must find: of the built-in detectors by altering their examples as
//! far as their checks take them, of the policy's own categories by their patterns, words, fields.
//! What it makes is made up, and stays in memory: nothing here is printed or can be.

use super::sample::sample;
use super::seek::Needle;
use super::trick::json;
use crate::cases::exchange::{self, Message, Way};
use crate::cases::suite::Subject;
use crate::detectors::{self, Builtin, by_field};
use crate::language::CategoryForm;
use crate::random::Random;
use cofferdam_engine::detect::automaton::Automaton;
use cofferdam_engine::detect::validate;
use cofferdam_engine::ends::Ends;
use cofferdam_engine::model::{
    Action, ActionId, Border, Boundary, Decision, Delivery, Detector, Entries, FieldStep, Mode,
    Reply, Require, RuleId, Rules, Tables, UNPLACED, When,
};

/// How often an example is altered before it is taken as it is: one in 97 passes a check of IBAN.
const TRIES: usize = 400;
/// How many values are made of each way to find a category.
const EACH: usize = 2;

/// A made-up value, with what must be about it.
#[derive(Clone)]
pub(crate) struct Specimen {
    /// The value itself.
    pub(crate) value: String,
    /// The value with the words that must stand near.
    pub(crate) text: String,
    /// The name that its field must have.
    pub(crate) key: Option<String>,
    /// The field that it must stand in.
    pub(crate) path: Option<Vec<FieldStep>>,
}

/// What the values of one policy are proven on: nothing but its detectors.
pub(crate) struct Proof {
    subject: Subject,
}

impl Proof {
    /// A subject with the same detectors, in which everything that is found is redacted.
    pub(crate) fn new(subject: &Subject) -> Option<Self> {
        subject.altered(all_redacted).map(|subject| Self { subject })
    }

    /// Whether a text is found as this category, and gone, in a plain field of JSON.
    pub(crate) fn finds(&self, category: &str, key: &str, text: &str, value: &str) -> bool {
        self.accepts(category, format!("{{{}:{}}}", json(key), json(text)), value)
    }

    fn accepts(&self, category: &str, body: String, value: &str) -> bool {
        let head = [
            (":method", "POST"),
            (":scheme", "https"),
            (":authority", "service.example.com"),
            (":path", "/"),
            ("content-type", "application/json"),
        ];
        let head = head.map(|(name, value)| (name.into(), value.into())).to_vec();
        let message = Message { head, body: body.into_bytes(), trailers: Vec::new() };
        let way = Way { from: UNPLACED, to: UNPLACED, asked: None, ends: Ends::default() };
        let output = exchange::send(&way, &message, &Vec::new(), &self.subject);
        output.is_ok_and(|output| {
            output.entry.findings.iter().any(|(found, ..)| found == category)
                && !Needle::of(value).is_in(vec![output.body])
        })
    }
}

fn all_redacted(tables: &mut Tables) {
    let (action, rule) = (index(tables.actions.len()), index(tables.rules.len()));
    tables.actions.push(Action::Redact);
    tables.rules.push("drill".to_owned());
    tables.mode = Mode::Enforce;
    let decision = Decision { action: ActionId(action), rule: RuleId(rule) };
    let request = Rules {
        mode: Mode::Enforce,
        delivery: Delivery::Stream,
        entries: Entries::All,
        inspect_credentials_in_place: true,
        by_category: vec![Some(decision); tables.categories.len()],
        placed: Vec::new(),
        ignore: Vec::new(),
        fields_only: None,
    };
    tables.boundaries = vec![Boundary {
        id: "drill".to_owned(),
        from: UNPLACED,
        to: UNPLACED,
        when: When::default(),
        upgrades: Vec::new(),
        require: Require::default(),
        grants: None,
        request,
        reply: Reply::StatusOnly,
    }];
}

fn index(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}

/// Values of a category, each proven; none where no value of it could be made. `own` has the
/// policy's own categories, as far as its text is at hand.
pub(crate) fn specimens(
    subject: &Subject,
    own: &[CategoryForm],
    proof: &Proof,
    category: &str,
    random: &mut Random,
) -> Vec<Specimen> {
    let mut list = Vec::new();
    let tables = subject.bundle.tables();
    let of_category = |detector: &&Detector| {
        tables.categories.get(detector.category.index()).is_some_and(|found| found.name == category)
    };
    for detector in tables.detectors.iter().filter(of_category) {
        let rows = detectors::builtin().filter(|row| row.name == detector.name);
        for row in rows.filter(|row| row.category == category) {
            list.extend((0..EACH).filter_map(|_| of_row(subject, proof, row, detector, random)));
        }
    }
    if let Some(row) = by_field::find(category) {
        let keys: Vec<&str> = row.words.iter().chain(row.names).copied().collect();
        list.extend((0..2 * EACH).filter_map(|_| {
            let key = slug(random.pick(&keys).copied()?)?;
            let value = name(random);
            let found = proof.finds(category, &key, &value, &value);
            found.then(|| Specimen { text: value.clone(), value, key: Some(key), path: None })
        }));
    }
    if let Some(form) = own.iter().find(|form| form.name.value == category) {
        let near: Vec<&str> = form.near.iter().map(|word| word.value.as_str()).collect();
        let mut made = Vec::new();
        if let Some(pattern) = &form.pattern {
            made.extend((0..TRIES).filter_map(|_| sample(&pattern.value, random)));
        }
        made.extend(form.words.iter().map(|word| word.value.clone()));
        // Many are made and few are kept: a check takes one in ten, or in a hundred.
        random.shuffle(&mut made);
        let proven =
            made.into_iter().filter_map(|value| with(proof, category, value, &near, " ", random));
        list.extend(proven.take(2 * EACH));
        for field in &form.fields {
            let (value, path) = (name(random), Some(field.value.steps.clone()));
            list.push(Specimen { text: value.clone(), value, key: None, path });
        }
    }
    list
}

fn of_row(
    subject: &Subject,
    proof: &Proof,
    row: &Builtin,
    detector: &Detector,
    random: &mut Random,
) -> Option<Specimen> {
    let section = subject.bundle.blob().automaton(usize::from(detector.automaton))?;
    let automaton = Automaton::parse(section).ok()?;
    let takes = |text: &str| {
        let bytes = text.as_bytes();
        automaton.accepts_all_of(bytes) && validate::accept(row.validator, bytes, 0, bytes.len())
    };
    let mut altered = (0..TRIES).map(|_| alter(row.example, random));
    let value = altered.find(|text| takes(text)).unwrap_or_else(|| row.example.to_owned());
    let sign = if row.left == Border::Assigned { "=" } else { " " };
    with(proof, row.category, value, row.near, sign, random)
        .or_else(|| with(proof, row.category, row.example.to_owned(), row.near, sign, random))
}

/// The value by itself, behind a word, or in a field that is called so: whatever proves it.
fn with(
    proof: &Proof,
    category: &str,
    value: String,
    near: &[&str],
    sign: &str,
    random: &mut Random,
) -> Option<Specimen> {
    let mut ways: Vec<(String, Option<String>)> = Vec::new();
    if near.is_empty() {
        ways.push((value.clone(), None));
        ways.push((format!("value{sign}{value}"), None));
    }
    for _ in 0..3 {
        let Some(word) = random.pick(near) else { break };
        ways.push((format!("{word}{sign}{value}"), None));
        ways.push((value.clone(), slug(word)));
    }
    let at = random.below(2);
    if !near.is_empty() {
        ways.rotate_left(at);
    }
    let found = ways.into_iter().find(|(text, key)| {
        proof.finds(category, key.as_deref().unwrap_or("remark"), text, &value)
    });
    found.map(|(text, key)| Specimen { value, text, key, path: None })
}

/// Another value of the same shape: some digits and letters are others.
fn alter(example: &str, random: &mut Random) -> String {
    let letters = random.once_in(2);
    let mut other = |c: char| {
        let nth = |random: &mut Random, base: u8, count: usize| {
            char::from(base + u8::try_from(random.below(count)).unwrap_or(0))
        };
        match c {
            '0'..='9' if random.once_in(2) => nth(random, b'0', 10),
            'a'..='z' if letters && random.once_in(4) => nth(random, b'a', 26),
            'A'..='Z' if letters && random.once_in(4) => nth(random, b'A', 26),
            _ => c,
        }
    };
    example.chars().map(&mut other).collect()
}

/// What nothing but its field tells: two words that are none.
fn name(random: &mut Random) -> String {
    let mut word = |capital: char| {
        let mut out = String::from(capital);
        for _ in 0..4 {
            for letters in [&b"aeiou"[..], b"kqvxz"] {
                out.extend(random.pick(letters).map(|letter| char::from(*letter)));
            }
        }
        out
    };
    format!("{} {}", word('Q'), word('V'))
}

/// A word as a name that every format can say. None where that would be another word.
fn slug(word: &str) -> Option<String> {
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || " -_".contains(c));
    let first = word.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
    (plain && first).then(|| word.to_ascii_lowercase().replace([' ', '-'], "_"))
}
