//! The engine by itself, driven by the smallest adapter there can be.
//! What it lets on is what an adapter must let on; it holds no opinion of its own.

use crate::case::{self, Case, Headers, HostSettings};
use crate::plan::Plan;
use crate::policy::Policy;
use crate::runner::{Outcome, Received, Runner};
use anyhow::{Result, bail, ensure};
use cofferdam_engine::Sensitive;
use cofferdam_engine::ends::{Direction, Ends};
use cofferdam_engine::exchange::{BodyPlan, Exchange, HeadStep, Refusal, Step};
use cofferdam_engine::model::TlsVersion;
use cofferdam_engine::settings::Settings;
use cofferdam_engine::token::setting_name;
use std::rc::Rc;

/// When every exchange happens: 2030-01-01.
pub const NOW_MILLIS: u64 = 1_893_456_000_000;

/// The native engine.
#[derive(Debug, Default)]
pub struct NativeRunner;

impl Runner for NativeRunner {
    fn name(&self) -> &'static str {
        "native"
    }

    fn run(&mut self, case: &Case, policy: &Policy, plan: Plan) -> Result<Outcome> {
        let settings = Rc::new(settings(&case.settings, policy));
        let exchange = Exchange::new(Rc::clone(&policy.bundle), settings, [7; 16], NOW_MILLIS);
        let mut run = Run { exchange, outcome: Outcome::default() };
        let ends = ends(case);
        run.request(&ends, &case.request, plan)?;
        if run.outcome.client.is_none() && run.outcome.upstream.as_ref().is_some_and(|up| !up.cut) {
            run.response(&ends_later(case, ends), case, plan)?;
        }
        run.close()
    }
}

/// Settings of the host, with keys for every name of the policy.
fn settings(host: &HostSettings, policy: &Policy) -> Settings {
    let named = |key: &[u8]| {
        let names = policy.bundle.tables().keys.iter().map(|name| setting_name(name));
        names.map(|name| (name, Sensitive::new(key.to_vec()))).collect()
    };
    Settings {
        own_zone: host.own_zone.clone(),
        hold_headers: host.hold_headers,
        direct_address: host.direct_address,
        keys: host.key().map_or_else(Vec::new, named),
        ..Settings::default()
    }
}

fn ends(case: &Case) -> Ends {
    let via = &case.via;
    let uris = via.spiffe.iter().flat_map(|uris| uris.split(',')).map(|uri| uri.trim().to_owned());
    let host = case.request.head.iter().find(|(name, _)| name == b":authority");
    Ends {
        direction: match via.direction.as_deref() {
            Some("inbound") => Direction::Inbound,
            Some("outbound") => Direction::Outbound,
            _ => Direction::Gateway,
        },
        peer_uris: uris.collect(),
        peer_certificate: via.shows_certificate(),
        peer_tls: via.caller_tls().and_then(TlsVersion::told),
        local_uri: via.local_spiffe.clone(),
        source: Some(via.source.clone().unwrap_or_else(|| "127.0.0.1".into())),
        listener_port: via.port,
        cluster: via.cluster.clone(),
        route: via.route.clone(),
        virtual_host: via.virtual_host.clone(),
        host: host.and_then(|(_, value)| String::from_utf8(value.clone()).ok()),
        upstream_uri: None,
        upstream_tls: None,
        upstream_mutual: false,
        node_id: via.node_id.clone(),
        node_cluster: via.node_cluster.clone(),
    }
}

fn ends_later(case: &Case, ends: Ends) -> Ends {
    let via = &case.via;
    Ends {
        cluster: via.cluster_later.clone().or(ends.cluster),
        upstream_uri: via.upstream_spiffe.clone(),
        upstream_tls: via.callee_tls().and_then(TlsVersion::told),
        upstream_mutual: via.callee_tls().is_some() && !via.upstream_one_sided,
        ..ends
    }
}

struct Run {
    exchange: Exchange,
    outcome: Outcome,
}

/// One direction: the calls of the engine, and what was let on so far.
struct Direct {
    request: bool,
    received: Received,
    /// The head has left.
    begun: bool,
    stash: Vec<u8>,
    closed: bool,
}

enum Came {
    Through,
    Stopped(Refusal),
}

impl Run {
    fn request(&mut self, ends: &Ends, message: &case::Message, plan: Plan) -> Result<()> {
        let mut direct = Direct::new(true);
        match direct.pass(&mut self.exchange, ends, message, plan)? {
            Came::Through => self.outcome.upstream = Some(direct.received),
            Came::Stopped(refusal) => {
                direct.received.cut = true;
                self.outcome.upstream = direct.begun.then_some(direct.received);
                self.outcome.client = Some(refused(&refusal, is_grpc(message), is_head(message)));
            }
        }
        Ok(())
    }

    fn response(&mut self, ends: &Ends, case: &Case, plan: Plan) -> Result<()> {
        let mut direct = Direct::new(false);
        let passed = direct.pass(&mut self.exchange, ends, &case.response, plan)?;
        self.outcome.client = Some(match passed {
            Came::Through => direct.received,
            Came::Stopped(_) if direct.begun => Received { cut: true, ..direct.received },
            Came::Stopped(refusal) => refused(&refusal, false, is_head(&case.request)),
        });
        Ok(())
    }

