//! `cofferdam check`: what is wrong with a policy, and what is overdue.

use super::{Ended, files, screen};
use clap::{ArgAction, ArgMatches, Command};
use cofferdam_policy_compiler::diagnostic::{Code, Diagnostic, Diagnostics, Source};
use cofferdam_policy_compiler::{Compiled, Date, compile_source};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

pub(super) fn command() -> Command {
    Command::new("check")
        .about("Says what is wrong with a policy")
        .arg(files::argument("policy", "POLICY", "Policy to check").action(ArgAction::Append))
        .arg(screen::format())
        .after_help("Exits with 0 when the policy compiles, 1 when it does not.")
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let mut reports = Vec::new();
    for path in matches.get_many::<PathBuf>("policy").into_iter().flatten() {
        let source = files::policy(path)?;
        let diagnostics = check(&source, today());
        reports.push((source, diagnostics));
    }
    Ok(screen::told(matches, &reports))
}

/// Everything that is wrong on a given day.
fn check(source: &Source, today: Date) -> Diagnostics {
    let Compiled { mut warnings, reviews, .. } = match compile_source(source) {
        Ok(compiled) => compiled,
        Err(diagnostics) => return diagnostics,
    };
    for review in reviews.iter().filter(|review| review.by < today) {
        let message = format!("the review of {} is overdue since {}", review.what, review.by);
        warnings.push(
            Diagnostic::new(Code::Overdue, review.span, message)
                .help("look at it again and move the date, or take it out"),
        );
    }
    warnings.sort();
    warnings
}

pub(super) fn today() -> Date {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Date::at_unix_seconds(since.as_secs())
}
