//! Arguments of the command, one module for each subcommand.
//! Decides nothing about a policy.

mod check;
mod check_host;
mod compile;
mod controls;
mod deploy;
mod detectors;
mod diff;
mod discover;
mod drill;
mod evaluate;
mod explain;
mod explain_code;
mod files;
mod fmt;
mod image;
mod init;
mod inspect;
mod map;
mod monitor;
mod probe;
mod redact;
mod scan;
mod schema;
mod screen;
mod survey;
mod test;
mod trial;
mod trust;

use clap::{ArgMatches, Command};
use std::io::Write as _;
use std::process::ExitCode;

/// How a subcommand ended.
struct Ending {
    /// Goes to stdout.
    data: Vec<u8>,
    /// Goes to stderr.
    talk: String,
    status: u8,
}

impl Ending {
    fn done(data: impl Into<Vec<u8>>, talk: impl Into<String>) -> Self {
        Self { data: data.into(), talk: talk.into(), status: 0 }
    }

    fn refused(data: impl Into<Vec<u8>>, talk: impl Into<String>) -> Self {
        Self { data: data.into(), talk: talk.into(), status: 1 }
    }
}

/// A file or an argument that cannot be used.
struct Failure(Ending);

impl Failure {
    fn misuse(talk: impl Into<String>) -> Self {
        Self(Ending { data: Vec::new(), talk: talk.into(), status: 2 })
    }

    fn refused(talk: impl Into<String>) -> Self {
        Self(Ending::refused(Vec::new(), talk))
    }
}

type Ended = Result<Ending, Failure>;

struct Subcommand {
    command: fn() -> Command,
    run: fn(&ArgMatches) -> Ended,
}

const SUBCOMMANDS: &[Subcommand] = &[
    Subcommand { command: init::command, run: init::run },
    Subcommand { command: check::command, run: check::run },
    Subcommand { command: explain_code::command, run: explain_code::run },
    Subcommand { command: fmt::command, run: fmt::run },
    Subcommand { command: schema::command, run: schema::run },
    Subcommand { command: compile::command, run: compile::run },
    Subcommand { command: diff::command, run: diff::run },
    Subcommand { command: explain::command, run: explain::run },
    Subcommand { command: inspect::command, run: inspect::run },
    Subcommand { command: map::command, run: map::run },
    Subcommand { command: discover::command, run: discover::run },
    Subcommand { command: controls::command, run: controls::run },
    Subcommand { command: monitor::command, run: monitor::run },
    Subcommand { command: scan::command, run: scan::run },
    Subcommand { command: redact::command, run: redact::run },
    Subcommand { command: evaluate::command, run: evaluate::run },
    Subcommand { command: detectors::command, run: detectors::run },
    Subcommand { command: test::command, run: test::run },
    Subcommand { command: drill::command, run: drill::run },
    Subcommand { command: trial::command, run: trial::run },
    Subcommand { command: deploy::command, run: deploy::run },
    Subcommand { command: image::command, run: image::run },
    Subcommand { command: check_host::command, run: check_host::run },
    Subcommand { command: probe::command, run: probe::run },
    Subcommand { command: trust::key_command, run: trust::run_key },
    Subcommand { command: trust::root_command, run: trust::run_root },
    Subcommand { command: trust::release_command, run: trust::run_release },
    Subcommand { command: trust::grant_command, run: trust::run_grant },
    Subcommand { command: trust::freshness_command, run: trust::run_freshness },
    Subcommand { command: trust::bundle_command, run: trust::run_bundle },
    Subcommand { command: trust::trust_command, run: trust::run_trust },
    Subcommand { command: trust::envelope_command, run: trust::run_envelope },
];

/// Runs the command with the arguments of the process.
pub(crate) fn run() -> ExitCode {
    let mut cli = Command::new("cofferdam")
        .about("Keeps personal data in the zone it belongs to")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true);
    for subcommand in SUBCOMMANDS {
        cli = cli.subcommand((subcommand.command)());
    }
    let matches = match cli.try_get_matches() {
        Ok(matches) => matches,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let Some((name, arguments)) = matches.subcommand() else { return ExitCode::from(2) };
    let found = SUBCOMMANDS.iter().find(|known| (known.command)().get_name() == name);
    let Some(subcommand) = found else { return ExitCode::from(2) };
    let ending = (subcommand.run)(arguments).unwrap_or_else(|Failure(ending)| ending);
    tell(ending)
}

fn tell(ending: Ending) -> ExitCode {
    let Ending { data, talk, status } = ending;
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(&data).and_then(|()| stdout.flush());
    let mut stderr = std::io::stderr().lock();
    if !talk.is_empty() {
        let _ = writeln!(stderr, "{}", talk.trim_end());
    }
    match written {
        Ok(()) => ExitCode::from(status),
        // Whoever reads has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::from(status),
        Err(error) => {
            let _ = writeln!(stderr, "error: output cannot be written: {error}");
            ExitCode::from(2)
        }
    }
}
