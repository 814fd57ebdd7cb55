//! What is sent through each lane: kinds of answers, and over which protocol.
//! Every answer tells somebody's number, so that what comes out shows who looked at it.

use crate::envoy::{Framing, Message};
use anyhow::{Context as _, Result};
use cofferdam_shop::synthetic;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

/// What is spoken on both sides of Envoy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spoken {
    /// HTTP/1.1, eight connections.
    Http1,
    /// HTTP/2, one connection, one stream after another.
    Http2,
}

/// One kind of answer.
pub(super) struct Kind {
    /// Its name, in tables.
    pub(super) name: &'static str,
    /// What is spoken.
    pub(super) spoken: Spoken,
    /// What is asked for.
    pub(super) request: Message,
    /// What is answered.
    pub(super) answer: Message,
    /// The text of the answer, whatever it is coded in.
    pub(super) text: Vec<u8>,
    /// A script in Lua can read it.
    pub(super) lua: bool,
}

/// All of them.
///
/// # Errors
/// When one cannot be made.
pub(super) fn all() -> Result<Vec<Kind>> {
    let (small, large) = (orders(1024), orders(56 * 1024));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(large.as_bytes())?;
    let coded = encoder.finish()?;
    let large = large.into_bytes();
    Ok(vec![
        kind("1 KB JSON, HTTP/1.1", Spoken::Http1, small.as_bytes(), None),
        kind("56 KB JSON, HTTP/1.1", Spoken::Http1, &large, None),
        kind("56 KB JSON in gzip, HTTP/1.1", Spoken::Http1, &large, Some(&coded)),
        kind("1 KB JSON, HTTP/2", Spoken::Http2, small.as_bytes(), None),
        kind("56 KB JSON, HTTP/2", Spoken::Http2, &large, None),
        grpc("4 KB of protobuf, unary gRPC", 4 * 1024),
    ])
}

/// A number that every answer holds, and that no answer may hold behind the filter.
///
/// # Errors
/// When nobody has one.
pub(super) fn number() -> Result<String> {
    let customer = synthetic::customers(1, 0).next().context("no customer")?;
    let number = customer.canaries.into_iter().find(|canary| canary.category == "us_ssn");
    Ok(number.context("no number")?.text)
}

fn pair(name: &str, value: &str) -> (Vec<u8>, Vec<u8>) {
    (name.into(), value.into())
}

fn kind(name: &'static str, spoken: Spoken, text: &[u8], coded: Option<&[u8]>) -> Kind {
    let target = format!("/{}", name.replace([' ', ',', '/'], "-"));
    let mut headers = vec![pair("content-type", "application/json")];
    headers.extend(coded.map(|_| pair("content-encoding", "gzip")));
    Kind {
        name,
        spoken,
        request: Message {
            first: format!("GET {target} HTTP/1.1").into_bytes(),
            headers: vec![pair("host", "localhost"), pair("accept-encoding", "gzip")],
            ..Message::default()
        },
        answer: Message {
            first: b"HTTP/1.1 200 OK".to_vec(),
            headers,
            framing: Framing::Length,
            chunks: vec![coded.unwrap_or(text).to_vec()],
            ..Message::default()
        },
        text: text.to_vec(),
        lua: coded.is_none(),
    }
}

/// One message with fields of text; one of them tells a number.
fn grpc(name: &'static str, bytes: usize) -> Kind {
    let mut message = Vec::new();
    let mut fields = 0;
    while message.len() < bytes {
        let text = match (fields, number()) {
            (7, Ok(number)) => format!("his number is {number}"),
            _ => format!("order {fields}: rope, 20 m, shipped on Monday"),
        };
        message.extend([2 << 3 | 2, text.len() as u8]);
        message.extend_from_slice(text.as_bytes());
        fields += 1;
    }
    let frame = |message: &[u8]| {
        let mut frame = vec![0];
        frame.extend((message.len() as u32).to_be_bytes());
        frame.extend_from_slice(message);
        frame
    };
    let head = |more| vec![pair("content-type", "application/grpc"), more];
    let mut asks = head(pair("te", "trailers"));
    asks.push(pair("host", "localhost"));
    Kind {
        name,
        spoken: Spoken::Http2,
        request: Message {
            first: b"POST /shop.Orders/Get HTTP/1.1".to_vec(),
            headers: asks,
            framing: Framing::Chunked,
            chunks: vec![frame(b"\x08\x07")],
            ..Message::default()
        },
        answer: Message {
            first: b"HTTP/1.1 200 OK".to_vec(),
            headers: head(pair("x-served-by", "shop")),
            framing: Framing::Chunked,
            chunks: vec![frame(&message)],
            trailers: vec![pair("grpc-status", "0")],
            ..Message::default()
        },
        text: frame(&message),
        lua: false,
    }
}

/// Orders of a shop, cut to a size: every value is ordinary, some are personal.
fn orders(size: usize) -> String {
    let mut text = String::from("{\"orders\":[\n");
    let mut customers = synthetic::customers(1, 0);
    let mut n = 0_u64;
    while text.len() + 400 < size {
        // One order in eight tells who ordered: personal data is rare in what services say.
        match (n % 8, customers.next()) {
            (0, Some(customer)) => text.push_str(&customer.json),
            _ => text.push_str(&format!(
                "{{\"id\":{n},\"placed\":\"2026-11-02T10:15:00Z\",\"item\":\"rope, 20 m\",\
                 \"cents\":{},\"status\":\"shipped\",\"weight_g\":850,\"gift\":false,\
                 \"tracking\":\"9f1c2a7e-0b7d-4c1e-9a55-3d2f60b8e411\"}}",
                1000 + n % 977
            )),
        }
        text.push_str(",\n");
        n += 1;
    }
    let fill = size.saturating_sub(text.len() + 14);
    text.push_str(&format!("{{\"fill\":\"{}\"}}]}}", " ".repeat(fill)));
    text
}
