//! `cofferdam probe`: made-up values over each boundary of a listener that runs, and what came out;
//! the echo behind that listener; manifests that run both.

mod client;
mod serve;
mod tls;

use super::{Ended, Ending, Failure, files, screen};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use client::Client;
use cofferdam_engine::trust::BundleFile;
use cofferdam_policy_compiler::probe::{
    self, Counts, Echo, Key, Known, Manifest, ManifestError, Options,
};
use cofferdam_policy_compiler::report;
use cofferdam_policy_compiler::trial::{Ends, Upstream};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use tls::{Files, Tls};

/// Where the key of probe and echo is.
const KEY: &str = "COFFERDAM_PROBE_KEY";

pub(super) fn command() -> Command {
    let option = |id: &'static str, value: &'static str, help: &'static str| {
        Arg::new(id).long(id).value_name(value).help(help)
    };
    let flag = |id: &'static str, help: &'static str| {
        Arg::new(id).long(id).help(help).action(ArgAction::SetTrue)
    };
    let command = Command::new("probe")
        .about("Sends made-up data over each boundary of a listener that runs; what came out raw")
        .arg(Arg::new("url").value_name("URL").help("The listener: http://HOST:PORT, or https"))
        .arg(
            files::argument("policy", "POLICY", "What it should run: policy, blob or bundle")
                .required(false),
        )
        .arg(flag("echo", "`cofferdam probe --serve` stands behind it: judge both directions"))
        .arg(option("from", "ZONE", "Zone of this caller, where the policy has several boundaries"))
        .arg(option("to", "ZONE", "Zone of the service"))
        .arg(
            option("path", "PATH", "A path to probe, instead of those of the policy's conditions")
                .action(ArgAction::Append),
        )
        .arg(option("host", "NAME", "What the listener is asked for, instead of the URL's host"))
        .arg(flag("quick", "One value in each place, and not one of every category"))
        .arg(flag("allow-unjudged", "Take what could not be judged for no failure"))
        .arg(seconds("timeout", "How long one message may take", "5"))
        .arg(seconds("deadline", "How long all of them may take", "120"))
        .arg(
            option("format", "FORMAT", "How results are written")
                .value_parser(["text", "json"])
                .default_value("text"),
        );
    let command = with_files(command);
    with_others(command).after_help(
        "Exits with 0 when every boundary holds, 1 when something came out raw or could not be \
         judged, 2\nwhen used wrongly. Shows no value. What is sent reaches the service behind \
         the listener.\nThe echo answers who has the same COFFERDAM_PROBE_KEY in the environment: \
         32 characters or more.",
    )
}

fn seconds(id: &'static str, help: &'static str, default: &'static str) -> Arg {
    Arg::new(id)
        .long(id)
        .value_name("SECONDS")
        .help(help)
        .value_parser(value_parser!(u64).range(1..=86_400))
        .default_value(default)
}

/// Certificates.
fn with_files(command: Command) -> Command {
    let file = |id: &'static str, help: &'static str| {
        files::argument(id, "FILE", help).long(id).required(false)
    };
    command
        .arg(file("ca", "Who may vouch for the listener, PEM"))
        .arg(file("cert", "Certificate to show to the listener, PEM").requires("key"))
        .arg(file("key", "Its key, PEM").requires("cert"))
}

/// What is done instead of probing.
fn with_others(command: Command) -> Command {
    let option = |id: &'static str, value: &'static str, help: &'static str| {
        Arg::new(id).long(id).value_name(value).help(help)
    };
    command
        .arg(
            option("serve", "ADDRESS:PORT", "Be the echo behind a listener that is probed")
                .conflicts_with_all(["url", "policy", "manifest"]),
        )
        .arg(
            option("manifest", "KIND", "Write what runs this in Kubernetes, and send nothing")
                .value_parser(["cron", "gate"]),
        )
        .arg(option("image", "IMAGE", "Of a manifest: image with this command"))
        .arg(option("secret", "NAME", "Of a manifest: Secret with the key").default_value(NAME))
        .arg(
            option("policy-map", "NAME", "Of a manifest: ConfigMap with the policy")
                .default_value("cofferdam-policy"),
        )
        .arg(option("workload", "NAME", "Of a gate: Deployment of the gateway"))
        .arg(
            option("schedule", "CRON", "Of a CronJob: when to probe").default_value("*/10 * * * *"),
        )
}

