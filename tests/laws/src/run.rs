//! Plays the least of hosts for one message: hands over head, chunks and trailers, and keeps what
//! leaves. Does to the letter what the engine says, and notes when that cannot be right.

use crate::body::Body;
use crate::plan::Plan;
use cofferdam_engine::Bundle;
use cofferdam_engine::ends::Ends;
use cofferdam_engine::entry::Entry;
use cofferdam_engine::exchange::{BodyPlan, Exchange, HeadStep, Headers, Refusal, Step};
use cofferdam_engine::limits::{DECODER_BYTES_MAX, WINDOW_BYTES_MAX};
use cofferdam_engine::settings::Settings;
use cofferdam_engine::verdict::{Reason, Verdict};
use flate2::read::GzDecoder;
use std::io::Read as _;
use std::rc::Rc;

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the caller.
    Request,
    /// Back to the caller.
    Response,
}

/// What is sent, behind a head that says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Which way it goes.
    pub way: Way,
    /// Its body.
    pub body: Body,
    /// What ends it, where that is not the body itself.
    pub trailers: Option<Headers>,
}

/// What a message came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Bytes of the body that left, in the order in which they left.
    pub left: Vec<u8>,
    /// The trailers that left.
    pub trailers: Option<Headers>,
    /// The verdict, or why it was blocked.
    pub verdict: Result<Verdict, Reason>,
    /// What the sender of a blocked message is told.
    pub refusal: Option<String>,
    /// The entry of the message.
    pub entry: Option<Entry>,
    /// Most bytes that were kept at a time.
    pub kept_max: usize,
    /// What cannot be right in what the engine said.
    pub wrong: Option<&'static str>,
}

/// Time of every run.
const NOW: u64 = 1_700_000_000_000;

/// Sends one message over the boundary from zone `a` to zone `b`, or back.
#[must_use]
pub fn run(
    bundle: &Rc<Bundle>,
    settings: &Rc<Settings>,
    message: &Message,
    plan: &Plan,
) -> Outcome {
    let exchange = Exchange::new(Rc::clone(bundle), Rc::clone(settings), [7; 16], NOW);
    let mut play = Play { exchange, way: message.way, stash: Vec::new(), outcome: Outcome::new() };
    let mut gzip = false;
    let inspected = match play.head(message) {
        HeadStep::Block(refusal) => {
            play.refused(&refusal);
            false
        }
        HeadStep::Forward(_, BodyPlan::Ignore) => {
            play.outcome.left.extend(message.body.wire());
            play.outcome.trailers.clone_from(&message.trailers);
            false
        }
        HeadStep::Forward(edited, BodyPlan::Inspect) | HeadStep::Hold(edited) => {
            gzip = edited.is_some_and(|head| head.contains(&pair("content-encoding", "gzip")));
            play.rest(message, plan);
            true
        }
    };
    let own = if message.way == Way::Request { "request" } else { "response" };
    let Play { mut exchange, mut outcome, .. } = play;
    outcome.entry = exchange.close(NOW).into_iter().find(|entry| entry.message == own);
    let told = outcome.entry.as_ref().and_then(|entry| usize::try_from(entry.bytes_out).ok());
    if inspected && told != Some(outcome.left.len()) {
        outcome.note("the entry tells of other bytes than those that left");
    }
    if gzip {
        outcome.left = ungzip(&mut outcome);
    }
    outcome.left = message.body.read(outcome.left);
    outcome
}

/// The content of what left in gzip: all of it, or as much as there is where it was cut.
fn ungzip(outcome: &mut Outcome) -> Vec<u8> {
    let mut content = Vec::new();
    let mut decoder = GzDecoder::new(outcome.left.as_slice());
    let read = decoder.read_to_end(&mut content);
    let whole = read.is_ok() && decoder.into_inner().is_empty();
    if outcome.verdict.is_ok() && !whole {
        outcome.note("what left is no gzip");
    }
    content
}

impl Outcome {
    fn new() -> Self {
        Self {
            left: Vec::new(),
            trailers: None,
            verdict: Ok(Verdict::Forward),
            refusal: None,
            entry: None,
            kept_max: 0,
            wrong: None,
        }
    }

    fn note(&mut self, wrong: &'static str) {
        self.wrong.get_or_insert(wrong);
    }
}

