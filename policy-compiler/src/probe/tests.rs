//! Probes of listeners that are played by the engine itself, or by nothing.

use super::http;
use super::{Came, Counts, Echo, Key, Known, Options, Outcome, Report, Turn, Why, run};
use crate::cases::exchange::{self, Message, Output, Way};
use crate::cells::Direction;
use crate::diagnostic::Source;
use crate::report::{probe_json, probe_text};
use crate::trial;
use cofferdam_engine::ends::Ends;
use cofferdam_engine::exchange::Headers;
use std::collections::BTreeSet;

/// The one that a running Envoy is probed with too.
const POLICY: &str = include_str!("../../tests/probe/policy.yaml");
/// The name of a category of its own, which its pattern alone makes values of.
const OWN: &str = "categories: { staff_number: { pattern: 'PN-[0-9]{8}' } }\nboundaries:\n";

/// What stands between a probe and its echo.
enum Listener<'l> {
    /// A filter with this policy.
    Filter(&'l Known),
    /// The same, between these zones.
    Between(&'l Known, trial::Ends),
    /// The same, whose callback for bodies of requests is never called.
    Bodiless(&'l Known),
    Nothing,
    Says(&'static str),
    Gone,
}

fn key() -> Key {
    Key::new(&[b'k'; 32]).expect("a key")
}

fn known(text: &str) -> Known {
    let source = Source::new("p.yaml", text);
    Known::of_text(&source).unwrap_or_else(|found| {
        panic!("{}", crate::report::text(&source, &found));
    })
}

fn only(known: &Known) -> trial::Ends {
    trial::Ends::choose(known.tables(), None, None).expect("two zones")
}

fn options(known: &Known, echo: bool) -> Options {
    options_between(only(known), echo)
}

fn options_between(ends: trial::Ends, echo: bool) -> Options {
    Options {
        ends,
        key: echo.then(key),
        run: [7; 16],
        paths: Vec::new(),
        quick: false,
        host: "there".to_owned(),
    }
}

impl Listener<'_> {
    fn carry(&self, bytes: &[u8], service: &dyn Fn(&[u8]) -> Vec<u8>) -> Came {
        let came = match self {
            Self::Gone => return Came::Nothing(Why::Unreachable),
            Self::Says(answer) => answer.as_bytes().to_vec(),
            Self::Nothing => service(bytes),
            Self::Filter(known) => filtered(known, only(known), bytes, service, true),
            Self::Between(known, ends) => filtered(known, *ends, bytes, service, true),
            Self::Bodiless(known) => filtered(known, only(known), bytes, service, false),
        };
        Came::Bytes(came, true)
    }
}

/// A filter in the way.
fn filtered(
    known: &Known,
    ends: trial::Ends,
    bytes: &[u8],
    service: &dyn Fn(&[u8]) -> Vec<u8>,
    bodies: bool,
) -> Vec<u8> {
    let mut request = http::request(bytes).expect("a request").expect("all of it");
    let body = if bodies { Vec::new() } else { std::mem::take(&mut request.body) };
    request.head.retain(|(name, _)| name != b"content-length" && name != b"connection");
    let asked = request.head.clone();
    let passed = send(known, ends, None, request);
    if stops(&passed) {
        return refusal(403, passed.entry.reason.expect("a reason"));
    }
    let mut sent = message(passed.headers, passed.body);
    sent.body.extend(body);
    let reply = http::answer(&service(&http::write_request(&sent, "there")), true);
    let reply = reply.expect("a reply").expect("its head");
    let mut head = vec![(b":status".to_vec(), reply.status.to_string().into_bytes())];
    head.extend(reply.message.head);
    head.retain(|(name, _)| name != b"content-length" && name != b"connection");
    let passed = send(known, ends, Some(asked), message(head, reply.message.body));
    match stops(&passed) {
        true => refusal(502, passed.entry.reason.expect("a reason")),
        false => http::write_answer(reply.status, &message(passed.headers, passed.body)),
    }
}

/// Where it only observes, a block is told and not done.
fn stops(passed: &Output) -> bool {
    passed.entry.verdict == "block" && passed.entry.mode == "enforce"
}

fn send(known: &Known, ends: trial::Ends, asked: Option<Headers>, message: Message) -> Output {
    let trial::Ends { from, to } = ends;
    let way = Way { from, to, asked, ends: Ends::meeting_requirements() };
    exchange::send(&way, &message, &Vec::new(), &known.subject).expect("an output")
}

fn refusal(status: u16, reason: &str) -> Vec<u8> {
    let body = format!("{{\"blocked\":\"{reason}\",\"crossing\":\"00\"}}\n").into_bytes();
    http::write_answer(status, &message(Headers::new(), body))
}

fn message(head: Headers, body: Vec<u8>) -> Message {
    Message { head, body, trailers: Headers::new() }
}

fn echo(bytes: &[u8]) -> Vec<u8> {
    match Echo::new(key()).take(bytes) {
        Turn::Send(answer) => answer,
        Turn::Wait => panic!("the echo waits for more"),
    }
}

fn probed(known: &Known, listener: &Listener<'_>) -> Report {
    probed_with(known, &options(known, true), listener)
}

fn probed_with(known: &Known, options: &Options, listener: &Listener<'_>) -> Report {
    let mut carry = |bytes: &[u8]| listener.carry(bytes, &echo);
    run(known, options, &mut carry).expect("a report")
}

fn counts(report: &Report) -> Counts {
    Counts::of(&report.rows)
}

#[test]
fn a_filter_with_the_policy_holds_in_both_directions() {
    let known = known(POLICY);
    let report = probed(&known, &Listener::Filter(&known));
    let found = counts(&report);
    assert!(found.holds(false), "{}", probe_text(&report));
    let of = |direction, wanted: &str| {
        let rows = report.rows.iter().filter(|row| row.direction == direction);
        rows.filter(|row| row.wanted == wanted).count()
    };
    for direction in [Direction::Request, Direction::Reply] {
        assert!(of(direction, "rewrite") >= 5 && of(direction, "block") >= 3, "{direction:?}");
    }
    let places = |direction| {
        let rows = report.rows.iter().filter(|row| row.direction == direction);
        let mut places: Vec<_> = rows.map(|row| row.place.as_str()).collect();
        places.sort_unstable();
        places.dedup();
        places
    };
    let all = ["body, JSON", "body, form", "body, text", "cookie", "header", "path", "query"];
    assert_eq!(places(Direction::Request), all);
    assert_eq!(places(Direction::Reply), &all[..5]);
    let mail = report.rows.iter().find(|row| row.category.as_deref() == Some("email"));
    assert_eq!(mail.map(|row| row.direction), Some(Direction::Reply), "{mail:?}");
}

#[test]
fn a_listener_without_the_filter_shows_every_value() {
    let known = known(POLICY);
    let report = probed(&known, &Listener::Nothing);
    let found = counts(&report);
    assert!(found.raw > 20 && found.held == 0 && found.other == 0, "{found:?}");
    assert_eq!(found.unjudged, 0, "{}", probe_text(&report));
    let quick = Options { quick: true, ..options(&known, true) };
    let quick = counts(&probed_with(&known, &quick, &Listener::Nothing));
    assert!(quick.raw < found.raw && quick.raw >= 12 && !quick.holds(true), "{quick:?}");
}

#[test]
fn a_callback_that_is_never_called_shows_in_its_place_alone() {
    let known = known(POLICY);
    let report = probed(&known, &Listener::Bodiless(&known));
    for row in &report.rows {
        let skipped = row.direction == Direction::Request && row.place.starts_with("body");
        let wanted = if skipped { Outcome::Raw } else { Outcome::Held };
        assert_eq!(row.outcome, wanted, "{row:?}");
    }
}

#[test]
fn a_looser_policy_shows_raw_and_another_one_shows_too() {
    let known = known(POLICY);
    let looser = self::known(&POLICY.replace("action: redact", "action: keep"));
    let found = counts(&probed(&known, &Listener::Filter(&looser)));
    assert!(found.raw > 0 && !found.holds(true), "{found:?}");
    let masking = POLICY.replace("keep_last: 4", "keep_last: 2");
    let found = counts(&probed(&known, &Listener::Filter(&self::known(&masking))));
    assert!(found.raw == 0 && found.other >= 3 && !found.holds(true), "{found:?}");
    let observing = POLICY.replace("policy: probed", "policy: probed\nmode: observe");
    let found = counts(&probed(&known, &Listener::Filter(&self::known(&observing))));
    assert!(found.raw > 20 && found.held == 0, "{found:?}");
    let blocking = POLICY.replace("action: redact", "action: block");
    let found = counts(&probed(&known, &Listener::Filter(&self::known(&blocking))));
    assert!(found.raw == 0 && found.other >= 6 && !found.holds(true), "{found:?}");
}

#[test]
fn what_is_not_the_filters_word_is_no_proof() {
    let known = known(POLICY);
    let guard = "HTTP/1.1 403 Forbidden\r\ncontent-length: 19\r\n\r\nRBAC: access denied";
    let nobody = "HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n\
                  {\"blocked\":\"no_boundary\",\"crossing\":\"0000\"}";
    let rows = [
        (guard, Why::Stranger(403)),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", Why::Stranger(200)),
        ("HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n", Why::Redirect(302)),
        (nobody, Why::Refused("no_boundary")),
        ("SSH-2.0-OpenSSH\r\n", Why::NoHttp),
        ("", Why::Closed),
    ];
    for (answer, why) in rows {
        let report = probed(&known, &Listener::Says(answer));
        assert!(!report.rows.is_empty());
        for row in &report.rows {
            assert_eq!(row.outcome, Outcome::Unjudged(why), "{answer}");
        }
        assert!(!counts(&report).holds(true), "{answer}");
    }
    let mut asked = 0;
    let mut carry = |bytes: &[u8]| {
        asked += 1;
        Listener::Gone.carry(bytes, &echo)
    };
    let report = run(&known, &options(&known, true), &mut carry).expect("a report");
    assert!(!counts(&report).holds(true) && counts(&report).unjudged > 20);
    assert_eq!(asked, 1, "who is not there is asked once");
}

#[test]
fn without_an_echo_only_what_comes_back_is_judged() {
    let known = known(POLICY);
    let options = options(&known, false);
    let fine = |_: &[u8]| http::write_answer(200, &message(Headers::new(), b"{}".to_vec()));
    let listener = Listener::Filter(&known);
    let mut carry = |bytes: &[u8]| listener.carry(bytes, &fine);
    let report = run(&known, &options, &mut carry).expect("a report");
    for row in &report.rows {
        let wanted = match (row.direction, row.wanted) {
            (Direction::Request, "block") => Outcome::Held,
            (Direction::Request, _) => Outcome::Unjudged(Why::NoEcho),
            (Direction::Reply, _) => row.outcome,
        };
        assert_eq!(row.outcome, wanted, "{row:?}");
    }
    assert!(!counts(&report).holds(false) && counts(&report).holds(true));
    // A service that says what it got: `email` goes in as it is, and must not come back so.
    let reflecting = |bytes: &[u8]| {
        let request = http::request(bytes).expect("a request").expect("all of it");
        let head = vec![(b"content-type".to_vec(), b"application/json".to_vec())];
        let path = request.head.iter().find(|(name, _)| name == b":path");
        let path = path.map_or("", |(_, path)| std::str::from_utf8(path).expect("text"));
        let body = match request.body.is_empty() {
            true => serde_json::json!({ "path": path }).to_string().into_bytes(),
            false => request.body,
        };
        http::write_answer(200, &message(head, body))
    };
    for (listener, wanted) in
        [(Listener::Filter(&known), Outcome::Held), (Listener::Nothing, Outcome::Raw)]
    {
        let mut carry = |bytes: &[u8]| listener.carry(bytes, &reflecting);
        let report = run(&known, &options, &mut carry).expect("a report");
        let of = |row: &&super::Row| {
            row.direction == Direction::Reply && row.category.as_deref() == Some("email")
        };
        let mails: Vec<_> = report.rows.iter().filter(of).collect();
        assert!(!mails.is_empty());
        mails.iter().for_each(|row| assert_eq!(row.outcome, wanted, "{row:?}"));
    }
}

#[test]
fn where_only_a_status_comes_back_it_tells() {
    let closed = POLICY.split("    reply:").next().expect("text").to_owned();
    let known = known(&(closed + "    reply: status_only\n"));
    let report = probed(&known, &Listener::Filter(&known));
    assert!(counts(&report).holds(false), "{}", probe_text(&report));
    let found = counts(&probed(&known, &Listener::Nothing));
    assert!(found.raw > 10 && found.held == 0, "{found:?}");
}

#[test]
fn values_of_the_policys_own_categories_are_made_of_its_text_and_not_of_a_blob() {
    let text = POLICY
        .replace("boundaries:\n", OWN)
        .replace("category: aws_access_key", "category: staff_number");
    let of_text = known(&text);
    let report = probed(&of_text, &Listener::Filter(&of_text));
    let own = |row: &&super::Row| row.category.as_deref() == Some("staff_number");
    assert!(report.rows.iter().filter(own).count() > 5, "{}", probe_text(&report));
    assert!(counts(&report).holds(false), "{}", probe_text(&report));
    let blob = crate::compile(&text, "p.yaml").expect("a policy").blob;
    let of_blob = Known::of_blob(blob).expect("a blob");
    let report = probed(&of_blob, &Listener::Filter(&of_blob));
    for row in report.rows.iter().filter(own) {
        assert_eq!(row.outcome, Outcome::Unjudged(Why::NoValue));
    }
    assert!(report.rows.iter().any(|row| own(&row)));
    assert!(counts(&report).held > 8 && !counts(&report).holds(false));
}

#[test]
fn paths_come_from_the_conditions_or_from_who_asks() {
    let when =
        "    when: { methods: [PUT], paths: [/orders/*, /carts/**], media: [application/json] }";
    let purpose = "    purpose: orders\n";
    let text = POLICY.replace(purpose, &format!("{purpose}{when}\n"));
    let known = known(&text);
    let report = probed(&known, &Listener::Filter(&known));
    assert!(counts(&report).holds(false), "{}", probe_text(&report));
    let mut paths: Vec<_> = report.rows.iter().map(|row| row.path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), 2, "{paths:?}");
    assert!(paths.iter().any(|path| path.starts_with("/carts/")), "{paths:?}");
    let asked = Options { paths: vec!["/orders/7".to_owned()], ..options(&known, true) };
    let listener = Listener::Filter(&known);
    let mut carry = |bytes: &[u8]| listener.carry(bytes, &echo);
    let report = run(&known, &asked, &mut carry).expect("a report");
    assert!(report.rows.iter().all(|row| row.path == "/orders/7"), "{}", probe_text(&report));
    let asked = Options { paths: vec!["/other".to_owned()], ..asked };
    let error = run(&known, &asked, &mut carry).expect_err("no boundary");
    assert!(error.to_string().contains("`/other`"), "{error}");
}

#[test]
fn nothing_that_was_sent_is_in_a_report() {
    let known = known(POLICY);
    let mut sent: Vec<String> = Vec::new();
    let mut carry = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !"-@.".contains(c));
        let valued =
            words.filter(|word| word.len() >= 9 && word.bytes().any(|b| b.is_ascii_digit()));
        sent.extend(valued.map(str::to_owned));
        Listener::Nothing.carry(bytes, &echo)
    };
    let report = run(&known, &options(&known, true), &mut carry).expect("a report");
    let told = probe_text(&report) + &probe_json("probed", "d", &report);
    assert!(sent.len() > 10 && counts(&report).raw > 20);
    for word in sent {
        assert!(!told.contains(&word), "a value is told");
    }
}

