//! The bare proxy: what the other tests stand on. Chunks arrive as they were cut, trailers pass,
//! and without the filter everything comes out.

use cofferdam_policy_compiler::deploy::{Cluster, Deployment, Listener, Protocol, Route, Side};
use cofferdam_tests::envoy::{Client, Envoy, Framing, Message, Start, Upstream, free_port, http2};
use std::time::Duration;

/// An Envoy without the filter in front of an upstream, and the port it listens on.
pub(crate) fn deployment(upstream: &Upstream) -> (Deployment, u16) {
    let port = free_port().unwrap();
    let mut listener = Listener::new(port, Side::Gateway);
    listener.routes.push(Route::to("upstream"));
    let deployment = Deployment {
        title: "Bare.".to_owned(),
        admin_port: free_port().unwrap(),
        listeners: vec![listener],
        clusters: vec![Cluster::new("upstream", "127.0.0.1", upstream.port())],
        filter: None,
    };
    (deployment, port)
}

/// Pauses between chunks, of which one is long enough for them to arrive apart, however much else
/// the machine does.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(2),
    Duration::from_millis(50),
    Duration::from_millis(500),
    Duration::from_secs(3),
];

#[test]
fn a_message_passes_untouched_with_its_trailers() {
    let upstream = Upstream::start().unwrap();
    let (deployment, port) = deployment(&upstream);
    let envoy = Envoy::start(&deployment, &Start::default()).unwrap();
    let message = |first: &str, pause: Duration| Message {
        first: first.as_bytes().to_vec(),
        headers: vec![(b"host".to_vec(), b"service.test".to_vec())],
        framing: Framing::Chunked,
        chunks: vec![b"ann@ex".to_vec(), b"ample.com".to_vec()],
        trailers: vec![(b"x-end".to_vec(), b"ann@example.com".to_vec())],
        pause,
        cut: false,
    };
    let came_apart = PAUSES.into_iter().any(|pause| {
        upstream.answer(message("HTTP/1.1 200 OK", pause));
        let received = Client::new(port).exchange(&message("POST / HTTP/1.1", pause)).unwrap();
        let sent = upstream.wait(Duration::from_secs(5)).unwrap();
        for side in [&received, &sent] {
            assert_eq!(side.text(), "ann@example.com");
            assert_eq!(side.trailers, [(b"x-end".to_vec(), b"ann@example.com".to_vec())]);
            assert!(side.complete);
        }
        assert_eq!(received.status(), 200);
        received.pieces.len() == 2
    });
    assert!(came_apart, "the two chunks arrived as one");
    assert!(envoy.admin("/stats").unwrap().contains("listener_"));
}

#[test]
fn a_response_that_is_cut_is_seen_as_cut() {
    let upstream = Upstream::start().unwrap();
    let (deployment, port) = deployment(&upstream);
    let _envoy = Envoy::start(&deployment, &Start::default()).unwrap();
    upstream.answer(Message {
        first: b"HTTP/1.1 200 OK".to_vec(),
        framing: Framing::Chunked,
        chunks: vec![b"half".to_vec()],
        cut: true,
        ..Message::default()
    });
    let received = Client::new(port).fetch("/").unwrap();
    assert_eq!((received.text().as_str(), received.complete), ("half", false));
}

#[test]
fn http_2_carries_chunks_and_trailers_on_both_sides() {
    let message = |first: &str, pause: Duration| Message {
        first: first.as_bytes().to_vec(),
        framing: Framing::Chunked,
        chunks: vec![b"ann@ex".to_vec(), b"ample.com".to_vec()],
        trailers: vec![(b"x-end".to_vec(), b"1".to_vec())],
        pause,
        ..Message::default()
    };
    let came_apart = PAUSES.into_iter().any(|pause| {
        let upstream = http2::Upstream::start(message("HTTP/2 200", pause)).unwrap();
        let other = Upstream::start().unwrap();
        let (mut deployment, port) = deployment(&other);
        let mut cluster = Cluster::new("upstream", "127.0.0.1", upstream.port());
        cluster.protocol = Protocol::Http2;
        deployment.clusters = vec![cluster];
        let _envoy = Envoy::start(&deployment, &Start::default()).unwrap();
        let received = http2::exchange(port, &message("POST / HTTP/2", pause)).unwrap();
        let sent = upstream.take().pop().unwrap();
        for side in [&received, &sent] {
            assert_eq!((side.text().as_str(), side.complete), ("ann@example.com", true));
            assert_eq!(side.trailers, [(b"x-end".to_vec(), b"1".to_vec())]);
        }
        received.pieces.len() == 2 && sent.pieces.len() == 2
    });
    assert!(came_apart, "the two chunks arrived as one");
}
