//! `cofferdam try`: a local Envoy with a policy in front of a service, and what crosses, as it
//! crosses. What Envoy is given is what `deploy` writes; its files go when it goes.

mod envoy;
mod find;
mod system;
mod watch;

use super::{Ended, Ending, Failure, compile, files, screen, trust};
use clap::{Arg, ArgAction, ArgMatches, Command};
use cofferdam_engine::blob::Digest;
use cofferdam_engine::model::{Entries, Mode, Reply, Tables};
use cofferdam_policy_compiler::Compiled;
use cofferdam_policy_compiler::deploy::{self, Filter, Trust};
use cofferdam_policy_compiler::report::printable;
use cofferdam_policy_compiler::throwaway::Throwaway;
use cofferdam_policy_compiler::trial::{Board, Ends, Standing, Trial, Upstream};
use envoy::{Envoy, Folder};
use find::Binary;
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use system::Interrupt;
use watch::{How, View};

pub(super) fn command() -> Command {
    let option = |id: &'static str, value: &'static str, help: &'static str| {
        Arg::new(id).long(id).value_name(value).help(help)
    };
    let file = |id: &'static str, help: &'static str| {
        option(id, "FILE", help).value_parser(clap::value_parser!(PathBuf))
    };
    Command::new("try")
        .about("Puts a local Envoy with a policy in front of a service, and shows what crosses")
        .arg(files::argument("policy", "POLICY", "Policy to try"))
        .arg(option("upstream", "URL", "The service: http://HOST:PORT, or https").required(true))
        .arg(option("from", "ZONE", "Zone of callers, where the policy has several boundaries"))
        .arg(option("to", "ZONE", "Zone of the service"))
        .arg(option(
            "listen",
            "127.0.0.1:PORT",
            "Where requests come in; the policy's listener port, or a free one, unless said",
        ))
        .arg(file("envoy", "Envoy to run, instead of COFFERDAM_ENVOY or the one on the path"))
        .arg(file("filter", "The filter's module, instead of dist/cofferdam.wasm"))
        .arg(
            option("for", "SECONDS", "End after so long, and not with Ctrl-C")
                .value_parser(clap::value_parser!(u64).range(1..=1_000_000)),
        )
        .arg(
            Arg::new("json")
                .long("json")
                .help("Write each entry as a line of JSON")
                .action(ArgAction::SetTrue),
        )
        .after_help(
            "Shows names, numbers and verdicts; never a value, a URL or a header.\nIt listens on \
             loopback only. What is sent through it reaches the service.",
        )
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let interrupt = Interrupt::new()
        .map_err(|error| Failure::refused(format!("error: signals cannot be told: {error}")))?;
    let upstream: Upstream = word(matches, "upstream")
        .parse()
        .map_err(|error| Failure::misuse(format!("error: --upstream: {error}")))?;
    let compiled = compile::compiled_file(files::path(matches, "policy")?)?;
    let (from, to) = (matches.get_one::<String>("from"), matches.get_one::<String>("to"));
    let ends = Ends::choose(&compiled.tables, from.map(String::as_str), to.map(String::as_str))
        .map_err(|error| Failure::misuse(error.to_string()))?;
    let binary = find::envoy(matches)?;
    let module = find::filter(matches)?;
    let (address, standing) = standing(matches, &compiled.tables, ends)?;
    let authorities = if upstream.tls { Some(find::authorities()?) } else { None };
    let admin_port = find::free_port(IpAddr::V4(Ipv4Addr::LOCALHOST))?;
    let reached = reached(&upstream);
    let at = reached.as_ref().ok().copied();
    let trial = Trial { upstream, at, standing, address, admin_port, authorities };
    let prepared = prepare(&trial, &compiled, &module, &binary)?;
    let facts = facts(&compiled, &binary, &trial, ends);
    let mut view = View::new(how(matches), Board::new(&facts));
    // On a screen they stand above the table.
    if view.how() != How::Screen {
        facts.iter().for_each(|fact| say(fact));
    }
    notices(&compiled.tables, &trial, ends).iter().for_each(|notice| view.notice(notice));
    if let Err(why) = reached {
        let service = &trial.upstream;
        view.notice(&format!("{service} does not answer: {why}; until it does, requests get 503"));
    }
    let seconds = matches.get_one::<u64>("for").map(|seconds| Duration::from_secs(*seconds));
    say(&format!("starting Envoy {}", binary.version));
    let (folder, config) = prepared;
    let Some(envoy) = Envoy::start(&binary, folder, &config, trial.admin_port, &interrupt)? else {
        return Ok(Ending::done("", "ended before Envoy was ready"));
    };
    let until = seconds.and_then(|seconds| Instant::now().checked_add(seconds));
    if view.how() != How::Screen {
        say("ready");
    }
    let told = watch::watch(envoy, view, &interrupt, until)?;
    Ok(Ending::done("", told))
}

fn word<'m>(matches: &'m ArgMatches, id: &str) -> &'m str {
    matches.get_one::<String>(id).map_or("", String::as_str)
}

fn how(matches: &ArgMatches) -> How {
    match (matches.get_flag("json"), screen::refreshes()) {
        (true, _) => How::Json,
        (false, true) => How::Screen,
        (false, false) => How::Lines,
    }
}

