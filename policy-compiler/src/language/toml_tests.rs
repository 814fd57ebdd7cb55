//! The same policy in YAML and in TOML is the same policy.

use super::parse;
use super::yaml::{Node, Value, is_hidden};
use crate::diagnostic::{Diagnostics, Source};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// What a policy in YAML is in TOML, each value behind its key.
fn inline(node: &Node) -> String {
    match &node.value {
        Value::Null | Value::Refused => panic!("TOML has no word for nothing"),
        Value::Text { text, plain } => scalar(text, *plain),
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(pairs) => {
            let pairs = pairs
                .iter()
                .map(|(key, value)| format!("{} = {}", quoted(&key.text), inline(value)));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    let written = serde_json::to_string(text).expect("a text");
    let shown = |c: char| match is_hidden(c) {
        true => format!("\\U{:08x}", u32::from(c)),
        false => c.to_string(),
    };
    written.chars().map(shown).collect()
}

fn scalar(text: &str, plain: bool) -> String {
    let number = text.parse::<u64>().is_ok_and(|number| number.to_string() == text);
    match plain && (number || matches!(text, "true" | "false")) {
        true => text.to_owned(),
        false => quoted(text),
    }
}

/// The same under headers, `[zones.shop]` and `[[boundaries]]`, as a person writes it.
fn under_headers(node: &Node) -> String {
    let Value::Map(pairs) = &node.value else { panic!("a policy is a mapping") };
    let (mut plain, mut tables) = (String::new(), String::new());
    for (key, value) in pairs {
        let name = &key.text;
        match &value.value {
            Value::List(items) if items.iter().all(|item| matches!(item.value, Value::Map(_))) => {
                for item in items {
                    let _ = writeln!(tables, "\n[[{name}]]");
                    lines(item, &mut tables);
                }
            }
            Value::Map(inner) if inner.iter().all(|(_, v)| matches!(v.value, Value::Map(_))) => {
                for (below, value) in inner {
                    let _ = writeln!(tables, "\n[{name}.{}]", quoted(&below.text));
                    lines(value, &mut tables);
                }
            }
            Value::Text { text, .. } if name == "review_by" => {
                let _ = writeln!(plain, "{name} = {text}");
            }
            _ => {
                let _ = writeln!(plain, "{name} = {}", inline(value));
            }
        }
    }
    plain + &tables
}

fn lines(node: &Node, out: &mut String) {
    let Value::Map(pairs) = &node.value else { panic!("a mapping") };
    for (key, value) in pairs {
        let key = quoted(&key.text);
        let _ = match &value.value {
            // As far as keys with points go.
            Value::Map(inner) if !inner.is_empty() => {
                inner.iter().try_for_each(|(below, value)| {
                    writeln!(out, "{key}.{} = {}", quoted(&below.text), inline(value))
                })
            }
            _ => writeln!(out, "{key} = {}", inline(value)),
        };
    }
}

fn blob(name: &str, text: &str) -> Vec<u8> {
    let mut source = Source::new(name, text);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let described = fs::read(root.join("../tests/policies/described.pb")).expect("descriptors");
    source.attach("described.pb", described);
    crate::compile_source(&source)
        .unwrap_or_else(|found| panic!("{name}\n{}\n{text}", crate::report::text(&source, &found)))
        .blob
}

#[test]
fn a_policy_in_toml_is_the_blob_that_it_is_in_yaml() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for folder in ["../envoy/policies", "../tests/policies", "templates"] {
        for entry in fs::read_dir(root.join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_none_or(|ending| ending != "yaml") {
                continue;
            }
            let text = fs::read_to_string(&path).expect("a policy");
            let source = Source::new("p.yaml", &text);
            let tree = parse(source.policy(), &mut Diagnostics::default()).expect("a tree");
            let wanted = blob("p.yaml", &text);
            let Value::Map(pairs) = &tree.value else { panic!("a mapping") };
            let flat: Vec<_> = pairs
                .iter()
                .map(|(key, value)| format!("{} = {}\n", quoted(&key.text), inline(value)))
                .collect();
            assert_eq!(blob("p.toml", &flat.concat()), wanted, "{}", path.display());
            assert_eq!(blob("p.toml", &under_headers(&tree)), wanted, "{}", path.display());
            count += 1;
        }
    }
    assert!(count > 30, "only {count} policies");
}

#[test]
fn hostile_toml_is_refused_and_never_hangs() {
    for text in [
        String::new(),
        "# nothing".to_owned(),
        "a = ".repeat(1000),
        format!("a = {}", "[".repeat(100_000)),
        format!("{}a = 1", "a.".repeat(100_000)),
        format!("[{}a]", "a.".repeat(100_000)),
        format!("a = {}", "{ a = ".repeat(100_000)),
        format!("a = {}1{}", "[".repeat(60), "]".repeat(60)),
        "[[a]]\n".repeat(100_000),
        (0..50_000).map(|n| format!("k{n} = 1\n")).collect(),
        (0..50_000).map(|n| format!("[t{n}]\n")).collect(),
        "a = 1\n".repeat(100_000),
        "a = \"\u{202e}\"".to_owned(),
        "a = \"\\u0000\"".to_owned(),
        "a\u{200b} = 1".to_owned(),
        "a = 1979-05-27T07:32:00Z\nb = 07:32:00\nc = 1.5\nd = 0x1f\ne = 1_0\nf = +1\ng = nan"
            .into(),
        "x".repeat(2 << 20),
    ] {
        let shown: String = text.chars().take(20).collect();
        let source = Source::new("hostile.toml", &text);
        let found = crate::compile_source(&source).expect_err(&shown);
        assert!(found.has_errors(), "{shown}");
        let told = crate::report::text(&source, &found);
        assert!(!told.contains('\u{202e}') && !told.contains('\u{0}'), "{told}");
    }
}
