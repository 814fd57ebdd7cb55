//! One Envoy for all cases that share policy, settings and placement, and what it tells of each.
//! Runs one exchange at a time, so that entries need no other name than their order.

use super::mutual::{self, Mutual, Near};
use super::process::Tail;
use super::{Client, Envoy, Start, Upstream, deployments, free_port, wire};
use crate::case::{Case, HostSettings, Via};
use crate::policy::Policy;
use crate::runner::{self, Outcome, Received};
use anyhow::Result;
use cofferdam_policy_compiler::deploy::{
    Cluster, Deployment, Filter, Listener, Route, Side, bootstrap,
};
use serde_json::Value;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(10);

/// What cases must share to run in one process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    policy: Option<String>,
    settings: HostSettings,
    via: Via,
}

impl Key {
    pub(super) fn of(case: &Case, filters: bool) -> Self {
        let policy = filters.then(|| case.policy.clone());
        Self { policy, settings: case.settings.clone(), via: case.via.clone() }
    }
}

/// An Envoy, and both of its sides.
pub(super) struct Host {
    _envoy: Envoy,
    _mutual: Option<Mutual>,
    upstream: Upstream,
    client: Client,
    log: Tail,
    access: Tail,
}

impl Host {
    pub(super) fn start(case: &Case, policy: Option<&Policy>) -> Result<Self> {
        let (upstream, port) = (Upstream::start()?, free_port()?);
        let mut listener = Listener::new(port, side(&case.via));
        let cluster = case.via.cluster.as_deref().unwrap_or("upstream");
        let mut route = Route::to(cluster);
        route.name = case.via.route.clone().unwrap_or_default();
        listener.routes.push(route);
        let via = &case.via;
        let mutual = match mutual::wanted(via) {
            true => Some(Mutual::open(&case.via, port, upstream.port())?),
            false => None,
        };
        let mut to = Cluster::new(cluster, "127.0.0.1", upstream.port());
        if let Some(mutual) = &mutual {
            listener.tls = via.caller_tls().map(|_| mutual.host.clone());
            if let Some(port) = mutual.upstream {
                to.port = port;
                to.tls = Some(mutual.host.clone());
            }
        }
        let mut filter = policy.map(|policy| filter(case, policy, port)).transpose()?;
        if let Some(filter) = &mut filter {
            filter.request_trailers = true;
        }
        let mut start = Start::default();
        let keys = filter.iter().map(|filter| case.settings.keys_by_name(&filter.keys));
        start.environment.extend(keys.flatten());
        let deployment = Deployment {
            title: "For cases.".to_owned(),
            admin_port: free_port()?,
            listeners: vec![listener],
            clusters: vec![to],
            filter,
        };
        let set = |name: &str, on| {
            let setting = |value| format!("COFFERDAM_{name}: \"{value}\"");
            (setting(1), setting(u8::from(on)))
        };
        let mut text = bootstrap(&deployment)?;
        for (from, to) in [
            set("HOLD_HEADERS", case.settings.hold_headers),
            set("DIRECT_ADDRESS", case.settings.direct_address),
        ] {
            text = text.replace(&from, &to);
        }
        text = mutual::as_told(&text, Near::Host, via);
        let envoy = Envoy::start_text(&text, deployment.admin_port, &start)?;
        let (mut log, access) = (envoy.tail("envoy.log")?, envoy.tail("access.log")?);
        log.read()?;
        let client = Client::new(mutual.as_ref().and_then(|mutual| mutual.caller).unwrap_or(port));
        Ok(Self { _envoy: envoy, _mutual: mutual, upstream, client, log, access })
    }

    pub(super) fn exchange(
        &mut self,
        request: &wire::Message,
        response: &wire::Message,
        filters: bool,
    ) -> Result<Outcome> {
        self.upstream.answer(response.clone());
        let client = self.client.exchange(request).ok();
        let lines = self.lines_of_exchange()?;
        let upstream = self.upstream.take().pop();
        let mut outcome = Outcome {
            upstream: upstream.as_ref().map(Received::from),
            client: client.as_ref().map(Received::from),
            ..Outcome::default()
        };
        if filters {
            for line in lines {
                tell(&line, &mut outcome)?;
            }
        }
        Ok(outcome)
    }

    /// Waits for the access log's line, which comes after everything that the filter says.
    fn lines_of_exchange(&mut self) -> Result<Vec<String>> {
        let until = Instant::now() + PATIENCE;
        let mut access = String::new();
        while !access.ends_with('\n') {
            if Instant::now() > until {
                let log = self.log.read()?;
                let tail = log.lines().rev().take(3).collect::<Vec<_>>().join("\n");
                anyhow::bail!("the exchange never ended; envoy said last: {tail}");
            }
            std::thread::sleep(Duration::from_micros(500));
            access.push_str(&self.access.read()?);
        }
        let log = self.log.read()?;
        Ok(log.lines().chain(access.lines()).map(str::to_owned).collect())
    }
}

fn side(via: &Via) -> Side {
    match via.direction.as_deref() {
        Some("inbound") => Side::Inbound,
        Some("outbound") => Side::Outbound,
        _ => Side::Gateway,
    }
}

/// The filter with the case's policy, in which the listener's port is the one that was free.
fn filter(case: &Case, policy: &Policy, port: u16) -> Result<Filter> {
    let ports: Vec<_> = case.via.port.iter().map(|written| (*written, port)).collect();
    let (_, filter) = deployments::moved(&policy.bundle, &ports)?;
    Ok(Filter { own_zone: case.settings.own_zone.clone(), ..filter })
}

/// Takes what one line tells: an entry, or words.
fn tell(line: &str, outcome: &mut Outcome) -> Result<()> {
    if let Some(entry) = runner::entry_in(line) {
        return outcome.enter(entry);
    }
    // Time and thread stand before the message.
    let words = line.rsplit_once("] ").map_or(line, |(_, words)| words);
    outcome.told.push(without_time(words));
    Ok(())
}

fn without_time(words: &str) -> String {
    let Ok(mut line) = serde_json::from_str::<Value>(words) else { return words.to_owned() };
    if let Some(line) = line.as_object_mut() {
        line.retain(|name, _| !["time", "duration", "received", "sent"].contains(&name.as_str()));
    }
    line.to_string()
}
