//! A policy in several files is the policy that it would be in one.

use crate::policies;
use crate::process::{Folder, run};
use cofferdam_policy_compiler::diagnostic::{Code, Diagnostics, Source};
use cofferdam_policy_compiler::{Compiled, compile_source, load, report};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// The keys that an included file may have, but for `include`.
const PARTS: [&str; 7] =
    ["zones", "members", "categories", "actions", "boundaries", "asserts", "tests"];

type Files = BTreeMap<String, String>;

/// A policy and its files, of which one is there for every name.
fn source(text: &str, files: &Files) -> Source {
    let mut source = Source::new("policies/sample.yaml", text);
    let described = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/policies/described.pb");
    source.attach("described.pb", fs::read(described).expect("descriptors"));
    load(&mut source, &mut |file| files.get(file).cloned().ok_or("it is not there".to_owned()));
    source
}

fn compiled(text: &str, files: &Files) -> Result<Compiled, Diagnostics> {
    compile_source(&source(text, files))
}

/// Each key of a policy that may stand in a file of its own in one, included in this order.
fn split(text: &str) -> (String, Files) {
    let mut sections: Vec<(String, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        let begins = line.starts_with(|c: char| c.is_ascii_alphabetic());
        if begins || sections.is_empty() {
            let key = line.split(':').next().unwrap_or_default().to_owned();
            sections.push((key, String::new()));
        }
        sections.last_mut().expect("a section").1.push_str(line);
    }
    let (mut policy, mut files, mut names) = (String::new(), Files::new(), Vec::new());
    for (key, section) in sections {
        if !PARTS.contains(&key.as_str()) {
            policy.push_str(&section);
            continue;
        }
        let name = format!("parts/{key}.yaml");
        names.push(name.clone());
        files.insert(name, section);
    }
    (format!("{policy}\ninclude: [{}]\n", names.join(", ")), files)
}

fn every_policy() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for folder in ["../envoy/policies", "../tests/policies", "templates"] {
        for entry in fs::read_dir(root.join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|ending| ending == "yaml") {
                let text = fs::read_to_string(&path).expect("a policy");
                all.push((path.to_string_lossy().into_owned(), text));
            }
        }
    }
    all.sort();
    all
}

#[test]
fn a_policy_in_several_files_is_the_same_blob() {
    let mut parts = 0;
    for (name, text) in every_policy() {
        let whole = compiled(&text, &Files::new()).expect(&name);
        let (policy, files) = split(&text);
        let source = source(&policy, &files);
        let split = compile_source(&source)
            .unwrap_or_else(|found| panic!("{name}\n{}", report::text(&source, &found)));
        assert_eq!(split.blob, whole.blob, "{name}");
        assert_eq!(split.warnings.iter().count(), whole.warnings.iter().count(), "{name}");
        parts += files.len();
    }
    assert!(parts > 100, "only {parts} files");
}

const POLICY: &str = "\
format: cofferdam/v1
policy: sample
owner: team:x
review_by: 2036-12-31
include: [near.yaml, far/far.yaml]
zones: { a: { sensitivity: high }, b: { sensitivity: low } }
members: [{ zone: a, cluster: one }]
boundaries:
  - { id: first, from: a, to: b, purpose: x, when: { methods: [GET] }, reply: status_only }
";
const NEAR: &str = "\
members: [{ zone: b, cluster: two }]
include: nearer.yaml
boundaries:
  - { id: second, from: a, to: b, purpose: x, when: { methods: [PUT] }, reply: status_only }
";
const NEARER: &str = "members: [{ zone: a, cluster: three }]\n";
const FAR: &str = "\
members: [{ zone: b, cluster: four }]
boundaries:
  - { id: third, from: a, to: b, purpose: x, reply: status_only }
";

fn sample() -> Files {
    let files = [("near.yaml", NEAR), ("nearer.yaml", NEARER), ("far/far.yaml", FAR)];
    files.map(|(name, text)| (name.to_owned(), text.to_owned())).into()
}

