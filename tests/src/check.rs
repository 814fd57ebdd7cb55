//! Compares what a run came to with what its case says, and with another runner's.
//! Says every difference, in words that hold no message text beyond the case's own.

use crate::case::{Case, Expect, ExpectBody, ExpectVerdict, Headers};
use crate::runner::{Outcome, Received, Seen};
use cofferdam_engine::verdict::Reason;
use flate2::read::{DeflateDecoder, GzDecoder, MultiGzDecoder, ZlibDecoder};
use std::borrow::Cow;
use std::io::Read;

/// Shortest run of a leak that must not be told anywhere.
const ECHO_BYTES: usize = 4;

/// Everything in which a filtered run differs from its case.
#[must_use]
pub fn differences(case: &Case, outcome: &Outcome) -> Vec<String> {
    let mut found = Differences::default();
    let request = &case.expect_request;
    let response = &case.expect_response;
    found.entry("request", request, outcome.request.as_ref());
    found.entry("response", response, outcome.response.as_ref());
    if request.stops() {
        found.stopped(case, outcome);
    } else {
        let sent = case.request.body.as_deref().unwrap_or_default();
        match &outcome.upstream {
            Some(received) => found.received("upstream", request, sent, received),
            None => found.say("the upstream received nothing"),
        }
        found.answered(case, outcome);
    }
    found.counted(request, outcome.request.as_ref(), outcome.upstream.as_ref());
    found.counted(response, outcome.response.as_ref(), outcome.client.as_ref());
    for leak in &case.leaks {
        if comes_out(leak, outcome) {
            found.say(&format!("`{}` comes out", leak.escape_ascii()));
        }
        if let Some(line) = outcome.told.iter().find(|line| echoes(leak, line)) {
            found.say(&format!("a piece of `{}` is told: {line}", leak.escape_ascii()));
        }
    }
    found.list
}

/// The leaks that a run without the filter did not let out: those prove nothing.
#[must_use]
pub fn leaks_missing(case: &Case, outcome: &Outcome) -> Vec<String> {
    let missing = case.leaks.iter().filter(|leak| !comes_out(leak, outcome));
    missing.map(|leak| leak.escape_ascii().to_string()).collect()
}

/// Everything in which two runs of one case differ, though they should agree.
#[must_use]
pub fn disagreements(one: &Outcome, other: &Outcome) -> Vec<String> {
    let mut found = Differences::default();
    let verdict = |seen: &Option<Seen>| {
        seen.as_ref().map(|seen| (seen.verdict.clone(), seen.reason.clone(), seen.findings.clone()))
    };
    for (message, a, b) in
        [("request", &one.request, &other.request), ("response", &one.response, &other.response)]
    {
        if verdict(a) != verdict(b) {
            found.say(&format!("{message}: {:?} and {:?}", verdict(a), verdict(b)));
        }
    }
    let sides =
        [("upstream", &one.upstream, &other.upstream), ("client", &one.client, &other.client)];
    for (side, a, b) in sides {
        match (a, b) {
            (None, None) => {}
            (Some(a), Some(b)) => found.same(side, a, b),
            // Where a block comes in the middle of a chunk, nothing of that chunk has left.
            (Some(some), None) | (None, Some(some)) if some.cut => {}
            _ => found.say(&format!("{side}: one received something, the other nothing")),
        }
    }
    found.list
}

fn comes_out(leak: &[u8], outcome: &Outcome) -> bool {
    let has = |bytes: &[u8]| bytes.windows(leak.len()).any(|window| window == leak);
    let lists = |headers: &Headers| headers.iter().any(|(name, value)| has(name) || has(value));
    [&outcome.upstream, &outcome.client].into_iter().flatten().any(|received| {
        let body = &received.body;
        has(body) || has(&opened(body)) || lists(&received.head) || lists(&received.trailers)
    })
}

