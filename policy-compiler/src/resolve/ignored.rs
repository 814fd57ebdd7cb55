//! Turns the openings of `ignore` into what the engine compares: paths, salted digests, ranges.
//! No ignored value goes into a blob; of a wide range the ends do.

use super::detection::Detection;
use super::intern::Interned;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::language::read::{Name, among};
use crate::language::yaml::escape;
use crate::language::{IgnoredForm, RangeForm, parse_block};
use crate::published;
use cofferdam_engine::detect::validate;
use cofferdam_engine::model::{AddressBlock, CategoryId, Detector, Ignore, Ignored, Validator};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// Blocks of addresses that have a name.
const WELL_KNOWN: [(&str, &[&str]); 4] = [
    // RFC 1918; RFC 4193.
    ("private", &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]),
    ("loopback", &["127.0.0.0/8", "::1/128"]),
    // RFC 3927; RFC 4291, 2.5.6.
    ("link_local", &["169.254.0.0/16", "fe80::/10"]),
    // RFC 5737; RFC 3849; RFC 9637.
    (
        "documentation",
        &["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"],
    ),
];

/// Narrower than this a range is a list of values, and says as much of people as one.
const ENDS_ALIKE_MIN: usize = 2;

/// Refuses what a category cannot be compared with: the engine compares what detectors prove.
pub(super) fn check(
    category: CategoryId,
    name: &str,
    form: &IgnoredForm,
    detection: &Detection,
    diagnostics: &mut Diagnostics,
) {
    let span = match form {
        IgnoredForm::Value(text) | IgnoredForm::Prefix(text) | IgnoredForm::Addresses(text) => {
            text.span
        }
        IgnoredForm::Range(range) => range.span,
        IgnoredForm::Field(_) | IgnoredForm::PublishedTestValues => return,
    };
    if detection.of(category).next().is_none() {
        let message = format!("`{name}` is found by field, and its values are not compared");
        let help = "name `fields` to let through";
        diagnostics.push(Diagnostic::new(Code::Conflict, span, message).help(help));
        return;
    }
    match form {
        IgnoredForm::Addresses(text) => check_addresses(category, name, text, detection),
        IgnoredForm::Range(range) => check_range(category, range, detection),
        IgnoredForm::Value(_)
        | IgnoredForm::Prefix(_)
        | IgnoredForm::Field(_)
        | IgnoredForm::PublishedTestValues => Ok(()),
    }
    .unwrap_or_else(|diagnostic| diagnostics.push(diagnostic));
}

fn check_addresses(
    category: CategoryId,
    name: &str,
    text: &Name,
    detection: &Detection,
) -> Result<(), Diagnostic> {
    let is_address =
        |detector: &Detector| matches!(detector.validator, Validator::Ipv4 | Validator::Ipv6);
    if !detection.of(category).any(is_address) {
        let message = format!("`{name}` has no address blocks");
        return Err(Diagnostic::new(Code::Conflict, text.span, message)
            .help("write the first and the last value, `{ from: .., to: .. }`"));
    }
    if blocks(&text.value).is_empty() {
        let message = format!("`{}` is no address block", escape(&text.value));
        let names: Vec<_> = WELL_KNOWN.iter().map(|(name, _)| *name).collect();
        return Err(Diagnostic::new(Code::Value, text.span, message).help(format!(
            "write network and length, `10.0.0.0/8`, with no bit set behind the length, or {}",
            among(&names)
        )));
    }
    Ok(())
}

