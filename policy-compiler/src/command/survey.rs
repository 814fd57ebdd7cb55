//! Which detectors a command looks with: those that are on, all, or a policy's own set.
//! The set is compiled as a policy is, so that a file is read with what a filter would have.

use super::{Failure, compile, files};
use clap::{Arg, ArgAction, ArgMatches};
use cofferdam_engine::Bundle;
use cofferdam_engine::model::Tables;
use cofferdam_engine::survey::Located;
use cofferdam_policy_compiler::detectors;
use cofferdam_policy_compiler::diagnostic::Source;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What a finding of a declared field is called, where a detector's name would stand.
const BY_FIELD: &str = "field";

/// The arguments that choose the detectors.
pub(super) fn arguments() -> [Arg; 2] {
    [
        Arg::new("all")
            .long("all")
            .help("Look for categories too that count only where they are named")
            .action(ArgAction::SetTrue)
            .conflicts_with("policy"),
        Arg::new("policy")
            .long("policy")
            .value_name("POLICY")
            .help("Look for what a policy looks for: its categories, detectors and fields")
            .value_parser(clap::value_parser!(PathBuf)),
    ]
}

/// The detectors that the arguments choose.
pub(super) fn bundle(matches: &ArgMatches) -> Result<Bundle, Failure> {
    match matches.contains_id("policy") {
        true => bundle_of_policy(matches),
        false => builtin(matches.get_flag("all")),
    }
}

/// The detectors of the policy that the arguments name.
pub(super) fn bundle_of_policy(matches: &ArgMatches) -> Result<Bundle, Failure> {
    parsed(compile::compiled_file(files::path(matches, "policy")?)?.blob)
}

/// The built-in detectors: those that are on, or all.
pub(super) fn builtin(all: bool) -> Result<Bundle, Failure> {
    let named = if all { detectors::named() } else { BTreeSet::new() };
    let text = detectors::policy_of(&named);
    parsed(compile::compiled(&Source::new("built-in detectors", &text))?.blob)
}

fn parsed(blob: Vec<u8>) -> Result<Bundle, Failure> {
    Bundle::parse(blob).map_err(|error| Failure::refused(format!("error: {error}")))
}

/// Category and detector of a finding.
pub(super) fn names<'t>(tables: &'t Tables, found: &Located) -> (&'t str, &'t str) {
    let category = tables.categories.get(found.category.index());
    let detector = found.detector.map(|id| tables.detectors.get(id.index()));
    let detector = match detector {
        None => BY_FIELD,
        Some(detector) => detector.map_or("?", |detector| &detector.name),
    };
    (category.map_or("?", |category| &category.name), detector)
}

/// Everything that a finding may be called, sorted: category and detector.
pub(super) fn all_names(tables: &Tables) -> BTreeSet<(&str, &str)> {
    let category = |n: usize| tables.categories.get(n).map_or("?", |found| &found.name);
    let detectors = tables.detectors.iter();
    let detectors = detectors.map(|row| (category(row.category.index()), row.name.as_str()));
    let fields = tables.fields.iter().filter_map(|field| field.category);
    detectors.chain(fields.map(|id| (category(id.index()), BY_FIELD))).collect()
}
