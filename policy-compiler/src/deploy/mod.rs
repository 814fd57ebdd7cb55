//! Writes what a host needs to run a policy: for Envoy, one complete bootstrap, for Istio,
//! manifests.
//! Everything that keeps the filter from being passed by is in it and cannot be left out: the
//! guard, the capability list, the limits. Never writes a key, only the name under which the
//! host's environment has it.

mod around;
mod envoy;
mod istio;
mod mesh;
mod module;
mod options;
mod text;

pub(crate) use around::told;
pub use envoy::{bootstrap, update};
pub use istio::manifests;
pub use mesh::{ImageName, Label, Mesh, MeshError, MeshFilter, ObjectName, Resource, WordError};
pub use module::{ModuleError, capabilities, takes_bundles};
pub use options::{Certificates, ClusterAt, FetchFrom, Listen, OptionError, Options, RouteTo};

use crate::throwaway::Throwaway;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::glob;
use cofferdam_engine::model::{Tables, ZoneId};
use cofferdam_engine::settings::Trust as Settings;
use std::fmt;

/// One Envoy, as a person thinks of it.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// First lines of the file: what wrote it.
    pub title: String,
    /// Port of the administration interface, on loopback.
    pub admin_port: u16,
    /// Where requests come in.
    pub listeners: Vec<Listener>,
    /// Where they go.
    pub clusters: Vec<Cluster>,
    /// What looks at them; none is the bare proxy of a comparison.
    pub filter: Option<Filter>,
}

/// The filter and what it is given.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Path of the module, as Envoy is to open it.
    pub module: String,
    /// Where Envoy is to fetch it, if not from that path.
    pub remote: Option<Remote>,
    /// What the module may call and what of it may be called; see [`capabilities`].
    pub capabilities: Vec<String>,
    /// The compiled policy.
    pub blob: Vec<u8>,
    /// Another one, compiled, which decides beside it and alters nothing.
    pub candidate: Option<Vec<u8>>,
    /// Who lets them be in force.
    pub trust: Trust,
    /// Where the policy is in the file.
    pub source: Source,
    /// Zone of the proxy's own end, where nothing else says it.
    pub own_zone: Option<String>,
    /// Names of the policy's keys; the host's environment holds them.
    pub keys: Vec<String>,
    /// Longest message that is held until its verdict.
    pub inspect_bytes_max: u64,
    /// Lets trailers of requests on, once the filter has looked at them. Nothing behind the filter
    /// can tell whether it has.
    pub request_trailers: bool,
    /// Which releases of Envoy read it.
    pub release: Release,
}

/// Who lets a policy be in force.
#[derive(Clone, Debug)]
pub enum Trust {
    /// Nobody: the module is a build for trials, and takes blobs.
    Unsigned,
    /// Those who have signed.
    Signed(Box<Signed>),
    /// Made-up people, who sign when it is written.
    Throwaway(Box<Throwaway>),
}

/// What was signed, and what a host is told of who may.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The bundle.
    pub bundle: Vec<u8>,
    /// That of a candidate.
    pub candidate: Option<Vec<u8>>,
    /// Pin, mesh, floor and module.
    pub settings: Settings,
}

/// A module that is fetched.
#[derive(Clone, Debug)]
pub struct Remote {
    /// Its URL.
    pub uri: String,
    /// The cluster that it is fetched from.
    pub cluster: String,
    /// What it must digest to.
    pub digest: Digest,
}

/// Releases of Envoy that are written for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Release {
    /// 1.36 to 1.39, whose plugins have the capability list.
    Before1_40,
    /// 1.40 and newer, whose VMs have it.
    #[default]
    From1_40,
}

impl Release {
    /// What reads the bootstrap of a release, by its minor number; none before 1.36.
    #[must_use]
    pub fn of_minor(minor: u32) -> Option<Self> {
        match minor {
            0..36 => None,
            36..40 => Some(Self::Before1_40),
            40.. => Some(Self::From1_40),
        }
    }
}

/// Where Envoy finds filter and policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// In the bootstrap.
    Inline,
    /// In a file of its own (see [`update`]), which may be replaced by renaming while traffic runs.
    File(String),
}

/// A place where requests come in.
#[derive(Clone, Debug)]
pub struct Listener {
    /// Address to bind.
    pub address: String,
    /// Port to bind.
    pub port: u16,
    /// Which side of the proxy's own service it is on.
    pub side: Side,
    /// Certificates, both ways.
    pub tls: Option<Tls>,
    /// Name of its virtual host, where the policy asks for one.
    pub virtual_host: Option<String>,
    /// First fit wins.
    pub routes: Vec<Route>,
}

/// Which side of the proxy's own service a listener is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Neither: a gateway.
    Gateway,
    /// Requests to the own service.
    Inbound,
    /// Requests of the own service.
    Outbound,
}

/// Where a request goes.
#[derive(Clone, Debug)]
pub struct Route {
    /// Its name, as entries and logs show it.
    pub name: String,
    /// Paths that begin like this.
    pub prefix: String,
    /// What answers.
    pub target: Target,
    /// The name that an upstream is asked for instead of the one that came.
    pub host: Option<String>,
}