fn check_range(
    category: CategoryId,
    range: &RangeForm,
    detection: &Detection,
) -> Result<(), Diagnostic> {
    let pairs = ends(category, range, detection);
    let refuse = |message: &str, help: &str| {
        Err(Diagnostic::new(Code::Value, range.span, message).help(help))
    };
    if pairs.iter().all(|(from, to)| from.len() != to.len() || from.is_empty()) {
        let help = "values are compared with those of their own length";
        return refuse("the ends of a range are of equal length", help);
    }
    if pairs.iter().all(|(from, to)| from > to) {
        return refuse("this range ends before it begins", "swap `from` and `to`");
    }
    let narrow = |(from, to): &(String, String)| {
        let at = from.len().saturating_sub(ENDS_ALIKE_MIN);
        from.as_bytes().get(..at) == to.as_bytes().get(..at)
    };
    if pairs.iter().any(narrow) {
        let message = "this range has a hundred values at most";
        return refuse(message, "name them under `values`: those go into the blob as digests");
    }
    Ok(())
}

/// The rows for one opening: one for each way in which a detector of the category spells a value.
pub(super) fn resolve(
    category: CategoryId,
    name: &str,
    form: &IgnoredForm,
    detection: &Detection,
    interned: &mut Interned,
    salt: [u8; 16],
) -> Vec<Ignore> {
    let rows: Vec<Ignored> = match form {
        IgnoredForm::Field(path) => {
            vec![Ignored::Field(interned.field(&path.value.text, &path.value.steps, None))]
        }
        IgnoredForm::Value(value) => spellings(category, &value.value, detection)
            .iter()
            .map(|text| Ignored::Value(digest(name, text, salt)))
            .collect(),
        IgnoredForm::Prefix(prefix) => spellings(category, &prefix.value, detection)
            .iter()
            .filter_map(|text| {
                let length = u16::try_from(text.len()).ok().filter(|length| *length > 0)?;
                Some(Ignored::Prefix(length, digest(name, text, salt)))
            })
            .collect(),
        IgnoredForm::Range(range) => ends(category, range, detection)
            .into_iter()
            .filter(|(from, to)| from.len() == to.len() && from <= to)
            .map(|(from, to)| Ignored::Range(from, to))
            .collect(),
        IgnoredForm::Addresses(text) => {
            blocks(&text.value).into_iter().map(Ignored::Addresses).collect()
        }
        IgnoredForm::PublishedTestValues => published::of(name)
            .map(|value| Ignored::Value(digest(name, value.as_bytes(), salt)))
            .collect(),
    };
    rows.into_iter().map(|what| Ignore { category, what }).collect()
}

/// The block that a text is, or those that it names.
fn blocks(text: &str) -> Vec<AddressBlock> {
    match WELL_KNOWN.iter().find(|(name, _)| *name == text) {
        Some((_, blocks)) => blocks.iter().filter_map(|block| parse_block(block)).collect(),
        None => parse_block(text).into_iter().collect(),
    }
}

/// Both ends of a range, in each way in which a detector of the category spells them.
fn ends(
    category: CategoryId,
    range: &RangeForm,
    detection: &Detection,
) -> BTreeSet<(String, String)> {
    let spell = |detector: &Detector, text: &str| {
        let mut canonical = Vec::new();
        validate::canonical(detector.validator, text.as_bytes(), &mut canonical);
        String::from_utf8(canonical).ok()
    };
    let pairs = detection.of(category).filter_map(|detector| {
        Some((spell(detector, &range.from.value)?, spell(detector, &range.to.value)?))
    });
    pairs.collect()
}

fn spellings(category: CategoryId, text: &str, detection: &Detection) -> BTreeSet<Vec<u8>> {
    let mut spellings = BTreeSet::new();
    for detector in detection.of(category) {
        let mut canonical = Vec::new();
        validate::canonical(detector.validator, text.as_bytes(), &mut canonical);
        spellings.insert(canonical);
    }
    spellings
}

/// What a blob keeps of an ignored value.
pub(crate) fn digest(category: &str, canonical: &[u8], salt: [u8; 16]) -> [u8; 16] {
    let mut sha = Sha256::new();
    sha.update(salt);
    sha.update(category.as_bytes());
    sha.update([0]);
    sha.update(canonical);
    let mut short = [0; 16];
    short.copy_from_slice(&sha.finalize()[..16]);
    short
}
