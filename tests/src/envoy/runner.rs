//! Runs cases of the corpus through real Envoy, with the filter or without.
//! Repeats a run whose chunks arrived joined, with more time between them, and fails when they
//! never arrive one by one: what was not split proves nothing about splitting.

use super::host::{Host, Key};
use super::wire::{self, Framing, Message};
use crate::case::{self, Case};
use crate::plan::{Cut, End, Plan};
use crate::policy::Policy;
use crate::runner::{Outcome, Received, Runner, Seen};
use anyhow::{Context as _, Result, ensure};
use cofferdam_engine::model::TlsVersion;
use std::time::Duration;

/// Hosts that are kept for the cases to come.
const HOSTS_MAX: usize = 4;
/// Waits between two chunks, tried one after another.
const PAUSES_MS: &[u64] = &[1, 5, 25, 100];

/// Real Envoy, with the filter or without.
pub struct EnvoyRunner {
    filters: bool,
    /// Takes chunks that never arrive one by one as they come.
    joining: bool,
    hosts: Vec<(Key, Host)>,
}

impl EnvoyRunner {
    /// Envoy with the filter.
    #[must_use]
    pub fn filtering() -> Self {
        Self { filters: true, joining: false, hosts: Vec::new() }
    }

    /// Envoy without it: what every leak must come out of.
    #[must_use]
    pub fn bare() -> Self {
        Self { filters: false, joining: false, hosts: Vec::new() }
    }

    /// For runs that ask what arrives, however it was cut.
    #[must_use]
    pub fn joining(self) -> Self {
        Self { joining: true, ..self }
    }

    fn host(&mut self, case: &Case, policy: &Policy) -> Result<&mut Host> {
        let key = Key::of(case, self.filters);
        match self.hosts.iter().position(|(other, _)| *other == key) {
            Some(found) => {
                let kept = self.hosts.remove(found);
                self.hosts.push(kept);
            }
            None => {
                if self.hosts.len() >= HOSTS_MAX {
                    self.hosts.remove(0);
                }
                let host = Host::start(case, self.filters.then_some(policy))?;
                self.hosts.push((key, host));
            }
        }
        self.hosts.last_mut().map(|(_, host)| host).context("no host")
    }
}

impl Runner for EnvoyRunner {
    fn name(&self) -> &'static str {
        if self.filters { "envoy" } else { "bare" }
    }

    fn filters(&self) -> bool {
        self.filters
    }

    fn plans(&self, length: usize) -> Vec<Plan> {
        // HTTP/1.1 ends every body apart, so a plan that differs in nothing else is no other.
        let mut plans = if self.filters { Plan::few(length) } else { vec![Plan::WHOLE] };
        plans.retain(|plan| plan.cut == Cut::Whole || plan.end == End::Apart || length > 2);
        plans.dedup_by_key(|plan| plan.cut);
        plans
    }

    fn refuses(&self, case: &Case) -> Option<&'static str> {
        let via = &case.via;
        let written = |name: &[u8]| {
            let heads = [&case.request.head, &case.response.head];
            heads.iter().any(|head| head.iter().any(|(other, _)| other == name))
        };
        let says = |reason| Some(reason);
        if via.caller_tls().is_none() && via.local_spiffe.is_some() {
            return says("a host shows its certificate to callers with TLS");
        }
        let unknown = |version: Option<&str>| {
            version.is_some_and(|version| TlsVersion::told(version).is_none())
        };
        if unknown(via.caller_tls()) || unknown(via.callee_tls()) {
            return says("a host speaks versions of TLS that there are");
        }
        if via.cluster.is_none() {
            return says("the proxy answers what it likes");
        }
        if via.cluster_later.is_some() {
            return says("a host does not change the cluster at will");
        }
        if via.virtual_host.is_some() || via.node_id.is_some() || via.node_cluster.is_some() {
            return says("names of the host are the deployment's");
        }
        if via.source.as_ref().is_some_and(|source| source != "127.0.0.1") {
            return says("the peer is on loopback");
        }
        if written(b"transfer-encoding") || repeated(&case.response.head, b"etag") {
            return says("the codec frames messages and joins headers of one name");
        }
        if written(b"x-request-id") {
            return says("an edge makes request ids of its own");
        }
        let status = case.response.head.iter().find(|(name, _)| name == b":status");
        if status.is_some_and(|(_, status)| status.starts_with(b"1")) {
            return says("the codec takes interim answers, and no filter sees one");
        }
        let request = |name: &[u8]| {
            let found = case.request.head.iter().find(|(other, _)| other == name);
            found.map(|(_, value)| value.as_slice()).unwrap_or_default()
        };
        if request(b":method") == b"CONNECT" || written(b"upgrade") {
            return says("the codec refuses upgrades before any filter");
        }
        if !request(b":path").starts_with(b"/") && request(b":path") != b"*" {
            return says("the codec takes whole URLs apart");
        }
        None
    }

    fn run(&mut self, case: &Case, policy: &Policy, plan: Plan) -> Result<Outcome> {
        let (filters, joining) = (self.filters, self.joining);
        let host = self.host(case, policy)?;
        let mut last = None;
        for pause in PAUSES_MS {
            let pause = Duration::from_millis(*pause);
            let request = message(&case.request, plan, pause, request_line(&case.request)?);
            let response = message(&case.response, plan, pause, status_line(&case.response));
            let outcome = host.exchange(&request, &response, filters)?;
            let sides = [(&request, &outcome.request), (&response, &outcome.response)];
            let joined = sides.iter().any(|(sent, seen)| joined(sent, seen.as_ref()));
            last = Some(outcome);
            if !joined || joining {
                break;
            }
            ensure!(
                pause.as_millis() < u128::from(PAUSES_MS[PAUSES_MS.len() - 1]),
                "chunks did not arrive one by one"
            );
        }
        last.context("no run")
    }
}

