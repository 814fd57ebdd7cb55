//! Reads entries back, as the filter writes them to the host's log: one line of JSON each.
//! Takes what it needs and minds nothing else, so that an entry may grow.

use serde_json::Value;

/// What an entry tells, as far as people ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The line itself.
    pub line: String,
    /// `request` or `response`.
    pub message: String,
    /// `forward`, `rewrite` or `block`.
    pub verdict: String,
    /// Why it was blocked.
    pub reason: Option<String>,
    /// Category, action, how often.
    pub findings: Vec<(String, String, u64)>,
    /// Rules that a finding met.
    pub rules: Vec<String>,
    /// Hex digest of the policy.
    pub policy: String,
}

impl Entry {
    /// The entry in a line of a log, if there is one.
    #[must_use]
    pub fn find(line: &str) -> Option<Self> {
        let (_, json) = line.split_once("cofferdam: {")?;
        Self::parse(&format!("{{{}", json.trim_end()))
    }

    /// Reads one line of JSON.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let list = |name: &str| value.get(name).and_then(Value::as_array).into_iter().flatten();
        Some(Self {
            line: line.to_owned(),
            message: text("message")?,
            verdict: text("verdict")?,
            reason: text("reason"),
            findings: list("findings").filter_map(finding).collect(),
            rules: list("rules").filter_map(|rule| Some(rule.as_str()?.to_owned())).collect(),
            policy: text("policy").unwrap_or_default(),
        })
    }
}

fn finding(value: &Value) -> Option<(String, String, u64)> {
    let text = |name: &str| Some(value.get(name)?.as_str()?.to_owned());
    Some((text("category")?, text("action")?, value.get("count")?.as_u64()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_found_in_a_line_of_the_log() {
        let line = "[info] wasm log x: cofferdam: \
        {\"message\":\"response\",\"verdict\":\"rewrite\",\
                    \"reason\":null,\"findings\":[{\"category\":\"email\",\"action\":\"redact\",\
                    \"count\":2}],\"rules\":[\"a#reply.1\"],\"policy\":\"ab\",\"new\":1}";
        let entry = Entry::find(line).expect("an entry");
        assert_eq!((entry.verdict.as_str(), entry.reason), ("rewrite", None));
        assert_eq!(entry.findings, [("email".to_owned(), "redact".to_owned(), 2)]);
        assert_eq!(entry.rules, ["a#reply.1"]);
        assert_eq!(Entry::find("[info] wasm log x: cofferdam: policy is active"), None);
    }
}
