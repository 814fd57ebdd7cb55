//! Plants canaries, sends them through every runner, and counts what became of them.
//! Holds the counts against what [`crate::formats`] says is read.

use super::canary::{Canary, canaries};
use super::formats::{Sent, Spelling};
use super::seek;
use super::wrapping::{EXCEPT, WRAPPINGS, Wrapping};
use crate::case::{Case, Expect, HostSettings, Message, Subject, Via};
use crate::corpus::{self, Make};
use crate::formats::{FORMATS, Format, Read, Seat};
use crate::plan::{Cut, End, Plan};
use crate::policy::{Policies, Policy};
use crate::runner::{Outcome, Received, Runner};
use anyhow::{Context as _, Result};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Canaries of one message.
const BATCH: usize = 10;
/// Canaries with which a wrapping is tried that nobody looks through.
const TRIED: usize = 20;

/// How much is planted, and how it is sent.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Canaries of each format and direction.
    pub canaries: usize,
    /// Every canary once, with wrappings and plans paired; else each under all of them.
    pub paired: bool,
    /// Threads, each with runners of its own.
    pub threads: usize,
}

/// What became of canaries on one runner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How often one was sent.
    pub sent: u64,
    /// How often it arrived.
    pub arrived: u64,
    /// How often it did not, and the rest of its message did.
    pub rewritten: u64,
    /// How often its message was stopped.
    pub blocked: u64,
}

