//! One message, and why the policy makes of it what it does.

use crate::process::{Folder, Ran, pipe, run};

const POLICY: &str = r#"
format: cofferdam/v1
policy: shop
owner: team
review_by: 2036-06-30
zones:
  shop: { sensitivity: internal }
  lake: { sensitivity: limited }
members:
  - { zone: shop, cluster: shop }
  - { zone: lake, cluster: lake }
boundaries:
  - id: events
    from: shop
    to: lake
    purpose: numbers
    when: { methods: [POST], paths: ["/v1/**"], media: [application/json] }
    rules:
      - { category: "@contact", action: redact }
      - { category: email, action: observe }
      - { category: email, places: [header x-mail, cookie who], action: keep }
      - { category: credit_card, fields: ["$.card"], action: { mask: { keep_last: 4 } } }
    ignore:
      - { category: credit_card, fields: ["$.lines[*].sku"], why: stock }
      - { category: email, values: [help@example.com], why: ours }
    otherwise: block
    reply: status_only
  - id: rest
    from: shop
    to: lake
    purpose: all else
    mode: observe
    reply: {}
"#;

fn explain(folder: &Folder, arguments: &[&str]) -> Ran {
    let path = folder.file("policy.yaml", POLICY.as_bytes());
    let fixed = ["explain", &path, "--from", "shop", "--to", "lake"];
    run(&[&fixed[..], arguments].concat())
}

const POST: [&str; 4] = ["--request", "POST /v1/e", "--media", "application/json"];

#[test]
fn every_finding_is_told_with_its_rule_and_why_not_the_others() {
    let folder = Folder::new("explain");
    let body = r#"{"card":"4111 1111 1111 1111","lines":[{"sku":"4111111111111111"}],
                   "to":["ana@example.com"],"about":"http://x.example/","help":"help@example.com"}"#;
    let more = [
        "--header",
        "X-Mail: bob@example.com",
        "--header",
        "cookie: who=cem@example.com; a=b",
        "--text",
        body,
    ];
    let ran = explain(&folder, &[&POST[..], &more].concat());
    let wanted = "a request from `shop` to `lake`
  over `events`: the request fits its `methods`, `paths` and `media`
  not  `rest`: it would fit, and one before it does already

`email` in the header `x-mail`
  action: keep (`events#3`)
  `events#3` names `email` in this place
  not `events#1`: it names its group `@contact`, and `events#3` is more specific
  not `events#2`: it names `email`, and `events#3` is more specific

`email` in the cookie `who`
  action: keep (`events#3`)
  `events#3` names `email` in this place
  not `events#1`: it names its group `@contact`, and `events#3` is more specific
  not `events#2`: it names `email`, and `events#3` is more specific

`credit_card` in the field `$.card`, bytes 9 to 28, by `credit_card.grouped`
  action: mask, last 4 stay (`events#4`)
  `events#4` names `credit_card` in this place

`credit_card` in the field `$.lines[0].sku`, bytes 47 to 63, by `credit_card`
  action: none
  line 1 of `ignore` lets it through in `$.lines[*].sku`

`email` in the field `$.to[0]`, bytes 94 to 109, by `email`
  action: observe (`events#2`)
  `events#2` names `email`
  not `events#1`: it names its group `@contact`, and `events#2` is more specific
  not `events#3`: it is for other places

`email` in the field `$.help`, bytes 148 to 164, by `email`
  action: none
  `ignore` lets it through: one value

verdict: rewrite
";
    assert_eq!((ran.status, ran.text().as_str()), (0, wanted), "{}", ran.stderr);
    for found in ["ana@", "bob@", "cem@", "help@", "4111", "1111"] {
        assert!(!ran.text().contains(found), "{found}");
    }
}

#[test]
fn a_value_that_is_ignored_is_told() {
    let folder = Folder::new("explain-ignored");
    let ran = explain(&folder, &[&POST[..], &["--text", "[\"help@example.com\"]"]].concat());
    assert!(ran.text().contains("`ignore` lets it through: one value"));
    assert!(ran.text().ends_with("verdict: forward\n"), "{}", ran.text());
}

