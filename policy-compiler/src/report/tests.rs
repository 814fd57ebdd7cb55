//! Results of a policy's own tests: for people, as JUnit XML, as JSON.
//! Shows what the policy's author made up, escaped for the format.

use super::text::place;
use super::{printable, untested, xml};
use crate::cases::{CaseResult, Examined, InModule};
use crate::diagnostic::Source;
use serde_json::json;
use std::fmt::Write as _;

/// Results by policy.
pub type Results = [(Source, Examined)];

/// What is asked of a policy's tests, in percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Least {
    /// Of boundaries, of rules and of cells.
    pub coverage: Option<u8>,
    /// Of mutants that a test notices.
    pub mutation: Option<u8>,
}

/// One line for each test, and what was not as expected.
#[must_use]
pub fn tests_text(results: &Results) -> String {
    let mut out = String::new();
    for (source, examined) in results {
        let _ = writeln!(out, "{}", printable(source.name()));
        for case in &examined.cases {
            let word = if case.failures.is_empty() { "ok    " } else { "FAILED" };
            let (name, plans) = (printable(&case.name), case.plans);
            let plural = if plans == 1 { "" } else { "s" };
            let module = match &case.hosted {
                None => String::new(),
                Some(InModule::Sent) => ", also in the module".to_owned(),
                Some(InModule::Not(why)) => format!("; not in the module: {}", printable(why)),
            };
            let _ = writeln!(out, "  {word} {name} ({plans} chunking{plural}{module})");
            let place = place(source, case.span);
            for failure in &case.failures {
                let failure = failure.replace('\n', "\n         ");
                let _ = writeln!(out, "         {place}: {failure}");
            }
        }
        untested::text(&mut out, source, examined);
    }
    out
}

/// The schema that build servers read.
#[must_use]
pub fn tests_junit(results: &Results, least: Least) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for (source, examined) in results {
        let cases: &[CaseResult] = &examined.cases;
        let failed = cases.iter().filter(|case| !case.failures.is_empty()).count();
        let name = xml(source.name());
        let count = cases.len();
        let _ = writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{count}\" failures=\"{failed}\" errors=\"0\">"
        );
        for case in cases {
            let (file, line) =
                (source.file(case.span.start), source.position(case.span.start).line);
            let (case_name, file) = (xml(&case.name), xml(file.name()));
            let _ = write!(
                out,
                "    <testcase name=\"{case_name}\" classname=\"{name}\" file=\"{file}\" \
                 line=\"{line}\""
            );
            if case.failures.is_empty() {
                out.push_str("/>\n");
                continue;
            }
            out.push_str(">\n");
            for failure in &case.failures {
                let _ = writeln!(out, "      <failure message=\"{}\"/>", xml(failure));
            }
            out.push_str("    </testcase>\n");
        }
        out.push_str("  </testsuite>\n");
        untested::junit(&mut out, source, examined, least);
    }
    out.push_str("</testsuites>\n");
    out
}

/// One JSON document.
#[must_use]
pub fn tests_json(results: &Results) -> String {
    let mut list = Vec::new();
    for (source, examined) in results {
        for case in &examined.cases {
            let mut entry = json!({
                "file": source.file(case.span.start).name(),
                "line": source.position(case.span.start).line,
                "name": case.name,
                "chunkings": case.plans,
                "passed": case.failures.is_empty(),
                "failures": case.failures,
            });
            match &case.hosted {
                None => {}
                Some(InModule::Sent) => entry["module"] = json!(true),
                Some(InModule::Not(why)) => entry["module"] = json!(why),
            }
            list.push(entry);
        }
    }
    let mut document = json!({ "tests": list });
    untested::json(&mut document, results);
    format!("{document:#}\n")
}
