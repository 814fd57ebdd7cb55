//! Turns the openings of `ignore` into what the engine compares: paths and salted digests.
//! No ignored value goes into a blob.

use super::detection::Detection;
use super::intern::Interned;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::language::IgnoredForm;
use cofferdam_engine::detect::validate;
use cofferdam_engine::model::{CategoryId, Ignore, Ignored};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// Refuses values of a category that only places tell: the engine compares what detectors prove.
pub(super) fn check(
    category: CategoryId,
    name: &str,
    form: &IgnoredForm,
    detection: &Detection,
    diagnostics: &mut Diagnostics,
) {
    let (IgnoredForm::Value(text) | IgnoredForm::Prefix(text)) = form else { return };
    if detection.of(category).next().is_none() {
        let message = format!("`{name}` is found by field, and its values are not compared");
        diagnostics.push(
            Diagnostic::new(Code::Conflict, text.span, message)
                .help("name `fields` to let through"),
        );
    }
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
    };
    rows.into_iter().map(|what| Ignore { category, what }).collect()
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

fn digest(category: &str, canonical: &[u8], salt: [u8; 16]) -> [u8; 16] {
    let mut sha = Sha256::new();
    sha.update(salt);
    sha.update(category.as_bytes());
    sha.update([0]);
    sha.update(canonical);
    let mut short = [0; 16];
    short.copy_from_slice(&sha.finalize()[..16]);
    short
}
