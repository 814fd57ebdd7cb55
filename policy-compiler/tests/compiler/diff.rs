//! What opens is marked, and what only tightens is let through.

use crate::process::{Folder, Ran, run};
use cofferdam_policy_compiler::diagnostic::Source;
use cofferdam_policy_compiler::diff::{self, Policy};
use cofferdam_policy_compiler::report;
use std::collections::BTreeSet;

const BASE: &str = r#"
format: cofferdam/v1
policy: shop
owner: team
review_by: 2036-06-30
limits: { inspect: 1MiB, on_oversize: block, unwrap: 2 }
zones:
  shop: { sensitivity: internal }
  analytics: { sensitivity: limited, third_party: true }
  vault: { sensitivity: high }
members:
  - { zone: shop, cluster: shop }
  - { zone: analytics, cluster: warehouse }
  - { zone: vault, cluster: vault }
credential_headers: [x-key]
categories:
  patient_id: { pattern: "PT-[0-9]{8}", near: [patient], group: health }
  project: { words: [bluefin, sandbar] }
  full_name: { fields: ["$.name"] }
actions:
  ticket: { tokenize: { key: tickets } }
  tail: { mask: { keep_last: 2 } }
boundaries:
  - id: events
    from: shop
    to: analytics
    purpose: numbers
    when: { methods: [POST], paths: ["/v1/**"] }
    require: { tls_min: "1.2" }
    rules:
      - { category: email, action: ticket }
      - { category: credit_card, action: redact }
      - { category: "@health", action: block }
    ignore:
      - { category: credit_card, fields: ["$.sku"], why: stock }
      - { category: email, values: [help@example.com], why: ours }
      - { category: ip_address, ranges: [private], why: ours }
    otherwise: redact
    reply: { otherwise: redact }
  - id: report
    from: shop
    to: vault
    purpose: numbers
    fields_only: ["$.day", "$.total"]
    grants: { allowed: true, floor: mask, max_ttl: 4h, categories: [email, iban] }
    reply: status_only
asserts:
  - { never: { to: analytics, category: us_ssn, outcome: keep } }
tests:
  - name: the vault asks nobody
    message: { from: vault, to: shop, request: GET / }
    expect: { verdict: block, reason: no_boundary }
"#;

fn run_diff(folder: &Folder, new: &str, format: &str) -> Ran {
    let old = folder.file("old.yaml", BASE.as_bytes());
    let new = folder.file("new.yaml", new.as_bytes());
    run(&["diff", &old, &new, "--format", format])
}

/// The base with some text in place of another.
fn with(from: &str, to: &str) -> String {
    assert!(BASE.contains(from), "{from}");
    BASE.replacen(from, to, 1)
}

