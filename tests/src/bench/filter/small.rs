//! What an exchange costs that has next to nothing in it: a plain `GET` and 1 KB of JSON, callback
//! by callback. Of small messages the filter's own work is most of the cost, not the reading.

use super::{Message, options, say, spec, start};
use anyhow::{Result, ensure};
use cofferdam_harness::{Callback, Exchange, Harness};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const ANSWER: &str = "{\"orders\":[\n\
    {\"id\":\"c-1000\",\"name\":\"Ann Reed\",\"email\":\"ann.reed@example.com\",\"ssn\":\"219-09-8765\"},\n\
    {\"id\":17,\"item\":\"rope, 20 m\",\"cents\":1250,\"status\":\"shipped\",\"gift\":false}]}";
const ANSWER_BYTES: usize = 1024;

/// Measures it under the shop's policy, and prints a table.
///
/// # Errors
/// When something comes out that must not.
pub fn run(harness: &Harness, blob: &[u8]) -> Result<()> {
    let mut answer = ANSWER.to_owned();
    answer.insert_str(
        ANSWER.len() - 2,
        &format!(",{{\"fill\":\"{}\"}}", " ".repeat(ANSWER_BYTES - ANSWER.len() - 12)),
    );
    let exchange = Exchange {
        spec: spec("shop"),
        request: head(
            &[
                (":authority", "localhost"),
                (":path", "/1-KB-JSON--HTTP-1.1"),
                (":method", "GET"),
                (":scheme", "http"),
                ("x-forwarded-for", "127.0.0.1"),
                ("x-forwarded-proto", "http"),
                ("x-request-id", "5e1c8a9e-0b7d-4c1e-9a55-3d2f60b8e411"),
            ],
            None,
        ),
        response: head(
            &[
                (":status", "200"),
                ("content-type", "application/json"),
                ("content-length", "1024"),
                ("date", "Mon, 02 Nov 2026 10:15:00 GMT"),
                ("server", "envoy"),
            ],
            Some(&answer),
        ),
    };
    let mut vm = start(harness, options(blob))?;
    // The first exchange of a VM proves its host, and makes its counters.
    vm.exchange(&exchange);
    let outcome = vm.exchange(&exchange);
    let came = outcome.client.as_ref().map(|came| String::from_utf8_lossy(&came.body).into_owned());
    let came = came.unwrap_or_default();
    ensure!(came.contains("[us_ssn]") && came.contains("ann.reed"), "not what it must be: {came}");
    show(&outcome.callbacks);
    Ok(())
}

fn head(head: &[(&str, &str)], body: Option<&str>) -> Message {
    let pair = |(name, value): &(&str, &str)| (name.as_bytes().into(), value.as_bytes().into());
    Message {
        head: head.iter().map(pair).collect(),
        chunks: body.iter().map(|body| (body.as_bytes().to_vec(), true)).collect(),
        ..Message::default()
    }
}

fn show(callbacks: &[Callback]) {
    let mut text = "filter in wasmtime: one `GET` and 1 KB of JSON, policy shop\n\n".to_owned();
    let mut fuel = 0;
    let mut number = 0;
    for callback in callbacks {
        let mut calls = BTreeMap::<&str, usize>::new();
        for call in &callback.calls {
            *calls.entry(call.strip_prefix("proxy_").unwrap_or(call)).or_default() += 1;
        }
        let calls: Vec<String> =
            calls.iter().map(|(name, times)| format!("{times} {name}")).collect();
        let name = callback.name.strip_prefix("proxy_").unwrap_or(callback.name);
        let _ = writeln!(
            text,
            "{name:<22} {:>8} {:>4}  {}",
            callback.fuel,
            callback.calls.len(),
            calls.join(", ")
        );
        fuel += callback.fuel;
        number += callback.calls.len();
    }
    let _ = writeln!(text, "{:<22} {fuel:>8} {number:>4}", "together");
    say(&text);
}
