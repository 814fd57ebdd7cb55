//! `cofferdam scan` on files, folders, archives, records and changes.
//! The text of a finding is looked for in everything that comes out, and must not be there.

use crate::process::{Folder, Ran, command, finish, pipe, policy, run};
use std::io::Write as _;
use std::process::Command;

const MAIL: &str = "ann.reed@example.com";
const CARD: &str = "4111 1111 1111 1111";

/// No four bytes of what was found are told anywhere.
fn quiet(ran: &Ran) {
    let all = format!("{}{}", ran.text(), ran.stderr);
    for secret in [MAIL, CARD] {
        for run in secret.as_bytes().windows(6) {
            let run = String::from_utf8_lossy(run);
            assert!(!all.contains(&*run), "`{run}` is told: {all}");
        }
    }
    assert!(!all.contains("panicked"), "{all}");
}

/// The findings as text, without the folder's name.
fn told(folder: &Folder, arguments: &[&str]) -> (i32, Vec<String>) {
    let ran = run(arguments);
    quiet(&ran);
    let base = format!("{}/", folder.0.to_string_lossy());
    let lines = ran.text().lines().map(|line| line.replace(&base, "")).collect();
    (ran.status, lines)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).expect("memory");
    }
    builder.into_inner().expect("memory")
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::CompressionMethod::Deflated;
    let options = zip::write::SimpleFileOptions::default().compression_method(stored);
    for (name, bytes) in files {
        writer.start_file(*name, options).expect("memory");
        writer.write_all(bytes).expect("memory");
    }
    writer.finish().expect("memory").into_inner()
}

#[test]
fn a_folder_is_read_as_version_control_sees_it() {
    let folder = Folder::new("scan-folder");
    let line = format!("one\nzwö mail {MAIL} now\n");
    folder.file("b.txt", line.as_bytes());
    folder.file("a/deep/c.txt", format!("{CARD}\n").as_bytes());
    folder.file("clean.txt", b"nothing here\n");
    folder.file(".env", format!("mail={MAIL}").as_bytes());
    folder.file(".git/config", line.as_bytes());
    folder.file(".gitignore", b"left-out*\n");
    folder.file("left-out.txt", line.as_bytes());
    folder.file("program", &[&[0x7f, b'E', 0, 0], line.as_bytes()].concat());
    folder.file("latin.txt", format!("caf\u{e9} {MAIL}").replace('é', "e").as_bytes());
    folder.file("latin1.txt", &[b"caf\xe9 ", MAIL.as_bytes()].concat());
    let root = folder.path("");
    let root = root.trim_end_matches('/');
    let expected = [
        ".env:1:6: email (email), 20 bytes",
        "a/deep/c.txt:1:1: credit_card (credit_card.grouped), 19 bytes",
        "b.txt:2:10: email (email), 20 bytes",
        "latin.txt:1:6: email (email), 20 bytes",
        "latin1.txt:1:6: email (email), 20 bytes",
    ];
    for threads in ["1", "3"] {
        let (status, lines) = told(&folder, &["scan", root, "--threads", threads]);
        assert_eq!((status, lines.as_slice()), (1, expected.map(str::to_owned).as_slice()));
    }
    let ran = run(&["scan", root]);
    assert!(ran.stderr.contains("7 files"), "{}", ran.stderr);
    assert!(ran.stderr.contains("5 findings") && ran.stderr.contains("1 binary"), "{}", ran.stderr);
    let (_, all) = told(&folder, &["scan", root, "--no-ignore"]);
    assert_eq!(all.len(), 6);
    // Who names a file means it.
    let (status, lines) = told(&folder, &["scan", &folder.path("left-out.txt")]);
    assert_eq!((status, lines.len()), (1, 1));
    let (status, lines) = told(&folder, &["scan", &folder.path("clean.txt")]);
    assert_eq!((status, lines.len()), (0, 0));
}

