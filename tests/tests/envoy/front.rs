//! A filter in real Envoy between a client and an upstream, under the plain policy of the corpus:
//! everything that counts is redacted, both ways, as it streams.

use anyhow::Result;
use cofferdam_policy_compiler::deploy::{Cluster, Deployment, Filter, Listener, Route, Side};
use cofferdam_tests::envoy::deployments::{filter_of_text, root};
use cofferdam_tests::envoy::{
    Client, Envoy, Framing, Headers, Message, Start, Upstream, free_port,
};
use std::time::Duration;

/// A published test card, in a body.
pub(crate) const CARD: &str = "4111111111111111";
/// Personal data in a header's or trailer's value.
pub(crate) const MAIL: &str = "ann.reed@example.com";

/// A client, Envoy with the filter, and an upstream.
pub(crate) struct Front {
    pub(crate) envoy: Envoy,
    pub(crate) upstream: Upstream,
    pub(crate) client: Client,
}

impl Front {
    /// Starts with what `change` makes of the filter.
    pub(crate) fn start(change: impl FnOnce(&mut Filter)) -> Result<Self> {
        let (port, mut filter) = plain_filter()?;
        change(&mut filter);
        Self::start_with(port, filter)
    }

    /// Starts with a filter that listens on `port`.
    pub(crate) fn start_with(port: u16, filter: Filter) -> Result<Self> {
        let upstream = Upstream::start()?;
        Self::start_between(port, filter, upstream.port(), upstream)
    }

    /// Starts in front of an upstream of the test's own.
    pub(crate) fn start_before(port: u16, filter: Filter, upstream: u16) -> Result<Self> {
        Self::start_between(port, filter, upstream, Upstream::start()?)
    }

    fn start_between(port: u16, filter: Filter, at: u16, upstream: Upstream) -> Result<Self> {
        let mut listener = Listener::new(port, Side::Gateway);
        listener.routes.push(Route::to("vault"));
        let deployment = Deployment {
            title: "For a test.".to_owned(),
            admin_port: free_port()?,
            listeners: vec![listener],
            clusters: vec![Cluster::new("vault", "127.0.0.1", at)],
            filter: Some(filter),
        };
        let envoy = Envoy::start(&deployment, &Start::default())?;
        Ok(Self { envoy, upstream, client: Client::new(port) })
    }
}

/// The filter with the plain policy, and the port that its listener must have.
pub(crate) fn plain_filter() -> Result<(u16, Filter)> {
    let text = std::fs::read_to_string(root().join("tests/policies/basic.yaml"))?;
    let port = free_port()?;
    Ok((port, filter_of_text(&text, "basic", &[(8443, port)])?.1))
}

/// A request with a body in one chunk.
pub(crate) fn post(body: &str) -> Message {
    Message {
        first: b"POST /orders HTTP/1.1".to_vec(),
        headers: headers(&[("host", "service.test"), ("content-type", "application/json")]),
        framing: Framing::Chunked,
        chunks: vec![body.as_bytes().to_vec()],
        ..Message::default()
    }
}

/// An answer with a body in one chunk.
pub(crate) fn answer(body: &str) -> Message {
    Message {
        first: b"HTTP/1.1 200 OK".to_vec(),
        headers: headers(&[("content-type", "application/json")]),
        framing: Framing::Chunked,
        chunks: vec![body.as_bytes().to_vec()],
        ..Message::default()
    }
}

/// The same message, one byte a chunk, with time between them.
pub(crate) fn bytewise(message: &Message, pause: Duration) -> Message {
    let bytes = message.chunks.concat();
    let chunks = bytes.iter().map(|byte| vec![*byte]).collect();
    Message { chunks, pause, ..message.clone() }
}

/// Headers from texts.
pub(crate) fn headers(lines: &[(&str, &str)]) -> Headers {
    lines
        .iter()
        .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()))
        .collect()
}