/// What answers a request.
#[derive(Clone, Debug)]
pub enum Target {
    /// An upstream cluster.
    Cluster(String),
    /// The proxy, with a redirect to this path.
    Redirect(String),
}

/// An upstream.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its name, as the policy's members know it.
    pub name: String,
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// What is spoken.
    pub protocol: Protocol,
    /// Certificates, both ways.
    pub tls: Option<Tls>,
    /// A certificate that only the upstream shows, where `tls` says nothing.
    pub server: Option<Server>,
}

/// An upstream that shows a certificate and asks for none.
#[derive(Clone, Debug)]
pub struct Server {
    /// Name or address that the certificate must be for.
    pub name: String,
    /// Who may vouch for it, PEM file.
    pub authority: String,
}

/// What an upstream speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1
    Http1,
    /// HTTP/2
    Http2,
}

/// Certificates for one side of a connection; the other side must show one that `authority` made.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Own certificate chain, PEM file.
    pub certificate: String,
    /// Its key, PEM file.
    pub key: String,
    /// Who may vouch for the other side, PEM file.
    pub authority: String,
    /// What the other side's SPIFFE id must begin with.
    pub peer_prefix: Option<String>,
}

impl Filter {
    /// The filter for a policy, with the capability list that its module needs.
    ///
    /// # Errors
    /// When `module` is no WebAssembly module that a proxy could call.
    pub fn new(
        tables: &Tables,
        blob: Vec<u8>,
        module_path: &str,
        module: &[u8],
    ) -> Result<Self, ModuleError> {
        Ok(Self {
            module: module_path.to_owned(),
            remote: None,
            capabilities: capabilities(module)?,
            blob,
            candidate: None,
            trust: Trust::Unsigned,
            source: Source::Inline,
            own_zone: None,
            keys: tables.keys.clone(),
            inspect_bytes_max: tables.limits.inspect_bytes_max,
            request_trailers: false,
            release: Release::default(),
        })
    }
}

impl Filter {
    /// What the module is configured with, as it is or in JSON, and what its settings say of who may
    /// sign; nothing where it asks nobody.
    ///
    /// # Errors
    /// When made-up people cannot sign it.
    pub fn configuration(&self) -> Result<(Vec<u8>, Settings), DeployError> {
        let unsignable = |_| DeployError::from(DeployErrorKind::Unsignable);
        let (key, policy, candidate, settings) = match &self.trust {
            Trust::Unsigned => {
                ("blob", self.blob.clone(), self.candidate.clone(), Settings::default())
            }
            Trust::Signed(signed) => {
                let Signed { bundle, candidate, settings } = &**signed;
                ("bundle", bundle.clone(), candidate.clone(), settings.clone())
            }
            Trust::Throwaway(people) => {
                let bundle = people.bundle(&self.blob).map_err(unsignable)?;
                let candidate = self.candidate.as_ref().map(|blob| people.candidate(blob));
                let candidate = candidate.transpose().map_err(unsignable)?;
                ("bundle", bundle, candidate, people.settings())
            }
        };
        Ok((around::configuration(key, policy, candidate.as_deref()), settings))
    }
}

/// Why a deployment cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployError {
    kind: DeployErrorKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum DeployErrorKind {
    NoListener,
    NoRoute(u16),
    UnknownCluster { route: String, cluster: String },
    UnknownFetch(String),
    UnknownZone(String),
    PortTwice(u16),
    PlainCluster { cluster: String, boundary: String },
    Unprintable,
    Unsignable,
}

impl From<DeployErrorKind> for DeployError {
    fn from(kind: DeployErrorKind) -> Self {
        Self { kind }
    }
}

impl fmt::Display for DeployError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            DeployErrorKind::Unsignable => {
                f.write_str("made-up people cannot sign it: its bundle would be too long")
            }
            DeployErrorKind::NoListener => f.write_str("no listener to write"),
            DeployErrorKind::NoRoute(port) => write!(f, "listener {port} has no route"),
            DeployErrorKind::UnknownCluster { route, cluster } => {
                write!(f, "route `{route}` goes to cluster `{cluster}`, which is not there")
            }
            DeployErrorKind::UnknownFetch(cluster) => write!(
                f,
                "the module is fetched from cluster `{cluster}`, which is not there: say where it \
                 is, `--cluster {cluster}=HOST:PORT`"
            ),
            DeployErrorKind::UnknownZone(zone) => {
                write!(f, "own zone `{zone}` is not a zone of the policy")
            }
            DeployErrorKind::PortTwice(port) => write!(f, "port {port} is used twice"),
            DeployErrorKind::PlainCluster { cluster, boundary } => write!(
                f,
                "cluster `{cluster}` has no TLS, which boundary `{boundary}` requires: what is \
                 sent to it would have left before that is known"
            ),
            DeployErrorKind::Unprintable => f.write_str("a name or path holds control characters"),
        }
    }
}

impl std::error::Error for DeployError {}

