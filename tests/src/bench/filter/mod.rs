//! What the filter's module costs in wasmtime: by format, with many crossings open, and how large
//! it is. Measures and reports; fails only where what comes out is not what it must be.

pub mod crossings;
pub mod formats;
pub mod rows;
pub mod sizes;
pub mod small;
pub mod trust;

use crate::people;
use crate::wasm::GUARD;
use anyhow::{Result, ensure};
use cofferdam_harness::{Guard, Harness, Message, Options, StreamSpec, Vm};
use std::collections::BTreeMap;

/// Bytes of a chunk, as hosts hand them over.
pub const CHUNK_BYTES: usize = 16 * 1024;

/// How a host runs the filter with a policy.
#[must_use]
pub fn options(blob: &[u8]) -> Options {
    let options = Options {
        env: vec![("COFFERDAM_HOLD_HEADERS".into(), "1".into())],
        guard: Some(Guard { key: GUARD.into(), value: b"ok".to_vec() }),
        ..Options::default()
    };
    people::signed(blob, options)
}

/// A stream through a gateway to this cluster.
#[must_use]
pub fn spec(cluster: &str) -> StreamSpec {
    let properties = BTreeMap::from([
        ("connection.mtls".to_owned(), vec![0]),
        ("destination.port".to_owned(), 8443_u64.to_le_bytes().to_vec()),
        ("xds.cluster_name".to_owned(), cluster.as_bytes().to_vec()),
        ("xds.listener_direction".to_owned(), 0_u64.to_le_bytes().to_vec()),
        ("source.address".to_owned(), b"127.0.0.1:40000".to_vec()),
    ]);
    let later = BTreeMap::from([("upstream.address".to_owned(), b"127.0.0.1:9".to_vec())]);
    StreamSpec { properties, response_properties: later }
}

/// A VM with the policy of its options in force.
///
/// # Errors
/// When the filter refuses it.
pub fn start(harness: &Harness, options: Options) -> Result<Vm> {
    let mut vm = harness.load(options)?;
    ensure!(vm.configure()?, "the filter refuses the policy");
    Ok(vm)
}

/// A request: with a body a `POST`, without one a `GET`.
#[must_use]
pub fn request(body: Option<(&str, &[u8])>) -> Message {
    let method = if body.is_some() { "POST" } else { "GET" };
    let start =
        [(":method", method), (":scheme", "http"), (":path", "/"), (":authority", "service.test")];
    message(&start, body)
}

/// A response.
#[must_use]
pub fn response(body: Option<(&str, &[u8])>) -> Message {
    message(&[(":status", "200")], body)
}

fn message(start: &[(&str, &str)], body: Option<(&str, &[u8])>) -> Message {
    let pair = |(name, value): &(&str, &str)| (name.as_bytes().into(), value.as_bytes().into());
    let mut head: Vec<(Vec<u8>, Vec<u8>)> = start.iter().map(pair).collect();
    let Some((media, body)) = body else { return Message { head, ..Message::default() } };
    head.push((b"content-type".into(), media.into()));
    let mut chunks: Vec<_> = body.chunks(CHUNK_BYTES).map(|c| (c.to_vec(), false)).collect();
    if let Some(last) = chunks.last_mut() {
        last.1 = true;
    }
    Message { head, chunks, ..Message::default() }
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its tables")]
pub(crate) fn say(text: &str) {
    println!("{text}");
}
