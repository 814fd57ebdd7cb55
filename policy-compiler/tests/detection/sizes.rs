//! What the built-in detectors take in a blob, and that they are the same each time.

use crate::bench::tables;
use cofferdam_engine::blob;
use cofferdam_engine::model::{Category, Validator};
use cofferdam_policy_compiler::detectors::{self, Own, Sought};

#[test]
fn the_built_in_detectors_are_small_and_the_same_each_time() {
    let (first, automata) = tables(&[]);
    let sealed = blob::seal(&first, &automata).expect("a blob");
    assert!(sealed.len() <= 128 * 1024, "{} bytes", sealed.len());
    let (second, again) = tables(&[]);
    assert_eq!(blob::seal(&second, &again).expect("a blob"), sealed);
}

#[test]
fn ten_detectors_take_what_ten_take() {
    let names = ["aws_access_key", "credit_card", "iban", "jwt", "private_key", "us_ssn"];
    let group = String::new();
    let categories: Vec<_> =
        names.map(|name| Category { name: name.to_owned(), group: group.clone() }).into();
    let compiled = detectors::compile(&categories, &[]).expect("patterns that compile");
    assert!(compiled.detectors.len() >= 10, "{}", compiled.detectors.len());
    let automata: usize = compiled.automata.iter().map(Vec::len).sum();
    let words: usize = compiled.words.iter().map(|word| word.text.len() + size_of::<u128>()).sum();
    assert!(automata + words <= 16 * 1024, "{automata} and {words} bytes");
}

#[test]
fn lists_name_every_detector() {
    let (text, json) = (detectors::text(), detectors::json());
    for row in detectors::builtin() {
        assert!(text.contains(&format!("{}  [{}", row.name, row.group)), "{}", row.name);
        assert!(json.contains(&format!("\"detector\":\"{}\"", row.name)), "{}", row.name);
    }
}

#[test]
fn wrong_patterns_of_a_policy_are_told_all_at_once() {
    let own = |pattern: &str, near: &[&str]| Own {
        category: "mine".to_owned(),
        sought: Sought::Pattern(pattern.to_owned()),
        near: near.iter().map(|word| (*word).to_owned()).collect(),
        validator: Validator::Structure,
    };
    let categories = [Category { name: "mine".to_owned(), group: "own".to_owned() }];
    let long = "a".repeat(41);
    let rows = [own("a+", &[]), own("ok", &["fine"]), own("^b", &["7", &long])];
    let errors = detectors::compile(&categories, &rows).expect_err("three wrong things");
    let places: Vec<_> =
        errors.iter().map(|error| (error.own, error.in_near, error.at.clone())).collect();
    assert_eq!(places, [(0, false, 1..2), (2, true, 0..1), (2, true, 1..2), (2, false, 0..1)]);
    assert!(detectors::compile(&categories, &rows[1..2]).is_ok());
}
