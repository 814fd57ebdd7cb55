//! Sends one test's message through the engine in one chunking, as a host would.
//! Judges nothing: what came out is compared elsewhere.

use super::plan::Plan;
use super::suite::Subject;
use crate::language::CaseForm;
use cofferdam_engine::ends::Ends;
use cofferdam_engine::entry::Entry;
use cofferdam_engine::exchange::{BodyPlan, Exchange, HeadStep, Headers, Step};
use cofferdam_engine::model::ZoneId;
use std::rc::Rc;

const CROSSING: [u8; 16] = *b"cofferdam test 1";

/// What came out.
pub(crate) struct Output {
    pub(crate) entry: Entry,
    pub(crate) headers: Headers,
    /// What left, also before a block.
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Headers,
}

impl Output {
    /// How this differs from the same message in one chunk.
    pub(super) fn differs(&self, whole: &Self) -> Option<String> {
        let (here, there) = (&self.entry, &whole.entry);
        if (here.verdict, here.reason) != (there.verdict, there.reason) {
            return Some(format!("the verdict is {}", here.verdict));
        }
        if here.findings != there.findings || here.rules != there.rules {
            return Some("other findings are made".to_owned());
        }
        if self.headers != whole.headers {
            return Some("other headers come out".to_owned());
        }
        // A block may come sooner or later; what left before it must be of the same stream.
        let same = match here.verdict {
            "block" => self.body.starts_with(&whole.body) || whole.body.starts_with(&self.body),
            _ => self.body == whole.body,
        };
        (!same).then(|| "another body comes out".to_owned())
    }
}

/// What is sent.
pub(crate) struct Message {
    pub(crate) head: Headers,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Headers,
}

/// The two ends, and the request where its reply is what is looked at.
pub(crate) struct Way {
    /// Zone of the caller.
    pub(crate) from: ZoneId,
    /// Zone of the callee.
    pub(crate) to: ZoneId,
    pub(crate) asked: Option<Headers>,
    /// What the connections prove.
    pub(crate) ends: Ends,
}

impl Message {
    /// What the test says.
    pub(super) fn of(case: &CaseForm) -> Self {
        let head = match case.message.response {
            None => request_head(case, true),
            Some(status) => response_head(case, status),
        };
        Self { head, body: case.body.value.clone().into_bytes(), trailers: Headers::new() }
    }

    /// What came out, as the next filter on the way gets it.
    pub(super) fn from(output: &Output) -> Self {
        let trailers = output.trailers.clone();
        Self { head: output.headers.clone(), body: output.body.clone(), trailers }
    }
}

/// Runs the message of a test; an error says why there is nothing to compare.
pub(super) fn run(
    case: &CaseForm,
    message: &Message,
    plan: &Plan,
    subject: &Subject,
) -> Result<Output, String> {
    let zone = |name: &str| subject.zone(name).ok_or("unknown zone");
    let (from, to) = (zone(&case.message.from.value)?, zone(&case.message.to.value)?);
    let way = Way { from, to, asked: asked(case), ends: case.message.connection.ends() };
    let output = send(&way, message, plan, subject)?;
    // Meeting no boundary is no accident where the test names the refusal.
    if output.entry.boundary.is_none() && case.expect.reason.is_none() {
        let (from, to) = (&case.message.from.value, &case.message.to.value);
        return Err(format!("no boundary from `{from}` to `{to}` fits this message"));
    }
    Ok(output)
}

/// The request of a test whose message is a reply.
pub(super) fn asked(case: &CaseForm) -> Option<Headers> {
    case.message.response.map(|_| request_head(case, false))
}

/// Sends a message as a host does that does as it is told; an error says why nothing came of it.
pub(crate) fn send(
    way: &Way,
    message: &Message,
    plan: &Plan,
    subject: &Subject,
) -> Result<Output, String> {
    let end = message.body.is_empty() && message.trailers.is_empty();
    send_head(way, message, end, plan, subject)
}

/// The same where it is said apart whether the head is all: a body may be announced and be empty.
pub(crate) fn send_head(
    way: &Way,
    message: &Message,
    end: bool,
    plan: &Plan,
    subject: &Subject,
) -> Result<Output, String> {
    let Subject { bundle, settings } = subject;
    let mut exchange = Exchange::new(Rc::clone(bundle), Rc::clone(settings), CROSSING, 0)
        .with_zones(way.from, way.to);
    let ends = &way.ends;
    let mut sent = Sent { exchange: &mut exchange, message, end, plan, released: Vec::new() };
    let (wanted, headers, trailers) = match &way.asked {
        None => {
            let step = sent.exchange.request_head(ends, &message.head, end);
            let (headers, trailers) = sent.message(step, &REQUEST);
            ("request", headers, trailers)
        }
        Some(asked) => {
            if let HeadStep::Block(refusal) = sent.exchange.request_head(ends, asked, true) {
                return Err(format!(
                    "the request is blocked already ({}), so no reply comes",
                    refusal.reason
                ));
            }
            let step = sent.exchange.response_head(ends, &message.head, end);
            let (headers, trailers) = sent.message(step, &RESPONSE);
            ("response", headers, trailers)
        }
    };
    let body = sent.released;
    let entries = exchange.close(0);
    let entry = entries.into_iter().find(|entry| entry.message == wanted);
    let entry = entry.ok_or("the engine tells nothing about this message")?;
    Ok(Output { entry, headers, body, trailers })
}