/// What a coded body holds: without compression brotli and zstd show it, and without zeros UTF-16
/// does.
fn opened(body: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    let mut readers: [Box<dyn Read>; 3] = [
        Box::new(MultiGzDecoder::new(body)),
        Box::new(ZlibDecoder::new(body)),
        Box::new(DeflateDecoder::new(body)),
    ];
    // What is in another coding is no stream of this one, or ends early: both are no matter here.
    for reader in &mut readers {
        let _ = reader.read_to_end(&mut content);
    }
    // Messages of gRPC are coded one by one.
    for at in body.windows(3).enumerate().filter(|(_, magic)| *magic == [0x1f, 0x8b, 8]) {
        let _ = GzDecoder::new(&body[at.0..]).read_to_end(&mut content);
    }
    content.extend_from_slice(body);
    content.retain(|byte| *byte != 0);
    content
}

/// What a body holds that says that it is in gzip, which it must be to its last byte; any other as
/// it came.
fn content(received: &Received) -> Cow<'_, [u8]> {
    let body = received.body.as_slice();
    if received.header("content-encoding") != Some(b"gzip".as_slice()) {
        return body.into();
    }
    let mut content = Vec::new();
    match MultiGzDecoder::new(body).read_to_end(&mut content) {
        Ok(_) => content.into(),
        Err(_) => body.into(),
    }
}

fn echoes(leak: &[u8], line: &str) -> bool {
    let line = line.as_bytes();
    leak.windows(ECHO_BYTES).any(|piece| line.windows(ECHO_BYTES).any(|window| window == piece))
}

/// Which bytes are the reply of the filter itself, and why.
fn blocked_by(received: &Received) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(&received.body).ok()?;
    value.get("blocked")?.as_str().map(str::to_owned)
}

#[derive(Default)]
struct Differences {
    list: Vec<String>,
}

impl Differences {
    fn say(&mut self, text: &str) {
        self.list.push(text.to_owned());
    }