impl Deployment {
    /// A gateway for a policy: a listener for every `listener_port` of its members, with a route
    /// to the first cluster that they name exactly, and every such cluster under its own name.
    #[must_use]
    pub fn of_policy(tables: &Tables) -> Self {
        let exact = |glob: &String| (!glob.contains(['*', '?'])).then(|| glob.clone());
        let mut names: Vec<String> = Vec::new();
        for name in tables.members.iter().filter_map(|member| exact(member.cluster.as_ref()?)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let mut listeners: Vec<Listener> = Vec::new();
        for port in tables.members.iter().filter_map(|member| member.listener_port) {
            if listeners.iter().all(|listener| listener.port != port) {
                listeners.push(Listener::new(port, Side::Gateway));
            }
        }
        for listener in &mut listeners {
            listener.routes.extend(names.first().map(|name| Route::to(name)));
        }
        let clusters = names.into_iter().map(|name| Cluster::new(&name, &name, 80)).collect();
        Self {
            title: format!("Envoy for the policy `{}`.", tables.policy),
            admin_port: 9901,
            listeners,
            clusters,
            filter: None,
        }
    }

    /// Checks what Envoy would refuse, or worse, take in another sense.
    ///
    /// # Errors
    /// When a name points nowhere or two things share a port.
    pub fn check(&self, tables: &Tables) -> Result<(), DeployError> {
        self.check_shape()?;
        let own_zone = self.filter.as_ref().and_then(|filter| filter.own_zone.as_ref());
        match own_zone {
            Some(own) if tables.zones.iter().all(|zone| zone.name != *own) => {
                Err(DeployErrorKind::UnknownZone(own.clone()).into())
            }
            Some(_) | None => self.check_clusters(tables),
        }
    }

    /// Refuses a cluster without TLS in a zone that a boundary requires it to: the filter sees that
    /// only when an answer comes back.
    fn check_clusters(&self, tables: &Tables) -> Result<(), DeployError> {
        let ways_out = self.listeners.iter().filter(|listener| listener.side != Side::Inbound);
        let routes: Vec<_> = ways_out.flat_map(|listener| &listener.routes).collect();
        let routed = |cluster: &Cluster| {
            routes.iter().any(|route| match &route.target {
                Target::Cluster(name) => *name == cluster.name,
                Target::Redirect(_) => false,
            })
        };
        for cluster in self.clusters.iter().filter(|cluster| cluster.tls.is_none()) {
            let is_in = |zone: ZoneId| {
                tables.members.iter().any(|member| {
                    let wanted = member.cluster.as_deref();
                    let fits = |wanted| glob::fits(wanted, cluster.name.as_bytes(), None);
                    member.zone == zone.0 && wanted.is_some_and(fits)
                })
            };
            let mut boundaries = tables.boundaries.iter();
            let requires = boundaries.find(|it| it.require.asks() && is_in(it.to));
            if let Some(boundary) = requires.filter(|_| routed(cluster)) {
                let (cluster, boundary) = (cluster.name.clone(), boundary.id.clone());
                return Err(DeployErrorKind::PlainCluster { cluster, boundary }.into());
            }
        }
        Ok(())
    }

    fn check_shape(&self) -> Result<(), DeployError> {
        if self.listeners.is_empty() {
            return Err(DeployErrorKind::NoListener.into());
        }
        let remote = self.filter.as_ref().and_then(|filter| filter.remote.as_ref());
        if let Some(Remote { cluster: from, .. }) = remote
            && self.clusters.iter().all(|cluster| cluster.name != *from)
        {
            return Err(DeployErrorKind::UnknownFetch(from.clone()).into());
        }
        let mut ports = vec![self.admin_port];
        for listener in &self.listeners {
            if ports.contains(&listener.port) {
                return Err(DeployErrorKind::PortTwice(listener.port).into());
            }
            ports.push(listener.port);
            if listener.routes.is_empty() {
                return Err(DeployErrorKind::NoRoute(listener.port).into());
            }
            for route in &listener.routes {
                let Target::Cluster(name) = &route.target else { continue };
                if self.clusters.iter().all(|cluster| cluster.name != *name) {
                    let (route, cluster) = (route.name.clone(), name.clone());
                    return Err(DeployErrorKind::UnknownCluster { route, cluster }.into());
                }
            }
        }
        Ok(())
    }
}

impl Listener {
    /// A plain listener on loopback, without routes.
    #[must_use]
    pub fn new(port: u16, side: Side) -> Self {
        let address = "127.0.0.1".to_owned();
        Self { address, port, side, tls: None, virtual_host: None, routes: Vec::new() }
    }
}

impl Route {
    /// Every path to one cluster.
    #[must_use]
    pub fn to(cluster: &str) -> Self {
        Self {
            name: cluster.to_owned(),
            prefix: "/".to_owned(),
            target: Target::Cluster(cluster.to_owned()),
            host: None,
        }
    }
}

impl Cluster {
    /// A cluster that speaks plain HTTP/1.1.
    #[must_use]
    pub fn new(name: &str, host: &str, port: u16) -> Self {
        let (name, host) = (name.to_owned(), host.to_owned());
        Self { name, host, port, protocol: Protocol::Http1, tls: None, server: None }
    }
}
