//! `cofferdam deploy --envoy | --istio`: what a host needs to run a policy that was released. A build
//! of the filter for trials takes a policy as it is, and no other does.

mod istio;

use super::{Ended, Failure, compile, files, trust};
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command};
use cofferdam_engine::Bundle;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::model::Tables;
use cofferdam_policy_compiler::deploy::{self, FetchFrom, Filter, Options, Release, Signed, Trust};
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
                .action(ArgAction::SetTrue),
        )
        .group(ArgGroup::new("host").args(["envoy", "istio"]).required(true))
        .arg(files::argument(
            "policy",
            "BUNDLE",
            "What `cofferdam bundle` wrote; a policy, for a build of the filter for trials",
        ))
        .arg(file("candidate", "Another one, to decide beside it and alter nothing"))
        .arg(file("wasm", "The filter, as Envoy is to open it").required(true))
        .arg(files::output("Bootstrap to write, instead of stdout"))
        .arg(option("pin", "DIGEST", "The first root; the one that is in the bundle"))
        .arg(option("audience", "NAME", "Which mesh the host is in; the one of the release"))
        .arg(
            option("release-floor", "VERSION", "The least version that the host takes; this one")
                .value_parser(clap::value_parser!(u64).range(1..)),
        )
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
        .arg(option("fetch", "URL=CLUSTER", "Have Envoy fetch the module, pinned by its digest"))
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
        .args(istio::arguments())
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    if matches.get_flag("istio") {
        return istio::run(matches);
    }
    let policy = files::path(matches, "policy")?;
    let module_path = files::path(matches, "wasm")?;
    let module = files::read(module_path)?;
    let Given { tables, blob, candidate, trust } = given(matches, policy, module_path, &module)?;
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
    let shown = module_path.to_string_lossy();
    let filter = Filter::new(&tables, blob, &shown, &module)
        .map_err(|error| refused(module_path, &error))?;
    let fetch: Option<FetchFrom> = words(matches, "fetch")?.pop();
    let remote = fetch.map(|fetch| fetch.pinned(Digest::of(&module)));
    let filter = Filter { candidate, trust, remote, ..filter };
    let deployment = options.deployment(&tables, filter);
    deployment.check(&tables).map_err(|error| refused(policy, &error))?;
    let bootstrap = deploy::bootstrap(&deployment).map_err(|error| refused(policy, &error))?;
    if let (Some(path), Some(filter)) = (update, &deployment.filter) {
        let update = deploy::update(filter).map_err(|error| refused(policy, &error))?;
        files::write(path, update.as_bytes())?;
    }
    files::hand_out(matches, bootstrap, String::new())
}

/// What is to be deployed, and who lets it be.
struct Given {
    tables: Tables,
    blob: Vec<u8>,
    candidate: Option<Vec<u8>>,
    trust: Trust,
}

fn given(
    matches: &ArgMatches,
    policy: &Path,
    module_path: &Path,
    module: &[u8],
) -> Result<Given, Failure> {
    let other = matches.get_one::<PathBuf>("candidate");
    let is_bundle = trust::is_bundle(policy)?;
    match (is_bundle, deploy::takes_bundles(module)) {
        (false, false) => {
            let compiled = compile::compiled_file(policy)?;
            let candidate = other.map(|path| compile::compiled_file(path)).transpose()?;
            let candidate = candidate.map(|compiled| compiled.blob);
            let (tables, blob) = (compiled.tables, compiled.blob);
            Ok(Given { tables, blob, candidate, trust: Trust::Unsigned })
        }
        (false, true) => Err(Failure::refused(format!(
            "error: {}: `{}` takes what several people have signed, and this is a policy\n\
             help: `cofferdam release propose` begins a release of it, `cofferdam bundle` writes \
             what is deployed; `cofferdam try` runs it as it is",
            files::name(policy),
            files::name(module_path),
        ))),
        (true, false) => Err(Failure::refused(format!(
            "error: {}: this build of the filter is for trials: it takes a policy that nobody has \
             signed, and no bundle\nhelp: `cargo xtask dist` builds the one that takes bundles",
            files::name(module_path),
        ))),
        (true, true) => {
            let module = Digest::of(module);
            let (bundle, file, settings) = trust::deployable(matches, policy, module)?;
            let candidate = other.map(|path| trust::deployable(matches, path, module));
            let candidate = candidate.transpose()?.map(|(bytes, _, _)| bytes);
            let parsed = Bundle::parse(file.blob.clone());
            let parsed = parsed.map_err(|error| refused(policy, &error))?;
            let tables = parsed.tables().clone();
            let signed = Signed { bundle, candidate, settings };
            let trust = Trust::Signed(Box::new(signed));
            Ok(Given { tables, blob: file.blob, candidate: None, trust })
        }
    }
}

/// The values that are taken are those that there is a way to write for.
fn release(matches: &ArgMatches) -> Release {
    let version = matches.get_one::<String>("envoy-version");
    let minor = version.and_then(|version| version.strip_prefix("1.")?.parse().ok());
    minor.and_then(Release::of_minor).unwrap_or_default()
}

/// The one value of an option that must be there.
fn word<T>(matches: &ArgMatches, id: &str) -> Result<T, Failure>
where
    T: FromStr<Err: Display>,
{
    let word = words(matches, id)?.pop();
    word.ok_or_else(|| Failure::misuse(format!("error: `--{id}` is missing")))
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
