//! `cofferdam evaluate`: figures that are checked by hand, and what is listed.

use crate::process::{Folder, pipe, run};

const LABELLED: &str = concat!(
    r#"{"id":1,"text":"mail ann@example.com or bob@example.com","spans":["#,
    r#"{"category":"email","start":5,"end":20},{"category":"email","start":24,"end":39}]}"#,
    "\n",
    r#"{"id":"two","text":"mail zoë zoe@example.com.","spans":["#,
    r#"{"category":"email","start":5,"end":25}]}"#,
    "\n",
    r#"{"id":null,"text":"code QX-17 of eve@example.com","spans":["#,
    r#"{"category":"us_npi","start":5,"end":10}]}"#,
    "\n",
);

#[test]
fn what_is_below_its_target_fails() {
    let arguments = ["evaluate", "-", "--format", "json", "--targets"];
    let ran = pipe(&arguments, LABELLED.as_bytes());
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    let result: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    let rows = result["categories"].as_array().expect("rows");
    let email = rows.iter().find(|row| row["category"] == "email").expect("a row");
    assert_eq!(email["target"], serde_json::json!({"met":false,"precision":0.95,"recall":0.95}));
    let first = LABELLED.lines().next().expect("a line");
    assert_eq!(pipe(&arguments, first.as_bytes()).status, 0);
}

#[test]
fn a_record_may_be_columns() {
    let line = concat!(
        r#"{"id":1,"format":"csv","text":"ssn,note\n078051120,x\n","spans":["#,
        r#"{"category":"us_ssn","start":9,"end":18}]}"#,
    );
    let ran = pipe(&["evaluate", "-", "--targets"], line.as_bytes());
    assert_eq!(ran.status, 0, "{}", ran.text());
    // A format that nobody reads is no text.
    let other = line.replace("csv", "parquet");
    assert_eq!(pipe(&["evaluate", "-", "--targets"], other.as_bytes()).status, 2);
}

#[test]
fn figures_are_by_category_and_by_span() {
    let ran = pipe(&["evaluate", "-", "--format", "json", "--confusion"], LABELLED.as_bytes());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(!ran.text().contains("@example") && !ran.text().contains("QX"), "{}", ran.text());
    let result: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    assert_eq!(result["records"], 3);
    let rows = result["categories"].as_array().expect("rows");
    let row = |name: &str| rows.iter().find(|row| row["category"] == name).expect("a row");
    let email = row("email");
    assert_eq!((&email["labelled"], &email["found"]), (&3.into(), &4.into()));
    let near = |value: &serde_json::Value, wanted: f64| {
        assert!(value.as_f64().is_some_and(|value| (value - wanted).abs() < 1e-6), "{value}");
    };
    near(&email["exact"]["precision"], 0.5);
    near(&email["exact"]["recall"], 2.0 / 3.0);
    near(&email["exact"]["f2"], 5.0 * 0.5 * (2.0 / 3.0) / (4.0 * 0.5 + 2.0 / 3.0));
    near(&email["overlap"]["precision"], 0.75);
    near(&email["overlap"]["recall"], 1.0);
    let missed = row("us_npi");
    near(&missed["exact"]["recall"], 0.0);
    near(&missed["exact"]["f2"], 0.0);
    assert!(missed["exact"]["precision"].is_null());
    let confusion = result["confusion"].as_array().expect("a list");
    let shown: Vec<_> = confusion
        .iter()
        .map(|one| format!("{} {} {}", one["id"], one["what"], one["span"]["start"]))
        .collect();
    let expected =
        ["\"two\" \"missed\" 5", "\"two\" \"extra\" 10", "null \"missed\" 5", "null \"extra\" 14"];
    assert_eq!(shown, expected);
    assert_eq!(confusion[0]["over"][0]["start"], 10);
}

#[test]
fn the_text_form_says_the_same() {
    let ran = pipe(&["evaluate", "-", "--confusion"], LABELLED.as_bytes());
    let text = ran.text();
    let email = text.lines().find(|line| line.starts_with("email ")).expect("a row");
    let cells: Vec<_> = email.split_whitespace().collect();
    let expected =
        ["email", "3", "4", "2", "0.5000", "0.6667", "0.6250", "0.7500", "1.0000", "0.9375"];
    assert_eq!(cells, expected);
    assert!(text.contains("\"two\": missed email 5..25, over email (email) 10..25"), "{text}");
    assert!(!text.contains("@example"), "{text}");
}

#[test]
fn a_bad_label_is_told_and_the_others_count() {
    let good = LABELLED.lines().next().expect("a line");
    for (bad, why) in [
        (r#"{"id":1,"text":"x"}"#, "`spans` is missing"),
        (r#"{"id":1,"text":"x","spans":{}}"#, "`spans` is no list"),
        (r#"{"id":1,"text":"x","spans":[{"start":0,"end":1}]}"#, "`category` is no string"),
        (
            r#"{"id":1,"text":"x","spans":[{"category":"email","start":-1,"end":1}]}"#,
            "`start` is no offset",
        ),
        (
            r#"{"id":1,"text":"ö","spans":[{"category":"email","start":1,"end":2}]}"#,
            "`start` points at no character",
        ),
        (
            r#"{"id":1,"text":"x","spans":[{"category":"email","start":0,"end":9}]}"#,
            "`end` points at no character",
        ),
        (r#"{"id":1,"text":"x","spans":[{"category":"email","start":1,"end":1}]}"#, "it is empty"),
        ("nonsense", "no JSON object"),
    ] {
        let ran = pipe(&["evaluate", "-"], format!("{bad}\n{good}\n").as_bytes());
        assert_eq!(ran.status, 2, "{bad}: {}", ran.stderr);
        assert!(ran.stderr.contains("<stdin>:1: ") && ran.stderr.contains(why), "{}", ran.stderr);
        assert!(ran.stderr.contains("1 records"), "{}", ran.stderr);
    }
    assert_eq!(run(&["evaluate"]).status, 2);
    let folder = Folder::new("evaluate");
    let ran = run(&["evaluate", &folder.path("missing.jsonl")]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("missing.jsonl: "), "{}", ran.stderr);
}
