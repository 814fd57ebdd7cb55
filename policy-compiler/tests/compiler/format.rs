//! A formatted policy is the same policy, in a form that stays.

use crate::policies::included_by_the_reference;
use crate::process::{Folder, run};
use cofferdam_policy_compiler::diagnostic::Source;
use cofferdam_policy_compiler::{compile_source, format, load, named_files};
use std::fs;
use std::path::Path;

fn texts() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    for folder in ["../tests/policies", "../envoy/policies", "tests/meaning", "tests/diagnostics"] {
        for entry in fs::read_dir(root.join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|ending| ending == "yaml") {
                let text = fs::read_to_string(&path).expect("a policy");
                texts.push((path.to_string_lossy().into_owned(), text));
            }
        }
    }
    let page = fs::read_to_string(root.join("POLICY.md")).expect("the reference");
    let (_, rest) = page.split_once("```yaml\n").expect("a policy");
    let reference = rest.split_once("```").expect("its end").0.to_owned();
    texts
        .push((root.join("../tests/policies/POLICY.md").to_string_lossy().into_owned(), reference));
    texts
}

fn source(name: &str, text: &str) -> Source {
    let mut source = Source::new(name, text);
    load(&mut source, &mut |_| Ok(included_by_the_reference()));
    for file in named_files(&source) {
        let beside = Path::new(name).with_file_name("described.pb");
        source.attach(&file, fs::read(beside).expect("descriptors"));
    }
    source
}

#[test]
fn a_formatted_policy_stays_as_it_is_keeps_comments_and_compiles_to_the_same() {
    let (mut formatted, mut compiled) = (0, 0);
    for (name, text) in texts() {
        let source = source(&name, &text);
        let Ok(once) = format(&source) else { continue };
        let twice = format(&Source::new(&name, &once)).expect("what was formatted");
        assert_eq!(once, twice, "{name}");
        if name.ends_with("POLICY.md") {
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(words(&text), words(&once), "the reference has the order of keys");
        }
        formatted += 1;
        let words = |text: &str| {
            let mut words: Vec<_> = text
                .lines()
                .filter_map(|line| line.split_once("# "))
                .map(|(_, comment)| comment.trim_end().to_owned())
                .collect();
            words.sort();
            words
        };
        assert_eq!(words(&text), words(&once), "{name}\n{once}");
        assert!(!once.contains('\t') && once.ends_with('\n') && !once.contains("\n\n\n"), "{name}");
        assert!(once.lines().all(|line| !line.ends_with(' ')), "{name}\n{once}");
        if let Ok(first) = compile_source(&source) {
            let second = compile_source(&self::source(&name, &once)).expect("the same policy");
            assert_eq!(first.blob, second.blob, "{name}\n{once}");
            compiled += 1;
        }
    }
    assert!(formatted > 50 && compiled > 35, "{formatted} formatted, {compiled} compiled");
}

#[test]
fn keys_comments_and_indentation_come_to_one_style() {
    let text = "# Over all.\n\n# Who answers.\nowner: team:x # a team\npolicy:   p\nformat: \
                cofferdam/v1\nboundaries:\n- to: b\n  # Why.\n  from: a\n  id: one   # its name\n  \
                rules: [ {action: keep,category: email} ]\n  purpose: 'two\n      \
                lines'\n\n\n\n  # \
                At the end.\n# Zones.\nzones:\n    a: {third_party: true,\n        # \
                Inside.\n        \
                sensitivity: low }\n    b:   { sensitivity:   high }\n";
    let wanted = "# Over all.\n\nformat: cofferdam/v1\npolicy: p\n\n# Who answers.\nowner: \
    team:x # a \
                  team\n# Zones.\nzones:\n  a:\n    # Inside.\n    sensitivity: low\n    \
                  third_party: \
                  true\n  b: { sensitivity: high }\nboundaries:\n  - id: one # its name\n    # \
                  Why.\n    from: a\n    to: b\n    purpose: 'two\n      lines'\n    rules: [{ \
                  category: email, action: keep }]\n\n    # At the end.\n";
    let told = format(&Source::new("p.yaml", text)).expect("a policy");
    assert_eq!(told, wanted, "\n{told}");
}

#[test]
fn fmt_writes_in_place_and_check_only_tells() {
    let folder = Folder::new("fmt");
    let text = "policy: p\nformat: cofferdam/v1\nzones:\n    a: {sensitivity: low}\n";
    let path = folder.file("p.yaml", text.as_bytes());
    let checked = run(&["fmt", "--check", &path]);
    assert_eq!(checked.status, 1, "{}", checked.stderr);
    assert!(checked.text().contains("\n-    a: {sensitivity: low}\n"), "{}", checked.text());
    assert!(checked.text().contains("\n+  a: { sensitivity: low }\n"), "{}", checked.text());
    assert_eq!(fs::read_to_string(&path).expect("a policy"), text, "nothing is written");
    let written = run(&["fmt", &path]);
    assert_eq!((written.status, written.stdout.len()), (0, 0), "{}", written.stderr);
    assert_eq!(run(&["fmt", "--check", &path]).status, 0);
    let wanted = "format: cofferdam/v1\npolicy: p\nzones:\n  a: { sensitivity: low }\n";
    assert_eq!(fs::read_to_string(&path).expect("a policy"), wanted);
    let windows = folder.file("w.yaml", wanted.replace('\n', "\r\n").as_bytes());
    let checked = run(&["fmt", "--check", &windows]);
    assert!(checked.status == 1 && checked.text().contains("ends of lines"), "{}", checked.text());
    let wrong = folder.file("x.yaml", b"zones: {\n");
    let refused = run(&["fmt", &wrong]);
    assert!(refused.status == 1 && refused.stderr.contains("error[E001]"), "{}", refused.stderr);
}