type Trailers = fn(&mut Exchange, &Headers, &mut Vec<u8>) -> (Step, Option<Headers>);

/// What the engine is asked for each of the two messages.
struct Half {
    body: fn(&mut Exchange, &[u8], bool, &mut Vec<u8>) -> Step,
    trailers: Trailers,
}

const REQUEST: Half = Half { body: Exchange::request_body, trailers: Exchange::request_trailers };
const RESPONSE: Half =
    Half { body: Exchange::response_body, trailers: Exchange::response_trailers };

struct Sent<'s> {
    exchange: &'s mut Exchange,
    message: &'s Message,
    /// Whether its head is all of it.
    end: bool,
    plan: &'s Plan,
    /// What left of the body.
    released: Vec<u8>,
}

impl Sent<'_> {
    /// The head and trailers that a host lets on.
    fn message(&mut self, step: HeadStep, half: &Half) -> (Headers, Headers) {
        let Message { head, body, trailers } = self.message;
        let (headers, inspect) = match step {
            HeadStep::Forward(headers, BodyPlan::Inspect) | HeadStep::Hold(headers) => {
                (headers.unwrap_or_else(|| head.clone()), true)
            }
            HeadStep::Forward(headers, BodyPlan::Ignore) => {
                (headers.unwrap_or_else(|| head.clone()), false)
            }
            HeadStep::Block(_) => return (Headers::new(), Headers::new()),
        };
        if !inspect || self.end {
            self.released.clone_from(body);
            return (headers, trailers.clone());
        }
        let mut stashed = Vec::new();
        let only_trailers = body.is_empty() && !trailers.is_empty();
        if only_trailers || self.chunks(half, &mut stashed) {
            if trailers.is_empty() {
                return (headers, Headers::new());
            }
            let mut out = Vec::new();
            let (step, changed) = (half.trailers)(self.exchange, trailers, &mut out);
            let left = changed.unwrap_or_else(|| trailers.clone());
            return match self.take(step, &mut out, &mut stashed) {
                Taken::Block => (headers, Headers::new()),
                Taken::More | Taken::Close => (headers, left),
            };
        }
        (headers, Headers::new())
    }

    /// Whether the body went through whole.
    fn chunks(&mut self, half: &Half, stashed: &mut Vec<u8>) -> bool {
        let body = &self.message.body;
        let cuts: Vec<_> = self.plan.iter().copied().chain([body.len()]).collect();
        let mut start = 0;
        for end in cuts {
            let chunk = body.get(start..end).unwrap_or_default();
            let mut out = Vec::new();
            let last = end == body.len() && self.message.trailers.is_empty();
            let step = (half.body)(self.exchange, chunk, last, &mut out);
            match self.take(step, &mut out, stashed) {
                Taken::More => {}
                Taken::Close | Taken::Block => return false,
            }
            start = end;
        }
        true
    }

    fn take(&mut self, step: Step, out: &mut Vec<u8>, stashed: &mut Vec<u8>) -> Taken {
        match step {
            Step::Release => {
                self.released.append(stashed);
                self.released.append(out);
                Taken::More
            }
            Step::Stash => {
                stashed.append(out);
                Taken::More
            }
            Step::Close(_) => {
                self.released.append(stashed);
                self.released.append(out);
                Taken::Close
            }
            Step::Block(_) => Taken::Block,
        }
    }
}

/// Whether a message goes on after a step.
enum Taken {
    More,
    Close,
    Block,
}

fn request_head(case: &CaseForm, subject: bool) -> Headers {
    let message = &case.message;
    let mut head = vec![
        pair(":method", &message.method),
        pair(":scheme", "https"),
        pair(":authority", "service.example.com"),
        pair(":path", &message.path),
    ];
    if subject {
        describe_body(case, &mut head);
    } else if let Some(media) = &message.media {
        // `when` is about the request: a reply is of one that had the same type.
        head.push(pair("content-type", media));
    }
    head
}

fn response_head(case: &CaseForm, status: u16) -> Headers {
    let mut head = vec![pair(":status", &status.to_string())];
    describe_body(case, &mut head);
    head
}

fn describe_body(case: &CaseForm, head: &mut Headers) {
    if let Some(media) = &case.message.media {
        head.push(pair("content-type", media));
    }
    if !case.body.value.is_empty() {
        head.push(pair("content-length", &case.body.value.len().to_string()));
    }
    head.extend(case.headers.iter().map(|(name, value)| pair(name, value)));
}

fn pair(name: &str, value: &str) -> (Vec<u8>, Vec<u8>) {
    (name.as_bytes().to_vec(), value.as_bytes().to_vec())
}