/// Its own lines first, then those of each file where it is included, with its own ones at once.
#[test]
fn lines_stand_in_the_order_in_which_files_are_included() {
    let tables = compiled(POLICY, &sample()).expect("it compiles").tables;
    let clusters: Vec<_> =
        tables.members.iter().map(|member| member.cluster.as_deref().unwrap_or("")).collect();
    assert_eq!(clusters, ["one", "two", "three", "four"]);
    let ids: Vec<_> = tables.boundaries.iter().map(|boundary| boundary.id.as_str()).collect();
    assert_eq!(ids, ["first", "second", "third"]);
    // So what an included file says takes nothing from what the policy says.
    let late = FAR.replace("id: third", "id: first");
    let files = Files::from([("near.yaml".to_owned(), late), ("far/far.yaml".into(), FAR.into())]);
    let source = source(POLICY, &files);
    let found = compile_source(&source).expect_err("two of a name");
    let twice = found.iter().find(|one| one.code == Code::Redeclared).expect("told");
    assert_eq!(source.file(twice.span.start).name(), "policies/near.yaml");
    assert_eq!(source.file(twice.related[0].span.start).name(), "policies/sample.yaml");
}

#[test]
fn what_is_included_is_bounded() {
    let told = |files: &Files| -> Vec<String> {
        let found = compiled(POLICY, files).expect_err("too much");
        let include = found.iter().filter(|one| one.code == Code::Include);
        include.map(|one| one.message.clone()).collect()
    };
    let mut long = sample();
    long.insert("far/far.yaml".to_owned(), format!("# {}\n", "x".repeat(1 << 20)));
    assert_eq!(
        told(&long),
        ["`far/far.yaml` cannot be included: with it the policy is longer \
        than 1 MiB"]
    );
    // Half each is too much together.
    let mut both = sample();
    for name in ["near.yaml", "far/far.yaml"] {
        both.insert(name.to_owned(), format!("asserts: []\n# {}\n", "x".repeat(600 << 10)));
    }
    assert_eq!(told(&both).len(), 1);
    let mut many = sample();
    let mut list = String::from("include:\n");
    for n in 0..1000 {
        let _ = writeln!(list, "  - many/{n}.yaml");
        many.insert(format!("many/{n}.yaml"), "asserts: []\n".to_owned());
    }
    many.insert("nearer.yaml".to_owned(), list);
    let refused = told(&many);
    assert!(refused.len() > 700 && refused[0].ends_with("a policy has 256 files at most"));
}

#[test]
fn hostile_files_are_refused_and_never_hang() {
    let all_of_them = |text: &str| -> Files {
        sample().into_keys().map(|name| (name, text.to_owned())).collect()
    };
    for text in [
        "",
        "[[[[",
        "a: &a [*a]",
        "include: []",
        "include: {}",
        "include: ~",
        "include: [near.yaml]",
        "include: [sample.yaml]",
        "include: [/etc/passwd]",
        "include: [../sample.yaml]",
        "include: [a/../near.yaml]",
        "include: ['a\\b.yaml']",
        "include: [\"near.yaml\\u0000\"]",
        "include: ['<script>::error::%0A']",
        "include: [\"\\u202e.yaml\"]",
        "zones: []\nmembers: {}\nboundaries: ~",
        "members: x",
        "\u{feff}\u{0}",
    ] {
        let source = source(POLICY, &all_of_them(text));
        let found = compile_source(&source).expect_err(text);
        let shown = report::text(&source, &found);
        assert!(found.has_errors() && !shown.contains('\u{202e}') && !shown.contains('\u{0}'));
        let reports = [(source, found)];
        let github = report::github(&reports);
        assert!(github.lines().all(|line| line.starts_with("::")), "{github}");
        let json: Value = serde_json::from_str(&report::json(&reports)).expect("JSON");
        let place = |row: &Value| row["at"]["line"].as_u64() >= Some(1);
        assert!(json["diagnostics"].as_array().expect("a list").iter().all(place), "{json}");
    }
}

/// A policy of the shop in files, and in one.
struct Both {
    folder: Folder,
    whole: String,
    parted: String,
}