/// What the Secret is called, unless said.
const NAME: &str = "cofferdam-probe";

pub(super) fn run(matches: &ArgMatches) -> Ended {
    if let Some(address) = matches.get_one::<String>("serve") {
        return serve_at(address);
    }
    let Some(url) = matches.get_one::<String>("url") else {
        return Err(Failure::misuse(
            "error: there is no listener to probe\nhelp: cofferdam probe URL POLICY",
        ));
    };
    let there: Upstream =
        url.parse().map_err(|error| Failure::misuse(format!("error: URL: {error}")))?;
    let path = files::path(matches, "policy").map_err(|_| {
        Failure::misuse(
            "error: there is no policy to say what must hold\nhelp: cofferdam probe URL POLICY",
        )
    })?;
    let known = known(path)?;
    if let Some(kind) = matches.get_one::<String>("manifest") {
        return manifest(matches, kind, &there, path);
    }
    let options = options(matches, &known, &there)?;
    let timeout = duration(matches, "timeout");
    let begun = Instant::now();
    let until = begun + duration(matches, "deadline");
    let tls = tls(matches, &there)?;
    let addresses = client::resolve(&there.host, there.port, timeout);
    let client = Client::new(addresses, tls, timeout, until);
    let report = probe::run(&known, &options, &mut |request| client.carry(request))
        .map_err(|error| Failure::misuse(format!("error: --path: {error}")))?;
    let data = match matches.get_one::<String>("format").map(String::as_str) {
        Some("json") => report::probe_json(&known.tables().policy, &known.digest(), &report),
        _ => report::probe_text(&report),
    };
    let counts = Counts::of(&report.rows);
    let Counts { held, raw, other, unjudged } = counts;
    let mut talk = format!(
        "{}, policy `{}`: {held} held, {raw} raw, {other} otherwise, {unjudged} not judged",
        options.ends.names(known.tables()),
        report::printable(&known.tables().policy),
    );
    let allow = matches.get_flag("allow-unjudged");
    match counts.holds(allow) {
        true => Ok(Ending::done(data, talk)),
        false => {
            if held + raw + other == 0 {
                talk.push_str("\nerror: nothing was shown");
            }
            Ok(Ending::refused(data, talk))
        }
    }
}

fn options(matches: &ArgMatches, known: &Known, there: &Upstream) -> Result<Options, Failure> {
    let word = |id: &str| matches.get_one::<String>(id).map(String::as_str);
    let ends = Ends::choose(known.tables(), word("from"), word("to"))
        .map_err(|error| Failure::misuse(error.to_string()))?;
    let paths: Vec<String> =
        matches.get_many::<String>("path").into_iter().flatten().cloned().collect();
    let plain = |path: &String| {
        path.starts_with('/')
            && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.~".contains(&b))
    };
    if !paths.iter().all(plain) {
        return Err(Failure::misuse(
            "error: --path: a path begins with `/`, and has letters, digits and `-_.~` only",
        ));
    }
    let authority = there.to_string();
    let authority = authority.split_once("://").map_or("", |(_, authority)| authority);
    let host = word("host").unwrap_or(authority);
    if !host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:[]".contains(&b)) {
        return Err(Failure::misuse("error: --host: this is no name of a host"));
    }
    let mut run = [0; 16];
    getrandom::fill(&mut run)
        .map_err(|error| Failure::refused(format!("error: no randomness: {error}")))?;
    let key = if matches.get_flag("echo") { Some(key()?) } else { None };
    let quick = matches.get_flag("quick");
    Ok(Options { ends, key, run, paths, quick, host: host.to_owned() })
}

