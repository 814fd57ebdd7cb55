//! The schema for editors against the compiler: what one takes or refuses, the other does too, but
//! for what a schema cannot say.

use super::wrong_types::{KINDS, places, reference, source};
use super::yaml::{Node, Value};
use super::{parse, read, schema};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity, Source};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::{Path, PathBuf};

/// What the compiler refuses and a schema cannot, by code and a part of the message.
const BEYOND: [(Code, &str, &str); 25] = [
    (Code::Character, "", "a character in a text: patterns would be longer than the schema"),
    (Code::Feature, "", "gone when a schema sees the document"),
    (Code::DuplicateKey, "", "gone when a schema sees the document"),
    (Code::Boolean, "", "text or boolean, by the reader that an editor uses"),
    (Code::Reference, "", "names that are declared elsewhere in the document"),
    (Code::Redeclared, "", "names that are declared elsewhere in the document"),
    (Code::EqualRank, "", "one rule beside another"),
    (Code::Shadowed, "", "one boundary beside another"),
    (Code::Pattern, "", "what a regular expression becomes"),
    (Code::Conflict, "", "one value beside another"),
    (Code::Sharing, "", "one boundary beside another"),
    (Code::Broken, "", "what the rules come to"),
    (Code::Include, "", "what is in other files"),
    (Code::RealValue, "", "what detectors find"),
    (Code::Date, "", "the length of months"),
    (Code::FieldPath, "", "the grammar of paths"),
    (Code::Limit, "", "counts over the whole document"),
    (Code::Member, "", "conditions that go together; the bits of an address"),
    (Code::MissingKey, "has no `", "an owner or a date of the whole policy stands for both"),
    (Code::Value, "fits no normalized path", "what normalizing does"),
    (Code::Value, "is no size up to", "sums of digits and units"),
    (Code::Value, "is no time up to", "sums of digits and units"),
    (Code::Value, "range", "one value beside another"),
    (Code::Value, "names no control", "the lists of standards"),
    (Code::Value, "ends in what is no part of", "the lists of standards"),
];

/// As an editor reads it: the core schema of YAML 1.2.
fn document(node: &Node) -> Json {
    match &node.value {
        Value::Null | Value::Refused => Json::Null,
        Value::List(items) => items.iter().map(document).collect(),
        Value::Map(pairs) => {
            pairs.iter().map(|(key, value)| (key.text.clone(), document(value))).collect()
        }
        Value::Text { text, plain: false } => json!(text),
        Value::Text { text, .. } if text == "true" || text == "false" => json!(text == "true"),
        Value::Text { text, .. } => match serde_json::from_str::<Json>(text) {
            Ok(number) if number.is_number() => number,
            Ok(_) | Err(_) => json!(text),
        },
    }
}

struct Both {
    validator: jsonschema::Validator,
}

impl Both {
    fn new() -> Self {
        let schema = schema();
        assert!(jsonschema::draft7::meta::is_valid(&schema), "this is no schema of draft-07");
        Self { validator: jsonschema::draft7::new(&schema).expect("a schema") }
    }

    /// Whether both agree. Otherwise why not.
    fn agree(&self, source: &Source, found: &Diagnostics) -> Result<bool, String> {
        // What stands in another file is not asked about.
        let policy = source.policy().span();
        let here = |one: &&Diagnostic| one.span.start <= policy.end;
        let errors = found.iter().filter(|one| one.code.severity() == Severity::Error);
        let errors = errors.filter(here);
        let errors: Vec<_> = errors.collect();
        let Some(root) = parse(source.policy(), &mut Diagnostics::default()) else {
            return Ok(false);
        };
        let document = document(&root);
        let told = self.validator.iter_errors(&document).map(|error| error.to_string());
        let told: Vec<String> = told.collect();
        match (errors.is_empty(), told.is_empty()) {
            (true, true) => Ok(true),
            (false, false) => Ok(false),
            (true, false) => Err(format!("the schema alone refuses: {}", told.join("; "))),
            (false, true) => {
                let beyond = |code: Code, message: &str| {
                    BEYOND.iter().any(|(c, part, _)| *c == code && message.contains(part))
                };
                match errors.iter().find(|error| !beyond(error.code, &error.message)) {
                    None => Ok(false),
                    Some(error) => Err(format!("the compiler alone refuses: {}", error.message)),
                }
            }
        }
    }
}

