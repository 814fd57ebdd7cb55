//! Refusals that the filter makes itself, where no exchange was begun or the host failed.
//! Tells no more than a reason and an id.

use crate::host::Message;
use cofferdam_engine::entry::Entry;
use cofferdam_engine::exchange::{Headers, Refusal};
use cofferdam_engine::verdict::Reason;

/// Headers that may hold what nobody looked at, and that access logs show.
const LOGGED: [&[u8]; 5] =
    [b"referer", b"cookie", b"x-envoy-original-path", b"x-forwarded-uri", b"x-original-url"];

/// A refusal of one message.
#[must_use]
pub fn refuse(message: Message, reason: Reason, crossing: &[u8; 16]) -> Refusal {
    Refusal {
        reason,
        status: match message {
            Message::Request => reason.request_status(),
            Message::Response => reason.response_status(),
        },
        grpc_status: reason.grpc_status(),
        grpc_web: false,
        body: format!("{{\"blocked\":\"{reason}\",\"crossing\":\"{}\"}}\n", hex(crossing)),
        scrubbed: None,
    }
}

/// A request's headers without what access logs would show of them unseen.
#[must_use]
pub fn scrub(mut head: Headers) -> Headers {
    head.retain(|(name, _)| !LOGGED.contains(&name.as_slice()));
    for (name, value) in &mut head {
        if name == b":path" {
            *value = b"/".to_vec();
        }
    }
    head
}

/// The entry of a message that was refused before an exchange was begun: nobody was placed.
#[must_use]
pub fn entry(message: Message, reason: Reason, crossing: &[u8; 16], time: u64) -> Entry {
    Entry {
        time,
        took_ms: 0,
        crossing: hex(crossing),
        message: message.name(),
        from: "unplaced".to_owned(),
        from_by: "nothing",
        to: "unplaced".to_owned(),
        to_by: "nothing",
        boundary: None,
        mode: "enforce",
        rules: Vec::new(),
        findings: Vec::new(),
        verdict: "block",
        reason: Some(reason.name()),
        bytes_in: 0,
        bytes_out: 0,
        chunks: 0,
        policy: String::new(),
        fields: Vec::new(),
        grants: Vec::new(),
        trust: None,
        notes: Vec::new(),
        wanted: true,
    }
}

/// The line for access logs: `request=forward response=rewrite:email=2`.
#[must_use]
pub fn summary(entries: &[Entry]) -> String {
    let mut line = String::new();
    for entry in entries {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(entry.message);
        line.push('=');
        line.push_str(entry.verdict);
        if let Some(reason) = entry.reason {
            line.push(':');
            line.push_str(reason);
        }
        let mut divider = ':';
        for (category, _, times) in &entry.findings {
            line.push(divider);
            line.push_str(&format!("{category}={times}"));
            divider = ',';
        }
    }
    line
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