/// A message on its way.
struct Play {
    exchange: Exchange,
    way: Way,
    /// Decided, and held for the engine.
    stash: Vec<u8>,
    outcome: Outcome,
}

impl Play {
    fn head(&mut self, message: &Message) -> HeadStep {
        let ends = Ends { listener_port: Some(8443), cluster: Some("b".into()), ..Ends::default() };
        let exchange = &mut self.exchange;
        if message.way == Way::Request {
            return exchange.request_head(&ends, &request_head(Some(&message.body)), false);
        }
        match exchange.request_head(&ends, &request_head(None), true) {
            HeadStep::Forward(..) => {}
            HeadStep::Hold(_) => self.outcome.note("a request without a body is held"),
            blocked @ HeadStep::Block(_) => return blocked,
        }
        exchange.response_head(&ends, &response_head(&message.body), false)
    }

    /// Everything behind the head. What comes after a block must change nothing: the rest is sent
    /// all the same.
    fn rest(&mut self, message: &Message, plan: &Plan) {
        let wire = message.body.wire();
        for (chunk, end) in plan.chunks(&wire) {
            let end = end && message.trailers.is_none();
            let mut out = Vec::new();
            let step = match self.way {
                Way::Request => self.exchange.request_body(chunk, end, &mut out),
                Way::Response => self.exchange.response_body(chunk, end, &mut out),
            };
            self.carry_out(step, out, end);
            self.outcome.kept_max = self.outcome.kept_max.max(self.exchange.kept_bytes());
            if self.exchange.decoder_bytes() > WINDOW_BYTES_MAX + DECODER_BYTES_MAX {
                self.outcome.note("a decoder has set aside more than it may");
            }
        }
        let Some(trailers) = &message.trailers else { return };
        let mut out = Vec::new();
        let (step, edited) = match self.way {
            Way::Request => self.exchange.request_trailers(trailers, &mut out),
            Way::Response => self.exchange.response_trailers(trailers, &mut out),
        };
        let closes = matches!(step, Step::Close(_));
        self.carry_out(step, out, true);
        match closes {
            true => self.outcome.trailers = Some(edited.unwrap_or_else(|| trailers.clone())),
            false if edited.is_some() => self.outcome.note("trailers come with a block"),
            false => {}
        }
    }

    fn carry_out(&mut self, step: Step, mut out: Vec<u8>, end: bool) {
        let outcome = &mut self.outcome;
        match step {
            Step::Block(refusal) => {
                if !out.is_empty() {
                    outcome.note("a block released bytes");
                }
                self.refused(&refusal);
                return;
            }
            _ if outcome.verdict.is_err() => outcome.note("it goes on after a block"),
            Step::Release | Step::Stash if end => outcome.note("the end was no close"),
            Step::Release => outcome.left.append(&mut self.stash),
            Step::Stash => {
                self.stash.append(&mut out);
                return;
            }
            Step::Close(verdict) => {
                if !end {
                    outcome.note("closed before the end");
                }
                outcome.left.append(&mut self.stash);
                outcome.verdict = Ok(verdict);
            }
        }
        outcome.left.append(&mut out);
    }

    fn refused(&mut self, refusal: &Refusal) {
        if self.outcome.verdict.is_err_and(|reason| reason != refusal.reason) {
            self.outcome.note("blocked for two reasons");
        }
        self.outcome.verdict = Err(refusal.reason);
        self.outcome.refusal = Some(refusal.body.clone());
    }
}

fn pair(name: &str, value: &str) -> (Vec<u8>, Vec<u8>) {
    (name.as_bytes().to_vec(), value.as_bytes().to_vec())
}

fn request_head(body: Option<&Body>) -> Headers {
    let method = if body.is_some() { "POST" } else { "GET" };
    let mut head = vec![
        pair(":method", method),
        pair(":scheme", "http"),
        pair(":authority", "b.example.com"),
        pair(":path", "/shop.Orders/Get"),
        pair("accept-encoding", "gzip"),
    ];
    let said = body.map(Body::headers).unwrap_or_default();
    head.extend(said.iter().map(|(name, value)| pair(name, value)));
    head
}

fn response_head(body: &Body) -> Headers {
    let mut head = vec![pair(":status", "200")];
    head.extend(body.headers().iter().map(|(name, value)| pair(name, value)));
    head
}
