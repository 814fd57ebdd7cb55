//! Every name of every category that names tell, in the spellings that programs use.

use cofferdam_policy_compiler::detectors::by_field::{BY_FIELD, GROUP};
use cofferdam_policy_compiler::diagnostic::Source;
use cofferdam_policy_compiler::{cases, report};

/// A policy that lets one of them stand for itself, with this test.
fn policy(body: &str, expect: &str) -> String {
    format!(
        "format: cofferdam/v1\n\
         policy: names\n\
         owner: team:tests\n\
         review_by: 2036-12-31\n\
         zones: {{ a: {{ sensitivity: internal }}, b: {{ sensitivity: internal }} }}\n\
         detect: [\"@{GROUP}\"]\n\
         boundaries:\n\
         - {{ id: in, from: a, to: b, purpose: tests, reply: status_only }}\n\
         tests:\n\
         - name: names\n\
        \x20 message: {{ from: a, to: b, request: POST /, media: application/json }}\n\
        \x20 body: '{body}'\n\
        \x20 expect: {{ {expect} }}\n"
    )
}

fn check(body: &str, expect: &str) {
    let text = policy(&body.replace('\'', "''"), expect);
    let source = Source::new("names.yaml", &text);
    let results = cases::run(&source)
        .unwrap_or_else(|diagnostics| panic!("{}", report::text(&source, &diagnostics)));
    assert_eq!(results.len(), 1);
    assert!(results[0].failures.is_empty(), "{body}: {:?}", results[0].failures);
}

fn camel(name: &str) -> String {
    let mut words = name.split(' ');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let mut letters = word.chars();
        let capital = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        text + &capital + letters.as_str()
    })
}

#[test]
fn every_name_tells_its_category_in_every_spelling() {
    for row in BY_FIELD {
        let (mut fields, mut count) = (Vec::new(), 0);
        for name in row.words.iter().chain(row.names) {
            let mut spellings = vec![
                (*name).to_owned(),
                name.replace(' ', "_"),
                name.replace(' ', "-").to_ascii_uppercase(),
                camel(name),
            ];
            if row.words.contains(name) {
                spellings.push(format!("old_{}_2", name.replace(' ', "_")));
            }
            spellings.sort();
            spellings.dedup();
            count += spellings.len();
            // No detector knows this value: what is found is found by its name.
            fields.extend(spellings.iter().map(|key| format!("{{\"{key}\":\"made up\"}}")));
        }
        let expect = format!("verdict: rewrite, findings: {{ {}: {count} }}", row.category);
        check(&format!("[{}]", fields.join(",")), &expect);
    }
}

#[test]
fn other_names_tell_nothing() {
    let names = [
        "name",
        "file_name",
        "hostname",
        "username",
        "product",
        "address_type",
        "addressable",
        "passage",
        "compass",
        "pinned",
        "sexton",
        "unisex",
        "essex",
        "streetwise",
        "reborn",
        "stillbirth",
        "religionless",
        "title",
        "note",
        "international",
        "surnamed",
        "cvvx",
        "description",
        "status",
        "id",
        "nom",
        "nombre",
        "nome",
        "naam",
        "email_address",
        "ip_address",
        "mac_address",
        "key",
        "via",
    ];
    let fields: Vec<_> = names.iter().map(|name| format!("\"{name}\":\"made up\"")).collect();
    check(&format!("{{{}}}", fields.join(",")), "verdict: forward, findings: {}");
}
