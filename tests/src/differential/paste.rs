//! Writes an exchange as a case of `tests/cases`, to be pasted there.
//! Says what was sent and what the harness made of it; whether that is right is for a person.

use super::both::Came;
use super::sample::{Part, Sample, nearest};
use crate::case::Headers;
use crate::runner::Seen;
use std::fmt::Write as _;

/// The text of one case under a policy.
pub(super) fn case(name: &str, policy: &str, sample: &Sample, came: &Came) -> String {
    let mut text = format!(
        "# {:?} to {:?}; the request in {:?}, the answer in {:?}\n[[case]]\nname = {}\npolicy = {}\n\
         via = {{ port = 8443, cluster = \"b\" }}\n",
        sample.down,
        sample.up,
        nearest(&sample.request),
        nearest(&sample.response),
        quoted(name),
        quoted(policy),
    );
    let line = |part: &Part| {
        let text = |name: &str| String::from_utf8_lossy(part.first(name)).into_owned();
        format!("{} {}", text(":method"), text(":path"))
    };
    let status = String::from_utf8_lossy(sample.response.first(":status")).into_owned();
    let _ = writeln!(text, "line = {}", quoted(&line(&sample.request)));
    text.push_str(&message(&sample.request));
    expect(came.outcome.request.as_ref(), &mut text);
    let _ = writeln!(text, "\n[case.response]\nstatus = {status}");
    text.push_str(&message(&sample.response));
    expect(came.outcome.response.as_ref(), &mut text);
    text
}

fn message(part: &Part) -> String {
    let mut text = String::new();
    let own = |name: &[u8]| name == b":authority" || !name.starts_with(b":");
    let headers = part.head.iter().filter(|(name, _)| own(name)).cloned().collect();
    lines("headers", &headers, &mut text);
    if let Some(body) = &part.body {
        let _ = match std::str::from_utf8(body) {
            Ok(body) => writeln!(text, "body = {}", quoted(body)),
            Err(_) => {
                let hex: String = body.iter().map(|byte| format!("{byte:02x}")).collect();
                writeln!(text, "body = [{{ hex = \"{hex}\" }}]")
            }
        };
    }
    lines("trailers", &part.trailers, &mut text);
    text
}

fn lines(key: &str, headers: &Headers, text: &mut String) {
    if headers.is_empty() {
        return;
    }
    let line =
        |(name, value): &(Vec<u8>, Vec<u8>)| quoted(&format!("{}: {}", bytes(name), bytes(value)));
    let all: Vec<_> = headers.iter().map(line).collect();
    let _ = writeln!(text, "{key} = [{}]", all.join(", "));
}

/// Text, in which what is not ASCII is written as a byte of a case is.
fn bytes(raw: &[u8]) -> String {
    let shown = |byte: &u8| match byte {
        b'\\' => "\\x5c".to_owned(),
        b' '..=b'~' => char::from(*byte).to_string(),
        _ => format!("\\x{byte:02x}"),
    };
    raw.iter().map(shown).collect()
}

fn expect(seen: Option<&Seen>, text: &mut String) {
    let Some(seen) = seen else { return };
    let reason = seen.reason.as_ref().map(|reason| format!(", reason = {}", quoted(reason)));
    let findings: Vec<_> =
        seen.findings.iter().map(|(category, count)| format!("{category:?} = {count}")).collect();
    let _ = writeln!(
        text,
        "expect = {{ verdict = {}{}, findings = {{ {} }} }}",
        quoted(&seen.verdict),
        reason.unwrap_or_default(),
        findings.join(", ")
    );
}

/// A string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' || c == '\u{7f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case;

    #[test]
    fn what_is_written_is_read_back_as_the_same_messages() {
        for n in 0..300 {
            let sample = Sample::generate(5, n);
            let text = case("it differs", "basic", &sample, &Came::default());
            let read = case::parse(&text, "pasted").unwrap_or_else(|error| {
                panic!("{error:#}\n{text}");
            });
            for (part, message) in
                [(&sample.request, &read[0].request), (&sample.response, &read[0].response)]
            {
                assert_eq!(part.body, message.body, "{text}");
                assert_eq!(part.trailers, message.trailers, "{text}");
                for line in &part.head {
                    assert!(message.head.contains(line), "{line:?}\n{text}");
                }
            }
        }
    }
}