fn policies(folder: &str) -> Vec<(PathBuf, Source)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let paths =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let policies = paths.filter(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    policies
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a policy");
            let mut source = Source::new(&path.to_string_lossy(), &text);
            let beside = |file: &str| fs::read_to_string(path.with_file_name(file));
            crate::load(&mut source, &mut |file| beside(file).map_err(|error| error.to_string()));
            for file in crate::named_files(&source) {
                if let Ok(bytes) = fs::read(path.with_file_name(&file)) {
                    source.attach(&file, bytes);
                }
            }
            (path, source)
        })
        .collect()
}

#[test]
fn every_policy_that_compiles_is_taken_and_no_wrong_one_is_that_can_be_told() {
    let both = Both::new();
    let (mut taken, mut refused, mut wrong) = (0, 0, Vec::new());
    for folder in [
        "../tests/policies",
        "../envoy/policies",
        "templates",
        "tests/meaning",
        "tests/drill",
        "tests/diagnostics",
        "tests/diagnostics/mistakes",
    ] {
        for (path, source) in policies(folder) {
            let found = crate::compile_source(&source);
            let found = found.map_or_else(|errors| errors, |compiled| compiled.warnings);
            match both.agree(&source, &found) {
                Ok(true) => taken += 1,
                Ok(false) => refused += 1,
                Err(why) => wrong.push(format!("{}: {why}", path.display())),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(taken > 40 && refused > 90, "{taken} taken, {refused} refused");
}

/// An unknown key here is an unknown key there, and a value of the wrong kind too.
#[test]
fn a_value_of_another_kind_is_refused_by_both() {
    let both = Both::new();
    let text = reference();
    let root = parse(source(&text).policy(), &mut Diagnostics::default()).expect("a policy");
    assert_eq!(both.agree(&source(&text), &Diagnostics::default()), Ok(true));
    let mut list = Vec::new();
    places(&root, &mut list);
    let (mut taken, mut refused, mut wrong) = (0, 0, Vec::new());
    for place in &list {
        for other in KINDS.iter().filter(|other| !(place.in_list && other.is_empty())) {
            let (before, after) = (&text[..place.value.start], &text[place.value.end..]);
            let changed = source(&format!("{before}{other}{after}"));
            let mut found = Diagnostics::default();
            let _ = read(&changed, &mut found);
            let mut agreed = both.agree(&changed, &found);
            // What only the rest of the compiler refuses, it must refuse.
            if agreed.is_err() && !found.has_errors() {
                let whole = crate::compile_source(&changed).err().unwrap_or_default();
                agreed = both.agree(&changed, &whole);
            }
            match agreed {
                Ok(true) => taken += 1,
                Ok(false) => refused += 1,
                Err(why) => {
                    let line = changed.position(place.key.start).line;
                    wrong
                        .push(format!("{line}: {}\n    {why}", changed.policy().line(line).trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} told apart:\n{}", wrong.len(), wrong.join("\n"));
    assert!(taken > 100 && refused > 600, "{taken} taken, {refused} refused");
}

/// A key of any mapping that nobody knows.
#[test]
fn an_unknown_key_is_refused_by_both() {
    let both = Both::new();
    let text = reference();
    let root = parse(source(&text).policy(), &mut Diagnostics::default()).expect("a policy");
    let mut list = Vec::new();
    places(&root, &mut list);
    let (mut refused, mut named) = (0, 0);
    for place in list.iter().filter(|place| !place.in_list) {
        let (before, after) = (&text[..place.key.start], &text[place.key.end..]);
        let changed = source(&format!("{before}nobody_knows_this{after}"));
        let mut found = Diagnostics::default();
        let _ = read(&changed, &mut found);
        match both.agree(&changed, &found) {
            Ok(true) => named += 1,
            Ok(false) => refused += 1,
            Err(why) => panic!("{}: {why}", &text[place.key.start..place.key.end]),
        }
    }
    // Zones, categories, actions, headers and counted categories have names of the policy's own.
    assert!(refused > 100 && named < 30, "{refused} refused, {named} named");
}
