//! `cofferdam test`: a policy's own tests, each under many chunkings.

use super::{Ended, Ending, Failure, files};
use clap::{Arg, ArgAction, ArgMatches, Command};
use cofferdam_policy_compiler::{cases, report};
use std::path::PathBuf;

pub(super) fn command() -> Command {
    Command::new("test")
        .about("Runs the tests that a policy brings along")
        .arg(files::argument("policy", "POLICY", "Policies to test").action(ArgAction::Append))
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .help("How results are written")
                .value_parser(["text", "junit", "json"])
                .default_value("text"),
        )
        .after_help("Exits with 0 when all tests pass, 1 when one fails.")
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let mut results = Vec::new();
    for path in matches.get_many::<PathBuf>("policy").into_iter().flatten() {
        let source = files::policy(path)?;
        let cases = cases::run(&source).map_err(|diagnostics| {
            let name = report::printable(source.name());
            Failure::refused(format!(
                "{}{name}: {diagnostics}",
                report::text(&source, &diagnostics)
            ))
        })?;
        results.push((source, cases));
    }
    let data = match matches.get_one::<String>("format").map(String::as_str) {
        Some("junit") => report::tests_junit(&results),
        Some("json") => report::tests_json(&results),
        _ => report::tests_text(&results),
    };
    let all: Vec<_> = results.iter().flat_map(|(_, cases)| cases).collect();
    let failed = all.iter().filter(|case| !case.failures.is_empty()).count();
    let chunkings: usize = all.iter().map(|case| case.plans).sum();
    let talk = format!("{} tests, {failed} failed, {chunkings} chunkings", all.len());
    match failed {
        0 => Ok(Ending::done(data, talk)),
        _ => Ok(Ending::refused(data, talk)),
    }
}
