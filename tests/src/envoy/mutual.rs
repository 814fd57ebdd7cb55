//! A bare Envoy beside the one under test, which speaks TLS and shows certificates as a case wants:
//! the caller on one side, the upstream on the other. All are of a throw-away authority.

use super::process::new_folder;
use super::{Envoy, Start, free_port};
use crate::case::Via;
use anyhow::Result;
use cofferdam_ca::Authority;
use cofferdam_policy_compiler::deploy::{
    Cluster, Deployment, Listener, Route, Side, Tls, bootstrap,
};
use std::path::{Path, PathBuf};

/// Both other ends, with their certificates.
pub(super) struct Mutual {
    _envoy: Envoy,
    folder: PathBuf,
    /// Where a plain client reaches the caller, if that one speaks TLS.
    pub(super) caller: Option<u16>,
    /// Where the upstream speaks TLS, if it does.
    pub(super) upstream: Option<u16>,
    /// The certificate of the host itself.
    pub(super) host: Tls,
}

impl Drop for Mutual {
    fn drop(&mut self) {
        // Keys of a throw-away authority; nothing is lost where this fails.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Whether a case needs certificates.
pub(super) fn wanted(via: &Via) -> bool {
    via.caller_tls().is_some() || via.callee_tls().is_some()
}

impl Mutual {
    /// Starts in front of a host where the caller speaks TLS, and behind it where the upstream does.
    pub(super) fn open(via: &Via, host: u16, plain_upstream: u16) -> Result<Self> {
        let folder = new_folder()?;
        let authority = Authority::new()?;
        std::fs::write(folder.join("ca.pem"), authority.pem())?;
        for (name, uris) in [
            ("caller", via.spiffe.as_deref()),
            ("host", via.local_spiffe.as_deref()),
            ("upstream", via.upstream_spiffe.as_deref()),
        ] {
            let uris: Vec<&str> = uris.map(|uris| uris.split(',').collect()).unwrap_or_default();
            authority.peer(name, &uris)?.write(&folder, name)?;
        }
        let mut deployment = Deployment {
            title: "The other ends.".to_owned(),
            admin_port: free_port()?,
            listeners: Vec::new(),
            clusters: Vec::new(),
            filter: None,
        };
        let caller = via.caller_tls().map(|_| free_port()).transpose()?;
        if let Some(port) = caller {
            let mut listener = Listener::new(port, Side::Outbound);
            listener.routes.push(Route::to("host"));
            deployment.listeners.push(listener);
            let mut cluster = Cluster::new("host", "127.0.0.1", host);
            cluster.tls = Some(tls(&folder, "caller"));
            deployment.clusters.push(cluster);
        }
        let upstream = via.callee_tls().map(|_| free_port()).transpose()?;
        if let Some(port) = upstream {
            let mut listener = Listener::new(port, Side::Inbound);
            listener.tls = Some(tls(&folder, "upstream"));
            listener.routes.push(Route::to("plain"));
            deployment.listeners.push(listener);
            deployment.clusters.push(Cluster::new("plain", "127.0.0.1", plain_upstream));
        }
        let text = as_told(&bootstrap(&deployment)?, Near::Peers, via);
        let envoy = Envoy::start_text(&text, deployment.admin_port, &Start::default())?;
        Ok(Self { _envoy: envoy, host: tls(&folder, "host"), folder, caller, upstream })
    }
}

/// Whose bootstrap it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Near {
    /// The host's: callers come to its listener, and its cluster goes to the upstream.
    Host,
    /// That of both other ends: the upstream is its listener, and its cluster goes to the host.
    Peers,
}

/// A bootstrap with the versions of TLS that a case tells, and without the certificates that nobody
/// shows: what is deployed otherwise takes no old version, and asks for certificates.
pub(super) fn as_told(text: &str, near: Near, via: &Via) -> String {
    let caller = (via.tls.as_deref(), via.shows_certificate());
    let callee = (via.upstream_tls.as_deref(), !via.upstream_one_sided);
    let (listener, cluster) = match near {
        Near::Host => (caller, callee),
        Near::Peers => (callee, caller),
    };
    let (listeners, clusters) = text.split_once(CLUSTERS).unwrap_or((text, ""));
    let mut listeners = with_version(listeners, listener.0);
    if !listener.1 {
        listeners = listeners
            .replace("require_client_certificate: true", "require_client_certificate: false");
    }
    let mut clusters = with_version(clusters, cluster.0);
    if !cluster.1 {
        clusters = without_certificate(&clusters);
    }
    format!("{listeners}{CLUSTERS}{clusters}")
}

const CLUSTERS: &str = "\n  clusters:\n";

fn with_version(text: &str, version: Option<&str>) -> String {
    let name = match version {
        None => return text.to_owned(),
        Some("TLSv1") => "TLSv1_0".to_owned(),
        Some(version) => version.replace('.', "_"),
    };
    // Those that old versions know, beside what Envoy offers by itself.
    let suites = match name.as_str() {
        "TLSv1_0" | "TLSv1_1" => ", cipher_suites: [ECDHE-ECDSA-AES128-SHA]",
        _ => "",
    };
    let versions =
        format!("tls_minimum_protocol_version: {name}, tls_maximum_protocol_version: {name}");
    let usual = "tls_params: { tls_minimum_protocol_version: TLSv1_2 }";
    text.replace(usual, &format!("tls_params: {{ {versions}{suites} }}"))
}

fn without_certificate(text: &str) -> String {
    let mut out = String::new();
    let mut lines = text.split_inclusive('\n');
    while let Some(line) = lines.next() {
        match line.trim() == "tls_certificates:" {
            true => lines.by_ref().take(2).for_each(drop),
            false => out.push_str(line),
        }
    }
    out
}

fn tls(folder: &Path, name: &str) -> Tls {
    let file = |name: &str| folder.join(name).display().to_string();
    Tls {
        certificate: file(&format!("{name}.pem")),
        key: file(&format!("{name}.key")),
        authority: file("ca.pem"),
        peer_prefix: None,
    }
}
