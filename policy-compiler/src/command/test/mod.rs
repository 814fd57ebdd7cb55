//! `cofferdam test`: a policy's own tests, each under many chunkings, and what they leave untested.

mod harness;

use super::{Ended, Ending, files, screen};
use clap::{Arg, ArgAction, ArgMatches, Command};
use cofferdam_policy_compiler::cases::{self, Asked, Examined};
use cofferdam_policy_compiler::diagnostic::Source;
use cofferdam_policy_compiler::report::{self, Least};
use harness::Harness;
use std::path::PathBuf;

pub(super) fn command() -> Command {
    let flag = |id: &'static str, help: &'static str| {
        Arg::new(id).long(id).help(help).action(ArgAction::SetTrue)
    };
    let least = |id: &'static str, help: &'static str| {
        let percent = clap::value_parser!(u8).range(0..=100);
        Arg::new(id).long(id).value_name("PERCENT").help(help).value_parser(percent)
    };
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
        .arg(flag("coverage", "Say which boundaries, rules and cells no test meets"))
        .arg(least("min-coverage", "The least share of each that tests must meet"))
        .arg(flag("mutation", "Say which rules could be weaker without a test that fails"))
        .arg(least("min-mutation", "The least share of weakened rules that tests must notice"))
        .arg(
            Arg::new("filter")
                .long("filter")
                .value_name("MODULE")
                .help("Send the same through this module of the filter, in `cofferdam-harness`")
                .value_parser(clap::value_parser!(PathBuf)),
        )
        .after_help(
            "Exits with 0 when all tests pass and every minimum is reached, 1 when not.\n\
             A minimum asks for what it is a minimum of.",
        )
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let least = Least {
        coverage: matches.get_one("min-coverage").copied(),
        mutation: matches.get_one("min-mutation").copied(),
    };
    let asked = Asked {
        coverage: matches.get_flag("coverage") || least.coverage.is_some(),
        mutation: matches.get_flag("mutation") || least.mutation.is_some(),
    };
    let mut harness =
        matches.get_one::<PathBuf>("filter").map(|m| Harness::start(m)).transpose()?;
    let mut results = Vec::new();
    for path in matches.get_many::<PathBuf>("policy").into_iter().flatten() {
        let source = files::policy(path)?;
        let examined = match &mut harness {
            None => cases::examine(&source, asked),
            Some(harness) => cases::examine_in(&source, asked, harness),
        };
        let examined = examined.map_err(|diagnostics| screen::refused(&source, &diagnostics))?;
        results.push((source, examined));
    }
    let data = match matches.get_one::<String>("format").map(String::as_str) {
        Some("junit") => report::tests_junit(&results, least),
        Some("json") => report::tests_json(&results),
        _ => report::tests_text(&results),
    };
    let all: Vec<_> = results.iter().flat_map(|(_, examined)| &examined.cases).collect();
    let failed = all.iter().filter(|case| !case.failures.is_empty()).count();
    let chunkings: usize = all.iter().map(|case| case.plans).sum();
    let mut talk = format!("{} tests, {failed} failed, {chunkings} chunkings", all.len());
    let short: Vec<_> =
        results.iter().flat_map(|(source, examined)| short(source, examined, least)).collect();
    for line in &short {
        talk.push('\n');
        talk.push_str(line);
    }
    if failed == 0 && short.is_empty() {
        Ok(Ending::done(data, talk))
    } else {
        Ok(Ending::refused(data, talk))
    }
}

/// Minimums that a policy does not reach.
fn short(source: &Source, examined: &Examined, least: Least) -> Vec<String> {
    let name = report::printable(source.name());
    let mut lines = Vec::new();
    if let (Some(coverage), Some(percent)) = (&examined.coverage, least.coverage)
        && !coverage.reaches(percent)
    {
        lines.push(format!("error: {name}: tests meet less than {percent} % of it"));
    }
    if let (Some(mutation), Some(percent)) = (&examined.mutation, least.mutation)
        && !mutation.reaches(percent)
    {
        lines.push(format!(
            "error: {name}: tests notice less than {percent} % of what could be weaker"
        ));
    }
    lines
}
