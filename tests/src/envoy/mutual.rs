//! A bare Envoy beside the one under test, which shows the certificates that a case wants: the
//! caller's on one side, the upstream's on the other. All are of a throw-away authority.

use super::process::new_folder;
use super::{Envoy, Start, free_port};
use crate::case::Via;
use anyhow::Result;
use cofferdam_ca::Authority;
use cofferdam_policy_compiler::deploy::{Cluster, Deployment, Listener, Route, Side, Tls};
use std::path::{Path, PathBuf};

/// Both other ends, with their certificates.
pub(super) struct Mutual {
    _envoy: Envoy,
    folder: PathBuf,
    /// Where a plain client reaches the caller.
    pub(super) caller: u16,
    /// Where the upstream speaks TLS, if it shows a certificate.
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
    via.spiffe.is_some() || via.bare_certificate
}

impl Mutual {
    /// Starts in front of a host, and behind it where the upstream shows a certificate.
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
        let caller = free_port()?;
        let mut listener = Listener::new(caller, Side::Outbound);
        listener.routes.push(Route::to("host"));
        let mut cluster = Cluster::new("host", "127.0.0.1", host);
        cluster.tls = Some(tls(&folder, "caller"));
        let mut deployment = Deployment {
            title: "The other ends.".to_owned(),
            admin_port: free_port()?,
            listeners: vec![listener],
            clusters: vec![cluster],
            filter: None,
        };
        let upstream = via.upstream_spiffe.as_ref().map(|_| free_port()).transpose()?;
        if let Some(port) = upstream {
            let mut listener = Listener::new(port, Side::Inbound);
            listener.tls = Some(tls(&folder, "upstream"));
            listener.routes.push(Route::to("plain"));
            deployment.listeners.push(listener);
            deployment.clusters.push(Cluster::new("plain", "127.0.0.1", plain_upstream));
        }
        let envoy = Envoy::start(&deployment, &Start::default())?;
        Ok(Self { _envoy: envoy, host: tls(&folder, "host"), folder, caller, upstream })
    }
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
