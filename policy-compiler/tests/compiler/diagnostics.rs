//! Every policy in `tests/diagnostics` gives exactly the text beside it.
//! `COFFERDAM_BLESS=1` writes the texts anew; read the difference before you commit it.

use cofferdam_policy_compiler::diagnostic::{Diagnostics, Severity, Source};
use cofferdam_policy_compiler::{compile, compile_source, load, report};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Everything that is wrong with a policy, errors or not.
fn diagnose(source: &Source) -> Diagnostics {
    match compile_source(source) {
        Ok(compiled) => compiled.warnings,
        Err(diagnostics) => diagnostics,
    }
}

fn folder(name: &str) -> Vec<(PathBuf, Source)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml" || ending == "toml"))
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).expect("a policy");
            let source = loaded(Source::new(&name, &text), &path, &|_, text| text);
            (path, source)
        })
        .collect()
}

/// With what it includes, each file passed through `alter` under the name that it has in messages.
fn loaded(mut source: Source, path: &Path, alter: &dyn Fn(&str, String) -> String) -> Source {
    load(&mut source, &mut |file| {
        let text = fs::read_to_string(path.with_file_name(file));
        // What a system says of it differs.
        text.map(|text| alter(file, text)).map_err(|_| "there is no such file".to_owned())
    });
    source
}

/// Policies with several mistakes, and `mistakes`: one each, as a person makes it.
pub(crate) fn sources() -> Vec<(PathBuf, Source)> {
    let (mut all, single) = (folder("tests/diagnostics"), folder("tests/diagnostics/mistakes"));
    assert!(all.len() >= 20 && single.len() >= 60, "{} and {}", all.len(), single.len());
    all.extend(single);
    all
}

#[test]
fn every_mistake_is_told_as_written_beside_it() {
    let bless = std::env::var_os("COFFERDAM_BLESS").is_some();
    let mut wrong = Vec::new();
    for (path, source) in sources() {
        let found = diagnose(&source);
        let told = format!("{}{found}\n", report::text(&source, &found));
        let beside = path.with_extension("txt");
        if bless {
            fs::write(&beside, &told).expect("the text can be written");
        }
        let wanted = fs::read_to_string(&beside).unwrap_or_default();
        if told != wanted {
            wrong.push(format!("{}\n{told}", source.name()));
        }
    }
    assert!(wrong.is_empty(), "told otherwise:\n{}", wrong.join("\n"));
}

#[test]
fn ten_errors_are_ten_messages_with_line_and_column() {
    let (_, source) = sources()
        .into_iter()
        .find(|(_, source)| source.name() == "ten-errors.yaml")
        .expect("the policy with ten errors");
    let diagnostics = diagnose(&source);
    assert_eq!(diagnostics.count(Severity::Error), 10, "{}", report::text(&source, &diagnostics));
    let places: BTreeSet<_> = diagnostics
        .iter()
        .map(|diagnostic| {
            let at = source.position(diagnostic.span.start);
            (at.line, at.column)
        })
        .collect();
    assert_eq!(places.len(), 10, "every message has a place of its own");
}

#[test]
fn every_code_is_told_by_some_policy() {
    use cofferdam_policy_compiler::diagnostic::Code;
    let told: BTreeSet<_> = sources()
        .iter()
        .flat_map(|(_, source)| diagnose(source).iter().map(|d| d.code).collect::<Vec<_>>())
        .collect();
    // A defect cannot be provoked, and what is overdue depends on the day: `command.rs` has it.
    let apart = [Code::Internal, Code::Overdue];
    let missing: Vec<_> = Code::ALL
        .iter()
        .filter(|code| !told.contains(code) && !apart.contains(code))
        // What is told of hosts: `host.rs` has all of it.
        .filter(|code| !code.name().starts_with('H'))
        .map(|code| code.name())
        .collect();
    assert!(missing.is_empty(), "told nowhere: {missing:?}");
}

