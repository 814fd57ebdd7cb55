//! The policy that says all that a policy can say: it compiles without a word, its tests leave
//! nothing untested, and a drill gets nothing over it.

use cofferdam_policy_compiler::cases::{self, Asked};
use cofferdam_policy_compiler::diagnostic::Source;
use cofferdam_policy_compiler::drill::{self, Options};
use cofferdam_policy_compiler::{compile_source, report};
use std::fs;
use std::path::Path;

fn example() -> Source {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("tests/drill/example.yaml")).expect("a policy");
    Source::new("example.yaml", &text)
}

#[test]
fn the_example_compiles_and_bounds_what_it_grants() {
    let source = example();
    let compiled =
        compile_source(&source).unwrap_or_else(|found| panic!("{}", report::text(&source, &found)));
    assert!(compiled.warnings.is_empty(), "{}", report::text(&source, &compiled.warnings));
    let partner = &compiled.tables.boundaries[1];
    assert!(partner.require.mtls && partner.require.tls_min.is_some());
    let grants = partner.grants.as_ref().expect("grants");
    let names: Vec<_> = grants.actions.iter().map(|action| action.name.as_str()).collect();
    assert_eq!(names, ["redact", "warehouse_token"]);
    assert_eq!((grants.ttl_seconds_max, grants.categories.len()), (4 * 60 * 60, 1));
}

#[test]
fn nothing_in_the_example_is_left_untested() {
    let source = example();
    let asked = Asked { coverage: true, mutation: true };
    let examined = cases::examine(&source, asked)
        .unwrap_or_else(|found| panic!("{}", report::text(&source, &found)));
    let failed = examined.cases.iter().filter(|result| !result.failures.is_empty());
    assert_eq!((examined.cases.len(), failed.count()), (20, 0));
    let coverage = examined.coverage.expect("coverage");
    assert!(coverage.reaches(100), "{coverage:?}");
    let mutation = examined.mutation.expect("mutation");
    let left: Vec<_> = mutation.survivors().collect();
    assert!(left.is_empty() && mutation.tried.len() >= 32, "{left:?}");
    let changes: Vec<_> = mutation.tried.iter().map(|tried| tried.what.as_str()).collect();
    for what in ["nobody needs to show a certificate", "TLS older than 1.2 will do"] {
        assert!(changes.contains(&what), "{changes:?}");
    }
}

#[test]
fn a_drill_gets_nothing_over_the_example() {
    let source = example();
    let options = Options { seed: 1, attacks: 1000, only: None };
    let found = drill::run(&source, None, options)
        .unwrap_or_else(|error| panic!("{}", report::text(&source, &error.diagnostics)));
    let total = found.total();
    assert_eq!((total.all(), total.through), (1000, 0), "{}", report::drill_text(&source, &found));
    assert_eq!((total.broken, total.other), (0, 0));
}
