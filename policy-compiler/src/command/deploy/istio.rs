//! `cofferdam deploy --istio`: manifests for the workloads of a mesh.

use super::super::{Ended, files, trust};
use super::{refused, release, word, words};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches};
use cofferdam_engine::blob::Digest;
use cofferdam_policy_compiler::deploy::{
    self, ImageName, Label, Mesh, MeshFilter, ObjectName, Release, Resource, Side,
};
use std::path::PathBuf;

/// What only `--envoy` has: a mesh has listeners and clusters of its own.
const ENVOY_ONLY: [&str; 7] =
    ["fetch", "listen", "route", "cluster", "mtls", "update", "admin-port"];

pub(super) fn arguments() -> Vec<Arg> {
    let option = |id: &'static str, value: &'static str, help: &'static str| {
        let arg = Arg::new(id).long(id).value_name(value).help(help);
        arg.conflicts_with("envoy").help_heading("For Istio")
    };
    let needed = |arg: Arg| arg.required_if_eq("istio", "true");
    vec![
        Arg::new("istio")
            .long("istio")
            .help("Write manifests for Istio")
            .action(ArgAction::SetTrue)
            .conflicts_with_all(ENVOY_ONLY),
        needed(option("image", "REGISTRY/NAME", "Where the image is that `cofferdam image` makes")),
        needed(option("namespace", "NAME", "Namespace of the workloads")),
        option("name", "NAME", "What the objects are called").default_value("cofferdam"),
        option("selector", "KEY=VALUE", "Label of the workloads; without one all are meant")
            .action(ArgAction::Append),
        option("side", "SIDE", "Which traffic of theirs")
            .value_parser(["gateway", "inbound", "outbound"])
            .default_value("gateway"),
        option("resource", "KIND", "What has the filter put in")
            .value_parser(["wasm-plugin", "traffic-extension", "envoy-filter"])
            .default_value("wasm-plugin"),
        option("pull-secret", "NAME", "Secret that the image is fetched with"),
    ]
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let path = files::path(matches, "policy")?;
    let module_path = files::path(matches, "wasm")?;
    let module = files::read(module_path)?;
    let digest = Digest::of(&module);
    let (bundle, _, settings) = trust::deployable(matches, path, digest)?;
    let audience = settings.audience.unwrap_or_default();
    let pin = settings.root.unwrap_or(Digest([0; 32]));
    let (mut filter, tables) =
        MeshFilter::new(&module, &bundle, pin, &audience).map_err(|error| refused(path, &error))?;
    filter.floor = settings.floor.unwrap_or(filter.floor);
    if let Some(path) = matches.get_one::<PathBuf>("candidate") {
        let (candidate, _, _) = trust::deployable(matches, path, digest)?;
        filter = filter.beside(&candidate).map_err(|error| refused(path, &error))?;
    }
    let filter = MeshFilter {
        own_zone: matches.get_one::<String>("own-zone").cloned(),
        request_trailers: matches.get_flag("request-trailers"),
        release: envoy(matches),
        ..filter
    };
    let namespace: ObjectName = word(matches, "namespace")?;
    let image: ImageName = word(matches, "image")?;
    let mesh = Mesh::new(&namespace.0, &image, &module, filter)
        .map_err(|error| refused(module_path, &error))?;
    let secret: Option<ObjectName> = words(matches, "pull-secret")?.pop();
    let labels: Vec<Label> = words(matches, "selector")?;
    let mesh = Mesh {
        title: format!(
            "Written by `cofferdam deploy --istio`.\nIt keeps the policy `{}` for {}.",
            tables.policy,
            traffic(matches)
        ),
        name: word::<ObjectName>(matches, "name")?.0,
        labels: labels.into_iter().map(|Label(key, value)| (key, value)).collect(),
        side: side(matches),
        resource: resource(matches),
        pull_secret: secret.map(|ObjectName(name)| name),
        ..mesh
    };
    mesh.check(&tables).map_err(|error| refused(path, &error))?;
    let text = deploy::manifests(&mesh).map_err(|error| refused(path, &error))?;
    files::hand_out(matches, text, String::new())
}

/// The proxies of a mesh lag behind Envoy's own releases: the newest is written for only where it
/// was said.
fn envoy(matches: &ArgMatches) -> Release {
    match matches.value_source("envoy-version") {
        Some(ValueSource::CommandLine) => release(matches),
        _ => Release::Before1_40,
    }
}

fn side(matches: &ArgMatches) -> Side {
    match matches.get_one::<String>("side").map(String::as_str) {
        Some("inbound") => Side::Inbound,
        Some("outbound") => Side::Outbound,
        _ => Side::Gateway,
    }
}

fn traffic(matches: &ArgMatches) -> &'static str {
    match side(matches) {
        Side::Gateway => "all that goes through the gateway",
        Side::Inbound => "every request that comes in",
        Side::Outbound => "every request that goes out",
    }
}

fn resource(matches: &ArgMatches) -> Resource {
    match matches.get_one::<String>("resource").map(String::as_str) {
        Some("traffic-extension") => Resource::TrafficExtension,
        Some("envoy-filter") => Resource::EnvoyFilter,
        _ => Resource::WasmPlugin,
    }
}
