//! `cofferdam trust report`: what can be measured of who lets what cross.

use super::super::{Ended, Ending, Failure, files};
use super::folder::Folder;
use super::history::history;
use super::sources::Sources;
use super::{at, at_argument, days, days_argument, refused};
use clap::{Arg, ArgAction, ArgMatches, Command};
use cofferdam_engine::blob::Digest;
use cofferdam_policy_compiler::trust::{Figures, History, MeasuredRules, Usage, html, json, text};
use std::path::PathBuf;

pub(in super::super) fn command() -> Command {
    let report = Command::new("report")
        .about("Measures approvals, grants, reviews and keys, from a folder and from entries")
        .arg(
            Arg::new("trust")
                .value_name("FOLDER")
                .help("Where roots and releases are")
                .value_parser(clap::value_parser!(PathBuf))
                .default_value("trust"),
        )
        .arg(
            Arg::new("entries")
                .long("entries")
                .value_name("LOG")
                .help("A log with entries: which grants were used, which rules were met")
                .value_parser(clap::value_parser!(PathBuf))
                .action(ArgAction::Append),
        )
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .help("text; json, whose keys stay as they are; html, one page for people")
                .value_parser(["text", "json", "html"])
                .default_value("text"),
        )
        .arg(days_argument("Days that a rule may be met by nothing", "30", 3650))
        .arg(at_argument())
        .arg(files::output("Where it goes; to stdout unless said"));
    Command::new("trust")
        .about("What became of all that was asked for, approved and used")
        .subcommand_required(true)
        .subcommand(report)
}

pub(in super::super) fn run(matches: &ArgMatches) -> Ended {
    match matches.subcommand() {
        Some(("report", matches)) => report(matches),
        _ => Err(Failure::misuse("error: `trust report`")),
    }
}

fn report(matches: &ArgMatches) -> Ended {
    let (folder, at) = (Folder::of(matches)?, at(matches)?);
    let history = history(&folder)?;
    let usage = usage(matches)?;
    let (rules, talk) = match &usage {
        Some(_) => measured(&folder, &history, days(matches)),
        None => (None, String::new()),
    };
    let figures = Figures::new(&history, usage.as_ref(), rules.as_ref(), at);
    let shown = match matches.get_one::<String>("format").map(String::as_str) {
        Some("json") => json(&figures),
        Some("html") => html(&figures),
        _ => text(&figures),
    };
    match matches.contains_id("output") {
        true => files::hand_out(matches, shown, talk),
        false => Ok(Ending::done(shown, talk)),
    }
}

fn usage(matches: &ArgMatches) -> Result<Option<Usage>, Failure> {
    let Some(paths) = matches.get_many::<PathBuf>("entries") else { return Ok(None) };
    let mut usage = Usage::default();
    for path in paths {
        let before = usage.entries;
        usage.read(&files::read(path)?);
        if usage.entries == before {
            let name = files::name(path);
            let why = "there is no entry in it: entries are lines of a proxy's log, each with a \
                       JSON object that the filter wrote";
            return Err(Failure::refused(format!("error: {name}: {why}")));
        }
    }
    Ok(Some(usage))
}

/// The rules of the release that is current; and why they are not measured, where they are not.
fn measured(folder: &Folder, history: &History, days: u64) -> (Option<MeasuredRules>, String) {
    let Some(current) = history.current() else {
        let talk = "rules are not measured: nothing says which release is current";
        return (None, talk.to_owned());
    };
    let place = folder.release_folder(current.release.version).join("source");
    let compiled = Sources::of_release(&place).and_then(|sources| sources.compile(&place));
    let rules = compiled.and_then(|(_, compiled)| match Digest::of(&compiled.blob) {
        blob if blob == current.release.blob => {
            let policy = blob.to_string();
            Ok(MeasuredRules { policy, rules: compiled.tables.rules, days })
        }
        _ => {
            let help = "measure with the version of cofferdam that made the release";
            Err(refused(&place, "the source compiles to another blob than the release's", help))
        }
    });
    match rules {
        Ok(rules) => (Some(rules), String::new()),
        Err(Failure(ending)) => {
            (None, format!("rules are not measured, because of this:\n{}", ending.talk))
        }
    }
}