#[test]
fn json_and_sarif_say_the_same_as_text() {
    let reports: Vec<_> = sources()
        .into_iter()
        .map(|(_, source)| {
            let found = diagnose(&source);
            (source, found)
        })
        .collect();
    let count: usize = reports.iter().map(|(_, found)| found.iter().count()).sum();
    let json: serde_json::Value = serde_json::from_str(&report::json(&reports)).expect("JSON");
    let list = json["diagnostics"].as_array().expect("a list");
    let sarif: serde_json::Value = serde_json::from_str(&report::sarif(&reports)).expect("JSON");
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    assert_eq!((list.len(), results.len()), (count, count));
    let all = reports.iter().flat_map(|(source, found)| found.iter().map(move |d| (source, d)));
    for ((source, diagnostic), (row, result)) in all.zip(list.iter().zip(results)) {
        let at = source.position(diagnostic.span.start);
        assert_eq!(row["code"], diagnostic.code.name());
        assert_eq!(
            (&row["at"]["line"], &row["at"]["column"]),
            (&at.line.into(), &at.column.into())
        );
        assert_eq!(row["message"], diagnostic.message);
        let file = source.file(diagnostic.span.start).name();
        assert_eq!(row["at"]["file"], file);
        let physical = &result["locations"][0]["physicalLocation"];
        assert_eq!(physical["region"]["startLine"], at.line);
        assert_eq!(physical["region"]["startColumn"], at.column);
        assert_eq!(physical["artifactLocation"]["uri"], file);
        let rule = &sarif["runs"][0]["tool"]["driver"]["rules"]
            [usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small")];
        assert_eq!(rule["id"], result["ruleId"]);
    }
}

/// What SARIF 2.1.0 requires (sections 3.13 to 3.58), of all that is written.
#[test]
fn sarif_has_what_its_standard_asks_for() {
    let diagnosed = |(_, source): (PathBuf, Source)| (source.clone(), diagnose(&source));
    let reports: Vec<_> = sources().into_iter().map(diagnosed).collect();
    let log: serde_json::Value = serde_json::from_str(&report::sarif(&reports)).expect("JSON");
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    assert!(driver["name"].is_string() && driver["version"] == env!("CARGO_PKG_VERSION"));
    let rules = driver["rules"].as_array().expect("rules");
    let mut ids = BTreeSet::new();
    for rule in rules {
        assert!(ids.insert(rule["id"].as_str().expect("an id")));
        for text in ["shortDescription", "fullDescription", "help"] {
            assert!(!rule[text]["text"].as_str().expect(text).is_empty(), "{rule}");
        }
        let level = rule["defaultConfiguration"]["level"].as_str();
        assert!(matches!(level, Some("error" | "warning")));
    }
    let is_region = |region: &serde_json::Value| {
        let number = |key: &str| region[key].as_u64().expect("a number");
        let (start, end) = (
            (number("startLine"), number("startColumn")),
            (number("endLine"), number("endColumn")),
        );
        start.0 >= 1 && start.1 >= 1 && start <= end
    };
    let is_location = |location: &serde_json::Value| {
        let physical = &location["physicalLocation"];
        physical["artifactLocation"]["uri"].is_string() && is_region(&physical["region"])
    };
    let (mut related, mut fixes) = (0, 0);
    for result in run["results"].as_array().expect("results") {
        assert!(result["message"]["text"].is_string());
        assert!(ids.contains(result["ruleId"].as_str().expect("a rule")));
        let locations = result["locations"].as_array().expect("locations");
        assert!(locations.len() == 1 && locations.iter().all(is_location), "{result}");
        for location in result["relatedLocations"].as_array().expect("a list") {
            assert!(is_location(location) && location["message"]["text"].is_string(), "{result}");
            related += 1;
        }
        for fix in result["fixes"].as_array().into_iter().flatten() {
            assert!(fix["description"]["text"].is_string());
            let change = &fix["artifactChanges"][0];
            assert!(change["artifactLocation"]["uri"].is_string());
            assert!(is_region(&change["replacements"][0]["deletedRegion"]));
            assert!(change["replacements"][0]["insertedContent"]["text"].is_string());
            fixes += 1;
        }
    }
    assert!(related > 10 && fixes > 10, "{related} related locations, {fixes} fixes");
}

/// An edit is offered only where there is no doubt, so what it mends must be gone with it.
#[test]
fn every_edit_mends_what_it_stands_for() {
    let mut count = 0;
    for (path, source) in sources() {
        for diagnostic in diagnose(&source).iter() {
            let Some(fix) = &diagnostic.fix else { continue };
            let meant = source.file(fix.span.start);
            let edit = |name: &str, text: String| {
                let before = source.files().take_while(|file| file.name() != meant.name());
                // Between two files stands a line end.
                let start: usize = before.map(|file| file.text().len() + 1).sum();
                match name == meant.name() {
                    true => {
                        let (from, to) = (fix.span.start - start, fix.span.end - start);
                        format!("{}{}{}", &text[..from], fix.replacement, &text[to..])
                    }
                    false => text,
                }
            };
            let first = source.files().next().expect("the policy").text().to_owned();
            let edited = Source::new(source.name(), &edit(source.name(), first));
            let edited = loaded(edited, &path, &edit);
            let same = |other: &&cofferdam_policy_compiler::diagnostic::Diagnostic| {
                other.code == diagnostic.code
                    && other.span.start == diagnostic.span.start
                    && other.message == diagnostic.message
            };
            let left = diagnose(&edited);
            assert!(
                left.iter().find(same).is_none(),
                "{}: {}\n{}",
                source.name(),
                diagnostic.message,
                edited.text()
            );
            count += 1;
        }
    }
    assert!(count > 10, "only {count} edits");
}

#[test]
fn hostile_text_is_refused_and_never_hangs() {
    for text in [
        String::new(),
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(50_000),
        "a: &a [*a, *a]\n".to_owned(),
        "? ".repeat(10_000),
        "x: |\n".to_owned() + &" a\n".repeat(100_000),
        "\u{0}".to_owned(),
        "%YAML 9.9\n---\na: b\n".to_owned(),
        "a".repeat(2 << 20),
        format!("[{}]", "a,".repeat(400_000)),
        format!("{{{}}}", (0..80_000).map(|n| format!("k{n}: 1,")).collect::<String>()),
        "\u{200b}".repeat(300_000),
        "yes: &a !b yes\n".repeat(60_000),
    ] {
        let shown: String = text.chars().take(20).collect();
        let diagnostics = compile(&text, "hostile.yaml").expect_err(&shown);
        assert!(diagnostics.has_errors(), "{shown}");
    }
}

#[test]
fn a_damaged_policy_is_refused_or_compiles_and_is_always_told_of() {
    let mut state = 7_u64;
    let mut next = |below: usize| {
        // Xorshift, published by Marsaglia (2003).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below).expect("small")).expect("small")
    };
    let pieces =
        ["", "[", "}", ": ", "- ", "\"", "é", "\n", "block", "@", "*", "$..", "99999999", "~"];
    let (mut refused, mut compiled) = (0, 0);
    for (name, text) in crate::policies::all() {
        let chars: Vec<char> = text.chars().collect();
        for _ in 0..60 {
            let at = next(chars.len());
            let end = (at + next(6)).min(chars.len());
            let (before, after) = (&chars[..at], &chars[end..]);
            let piece = pieces[next(pieces.len())];
            let damaged: String =
                before.iter().copied().chain(piece.chars()).chain(after.iter().copied()).collect();
            let source = Source::new(&name, &damaged);
            let found = diagnose(&source);
            let told = report::text(&source, &found);
            assert_eq!(told.is_empty(), found.is_empty());
            let reports = [(source, found)];
            let json: serde_json::Value =
                serde_json::from_str(&report::json(&reports)).expect("JSON");
            assert!(json["diagnostics"].is_array());
            if reports[0].1.has_errors() { refused += 1 } else { compiled += 1 }
        }
    }
    assert!(refused > 30 && compiled > 10, "{refused} refused, {compiled} compiled");
}
