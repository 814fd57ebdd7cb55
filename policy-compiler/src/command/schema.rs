//! `cofferdam schema`: the JSON Schema of policies, for editors.

use super::{Ended, Ending};
use clap::{ArgMatches, Command};

pub(super) fn command() -> Command {
    Command::new("schema").about("Prints the JSON Schema of policies, for editors").after_help(
        "An editor uses it where a policy begins with\n# yaml-language-server: \
         $schema=./policy.schema.json",
    )
}

pub(super) fn run(_: &ArgMatches) -> Ended {
    Ok(Ending::done(format!("{:#}\n", cofferdam_policy_compiler::schema()), ""))
}
