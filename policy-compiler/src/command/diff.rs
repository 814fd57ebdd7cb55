//! `cofferdam diff`: what a change of a policy opens, tightens or moves.

use super::{Ended, Ending, Failure, files, screen};
use clap::{Arg, ArgMatches, Command};
use cofferdam_policy_compiler::diagnostic::Source;
use cofferdam_policy_compiler::diff::{self, Mark, Policy};

pub(super) fn command() -> Command {
    Command::new("diff")
        .about("Says what the change from one policy to another opens, tightens or moves")
        .arg(files::argument("old", "OLD", "Policy as it was"))
        .arg(files::argument("new", "NEW", "Policy as it is to be"))
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .help("How changes are written")
                .value_parser(["text", "json", "markdown"])
                .default_value("text"),
        )
        .after_help("Exits with 0 when nothing opens, 1 when something does.")
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let old = files::policy(files::path(matches, "old")?)?;
    let new = files::policy(files::path(matches, "new")?)?;
    let changes = diff::diff(&policy(&old)?, &policy(&new)?);
    let data = match matches.get_one::<String>("format").map(String::as_str) {
        Some("json") => diff::json(&changes),
        Some("markdown") => diff::markdown(&changes),
        _ => diff::text(&changes),
    };
    let count = |mark: Mark| changes.iter().filter(|change| change.mark == mark).count();
    let opens = count(Mark::Opens);
    let talk = match changes.is_empty() {
        true => "nothing changes".to_owned(),
        false => {
            format!("{opens} open, {} move, {} tighten", count(Mark::Moves), count(Mark::Tightens))
        }
    };
    match opens {
        0 => Ok(Ending::done(data, talk)),
        _ => Ok(Ending::refused(data, talk)),
    }
}

fn policy(source: &Source) -> Result<Policy<'_>, Failure> {
    Policy::read(source).map_err(|diagnostics| screen::refused(source, &diagnostics))
}
