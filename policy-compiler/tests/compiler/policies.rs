//! The policies that are shipped: they compile as they stand, and pass their own tests.

use cofferdam_engine::Bundle;
use cofferdam_engine::model::{Action, Delivery, Mode, Reply, Rules, Strength, Tables};
use cofferdam_policy_compiler::diagnostic::Source;
use cofferdam_policy_compiler::{cases, compile, compile_source, load, report};
use std::fs;
use std::path::Path;

/// Name and text of every policy that is shipped; the smallest first.
pub(crate) fn all() -> Vec<(String, String)> {
    ["shop", "payments"]
        .map(|name| {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
            let path = root.join("envoy/policies").join(format!("{name}.yaml"));
            (format!("{name}.yaml"), fs::read_to_string(path).expect("a policy"))
        })
        .to_vec()
}

fn tables(name: &str) -> Tables {
    let (_, text) = all().into_iter().find(|(found, _)| found == name).expect("a policy");
    compile(&text, name).expect("it compiles").tables
}

fn action<'t>(tables: &'t Tables, rules: &Rules, category: &str) -> Option<&'t Action> {
    let at = tables.categories.iter().position(|found| found.name == category)?;
    let decision = rules.by_category.get(at).copied().flatten()?;
    tables.actions.get(decision.action.index())
}

#[test]
fn shipped_policies_compile_without_a_word() {
    for (name, text) in all() {
        let compiled = compile(&text, &name).unwrap_or_else(|diagnostics| {
            panic!("{}", report::text(&Source::new(&name, &text), &diagnostics))
        });
        assert!(compiled.warnings.is_empty(), "{name}");
        let bundle = Bundle::parse(compiled.blob).expect("the engine reads it");
        assert_eq!(*bundle.tables(), compiled.tables);
    }
}

#[test]
fn a_policy_of_the_built_in_detectors_is_small() {
    let (name, text) = all().into_iter().next().expect("the shop");
    let compiled = compile(&text, &name).expect("it compiles");
    let (bytes, detectors) = (compiled.blob.len(), compiled.tables.detectors.len());
    assert!(detectors >= 10, "{detectors} detectors");
    assert!(bytes <= 128 * 1024, "{name} is {bytes} bytes");
}

#[test]
fn the_shop_is_resolved_as_written() {
    let tables = tables("shop.yaml");
    let visitors = &tables.boundaries[0];
    let Reply::Inspect(reply) = &visitors.reply else { panic!("replies are inspected") };
    assert_eq!(action(&tables, &visitors.request, "credit_card"), Some(&Action::Keep));
    assert!(
        matches!(action(&tables, reply, "credit_card"), Some(Action::Mask(m)) if m.keep_last == 4)
    );
    assert_eq!(action(&tables, reply, "email"), Some(&Action::Keep));
    assert_eq!(action(&tables, reply, "us_ssn"), Some(&Action::Redact));
    assert_eq!(action(&tables, reply, "ip_address"), None, "named, and not named here");
    assert_eq!((reply.mode, reply.delivery), (Mode::Enforce, Delivery::Stream));
    assert_eq!(action(&tables, &tables.proxy_reply, "email"), Some(&Action::Redact));
    let zones: Vec<_> = tables.zones.iter().map(|zone| zone.name.as_str()).collect();
    assert_eq!(zones, ["unplaced", "public", "shop", "vault"]);
}

