//! Compares what two hosts made of one exchange, to the byte.
//! What differs by nature is left out here and nowhere else, each with its reason.

use super::both::Came;
use super::sample::{Http, Sample};
use crate::case::Headers;
use crate::runner::Received;
use cofferdam_harness::Map;
use serde_json::Value;

/// Header names that are not compared, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("date", "the host's clock"),
    ("server", "the host's own name, put over whatever an upstream said"),
    ("transfer-encoding", "framing, which the codec writes anew"),
    ("connection", "framing, which the codec writes anew"),
    (":scheme", "HTTP/1.1 does not say it"),
];

/// How strictly chunks are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunks {
    /// As they were sent.
    AsSent,
    /// They arrived joined, whatever the sender did: how many came is not compared.
    Joined,
}

/// Which order of headers is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Whole,
    WithinNames,
}

/// Everything in which Envoy differs from the harness.
pub(super) fn differences(
    sample: &Sample,
    harness: &Came,
    envoy: &Came,
    chunks: Chunks,
) -> Vec<String> {
    let mut found = Vec::new();
    if entries(harness, chunks) != entries(envoy, chunks) {
        found.push(format!(
            "entries:\n      {}\n      {}",
            entries(harness, chunks).join("\n      "),
            entries(envoy, chunks).join("\n      ")
        ));
    }
    for (what, one, other) in [
        ("response code details", &harness.details, &envoy.details),
        ("filter state", &harness.summary, &envoy.summary),
    ] {
        if one != other {
            found.push(format!("{what}: `{one}` and `{other}`"));
        }
    }
    let (one, other) = (&harness.outcome, &envoy.outcome);
    // What receives HTTP/2 here keeps the order within a name only.
    let order = |http| match http {
        Http::One => Order::Whole,
        Http::Two => Order::WithinNames,
    };
    let upstream = (one.upstream.as_ref(), other.upstream.as_ref());
    side("upstream", order(sample.up), upstream.0, upstream.1, &mut found);
    side("client", order(sample.down), one.client.as_ref(), other.client.as_ref(), &mut found);
    found
}

/// Whether chunks reached Envoy's filter joined: it saw fewer of some message than the harness's, or
/// was shown more before it blocked one.
pub(super) fn joined(harness: &Came, envoy: &Came) -> bool {
    let before_block = |came: &Came| came.outcome.told.iter().map(|line| blocked_bytes(line)).max();
    if before_block(envoy) > before_block(harness) {
        return true;
    }
    let pairs = [
        (&harness.outcome.request, &envoy.outcome.request),
        (&harness.outcome.response, &envoy.outcome.response),
    ];
    pairs.iter().any(|pair| match pair {
        (Some(one), Some(other)) => other.chunks < one.chunks,
        _ => false,
    })
}

/// Bytes that had come of a message when it was blocked; none of one that was not.
fn blocked_bytes(line: &str) -> Option<u64> {
    let entry: Value = serde_json::from_str(line).ok()?;
    let blocked = entry.get("verdict").and_then(Value::as_str) == Some("block");
    entry.get("bytes_in").and_then(Value::as_u64).filter(|_| blocked)
}

/// Whether something else than the filter and the upstream had a say: a connection that was closed
/// while the next request was on its way.
pub(super) fn is_accident(envoy: &Came) -> bool {
    let details = envoy.details.as_str();
    details.starts_with("upstream_reset_before_response_started")
        || details.starts_with("downstream_remote_disconnect")
}

fn entries(came: &Came, chunks: Chunks) -> Vec<String> {
    let entries = came.outcome.told.iter().map(|line| {
        let Ok(mut entry) = serde_json::from_str::<Value>(line) else { return line.clone() };
        let blocked = entry.get("verdict").and_then(Value::as_str) == Some("block");
        if let (Chunks::Joined, Some(entry)) = (chunks, entry.as_object_mut()) {
            entry.remove("chunks");
            if blocked {
                // A chunk is counted whole, and the one that blocks may be a longer one.
                entry.remove("bytes_in");
                entry.remove("bytes_out");
            }
        }
        entry.to_string()
    });
    entries.collect()
}

fn side(
    name: &str,
    order: Order,
    harness: Option<&Received>,
    envoy: Option<&Received>,
    found: &mut Vec<String>,
) {
    let (harness, envoy) = match (harness, envoy) {
        (None, None) => return,
        (Some(harness), Some(envoy)) => (harness, envoy),
        // A request that is reset may never have reached the wire.
        (Some(harness), None) if name == "upstream" && harness.cut => return,
        (one, other) => {
            let is = |came: Option<&Received>| if came.is_some() { "something" } else { "nothing" };
            found.push(format!("{name}: received {} and {}", is(one), is(other)));
            return;
        }
    };
    if harness.cut != envoy.cut {
        let is = |cut: bool| if cut { "cut" } else { "whole" };
        found.push(format!("{name}: {} and {}", is(harness.cut), is(envoy.cut)));
        return;
    }
    for (what, one, other) in
        [("head", &harness.head, &envoy.head), ("trailers", &harness.trailers, &envoy.trailers)]
    {
        let lines = |headers: &Headers, came: &Received| {
            let mut lines = comparable(headers, order);
            // The codec of HTTP/1.1 says so of every answer that ends with its head.
            lines.retain(|line| !came.body.is_empty() || line != "content-length: 0");
            lines
        };
        let (one, other) = (lines(one, harness), lines(other, envoy));
        if one != other {
            found.push(format!("{name}: {what}: {}", apart(&one, &other)));
        }
    }
    let (one, other) = (without_crossing(&harness.body), without_crossing(&envoy.body));
    // What a host has not sent yet when a stream is reset, it drops.
    let same = if harness.cut { one.starts_with(&other) } else { one == other };
    if !same {
        found.push(format!("{name}: body: {}", parting(&one, &other)));
    }
}