#[test]
fn structure_is_read_and_mapped_back() {
    let folder = Folder::new("scan-json");
    let json = r#"{"a": "x",
 "mail": "ann.reed\u0040example.com", "ssn": {"n": "078-05-1120"},
 "card": 4111111111111111}"#;
    let file = folder.file("a.json", json.as_bytes());
    let (status, lines) = told(&folder, &["scan", &file]);
    let expected = [
        "a.json:2:11: email (email), 25 bytes",
        "a.json:2:53: us_ssn (us_ssn), 11 bytes",
        "a.json:3:10: credit_card (credit_card), 16 bytes",
    ];
    assert_eq!((status, lines), (1, expected.map(str::to_owned).to_vec()));
    let records = folder.file("c.csv", b"id;ssn\n1;\"078051120\"\n2;x\n");
    let (_, lines) = told(&folder, &["scan", &records]);
    assert_eq!(lines.len(), 1, "columns have names: {lines:?}");
    assert!(lines[0].starts_with("c.csv:2:4: us_ssn ("), "{lines:?}");
    let tabs = folder.file("c.tsv.gz", &gzip(b"a,b\tssn\n1\t078051120\ncaf\xe9\t078051120"));
    let (_, lines) = told(&folder, &["scan", &tabs]);
    assert_eq!(lines.len(), 2, "{lines:?}");
    let torn = folder.file("d.csv", format!("a,b\n\"x\" y,{MAIL}\n\"never").as_bytes());
    let (_, lines) = told(&folder, &["scan", &torn]);
    assert_eq!(lines, ["d.csv:2:7: email (email), 20 bytes"], "no records, and read all the same");
    // What only begins like JSON is read all the same.
    let broken = folder.file("b.json", format!("{{\"a\": 1,, mail {MAIL}").as_bytes());
    let (status, lines) = told(&folder, &["scan", &broken]);
    assert_eq!((status, lines), (1, vec!["b.json:1:16: email (email), 20 bytes".to_owned()]));
    let lines_of = |format: &str| run(&["scan", &file, "--format", format]);
    for line in lines_of("jsonl").text().lines() {
        let row: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let (start, end) = (row["start"].as_u64(), row["end"].as_u64());
        let span = start.zip(end).map(|(start, end)| &json[start as usize..end as usize]);
        let span = span.expect("offsets");
        assert_eq!(row["length"], span.len());
        assert!(["078-05-1120", "4111111111111111", r"ann.reed\u0040example.com"].contains(&span));
    }
    assert_eq!(lines_of("jsonl").text().lines().count(), 3);
}

#[test]
fn sarif_holds_regions_and_no_snippet() {
    let folder = Folder::new("scan-sarif");
    let file = folder.file("ä b.txt", format!("x {MAIL}\n\n{CARD} {MAIL}").as_bytes());
    for (files, count) in [(vec![file.as_str()], 3), (vec![], 0)] {
        let ran = run(&[&["scan", "--format", "sarif"], files.as_slice()].concat());
        quiet(&ran);
        let log: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("JSON");
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        assert_eq!(run["tool"]["driver"]["name"], "cofferdam");
        assert_eq!(run["invocations"][0]["executionSuccessful"], true);
        let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
        let results = run["results"].as_array().expect("results");
        assert_eq!(results.len(), count);
        for result in results {
            assert!(rules.iter().any(|rule| rule["id"] == result["ruleId"]), "{result}");
            let place = &result["locations"][0]["physicalLocation"];
            assert!(
                place["artifactLocation"]["uri"]
                    .as_str()
                    .is_some_and(|uri| { uri.ends_with("%C3%A4%20b.txt") })
            );
            assert!(place["region"]["snippet"].is_null());
        }
        if count > 0 {
            let region = &results[1]["locations"][0]["physicalLocation"]["region"];
            let at = |name: &str| region[name].as_u64();
            assert_eq!((at("startLine"), at("startColumn")), (Some(3), Some(1)));
            assert_eq!((at("endLine"), at("endColumn")), (Some(3), Some(20)));
            assert_eq!((at("byteOffset"), at("byteLength")), (Some(24), Some(19)));
        }
    }
}

#[test]
fn archives_are_read_inside() {
    let folder = Folder::new("scan-archives");
    let text = format!("mail {MAIL}\n");
    let long_name = format!("{}/name.txt", "long".repeat(40));
    let inner = tar(&[("a.txt", text.as_bytes()), (&long_name, text.as_bytes()), ("b", b"clean")]);
    folder.file("1.tar", &inner);
    folder.file("2.tar.gz", &gzip(&inner));
    folder.file("3.zip", &zip(&[("x.log", text.as_bytes()), ("y.tgz", &gzip(&inner))]));
    folder.file("4.log.gz", &[gzip(text.as_bytes()), gzip(text.as_bytes())].concat());
    folder.file("5.zip", &zip(&[]));
    let (status, lines) = told(&folder, &["scan", &folder.path("")]);
    let found = |name: &str| format!("{name}:1:6: email (email), 20 bytes");
    let long = |name: &str| found(&format!("{name}!{long_name}"));
    let expected = vec![
        found("1.tar!a.txt"),
        long("1.tar"),
        found("2.tar.gz!a.txt"),
        long("2.tar.gz"),
        found("3.zip!x.log"),
        found("3.zip!y.tgz!a.txt"),
        long("3.zip!y.tgz"),
        found("4.log.gz"),
        found("4.log.gz").replace(":1:", ":2:"),
    ];
    assert_eq!((status, lines), (1, expected));
    let from_pipe = pipe(&["scan", "-"], &gzip(&inner));
    assert_eq!(from_pipe.text().lines().count(), 2);
}

