//! Runs the corpus: every case on every runner under every plan, compared with what the case says
//! and with the native engine.
//! Judges nothing itself.

use crate::case::{self, Case, ExpectVerdict};
use crate::check;
use crate::coverage::Coverage;
use crate::plan::Plan;
use crate::policy::{Policies, Policy};
use crate::runner::{Outcome, Runner};
use anyhow::Result;
use std::collections::BTreeMap;
use std::path::Path;

/// Makes the runners of one thread. The first is what the others are compared with.
pub type Make<'m> = &'m (dyn Fn() -> Result<Vec<Box<dyn Runner>>> + Sync);

/// What a runner did.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Cases that it ran.
    pub cases: u64,
    /// Runs: cases times plans.
    pub plans: u64,
    /// Cases in which something was wrong.
    pub failed: u64,
    /// Cases that it cannot run, by why.
    pub refused: BTreeMap<&'static str, u64>,
    /// Cases whose leaks came out, where no filter is.
    pub leaked: u64,
}

/// What a run of the corpus came to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// By runner, in their order.
    pub tallies: Vec<(&'static str, Tally)>,
    /// One text for each case and runner that failed.
    pub failures: Vec<String>,
    /// What the cases that ran were about.
    pub coverage: Coverage,
}

/// Where cases and policies are.
#[must_use]
pub fn folder(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Runs every case whose name has one of the words, or all, on as many threads.
///
/// # Errors
/// When the corpus cannot be read or a runner cannot be made.
pub fn run(make: Make<'_>, words: &[String], threads: usize) -> Result<Report> {
    let mut cases = case::load(&folder("cases"))?;
    cases.retain(|case| words.is_empty() || words.iter().any(|word| case.name.contains(word)));
    // Neighbours share a host, where one has to be started for them.
    cases.sort_by(|a, b| key(a).cmp(&key(b)));
    let cases = &cases;
    let shares = std::thread::scope(|scope| {
        let share = |n| move || -> Result<Report> { share(make, cases, n, threads) };
        let running: Vec<_> = (0..threads).map(|n| scope.spawn(share(n))).collect();
        let joined = running.into_iter().map(|thread| match thread.join() {
            Ok(report) => report,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.collect::<Result<Vec<Report>>>()
    })?;
    Ok(shares.into_iter().fold(Report::default(), Report::and))
}

fn key(case: &Case) -> (&str, &case::Via, &case::HostSettings) {
    (&case.policy, &case.via, &case.settings)
}

fn share(make: Make<'_>, cases: &[Case], n: usize, threads: usize) -> Result<Report> {
    let mut runners = make()?;
    let mut policies = Policies::new(&folder("policies"));
    let mut report = Report {
        tallies: runners.iter().map(|runner| (runner.name(), Tally::default())).collect(),
        ..Report::default()
    };
    let each = cases.len().div_ceil(threads.max(1));
    for case in cases.iter().skip(n * each).take(each) {
        let policy = policies.named(&case.policy)?;
        let mut first: Option<Outcome> = None;
        for (runner, (name, tally)) in runners.iter_mut().zip(&mut report.tallies) {
            if let Some(why) = runner.refuses(case) {
                *tally.refused.entry(why).or_default() += 1;
                continue;
            }
            if !runner.filters() && case.leaks.is_empty() {
                continue;
            }
            tally.cases += 1;
            report.coverage.add(case, name);
            let mut wrong: Vec<String> = Vec::new();
            for plan in runner.plans(length(case)) {
                tally.plans += 1;
                let found = match runner.run(case, &policy, plan) {
                    Ok(outcome) => {
                        let mut found = judge(case, runner.as_ref(), &outcome, &mut first);
                        let twice = rewrites(case) && runner.filters() && plan == Plan::WHOLE;
                        if twice {
                            tally.plans += 1;
                            found.extend(again(case, runner.as_mut(), &policy, &outcome));
                        }
                        found
                    }
                    Err(error) => vec![format!("{error:#}")],
                };
                if !found.is_empty() {
                    wrong.push(format!("  {}: {}", plan_name(plan), found.join("\n    ")));
                }
            }
            if wrong.is_empty() {
                tally.leaked += u64::from(!runner.filters());
                continue;
            }
            tally.failed += 1;
            let more = match wrong.len() {
                1 => String::new(),
                n => format!("\n  and under {} other plans", n - 1),
            };
            report.failures.push(format!("{name}: {}\n{}{more}", case.name, wrong[0]));
        }
    }
    Ok(report)
}

fn judge(
    case: &Case,
    runner: &dyn Runner,
    outcome: &Outcome,
    first: &mut Option<Outcome>,
) -> Vec<String> {
    if !runner.filters() {
        let missing = check::leaks_missing(case, outcome);
        return missing.iter().map(|leak| format!("`{leak}` does not come out")).collect();
    }
    let mut found = check::differences(case, outcome);
    match first {
        None => *first = Some(outcome.clone()),
        Some(first) => found.extend(
            check::disagreements(first, outcome)
                .into_iter()
                .map(|text| format!("not as in the first run of all: {text}")),
        ),
    }
    found
}

fn rewrites(case: &Case) -> bool {
    [&case.expect_request, &case.expect_response]
        .iter()
        .any(|expect| expect.verdict == ExpectVerdict::Rewrite)
}

/// What came out is sent through once more: two sidecars do that, and nothing may change.
fn again(case: &Case, runner: &mut dyn Runner, policy: &Policy, outcome: &Outcome) -> Vec<String> {
    let mut second = case.clone();
    let request = case.expect_request.verdict == ExpectVerdict::Rewrite;
    let response = case.expect_response.verdict == ExpectVerdict::Rewrite;
    if request && let Some(received) = &outcome.upstream {
        second.request.resend(received);
    }
    if response && let Some(received) = &outcome.client {
        second.response.resend(received);
    }
    let outcome = match runner.run(&second, policy, Plan::WHOLE) {
        Ok(outcome) => outcome,
        Err(error) => return vec![format!("a second pass: {error:#}")],
    };
    let mut found = Vec::new();
    for (rewritten, sent, received) in [
        (request, &second.request, &outcome.upstream),
        (response, &second.response, &outcome.client),
    ] {
        let unchanged = received.as_ref().is_some_and(|received| {
            received.body == sent.body.clone().unwrap_or_default()
                && received.trailers == sent.trailers
                && sent.head.iter().all(|line| received.head.contains(line))
        });
        if rewritten && !unchanged {
            found.push("a second pass changes what the first let on".to_owned());
        }
    }
    found
}

/// The longer body of a case: what plans are made for.
fn length(case: &Case) -> usize {
    let length = |message: &case::Message| message.body.as_ref().map_or(0, Vec::len);
    length(&case.request).max(length(&case.response))
}

fn plan_name(plan: Plan) -> String {
    format!("{:?}, end {:?}", plan.cut, plan.end)
}

impl Report {
    fn and(mut self, other: Self) -> Self {
        if self.tallies.is_empty() {
            self.tallies = other.tallies;
        } else {
            for ((_, mine), (_, theirs)) in self.tallies.iter_mut().zip(other.tallies) {
                mine.cases += theirs.cases;
                mine.plans += theirs.plans;
                mine.failed += theirs.failed;
                mine.leaked += theirs.leaked;
                for (why, count) in theirs.refused {
                    *mine.refused.entry(why).or_default() += count;
                }
            }
        }
        self.failures.extend(other.failures);
        self.coverage = self.coverage.and(other.coverage);
        self
    }
}
