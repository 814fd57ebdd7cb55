//! `cofferdam init`: a first policy that compiles, with tests that pass. Asks nothing, and never
//! writes over a file.

use super::{Ended, Ending, Failure, files};
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command};
use cofferdam_policy_compiler::Date;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// Name and text; the text begins with when to use it.
const TEMPLATES: [(&str, &str); 8] = [
    ("gateway", include_str!("../../templates/gateway.yaml")),
    ("sidecars", include_str!("../../templates/sidecars.yaml")),
    ("saas-egress", include_str!("../../templates/saas-egress.yaml")),
    ("log-shipping", include_str!("../../templates/log-shipping.yaml")),
    ("llm-provider", include_str!("../../templates/llm-provider.yaml")),
    ("healthcare", include_str!("../../templates/healthcare.yaml")),
    ("payments", include_str!("../../templates/payments.yaml")),
    ("multi-region", include_str!("../../templates/multi-region.yaml")),
];
/// What stands in a template for the day by which its user looks at it again.
const REVIEW_BY: &str = "review_by: 2036-12-31";
const YEAR_SECONDS: u64 = 365 * 24 * 3600;

pub(super) fn command() -> Command {
    let names = TEMPLATES.map(|(name, _)| name);
    Command::new("init")
        .about("Writes a first policy, with tests that pass")
        .arg(
            Arg::new("template")
                .long("template")
                .value_name("NAME")
                .help("What it is for")
                .value_parser(PossibleValuesParser::new(names))
                .default_value("gateway"),
        )
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("FILE")
                .help("Where to write it; never over a file that is there")
                .value_parser(clap::value_parser!(PathBuf))
                .default_value("zones.yaml"),
        )
        .after_help(uses())
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let name = matches.get_one::<String>("template").map_or("gateway", String::as_str);
    let found = TEMPLATES.iter().find(|(known, _)| *known == name);
    let Some((_, text)) = found else { return Err(Failure::misuse("error: no such template")) };
    let path = files::path(matches, "output")?;
    let shown = files::name(path);
    let text = text.replace(REVIEW_BY, &format!("review_by: {}", in_a_year()));
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::refused(format!(
            "error: {shown}: there is a file already, and it stays as it is\nhelp: name another \
             one with `-o FILE`"
        )),
        _ => Failure::misuse(format!("error: {shown}: {error}")),
    })?;
    let next = format!(
        "{shown}: written\nnext: say in `members` who is where, then\n  cofferdam check {shown}\n  \
         cofferdam test {shown}\n  cofferdam try {shown} --upstream http://127.0.0.1:PORT"
    );
    Ok(Ending::done("", next))
}

/// When to use which: what each says of itself.
fn uses() -> String {
    let mut out = "Templates:\n".to_owned();
    for (name, text) in TEMPLATES {
        let lines = text.lines().take_while(|line| line.starts_with('#'));
        let words: Vec<_> = lines.map(|line| line.trim_start_matches(['#', ' '])).collect();
        out.push_str(&format!("  {name:<13} {}\n", words.join(" ")));
    }
    out
}

fn in_a_year() -> Date {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Date::at_unix_seconds(since.as_secs() + YEAR_SECONDS)
}