#[test]
fn what_is_packed_to_hurt_is_left_and_said() {
    let folder = Folder::new("scan-bombs");
    let text = "no one is here. ".repeat(1 << 16);
    let bomb = folder.file("bomb.gz", &gzip(text.as_bytes()));
    let bounded = run(&["scan", &bomb, "--archive-bytes", "100000"]);
    assert_eq!(bounded.status, 2);
    assert!(bounded.stderr.contains("bomb.gz: too much is packed in it"), "{}", bounded.stderr);
    assert_eq!(bounded.stderr.matches("too much").count(), 1);
    let length = text.len().to_string();
    assert_eq!(run(&["scan", &bomb, "--archive-bytes", &length]).status, 0, "it just fits");
    let packed = zip(&[("1", text.as_bytes()), ("2", text.as_bytes()), ("3", text.as_bytes())]);
    let packed = folder.file("many.zip", &packed);
    let many = run(&["scan", &packed, "--archive-bytes", "1500000"]);
    assert_eq!((many.status, many.stderr.matches("too much").count()), (2, 1), "{}", many.stderr);
    let mut deep = b"mail ".to_vec();
    for _ in 0..20 {
        deep = gzip(&deep);
    }
    let deep = run(&["scan", &folder.file("deep.gz", &deep)]);
    assert_eq!(deep.status, 2);
    assert!(deep.stderr.contains("archives lie in it deeper than 6"), "{}", deep.stderr);
    let whole = gzip(format!("{MAIL} {}", "word ".repeat(10_000)).as_bytes());
    let cut = run(&["scan", &folder.file("cut.gz", &whole[..whole.len() - 9])]);
    quiet(&cut);
    assert_eq!((cut.status, cut.text().lines().count()), (2, 1), "what came is read");
    for (name, bytes) in [
        ("a.zip", b"PK\x03\x04 and nothing".to_vec()),
        ("b.gz", b"\x1f\x8b\x08 and nothing at all".to_vec()),
        ("c.tar", [vec![b'x'; 257], b"ustar".to_vec(), vec![b'y'; 900]].concat()),
    ] {
        let broken = run(&["scan", &folder.file(name, &bytes)]);
        assert_eq!(broken.status, 2, "{name}: {}", broken.stderr);
        assert!(broken.stderr.contains(&format!("{name}: ")), "{}", broken.stderr);
    }
}

#[test]
fn long_texts_stream_by() {
    let mut text = String::new();
    for n in 0..40_000 {
        text += &format!("{n} some words of a log that says very little\n");
        if n % 10_000 == 9_999 {
            text += &format!("{MAIL}\n");
        }
    }
    let ran = pipe(&["scan"], text.as_bytes());
    quiet(&ran);
    let lines: Vec<_> = ran.text().lines().map(str::to_owned).collect();
    let expected = [10_001, 20_002, 30_003, 40_004];
    let expected = expected.map(|line| format!("<stdin>:{line}:1: email (email), 20 bytes"));
    assert_eq!(lines, expected);
    assert!(ran.stderr.contains(&format!("{} bytes", text.len())), "{}", ran.stderr);
    assert!(!ran.stderr.contains('\r'), "nobody watches");
    // A finding of many lines is where it begins.
    let body = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoQUJDREVGR0hJSktMTU5PUFFSU1RV\n".repeat(4_000);
    let key = format!(
        "first\n key: -----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----\n{MAIL}\n"
    );
    let ran = pipe(&["scan", "--format", "jsonl"], key.as_bytes());
    let rows: Vec<serde_json::Value> =
        ran.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!((&rows[0]["line"], &rows[0]["column"]), (&2.into(), &7.into()));
    assert_eq!((&rows[0]["end_line"], &rows[1]["line"]), (&4003.into(), &4004.into()));
}