/// How two lists of lines differ, without what is in them.
fn apart(one: &[String], other: &[String]) -> String {
    let names = |lines: &[String]| {
        let names = lines.iter().map(|line| line.split_once(": ").map_or("", |(name, _)| name));
        names.map(tellable).collect::<Vec<_>>()
    };
    let (here, there) = (names(one), names(other));
    if here != there {
        return format!("{here:?} and {there:?}");
    }
    let differing = one.iter().zip(other).zip(here).filter(|((one, other), _)| one != other);
    let told = differing.map(|((one, other), name)| {
        format!("`{name}`, {}", parting(one.as_bytes(), other.as_bytes()))
    });
    told.collect::<Vec<_>>().join("; ")
}

/// A name that a host knows, or how long it is: anything may stand in a name.
fn tellable(name: &str) -> String {
    let known = [Map::RequestHead, Map::ResponseHead].into_iter().flat_map(Map::joined);
    match known.chain(&["cookie", "set-cookie", "link"]).any(|own| *own == name) {
        true => name.to_owned(),
        false => format!("a name of {} bytes", name.len()),
    }
}

/// Where two texts part, without their bytes.
fn parting(one: &[u8], other: &[u8]) -> String {
    let same = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    format!("{} and {} bytes, which part after {same}", one.len(), other.len())
}

/// Lines as one reads them, pseudo-headers first.
fn comparable(headers: &Headers, order: Order) -> Vec<String> {
    let kept = headers.iter().filter(|(name, _)| {
        let text = String::from_utf8_lossy(name);
        !LEFT_OUT.iter().any(|(own, _)| *own == text)
    });
    let mut lines: Vec<(Vec<u8>, Vec<u8>)> = kept
        .map(|(name, value)| match name.as_slice() {
            b"host" => (b":authority".to_vec(), value.clone()),
            b"grpc-message" => (name.clone(), without_crossing(value)),
            _ => (name.clone(), value.clone()),
        })
        .collect();
    match order {
        Order::Whole => lines.sort_by_key(|(name, _)| match name.first() {
            Some(b':') => (0, name.clone()),
            _ => (1, Vec::new()),
        }),
        Order::WithinNames => lines.sort_by(|(one, _), (other, _)| one.cmp(other)),
    }
    let show = |(name, value): &(Vec<u8>, Vec<u8>)| {
        format!("{}: {}", name.escape_ascii(), value.escape_ascii())
    };
    lines.iter().map(show).collect()
}

/// A refusal tells the id of its crossing, which is random.
fn without_crossing(body: &[u8]) -> Vec<u8> {
    let mark = b"\"crossing\":\"";
    let Some(at) = body.windows(mark.len()).position(|window| window == mark) else {
        return body.to_vec();
    };
    let blocked = body.starts_with(b"{\"blocked\":");
    let from = at + mark.len();
    match body.get(from..from + 32) {
        Some(id) if blocked && id.iter().all(u8::is_ascii_hexdigit) => {
            [&body[..from], b"<id>", &body[from + 32..]].concat()
        }
        _ => body.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_refusals_are_left_out_and_nothing_else() {
        let body = |id: &str| format!("{{\"blocked\":\"finding\",\"crossing\":\"{id}\"}}\n");
        let (one, other) = (body(&"a".repeat(32)), body(&"b".repeat(32)));
        assert_eq!(without_crossing(one.as_bytes()), without_crossing(other.as_bytes()));
        let own = format!("{{\"x\":1,\"crossing\":\"{}\"}}", "a".repeat(32));
        assert_eq!(without_crossing(own.as_bytes()), own.as_bytes());
    }

    #[test]
    fn what_differs_is_told_without_what_is_in_it() {
        let secret = "x-4111111111111111: zed.quux@example.com".to_owned();
        let lines = |last: &str| vec![secret.clone(), format!("referer: {last}")];
        let told = [
            apart(&lines("zed.quux@example.com"), &lines("zed.quux@example.net")),
            apart(&lines("a"), std::slice::from_ref(&secret)),
            parting(b"4111111111111111", b"[credit_card]"),
        ];
        assert_eq!(
            told,
            [
                "`referer`, 29 and 29 bytes, which part after 26",
                "[\"a name of 18 bytes\", \"referer\"] and [\"a name of 18 bytes\"]",
                "16 and 13 bytes, which part after 0",
            ]
        );
    }

    #[test]
    fn order_counts_on_a_wire_that_keeps_it() {
        let pair = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
        let one = vec![pair("b", "1"), pair("a", "2"), pair("a", "3")];
        let other = vec![pair("a", "2"), pair("b", "1"), pair("a", "3")];
        assert_ne!(comparable(&one, Order::Whole), comparable(&other, Order::Whole));
        assert_eq!(comparable(&one, Order::WithinNames), comparable(&other, Order::WithinNames));
        let swapped = vec![pair("b", "1"), pair("a", "3"), pair("a", "2")];
        assert_ne!(comparable(&one, Order::WithinNames), comparable(&swapped, Order::WithinNames));
    }

    #[test]
    fn what_a_host_dropped_of_a_cut_body_is_no_difference_and_what_it_made_up_is() {
        let cut = |body: &[u8]| Received { body: body.to_vec(), cut: true, ..Received::default() };
        let differ = |one: &[u8], other: &[u8]| {
            let mut found = Vec::new();
            side("client", Order::Whole, Some(&cut(one)), Some(&cut(other)), &mut found);
            !found.is_empty()
        };
        assert!(!differ(b"abc", b"ab"));
        assert!(differ(b"abc", b"ax"));
        assert!(differ(b"ab", b"abc"));
    }
}