#[test]
fn the_boundary_is_told_and_why_not_the_others() {
    let folder = Folder::new("explain-boundary");
    let told = |arguments: &[&str], words: &[&str]| {
        let ran = explain(&folder, arguments);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        for word in words {
            assert!(ran.text().contains(word), "{word}: {}", ran.text());
        }
    };
    let ssn = "{\"ssn\":\"078-05-1120\"}";
    let post = |path: &'static str, media: &'static str| {
        ["--request", path, "--media", media, "--text", ssn]
    };
    told(
        &post("PUT /v1/e", "application/json"),
        &["not  `events`: its `methods` are `POST`", "over `rest`", "were it not only observed"],
    );
    told(
        &post("POST /v2/e", "application/json"),
        &[
            "not  `events`: the path fits none of its `paths`, `/v1/**`",
            "only observed: it is told",
        ],
    );
    told(
        &post("POST /v1/e", "text/plain"),
        &["not  `events`: the type of the body is none of its `media`, `application/json`"],
    );
    told(
        &post("POST /v1/e", "application/json"),
        &[
            "no rule for it fits, so `otherwise` decides",
            "action: block",
            "verdict: block (finding)",
        ],
    );
    let reply = [&POST[..], &["--response", "200", "--text", ssn]].concat();
    told(&reply, &["a reply from `lake` to `shop`", "`events` says `reply: status_only`"]);
    let path = folder.path("policy.yaml");
    let back = run(&["explain", &path, "--from", "lake", "--to", "shop", "--request", "GET /"]);
    for word in ["no boundary goes from `lake` to `shop`", "--response 200", "block (no_boundary)"]
    {
        assert!(back.text().contains(word), "{word}: {}", back.text());
    }
    let within = run(&["explain", &path, "--from", "lake", "--to", "lake", "--request", "GET /"]);
    assert!(within.text().contains("both ends are in one zone"), "{}", within.text());
}

#[test]
fn a_body_comes_from_a_file_or_from_stdin() {
    let folder = Folder::new("explain-body");
    let policy = folder.file("policy.yaml", POLICY.as_bytes());
    let body = folder.file("body.csv", b"mail,n\nana@example.com,1\n");
    let fixed = ["explain", &policy, "--from", "shop", "--to", "lake", "--request", "PUT /x"];
    let from = |file: &str, stdin: &[u8]| {
        let ran = pipe(&[&fixed[..], &["--media", "text/csv", "--body", file]].concat(), stdin);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        ran.text()
    };
    let file = from(&body, b"");
    assert!(file.contains("`email` in the body, bytes 7 to 22, by `email`"), "{file}");
    assert_eq!(file, from("-", b"mail,n\nana@example.com,1\n"));
}

#[test]
fn nonsense_gets_a_clear_error() {
    let folder = Folder::new("explain-nonsense");
    let told = |arguments: &[&str], word: &str| {
        let ran = explain(&folder, arguments);
        assert_eq!((ran.status, ran.text().as_str()), (2, ""), "{arguments:?}");
        assert!(ran.stderr.contains(word), "{arguments:?}: {}", ran.stderr);
    };
    told(&[], "--request");
    told(&["--request", "/v1"], "method and path");
    told(&["--request", "GET v1"], "method and path");
    told(&["--request", "GET /", "--header", "blue"], "name and value");
    told(&["--request", "GET /", "--response", "99"], "99");
    told(&["--request", "GET /", "--text", "a", "--body", "b"], "--body");
    told(&["--request", "GET /", "--body", &folder.path("none")], "none: ");
    let path = folder.file("policy.yaml", POLICY.as_bytes());
    let zone = ["explain", &path, "--from", "\u{202e}shop", "--to", "lake", "--request", "GET /"];
    let ran = run(&zone);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("there is no zone") && !ran.stderr.contains('\u{202e}'));
    let bad = folder.file("bad.yaml", b"format: cofferdam/v1\n");
    let ran = run(&["explain", &bad, "--from", "a", "--to", "b", "--request", "GET /"]);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
}