#[test]
fn records_come_back_in_order_with_their_ids() {
    let text = format!("ö {MAIL}");
    let mut input = format!("{{\"id\": 1.50, \"text\": \"{text}\"}}\n");
    input += "{\"text\": \"nothing\", \"id\": \"a\\u0041\", \"more\": [1]}\n\n";
    input += "{\"id\": 123456789012345678901234567890, \"text\": \"\"}\r\n";
    input += "{\"id\": null, \"text\": \"\\u0078-05-1120 x\"}";
    let ran = pipe(&["scan", "--input", "jsonl"], input.as_bytes());
    quiet(&ran);
    let finding = "{\"category\":\"email\",\"detector\":\"email\",\"start\":3,\"end\":23}";
    let expected = [
        format!("{{\"id\":1.50,\"findings\":[{finding}]}}"),
        "{\"id\":\"a\\u0041\",\"findings\":[]}".to_owned(),
        "{\"id\":123456789012345678901234567890,\"findings\":[]}".to_owned(),
        "{\"id\":null,\"findings\":[]}".to_owned(),
    ];
    assert_eq!((ran.status, ran.text()), (1, expected.join("\n") + "\n"));
    let many: String =
        (0..20_000).map(|n| format!("{{\"id\":{n},\"text\":\"{MAIL}\"}}\n")).collect();
    let ran = pipe(&["scan", "--input", "jsonl", "--threads", "3"], many.as_bytes());
    for (n, line) in ran.text().lines().enumerate() {
        assert!(line.starts_with(&format!("{{\"id\":{n},\"findings\":[{{")), "{line}");
    }
    assert_eq!(ran.text().lines().count(), 20_000);
}

#[test]
fn a_bad_record_is_told_by_its_line_and_the_others_go_on() {
    for (bad, why) in [
        (MAIL.to_owned(), "no JSON object"),
        (format!("\"{MAIL}\""), "no JSON object"),
        (format!("{{\"id\":1,\"text\":\"{MAIL}\""), "no JSON object"),
        (format!("{{\"text\":\"{MAIL}\"}}"), "`id` is missing"),
        (format!("{{\"id\":[\"{MAIL}\"],\"text\":\"\"}}"), "`id` is neither"),
        (format!("{{\"id\":\"{MAIL}\"}}"), "`text` is missing"),
        (format!("{{\"id\":1,\"text\":[\"{MAIL}\"]}}"), "`text` is no string"),
        ("{\"id\":1,\"text\":\"\\ud800\"}".to_owned(), "`text` is no string"),
        ("[]".to_owned(), "no JSON object"),
    ] {
        let good = "{\"id\":7,\"text\":\"x\"}";
        let ran = pipe(&["scan", "--input", "jsonl"], format!("{good}\n{bad}\n{good}").as_bytes());
        quiet(&ran);
        assert_eq!(ran.status, 2, "{bad}");
        assert_eq!(ran.text().lines().count(), 2, "{bad}");
        assert!(ran.stderr.contains(&format!("error: <stdin>:2: {why}")), "{bad}: {}", ran.stderr);
    }
    let ran = pipe(&["scan", "--input", "jsonl"], b"\xff\xfe\n{\"id\":7,\"text\":\"x\"}\n");
    assert_eq!((ran.status, ran.text().lines().count()), (2, 1));
}

