//! The filter module in wasmtime, hosted by the harness.

use crate::case::{self, Case, HostSettings, Via};
use crate::native::NOW_MILLIS;
use crate::people;
use crate::plan::Plan;
use crate::policy::Policy;
use crate::runner::{self, Outcome, Received, Runner};
use anyhow::{Context as _, Result, bail, ensure};
use cofferdam_harness::{self as host, Guard, Harness, Options, StreamSpec, Vm};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Filter state that only the running filter sets.
pub const GUARD: &str = "wasm.cofferdam.guard";

/// The filter in wasmtime: one VM for each policy and its settings, like a worker of a host.
pub struct WasmRunner {
    harness: Harness,
    vms: BTreeMap<(String, HostSettings, Option<String>, Option<String>), Vm>,
}

impl WasmRunner {
    /// Reads the module from `COFFERDAM_WASM`, or where a build puts it.
    ///
    /// # Errors
    /// When there is none, or it cannot be compiled.
    pub fn new() -> Result<Self> {
        let path = module_path();
        let wasm = std::fs::read(&path)
            .with_context(|| format!("no filter module at {}", path.display()))?;
        Ok(Self { harness: Harness::new(&wasm)?, vms: BTreeMap::new() })
    }

    fn vm(&mut self, case: &Case, policy: &Policy) -> Result<&mut Vm> {
        let via = &case.via;
        let key = (
            policy.name.clone(),
            case.settings.clone(),
            via.node_id.clone(),
            via.node_cluster.clone(),
        );
        if !self.vms.contains_key(&key) {
            let options = Options {
                env: environment(&case.settings, policy),
                hold_headers: case.settings.hold_headers,
                guard: Some(Guard { key: GUARD.into(), value: b"ok".to_vec() }),
                clock_nanos: NOW_MILLIS * 1_000_000,
                root_properties: node(via),
                ..Options::default()
            };
            let mut vm = self.harness.load(people::signed(&policy.blob, options))?;
            ensure!(vm.configure()?, "the filter refuses the policy `{}`", policy.name);
            self.vms.insert(key.clone(), vm);
        }
        self.vms.get_mut(&key).context("no VM")
    }
}

/// Where the filter's module is.
#[must_use]
pub fn module_path() -> PathBuf {
    let built = "../target/wasm32-wasip1/wasm/cofferdam_filter.wasm";
    std::env::var_os("COFFERDAM_WASM")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(built), PathBuf::from)
}

impl Runner for WasmRunner {
    fn name(&self) -> &'static str {
        "wasmtime"
    }

    fn run(&mut self, case: &Case, policy: &Policy, plan: Plan) -> Result<Outcome> {
        let exchange = host::Exchange {
            spec: spec(&case.via),
            request: message(&case.request, plan),
            response: message(&case.response, plan),
        };
        let vm = self.vm(case, policy)?;
        let came = vm.exchange(&exchange);
        if let Some(trap) = &came.trap {
            bail!("the filter trapped: {trap}");
        }
        let mut outcome = Outcome {
            upstream: came.upstream.map(received),
            client: came.client.map(received),
            ..Outcome::default()
        };
        for line in &came.logs {
            let line = String::from_utf8_lossy(&line.text);
            match runner::entry_in(&line) {
                Some(entry) => outcome.enter(entry)?,
                None => outcome.told.push(line.into_owned()),
            }
        }
        let states = came.filter_state.iter();
        let states = states.map(|(key, value)| format!("{key}={}", String::from_utf8_lossy(value)));
        outcome.told.extend(states);
        let digest = policy.bundle.digest();
        let metrics = vm.metrics().iter();
        outcome.told.extend(metrics.map(|m| m.name.replace(&digest.short(), "<policy>")));
        Ok(outcome)
    }
}

fn received(came: host::Received) -> Received {
    Received { head: came.head, body: came.body, trailers: came.trailers, cut: !came.complete }
}

