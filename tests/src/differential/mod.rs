//! Random exchanges through the harness and through real Envoy with the same filter: what comes of
//! them must be the same to the byte.
//!
//! Messages come from the generator of the laws, under its policies. Each exchange goes over one of
//! four pairs of protocols, both messages in chunks of their own. What is compared, and what differs
//! by nature, says [`judge`].

mod both;
mod judge;
mod paste;
mod sample;
mod shrink;

pub use sample::Sample;

use crate::policy::{self, Policy};
use crate::wasm::module_path;
use anyhow::{Context as _, Result, ensure};
use both::{Came, Host, LANES, Lanes, Wasmtime};
use cofferdam_harness::Harness;
use cofferdam_laws::policies;
use judge::Chunks;
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Of all that is random.
    pub seed: u64,
    /// Messages that must have been compared before it ends.
    pub messages: u64,
    /// One exchange alone, by its number.
    pub only: Option<u64>,
    /// Where exchanges are written that differ.
    pub folder: PathBuf,
}

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Exchanges.
    pub exchanges: u64,
    /// Messages that a filter looked at: a request that is stopped has no answer.
    pub messages: u64,
    /// By verdict of the messages, and its reason.
    pub verdicts: BTreeMap<String, u64>,
    /// Exchanges by protocols.
    pub protocols: BTreeMap<String, u64>,
    /// Messages with trailers.
    pub trailers: u64,
    /// Chunks that a filter saw one by one.
    pub chunks: u64,
    /// Runs that were repeated, since chunks arrived joined or a connection was closed meanwhile.
    pub repeated: u64,
    /// Exchanges whose chunks arrived joined all the same.
    pub joined: u64,
    /// Policies whose counters were compared.
    pub counters: u64,
    /// One text for each difference.
    pub failures: Vec<String>,
}

/// Waits between two chunks, tried one after another.
const PAUSES_MS: &[u64] = &[1, 4, 16, 64];
/// Differences that are shrunk and shown; there is no use in more.
const FAILURES_MAX: usize = 5;

/// Runs generated exchanges through both hosts.
///
/// # Errors
/// When a host does not work at all.
pub fn run(options: &Options) -> Result<Report> {
    let wasm = std::fs::read(module_path()).context("no filter module")?;
    let harness = Harness::new(&wasm)?;
    let lanes = Lanes::open()?;
    let mut report = Report::default();
    let count = policies::COUNT as u64;
    for number in 0..count {
        if options.only.is_some_and(|only| only % count != number) {
            continue;
        }
        let until = options.messages * (number + 1) / count;
        let policy = policy_of(number as usize)?;
        let mut run = Run {
            seed: options.seed,
            folder: &options.folder,
            harness: Wasmtime::start(&harness, &policy)?,
            envoy: Host::start(&lanes, &policy)?,
            policy,
            number,
            report: &mut report,
            is_even: true,
            begun: 0,
        };
        match options.only {
            Some(only) => run.numbers(&mut std::iter::once(only), u64::MAX)?,
            None => run.numbers(&mut (0..).map(|n| n * count + number), until)?,
        }
        if report.failures.len() >= FAILURES_MAX {
            break;
        }
    }
    let wanted = if options.only.is_some() { 0 } else { options.messages };
    let enough = report.messages >= wanted || !report.failures.is_empty();
    ensure!(enough, "fewer messages than were asked for");
    Ok(report)
}

/// A policy of the laws, with the lanes' listeners and clusters among its members.
fn policy_of(number: usize) -> Result<Policy> {
    let text = policies::text(number);
    let (before, _) = text.split_once("  - { zone: a, listener_port").context("no members")?;
    let (_, after) = text.split_once("zone: b, cluster: b }\n").context("no cluster")?;
    policy::compile(&format!("laws-{number}"), format!("{before}{}{after}", both::members()))
}

/// One policy's share of a run.
struct Run<'r> {
    seed: u64,
    folder: &'r Path,
    harness: Wasmtime,
    envoy: Host<'r>,
    policy: Policy,
    number: u64,
    report: &'r mut Report,
    /// Both hosts had the same exchanges so far, so that counters can be compared.
    is_even: bool,
    /// Runs in both hosts.
    begun: u64,
}

/// An exchange that runs, or is to.
#[derive(Clone)]
struct Turn {
    n: u64,
    sample: Sample,
    /// Which of the pauses.
    attempt: usize,
    came: Came,
}