/// Talk, while the command goes on.
fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Where requests come in, and how the policy then places both ends.
fn standing(
    matches: &ArgMatches,
    tables: &Tables,
    ends: Ends,
) -> Result<(IpAddr, Standing), Failure> {
    let listen = matches.get_one::<String>("listen").map(|listen| listened(listen)).transpose()?;
    let address = listen.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |listen| listen.ip());
    let ports = match listen.map(|listen| listen.port()).filter(|port| *port > 0) {
        Some(port) => {
            find::is_free(address, port).map_err(|error| {
                Failure::refused(format!(
                    "error: --listen: port {port} of {address} cannot be listened on: {error}"
                ))
            })?;
            vec![port]
        }
        // A port that was asked to be any is none of the policy's.
        None => {
            let members = tables.members.iter().filter(|_| listen.is_none());
            let mut ports: Vec<u16> = members.filter_map(|member| member.listener_port).collect();
            ports.retain(|port| find::is_free(address, *port).is_ok());
            ports.push(find::free_port(address)?);
            ports
        }
    };
    let standing = Standing::find(tables, ends, address, &ports)
        .map_err(|error| Failure::refused(format!("error: {error}")))?;
    Ok((address, standing))
}

fn listened(text: &str) -> Result<SocketAddr, Failure> {
    let text = text.replacen("localhost:", "127.0.0.1:", 1);
    let address = match text.parse::<u16>() {
        Ok(port) => Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
        Err(_) => text.parse().ok(),
    };
    let wrong = |why: &str| {
        let text = printable(&text);
        Failure::misuse(format!("error: --listen `{text}`: {why}; write `127.0.0.1:PORT`"))
    };
    let address = address.ok_or_else(|| wrong("this is no address with a port"))?;
    match address.ip() {
        IpAddr::V4(Ipv4Addr::LOCALHOST) | IpAddr::V6(Ipv6Addr::LOCALHOST) => Ok(address),
        _ => Err(wrong("a trial is for this machine alone")),
    }
}

/// What is tried, in lines that stay.
fn facts(compiled: &Compiled, binary: &Binary, trial: &Trial, ends: Ends) -> Vec<String> {
    let tables = &compiled.tables;
    let [caller, service] = &trial.standing.told;
    let mode = match tables.mode {
        Mode::Enforce => "",
        Mode::Observe => ", which only observes",
    };
    vec![
        format!(
            "policy {}{mode}, digest {}, {}, Envoy {}",
            printable(&tables.policy),
            Digest::of(&compiled.blob).short(),
            ends.names(tables),
            binary.version
        ),
        format!("caller   {caller}"),
        format!("service  {service}"),
        format!("{} -> {}; Ctrl-C ends it", trial.url(), trial.upstream),
        format!("to begin: {}", printable(&trial.first_request(tables, ends))),
    ]
}

/// What a person would otherwise wonder about.
fn notices(tables: &Tables, trial: &Trial, ends: Ends) -> Vec<String> {
    let mut notices = Vec::new();
    if !ends.are_joined(tables) {
        let names = ends.names(tables);
        notices.push(format!("no boundary joins {names}: every request will be blocked"));
    }
    let mut told = tables.boundaries.iter().filter(|boundary| {
        let reply = match &boundary.reply {
            Reply::Inspect(rules) => Some(rules),
            Reply::StatusOnly => None,
        };
        let rules = [Some(&boundary.request), reply];
        let few = rules.into_iter().flatten().any(|rules| rules.entries == Entries::Findings);
        few && (boundary.from, boundary.to) == (ends.from, ends.to)
    });
    if let Some(boundary) = told.next() {
        let id = printable(&boundary.id);
        notices.push(format!("`{id}` has `entries: findings`: what has none is not shown"));
    }
    let ports = tables.members.iter().filter(|member| member.zone == ends.from.0);
    for port in ports.filter_map(|member| member.listener_port) {
        if trial.standing.own_zone.is_some() && find::is_free(trial.address, port).is_err() {
            notices.push(format!("port {port}, by which the policy places callers, is taken here"));
        }
    }
    notices
}

/// The first of its addresses at which the service answers.
fn reached(upstream: &Upstream) -> io::Result<IpAddr> {
    let mut last = io::Error::other("its name has no address");
    for address in (upstream.host.as_str(), upstream.port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, Duration::from_secs(2)) {
            Ok(_) => return Ok(address.ip()),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// What a trial has in place of people: made-up ones, whose keys go when it ends.
fn made_up(module: &[u8]) -> Result<Trust, Failure> {
    if !deploy::takes_bundles(module) {
        return Ok(Trust::Unsigned);
    }
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| {
        Failure::refused(format!("error: the system gives no randomness for keys: {error}"))
    })?;
    let people = Throwaway::new(seed, trust::now(), Digest::of(module));
    Ok(Trust::Throwaway(Box::new(people)))
}

/// Filter and configuration, in the folder where they are until the trial ends.
fn prepare(
    trial: &Trial,
    compiled: &Compiled,
    module: &Path,
    binary: &Binary,
) -> Result<(Folder, PathBuf), Failure> {
    let refused = |why: &dyn std::fmt::Display| Failure::refused(format!("error: {why}"));
    let folder = Folder::new()?;
    let bytes = files::read(module)?;
    // A copy: the module may be built anew while Envoy runs, and any path may lead to it.
    folder.write("cofferdam.wasm", &bytes)?;
    let (tables, blob) = (&compiled.tables, compiled.blob.clone());
    let filter = Filter::new(tables, blob, &folder.path("cofferdam.wasm"), &bytes)
        .map_err(|error| refused(&format!("{}: {error}", files::name(module))))?;
    let trust = made_up(&bytes)?;
    let filter = Filter { release: binary.release, trust, ..filter };
    let deployment = trial.deployment(&printable(&tables.policy), filter);
    deployment.check(tables).map_err(|error| refused(&error))?;
    let bootstrap = deploy::bootstrap(&deployment).map_err(|error| refused(&error))?;
    let config = folder.write("envoy.yaml", bootstrap.as_bytes())?;
    Ok((folder, config))
}
