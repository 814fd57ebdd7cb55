//! What a proxy's logs say beside entries, where a person should know it.
//! Takes words of the proxy and of the filter only; neither writes what a message held.

use serde_json::Value;

/// What the filter begins its lines with.
const OURS: &str = "cofferdam: ";
/// The one line of it that tells of nothing wrong.
const IN_FORCE: &str = " is in force";
/// Flags of a request whose upstream could not be reached.
const UNREACHED: [&str; 4] = ["UF", "UH", "UC", "UT"];

/// A line of the access log: a service that cannot be reached.
#[must_use]
pub fn of_access(line: &[u8]) -> Option<String> {
    let line: Value = serde_json::from_slice(line).ok()?;
    let text = |key: &str| line.get(key).and_then(Value::as_str).unwrap_or_default();
    let flags = text("flags");
    let is_unreached = flags.split(',').any(|flag| UNREACHED.contains(&flag));
    is_unreached.then(|| {
        let details = text("details").replace('_', " ");
        format!("the service cannot be reached: {details} ({flags})")
    })
}

/// A line of the log: something that the filter says is wrong.
#[must_use]
pub fn of_log(line: &[u8]) -> Option<String> {
    let line = std::str::from_utf8(line).ok()?.trim_end();
    let (_, text) = line.rsplit_once(OURS)?;
    let is_wrong = !text.ends_with(IN_FORCE) && !text.is_empty() && !text.starts_with('{');
    is_wrong.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{of_access, of_log};

    #[test]
    fn a_service_that_is_not_there_is_told() {
        let line = br#"{"status":503,"details":"upstream_reset{refused}","flags":"UF,URX"}"#;
        let told = of_access(line).expect("trouble");
        assert_eq!(told, "the service cannot be reached: upstream reset{refused} (UF,URX)");
        for line in ["", "{}", r#"{"flags":"-"}"#, r#"{"flags":"RBAC"}"#, r#"{"flags":7}"#] {
            assert_eq!(of_access(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn what_the_filter_says_is_told_but_that_it_runs() {
        let line = "[x][warning][wasm] wasm log cofferdam: cofferdam: environment: no key";
        assert_eq!(of_log(line.as_bytes()).as_deref(), Some("environment: no key"));
        let fine = "[x][info][wasm] wasm log: cofferdam: policy `a` 0f is in force";
        for line in [fine, "", "cofferdam: ", "[x][warning] something else", "cofferdam: {}"] {
            assert_eq!(of_log(line.as_bytes()), None, "{line}");
        }
    }
}
