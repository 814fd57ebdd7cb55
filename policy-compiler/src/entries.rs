//! Reads back the entries that a filter wrote, out of the lines of a proxy's log.
//! Takes the keys that it knows and no others; whatever else a line holds is not kept.

use serde_json::Value;

/// One crossing, as its entry tells it. Names are those of the log: anybody may have written it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Unix milliseconds at which the exchange began.
    pub time: u64,
    /// The same for a request and its reply.
    pub crossing: String,
    /// A request; else a reply.
    pub is_request: bool,
    /// Zone that the message leaves.
    pub from: String,
    /// What placed it.
    pub from_by: String,
    /// Zone that the message enters.
    pub to: String,
    /// What placed it.
    pub to_by: String,
    /// The boundary, where there is one.
    pub boundary: Option<String>,
    /// Nothing was altered, whatever the verdict says.
    pub observed: bool,
    /// Rules that a finding met.
    pub rules: Vec<String>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// `forward`, `rewrite` or `block`.
    pub verdict: String,
    /// Why it was blocked.
    pub reason: Option<String>,
    /// Bytes of the body that came.
    pub bytes_in: u64,
    /// Bytes of the body that were let on.
    pub bytes_out: u64,
    /// Digest of the policy; empty where none was in force.
    pub policy: String,
    /// Grants that it used, by the beginning of their ids.
    pub grants: Vec<String>,
}

/// How often a category was found, and what was done to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// The category.
    pub category: String,
    /// The action.
    pub action: String,
    /// How often.
    pub count: u64,
}

impl Entry {
    /// The entry in a line of a log: a JSON object, with anything before it.
    #[must_use]
    pub fn find(line: &[u8]) -> Option<Self> {
        Self::find_with_json(line).map(|(entry, _)| entry)
    }

    /// The same, with its JSON as it stands in the line.
    #[must_use]
    pub fn find_with_json(line: &[u8]) -> Option<(Self, &str)> {
        let at = line.iter().position(|&byte| byte == b'{')?;
        let json = std::str::from_utf8(line.get(at..)?).ok()?.trim_end();
        let value: Value = serde_json::from_str(json).ok()?;
        Self::of(&value).map(|entry| (entry, json))
    }

    fn of(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let owned = |key: &str| text(key).unwrap_or_default().to_owned();
        let number = |key: &str| value.get(key).and_then(Value::as_u64).unwrap_or_default();
        let list = |key: &str| value.get(key).and_then(Value::as_array).into_iter().flatten();
        Some(Self {
            time: number("time"),
            crossing: text("crossing")?.to_owned(),
            is_request: text("message")? == "request",
            from: owned("from"),
            from_by: owned("from_by"),
            to: owned("to"),
            to_by: owned("to_by"),
            boundary: text("boundary").map(str::to_owned),
            observed: text("mode") == Some("observe"),
            rules: list("rules").filter_map(Value::as_str).map(str::to_owned).collect(),
            findings: list("findings").filter_map(Finding::of).collect(),
            verdict: text("verdict")?.to_owned(),
            reason: text("reason").map(str::to_owned),
            bytes_in: number("bytes_in"),
            bytes_out: number("bytes_out"),
            policy: text("policy")?.to_owned(),
            grants: list("grants").filter_map(Value::as_str).map(str::to_owned).collect(),
        })
    }

    /// What the message is called.
    #[must_use]
    pub fn message(&self) -> &'static str {
        if self.is_request { "request" } else { "response" }
    }
}

impl Finding {
    fn of(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let count = value.get("count").and_then(Value::as_u64).unwrap_or(1);
        Some(Self { category: text("category")?, action: text("action")?, count })
    }
}

#[cfg(test)]
mod tests {
    use super::Entry;
    use cofferdam_engine::entry;

    fn told() -> entry::Entry {
        entry::Entry {
            time: 7,
            took_ms: 1,
            crossing: "0a".to_owned(),
            message: "response",
            from: "shop".to_owned(),
            from_by: "upstream",
            to: "public".to_owned(),
            to_by: "listener",
            boundary: Some("visitors".to_owned()),
            mode: "observe",
            rules: vec!["visitors#reply.1".to_owned()],
            findings: vec![("email".to_owned(), "redact", 2)],
            verdict: "block",
            reason: Some("rule"),
            bytes_in: 30,
            bytes_out: 20,
            chunks: 1,
            policy: "abc".to_owned(),
            fields: Vec::new(),
            grants: vec!["0123456789ab".to_owned()],
            trust: Some("{\"release\":7}".to_owned()),
            notes: Vec::new(),
            wanted: true,
        }
    }

    #[test]
    fn what_the_engine_writes_is_read_back() {
        let json = told().to_json(3);
        let line = format!("[2026-01-01][1][info][wasm] wasm log: cofferdam: {json}\r");
        let (entry, found) = Entry::find_with_json(line.as_bytes()).expect("an entry");
        assert_eq!(found, json);
        assert_eq!((entry.time, entry.crossing.as_str(), entry.message()), (7, "0a", "response"));
        assert_eq!((entry.from.as_str(), entry.to.as_str()), ("shop", "public"));
        assert_eq!((entry.from_by.as_str(), entry.to_by.as_str()), ("upstream", "listener"));
        assert_eq!(entry.boundary.as_deref(), Some("visitors"));
        assert!(entry.observed);
        assert_eq!(entry.rules, ["visitors#reply.1"]);
        let found = &entry.findings[0];
        assert_eq!((&*found.category, &*found.action, found.count), ("email", "redact", 2));
        assert_eq!((&*entry.verdict, entry.reason.as_deref()), ("block", Some("rule")));
        assert_eq!((entry.bytes_in, entry.bytes_out, &*entry.policy), (30, 20, "abc"));
        assert_eq!(entry.grants, ["0123456789ab"]);
    }

    #[test]
    fn other_lines_are_no_entry() {
        for line in ["", "nothing", "{", "{}", "{\"crossing\":1}", "main loop {} {\"a\":1}"] {
            assert_eq!(Entry::find(line.as_bytes()), None, "{line}");
        }
        assert_eq!(Entry::find(b"{\"crossing\":\"\xff\"}"), None);
    }
}
