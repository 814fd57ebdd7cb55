//! Cells say what the engine does: each is compared with a message that is sent.

use cofferdam_engine::Bundle;
use cofferdam_engine::ends::Ends;
use cofferdam_engine::exchange::{BodyPlan, Exchange, HeadStep, Headers};
use cofferdam_engine::model::{Mode, ZoneId};
use cofferdam_engine::settings::Settings;
use cofferdam_policy_compiler::cells::{Cells, Direction, Outcome, Place, Side, Strictness};
use cofferdam_policy_compiler::{Compiled, compile};
use std::rc::Rc;

const HEAD: &str = "
format: cofferdam/v1
policy: cells
owner: team
review_by: 2036-12-31
zones: { a: { sensitivity: high }, b: { sensitivity: low } }
members: [{ zone: a, cluster: a }, { zone: b, cluster: b }]
";

/// Every kind of place, and what goes before what.
const POLICY: &str = r#"
credential_headers: [x-key]
boundaries:
  - id: ab
    from: a
    to: b
    purpose: cells
    rules:
      - { category: email, places: [path], action: block }
      - { category: email, places: [header x-mail, cookie mail], action: observe }
      - { category: email, fields: ["$.m", "$..deep"], action: { mask: { keep_last: 2 } } }
      - { category: "@contact", places: [trailer], action: keep }
      - { category: us_ssn, places: [body], action: keep }
      - { category: ip_address, places: [header], action: redact }
    ignore: [{ category: email, fields: ["$.open"], why: ours }]
    otherwise: redact
    reply:
      fields_only: ["$.m", "$.h.x"]
      rules: [{ category: email, fields: ["$.m"], action: keep }]
      otherwise: block
  - id: ba
    from: b
    to: a
    purpose: watched
    mode: observe
    otherwise: block
    reply: status_only
"#;

const MAIL: &str = "ana@example.com";

fn compiled(policy: &str) -> Compiled {
    compile(&format!("{HEAD}{policy}"), "cells.yaml").expect("it compiles")
}