fn key() -> Result<Key, Failure> {
    let text = std::env::var_os(KEY).ok_or_else(|| {
        Failure::misuse(format!(
            "error: {KEY} is not set\nhelp: probe and echo know each other by a key in their \
             environment, for example of `openssl rand -hex 32`"
        ))
    })?;
    Key::new(text.as_encoded_bytes())
        .map_err(|error| Failure::misuse(format!("error: {KEY}: {error}")))
}

/// A policy by its text, or what was compiled from it, or the bundle that a host is given.
fn known(path: &Path) -> Result<Known, Failure> {
    let bytes = files::read(path)?;
    let refused = |error: &dyn std::fmt::Display| {
        Failure::refused(format!("error: {}: {error}", files::name(path)))
    };
    if bytes.starts_with(b"CFDM") {
        return Known::of_blob(bytes).map_err(|error| refused(&error));
    }
    if bytes.starts_with(b"CFBN") {
        let bundle = BundleFile::parse(&bytes).map_err(|reason| refused(&reason))?;
        return Known::of_blob(bundle.blob).map_err(|error| refused(&error));
    }
    let source = files::policy(path)?;
    Known::of_text(&source).map_err(|diagnostics| screen::refused(&source, &diagnostics))
}

fn tls(matches: &ArgMatches, there: &Upstream) -> Result<Option<Tls>, Failure> {
    let file = |id: &str| matches.get_one::<PathBuf>(id).map(PathBuf::as_path);
    let own = file("cert").zip(file("key"));
    match (there.tls, file("ca")) {
        (false, None) if own.is_none() => Ok(None),
        (false, _) => {
            Err(Failure::misuse("error: certificates are for https, and the URL says http"))
        }
        (true, None) => Err(Failure::misuse(
            "error: who vouches for the listener?\nhelp: `--ca FILE` names its authority",
        )),
        (true, Some(authority)) => Tls::new(&there.host, &Files { authority, own }).map(Some),
    }
}

fn duration(matches: &ArgMatches, id: &str) -> Duration {
    Duration::from_secs(matches.get_one::<u64>(id).copied().unwrap_or_default())
}

fn serve_at(address: &str) -> Ended {
    let echo = Echo::new(key()?);
    let shown = report::printable(address);
    let listener = TcpListener::bind(address).map_err(|error| {
        Failure::misuse(format!(
            "error: --serve: {shown}: {error}\nhelp: an address and a port, such as 127.0.0.1:8089"
        ))
    })?;
    if let Ok(address) = listener.local_addr() {
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr().lock(), "an echo listens on {address}");
    }
    // What runs it in a container asks it to end, and does not expect a first process that ignores
    // that: the system would let it go on.
    for signal in [SIGINT, SIGTERM] {
        let always = Arc::new(AtomicBool::new(true));
        signal_hook::flag::register_conditional_shutdown(signal, 0, always)
            .map_err(|error| Failure::refused(format!("error: signals cannot be told: {error}")))?;
    }
    let error = serve::serve(&listener, &echo);
    Err(Failure::refused(format!("error: {shown}: {error}")))
}

fn manifest(matches: &ArgMatches, kind: &str, there: &Upstream, policy: &Path) -> Ended {
    let word = |id: &str| matches.get_one::<String>(id).cloned().unwrap_or_default();
    let mut arguments = Vec::new();
    for id in ["from", "to", "host", "path"] {
        for value in matches.get_many::<String>(id).into_iter().flatten() {
            arguments.extend([format!("--{id}"), value.clone()]);
        }
    }
    if there.tls {
        return Err(Failure::misuse(
            "error: --manifest: a listener behind https needs files that a manifest does not know\n\
             help: write it for http, then add a volume with certificates, `--ca`, `--cert` and \
             `--key`",
        ));
    }
    let manifest = Manifest {
        url: there.to_string(),
        policy: policy
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default(),
        image: word("image"),
        secret: word("secret"),
        config_map: word("policy-map"),
        workload: word("workload"),
        schedule: word("schedule"),
        arguments,
    };
    let written: Result<String, ManifestError> = match kind {
        "gate" => probe::gate(&manifest),
        _ => probe::cron_job(&manifest),
    };
    let written = written.map_err(|error| Failure::misuse(format!("error: {error}")))?;
    Ok(Ending::done(written, ""))
}