impl Run<'_> {
    fn numbers(&mut self, numbers: &mut dyn Iterator<Item = u64>, until: u64) -> Result<()> {
        let mut again: VecDeque<Turn> = VecDeque::new();
        let mut running: Vec<Option<Turn>> = (0..LANES).map(|_| None).collect();
        let mut differing = Vec::new();
        loop {
            while differing.len() < FAILURES_MAX && self.has_room(&running) {
                let next = again.pop_front().or_else(|| match self.report.messages < until {
                    true => numbers.next().map(|n| Turn::first(n, self.seed)),
                    false => None,
                });
                let Some(turn) = next else { break };
                let (lane, turn) = self.begin(turn)?;
                running[lane] = Some(turn);
            }
            if !self.envoy.is_busy() {
                break;
            }
            let over = match self.envoy.over() {
                Ok(over) => over,
                Err(error) => {
                    for turn in running.iter().flatten() {
                        self.write(turn.n, &turn.sample, &turn.came)?;
                    }
                    let folder = self.folder.display();
                    return Err(error.context(format!("what was on its way is in {folder}")));
                }
            };
            for (lane, came) in over {
                let turn = running[lane.number()].take().context("no exchange on a lane")?;
                match self.weigh(turn, &came) {
                    Weighed::Same => {}
                    Weighed::Again(turn) => again.push_back(turn),
                    Weighed::Differs(turn, found) => differing.push((turn, found)),
                }
            }
        }
        for (turn, found) in differing {
            self.is_even = false;
            if self.report.failures.len() >= FAILURES_MAX {
                break;
            }
            let failure = self.explain(turn, &found)?;
            self.report.failures.push(failure);
        }
        if self.is_even {
            self.compare_counters()?;
        }
        Ok(())
    }

    fn has_room(&self, running: &[Option<Turn>]) -> bool {
        running.iter().any(Option::is_none)
    }

    /// Begins an exchange in Envoy, and runs it in the harness meanwhile.
    fn begin(&mut self, mut turn: Turn) -> Result<(usize, Turn)> {
        let pause = Duration::from_millis(PAUSES_MS[turn.attempt.min(PAUSES_MS.len() - 1)]);
        let sample = turn.sample.marked(self.begun);
        let lane = self.envoy.begin(turn.n, &sample, pause)?;
        let lane = lane.context("no lane is free")?;
        turn.came = match self.harness.run(&sample, lane) {
            Ok(came) => came,
            Err(error) => {
                let path = self.write(turn.n, &turn.sample, &Came::default())?;
                return Err(error.context(format!("exchange {}, in {}", turn.n, path.display())));
            }
        };
        self.begun += 1;
        Ok((lane.number(), turn))
    }

    fn weigh(&mut self, turn: Turn, envoy: &Came) -> Weighed {
        let more = turn.attempt + 1 < PAUSES_MS.len();
        if judge::is_accident(envoy) && more {
            self.is_even = false;
            self.report.repeated += 1;
            return Weighed::Again(Turn { attempt: turn.attempt + 1, ..turn });
        }
        let joined = judge::joined(&turn.came, envoy);
        if joined && more {
            self.report.repeated += 1;
            return Weighed::Again(Turn { attempt: turn.attempt + 1, ..turn });
        }
        let chunks = if joined { Chunks::Joined } else { Chunks::AsSent };
        let found = judge::differences(&turn.sample, &turn.came, envoy, chunks);
        if !found.is_empty() {
            return Weighed::Differs(turn, found);
        }
        self.count(&turn, joined);
        Weighed::Same
    }

    fn count(&mut self, turn: &Turn, joined: bool) {
        let report = &mut *self.report;
        report.exchanges += 1;
        report.joined += u64::from(joined);
        let sample = &turn.sample;
        let pair = format!("{:?} to {:?}", sample.down, sample.up);
        *report.protocols.entry(pair).or_default() += 1;
        let outcome = &turn.came.outcome;
        for (seen, part) in
            [(&outcome.request, &sample.request), (&outcome.response, &sample.response)]
        {
            let Some(seen) = seen else { continue };
            report.messages += 1;
            report.trailers += u64::from(!part.trailers.is_empty());
            report.chunks += seen.chunks;
            let verdict = match &seen.reason {
                Some(reason) => format!("{} {reason}", seen.verdict),
                None => seen.verdict.clone(),
            };
            *report.verdicts.entry(verdict).or_default() += 1;
        }
    }

    /// Shrinks an exchange that differs, and says how.
    fn explain(&mut self, turn: Turn, first: &[String]) -> Result<String> {
        let n = turn.n;
        let small = shrink::shrink(turn.sample, |sample| Ok(!self.alone(sample)?.1.is_empty()))?;
        let (came, found) = self.alone(&small)?;
        let found = match found.is_empty() {
            true => format!("it differs now and then only: {}", first.join("\n    ")),
            false => found.join("\n    "),
        };
        let path = self.write(n, &small, &came)?;
        Ok(format!(
            "exchange {n} (`--seed {seed} --only {n}`), harness and Envoy differ:\n    {found}\n    \
             as a case: {path}",
            seed = self.seed,
            path = path.display(),
        ))
    }

    /// Keeps an exchange as a case: a report goes where what is in messages must not.
    fn write(&self, n: u64, sample: &Sample, came: &Came) -> Result<PathBuf> {
        let path = self.folder.join(format!("exchange-{seed}-{n}.toml", seed = self.seed));
        let text = paste::case(&format!("exchange {n}"), &self.policy.name, sample, came);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }

    /// One exchange by itself, with time between its chunks.
    fn alone(&mut self, sample: &Sample) -> Result<(Came, Vec<String>)> {
        let turn = Turn { n: 0, sample: sample.clone(), attempt: 2, came: Came::default() };
        let (_, turn) = self.begin(turn)?;
        loop {
            if let Some((_, envoy)) = self.envoy.over()?.pop() {
                let joined = judge::joined(&turn.came, &envoy);
                let chunks = if joined { Chunks::Joined } else { Chunks::AsSent };
                let found = judge::differences(sample, &turn.came, &envoy, chunks);
                return Ok((turn.came, found));
            }
        }
    }

    fn compare_counters(&mut self) -> Result<()> {
        let (one, other) = (self.harness.counters(), self.envoy.counters()?);
        ensure!(self.begun == 0 || !other.is_empty(), "Envoy counts nothing");
        for name in one.keys().chain(other.keys().filter(|name| !one.contains_key(*name))) {
            let (one, other) = (one.get(name), other.get(name));
            if one != other {
                let number = self.number;
                let failure = format!("policy laws-{number}: `{name}`: {one:?} and {other:?}");
                self.report.failures.push(failure);
            }
        }
        self.report.counters += 1;
        Ok(())
    }
}

enum Weighed {
    Same,
    Again(Turn),
    Differs(Turn, Vec<String>),
}

impl Turn {
    fn first(n: u64, seed: u64) -> Self {
        Self { n, sample: Sample::generate(seed, n), attempt: 0, came: Came::default() }
    }
}
