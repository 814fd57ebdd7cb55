//! The map of a policy: what it says, that it can be read, and what it says of what was seen.

use crate::process::{Folder, policy, run};
use cofferdam_engine::entry::Entry;
use std::fmt::Write as _;

/// What a letter takes in the fonts that the picture asks for, at its size of 12: in DejaVu Sans
/// Mono and Menlo 0.602 of the size, in all others less.
const LETTER: f64 = 12.0 * 0.602;
/// Above and below the line that letters stand on.
const ASCENT: f64 = 9.5;
const DESCENT: f64 = 3.0;

/// An area of the picture.
#[derive(Clone, Debug)]
struct Area {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    what: String,
}

impl Area {
    fn meets(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    fn holds(&self, other: &Self) -> bool {
        self.left <= other.left
            && other.right <= self.right
            && self.top <= other.top
            && other.bottom <= self.bottom
    }
}

fn attribute(tag: &str, name: &str) -> Option<f64> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split_once('"')?.0.parse().ok()
}

/// Where each text of a picture stands, by the letters that are seen.
fn texts(svg: &str) -> Vec<Area> {
    let tags = svg.split("<text").skip(1);
    let area = |tag: &str| {
        let (attributes, rest) = tag.split_once('>').expect("a tag");
        let attributes = format!(" {attributes}");
        let text = rest.split_once("</text>").expect("an end").0;
        let mut seen = text.to_owned();
        for (reference, letter) in
            [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        {
            seen = seen.replace(reference, letter);
        }
        let letters = u32::try_from(seen.chars().count()).expect("a short text");
        let width = f64::from(letters) * LETTER;
        let (x, y) = (attribute(&attributes, "x"), attribute(&attributes, "y"));
        let (x, y) = (x.expect("x"), y.expect("y"));
        let left = if attributes.contains("middle") { x - width / 2.0 } else { x };
        Area { left, right: left + width, top: y - ASCENT, bottom: y + DESCENT, what: seen }
    };
    tags.map(area).collect()
}

/// The boxes of zones.
fn boxes(svg: &str) -> Vec<Area> {
    let tags = svg.split("<rect").skip(1).filter_map(|tag| tag.split_once('>'));
    let zones = tags.map(|(tag, _)| tag).filter(|tag| tag.contains("rx="));
    let area = |tag: &str| {
        let at = |name| attribute(tag, name).expect("a number");
        let (left, top) = (at("x"), at("y"));
        let (right, bottom) = (left + at("width"), top + at("height"));
        Area { left, right, top, bottom, what: "a zone".to_owned() }
    };
    zones.map(area).collect()
}

/// No text lies over another one, over the frame of a zone, or outside of the picture.
fn check_readable(svg: &str) {
    let texts = texts(svg);
    let (boxes, view) = (boxes(svg), svg.split_once("viewBox=\"0 0 ").expect("a view").1);
    let mut size = view.split_once('"').expect("a view").0.split(' ');
    let mut next = || size.next().and_then(|n| n.parse().ok()).expect("a number");
    let view =
        Area { left: 0.0, top: 0.0, right: next(), bottom: next(), what: "the picture".into() };
    for (n, text) in texts.iter().enumerate() {
        assert!(view.holds(text), "{text:?} is outside");
        if let Some(other) = texts[..n].iter().find(|other| other.meets(text)) {
            panic!("{text:?} lies over {other:?}");
        }
        if let Some(zone) = boxes.iter().find(|zone| zone.meets(text) && !zone.holds(text)) {
            panic!("{text:?} lies over the frame {zone:?}");
        }
    }
}

/// A policy with so many zones, and boundaries all over the place.
fn estate(zones: usize, boundaries: usize) -> String {
    const WORDS: [&str; 5] = ["public", "limited", "internal", "own-word", "high"];
    const NAMES: [&str; 4] =
        ["gateway", "warehouse-of-all-analytics-and-reporting", "x", "billing_and_payments_of_all"];
    let name = |n: usize| format!("z{n}-{}", NAMES[n % NAMES.len()]);
    let mut text = String::from(
        "format: cofferdam/v1\npolicy: estate\nowner: team:x\nreview_by: 2036-12-31\nzones:\n",
    );
    for n in 0..zones {
        let third = if n % 3 == 1 { ", third_party: true" } else { "" };
        let _ = writeln!(text, "  {}: {{ sensitivity: {}{third} }}", name(n), WORDS[n % 5]);
    }
    text.push_str("members:\n");
    for n in 0..zones {
        let zone = name(n);
        let _ = writeln!(text, "  - {{ zone: {zone}, spiffe: \"spiffe://e.example/{zone}/**\" }}");
    }
    text.push_str("boundaries:\n");
    for n in 0..boundaries {
        let (from, to) = (n % zones, (n * 7 + 1 + n / zones) % zones);
        let to = if from == to { (to + 1) % zones } else { to };
        let reply = if n % 2 == 0 { "status_only" } else { "{ otherwise: keep }" };
        let _ = writeln!(
            text,
            "  - id: boundary-number-{n}\n    from: {}\n    to: {}\n    purpose: x\n    when: {{ \
             methods: [GET, POST], paths: [\"/v{n}/a/very/long/path/that/needs/more/than/one/line/\
             of/the/map/**\"] }}\n    rules:\n      - {{ category: [email, credit_card, iban, \
             us_ssn, jwt, phone, ip_address, url], action: keep }}\n    reply: {reply}",
            name(from),
            name(to)
        );
    }
    text
}

#[test]
fn no_label_lies_over_another() {
    let folder = Folder::new("map-sizes");
    for (zones, boundaries) in [(1, 0), (2, 1), (4, 6), (25, 60)] {
        let text = estate(zones, boundaries);
        let path = folder.file("estate.yaml", text.as_bytes());
        let text = match boundaries {
            0 => text.replace("boundaries:\n", "boundaries: []\n"),
            _ => text,
        };
        let path = if boundaries == 0 { folder.file("e.yaml", text.as_bytes()) } else { path };
        let ran = run(&["map", &path]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        let svg = ran.text();
        check_readable(&svg);
        let arrows = svg.matches("marker-end").count();
        // Five more stand in the legend.
        assert_eq!(arrows, boundaries * 2 + 5, "an arrow for each direction");
        let names = texts(&svg).iter().filter(|text| text.what.starts_with("boundary-")).count();
        assert_eq!(names, boundaries);
    }
}

#[test]
fn the_check_for_readable_pictures_can_fail() {
    let over = "<svg viewBox=\"0 0 100 100\"><text x=\"9\" y=\"20\">one</text>\
                <text x=\"20\" y=\"24\">two</text></svg>";
    assert!(std::panic::catch_unwind(|| check_readable(over)).is_err());
    let outside = "<svg viewBox=\"0 0 100 100\"><text x=\"90\" y=\"20\">one</text></svg>";
    assert!(std::panic::catch_unwind(|| check_readable(outside)).is_err());
}

#[test]
fn a_map_says_what_may_cross() {
    let ran = run(&["map", &policy("shop.yaml"), "--format", "text"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let wanted = "\
policy shop

zones, the least sensitive first
  public (public)
    1. listener_port 8443
  shop (internal)
    2. cluster shop
  vault (high)
    3. cluster customers

visitors: public -> shop
  request  passes: all that counts
  reply    passes: email
           masked but the last 4: credit_card
           redacted: all else that counts

lookup: shop -> vault
  request  passes: all that counts
  reply    passes: all that counts
";
    assert_eq!(ran.text(), wanted);
}

#[test]
fn what_a_policy_is_called_is_no_markup() {
    let folder = Folder::new("map-hostile");
    let text = r#"
format: cofferdam/v1
policy: hostile
owner: me
review_by: 2036-12-31
zones: { a: { sensitivity: high }, b: { sensitivity: low } }
members:
  - { zone: a, cluster: "a<script>\"];-->x|&amp;" }
boundaries:
  - id: ab
    from: a
    to: b
    purpose: x
    when: { paths: ["/<script>\"]|\"--end"] }
    reply: status_only
"#;
    let path = folder.file("hostile.yaml", text.as_bytes());
    let drawn = |format| {
        let ran = run(&["map", &path, "--format", format]);
        assert_eq!(ran.status, 0, "{}{}", ran.text(), ran.stderr);
        ran.text()
    };
    let svg = drawn("svg");
    assert!(!svg.contains("<script>") && svg.contains("&lt;script&gt;"), "{svg}");
    assert!(svg.contains("x|&amp;amp;"), "{svg}");
    check_readable(&svg);
    let mermaid = drawn("mermaid");
    assert!(mermaid.contains("ab<br/>when /#60;script#62;#34;#93;#124;#34;--end"), "{mermaid}");
    let dot = drawn("dot");
    assert!(dot.contains("when /<script>\\\"]|\\\"--end"), "{dot}");
}

fn entry(policy: &str, boundary: Option<&str>, rules: &[&str]) -> Entry {
    Entry {
        time: 1,
        took_ms: 1,
        crossing: "0a".to_owned(),
        message: "request",
        from: "vault".to_owned(),
        from_by: "cluster",
        to: "public".to_owned(),
        to_by: "listener_port",
        boundary: boundary.map(str::to_owned),
        mode: "enforce",
        rules: rules.iter().map(|&rule| rule.to_owned()).collect(),
        findings: Vec::new(),
        verdict: if boundary.is_some() { "forward" } else { "block" },
        reason: if boundary.is_some() { None } else { Some("no_boundary") },
        bytes_in: 0,
        bytes_out: 0,
        chunks: 0,
        policy: policy.to_owned(),
        fields: Vec::new(),
        grants: Vec::new(),
        trust: None,
        notes: Vec::new(),
        wanted: true,
    }
}

#[test]
fn entries_tell_what_is_used_and_what_is_missing() {
    let folder = Folder::new("map-entries");
    let blob = folder.path("shop.blob");
    let ran = run(&["compile", &policy("shop.yaml"), "-o", &blob]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let digest = ran.text().split_whitespace().next().expect("a digest").to_owned();
    let mut log = String::from("[2026-01-01][1][info] starting main dispatch loop {}\n\n");
    let reply = Entry { message: "response", ..entry(&digest, Some("visitors"), &[]) };
    let entries = [
        entry(&digest, Some("visitors"), &["visitors#otherwise"]),
        Entry { rules: vec!["visitors#reply.1".to_owned()], ..reply },
        entry(&digest, None, &[]),
        entry(&digest, None, &[]),
        // Names in a log are anybody's.
        Entry { from: "<b>\u{202e}".to_owned(), ..entry(&digest, None, &[]) },
        entry("another", Some("lookup"), &["lookup#otherwise"]),
    ];
    for (n, entry) in (0..).zip(entries) {
        let line = entry.to_json(n);
        let _ = writeln!(log, "[2026-01-01][1][info][wasm] wasm log: cofferdam: {line}");
    }
    let log = folder.file("envoy.log", log.as_bytes());
    let ran = run(&["map", &policy("shop.yaml"), "--entries", &log, "--format", "text"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let told = ran.text();
    let gaps = told.split_once("\nboundaries that").expect("gaps").1;
    assert_eq!(
        gaps,
        " nothing went over
  lookup
rules that let something through, and that no finding met
  visitors#reply.2
seen, and nowhere declared
  <b>\\u{202e} -> public: 1 requests, no boundary joins them
  vault -> public: 2 requests, no boundary joins them
what was read
  5 entries of this policy
  1 entries of other policies, left out
  1 lines that are no entry, left out
"
    );
    assert!(told.contains("  seen     1 requests, 1 replies, 0 blocked\n"), "{told}");
    assert!(told.contains("  seen     never\n"), "{told}");
    let ran = run(&["map", &policy("shop.yaml"), "--entries", &log]);
    let svg = ran.text();
    check_readable(&svg);
    assert!(svg.contains("&lt;b&gt;\\u{202e} -&gt; public"), "{svg}");
    assert!(ran.stderr.contains("vault -> public: 2 requests"), "{}", ran.stderr);
}

#[test]
fn a_log_without_entries_is_refused() {
    let folder = Folder::new("map-nothing");
    let log = folder.file("other.log", b"nothing of ours\n{\"a\":1}\n");
    let ran = run(&["map", &policy("shop.yaml"), "--entries", &log]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("other.log: there is no entry in it"), "{}", ran.stderr);
}