fn repeated(head: &case::Headers, name: &[u8]) -> bool {
    head.iter().filter(|(other, _)| other == name).count() > 1
}

/// Whether the filter saw fewer chunks than were sent. A blocked message may end early, and what
/// nobody looks at has no chunks.
fn joined(sent: &Message, seen: Option<&Seen>) -> bool {
    let Some(seen) = seen else { return false };
    seen.verdict != "block" && seen.chunks > 0 && seen.chunks < sent.chunks.len() as u64
}

fn message(message: &case::Message, plan: Plan, pause: Duration, first: Vec<u8>) -> Message {
    let body = message.body.as_deref().unwrap_or_default();
    let chunks: Vec<Vec<u8>> =
        plan.chunks(body, true).into_iter().map(|(chunk, _)| chunk.to_vec()).collect();
    let own_length = message.head.iter().any(|(name, _)| name == b"content-length");
    let request = first.ends_with(b"HTTP/1.1");
    let bodiless = [&b"HTTP/1.1 204"[..], b"HTTP/1.1 304"].iter().any(|s| first.starts_with(s));
    let framing = match (&message.body, own_length) {
        (Some(_), true) => Framing::Written,
        (Some(_), false) => Framing::Chunked,
        (None, _) if !message.trailers.is_empty() => Framing::Chunked,
        (None, false) if !request && !bodiless => Framing::Length,
        (None, _) => Framing::Nothing,
    };
    let paused = if chunks.len() > 1 { pause } else { Duration::ZERO };
    let headers = message
        .head
        .iter()
        .filter_map(|(name, value)| match name.as_slice() {
            b":authority" => Some((b"host".to_vec(), value.clone())),
            name if name.starts_with(b":") => None,
            name => Some((name.to_vec(), value.clone())),
        })
        .collect();
    let trailers = message.trailers.clone();
    Message { first, headers, framing, chunks, trailers, pause: paused, cut: false }
}

fn request_line(request: &case::Message) -> Result<Vec<u8>> {
    let pseudo = |name: &[u8]| {
        let found = request.head.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.clone()).context("a request line that HTTP/1.1 cannot say")
    };
    Ok([&pseudo(b":method")?[..], b" ", &pseudo(b":path")?, b" HTTP/1.1"].concat())
}

fn status_line(response: &case::Message) -> Vec<u8> {
    let found = response.head.iter().find(|(name, _)| name == b":status");
    let status = found.map_or(&b"200"[..], |(_, value)| value);
    [b"HTTP/1.1 ", status, b" Said"].concat()
}

/// Headers that Envoy adds, whoever asks.
const OF_ENVOY: &[&str] = &[
    "x-forwarded-proto",
    "x-forwarded-for",
    "x-request-id",
    "x-envoy-",
    "server",
    "date",
    "transfer-encoding",
    "connection",
];

impl From<&wire::Received> for Received {
    fn from(came: &wire::Received) -> Self {
        let mut head: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        let words: Vec<&[u8]> = came.first.split(|byte| *byte == b' ').collect();
        match words.as_slice() {
            [version, status, ..] if version.starts_with(b"HTTP/") => {
                head.push((b":status".to_vec(), status.to_vec()));
            }
            [method, path, ..] => {
                head.push((b":method".to_vec(), method.to_vec()));
                head.push((b":path".to_vec(), path.to_vec()));
            }
            _ => {}
        }
        for (name, value) in &came.headers {
            let text = String::from_utf8_lossy(name);
            match name.as_slice() {
                b"host" => head.push((b":authority".to_vec(), value.clone())),
                _ if OF_ENVOY.iter().any(|own| text.starts_with(own)) => {}
                _ => head.push((name.clone(), value.clone())),
            }
        }
        let (body, trailers) = (came.body.clone(), came.trailers.clone());
        Self { head, body, trailers, cut: !came.complete }
    }
}