    fn differ<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, expected: T, found: T) {
        if expected != found {
            self.list.push(format!("{what}: expected {expected:?}, found {found:?}"));
        }
    }

    fn entry(&mut self, message: &str, expect: &Expect, seen: Option<&Seen>) {
        if let (true, Some(seen)) = (expect.untold, seen) {
            self.say(&format!("{message}: told, as {}", seen.verdict));
            return;
        }
        let Some(seen) = seen else {
            if expect.verdict != ExpectVerdict::Absent && !expect.untold {
                self.say(&format!("{message}: no entry"));
            }
            return;
        };
        let named = |what: &str| format!("{message}: {what}");
        self.differ(&named("verdict"), expect.verdict.name(), seen.verdict.as_str());
        self.differ(&named("reason"), expect.reason.as_deref(), seen.reason.as_deref());
        self.differ(&named("findings"), &expect.findings, &seen.findings);
        if let Some(rules) = &expect.rules {
            self.differ(&named("rules"), rules, &seen.rules);
        }
        if let Some(boundary) = &expect.boundary {
            self.differ(&named("boundary"), Some(boundary), seen.boundary.as_ref());
        }
        if let Some(zones) = &expect.zones {
            self.differ(&named("zones"), zones, &seen.zones);
        }
        if let Some(notes) = &expect.notes {
            self.differ(&named("notes"), notes, &seen.notes);
        }
    }

    /// An entry tells how many bytes of the body left; of those a host that cuts may drop some.
    fn counted(&mut self, expect: &Expect, seen: Option<&Seen>, received: Option<&Received>) {
        let Some(seen) = seen.filter(|seen| seen.chunks > 0) else { return };
        let own = received.filter(|received| blocked_by(received).is_none());
        let length = own.map_or(0, |received| received.body.len() as u64);
        if length > seen.bytes_out || length < seen.bytes_out && !expect.cut {
            self.say(&format!("{length} bytes came out, and {} are told", seen.bytes_out));
        }
    }

    /// The request must have been stopped: the upstream has nothing, or a beginning without end.
    fn stopped(&mut self, case: &Case, outcome: &Outcome) {
        let expect = &case.expect_request;
        match (&outcome.upstream, expect.cut) {
            (None, _) => {}
            (Some(_), false) => self.say("the upstream received something"),
            (Some(received), true) => {
                if !received.cut {
                    self.say("the upstream received an end");
                }
                self.texts("upstream", expect, received);
            }
        }
        match &outcome.client {
            Some(client) => self.refused(expect, client, true),
            None => self.say("the client received no answer"),
        }
    }

    /// The response: what the client received.
    fn answered(&mut self, case: &Case, outcome: &Outcome) {
        let expect = &case.expect_response;
        let Some(client) = &outcome.client else {
            self.say("the client received nothing");
            return;
        };
        let sent = case.response.body.as_deref().unwrap_or_default();
        match (expect.stops(), expect.cut) {
            (true, false) => self.refused(expect, client, false),
            (true, true) => {
                // A stream whose block comes before its head is let on is refused, not cut.
                if blocked_by(client).is_some() {
                    self.refused(expect, client, false);
                    return;
                }
                if !client.cut {
                    self.say("the client received an end");
                }
                self.texts("client", expect, client);
            }
            (false, _) => self.received("client", expect, sent, client),
        }
    }

    fn refused(&mut self, expect: &Expect, client: &Received, request: bool) {
        let reason =
            Reason::ALL.iter().find(|reason| Some(reason.name()) == expect.reason.as_deref());
        let by_reason = reason.map(|reason| match request {
            true => reason.request_status(),
            false => reason.response_status(),
        });
        let grpc = client.header("grpc-status").is_some();
        let status = expect.status.or(by_reason.filter(|_| !grpc));
        if let Some(status) = status {
            self.differ("status of the refusal", Some(status), status_of(client));
        }
        if !grpc && !client.body.is_empty() {
            self.differ("reason in the refusal", expect.reason.clone(), blocked_by(client));
        }
        self.headers("client", &expect.headers, client);
    }

    fn received(&mut self, side: &str, expect: &Expect, sent: &[u8], received: &Received) {
        if received.cut {
            self.say(&format!("{side}: the end never came"));
        }
        match &expect.body {
            ExpectBody::Same => self.body(side, sent, &received.body),
            ExpectBody::Exact(body) => self.body(side, body, &content(received)),
            ExpectBody::Open => {}
        }
        self.texts(side, expect, received);
        if let Some(line) = &expect.line {
            let text = |name: &str| {
                String::from_utf8_lossy(received.header(name).unwrap_or_default()).into_owned()
            };
            self.differ(
                &format!("{side}: line"),
                line.clone(),
                format!("{} {}", text(":method"), text(":path")),
            );
        }
        if expect.status.is_some() {
            self.differ(&format!("{side}: status"), expect.status, status_of(received));
        }
        self.headers(side, &expect.headers, received);
        for name in &expect.lacks_headers {
            if received.header(name).is_some() {
                self.say(&format!("{side}: header `{name}` is there"));
            }
        }
        if let Some(trailers) = &expect.trailers {
            self.differ(&format!("{side}: trailers"), shown(trailers), shown(&received.trailers));
        }
        self.framing(side, received);
    }

    /// A length that is not the body's breaks the connection for whatever comes next.
    fn framing(&mut self, side: &str, received: &Received) {
        let Some(length) = received.header("content-length") else { return };
        let length = std::str::from_utf8(length).ok().and_then(|text| text.parse().ok());
        if !received.body.is_empty() && length != Some(received.body.len()) {
            self.say(&format!("{side}: content-length is not the length of the body"));
        }
    }

    fn texts(&mut self, side: &str, expect: &Expect, received: &Received) {
        let content = content(received);
        let text = String::from_utf8_lossy(&content);
        for part in expect.contains.iter().filter(|part| !text.contains(*part)) {
            self.say(&format!("{side}: the body lacks `{part}`"));
        }
        for part in expect.lacks.iter().filter(|part| text.contains(*part)) {
            self.say(&format!("{side}: the body has `{part}`"));
        }
    }

    fn headers(&mut self, side: &str, expected: &Headers, received: &Received) {
        for (name, value) in expected {
            let mut values = received.head.iter().filter(|(other, _)| other == name);
            if !values.any(|(_, other)| fits(value, other)) {
                let values = received.head.iter().filter(|(other, _)| other == name);
                let there: Vec<_> = values.map(|(_, v)| v.escape_ascii().to_string()).collect();
                self.say(&format!(
                    "{side}: no header `{}: {}`, but {there:?}",
                    name.escape_ascii(),
                    value.escape_ascii()
                ));
            }
        }
    }

    fn body(&mut self, side: &str, expected: &[u8], found: &[u8]) {
        if !fits(expected, found) {
            self.say(&format!(
                "{side}: body: expected `{}`, found `{}`",
                around(expected, found),
                around(found, expected)
            ));
        }
    }

    fn same(&mut self, side: &str, one: &Received, other: &Received) {
        let (cut, refused) = (one.cut || other.cut, (blocked_by(one), blocked_by(other)));
        // A stream is refused when the block comes before its head has left, and else cut: what
        // left before it must be the beginning of one stream.
        if cut {
            let shorter = one.body.len().min(other.body.len());
            if refused == (None, None) && one.body[..shorter] != other.body[..shorter] {
                self.say(&format!("{side}: what left before the cut is not one stream"));
            }
            return;
        }
        self.differ(&format!("{side}: status"), status_of(one), status_of(other));
        self.differ(&format!("{side}: trailers"), shown(&one.trailers), shown(&other.trailers));
        // Refusals differ by the crossing's id.
        match refused {
            (None, None) => self.body(side, &one.body, &other.body),
            (one, other) => self.differ(&format!("{side}: reason in the refusal"), one, other),
        }
    }
}