/// One format in one direction.
#[derive(Clone, Debug)]
pub struct Row {
    /// The format or place.
    pub format: &'static str,
    /// Which message it stood in.
    pub direction: Subject,
    /// What is said to become of what stands there.
    pub read: Read,
    /// By runner, in their order.
    pub counts: Vec<(&'static str, Count)>,
    /// What was wrong.
    pub wrong: Vec<String>,
}

/// One wrapping that nobody looks through, over all formats that are read.
#[derive(Clone, Copy, Debug)]
pub struct Unread {
    /// Its name.
    pub wrapping: &'static str,
    /// What became of canaries in it.
    pub count: Count,
}

/// Runs every format whose name has one of the words, or all.
///
/// # Errors
/// When a runner cannot be made or does not work.
pub fn run(make: Make<'_>, words: &[String], options: Options) -> Result<Vec<Row>> {
    let wanted = |format: &&Format| {
        words.is_empty() || words.iter().any(|word| format.name.contains(word.as_str()))
    };
    let work: Vec<(&Format, Subject)> = FORMATS
        .iter()
        .filter(wanted)
        .flat_map(|format| directions(format).map(move |direction| (format, direction)))
        .collect();
    let (work, next) = (&work, &AtomicUsize::new(0));
    let shares = std::thread::scope(|scope| {
        let share = move || -> Result<Vec<(usize, Row)>> {
            let (mut runners, mut rows) = (make()?, Vec::new());
            let policy = policy()?;
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let Some((format, direction)) = work.get(n) else { return Ok(rows) };
                let row = row(format, *direction, &mut runners, &policy, options);
                rows.push((n, row.with_context(|| format.name)?));
            }
        };
        let running: Vec<_> = (0..options.threads).map(|_| scope.spawn(share)).collect();
        let joined = running.into_iter().map(|thread| match thread.join() {
            Ok(rows) => rows,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.collect::<Result<Vec<_>>>()
    })?;
    let mut rows: Vec<(usize, Row)> = shares.into_iter().flatten().collect();
    rows.sort_by_key(|(n, _)| *n);
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// Tries the wrappings that nobody is said to look through, in every format that is read.
///
/// # Errors
/// When the runner does not work.
pub fn unread(runner: &mut dyn Runner) -> Result<Vec<Unread>> {
    let (policy, mut tried) = (policy()?, Vec::new());
    for wrapping in WRAPPINGS.iter().filter(|wrapping| !wrapping.read) {
        let mut count = Count::default();
        for format in FORMATS.iter().filter(|format| format.read == Read::Rewrite) {
            for direction in directions(format) {
                let planted: Vec<Canary> = canaries_of(format, TRIED);
                for batch in planted.chunks(BATCH) {
                    let Some(sent) = planting(format, wrapping, batch) else { continue };
                    let (case, mut seen) = (case(direction, &sent), Seen::default());
                    let outcome = runner.run(&case, &policy, Plan::WHOLE)?;
                    count.add(direction, &outcome, batch, &mut seen);
                }
            }
        }
        tried.push(Unread { wrapping: wrapping.name, count });
    }
    Ok(tried)
}

/// Everything that counts is redacted, and what hides it looked through.
fn policy() -> Result<Rc<Policy>> {
    Policies::new(&corpus::folder("policies")).named("wrapped")
}

fn directions(format: &Format) -> impl Iterator<Item = Subject> + use<> {
    let side = format.side;
    [Subject::Request, Subject::Response].into_iter().filter(move |way| side.has(*way))
}

/// Canaries that the format can hold.
fn canaries_of(format: &Format, count: usize) -> Vec<Canary> {
    let holds = |canary: &Canary| match format.seat {
        // Names are lower case, and a sign such as `@` cannot stand there.
        Seat::HeaderName => canary.text.bytes().all(|byte| byte.is_ascii_digit()),
        // Credentials are let pass where they are at home.
        Seat::Named("cookie" | "set-cookie" | "authorization") => !canary.credential,
        _ => true,
    };
    canaries(1).filter(holds).take(count).collect()
}

fn row(
    format: &Format,
    direction: Subject,
    runners: &mut [Box<dyn Runner>],
    policy: &Policy,
    options: Options,
) -> Result<Row> {
    let mut counts: Vec<(&'static str, Count)> =
        runners.iter().map(|runner| (runner.name(), Count::default())).collect();
    let planted = canaries_of(format, options.canaries);
    let wrappings: Vec<&Wrapping> = WRAPPINGS
        .iter()
        .filter(|wrapping| wrapping.read && !EXCEPT.contains(&(wrapping.name, format.name)))
        .filter(|wrapping| planting(format, wrapping, &planted[..1]).is_some())
        .collect();
    for (n, batch) in planted.chunks(BATCH).enumerate() {
        let paired = wrappings.get(n % wrappings.len().max(1)).copied();
        let of_batch = if options.paired { paired.as_slice() } else { &wrappings[..] };
        for wrapping in of_batch {
            let Some(sent) = planting(format, wrapping, batch) else { continue };
            let (case, mut seen) = (case(direction, &sent), Seen::default());
            let all = plans(sent.body.as_ref().map_or(0, Vec::len), options.paired);
            let few = [all[n / wrappings.len() % all.len()]];
            for (runner, (_, count)) in runners.iter_mut().zip(&mut counts) {
                for plan in if options.paired { &few } else { &all[..] } {
                    let outcome = runner.run(&case, policy, *plan)?;
                    count.add(direction, &outcome, batch, &mut seen);
                }
            }
        }
    }
    let wrong = runners.iter().zip(&counts).filter_map(|(runner, (name, count))| {
        let wrong = count.wrong(format.read, runner.filters())?;
        Some(format!("{} of a {}, {name}: {wrong}", format.name, word(direction)))
    });
    let wrong = wrong.collect();
    Ok(Row { format: format.name, direction, read: format.read, counts, wrong })
}

/// The name of a direction.
#[must_use]
pub fn word(direction: Subject) -> &'static str {
    match direction {
        Subject::Request => "request",
        Subject::Response => "response",
    }
}

fn planting(format: &Format, wrapping: &Wrapping, batch: &[Canary]) -> Option<Sent> {
    let values: Vec<String> = batch.iter().map(|canary| (wrapping.wrap)(&canary.text)).collect();
    let spelling: Spelling = wrapping.spelling;
    (format.plant)(&values, spelling)
}

/// Twenty ways to cut a body; those of a host that takes its time are fewer.
fn plans(length: usize, slow: bool) -> Vec<Plan> {
    let plan = |cut, end| Plan { cut, end };
    let mut plans = vec![Plan::WHOLE];
    if length < 2 {
        return plans;
    }
    if !slow {
        plans.push(plan(Cut::Whole, End::Apart));
        plans.push(plan(Cut::Bytewise, End::Apart));
        plans.extend((0..4).map(|seed| plan(Cut::Seeded(seed), End::WithLast)));
    }
    let seams = if slow { 6 } else { 13 };
    plans.extend((1..=seams).map(|n| {
        let end = if n % 2 == 0 && !slow { End::WithLast } else { End::Apart };
        plan(Cut::At((length * n / (seams + 1)).max(1)), end)
    }));
    plans
}

fn case(direction: Subject, sent: &Sent) -> Case {
    let line = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
    let planted = |message: &mut Message| {
        message.head.extend(sent.head.iter().cloned());
        message.body.clone_from(&sent.body);
        message.trailers.clone_from(&sent.trailers);
    };
    let is_request = direction == Subject::Request;
    let method = if is_request && sent.body.is_some() { "POST" } else { "GET" };
    let path = sent.path.as_deref().unwrap_or("/notes");
    let head = vec![
        line(":method", method),
        line(":scheme", "http"),
        line(":path", path),
        line(":authority", "service.test"),
    ];
    let mut request = Message { head, ..Message::default() };
    let mut response = Message { head: vec![line(":status", "200")], ..Message::default() };
    planted(if is_request { &mut request } else { &mut response });
    Case {
        name: "planted".to_owned(),
        policy: "wrapped".to_owned(),
        via: Via { port: Some(8443), cluster: Some("vault".to_owned()), ..Via::default() },
        settings: HostSettings::default(),
        request,
        response,
        expect_request: Expect::default(),
        expect_response: Expect::default(),
        leaks: Vec::new(),
        subject: direction,
    }
}

/// What was received already, and which canaries of the batch stand in it: plans and runners
/// mostly give the same.
#[derive(Default)]
struct Seen(Vec<(Received, Vec<bool>)>);

impl Seen {
    fn arrived(&mut self, received: &Received, batch: &[Canary]) -> &[bool] {
        let known = self.0.iter().position(|(other, _)| other == received);
        let known = known.unwrap_or_else(|| {
            let views = seek::views(received);
            let arrived = batch.iter().map(|canary| views.has(&canary.core)).collect();
            self.0.push((received.clone(), arrived));
            self.0.len() - 1
        });
        &self.0[known].1
    }
}

impl Count {
    fn add(&mut self, way: Subject, outcome: &Outcome, batch: &[Canary], seen: &mut Seen) {
        let (received, entry) = match way {
            Subject::Request => (&outcome.upstream, &outcome.request),
            Subject::Response => (&outcome.client, &outcome.response),
        };
        let all = batch.len() as u64;
        let arrived = received.as_ref().map_or(0, |received| {
            seen.arrived(received, batch).iter().filter(|arrived| **arrived).count() as u64
        });
        self.sent += all;
        self.arrived += arrived;
        match entry.as_ref().map(|entry| entry.verdict.as_str()) {
            Some("block") => self.blocked += all - arrived,
            _ => self.rewritten += all - arrived,
        }
    }

    fn wrong(&self, read: Read, filters: bool) -> Option<String> {
        if self.sent == 0 {
            return Some("nothing was planted".to_owned());
        }
        if !filters {
            let missing = self.sent - self.arrived;
            return (missing > 0).then(|| format!("{missing} cannot be seen without the filter"));
        }
        let flip = "say so in tests/src/formats.rs";
        match read {
            Read::Pass(_) if self.arrived == 0 => Some(format!("read now: {flip}")),
            Read::Pass(_) => None,
            _ if self.arrived > 0 => Some(format!("{} of {} arrive", self.arrived, self.sent)),
            Read::Rewrite if self.blocked > 0 => {
                Some(format!("{} of {} are blocked", self.blocked, self.sent))
            }
            Read::Block(_) if self.rewritten > 0 => Some(format!("rewritten now: {flip}")),
            Read::Rewrite | Read::Block(_) => None,
        }
    }
}
