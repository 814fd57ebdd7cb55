//! Asks every law of generated messages under generated policies and chunk plans, and prints how
//! many there were. The same run every time; `COFFERDAM_SEED` makes another, `COFFERDAM_LONG` a
//! longer one. A law that fails is shrunk and shown, and the others are asked all the same.

#![expect(clippy::print_stdout, reason = "a test program says what it did on stdout")]

use cofferdam_engine::verdict::Verdict;
use cofferdam_laws::head::{self, HeadCase};
use cofferdam_laws::law::{Case, Law, Runs};
use cofferdam_laws::long;
use cofferdam_laws::policies::Policies;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::cell::Cell;
use std::env;
use std::process::ExitCode;
use std::time::Instant;

/// Generated messages; each runs under four or five chunk plans.
const CASES: u32 = 12_000;
const CASES_LONG: u32 = 400_000;

#[derive(Default)]
struct Counts {
    cases: Cell<u64>,
    plans: Cell<u64>,
    rewritten: Cell<u64>,
    blocked: Cell<u64>,
    cut: Cell<u64>,
    ended: Cell<u64>,
}

fn add(counter: &Cell<u64>, number: usize) {
    counter.set(counter.get() + number as u64);
}

fn main() -> ExitCode {
    let begun = Instant::now();
    let policies = Policies::plain();
    let mut counts = Counts::default();
    let mut left = Law::ALL.to_vec();
    let mut failed = 0;
    while let Some((law, report)) = broken(&policies, &left, &counts) {
        println!("test {} ... FAILED\n{report}\n", law.name());
        left.retain(|other| *other != law);
        counts = Counts::default();
        failed += 1;
    }
    for law in &left {
        println!("test {} ... ok", law.name());
    }
    let (mut through, through_counts) = (Law::THROUGH.to_vec(), Counts::default());
    let looking = Policies::new();
    while let Some((law, report)) = broken(&looking, &through, &through_counts) {
        println!("test {}, looking through encodings ... FAILED\n{report}\n", law.name());
        through.retain(|other| *other != law);
        failed += 1;
    }
    for law in &through {
        println!("test {}, looking through encodings ... ok", law.name());
    }
    let (heads, head_broken) = heads(&policies);
    match &head_broken {
        None => println!("test heads ... ok"),
        Some(report) => println!("test heads ... FAILED\n{report}\n"),
    }
    failed += usize::from(head_broken.is_some());
    let (long, wrong) = long::broken(&policies);
    match wrong.is_empty() {
        true => println!("test long_bodies ... ok"),
        false => println!("test long_bodies ... FAILED\n{}\n", wrong.join("\n")),
    }
    failed += usize::from(!wrong.is_empty());
    let (cases, blocked) = (counts.cases.get(), counts.blocked.get());
    let cut = counts.cut.get();
    println!(
        "\nlaws: {cases} messages under {} plans and {} policies: {} rewritten, {} ended by \
         trailers, {blocked} blocked, {cut} of them at a known place behind what had left; {long} \
         long ones; {heads}",
        counts.plans.get(),
        policies.bundles.len(),
        counts.rewritten.get(),
        counts.ended.get(),
    );
    // A generator that makes nothing to find would keep every law.
    for (count, times, what) in [
        (counts.rewritten.get(), 4, "rewritten"),
        (counts.ended.get(), 8, "ended by trailers"),
        (cut, 40, "cut at a place that is known"),
    ] {
        if count * times < cases {
            println!("test generator ... FAILED\nonly {count} messages were {what}");
            failed += 1;
        }
    }
    let word = if failed == 0 { "ok" } else { "FAILED" };
    let passed = left.len()
        + through.len()
        + usize::from(wrong.is_empty())
        + usize::from(head_broken.is_none());
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "\ntest result: {word}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 \
         filtered \
         out; finished in {seconds:.2}s"
    );
    ExitCode::from(u8::from(failed > 0))
}

/// Looks for a case that breaks one of the laws; gives the smallest.
fn broken(policies: &Policies, laws: &[Law], counts: &Counts) -> Option<(Law, String)> {
    let mut runner = runner();
    let law_broken = Cell::new(Law::Split);
    let shrinking = Cell::new(false);
    let tried = runner.run(&vec(any::<u8>(), 0..700), |bytes| {
        let case = Case::generate(&bytes);
        let runs = Runs::new(policies, &case);
        if !shrinking.get() {
            add(&counts.cases, 1);
            add(&counts.plans, 1 + case.plans.len());
            add(&counts.rewritten, usize::from(runs.whole().verdict == Ok(Verdict::Rewrite)));
            add(&counts.blocked, usize::from(runs.whole().verdict.is_err()));
            add(&counts.cut, usize::from(runs.is_cut() && runs.blocking_at().is_some()));
            add(&counts.ended, usize::from(runs.whole().trailers.is_some()));
        }
        for law in laws {
            // Shrinks towards the law that failed first, not towards any.
            if shrinking.get() && *law != law_broken.get() {
                continue;
            }
            if let Err(why) = runs.ask(*law) {
                law_broken.set(*law);
                shrinking.set(true);
                return Err(TestCaseError::fail(why));
            }
        }
        Ok(())
    });
    match tried {
        Ok(()) => None,
        Err(TestError::Fail(why, bytes)) => {
            let case = Case::generate(&bytes);
            let sent = &case.message;
            let body = String::from_utf8_lossy(&sent.body.bytes);
            let report = format!(
                "{why}\n  policy laws-{}, {:?}, {:?}, {} bytes\n  body: {body:?}\n  trailers: {}\n  \
                 plans: {:?}",
                case.policy,
                sent.way,
                sent.body.media,
                sent.body.bytes.len(),
                sent.trailers.as_ref().map_or("none".into(), head::show),
                case.plans,
            );
            Some((law_broken.get(), report))
        }
        Err(TestError::Abort(why)) => Some((laws[0], format!("gave up: {why}"))),
    }
}

/// Asks the laws of generated heads; how many there were, and the smallest that breaks one.
fn heads(policies: &Policies) -> (String, Option<String>) {
    let (mut runner, count, changed) = (runner(), Cell::new(0_u64), Cell::new(0_u64));
    let tried = runner.run(&vec(any::<u8>(), 0..400), |bytes| {
        count.set(count.get() + 1);
        let rewritten = HeadCase::generate(&bytes).ask(policies).map_err(TestCaseError::fail)?;
        changed.set(changed.get() + u64::from(rewritten));
        Ok(())
    });
    let report = match tried {
        Ok(()) if changed.get() * 8 < count.get() => Some("hardly any head was rewritten".into()),
        Ok(()) => None,
        Err(TestError::Fail(why, bytes)) => {
            Some(format!("{why}\n  {}", head::shown(&HeadCase::generate(&bytes))))
        }
        Err(TestError::Abort(why)) => Some(format!("gave up: {why}")),
    };
    (format!("{} heads, {} rewritten", count.get(), changed.get()), report)
}

fn runner() -> TestRunner {
    let long = env::var_os("COFFERDAM_LONG").is_some();
    let config = Config {
        cases: if long { CASES_LONG } else { CASES },
        max_shrink_iters: 20_000,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, rng())
}

fn rng() -> TestRng {
    let seed = env::var("COFFERDAM_SEED").ok().and_then(|seed| seed.parse::<u64>().ok());
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.unwrap_or(1).to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}
