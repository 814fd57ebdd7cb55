//! `cofferdam controls`: which boundary serves which control of a standard or law.

use super::{Ended, Ending, check, files, screen};
use clap::{Arg, ArgAction, ArgMatches, Command};
use cofferdam_policy_compiler::controls::{Controls, listed, oscal, text};

pub(super) fn command() -> Command {
    Command::new("controls")
        .about("Says which boundary serves which control of a standard or law")
        .arg(
            files::argument("policy", "POLICY", "Policy whose boundaries say `controls`")
                .required(false)
                .required_unless_present("list"),
        )
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .help("text, or oscal: a component definition of OSCAL in JSON")
                .value_parser(["text", "oscal"])
                .default_value("text"),
        )
        .arg(
            Arg::new("list")
                .long("list")
                .help("Prints the controls that a policy may name")
                .action(ArgAction::SetTrue)
                .conflicts_with("policy"),
        )
        .after_help("That a boundary names a control does not prove that it serves it.")
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    if matches.get_flag("list") {
        return Ok(Ending::done(listed(), ""));
    }
    let source = files::policy(files::path(matches, "policy")?)?;
    let controls =
        Controls::new(&source).map_err(|diagnostics| screen::refused(&source, &diagnostics))?;
    let data = match matches.get_one::<String>("format").map(String::as_str) {
        Some("oscal") => oscal(&controls, check::today()),
        _ => text(&controls),
    };
    Ok(Ending::done(data, ""))
}
