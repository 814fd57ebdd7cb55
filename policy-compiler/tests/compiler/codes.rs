//! What each code means is documented, and the examples are true.

use crate::process::{Folder, command, finish, run};
use cofferdam_policy_compiler::diagnostic::{Code, Severity};
use cofferdam_policy_compiler::explain;
use std::collections::BTreeMap;

/// The command reads a clock, so that an example of what is overdue is one.
#[test]
fn every_code_has_a_page_and_its_example_gives_it() {
    let folder = Folder::new("explained");
    let mut files = BTreeMap::new();
    for code in Code::ALL {
        let page = explain::page(*code);
        assert!(page.meaning.len() > 40 && page.remedy.len() > 15, "{}", code.name());
        match page.example {
            Some(text) => {
                let name = format!("{}.yaml", code.name());
                files.insert(*code, (folder.file(&name, text.as_bytes()), text));
            }
            // A defect cannot be provoked; a host's configuration is no policy, and `host.rs` has one.
            None => assert!(
                *code == Code::Internal || code.name().starts_with('H'),
                "{} has no example",
                code.name()
            ),
        }
    }
    let mut arguments = vec!["check", "--format", "json"];
    arguments.extend(files.values().map(|(path, _)| path.as_str()));
    let ran = run(&arguments);
    let value: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    let told = value["diagnostics"].as_array().expect("a list");
    for (code, (path, text)) in &files {
        let here = told.iter().filter(|row| row["at"]["file"] == path.as_str());
        let codes: Vec<_> = here.map(|row| row["code"].as_str().expect("a code")).collect();
        assert!(codes.contains(&code.name()), "{}: {codes:?}\n{text}", code.name());
        // An example of one mistake has no other one beside it.
        let warns = code.severity() == Severity::Warning;
        let others = codes.iter().filter(|other| **other != code.name());
        let others: Vec<_> = others.filter(|other| other.starts_with('E') || warns).collect();
        assert!(others.is_empty(), "{}: {others:?}\n{text}", code.name());
    }
}

#[test]
fn a_code_is_explained_and_another_one_proposed_for_what_is_none() {
    let told = run(&["explain-code", "e014"]);
    assert_eq!(told.status, 0, "{}", told.stderr);
    assert!(told.text().starts_with("E014: two rules of equal rank on one category\n"));
    assert!(told.text().contains("\n    boundaries:\n") && told.text().contains("What to do: "));
    let listed = run(&["explain-code"]);
    assert_eq!(listed.text().lines().count(), Code::ALL.len());
    for (name, help) in [
        ("E14", "did you mean `E014`?"),
        ("E914", "did you mean `E014`?"),
        ("nonsense", "`cofferdam explain-code` lists all codes"),
        ("\u{1b}[2J\u{202e}::error::<script>", "\\u{1b}[2J\\u{202e}::error::<script>"),
    ] {
        let told = run(&["explain-code", name]);
        assert_eq!((told.status, told.stdout.len()), (2, 0));
        assert!(told.stderr.contains(help), "{}", told.stderr);
        assert!(!told.stderr.contains('\u{1b}'));
    }
}

#[test]
fn github_gets_one_command_for_each_diagnostic_whatever_names_are_given() {
    let folder = Folder::new("github");
    let text = "format: cofferdam/v1\npolicy: p\nowner: x\nreview_by: 2036-12-31\nzones:\n  \
                a: { sensitivity: low }\n  \"::error::%0A,<b>\": { sensitivity: low }\nboundaries:\n  \
                - { id: x, from: a, to: \"100%\\n::warning::\", purpose: p, reply: status_only }\n";
    let path = folder.file("odd, name: 100%.yaml", text.as_bytes());
    let ran = run(&["check", "--format", "github", &path]);
    assert_eq!(ran.status, 1);
    let text = ran.text();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines.len() >= 2, "{text}");
    for line in &lines {
        assert!(line.starts_with("::error file="), "{line}");
        let (properties, message) = line[8..].split_once("::").expect("a message");
        assert!(properties.contains("odd%2C name%3A 100%25.yaml,line="), "{line}");
        assert!(properties.contains(",title=E0"), "{line}");
        assert_eq!(properties.matches(',').count(), 5, "{line}");
        assert!(!message.is_empty());
        let escapes = message.split('%').skip(1);
        assert!(escapes.map(|e| &e[..2]).all(|e| ["25", "0D", "0A"].contains(&e)), "{line}");
    }
    assert!(text.contains("line=7,col=3,endColumn=21,endLine=7,title=E010::"), "{text}");
}

#[test]
fn what_goes_to_no_screen_has_no_color() {
    let folder = Folder::new("colors");
    let wrong = folder.file("wrong.yaml", b"format: cofferdam/v1\npolcy: x\n");
    let mut forced = command(&["check", &wrong]);
    let ran = finish(forced.env("TERM", "xterm-256color").env_remove("NO_COLOR"), b"");
    assert!(!ran.text().contains('\u{1b}') && !ran.stderr.contains('\u{1b}'));
}