/// Policies that people begin with, between each two of their zones: none of them is called leaky
/// where the engine runs it, nor held where nothing does.
#[test]
fn no_policy_that_is_shipped_gives_a_false_alarm() {
    let mut probed = 0;
    for (name, text) in [
        ("gateway", include_str!("../../templates/gateway.yaml")),
        ("healthcare", include_str!("../../templates/healthcare.yaml")),
        ("llm-provider", include_str!("../../templates/llm-provider.yaml")),
        ("log-shipping", include_str!("../../templates/log-shipping.yaml")),
        ("multi-region", include_str!("../../templates/multi-region.yaml")),
        ("payments", include_str!("../../templates/payments.yaml")),
        ("saas-egress", include_str!("../../templates/saas-egress.yaml")),
        ("sidecars", include_str!("../../templates/sidecars.yaml")),
        ("shop", include_str!("../../../envoy/policies/shop.yaml")),
    ] {
        let known = known(text);
        let pairs = known.tables().boundaries.iter().map(|one| (one.from, one.to));
        let pairs: BTreeSet<_> = pairs.collect();
        for (from, to) in pairs {
            let ends = trial::Ends { from, to };
            let options = Options { run: [9; 16], quick: true, ..options_between(ends, true) };
            let report = probed_with(&known, &options, &Listener::Between(&known, ends));
            let found = counts(&report);
            let told = probe_text(&report);
            assert_eq!(found.raw + found.other + found.unjudged, 0, "{name}:\n{told}");
            let report = probed_with(&known, &options, &Listener::Nothing);
            let found = counts(&report);
            assert_eq!(found.held + found.unjudged, 0, "{name}:\n{}", probe_text(&report));
            probed += found.raw;
        }
    }
    assert!(probed > 100, "{probed}");
}
