//! `cofferdam detectors`: the built-in list.

use super::{Ended, Ending};
use clap::{Arg, ArgMatches, Command};
use cofferdam_policy_compiler::detectors;

pub(super) fn command() -> Command {
    Command::new("detectors").about("Lists the built-in detectors").arg(
        Arg::new("format")
            .long("format")
            .value_name("FORMAT")
            .help("How the list is written")
            .value_parser(["text", "json"])
            .default_value("text"),
    )
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let list = match matches.get_one::<String>("format").map(String::as_str) {
        Some("json") => detectors::json(),
        _ => detectors::text(),
    };
    Ok(Ending::done(list, ""))
}