fn environment(settings: &HostSettings, policy: &Policy) -> Vec<(String, String)> {
    let mut env = Vec::new();
    let mut set = |name: String, value: String| env.push((format!("COFFERDAM_{name}"), value));
    if let Some(zone) = &settings.own_zone {
        set("SELF".into(), zone.clone());
    }
    if settings.hold_headers {
        set("HOLD_HEADERS".into(), "1".into());
    }
    if settings.direct_address {
        set("DIRECT_ADDRESS".into(), "1".into());
    }
    env.extend(settings.keys_by_name(&policy.bundle.tables().keys));
    env
}

fn node(via: &Via) -> BTreeMap<String, Vec<u8>> {
    let named = [("xds.node.id", &via.node_id), ("xds.node.cluster", &via.node_cluster)];
    let known = named.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
    known.map(|(name, value)| (name.to_owned(), value.into_bytes())).collect()
}

fn spec(via: &Via) -> StreamSpec {
    let mut properties = BTreeMap::new();
    let mut set = |name: &str, value: Option<Vec<u8>>| {
        if let Some(value) = value {
            properties.insert(name.to_owned(), value);
        }
    };
    let text = |value: &Option<String>| value.clone().map(String::into_bytes);
    let number = |value: u64| Some(value.to_le_bytes().to_vec());
    set("connection.mtls", Some(vec![u8::from(via.shows_certificate())]));
    set("connection.tls_version", via.caller_tls().map(|version| version.into()));
    // The property has the first name only; a filter in front leaves all of them.
    let uris = via.spiffe.as_ref().map(|uris| uris.replace(", ", ","));
    let first = uris.as_ref().and_then(|uris| uris.split(',').next());
    set("connection.uri_san_peer_certificate", first.map(|uri| uri.as_bytes().to_vec()));
    set("filter_state.cofferdam.peer_uris", text(&uris));
    set("connection.uri_san_local_certificate", text(&via.local_spiffe));
    let source = via.source.as_deref().unwrap_or("127.0.0.1");
    let bracketed = if source.contains(':') { format!("[{source}]") } else { source.to_owned() };
    set("source.address", Some(format!("{bracketed}:40000").into_bytes()));
    set("source.port", number(40000));
    set("destination.port", via.port.map(|port| u64::from(port).to_le_bytes().to_vec()));
    set("xds.cluster_name", text(&via.cluster));
    set("xds.route_name", text(&via.route));
    set("xds.virtual_host_name", text(&via.virtual_host));
    set(
        "xds.listener_direction",
        match via.direction.as_deref() {
            Some("inbound") => number(1),
            Some("outbound") => number(2),
            _ => number(0),
        },
    );
    properties.extend(node(via));
    let mut later = BTreeMap::new();
    if let Some(cluster) = &via.cluster_later {
        later.insert("xds.cluster_name".to_owned(), cluster.clone().into_bytes());
    }
    if let Some(uri) = &via.upstream_spiffe {
        later.insert("upstream.uri_san_peer_certificate".to_owned(), uri.clone().into_bytes());
    }
    if let Some(version) = via.callee_tls() {
        let mut set =
            |name: &str, value: &str| later.insert(format!("upstream.{name}"), value.into());
        set("tls_version", version);
        set("sha256_peer_certificate_digest", &"7".repeat(64));
        if !via.upstream_one_sided {
            set("subject_local_certificate", "CN=host");
        }
    }
    if via.cluster.is_some() {
        later.insert("upstream.address".to_owned(), b"127.0.0.1:9".to_vec());
    }
    StreamSpec { properties, response_properties: later }
}

fn message(message: &case::Message, plan: Plan) -> host::Message {
    let chunks = match &message.body {
        Some(body) => plan.chunks(body, !message.trailers.is_empty()),
        None => Vec::new(),
    };
    host::Message {
        head: message.head.clone(),
        chunks: chunks.into_iter().map(|(chunk, end)| (chunk.to_vec(), end)).collect(),
        trailers: (!message.trailers.is_empty()).then(|| message.trailers.clone()),
    }
}
