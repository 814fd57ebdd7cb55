//! `cofferdam explain-code`: what a code means, an example, and what to do.

use super::{Ended, Ending, Failure};
use clap::{Arg, ArgMatches, Command};
use cofferdam_policy_compiler::diagnostic::Code;
use cofferdam_policy_compiler::{explain, nearest, report};

pub(super) fn command() -> Command {
    Command::new("explain-code")
        .about("Says what a code of `check` or `check-host` means, and what to do")
        .arg(Arg::new("code").value_name("CODE").help("Such as E014; without it all are listed"))
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let Some(name) = matches.get_one::<String>("code") else {
        let line = |code: &Code| format!("{}  {}\n", code.name(), code.title());
        return Ok(Ending::done(Code::ALL.iter().map(line).collect::<String>(), ""));
    };
    if let Some(code) = explain::code_named(name) {
        return Ok(Ending::done(explain::text(code), ""));
    }
    let upper = name.to_ascii_uppercase();
    let help = match nearest(&upper, Code::ALL.iter().map(|code| code.name())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`cofferdam explain-code` lists all codes".to_owned(),
    };
    let message = format!("error: there is no code `{}`\nhelp: {help}", report::printable(name));
    Err(Failure::misuse(message))
}