impl Both {
    fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        let (_, text) = policies::all().into_iter().nth(1).expect("payments");
        let whole = folder.file("whole.yaml", text.as_bytes());
        let (policy, files) = split(&text);
        fs::create_dir_all(folder.path("parts")).expect("a folder");
        for (name, text) in files {
            folder.file(&name, text.as_bytes());
        }
        let parted = folder.file("parted.yaml", policy.as_bytes());
        Self { folder, whole, parted }
    }
}

#[test]
fn every_command_takes_a_policy_in_files_as_it_takes_one_file() {
    let both = Both::new("include-commands");
    let blob = both.folder.path("x.blob");
    let message = ["--from", "processing", "--to", "analytics", "--request", "POST /v1/events/9"];
    let mut explain = vec!["explain"];
    explain.extend(message);
    for command in [
        vec!["check"],
        vec!["compile", "-o", &blob],
        vec!["test", "--coverage", "--mutation"],
        explain,
        vec!["drill", "--attacks", "300"],
        vec!["map", "--format", "text"],
        vec!["controls"],
        vec!["monitor"],
    ] {
        let told = |policy: &str| {
            let mut arguments = command.clone();
            arguments.insert(1, policy);
            let ran = run(&arguments);
            // Lines of the policy differ, and what it is called.
            let place = |line: &str| !line.contains(".yaml");
            let text: Vec<_> = ran.text().lines().filter(|l| place(l)).map(str::to_owned).collect();
            (ran.status, text)
        };
        let (status, text) = told(&both.parted);
        assert_eq!((status, &text), (0, &told(&both.whole).1), "{command:?}");
    }
    let ran = run(&["diff", &both.whole, &both.parted]);
    assert_eq!(ran.status, 0, "{}{}", ran.text(), ran.stderr);
    assert!(ran.stderr.contains("nothing changes"), "{}", ran.stderr);
    let ran = run(&["scan", "--policy", &both.parted, &both.whole]);
    assert!(ran.status < 2, "{}", ran.stderr);
    // A change in an included file is a change of the policy.
    let path = both.folder.path("parts/boundaries.yaml");
    let text = fs::read_to_string(&path).expect("a file");
    fs::write(&path, text.replacen("action: block", "action: keep", 1)).expect("a file");
    let ran = run(&["diff", &both.whole, &both.parted]);
    assert_eq!(ran.status, 1, "{}{}", ran.text(), ran.stderr);
    let ran = run(&["fmt", "--check", &both.parted, &path]);
    assert!(ran.status < 2, "each file is formatted by itself: {}", ran.stderr);
}

/// Wherever a report names a line, it names the file that the line is in.
#[test]
fn every_report_names_the_file_that_a_line_is_in() {
    let both = Both::new("include-reports");
    let tests = both.folder.path("parts/tests.yaml");
    let text = fs::read_to_string(&tests).expect("a file");
    fs::write(&tests, text.replacen("verdict: rewrite", "verdict: block", 1)).expect("a file");
    let failed = run(&["test", &both.parted]);
    assert_eq!(failed.status, 1);
    assert!(failed.text().contains("parts/tests.yaml:"), "{}", failed.text());
    let junit = run(&["test", "--format", "junit", "--coverage", &both.parted]).text();
    assert!(junit.contains("file=\"") && junit.contains("parts/boundaries.yaml\""), "{junit}");
    let ran = run(&["test", "--format", "json", "--coverage", "--mutation", &both.parted]);
    let json: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    for row in json["tests"].as_array().expect("tests") {
        assert!(row["file"].as_str().is_some_and(|file| file.ends_with("parts/tests.yaml")));
    }
    for row in json["mutation"][0]["mutants"].as_array().expect("mutants") {
        assert!(row["file"].as_str().is_some_and(|file| file.ends_with("boundaries.yaml")));
    }
    let boundaries = both.folder.path("parts/boundaries.yaml");
    let text = fs::read_to_string(&boundaries).expect("a file");
    fs::write(&boundaries, text.replacen("to: analytics", "to: analytic", 1)).expect("a file");
    let line = 1 + text.lines().position(|line| line.contains("to: analytics")).expect("a line");
    let text = run(&["check", &both.parted]).text();
    assert!(text.contains(&format!("parts/boundaries.yaml:{line}:")), "{text}");
    let github = run(&["check", "--format", "github", &both.parted]).text();
    assert!(github.contains(&format!("parts/boundaries.yaml,line={line},")), "{github}");
    let sarif = run(&["check", "--format", "sarif", &both.parted]);
    let sarif: Value = serde_json::from_slice(&sarif.stdout).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let wrong = results.iter().find(|result| result["ruleId"] == "E012").expect("a result");
    let place = &wrong["locations"][0]["physicalLocation"];
    let uri = place["artifactLocation"]["uri"].as_str().expect("a name");
    assert!(uri.ends_with("parts/boundaries.yaml"), "{uri}");
    assert_eq!(place["region"]["startLine"], line);
    let change = &wrong["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"], place["artifactLocation"]);
    assert_eq!(change["replacements"][0]["deletedRegion"]["startLine"], line);
}

