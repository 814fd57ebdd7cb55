//! Sends one test's message through the engine in one chunking, as a host would.
//! Judges nothing: what came out is compared elsewhere.

use super::plan::Plan;
use crate::language::CaseForm;
use cofferdam_engine::Bundle;
use cofferdam_engine::ends::Ends;
use cofferdam_engine::entry::Entry;
use cofferdam_engine::exchange::{BodyPlan, Exchange, HeadStep, Headers, Step};
use cofferdam_engine::model::ZoneId;
use cofferdam_engine::settings::Settings;
use std::rc::Rc;

const CROSSING: [u8; 16] = *b"cofferdam test 1";

/// What came out.
pub(super) struct Output {
    pub(super) entry: Entry,
    pub(super) headers: Headers,
    /// What left, also before a block.
    pub(super) body: Vec<u8>,
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
pub(super) struct Message {
    head: Headers,
    body: Vec<u8>,
}

impl Message {
    /// What the test says.
    pub(super) fn of(case: &CaseForm) -> Self {
        let head = match case.message.response {
            None => request_head(case, true),
            Some(status) => response_head(case, status),
        };
        Self { head, body: case.body.value.clone().into_bytes() }
    }

    /// What came out, as the next filter on the way gets it.
    pub(super) fn from(output: &Output) -> Self {
        Self { head: output.headers.clone(), body: output.body.clone() }
    }
}

/// Runs the message; an error says why there is nothing to compare.
pub(super) fn run(
    case: &CaseForm,
    message: &Message,
    plan: &Plan,
    bundle: &Rc<Bundle>,
    settings: &Rc<Settings>,
) -> Result<Output, String> {
    let zone = |name: &str| {
        let found = bundle.tables().zones.iter().position(|zone| zone.name == name);
        found.and_then(|at| u16::try_from(at).ok()).map(ZoneId).ok_or("unknown zone")
    };
    let (from, to) = (zone(&case.message.from.value)?, zone(&case.message.to.value)?);
    let mut exchange =
        Exchange::new(Rc::clone(bundle), Rc::clone(settings), CROSSING, 0).with_zones(from, to);
    let ends = Ends::default();
    let Message { head, body } = message;
    let mut sent = Sent { exchange: &mut exchange, body, plan };
    let request = case.message.response.is_none();
    let (headers, out) = if request {
        let step = sent.exchange.request_head(&ends, head, body.is_empty());
        sent.message(step, head, Exchange::request_body)
    } else {
        let asked = request_head(case, false);
        if let HeadStep::Block(refusal) = sent.exchange.request_head(&ends, &asked, true) {
            return Err(format!("the request is blocked already: {}", refusal.reason));
        }
        let step = sent.exchange.response_head(&ends, head, body.is_empty());
        sent.message(step, head, Exchange::response_body)
    };
    let wanted = if request { "request" } else { "response" };
    let entries = exchange.close(0);
    let entry = entries.into_iter().find(|entry| entry.message == wanted);
    let entry = entry.ok_or("the engine tells nothing about this message")?;
    // Meeting no boundary is no accident where the test names the refusal.
    if entry.boundary.is_none() && case.expect.reason.is_none() {
        let (from, to) = (&case.message.from.value, &case.message.to.value);
        return Err(format!("no boundary from `{from}` to `{to}` fits this message"));
    }
    Ok(Output { entry, headers, body: out })
}

struct Sent<'s> {
    exchange: &'s mut Exchange,
    body: &'s [u8],
    plan: &'s Plan,
}

impl Sent<'_> {
    /// What a host that does as it is told lets out.
    fn message(
        &mut self,
        step: HeadStep,
        head: &Headers,
        push: fn(&mut Exchange, &[u8], bool, &mut Vec<u8>) -> Step,
    ) -> (Headers, Vec<u8>) {
        let (headers, inspect) = match step {
            HeadStep::Forward(headers, BodyPlan::Inspect) | HeadStep::Hold(headers) => {
                (headers.unwrap_or_else(|| head.clone()), true)
            }
            HeadStep::Forward(headers, BodyPlan::Ignore) => {
                (headers.unwrap_or_else(|| head.clone()), false)
            }
            HeadStep::Block(_) => return (Headers::new(), Vec::new()),
        };
        if !inspect || self.body.is_empty() {
            return (headers, self.body.to_vec());
        }
        let (mut released, mut stashed) = (Vec::new(), Vec::new());
        let cuts: Vec<_> = self.plan.iter().copied().chain([self.body.len()]).collect();
        let mut start = 0;
        for end in cuts {
            let chunk = self.body.get(start..end).unwrap_or_default();
            let mut out = Vec::new();
            let last = end == self.body.len();
            match push(self.exchange, chunk, last, &mut out) {
                Step::Release => {
                    released.append(&mut stashed);
                    released.append(&mut out);
                }
                Step::Stash => stashed.append(&mut out),
                Step::Close(_) => {
                    released.append(&mut stashed);
                    released.append(&mut out);
                    return (headers, released);
                }
                Step::Block(_) => return (headers, released),
            }
            start = end;
        }
        (headers, released)
    }
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
