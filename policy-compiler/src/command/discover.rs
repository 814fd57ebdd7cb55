//! `cofferdam discover`: a policy for the traffic that entries tell of.

use super::{Ended, Failure, compile, files};
use clap::{Arg, ArgAction, ArgMatches, Command};
use cofferdam_policy_compiler::diagnostic::Source;
use cofferdam_policy_compiler::discover::Traffic;
use cofferdam_policy_compiler::format;
use std::path::PathBuf;

pub(super) fn command() -> Command {
    Command::new("discover")
        .about("Proposes a policy from traffic that was observed")
        .arg(
            Arg::new("entries")
                .long("entries")
                .value_name("FILE")
                .help("A log with entries; several may be given")
                .action(ArgAction::Append)
                .value_parser(clap::value_parser!(PathBuf))
                .required(true),
        )
        .arg(files::output("Where it goes; to stdout unless said"))
        .after_help(
            "It keeps nothing: what was found is redacted, until a person decides otherwise.",
        )
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let mut log = Vec::new();
    let paths: Vec<_> = matches.get_many::<PathBuf>("entries").into_iter().flatten().collect();
    for path in &paths {
        log.extend(files::read(path)?);
        log.push(b'\n');
    }
    let traffic = Traffic::read(&log);
    let names: Vec<_> = paths.iter().map(|path| files::name(path)).collect();
    let refused = |why: &str| Failure::refused(format!("error: {}: {why}", names.join(", ")));
    if traffic.entries == 0 {
        return Err(refused(
            "there is no entry in it: entries are lines of a proxy's log, each with a JSON object \
             that the filter wrote",
        ));
    }
    if traffic.is_empty() {
        return Err(refused(
            "nothing in it crossed between two zones of a policy\nhelp: with `mode: observe`, and \
             `members` that place both ends, entries tell of what crosses",
        ));
    }
    let source = Source::new("the proposal", &traffic.proposal());
    // What does not compile, or is in another style, is no proposal.
    compile::compiled(&source)?;
    let text = format(&source).map_err(|_| refused("the proposal cannot be written"))?;
    let boundaries = traffic.pairs().count();
    let talk = format!(
        "{} entries, {boundaries} boundaries proposed, {} other lines; next: what says TODO",
        traffic.entries, traffic.others
    );
    files::hand_out(matches, text, talk)
}