#[test]
fn only_added_lines_of_a_change_are_told() {
    let folder = Folder::new("scan-diff");
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.current_dir(&folder.0).args([
            "-c",
            "user.name=x",
            "-c",
            "user.email=x@example.com",
        ]);
        let ran = finish(command.args(arguments), b"");
        assert_eq!(ran.status, 0, "{arguments:?}: {}", ran.stderr);
    };
    git(&["init", "-q", "."]);
    folder.file("a.txt", format!("old {MAIL}\nmiddle\nlast {MAIL}").as_bytes());
    folder.file("gone.txt", MAIL.as_bytes());
    folder.file("data.json", b"{\"credit_card\": {\n  \"n\": \"x\"\n}}\n");
    git(&["add", "."]);
    git(&["commit", "-qm", "one"]);
    folder.file("a.txt", format!("old {MAIL}\nmiddle {CARD}\nnew\nlast {MAIL}\n").as_bytes());
    folder.file("new \"x\"\t.txt", format!("a\n{MAIL}").as_bytes());
    folder.file("data.json", b"{\"ssn\": {\n  \"n\": \"078051120\"\n}}\n");
    folder.file("program", &[0, 1, 2]);
    std::fs::remove_file(folder.path("gone.txt")).expect("a file");
    git(&["add", "."]);
    let scan = |arguments: &[&str]| {
        let mut command = command(&[&["scan"], arguments].concat());
        let ran = finish(command.current_dir(&folder.0), b"");
        quiet(&ran);
        let lines: Vec<_> = ran.text().lines().map(str::to_owned).collect();
        (ran.status, lines, ran.stderr)
    };
    let expected = [
        "a.txt:2:8: credit_card (credit_card.grouped), 19 bytes",
        // Its line end is new.
        "a.txt:4:6: email (email), 20 bytes",
        "new \"x\"\\u{9}.txt:2:1: email (email), 20 bytes",
    ];
    let (status, lines, stderr) = scan(&["--diff", "HEAD"]);
    let numbers = lines.iter().filter(|line| line.starts_with("data.json:2:")).count();
    assert_eq!(numbers, 1, "the key in a line before is context: {lines:?}");
    let lines: Vec<_> = lines.into_iter().filter(|line| !line.starts_with("data.json")).collect();
    assert_eq!((status, lines), (1, expected.map(str::to_owned).to_vec()));
    assert!(stderr.contains("3 files") && stderr.contains("1 binary"), "{stderr}");
    git(&["commit", "-qm", "two"]);
    assert_eq!(scan(&["--diff", "HEAD"]).0, 0);
    assert_eq!(scan(&["--diff", "HEAD~1..HEAD"]).1.len(), 4);
    assert_eq!(scan(&["--diff", "HEAD~1", "a.txt"]).1.len(), 2);
    for revision in ["--output=stolen", "-x", ""] {
        let (status, lines, stderr) = scan(&[&format!("--diff={revision}")]);
        assert_eq!((status, lines.len()), (2, 0), "{revision}: {stderr}");
    }
    let (status, _, stderr) = scan(&["--diff", "no-such-thing"]);
    assert!(status == 2 && stderr.contains("error: git diff: fatal: "), "{stderr}");
    assert!(stderr.lines().count() < 4, "{stderr}");
    assert!(!std::path::Path::new(&folder.path("stolen")).exists());
}

#[test]
fn a_policy_brings_its_own_set() {
    let folder = Folder::new("scan-policy");
    let text = "patient PT-12345678 at 198.51.100.7\n";
    let file = folder.file("a.txt", text.as_bytes());
    let (status, lines) = told(&folder, &["scan", &file]);
    assert_eq!((status, lines.len()), (0, 0), "{lines:?}");
    let (status, lines) = told(&folder, &["scan", &file, "--all"]);
    assert_eq!(status, 1);
    assert!(lines[0].starts_with("a.txt:1:24: ip_address"), "{lines:?}");
    let shop = std::fs::read_to_string(policy("shop.yaml")).expect("a policy");
    let own = "categories:\n  patient_id: { description: x, pattern: \"PT-[0-9]{8}\" }\n  \
               full_name: { fields: [\"$.name\"] }\nboundaries:";
    let shop = folder.file("p.yaml", shop.replacen("boundaries:", own, 1).as_bytes());
    let (status, lines) = told(&folder, &["scan", &file, "--policy", &shop]);
    let expected = vec!["a.txt:1:9: patient_id (patient_id), 11 bytes".to_owned()];
    assert_eq!((status, lines), (1, expected));
    let json = folder.file("b.json", b"{\"name\": \"whoever\"}");
    let (_, lines) = told(&folder, &["scan", &json, "--policy", &shop]);
    assert_eq!(lines, ["b.json:1:11: full_name (field), 7 bytes"]);
}

#[test]
fn nonsense_is_refused() {
    let folder = Folder::new("scan-nonsense");
    let file = folder.file("a.txt", MAIL.as_bytes());
    for (arguments, word) in [
        (vec!["scan", "--format", "xml"], "xml"),
        (vec!["scan", "--input", "csv"], "csv"),
        (vec!["scan", "--input", "jsonl", "--format", "text"], "cannot be used with"),
        (vec!["scan", "--threads", "0"], "threads"),
        (vec!["scan", "--all", "--policy", "x"], "cannot be used with"),
        (vec!["scan", "--policy", "missing.yaml"], "missing.yaml"),
        (vec!["scan", "-", "-"], "stdin can be read once"),
        (vec!["scan", "--nonsense"], "nonsense"),
    ] {
        let ran = run(&arguments);
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(word), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stdout.is_empty());
    }
    let ran = run(&["scan", &folder.path("missing"), &file]);
    assert_eq!((ran.status, ran.text().lines().count()), (2, 1), "the others are read");
    assert!(ran.stderr.contains("missing: "), "{}", ran.stderr);
    let empty = pipe(&["scan"], b"");
    assert_eq!((empty.status, empty.stdout.len()), (0, 0));
}
