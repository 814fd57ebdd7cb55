//! HTTP/2 on either side: what is kept back at the end of a body still leaves before the trailers,
//! and each chunk leaves when it arrives.

use crate::front::{CARD, MAIL, headers, plain_filter};
use cofferdam_policy_compiler::deploy::{Cluster, Deployment, Listener, Protocol, Route, Side};
use cofferdam_tests::envoy::{
    Client, Envoy, Framing, Message, Received, Start, Upstream, free_port, http2,
};
use std::time::Duration;

/// Text that ends where a card number might go on, with trailers behind it.
fn message(first: &str, chunks: &[&str]) -> Message {
    Message {
        first: first.as_bytes().to_vec(),
        headers: headers(&[("host", "service.test"), ("content-type", "text/plain")]),
        framing: Framing::Chunked,
        chunks: chunks.iter().map(|chunk| chunk.as_bytes().to_vec()).collect(),
        trailers: headers(&[("x-sum", "9"), ("x-note", MAIL)]),
        pause: Duration::from_millis(60),
        cut: false,
    }
}

fn start(upstream: u16, protocol: Protocol) -> (Envoy, u16) {
    let (port, mut filter) = plain_filter().unwrap();
    filter.request_trailers = true;
    let mut listener = Listener::new(port, Side::Gateway);
    listener.routes.push(Route::to("vault"));
    let mut cluster = Cluster::new("vault", "127.0.0.1", upstream);
    cluster.protocol = protocol;
    let deployment = Deployment {
        title: "For a test.".to_owned(),
        admin_port: free_port().unwrap(),
        listeners: vec![listener],
        clusters: vec![cluster],
        filter: Some(filter),
    };
    (Envoy::start(&deployment, &Start::default()).unwrap(), port)
}

fn check(side: &str, received: &Received) {
    assert!(received.complete, "{side}: cut");
    assert_eq!(received.text(), "first, then [credit_card]", "{side}");
    let trailers = headers(&[("x-sum", "9"), ("x-note", "[email]")]);
    assert_eq!(received.trailers, trailers, "{side}");
}

/// Both sides' protocols, all four ways; each way the tail is kept back until the trailers come.
#[test]
fn a_tail_leaves_before_the_trailers_whatever_is_spoken() {
    let chunks = ["first, ", "then ", &CARD[..9], &CARD[9..]];
    let request = message("POST /notes HTTP/1.1", &chunks);
    let response = message("HTTP/1.1 200 OK", &chunks);
    let plain = Upstream::start().unwrap();
    plain.answer(response.clone());
    let framed = http2::Upstream::start(Message {
        headers: headers(&[("content-type", "text/plain")]),
        ..response
    })
    .unwrap();
    for (protocol, upstream) in [(Protocol::Http1, plain.port()), (Protocol::Http2, framed.port())]
    {
        let (_envoy, port) = start(upstream, protocol);
        let received = Client::new(port).exchange(&request).unwrap();
        check(&format!("http/1.1 to {protocol:?}, response"), &received);
        let received = http2::exchange(port, &request).unwrap();
        check(&format!("http/2 to {protocol:?}, response"), &received);
        let first = received.pieces.first().map_or(0, |(_, length)| *length);
        assert!(first > 0 && first < 20, "the body was held back whole");
        let sent = match protocol {
            Protocol::Http1 => plain.take(),
            Protocol::Http2 => framed.take(),
        };
        assert_eq!(sent.len(), 2);
        sent.iter().for_each(|sent| check(&format!("to {protocol:?}, request"), sent));
    }
}
