//! `cofferdam drill`: attacks every boundary of a policy with made-up data, and says what got
//! through.

use super::{Ended, Ending, files, screen};
use clap::{Arg, ArgMatches, Command, value_parser};
use cofferdam_policy_compiler::diagnostic::Source;
use cofferdam_policy_compiler::drill::{self, Options};
use cofferdam_policy_compiler::report;
use std::path::PathBuf;

pub(super) fn command() -> Command {
    let number = |id: &'static str, help: &'static str| {
        Arg::new(id).long(id).value_name("N").help(help).value_parser(value_parser!(u64))
    };
    Command::new("drill")
        .about("Attacks every boundary of a policy with made-up data, on the engine itself")
        .arg(files::argument("policy", "POLICY", "The policy to attack"))
        .arg(
            Arg::new("expect")
                .long("expect")
                .value_name("POLICY")
                .help("What must not cross, as this policy says it and not the attacked one")
                .value_parser(value_parser!(PathBuf)),
        )
        .arg(number("seed", "Another number makes other attacks").default_value("1"))
        .arg(
            number("attacks", "How many attacks are made")
                .value_parser(value_parser!(u64).range(1..=10_000_000))
                .default_value("5000"),
        )
        .arg(number("attack", "Make this one attack of the seed again, and say what came of it"))
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .help("How results are written")
                .value_parser(["text", "json", "junit", "sarif"])
                .default_value("text"),
        )
        .after_help(
            "Exits with 0 when nothing got through, 1 when something did or nothing was shown.\n\
             No report holds a value: an attack is told by category, place, dress and number.",
        )
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let policy = files::policy(files::path(matches, "policy")?)?;
    let expected = matches.get_one::<PathBuf>("expect").map(|path| files::policy(path));
    let expected: Option<Source> = expected.transpose()?;
    let number = |id: &str| matches.get_one::<u64>(id).copied();
    let options = Options {
        seed: number("seed").unwrap_or_default(),
        attacks: number("attacks").unwrap_or_default(),
        only: number("attack"),
    };
    let drilled = drill::run(&policy, expected.as_ref(), options).map_err(|error| {
        let source = expected.as_ref().filter(|_| error.of_expected).unwrap_or(&policy);
        screen::refused(source, &error.diagnostics)
    })?;
    let data = match matches.get_one::<String>("format").map(String::as_str) {
        Some("json") => report::drill_json(&policy, &drilled),
        Some("junit") => report::drill_junit(&policy, &drilled),
        Some("sarif") => report::drill_sarif(&policy, &drilled),
        _ => report::drill_text(&policy, &drilled),
    };
    let total = drilled.total();
    let mut talk = format!("{} attacks, {} through", total.all(), total.through);
    if total.known > 0 {
        talk.push_str(&format!(", {} by known limits of this version", total.known));
    }
    if total.all() == 0 {
        let why = "no boundary of this policy holds anything back, so nothing was shown";
        return Ok(Ending::refused(data, format!("{talk}\nerror: {why}")));
    }
    match total.through {
        0 => Ok(Ending::done(data, talk)),
        _ => Ok(Ending::refused(data, talk)),
    }
}