#[test]
fn no_file_is_read_from_outside_of_the_folder_and_none_twice() {
    let (folder, outside) = (Folder::new("include-inside"), Folder::new("include-outside"));
    let policy = folder.file("policy.yaml", POLICY.as_bytes());
    fs::create_dir_all(folder.path("far")).expect("a folder");
    folder.file("near.yaml", NEAR.as_bytes());
    folder.file("nearer.yaml", NEARER.as_bytes());
    let missing = run(&["check", &policy]);
    assert_eq!(missing.status, 1, "{}", missing.stderr);
    assert!(missing.text().contains("`far/far.yaml` cannot be included: "), "{}", missing.text());
    folder.file("far/far.yaml", FAR.as_bytes());
    let ran = run(&["check", &policy]);
    assert_eq!(ran.status, 0, "{}{}", ran.text(), ran.stderr);
    for (bytes, why) in [
        (&b"CFDM\x00"[..], "it is a compiled policy"),
        (b"a\0b", "it is a binary file"),
        (b"zones: \xff", "it is no UTF-8 text"),
    ] {
        folder.file("far/far.yaml", bytes);
        let ran = run(&["check", &policy]);
        assert!(ran.status == 1 && ran.text().contains(why), "{}", ran.text());
    }
    fs::remove_file(folder.path("far/far.yaml")).expect("a file");
    fs::create_dir(folder.path("far/far.yaml")).expect("a folder");
    let ran = run(&["check", &policy]);
    assert!(ran.status == 1 && ran.text().contains("a file is wanted"), "{}", ran.text());
    fs::remove_dir(folder.path("far/far.yaml")).expect("a folder");
    #[cfg(unix)]
    {
        let link = |target: &str| {
            let _ = fs::remove_file(folder.path("far/far.yaml"));
            std::os::unix::fs::symlink(target, folder.path("far/far.yaml")).expect("a link");
            run(&["check", &policy])
        };
        let target = outside.file("far.yaml", FAR.as_bytes());
        let ran = link(&target);
        assert!(ran.status == 1 && ran.text().contains("a link out of the folder"));
        assert!(!ran.text().contains("cluster: four"), "{}", ran.text());
        let ran = link("../near.yaml");
        assert!(ran.text().contains("it is the same file as `near.yaml`"), "{}", ran.text());
        let ran = link("../policy.yaml");
        assert!(ran.text().contains("it is the same file as the policy itself"));
        let ran = link("far.yaml");
        assert_eq!(ran.status, 1, "a link to itself: {}", ran.text());
    }
    drop(outside);
}

/// Editors are told what an included file may hold, too.
#[test]
fn the_schema_of_included_files_takes_them_and_no_policy() {
    let schema: Value =
        serde_json::from_slice(&run(&["schema", "--included"]).stdout).expect("JSON");
    let validator = jsonschema::draft7::new(&schema).expect("a schema");
    let part =
        serde_json::json!({ "include": "x.yaml", "zones": { "a": { "sensitivity": "low" } } });
    assert!(validator.is_valid(&part));
    for key in ["format", "limits", "mode", "detect", "proto"] {
        assert!(!validator.is_valid(&serde_json::json!({ key: "cofferdam/v1" })), "{key}");
    }
}
