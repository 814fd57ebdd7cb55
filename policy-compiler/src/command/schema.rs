//! `cofferdam schema`: the JSON Schema of policies, for editors.

use super::{Ended, Ending};
use clap::{Arg, ArgAction, ArgMatches, Command};
use cofferdam_policy_compiler::{included_schema, schema};

pub(super) fn command() -> Command {
    Command::new("schema")
        .about("Prints the JSON Schema of policies, for editors")
        .arg(
            Arg::new("included")
                .long("included")
                .action(ArgAction::SetTrue)
                .help("Of files that a policy includes, instead"),
        )
        .after_help(
            "An editor uses it where a policy begins with\n# yaml-language-server: \
             $schema=./policy.schema.json",
        )
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let schema = if matches.get_flag("included") { included_schema() } else { schema() };
    Ok(Ending::done(format!("{schema:#}\n"), ""))
}
