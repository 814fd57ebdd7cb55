//! `cofferdam deploy --envoy`: what a host needs to run a policy.

use super::{Ended, Failure, compile, files};
use clap::{Arg, ArgAction, ArgMatches, Command};
use cofferdam_policy_compiler::deploy::{self, Filter, Options, Release};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;

pub(super) fn command() -> Command {
    let option = |id: &'static str, value: &'static str, help: &'static str| {
        Arg::new(id).long(id).value_name(value).help(help)
    };
    let file = |id: &'static str, help: &'static str| {
        option(id, "FILE", help).value_parser(clap::value_parser!(PathBuf))
    };
    Command::new("deploy")
        .about("Writes a host's configuration: filter, guard, allow-list, limits")
        .arg(
            Arg::new("envoy")
                .long("envoy")
                .help("Write the bootstrap of an Envoy")
                .action(ArgAction::SetTrue)
                .required(true),
        )
        .arg(files::argument("policy", "POLICY", "Policy to deploy"))
        .arg(file("candidate", "Another policy, to decide beside it and alter nothing"))
        .arg(file("wasm", "The filter, as Envoy is to open it").required(true))
        .arg(files::output("Bootstrap to write, instead of stdout"))
        .arg(
            option("listen", "[SIDE:][ADDRESS:]PORT", "Listener instead of the policy's")
                .action(ArgAction::Append),
        )
        .arg(
            option("route", "[PORT:]/PREFIX=CLUSTER", "Where requests go")
                .action(ArgAction::Append),
        )
        .arg(
            option("cluster", "NAME=HOST:PORT[,h2][,plain]", "Where a cluster is")
                .action(ArgAction::Append),
        )
        .arg(option("own-zone", "ZONE", "Zone of the proxy's own end"))
        .arg(option("mtls", "FOLDER/NAME", "Certificates for all sides"))
        .arg(file("update", "File to put filter and policy in, read again when it is replaced"))
        .arg(
            option("admin-port", "PORT", "Port of the administration interface, on loopback")
                .value_parser(clap::value_parser!(u16).range(1..)),
        )
        .arg(
            Arg::new("request-trailers")
                .long("request-trailers")
                .help("Let trailers of requests on; without it they are taken off")
                .action(ArgAction::SetTrue),
        )
        .arg(
            option("envoy-version", "1.MINOR", "Envoy that is to read it, from 1.36 on")
                .value_parser(["1.36", "1.37", "1.38", "1.39", "1.40"])
                .default_value("1.40"),
        )
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let compiled = compile::compiled_file(files::path(matches, "policy")?)?;
    let module_path = files::path(matches, "wasm")?;
    let module = files::read(module_path)?;
    let update = matches.get_one::<PathBuf>("update");
    let options = Options {
        title: "Written by `cofferdam deploy --envoy`.".to_owned(),
        listen: words(matches, "listen")?,
        routes: words(matches, "route")?,
        clusters: words(matches, "cluster")?,
        own_zone: matches.get_one::<String>("own-zone").cloned(),
        mtls: words(matches, "mtls")?.pop(),
        update: update.map(|path| path.to_string_lossy().into_owned()),
        admin_port: matches.get_one::<u16>("admin-port").copied(),
        request_trailers: matches.get_flag("request-trailers"),
        release: release(matches),
    };
    let tables = &compiled.tables;
    let shown = module_path.to_string_lossy();
    let filter = Filter::new(tables, compiled.blob, &shown, &module)
        .map_err(|error| refused(module_path, &error))?;
    let candidate = matches.get_one::<PathBuf>("candidate");
    let candidate = candidate.map(|path| compile::compiled_file(path)).transpose()?;
    let filter = Filter { candidate: candidate.map(|compiled| compiled.blob), ..filter };
    let deployment = options.deployment(tables, filter);
    let policy = files::path(matches, "policy")?;
    deployment.check(tables).map_err(|error| refused(policy, &error))?;
    let bootstrap = deploy::bootstrap(&deployment).map_err(|error| refused(policy, &error))?;
    if let (Some(path), Some(filter)) = (update, &deployment.filter) {
        let update = deploy::update(filter).map_err(|error| refused(policy, &error))?;
        files::write(path, update.as_bytes())?;
    }
    files::hand_out(matches, bootstrap, String::new())
}

/// The values that are taken are those that there is a way to write for.
fn release(matches: &ArgMatches) -> Release {
    let version = matches.get_one::<String>("envoy-version");
    let minor = version.and_then(|version| version.strip_prefix("1.")?.parse().ok());
    minor.and_then(Release::of_minor).unwrap_or_default()
}

fn words<T>(matches: &ArgMatches, id: &str) -> Result<Vec<T>, Failure>
where
    T: FromStr<Err: Display>,
{
    let given = matches.get_many::<String>(id).into_iter().flatten();
    given
        .map(|word| {
            word.parse().map_err(|error| {
                let word = cofferdam_policy_compiler::report::printable(word);
                Failure::misuse(format!("error: --{id} `{word}`: {error}"))
            })
        })
        .collect()
}

fn refused(path: &Path, why: &dyn Display) -> Failure {
    Failure::refused(format!("error: {}: {why}", files::name(path)))
}