/// Each line: what is taken out, what is put in, the marks that come out, words that are told.
const CHANGES: &[(&str, &str, &[&str], &str)] = &[
    (
        "    reply: { otherwise: redact }\n",
        "    reply: { otherwise: redact }\n    grants: { allowed: true, floor: keep, max_ttl: 90m, \
         categories: [email] }\n",
        &["opens"],
        "a grant may now lower email to keep, for 90 minutes at most",
    ),
    (
        "    grants: { allowed: true, floor: mask, max_ttl: 4h, categories: [email, iban] }\n",
        "    grants: { allowed: false }\n",
        &["tightens"],
        "nothing may be granted any more",
    ),
    (
        "floor: mask",
        "floor: observe",
        &["opens"],
        "a grant went down to `mask`, and now to `observe`",
    ),
    ("floor: mask", "floor: tokenize", &["tightens"], "a grant went down to `mask`"),
    ("max_ttl: 4h", "max_ttl: 1d", &["opens"], "a grant held for 4 hours at most, and now 1 day"),
    ("max_ttl: 4h", "max_ttl: 240m", &[], ""),
    (
        "max_ttl: 4h",
        "max_ttl: 1h",
        &["tightens"],
        "a grant held for 4 hours at most, and now 1 hour",
    ),
    (
        "categories: [email, iban]",
        "categories: [email, phone]",
        &["opens", "tightens"],
        "a grant may now be for `phone`",
    ),
    (
        "  tail: { mask: { keep_last: 2 } }\n",
        "  tail: { mask: { keep_last: 3 } }\n",
        &["opens"],
        "`tail`, which a grant may name, is another action now",
    ),
    (
        "  ticket: { tokenize: { key: tickets } }\n",
        "  ticket: { tokenize: { key: tickets } }\n  last4: { mask: { keep_last: 4 } }\n",
        &["opens"],
        "a grant may now name the action `last4`",
    ),
    (
        "    require: { tls_min: \"1.2\" }\n",
        "",
        &["opens"],
        "TLS 1.2 or newer was enough for a connection, and now any or none is",
    ),
    (
        "require: { tls_min: \"1.2\" }",
        "require: { tls_min: \"1.3\" }",
        &["tightens"],
        "TLS 1.2 or newer was enough for a connection, and now TLS 1.3 or newer is",
    ),
    (
        "require: { tls_min: \"1.2\" }",
        "require: { mtls: true }",
        &["opens", "tightens"],
        "both ends of a connection must show a certificate now",
    ),
    (
        "    fields_only: [\"$.day\", \"$.total\"]\n",
        "    fields_only: [\"$.day\", \"$.total\"]\n    require: { mtls: true, tls_min: 1.3 }\n",
        &["tightens"],
        "any version of TLS, or none, was enough for a connection, and now TLS 1.3 or newer is",
    ),
    (
        "{ category: credit_card, action: redact }",
        "{ category: credit_card, action: { mask: { keep_last: 4 } } }",
        &["opens"],
        "a value of `credit_card` anywhere but in the field `$.sku` of a request from `shop` to \
         `analytics` was redacted, and now crosses with its last 4 letters and digits",
    ),
    (
        "{ category: credit_card, action: redact }",
        "{ category: credit_card, action: redact }\n      - { category: credit_card, places: [body], action: keep }",
        &["opens"],
        "a value of `credit_card` in the body of a request from `shop` to `analytics` was redacted, \
         and now crosses as it is",
    ),
    (
        "{ category: credit_card, action: redact }",
        "{ category: credit_card, action: block }",
        &["tightens"],
        "was redacted, and now stops the whole message",
    ),
    ("action: block", "action: redact", &["opens"], "a value of `@health`"),
    ("reply: { otherwise: redact }", "reply: { otherwise: block }", &["tightens"], "categories"),
    ("reply: { otherwise: redact }", "reply: status_only", &["tightens"], "nothing but the status"),
    ("reply: status_only", "reply: {}", &["opens"], "and now all of it may"),
    ("key: tickets", "key: tickets-2027", &["moves"], "the key `tickets-2027`"),
    (
        "    purpose: numbers\n    when",
        "    purpose: numbers\n    mode: observe\n    when",
        &["opens"],
        "only observed now",
    ),
    (
        "policy: shop",
        "policy: shop\nmode: observe",
        &["opens"],
        "the whole policy is only observed now",
    ),
    (
        "methods: [POST]",
        "methods: [POST, PUT]",
        &["opens"],
        "the methods `POST`, and now `POST` or `PUT`",
    ),
    ("[\"/v1/**\"]", "[\"/v1/a/*\"]", &["tightens"], "the paths `/v1/**`, and now `/v1/a/*`"),
    ("methods: [POST], ", "", &["opens"], "and now any"),
    ("fields: [\"$.sku\"]", "fields: [\"$.sku\", \"$.ean\"]", &["opens"], "in the field `$.ean`"),
    (
        "      - { category: credit_card, fields: [\"$.sku\"], why: stock }\n",
        "",
        &["tightens"],
        "was let through by `ignore`, and is now redacted",
    ),
    (
        "values: [help@example.com]",
        "values: [help@example.com, info@example.com]",
        &["opens"],
        "a value that is named of `email`",
    ),
    (
        "values: [help@example.com]",
        "prefixes: [noreply]",
        &["opens", "tightens"],
        "a beginning that is named",
    ),
    ("ranges: [private]", "ranges: [private, loopback]", &["opens"], "addresses in `loopback`"),
    (
        "      - { category: ip_address, ranges: [private], why: ours }\n",
        "",
        &["tightens"],
        "addresses in `private`",
    ),
    (
        "[\"$.day\", \"$.total\"]",
        "[\"$.day\", \"$.total\", \"$.note\"]",
        &["opens"],
        "the field `$.note`",
    ),
    ("[\"$.day\", \"$.total\"]", "[\"$.day\"]", &["tightens"], "`$.total`"),
    ("    fields_only: [\"$.day\", \"$.total\"]\n", "", &["opens"], "every field may cross"),
    (
        "    otherwise: redact\n",
        "    otherwise: redact\n    delivery: stream\n",
        &["opens"],
        "no longer held",
    ),
    (
        "    otherwise: redact\n",
        "    otherwise: redact\n    entries: findings\n",
        &["opens"],
        "leaves no entry",
    ),
    (
        "    otherwise: redact\n",
        "    otherwise: redact\n    credentials_in_place: inspect\n",
        &["tightens"],
        "as a credential in the place made for it",
    ),
    ("[x-key]", "[x-key, x-token]", &["opens"], "in the header `x-token`"),
    ("inspect: 1MiB", "inspect: 2MiB", &["opens"], "2097152"),
    ("inspect: 1MiB", "inspect: 512KiB", &["tightens"], "524288"),
    ("on_oversize: block", "on_oversize: stream", &["opens"], "as a stream"),
    ("unwrap: 2", "unwrap: 3", &["tightens"], "3 layers"),
    ("unwrap: 2", "unwrap: 0", &["opens"], "0 layers"),
    (
        "unwrap: 2",
        "unwrap: 2, opaque_media: { pass: [\"image/*\"] }",
        &["tightens"],
        "`font/*` no longer passes unread",
    ),
    ("unwrap: 2", "unwrap: 2, recompress: gzip", &["moves"], "gzip"),
    (", third_party: true", "", &["opens"], "no longer counts as somebody else's"),
    ("sensitivity: high", "sensitivity: secret", &["opens"], "`secret`"),
    (
        "  - { zone: vault, cluster: vault }\n",
        "  - { zone: vault, cluster: \"vault*\" }\n",
        &["opens", "tightens"],
        "`cluster vault*` in the zone `vault`",
    ),
    (
        "  - { zone: vault, cluster: vault }\n",
        "",
        &["tightens"],
        "no member line puts `cluster vault`",
    ),
    ("  - { zone: shop, cluster: shop }\n", "", &["opens"], "no member line puts `cluster shop`"),
    ("near: [patient]", "near: [patient, mrn]", &["tightens"], "counts near 2 words"),
    (", near: [patient]", "", &["tightens"], "counts near 0 words"),
    ("PT-[0-9]{8}", "PT-[0-9]{9}", &["opens"], "has another pattern"),
    ("[bluefin, sandbar]", "[bluefin]", &["opens"], "has 1 words to find"),
    ("[bluefin, sandbar]", "[bluefin, sandbar, marlin]", &["tightens"], "has 3 words"),
    ("fields: [\"$.name\"]", "fields: [\"$.name\", \"$..holder\"]", &["tightens"], "`$..holder`"),
    (
        "  full_name: { fields: [\"$.name\"] }\n",
        "",
        &["opens"],
        "was redacted, and now passes unseen",
    ),
    (
        "actions:",
        "  phone: { min_strength: likely }\nactions:",
        &["opens"],
        "from another strength on",
    ),
    ("boundaries:", "detect: [url]\nboundaries:", &["tightens"], "`url`"),
    ("review_by: 2036-06-30", "review_by: 2037-06-30", &["opens"], "due only on 2037-06-30"),
    ("review_by: 2036-06-30", "review_by: 2036-01-30", &["tightens"], "due on 2036-01-30"),
    (
        "    purpose: numbers\n    when",
        "    purpose: numbers\n    review_by: 2038-01-01\n    when",
        &["opens"],
        "due only on 2038-01-01",
    ),
    (
        "  - { never: { to: analytics, category: us_ssn, outcome: keep } }\n",
        "  - { never: { to: analytics, category: us_ssn, outcome: [keep, mask] } }\n",
        &["opens", "tightens"],
        "it is no longer asserted",
    ),
    (
        "name: the vault asks nobody",
        "name: the vault asks no one",
        &["opens", "tightens"],
        "the test `the vault asks nobody`",
    ),
    ("request: GET / }", "request: PUT / }", &["moves"], "is another one"),
    ("  - id: report\n", "  - id: totals\n", &["moves"], "the boundary `report` has another name"),
    (
        "  - id: report\n    from: shop\n    to: vault",
        "  - id: report\n    from: vault\n    to: shop",
        &["opens", "tightens"],
        "nothing crossed there before",
    ),
    (
        "  - id: report\n",
        "  - id: audit\n    from: shop\n    to: analytics\n    purpose: more\n    when: { methods: [PUT] }\n    rules: [{ category: phone, action: keep }]\n    reply: status_only\n  - id: report\n",
        &["opens"],
        "a value of `phone` in a request from `shop` to `analytics` now crosses as it is",
    ),
];

