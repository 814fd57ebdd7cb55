//! `cofferdam controls`, and what is refused of the tags.

use crate::process::{Folder, policy, run};
use serde_json::Value;
use std::collections::BTreeSet;

const HEAD: &str = "\
format: cofferdam/v1
policy: tagged
owner: me
review_by: 2036-12-31
zones: { a: { sensitivity: high }, b: { sensitivity: low } }
members: [{ zone: a, cluster: a }]
boundaries:
";

fn tagged(tags: &str) -> String {
    format!(
        "{HEAD}  - {{ id: ab, from: a, to: b, purpose: reports, controls: {tags}, reply: \
         status_only }}\n  - {{ id: ba, from: b, to: a, purpose: orders, reply: status_only }}\n"
    )
}

#[test]
fn boundaries_are_told_by_control() {
    let folder = Folder::new("controls");
    let tags = "[\"gdpr:32(1)(a)\", \"nist-800-53:AC-4(8)\", \"gdpr:25\", \"own:SEC-7\"]";
    let path = folder.file("tagged.yaml", tagged(tags).as_bytes());
    let ran = run(&["controls", &path]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let wanted = "\
Regulation (EU) 2016/679, General Data Protection Regulation
  gdpr:25                  data protection by design and by default
                             ab
  gdpr:32(1)(a)            security of processing
                             ab

NIST SP 800-53 Rev. 5, Security and Privacy Controls
  nist-800-53:AC-4(8)      information flow enforcement
                             ab

your own
  own:SEC-7                a control of your own
                             ab

without a control: ba
";
    assert_eq!(ran.text(), wanted);
}

#[test]
fn wrong_tags_are_refused_with_a_way_out() {
    let folder = Folder::new("controls-wrong");
    let cases = [
        ("[gdpr]", "`gdpr` names no control", "write `gdpr:25`"),
        ("[\"gpdr:25\"]", "`gpdr` is no standard", "did you mean `gdpr`?"),
        ("[\"iso-27001:A.8\"]", "`iso-27001` is no standard", "the last for what is your own"),
        ("[\"gdpr:320\"]", "`320` is not an article of gdpr", "controls --list"),
        ("[\"hipaa:164.999\"]", "`164.999` is not a section of hipaa", "controls --list"),
        ("[\"nist-800-53:ZZ-999\"]", "is not a control of nist-800-53", "controls --list"),
        ("[\"gdpr:25(1\"]", "ends in what is no part of an article", "written like `(1)(f)`"),
        ("[\"pci-dss:3.4(1)\"]", "ends in what is no part", "written like `.1`"),
        ("[\"gdpr:25\", \"gdpr:25\"]", "stands here twice", "the first time"),
    ];
    for (tags, message, help) in cases {
        let path = folder.file("wrong.yaml", tagged(tags).as_bytes());
        let ran = run(&["check", &path]);
        assert_eq!(ran.status, 1, "{tags}");
        let told = ran.text();
        assert!(told.contains(message) && told.contains(help), "{tags}: {told}");
    }
}

/// What OSCAL 1.1.2 asks of every object of a component definition.
fn check_oscal(definition: &Value) -> BTreeSet<String> {
    let text = |value: &Value, key: &str| {
        let found = value[key].as_str().unwrap_or_else(|| panic!("{key} in {value}"));
        assert!(!found.is_empty(), "{key} in {value}");
        found.to_owned()
    };
    let mut seen = BTreeSet::new();
    let mut uuid = |value: &Value| {
        let uuid = text(value, "uuid");
        let parts: Vec<_> = uuid.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{uuid}");
        assert!(uuid.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit()), "{uuid}");
        assert_eq!(uuid.as_bytes()[14], b'4', "{uuid}");
        assert!(b"89ab".contains(&uuid.as_bytes()[19]), "{uuid}");
        assert!(seen.insert(uuid.clone()), "{uuid} twice");
    };
    uuid(definition);
    for key in ["title", "last-modified", "version", "oscal-version"] {
        text(&definition["metadata"], key);
    }
    assert!(text(&definition["metadata"], "last-modified").ends_with("T00:00:00Z"));
    let mut ids = BTreeSet::new();
    for component in definition["components"].as_array().expect("components") {
        uuid(component);
        for key in ["type", "title", "description"] {
            text(component, key);
        }
        let Some(implementations) = component.get("control-implementations") else { continue };
        let implementations = implementations.as_array().expect("a list");
        assert!(!implementations.is_empty());
        for implementation in implementations {
            uuid(implementation);
            text(implementation, "description");
            let source = text(implementation, "source");
            assert!(source.contains(':') && !source.contains(' '), "{source}");
            let requirements = implementation["implemented-requirements"].as_array();
            let requirements = requirements.expect("a list");
            assert!(!requirements.is_empty());
            for requirement in requirements {
                uuid(requirement);
                text(requirement, "description");
                let id = text(requirement, "control-id");
                let token = |c: char| c.is_alphanumeric() || "._-".contains(c);
                assert!(id.starts_with(char::is_alphabetic) && id.chars().all(token), "{id}");
                ids.insert(id);
            }
        }
    }
    ids
}

#[test]
fn a_component_definition_has_what_oscal_asks_for() {
    let folder = Folder::new("controls-oscal");
    let tags = "[\"gdpr:32(1)(a)\", \"nist-800-53:AC-4(8)\", \"own:SEC 7/b\", \"ccpa:1798.100\"]";
    let path = folder.file("tagged.yaml", tagged(tags).as_bytes());
    let told = |path: &str| {
        let ran = run(&["controls", path, "--format", "oscal"]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        ran.text()
    };
    let definition: Value = serde_json::from_str(&told(&path)).expect("JSON");
    let ids = check_oscal(&definition["component-definition"]);
    let wanted = ["ac-4.8", "ccpa-1798.100", "gdpr-32.1.a", "own-sec_7_b"];
    assert_eq!(ids, wanted.map(str::to_owned).into());
    let components = definition["component-definition"]["components"].as_array();
    assert_eq!(components.map(Vec::len), Some(2), "what serves nothing is told too");
    assert_eq!(told(&path), told(&path), "the same policy gives the same identifiers");
    let shipped: Value = serde_json::from_str(&told(&policy("payments.yaml"))).expect("JSON");
    assert!(!check_oscal(&shipped["component-definition"]).is_empty());
}

#[test]
fn what_may_be_named_is_listed() {
    let ran = run(&["controls", "--list"]);
    assert_eq!(ran.status, 0);
    for tag in ["gdpr:25 ", "hipaa:164.514 ", "pci-dss:3.4 ", "nist-800-53:AC-4 ", "ccpa:1798.100 "]
    {
        assert!(ran.text().contains(tag), "{tag}");
    }
    assert_eq!(run(&["controls"]).status, 2);
}