/// What the engine does to an address in a place: the word of the action, none where it is no
/// finding.
fn run(compiled: &Compiled, side: Side<'_>, place: &Place) -> Option<&'static str> {
    let bundle = Rc::new(Bundle::parse(compiled.blob.clone()).expect("a blob"));
    let zone = |name: &str| {
        let at = bundle.tables().zones.iter().position(|zone| zone.name == name);
        ZoneId(u16::try_from(at.expect("a zone")).expect("few"))
    };
    let request = side.direction() == Direction::Request;
    let (caller, callee) =
        if request { (side.from(), side.to()) } else { (side.to(), side.from()) };
    let mut exchange = Exchange::new(Rc::clone(&bundle), Rc::new(Settings::default()), [7; 16], 0)
        .with_zones(zone(&caller.name), zone(&callee.name));
    let pair = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
    let (mut path, mut body, mut more) = ("/x".to_owned(), String::new(), Headers::new());
    let mut trailers = Headers::new();
    match place {
        Place::Path => path = format!("/x/{MAIL}"),
        Place::Query => path = format!("/x?q={MAIL}"),
        Place::Body => body = format!(r#"{{"other":"{MAIL}"}}"#),
        Place::Trailer => trailers.push(pair("x-note", MAIL)),
        Place::AnyHeader => more.push(pair("x-other", MAIL)),
        Place::Header(name) => more.push(pair(name, MAIL)),
        Place::AnyCookie => more.push(pair("cookie", &format!("other={MAIL}"))),
        Place::Cookie(name) => more.push(pair("cookie", &format!("{name}={MAIL}"))),
        Place::Field(field) => {
            let name = field.trim_start_matches("$.").trim_start_matches('.');
            body = match name.split_once('.') {
                None => format!(r#"{{"{name}":"{MAIL}"}}"#),
                Some((holder, name)) => format!(r#"{{"{holder}":{{"{name}":"{MAIL}"}}}}"#),
            };
        }
    }
    let kind = pair("content-type", "application/json");
    let mut head = vec![pair(":method", "POST"), pair(":scheme", "https")];
    head.extend([pair(":authority", "b"), pair(":path", &path), kind.clone()]);
    let mut asked = head.clone();
    asked.extend(more.clone());
    let ends = Ends::default();
    let step = if request {
        exchange.request_head(&ends, &asked, false)
    } else {
        exchange.request_head(&ends, &head, true);
        let mut answer = vec![pair(":status", "200"), kind];
        answer.extend(more);
        exchange.response_head(&ends, &answer, false)
    };
    if !matches!(step, HeadStep::Forward(_, BodyPlan::Ignore) | HeadStep::Block(_)) {
        let end = trailers.is_empty();
        let mut out = Vec::new();
        if request {
            exchange.request_body(body.as_bytes(), end, &mut out);
            exchange.request_trailers(&trailers, &mut out);
        } else {
            exchange.response_body(body.as_bytes(), end, &mut out);
            exchange.response_trailers(&trailers, &mut out);
        }
    }
    let wanted = if request { "request" } else { "response" };
    let entry = exchange.close(0).into_iter().find(|entry| entry.message == wanted);
    let found = entry.expect("an entry").findings;
    found.into_iter().find(|(category, _, _)| category == "email").map(|(_, action, _)| action)
}

#[test]
fn cells_say_what_the_engine_does() {
    let compiled = compiled(POLICY);
    let cells = Cells::new(&compiled.tables);
    let mut count = 0;
    for side in cells.sides() {
        for place in side.places("email") {
            let decided = side.decide("email", &place);
            let found = run(&compiled, side, &place);
            let told = match decided.outcome {
                Outcome::Act { action, .. } => Some(Strictness::of(action).name()),
                Outcome::Unseen
                | Outcome::AtHome
                | Outcome::Ignore
                | Outcome::Drop
                | Outcome::Nothing => None,
            };
            assert_eq!(told, found, "{} {:?} {place}", side.boundary(), side.direction());
            count += 1;
        }
    }
    assert!(count >= 25, "only {count} cells");
}

#[test]
fn a_cell_names_its_rule() {
    let compiled = compiled(POLICY);
    let cells = Cells::new(&compiled.tables);
    let request = cells.side("ab", Direction::Request).expect("a side");
    let reply = cells.side("ab", Direction::Reply).expect("a side");
    let watched = cells.side("ba", Direction::Request).expect("a side");
    let status = cells.side("ba", Direction::Reply).expect("a side");
    assert_eq!((request.from().name.as_str(), reply.from().name.as_str()), ("a", "b"));
    let place = |text: &str| Place::parse(text).expect("a place");
    for (side, category, at, strictness, rule) in [
        (request, "email", "path", Strictness::Block, Some("ab#1")),
        (request, "email", "header x-mail", Strictness::Observe, Some("ab#2")),
        (request, "email", "$.m", Strictness::Mask, Some("ab#3")),
        (request, "email", "$.a.deep.c", Strictness::Mask, Some("ab#3")),
        (request, "email", "header m", Strictness::Mask, Some("ab#3")),
        (request, "phone", "trailer", Strictness::Keep, Some("ab#4")),
        (request, "email", "$['open']", Strictness::Unseen, None),
        (request, "us_ssn", "$.m", Strictness::Keep, Some("ab#5")),
        (request, "us_ssn", "path", Strictness::Redact, Some("ab#otherwise")),
        (request, "ip_address", "header x-mail", Strictness::Redact, Some("ab#6")),
        (request, "ip_address", "body", Strictness::Unseen, None),
        (request, "no_such_category", "body", Strictness::Unseen, None),
        (request, "jwt", "header x-key", Strictness::Unseen, None),
        (request, "jwt", "cookie", Strictness::Unseen, None),
        (request, "jwt", "header x-other", Strictness::Redact, Some("ab#otherwise")),
        (reply, "email", "body", Strictness::Drop, None),
        (reply, "email", "$.m", Strictness::Keep, Some("ab#reply.1")),
        (reply, "email", "$.h", Strictness::Block, Some("ab#reply.otherwise")),
        (reply, "email", "$.g", Strictness::Drop, None),
        (watched, "email", "body", Strictness::Observe, Some("ba#otherwise")),
        (status, "email", "body", Strictness::Nothing, None),
    ] {
        let decided = side.decide(category, &place(at));
        assert_eq!((decided.strictness(), decided.rule()), (strictness, rule), "{category} {at}");
    }
    assert_eq!(request.decide("jwt", &place("cookie")).outcome, Outcome::AtHome);
    assert_eq!(watched.decide("email", &Place::Body).mode, Mode::Observe);
    assert_eq!(cells.absent().strictness(), Strictness::Nothing);
    assert!(cells.all().count() > 1000, "{}", cells.all().count());
}

/// With a grant the least that crosses is the floor, and only what a rule does is lowered.
#[test]
fn a_grant_lowers_what_rules_do_down_to_the_floor() {
    let grants =
        "    grants: { allowed: true, floor: mask, max_ttl: 90m, categories: [email, iban] }\n";
    let policy = POLICY.replacen("    reply:\n", &format!("{grants}    reply:\n"), 1);
    let compiled = compiled(&policy);
    let tables = &compiled.tables;
    let bounds = tables.boundaries[0].grants.as_ref().expect("grants");
    assert_eq!((bounds.ttl_seconds_max, bounds.categories.len()), (90 * 60, 2));
    let names: Vec<_> = bounds.actions.iter().map(|action| action.name.as_str()).collect();
    assert_eq!(names, ["mask", "redact"], "no tokens, and nothing below the floor");
    let cells = Cells::new(tables);
    let place = |text: &str| Place::parse(text).expect("a place");
    for (direction, category, at, granted) in [
        (Direction::Request, "email", "path", Some(Strictness::Mask)),
        (Direction::Request, "iban", "body", Some(Strictness::Mask)),
        (Direction::Request, "email", "$.m", None),
        (Direction::Request, "email", "header x-mail", None),
        (Direction::Request, "email", "$['open']", None),
        (Direction::Request, "us_ssn", "path", None),
        (Direction::Reply, "email", "$.h", Some(Strictness::Mask)),
        (Direction::Reply, "email", "$.g", None),
    ] {
        let side = cells.side("ab", direction).expect("a side");
        let decided = side.decide(category, &place(at));
        assert_eq!(side.granted(category, decided), granted, "{category} {at}");
    }
    assert!(cells.all().any(|cell| cell.granted.is_some()));
    assert!(cells.side("ba", Direction::Request).expect("a side").grants().is_none());
}

#[test]
fn a_policy_that_only_observes_lets_absent_pairs_pass() {
    let compiled = compiled(&format!("mode: observe\n{POLICY}"));
    assert_eq!(Cells::new(&compiled.tables).absent().strictness(), Strictness::Observe);
}
