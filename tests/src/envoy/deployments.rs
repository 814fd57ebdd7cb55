//! The deployments that stand in `envoy/`, and the same on ports that are free for a test.
//! One description for both, so that what is tested is what is checked in.

use super::{free_port, module};
use crate::people;
use anyhow::{Context as _, Result};
use cofferdam_engine::Bundle;
use cofferdam_engine::blob;
use cofferdam_engine::model::Tables;
use cofferdam_policy_compiler::deploy::{Deployment, Filter, Options, Release, Source};
use std::path::{Path, PathBuf};

/// Where `cargo xtask dist` puts the module.
const MODULE: &str = "dist/cofferdam.wasm";

const TITLE: &str = "Written by `cofferdam deploy --envoy`.";

/// Ports of the shop's gateway.
#[derive(Clone, Copy, Debug)]
pub struct GatewayPorts {
    /// Visitors come in here.
    pub public: u16,
    /// The shop asks for customers here.
    pub lookup: u16,
    /// Administration.
    pub admin: u16,
    /// The shop itself.
    pub shop: u16,
    /// The customer database itself.
    pub customers: u16,
}

impl GatewayPorts {
    /// As checked in.
    pub const CHECKED_IN: Self =
        Self { public: 8443, lookup: 8444, admin: 9901, shop: 9001, customers: 9002 };

    /// Free ports in front of two services.
    ///
    /// # Errors
    /// When there are none.
    pub fn free(shop: u16, customers: u16) -> Result<Self> {
        let (public, lookup, admin) = (free_port()?, free_port()?, free_port()?);
        Ok(Self { public, lookup, admin, shop, customers })
    }

    fn options(&self) -> Result<Options> {
        Ok(Options {
            title: TITLE.to_owned(),
            listen: vec![
                self.public.to_string().parse()?,
                format!("outbound:{}", self.lookup).parse()?,
            ],
            routes: vec![
                format!("{}:/=shop", self.public).parse()?,
                format!("{}:/=customers", self.lookup).parse()?,
            ],
            clusters: vec![
                format!("shop=127.0.0.1:{}", self.shop).parse()?,
                format!("customers=127.0.0.1:{}", self.customers).parse()?,
            ],
            own_zone: Some("shop".to_owned()),
            admin_port: Some(self.admin),
            release: module::release(),
            ..Options::default()
        })
    }
}

/// The gateway of the shop, with the policy that a first user writes.
///
/// # Errors
/// When policy or module are not there, or are none.
pub fn gateway(ports: GatewayPorts) -> Result<Deployment> {
    let (tables, filter) = filter_of("shop", &[(8443, ports.public)])?;
    Ok(ports.options()?.deployment(&tables, filter))
}

/// The text of `envoy/gateway.yaml`.
///
/// # Errors
/// As [`gateway`].
pub fn gateway_checked_in() -> Result<Deployment> {
    let mut deployment = gateway(GatewayPorts::CHECKED_IN)?;
    if let Some(filter) = &mut deployment.filter {
        filter.module = MODULE.to_owned();
        filter.source = Source::File("target/policies/gateway.yaml".to_owned());
        filter.release = Release::default();
    }
    Ok(deployment)
}

/// Ports of the proxy between two zones.
#[derive(Clone, Copy, Debug)]
pub struct ZonesPorts {
    /// Peers with certificates come in here.
    pub peers: u16,
    /// Administration.
    pub admin: u16,
    /// The warehouse, which shows a certificate too.
    pub warehouse: u16,
}

impl ZonesPorts {
    /// As checked in.
    pub const CHECKED_IN: Self = Self { peers: 8443, admin: 9901, warehouse: 9003 };
}

/// The proxy between two zones: peers by their certificates, which lie in `folder`.
///
/// # Errors
/// When policy or module are not there, or are none.
pub fn two_zones(ports: ZonesPorts, folder: &str) -> Result<Deployment> {
    let (tables, filter) = filter_of("payments", &[(8443, ports.peers)])?;
    let options = Options {
        title: TITLE.to_owned(),
        listen: vec![ports.peers.to_string().parse()?],
        routes: vec!["/=warehouse".parse()?],
        clusters: vec![format!("warehouse=127.0.0.1:{}", ports.warehouse).parse()?],
        mtls: Some(format!("{folder}/gateway").parse()?),
        admin_port: Some(ports.admin),
        release: module::release(),
        ..Options::default()
    };
    Ok(options.deployment(&tables, filter))
}

/// The text of `envoy/two-zones.yaml`.
///
/// # Errors
/// As [`two_zones`].
pub fn two_zones_checked_in() -> Result<Deployment> {
    let mut deployment = two_zones(ZonesPorts::CHECKED_IN, "target/ca")?;
    if let Some(filter) = &mut deployment.filter {
        filter.module = MODULE.to_owned();
        filter.source = Source::File("target/policies/two-zones.yaml".to_owned());
        filter.release = Release::default();
    }
    Ok(deployment)
}

/// The text of `envoy/bare.yaml`: the same without the filter.
///
/// # Errors
/// As [`gateway`].
pub fn bare_checked_in() -> Result<Deployment> {
    let mut deployment = gateway_checked_in()?;
    deployment.title = "The gateway without the filter: what comes out then.".to_owned();
    deployment.filter = None;
    Ok(deployment)
}

/// The filter with one of the policies in `envoy/policies`, its listeners moved to other ports.
///
/// # Errors
/// When policy or module are not there, or are none.
pub fn filter_of(policy: &str, ports: &[(u16, u16)]) -> Result<(Tables, Filter)> {
    let path = root().join("envoy/policies").join(format!("{policy}.yaml"));
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    filter_of_text(&text, policy, ports)
}

/// The filter with a policy of the test's own.
///
/// # Errors
/// When it is none.
pub fn filter_of_text(text: &str, name: &str, ports: &[(u16, u16)]) -> Result<(Tables, Filter)> {
    let compiled = cofferdam_policy_compiler::compile(text, name)
        .map_err(|diagnostics| anyhow::anyhow!("`{name}` does not compile: {diagnostics:?}"))?;
    let bundle = Bundle::parse(compiled.blob)?;
    moved(&bundle, ports)
}

/// The filter with a compiled policy, its listeners moved to other ports. Nothing else changes.
///
/// # Errors
/// When there is no module.
pub fn moved(bundle: &Bundle, ports: &[(u16, u16)]) -> Result<(Tables, Filter)> {
    let mut tables = bundle.tables().clone();
    for port in tables.members.iter_mut().filter_map(|member| member.listener_port.as_mut()) {
        if let Some((_, to)) = ports.iter().find(|(from, _)| from == port) {
            *port = *to;
        }
    }
    let blob = bundle.blob();
    let automata: Vec<_> =
        (0..blob.automata_len()).filter_map(|n| Some(blob.automaton(n)?.to_vec())).collect();
    let bytes = blob::seal(&tables, &automata)?;
    let path = module::filter_path()?;
    let module = std::fs::read(&path)?;
    let mut filter = Filter::new(&tables, bytes, &path.display().to_string(), &module)?;
    filter.trust = people::now(&module);
    filter.release = module::release();
    Ok((tables, filter))
}

/// Root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}
