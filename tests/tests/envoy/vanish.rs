//! The filter is made to vanish, in every way known. What must be left is a refusal.

use crate::bare::deployment;
use crate::front::{CARD, Front, MAIL, answer, plain_filter, post};
use cofferdam_policy_compiler::deploy::Filter;
use cofferdam_tests::envoy::client::get;
use cofferdam_tests::envoy::{
    Client, Envoy, Framing, Headers, Message, Received, Start, Upstream, module,
};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// An Envoy with a guest, in front of an upstream that answers `hello`.
fn start(filter: Filter) -> (Envoy, Upstream, Client) {
    let upstream = Upstream::start().unwrap();
    upstream.answer(Message {
        first: b"HTTP/1.1 200 OK".to_vec(),
        framing: Framing::Length,
        chunks: vec![b"hello".to_vec()],
        ..Message::default()
    });
    let (mut deployment, port) = deployment(&upstream);
    deployment.filter = Some(filter);
    let envoy = Envoy::start(&deployment, &Start::default()).unwrap();
    (envoy, upstream, Client::new(port))
}

#[test]
fn a_filter_that_runs_lets_requests_by_the_guard() {
    let (_envoy, _upstream, mut client) = start(module::guest("copy").unwrap());
    let answer = client.fetch("/").unwrap();
    assert_eq!((answer.status(), answer.text().as_str()), (200, "hello"));
}

#[test]
fn a_worker_that_refuses_leaves_the_guard() {
    let (envoy, upstream, mut client) = start(module::guest("refuse").unwrap());
    assert_eq!(client.fetch("/").unwrap().status(), 403);
    assert!(upstream.take().is_empty(), "the request went by");
    assert!(envoy.log().unwrap().contains("Failed to configure thread-local Wasm plugin"));
}

#[test]
fn a_trap_refuses_and_the_filter_comes_back() {
    let (_envoy, upstream, mut client) = start(module::guest("trap").unwrap());
    let mut trap = get("/");
    trap.headers.push((b"x-trap".to_vec(), b"1".to_vec()));
    assert_eq!(client.exchange(&trap).unwrap().status(), 503);
    assert!(upstream.take().is_empty(), "the request went by");
    let until = Instant::now() + Duration::from_secs(5);
    while client.fetch("/").unwrap().status() != 200 {
        assert!(Instant::now() < until, "the filter did not come back");
        sleep(Duration::from_millis(20));
    }
}

/// What came of one exchange in which every part of both messages holds personal data.
#[derive(Clone, Copy, Debug)]
struct Came {
    /// None: the connection ended without a head.
    status: Option<u16>,
    request_leaks: bool,
    response_leaks: bool,
}

impl std::fmt::Display for Came {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let status = self.status.map_or("cut".to_owned(), |status| status.to_string());
        let request = if self.request_leaks { " request LEAKS" } else { "" };
        let response = if self.response_leaks { " response leaks" } else { "" };
        f.pad(&format!("{status}{request}{response}"))
    }
}

fn leaks(received: &Received) -> bool {
    let has = |bytes: &[u8], text: &str| String::from_utf8_lossy(bytes).contains(text);
    let in_pairs = |pairs: &Headers| pairs.iter().any(|(_, value)| has(value, MAIL));
    has(&received.body, CARD) || in_pairs(&received.headers) || in_pairs(&received.trailers)
}

fn exchange(front: &mut Front) -> Came {
    let told = [(b"x-note".to_vec(), MAIL.as_bytes().to_vec())];
    let mut request = post(&format!("{{\"card\":\"{CARD}\"}}"));
    request.headers.extend(told.clone());
    request.trailers.extend(told.clone());
    let mut response = answer(&format!("{{\"card\":\"{CARD}\"}}"));
    response.headers.extend(told.clone());
    response.trailers.extend(told);
    front.upstream.answer(response);
    let received = front.client.exchange(&request).ok();
    let sent = front.upstream.take();
    Came {
        status: received.as_ref().map(Received::status),
        request_leaks: sent.iter().any(leaks),
        response_leaks: received.as_ref().is_some_and(leaks),
    }
}

/// Takes each capability away in turn. The request half may never pass unseen; a response may once
/// at most, and after that the VM lets nothing by.
fn take_away(which: impl Fn(&str) -> bool) {
    let (_, filter) = plain_filter().unwrap();
    let mut wrong = Vec::new();
    let mut rows = Vec::new();
    for missing in filter.capabilities.iter().filter(|name| which(name)) {
        let started = Front::start(|filter| filter.capabilities.retain(|name| name != missing));
        let Ok(mut front) = started else {
            rows.push(format!("{missing:<42} does not start"));
            continue;
        };
        let came: Vec<Came> = (0..3).map(|_| exchange(&mut front)).collect();
        rows.push(format!("{missing:<42} {:<20} {:<20} {}", came[0], came[1], came[2]));
        if came.iter().any(|came| came.request_leaks) {
            wrong.push(format!("without `{missing}` a request passes"));
        }
        if came.iter().skip(1).any(|came| came.response_leaks) {
            wrong.push(format!("without `{missing}` responses go on passing"));
        }
    }
    eprintln!("{:<42} {:<20} {:<20} third", "missing", "first", "second");
    eprintln!("{}", rows.join("\n"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn with_nothing_missing_nothing_leaks() {
    let mut front = Front::start(|_| {}).unwrap();
    let came = exchange(&mut front);
    assert_eq!(came.status, Some(200));
    assert!(!came.request_leaks && !came.response_leaks, "{came}");
}

/// Nothing tells a VM that a request had trailers which it was not shown: an upstream that answers
/// before a request ends looks the same. Where they are let on, only a right list prevents it.
#[test]
fn trailers_of_requests_that_are_let_on_pass_a_filter_that_is_not_called_for_them() {
    let mut front = Front::start(|filter| {
        filter.request_trailers = true;
        filter.capabilities.retain(|name| name != "proxy_on_request_trailers");
    })
    .unwrap();
    let came = exchange(&mut front);
    assert!(came.request_leaks, "taking them off is not what keeps them back: {came}");
}

#[test]
fn a_callback_that_is_missing_is_noticed() {
    take_away(|name| name.starts_with("proxy_on_"));
}

#[test]
fn a_host_call_that_is_missing_refuses() {
    take_away(|name| !name.starts_with("proxy_on_"));
}