#[test]
fn every_kind_of_change_has_its_mark() {
    let base = Source::new("old.yaml", BASE);
    let base = Policy::read(&base).expect("it compiles");
    let mut wrong = Vec::new();
    for (from, to, wanted, told) in CHANGES {
        let source = Source::new("new.yaml", &with(from, to));
        let new = Policy::read(&source)
            .unwrap_or_else(|found| panic!("{}", report::text(&source, &found)));
        let changes = diff::diff(&base, &new);
        let marks: BTreeSet<_> = changes.iter().map(|change| change.mark.name()).collect();
        let text = diff::text(&changes);
        if marks != wanted.iter().copied().collect() || !text.contains(told) {
            wrong.push(format!("{from} -> {to}\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Five changes as the command shows them: what opens is marked, and a tightening alone is done.
#[test]
fn five_changes_come_out_as_a_person_reads_them() {
    let folder = Folder::new("diff-five");
    for (from, to, status, told) in [
        (
            "{ category: credit_card, action: redact }",
            "{ category: credit_card, action: { mask: { keep_last: 4 } } }",
            1,
            "opens     over `events`: a value of `credit_card` anywhere but in the field `$.sku` of \
             a request from `shop` to `analytics` was redacted, and now crosses with its last 4 \
             letters and digits\n          by events#2\n",
        ),
        (
            "  - { zone: vault, cluster: vault }\n",
            "  - { zone: vault, cluster: vault }\n  - { zone: shop, source: 10.0.0.0/8 }\n",
            1,
            "opens     a member line puts `source 10.0.0.0/8` in the zone `shop` now\n",
        ),
        (
            "key: tickets",
            "key: tickets-2027",
            0,
            "moves     over `events`: a value of `email` anywhere in a request from `shop` to \
             `analytics` was replaced by a token `tok_` of the key `tickets` for `events`, and is \
             now replaced by a token `tok_` of the key `tickets-2027` for `events`\n          \
             by events#1\nmoves     over `report`: `ticket`, which a grant may name, is another \
             action now\n",
        ),
        (
            "otherwise: redact\n    reply: { otherwise: redact }",
            "otherwise: redact\n    reply: status_only",
            0,
            "tightens  over `events`: of a reply from `analytics` to `shop` nothing but the status \
             crosses now\n",
        ),
        (
            "asserts:\n  - { never: { to: analytics, category: us_ssn, outcome: keep } }\n",
            "",
            1,
            "opens     it is no longer asserted: never `{ to: analytics, category: us_ssn, \
             outcome: keep }`\n",
        ),
    ] {
        let ran = run_diff(&folder, &with(from, to), "text");
        assert_eq!((ran.status, ran.text().as_str()), (status, told), "{}", ran.stderr);
    }
}

/// Who tightens a rule alters the tests that show it.
#[test]
fn a_tightening_with_its_test_opens_nothing() {
    let folder = Folder::new("diff-with-test");
    let new = with(
        "otherwise: redact\n    reply: { otherwise: redact }",
        "otherwise: redact\n    reply: status_only",
    )
    .replace("request: GET / }", "request: PUT / }");
    let ran = run_diff(&folder, &new, "text");
    assert_eq!(ran.status, 0, "{}", ran.text());
    assert!(ran.text().contains("moves     the test"), "{}", ran.text());
}

#[test]
fn what_opens_stays_marked_among_what_tightens() {
    let folder = Folder::new("diff-many");
    let new = with("action: redact }", "action: block }")
        .replace("unwrap: 2", "unwrap: 4")
        .replace("  - { never: { to: analytics, category: us_ssn, outcome: keep } }\n", "  []\n")
        .replace("asserts:\n  []\n", "");
    let ran = run_diff(&folder, &new, "json");
    let value: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    assert_eq!((ran.status, &value["opens"], &value["tightens"]), (1, &1.into(), &2.into()));
    assert_eq!(value["changes"][0]["mark"], "opens", "what opens comes first");
    assert_eq!(value["changes"].as_array().map(Vec::len), Some(3), "{value}");
}

#[test]
fn the_same_policy_written_otherwise_changes_nothing() {
    let folder = Folder::new("diff-same");
    let new = with("      - { category: email, action: ticket }\n", "").replace(
        "      - { category: \"@health\", action: block }\n",
        "      - { category: [\"@health\"], action: block } # the same\n      - { category: email, action: ticket }\n",
    );
    for format in ["text", "markdown"] {
        let ran = run_diff(&folder, &new, format);
        assert_eq!((ran.status, ran.stderr.trim()), (0, "nothing changes"), "{}", ran.text());
    }
}

#[test]
fn nonsense_is_refused() {
    let folder = Folder::new("diff-nonsense");
    let good = folder.file("good.yaml", BASE.as_bytes());
    let bad = folder.file("bad.yaml", b"format: cofferdam/v1\npolcy: x\n");
    for arguments in [[&good, &bad], [&bad, &good]] {
        let ran = run(&["diff", arguments[0], arguments[1]]);
        assert_eq!((ran.status, ran.text().as_str()), (1, ""));
        assert!(ran.stderr.contains("bad.yaml: 3 errors") && ran.stderr.contains("E007"));
    }
    assert_eq!(run(&["diff", &good]).status, 2);
    assert_eq!(run(&["diff", &good, &folder.path("missing.yaml")]).status, 2);
    assert_eq!(run(&["diff", &good, &good, "--format", "xml"]).status, 2);
}

#[test]
fn names_stay_names_in_markdown() {
    let folder = Folder::new("diff-hostile");
    let hostile = "fields: [\"$.sku\", \"$['`<script>alert(1)</script> | ::error:: x']\"]";
    let ran = run_diff(&folder, &with("fields: [\"$.sku\"]", hostile), "markdown");
    let text = ran.text();
    assert!(text.contains("`$['\u{27}<script>alert(1)</script> | ::error:: x']`"), "{text}");
    assert!(text.lines().all(|line| line.matches('`').count() % 2 == 0), "{text}");
    assert!(!text.lines().any(|line| line.starts_with("::")));
}
