//! `cofferdam map`: what a policy lets cross, drawn.

use super::{Ended, Failure, files, screen};
use clap::{Arg, ArgMatches, Command};
use cofferdam_engine::Bundle;
use cofferdam_policy_compiler::compile_source;
use cofferdam_policy_compiler::map::{Map, dot, mermaid, seen::Seen, svg, text};
use std::path::PathBuf;

pub(super) fn command() -> Command {
    Command::new("map")
        .about("Draws zones, boundaries and what may cross")
        .arg(files::argument("policy", "POLICY", "Policy to draw"))
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .help("svg, a picture; mermaid and dot, graphs that others draw; text")
                .value_parser(["svg", "mermaid", "dot", "text"])
                .default_value("svg"),
        )
        .arg(
            Arg::new("entries")
                .long("entries")
                .value_name("FILE")
                .help("A log with entries: what really crossed is put over the map")
                .value_parser(clap::value_parser!(PathBuf)),
        )
        .arg(files::output("Where it goes; to stdout unless said"))
        .after_help("With entries it also says what is allowed and was never used.")
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let source = files::policy(files::path(matches, "policy")?)?;
    let compiled =
        compile_source(&source).map_err(|diagnostics| screen::refused(&source, &diagnostics))?;
    let mut map = Map::new(&compiled.tables);
    let mut talk = String::new();
    if let Some(path) = matches.get_one::<PathBuf>("entries") {
        let bundle = Bundle::parse(compiled.blob)
            .map_err(|error| Failure::refused(format!("error: the blob is refused: {error}")))?;
        let seen = Seen::read(&files::read(path)?, &bundle.digest().to_string());
        if seen.entries == 0 {
            let name = files::name(path);
            let why = "there is no entry in it: entries are lines of a proxy's log, each with a \
                       JSON object that the filter wrote";
            return Err(Failure::refused(format!("error: {name}: {why}")));
        }
        map = map.with(&compiled.tables, &seen);
        talk = map.gaps().map(ToString::to_string).unwrap_or_default();
    }
    let drawn = match matches.get_one::<String>("format").map(String::as_str) {
        Some("mermaid") => mermaid(&map),
        Some("dot") => dot(&map),
        Some("text") => {
            // The text says it already.
            talk.clear();
            text(&map)
        }
        _ => svg(&map),
    };
    files::hand_out(matches, drawn, talk)
}
