//! Makes streams of events: payloads of JSON and text, and texts that go on from event to event.

use crate::body::{json, string};
use crate::entropy::Entropy;
use crate::words;

/// A stream of some events.
pub(crate) fn generate(entropy: &mut Entropy<'_>) -> String {
    let end = entropy.pick(&["\n", "\n", "\r\n", "\r"]);
    let mut out = String::new();
    for _ in 0..entropy.below(4) {
        match entropy.below(3) {
            0 => pieces(entropy, end, &mut out),
            _ => event(entropy, end, &mut out),
        }
    }
    if entropy.once_in(8) {
        out.push_str("data: [DONE]");
    }
    out
}

fn event(entropy: &mut Entropy<'_>, end: &str, out: &mut String) {
    if entropy.once_in(3) {
        let name = entropy.pick(&["id: ", ": ", "event: ", "retry: ", "dat: ", "data"]);
        let line = words::text(entropy, 3).replace(['\n', '\r'], " ");
        out.extend([name, line.as_str(), end]);
    }
    let payload = match entropy.once_in(2) {
        true => json(entropy),
        false => words::text(entropy, 4),
    };
    data(&payload, end, out);
}

fn data(payload: &str, end: &str, out: &mut String) {
    for line in payload.split(['\n', '\r']) {
        out.extend(["data: ", line, end]);
    }
    out.push_str(end);
}

/// A text, in pieces.
fn pieces(entropy: &mut Entropy<'_>, end: &str, out: &mut String) {
    let kind = entropy.below(5);
    let text = words::text(entropy, 8);
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let signs = 1 + entropy.below(12);
        let at = rest.char_indices().nth(signs).map_or(rest.len(), |(at, _)| at);
        let (piece, left) = rest.split_at(at);
        rest = left;
        let mut written = String::new();
        string(piece, entropy, &mut written);
        let payload = match kind {
            0 => piece.to_owned(),
            1 => written,
            2 => format!("{{\"type\":\"delta\",\"text\":{written}}}"),
            3 => format!("{{\"n\":7,\"state\":{written}}}"),
            _ => format!("{{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":{written}}}}}]}}"),
        };
        data(&payload, end, out);
        if entropy.once_in(12) {
            data("{\"type\":\"ping\"}", end, out);
        }
    }
}
