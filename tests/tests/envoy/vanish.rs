//! The filter is made to vanish, in every way known. What must be left is a refusal.

use crate::bare::deployment;
use cofferdam_policy_compiler::deploy::Filter;
use cofferdam_tests::envoy::client::get;
use cofferdam_tests::envoy::{Client, Envoy, Framing, Message, Start, Upstream, module};
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