#[test]
fn the_payments_estate_is_resolved_as_written() {
    let tables = tables("payments.yaml");
    let to_analytics = &tables.boundaries[0].request;
    assert_eq!(to_analytics.delivery, Delivery::WholeUnlessEvents, "a rule can block");
    assert_eq!(action(&tables, to_analytics, "patient_id"), Some(&Action::Block));
    let own = tables.detectors.iter().find(|d| d.name == "patient_id").expect("a detector");
    assert_eq!((own.strength, own.context.is_some()), (Strength::Weak, true));
    let Some(Action::Tokenize(token)) = action(&tables, to_analytics, "email") else {
        panic!("a token")
    };
    assert_eq!(token.scope, "processing-to-analytics");
    assert_eq!(tables.keys, ["warehouse-2026"]);
    let placed = to_analytics.placed.len();
    assert_eq!((action(&tables, to_analytics, "ip_address"), placed), (None, 2));
    assert_eq!(to_analytics.ignore.len(), 1);
    let text = format!("{tables:?}");
    assert!(!text.contains("sixteen-digit"), "reasons stay in the policy");
}

#[test]
fn shipped_policies_pass_their_own_tests() {
    let mut count = 0;
    for (name, text) in all() {
        let results = cases::run(&Source::new(&name, &text)).expect("it compiles");
        for result in &results {
            assert!(result.failures.is_empty(), "{name}: {}: {:?}", result.name, result.failures);
            count += 1;
        }
    }
    assert!(count >= 10, "only {count} tests ran");
}

/// `tests/meaning` says sentence by sentence what a policy means, as tests of policies.
#[test]
fn policies_mean_what_the_language_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/meaning");
    let (mut count, mut chunkings) = (0, 0);
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let source = Source::new(&name, &fs::read_to_string(&path).expect("a policy"));
        let results = cases::run(&source)
            .unwrap_or_else(|diagnostics| panic!("{}", report::text(&source, &diagnostics)));
        assert!(!results.is_empty(), "{name} has no tests");
        for result in &results {
            assert!(result.failures.is_empty(), "{name}: {}: {:?}", result.name, result.failures);
            count += 1;
            chunkings += result.plans;
        }
    }
    assert!(count >= 50 && chunkings >= 2000, "only {count} tests, {chunkings} chunkings");
}

/// What stands in the file that the reference includes.
pub(crate) fn included_by_the_reference() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("POLICY.md");
    let page = fs::read_to_string(page).expect("the reference");
    let rest = page.split("```yaml\n").nth(2).expect("a second policy");
    rest.split_once("```").expect("its end").0.to_owned()
}

/// The reference is a policy that compiles, passes its tests, and names every key there is.
#[test]
fn the_reference_is_true_and_whole() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("POLICY.md")).expect("the reference");
    let (_, rest) = page.split_once("```yaml\n").expect("a policy");
    let (text, _) = rest.split_once("```").expect("its end");
    let mut source = Source::new("POLICY.md", text);
    load(&mut source, &mut |_| Ok(included_by_the_reference()));
    let described = root.join("../tests/policies/described.pb");
    source.attach("shop.pb", fs::read(described).expect("descriptors"));
    let results = cases::run(&source)
        .unwrap_or_else(|diagnostics| panic!("{}", report::text(&source, &diagnostics)));
    assert_eq!(results.len(), 4);
    for result in &results {
        assert!(result.failures.is_empty(), "{}: {:?}", result.name, result.failures);
    }
    let compiled = compile_source(&source).expect("it compiles");
    assert!(compiled.warnings.is_empty(), "{}", report::text(&source, &compiled.warnings));
    // What an unknown key is told about is the whole vocabulary of its mapping.
    let told = fs::read_dir(root.join("tests/diagnostics")).expect("the folder is there");
    let mut keys = std::collections::BTreeSet::new();
    for entry in told {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            let text = fs::read_to_string(path).expect("a text");
            let lists = text.lines().filter_map(|line| line.strip_prefix("help: it may have "));
            keys.extend(
                lists.flat_map(|list| list.split('`').skip(1).step_by(2)).map(str::to_owned),
            );
        }
    }
    assert!(keys.len() >= 50, "only {} keys are told", keys.len());
    let there = |key: &String| text.contains(&format!("{key}:"));
    let missing: Vec<_> = keys.iter().filter(|key| !there(key)).collect();
    assert!(missing.is_empty(), "not in the reference: {missing:?}");
}