    fn close(mut self) -> Result<Outcome> {
        for entry in self.exchange.close(NOW_MILLIS).into_iter().filter(|entry| entry.wanted) {
            self.outcome.enter(&entry.to_json(1))?;
        }
        Ok(self.outcome)
    }
}

impl Direct {
    fn new(request: bool) -> Self {
        let received = Received::default();
        Self { request, received, begun: false, stash: Vec::new(), closed: false }
    }

    fn pass(
        &mut self,
        exchange: &mut Exchange,
        ends: &Ends,
        message: &case::Message,
        plan: Plan,
    ) -> Result<Came> {
        let end = message.body.is_none() && message.trailers.is_empty();
        let step = match self.request {
            true => exchange.request_head(ends, &message.head, end),
            false => exchange.response_head(ends, &message.head, end),
        };
        let plan = match step {
            HeadStep::Block(refusal) => return Ok(Came::Stopped(refusal)),
            HeadStep::Hold(head) => {
                self.received.head = head.unwrap_or_else(|| message.head.clone());
                ensure!(!end, "a head that ends its message cannot be held");
                Some(plan)
            }
            HeadStep::Forward(head, body) => {
                self.received.head = head.unwrap_or_else(|| message.head.clone());
                self.begun = true;
                (body == BodyPlan::Inspect).then_some(plan)
            }
        };
        if end {
            return Ok(Came::Through);
        }
        let Some(plan) = plan else {
            self.received.body = message.body.clone().unwrap_or_default();
            self.received.trailers.clone_from(&message.trailers);
            return Ok(Came::Through);
        };
        self.body(exchange, message, plan)
    }

    fn body(
        &mut self,
        exchange: &mut Exchange,
        message: &case::Message,
        plan: Plan,
    ) -> Result<Came> {
        let trailers = &message.trailers;
        let chunks = match &message.body {
            Some(body) => plan.chunks(body, !trailers.is_empty()),
            None => Vec::new(),
        };
        for (chunk, end) in chunks {
            let mut out = Vec::new();
            let step = match self.request {
                true => exchange.request_body(chunk, end, &mut out),
                false => exchange.response_body(chunk, end, &mut out),
            };
            ensure!(!self.closed, "called again after the end");
            if let Some(refusal) = self.carry_out(step, out)? {
                return Ok(Came::Stopped(refusal));
            }
            ensure!(self.closed == end, "a body is closed by its end and by nothing else");
        }
        if !trailers.is_empty() {
            let mut out = Vec::new();
            let (step, rewritten) = match self.request {
                true => exchange.request_trailers(trailers, &mut out),
                false => exchange.response_trailers(trailers, &mut out),
            };
            if let Some(refusal) = self.carry_out(step, out)? {
                return Ok(Came::Stopped(refusal));
            }
            ensure!(self.closed, "trailers end a message");
            self.received.trailers = rewritten.unwrap_or_else(|| trailers.clone());
        }
        Ok(Came::Through)
    }

    fn carry_out(&mut self, step: Step, mut out: Vec<u8>) -> Result<Option<Refusal>> {
        match step {
            Step::Release => {
                // What was held goes on as a stream: it was too long to be held.
                self.begun = true;
                self.received.body.append(&mut self.stash);
                self.received.body.append(&mut out);
            }
            Step::Stash => self.stash.append(&mut out),
            Step::Close(_) => {
                self.closed = true;
                self.begun = true;
                self.received.body.append(&mut self.stash);
                self.received.body.append(&mut out);
            }
            Step::Block(refusal) => {
                if !out.is_empty() {
                    bail!("bytes come with a block");
                }
                return Ok(Some(refusal));
            }
        }
        Ok(None)
    }
}

fn refused(refusal: &Refusal, grpc: bool, head_request: bool) -> Received {
    let status = if grpc { 200 } else { refusal.status };
    let mut head: Headers = vec![(b":status".to_vec(), status.to_string().into_bytes())];
    if grpc {
        head.push((b"grpc-status".to_vec(), refusal.grpc_status.to_string().into_bytes()));
        return Received { head, ..Received::default() };
    }
    if refusal.grpc_web {
        head.push((b"grpc-status".to_vec(), refusal.grpc_status.to_string().into_bytes()));
    }
    let body = if head_request { Vec::new() } else { refusal.body.clone().into_bytes() };
    Received { head, body, ..Received::default() }
}

fn is_grpc(message: &case::Message) -> bool {
    // As Envoy tells it: gRPC-Web is something else.
    let is = |(name, value): &(Vec<u8>, Vec<u8>)| {
        let kind = value.strip_prefix(b"application/grpc").filter(|_| name == b"content-type");
        kind.is_some_and(|kind| kind.is_empty() || kind.starts_with(b"+"))
    };
    message.head.iter().any(is)
}

fn is_head(message: &case::Message) -> bool {
    message.head.iter().any(|(name, value)| name == b":method" && value == b"HEAD")
}