fn status_of(received: &Received) -> Option<u16> {
    std::str::from_utf8(received.header(":status")?).ok()?.parse().ok()
}

fn shown(headers: &Headers) -> Vec<String> {
    headers.iter().map(|(n, v)| format!("{}: {}", n.escape_ascii(), v.escape_ascii())).collect()
}

/// The piece of a text around the first byte in which it differs from another.
fn around(text: &[u8], other: &[u8]) -> String {
    let at = text.iter().zip(other).take_while(|(a, b)| a == b).count();
    let from = at.saturating_sub(40);
    let piece = text.get(from..text.len().min(at + 60)).unwrap_or_default();
    let before = if from > 0 { ".." } else { "" };
    let after = if at + 60 < text.len() { ".." } else { "" };
    format!("{before}{}{after}", piece.escape_ascii())
}

/// Whether a text is the expected one, in which `${token:n}` is any token, the same for the same n.
fn fits(expected: &[u8], found: &[u8]) -> bool {
    const OPEN: &[u8] = b"${token:";
    const TOKEN_CHARS: usize = 34;
    let mut known: Vec<(&[u8], &[u8])> = Vec::new();
    let (mut expected, mut found) = (expected, found);
    loop {
        let hole = expected.windows(OPEN.len()).position(|window| window == OPEN);
        let Some(hole) = hole else { return expected == found };
        let Some((literal, rest)) = found.split_at_checked(hole) else { return false };
        let Some((token, after)) = rest.split_at_checked(TOKEN_CHARS) else { return false };
        let name_at = hole + OPEN.len();
        let Some(close) = expected.iter().skip(name_at).position(|byte| *byte == b'}') else {
            return false;
        };
        let name = &expected[name_at..name_at + close];
        let base32 = |byte: &u8| matches!(byte, b'a'..=b'z' | b'2'..=b'7');
        let same = known.iter().find(|(other, _)| *other == name);
        if literal != &expected[..hole]
            || !token.iter().all(base32)
            || same.is_some_and(|(_, other)| *other != token)
            || same.is_none() && known.iter().any(|(_, other)| *other == token)
        {
            return false;
        }
        known.push((name, token));
        expected = &expected[name_at + close + 1..];
        found = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_stand_for_themselves_and_for_each_other() {
        let (one, two) = ("a".repeat(34), "b".repeat(34));
        let text = |a: &str, b: &str| format!("x_{a} y_{b}.").into_bytes();
        assert!(fits(b"x_${token:1} y_${token:1}.", &text(&one, &one)));
        assert!(fits(b"x_${token:1} y_${token:2}.", &text(&one, &two)));
        assert!(!fits(b"x_${token:1} y_${token:1}.", &text(&one, &two)));
        assert!(!fits(b"x_${token:1} y_${token:2}.", &text(&one, &one)));
        assert!(!fits(b"x_${token:1} y_${token:2}.", &text(&one, "ann@example.com")));
        assert!(fits(b"plain", b"plain"));
        assert!(!fits(b"plain", b"plainer"));
    }

    #[test]
    fn four_bytes_are_an_echo_and_three_are_none() {
        assert!(echoes(b"ann@example.com", "said n@ex here"));
        assert!(!echoes(b"ann@example.com", "said exa here, and com"));
    }
}
