//! What is told about one crossing. Never a value, a URL or a header.

use alloc::string::String;
use alloc::vec::Vec;

/// What is told about one crossing. Fields are public for adapters that count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Unix milliseconds at which the exchange began.
    pub time: u64,
    /// Milliseconds from there to its end.
    pub took_ms: u64,
    /// Hex; the same for a request and its reply, and in the reply that says `blocked`.
    pub crossing: String,
    /// `request` or `response`.
    pub message: &'static str,
    /// Zone that the message leaves.
    pub from: String,
    /// What placed it.
    pub from_by: &'static str,
    /// Zone that the message enters.
    pub to: String,
    /// What placed it.
    pub to_by: &'static str,
    /// The boundary's id; none where there is no boundary.
    pub boundary: Option<String>,
    /// `enforce` or `observe`.
    pub mode: &'static str,
    /// Rules that a finding met, sorted.
    pub rules: Vec<String>,
    /// Category, action and how often, sorted.
    pub findings: Vec<(String, &'static str, u64)>,
    /// `forward`, `rewrite` or `block`; in observe mode what it would have been.
    pub verdict: &'static str,
    /// Why it was blocked.
    pub reason: Option<&'static str>,
    /// Bytes of the body that came.
    pub bytes_in: u64,
    /// Bytes of the body that were let on.
    pub bytes_out: u64,
    /// Chunks that the body came in.
    pub chunks: u64,
    /// Hex digest of the policy.
    pub policy: String,
    /// Declared field paths that were found, sorted.
    pub fields: Vec<String>,
    /// Grants that a finding met, by their short ids, sorted.
    pub grants: Vec<String>,
    /// What shows that the policy may be in force, where the adapter knows it: a JSON object.
    pub trust: Option<String>,
    /// Things worth telling: `token_key_missing`; why a grant did not help.
    pub notes: Vec<&'static str>,
    /// Whether the policy wants this entry written (`entries:`); counters count it always.
    pub wanted: bool,
}

/// Room for a usual line.
const LINE_BYTES: usize = 640;

impl Entry {
    /// One line of JSON, with the adapter's own sequence number.
    #[must_use]
    pub fn to_json(&self, sequence: u64) -> String {
        let mut json = String::with_capacity(LINE_BYTES);
        json.push('{');
        number(&mut json, "time", self.time);
        number(&mut json, "sequence", sequence);
        text(&mut json, "crossing", &self.crossing);
        text(&mut json, "message", self.message);
        text(&mut json, "from", &self.from);
        text(&mut json, "from_by", self.from_by);
        text(&mut json, "to", &self.to);
        text(&mut json, "to_by", self.to_by);
        if let Some(boundary) = &self.boundary {
            text(&mut json, "boundary", boundary);
        }
        text(&mut json, "mode", self.mode);
        list(&mut json, "rules", self.rules.iter().map(String::as_str));
        name(&mut json, "findings");
        json.push('[');
        for (n, (category, action, count)) in self.findings.iter().enumerate() {
            json.push_str(if n == 0 { "{" } else { ",{" });
            text(&mut json, "category", category);
            text(&mut json, "action", action);
            number(&mut json, "count", *count);
            json.push('}');
        }
        json.push(']');
        text(&mut json, "verdict", self.verdict);
        if let Some(reason) = self.reason {
            text(&mut json, "reason", reason);
        }
        number(&mut json, "bytes_in", self.bytes_in);
        number(&mut json, "bytes_out", self.bytes_out);
        number(&mut json, "chunks", self.chunks);
        number(&mut json, "took_ms", self.took_ms);
        list(&mut json, "fields", self.fields.iter().map(String::as_str));
        list(&mut json, "notes", self.notes.iter().copied());
        text(&mut json, "policy", &self.policy);
        if let Some(trust) = &self.trust {
            name(&mut json, "trust");
            json.push_str(trust);
        }
        if !self.grants.is_empty() {
            list(&mut json, "grants", self.grants.iter().map(String::as_str));
        }
        json.push('}');
        json
    }
}

// PERF: an entry is a fifth of what a small message costs: no formatter, and no character by itself
// where nothing has to be escaped (2026-11-23).
fn name(json: &mut String, name: &str) {
    if !matches!(json.as_bytes().last(), Some(b'{' | b'[')) {
        json.push(',');
    }
    json.push('"');
    json.push_str(name);
    json.push_str("\":");
}

fn number(json: &mut String, key: &str, value: u64) {
    name(json, key);
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = value;
    for digit in digits.iter_mut().rev() {
        *digit = u8::try_from(rest % 10).unwrap_or(0);
        (rest, at) = (rest / 10, at - 1);
        if rest == 0 {
            break;
        }
    }
    digits.iter().skip(at).for_each(|digit| json.push(char::from(b'0' + *digit)));
}

fn text(json: &mut String, key: &str, value: &str) {
    name(json, key);
    quoted(json, value);
}

fn list<'i>(json: &mut String, key: &str, items: impl Iterator<Item = &'i str>) {
    name(json, key);
    json.push('[');
    for (n, item) in items.enumerate() {
        if n > 0 {
            json.push(',');
        }
        quoted(json, item);
    }
    json.push(']');
}

/// Names come from a policy, which refuses control characters; they are escaped all the same.
fn quoted(json: &mut String, value: &str) {
    json.push('"');
    if value.bytes().any(|byte| matches!(byte, b'"' | b'\\' | 0..b' ')) {
        value.chars().for_each(|c| escaped(json, c));
    } else {
        json.push_str(value);
    }
    json.push('"');
}

fn escaped(json: &mut String, c: char) {
    match c {
        '"' | '\\' => json.extend(['\\', c]),
        c if c < ' ' => json.push_str(&alloc::format!("\\u{:04x}", u32::from(c))),
        c => json.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::{number, text};
    use alloc::format;
    use alloc::string::String;

    #[test]
    fn numbers_are_written_as_they_are() {
        for value in [0, 7, 10, 999, 1_700_000_000_000, u64::MAX] {
            let mut json = String::from("{");
            number(&mut json, "n", value);
            assert_eq!(json, format!("{{\"n\":{value}"));
        }
    }

    #[test]
    fn what_would_end_a_text_is_escaped() {
        let cases = [
            ("visitors", "visitors"),
            ("größe", "größe"),
            ("a\"b\\c", "a\\\"b\\\\c"),
            ("\u{1}é\n", "\\u0001é\\u000a"),
        ];
        for (value, written) in cases {
            let mut json = String::from("{");
            text(&mut json, "t", value);
            assert_eq!(json, format!("{{\"t\":\"{written}\""));
        }
    }
}
