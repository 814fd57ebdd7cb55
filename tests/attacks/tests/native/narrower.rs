//! What counts as tightening: what is proven, and nothing else.

use cofferdam_engine::Bundle;
use cofferdam_engine::trust::is_narrower;

const POLICY: &str = "\
format: cofferdam/v1
policy: shop
owner: team:x
review_by: 2036-12-31
zones: { shop: { sensitivity: high }, desk: { sensitivity: low } }
members: [{ zone: shop, cluster: shop }, { zone: desk, cluster: desk }]
detect: [ip_address]
limits: { unwrap: 2, opaque_media: { pass: [\"image/*\", \"font/*\"] } }
categories: { staff_number: { pattern: 'S-[0-9]{6}' } }
boundaries:
  - id: reads
    from: shop
    to: desk
    purpose: support
    when: { methods: [GET] }
    require: { tls_min: \"1.2\" }
    grants: { allowed: true, floor: tokenize, max_ttl: 4h, categories: [email, iban] }
    rules:
      - { category: credit_card, action: { mask: { keep_last: 4 } } }
      - { category: email, action: redact }
      - { category: iban, action: redact }
      - { category: staff_number, action: keep }
      - { category: email, places: [query], action: block }
    ignore:
      - { category: ip_address, ranges: [private], why: our own }
    otherwise: redact
    reply: { rules: [{ category: email, action: redact }], delivery: stream }
  - { id: writes, from: shop, to: desk, purpose: support, otherwise: block, reply: status_only }
  - { id: back, from: desk, to: shop, purpose: x, mode: observe, reply: status_only }
";

fn bundle(policy: &str) -> Bundle {
    let compiled = cofferdam_policy_compiler::compile(policy, "policy.yaml");
    let compiled = compiled.unwrap_or_else(|diagnostics| panic!("{policy}\n{diagnostics:?}"));
    Bundle::parse(compiled.blob).expect("a blob")
}

#[test]
fn nothing_is_narrower_that_is_not_proven() {
    let old = bundle(POLICY);
    assert!(is_narrower(&old, &old), "nothing changes");
    let wrong: Vec<_> = CHANGES
        .iter()
        .filter(|(from, to, narrower)| {
            assert!(POLICY.contains(from), "{from}");
            is_narrower(&old, &bundle(&POLICY.replacen(from, to, 1))) != *narrower
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// From, to, and whether it is proven that nothing more crosses.
const CHANGES: &[(&str, &str, bool)] = &[
    // What is done to a finding.
    ("credit_card, action: { mask: { keep_last: 4 } }", "credit_card, action: redact", true),
    ("credit_card, action: { mask: { keep_last: 4 } }", "credit_card, action: block", true),
    ("{ mask: { keep_last: 4 } }", "{ mask: { keep_last: 3 } }", false),
    ("{ mask: { keep_last: 4 } }", "{ mask: { keep_last: 5 } }", false),
    ("{ mask: { keep_last: 4 } }", "keep", false),
    ("staff_number, action: keep", "staff_number, action: redact", true),
    ("places: [query], action: block", "places: [query], action: redact", false),
    ("places: [query], action: block", "places: [path], action: block", false),
    ("[private]", "[private, documentation]", false),
    ("ranges: [private]", "ranges: [documentation]", false),
    ("otherwise: redact\n    reply", "otherwise: keep\n    reply", false),
    // What a grant may do.
    ("max_ttl: 4h", "max_ttl: 2h", true),
    ("max_ttl: 4h", "max_ttl: 5h", false),
    ("floor: tokenize", "floor: mask", false),
    ("categories: [email, iban]", "categories: [email]", true),
    ("categories: [email, iban]", "categories: [email, iban, credit_card]", false),
    // For whom and what.
    ("when: { methods: [GET] }", "when: { methods: [GET, PUT] }", false),
    ("tls_min: \"1.2\"", "tls_min: \"1.3\"", true),
    ("    require: { tls_min: \"1.2\" }\n", "", false),
    ("tls_min: \"1.2\"", "mtls: true, tls_min: \"1.2\"", true),
    ("cluster: desk }", "cluster: desk2 }", false),
    (
        "[{ zone: shop, cluster: shop }, { zone: desk, cluster: desk }]",
        "[{ zone: desk, cluster: desk }, { zone: shop, cluster: shop }]",
        false,
    ),
    ("sensitivity: low", "sensitivity: mid", false),
    // Which boundaries there are.
    (
        "  - { id: back, from: desk, to: shop, purpose: x, mode: observe, reply: status_only }\n",
        "",
        true,
    ),
    ("mode: observe, ", "", true),
    (
        "purpose: x, mode: observe, reply: status_only",
        "purpose: x, mode: observe, reply: { rules: [{ category: email, action: redact }] }",
        false,
    ),
    (
        "reply: { rules: [{ category: email, action: redact }], delivery: stream }",
        "reply: status_only",
        true,
    ),
    ("delivery: stream", "delivery: whole", true),
    ("id: writes", "id: other", false),
    // How messages are read.
    ("unwrap: 2", "unwrap: 1", false),
    ("unwrap: 2", "unwrap: 3", false),
    ("[\"image/*\", \"font/*\"]", "[\"image/*\"]", true),
    ("\"font/*\"]", "\"font/*\", \"video/*\"]", false),
    ("S-[0-9]{6}", "S-[0-9]{7}", false),
    ("policy: shop", "policy: clinic", false),
];

#[test]
fn a_boundary_that_goes_leaves_its_messages_to_the_next_one() {
    let old = bundle(POLICY);
    let at = POLICY.find("  - id: reads").expect("a boundary");
    let end = POLICY.find("  - { id: writes").expect("the next one");
    let without = format!("{}{}", &POLICY[..at], &POLICY[end..]);
    assert!(!is_narrower(&old, &bundle(&without)), "`writes` takes what `reads` took");
    let at = POLICY.find("  - { id: writes").expect("a boundary");
    let end = POLICY.find("  - { id: back").expect("the next one");
    let without = format!("{}{}", &POLICY[..at], &POLICY[end..]);
    assert!(is_narrower(&old, &bundle(&without)), "nothing behind `writes` takes what it took");
}

/// Values that are let through stand in a blob as digests with the policy's own salt, which every
/// change alters: whether they are the same ones cannot be seen.
#[test]
fn values_that_are_let_through_cannot_be_compared() {
    let value = "- { category: email, values: [help@example.com], why: our own }\n      - ";
    let with =
        POLICY.replacen("- { category: ip_address", &format!("{value}{{ category: ip_address"), 1);
    assert!(is_narrower(&bundle(&with), &bundle(&with)));
    assert!(!is_narrower(&bundle(POLICY), &bundle(&with)));
    assert!(is_narrower(&bundle(&with), &bundle(POLICY)), "none is let through any more");
    let stricter = with.replace("iban, action: redact", "iban, action: block");
    assert!(!is_narrower(&bundle(&with), &bundle(&stricter)));
}
