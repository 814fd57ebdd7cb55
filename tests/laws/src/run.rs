//! Plays the least of hosts for one message: hands over head and chunks, and keeps what leaves.
//! Does to the letter what the engine says, and notes when that cannot be right.

use crate::body::Body;
use crate::plan::Plan;
use cofferdam_engine::Bundle;
use cofferdam_engine::ends::Ends;
use cofferdam_engine::entry::Entry;
use cofferdam_engine::exchange::{BodyPlan, Exchange, HeadStep, Headers, Step};
use cofferdam_engine::settings::Settings;
use cofferdam_engine::verdict::{Reason, Verdict};
use std::rc::Rc;

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the caller.
    Request,
    /// Back to the caller.
    Response,
}

/// What a message came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Bytes of the body that left, in the order in which they left.
    pub left: Vec<u8>,
    /// The verdict, or why it was blocked.
    pub verdict: Result<Verdict, Reason>,
    /// The entry of the message.
    pub entry: Option<Entry>,
    /// Most bytes that were kept at a time.
    pub kept_max: usize,
    /// What cannot be right in what the engine said.
    pub wrong: Option<&'static str>,
}

impl Outcome {
    fn new() -> Self {
        let verdict = Ok(Verdict::Forward);
        Self { left: Vec::new(), verdict, entry: None, kept_max: 0, wrong: None }
    }
}

/// Time of every run.
const NOW: u64 = 1_700_000_000_000;

/// Sends one message over the boundary from zone `a` to zone `b`, or back.
#[must_use]
pub fn run(
    bundle: &Rc<Bundle>,
    settings: &Rc<Settings>,
    way: Way,
    body: &Body,
    plan: &Plan,
) -> Outcome {
    let mut exchange = Exchange::new(Rc::clone(bundle), Rc::clone(settings), [7; 16], NOW);
    let mut outcome = Outcome::new();
    let ends = Ends { listener_port: Some(8443), cluster: Some("b".into()), ..Ends::default() };
    let step = match way {
        Way::Request => exchange.request_head(&ends, &request_head(Some(body)), false),
        Way::Response => {
            match exchange.request_head(&ends, &request_head(None), true) {
                HeadStep::Forward(..) => {}
                HeadStep::Hold(_) => outcome.wrong = Some("a request without a body is held"),
                HeadStep::Block(refusal) => {
                    outcome.verdict = Err(refusal.reason);
                    return outcome;
                }
            }
            exchange.response_head(&ends, &response_head(body), false)
        }
    };
    match step {
        HeadStep::Block(refusal) => outcome.verdict = Err(refusal.reason),
        HeadStep::Forward(_, BodyPlan::Ignore) => outcome.left.extend_from_slice(&body.bytes),
        HeadStep::Forward(_, BodyPlan::Inspect) | HeadStep::Hold(_) => {
            send(&mut exchange, way, &plan.chunks(&body.bytes), &mut outcome);
        }
    }
    let message = if way == Way::Request { "request" } else { "response" };
    outcome.entry = exchange.close(NOW).into_iter().find(|entry| entry.message == message);
    outcome
}

fn send(exchange: &mut Exchange, way: Way, chunks: &[(&[u8], bool)], outcome: &mut Outcome) {
    let mut stash = Vec::new();
    let mut done = false;
    for (chunk, end) in chunks {
        let mut out = Vec::new();
        let step = match way {
            Way::Request => exchange.request_body(chunk, *end, &mut out),
            Way::Response => exchange.response_body(chunk, *end, &mut out),
        };
        if done && outcome.verdict.is_ok() {
            outcome.wrong = Some("the body goes on after its end");
        }
        match step {
            Step::Release if *end => outcome.wrong = Some("the end was no close"),
            Step::Stash if *end => outcome.wrong = Some("the end was no close"),
            Step::Release => {
                outcome.left.append(&mut stash);
                outcome.left.append(&mut out);
            }
            Step::Stash => stash.append(&mut out),
            Step::Close(verdict) => {
                if !*end {
                    outcome.wrong = Some("closed before the end");
                }
                outcome.left.append(&mut stash);
                outcome.left.append(&mut out);
                outcome.verdict = Ok(verdict);
                done = true;
            }
            Step::Block(refusal) => {
                if !out.is_empty() {
                    outcome.wrong = Some("a block released bytes");
                }
                if done && outcome.verdict != Err(refusal.reason) {
                    outcome.wrong = Some("blocked for two reasons");
                }
                outcome.verdict = Err(refusal.reason);
                // What comes after a block must change nothing: the rest is sent all the same.
                done = true;
            }
        }
        if outcome.verdict.is_err() && (!out.is_empty()) {
            outcome.wrong = Some("released after a block");
        }
        outcome.kept_max = outcome.kept_max.max(exchange.kept_bytes());
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
        pair(":path", "/orders/7"),
    ];
    head.extend(body.and_then(|body| body.media).map(|media| pair("content-type", media)));
    head
}

fn response_head(body: &Body) -> Headers {
    let mut head = vec![pair(":status", "200")];
    head.extend(body.media.map(|media| pair("content-type", media)));
    head
}
