//! `cofferdam monitor`: alerts and a dashboard over what the filter counts.

use super::{Ended, Failure, files, screen};
use clap::{Arg, ArgMatches, Command};
use cofferdam_policy_compiler::compile_source;
use cofferdam_policy_compiler::monitor::{Watched, dashboard, rules};

pub(super) fn command() -> Command {
    Command::new("monitor")
        .about("Writes alerts for Prometheus, or a dashboard for Grafana, for a policy")
        .arg(files::argument("policy", "POLICY", "Policy that is in force"))
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .help("prometheus: a file of alerting rules; grafana: a dashboard to import")
                .value_parser(["prometheus", "grafana"])
                .default_value("prometheus"),
        )
        .arg(files::output("Where it goes; to stdout unless said"))
        .after_help(
            "The metrics get their labels from `envoy/stats-tags.yaml`, which `cofferdam deploy` \
             writes into every bootstrap.",
        )
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let source = files::policy(files::path(matches, "policy")?)?;
    let compiled =
        compile_source(&source).map_err(|diagnostics| screen::refused(&source, &diagnostics))?;
    let watched = Watched::new(&compiled)
        .map_err(|error| Failure::refused(format!("error: the blob is refused: {error}")))?;
    let written = match matches.get_one::<String>("format").map(String::as_str) {
        Some("grafana") => dashboard(&watched),
        _ => rules(&watched),
    };
    files::hand_out(matches, written, String::new())
}
