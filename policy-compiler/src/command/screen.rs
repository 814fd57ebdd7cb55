//! What a person sees: whether output goes to a screen, whether that wants colors, and what is told
//! of files.

use super::{Ending, Failure};
use clap::{Arg, ArgMatches};
use cofferdam_policy_compiler::diagnostic::{Diagnostics, Source};
use cofferdam_policy_compiler::report::{self, Paint, painted, printable};
use std::env;
use std::io::{self, IsTerminal as _};

/// Colors of what goes to stdout.
pub(super) fn stdout() -> Paint {
    paint(io::stdout().is_terminal())
}

/// Colors of what goes to stderr.
pub(super) fn stderr() -> Paint {
    paint(io::stderr().is_terminal())
}

/// Whether stdout goes to a screen on which a picture can be drawn over another.
pub(super) fn refreshes() -> bool {
    io::stdout().is_terminal() && !is_dumb()
}

/// A policy that does not compile: everything that is wrong with it, as talk.
pub(super) fn refused(source: &Source, diagnostics: &Diagnostics) -> Failure {
    let told = painted(source, diagnostics, stderr());
    Failure::refused(format!("{told}{}: {diagnostics}", printable(source.name())))
}

/// How diagnostics are written: what [`told`] asks for.
pub(super) fn format() -> Arg {
    Arg::new("format")
        .long("format")
        .value_name("FORMAT")
        .help("How diagnostics are written")
        .value_parser(["text", "json", "sarif", "github"])
        .default_value("text")
}

/// What is wrong with some files. One error in any of them is a refusal.
pub(super) fn told(matches: &ArgMatches, reports: &[(Source, Diagnostics)]) -> Ending {
    let data = match matches.get_one::<String>("format").map(String::as_str) {
        Some("json") => report::json(reports),
        Some("sarif") => report::sarif(reports),
        Some("github") => report::github(reports),
        _ => {
            let paint = stdout();
            reports.iter().map(|(source, found)| painted(source, found, paint)).collect()
        }
    };
    let summary = |(source, found): &(Source, Diagnostics)| {
        format!("{}: {found}\n", printable(source.name()))
    };
    let talk: String = reports.iter().map(summary).collect();
    match reports.iter().any(|(_, found)| found.has_errors()) {
        true => Ending::refused(data, talk),
        false => Ending::done(data, talk),
    }
}

/// <https://no-color.org>: what is set and not empty asks for none.
fn paint(terminal: bool) -> Paint {
    let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if terminal && !refused && !is_dumb() { Paint::Color } else { Paint::Plain }
}

fn is_dumb() -> bool {
    env::var_os("TERM").is_some_and(|term| term == "dumb")
}
