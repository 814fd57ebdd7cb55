//! `cargo xtask test [NAME] [--long]`: every check that a change must pass, in the order in which a
//! failure is cheapest to learn of.
//! Counts what ran and stops at nothing: one run tells all that is wrong.

use crate::Done;
use crate::failure::Failure;
use crate::{layers, monitoring, registry, releases, reproducible, setup, shell, supply};
use std::process::Command;
use std::time::Instant;

/// What is run under one name.
enum Work {
    /// A cargo command that passes or fails as one.
    Check(&'static [&'static str]),
    /// Our own look at who depends on what.
    Layers,
    /// What Prometheus makes of the alerts.
    Monitoring,
    /// A `cargo test`, whose tests are counted, and what it needs.
    Test(&'static [&'static str], Needs),
    /// Whether another folder gives the same module.
    Reproducible,
    /// The module as an image, through a registry and into Envoy.
    Registry,
    /// What the module is made of, and how it was made.
    Supply,
    /// What a host must do, on other releases of Envoy.
    Releases,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// The filter, and the one that asks nobody.
    Modules,
    Harness,
    Envoy,
    Standards,
}

/// Everything that needs neither module nor host, but for the laws, which are a suite of their own.
const ENGINE: &[&str] = &[
    "test",
    "--workspace",
    "--exclude",
    "cofferdam-harness",
    "--exclude",
    "cofferdam-tests",
    "--exclude",
    "cofferdam-laws",
];

// PERF: what runs in wasmtime is asked for with the same two packages each time, or cargo would
// resolve other features and build wasmtime again (4 minutes on 2 cores, 2026-11-21).

/// That fuzz targets build: they are a workspace of their own, which nothing else builds.
const FUZZ: &[&str] = &[
    "clippy",
    "--locked",
    "--manifest-path",
    "fuzz/Cargo.toml",
    "--all-targets",
    "--",
    "-D",
    "warnings",
];

/// What the embedded host and the module promise of themselves.
const WASMTIME: &[&str] = &[
    "test",
    "-p",
    "cofferdam-harness",
    "-p",
    "cofferdam-tests",
    "--lib",
    "--bins",
    "--test",
    "envoy_facts",
    "--test",
    "life",
    "--test",
    "filter",
    "--test",
    "waiting",
    "--test",
    "memory",
];

/// One corpus of cases on four runners: native, wasmtime, Envoy, and Envoy without the filter.
const CORPUS: &[&str] =
    &["test", "-p", "cofferdam-harness", "-p", "cofferdam-tests", "--test", "corpus"];

/// Canaries in every format and place, on the same runners.
const PLANTED: &[&str] =
    &["test", "-p", "cofferdam-harness", "-p", "cofferdam-tests", "--test", "planted"];
/// Random messages through the harness and through Envoy. `COFFERDAM_SEED` repeats a run.
const DIFFERENTIAL: &[&str] =
    &["test", "-p", "cofferdam-harness", "-p", "cofferdam-tests", "--test", "differential"];

/// Attacks on who may let a policy be in force, on every runner, as a table.
const TRUST: &[&str] =
    &["test", "-p", "cofferdam-harness", "-p", "cofferdam-tests", "--test", "trust"];

/// What only a real host shows.
const ENVOY: &[&str] =
    &["test", "-p", "cofferdam-harness", "-p", "cofferdam-tests", "--test", "envoy"];

/// The commands `try` and `probe`, with a real Envoy. They need no wasmtime.
const TRY: &[&str] =
    &["test", "-p", "cofferdam-policy-compiler", "--test", "trial", "--test", "probe"];

/// Signed documents in the hands of other programs, and theirs in ours.
const INTEROP: &[&str] = &["test", "-p", "cofferdam-policy-compiler", "--test", "interop"];

/// Tests of policies in the module, through the harness.
const MODULE: &[&str] = &["test", "-p", "cofferdam-policy-compiler", "--test", "module"];

const SUITES: &[(&str, Work)] = &[
    ("format", Work::Check(&["fmt", "--all", "--check"])),
    ("layers", Work::Layers),
    ("lint", Work::Check(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])),
    ("fuzz", Work::Check(FUZZ)),
    ("native", Work::Test(ENGINE, Needs::Nothing)),
    ("monitoring", Work::Monitoring),
    ("laws", Work::Test(&["test", "-p", "cofferdam-laws"], Needs::Nothing)),
    ("wasmtime", Work::Test(WASMTIME, Needs::Modules)),
    ("module", Work::Test(MODULE, Needs::Harness)),
    ("interop", Work::Test(INTEROP, Needs::Standards)),
    ("reproducible", Work::Reproducible),
    ("registry", Work::Registry),
    ("supply", Work::Supply),
    ("corpus", Work::Test(CORPUS, Needs::Envoy)),
    ("planted", Work::Test(PLANTED, Needs::Envoy)),
    ("differential", Work::Test(DIFFERENTIAL, Needs::Envoy)),
    ("trust", Work::Test(TRUST, Needs::Envoy)),
    ("envoy", Work::Test(ENVOY, Needs::Envoy)),
    ("try", Work::Test(TRY, Needs::Envoy)),
    ("envoy-versions", Work::Releases),
];

#[derive(Default)]
struct Tally {
    passed: u64,
    failed: u64,
    rows: Vec<String>,
}

/// Runs all suites, or those of a name.
pub(crate) fn run(name: Option<&str>, long: bool) -> Done {
    let wanted = |own: &str| name.is_none_or(|name| name == own);
    let chosen: Vec<_> = SUITES.iter().filter(|(own, _)| wanted(own)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = SUITES.iter().map(|(own, _)| *own).collect();
        let name = name.unwrap_or_default();
        return Err(Failure::new(format!("no tests are called `{name}`"))
            .help(format!("there are: {}", names.join(", "))));
    }
    let begun = Instant::now();
    let mut tally = Tally::default();
    // Who asks for them by name means all.
    let all = long || name.is_some();
    for (own, work) in chosen {
        shell::say(&format!("\n== {own}"));
        let suite = Instant::now();
        let (passed, failed) = match work_done(work, long, all) {
            Ok(counts) => counts,
            Err(failure) => {
                shell::say(&failure.to_string());
                (0, 1)
            }
        };
        tally.passed += passed;
        tally.failed += failed;
        let seconds = suite.elapsed().as_secs_f64();
        tally
            .rows
            .push(format!("{own:<14} {passed:>6} passed {failed:>4} failed {seconds:>8.1} s"));
    }
    let seconds = begun.elapsed().as_secs_f64();
    shell::print(&format!("\n{}\n\nin {seconds:.0} s\n", tally.rows.join("\n")));
    shell::print(&format!("{} passed, {} failed\n", tally.passed, tally.failed));
    match tally.failed {
        0 => Ok(()),
        _ => Err(Failure::new("not everything passed")),
    }
}

fn work_done(work: &Work, long: bool, all: bool) -> Result<(u64, u64), Failure> {
    match work {
        Work::Check(arguments) => {
            let mut command = shell::cargo(arguments);
            // Another workspace would build in its own folder.
            shell::run(command.env("CARGO_TARGET_DIR", shell::target())).map(|_| (1, 0))
        }
        Work::Layers => layers::check().map(|()| (1, 0)),
        Work::Monitoring => monitoring::test(),
        Work::Reproducible => reproducible::test().map(|()| (1, 0)),
        Work::Supply => supply::test(),
        Work::Registry => registry::test(),
        Work::Releases => releases::test(all),
        Work::Test(arguments, needs) => {
            let mut command = shell::cargo(arguments);
            if !matches!(needs, Needs::Nothing | Needs::Standards) {
                command.env("COFFERDAM_WASM", setup::filter()?);
            }
            if *needs == Needs::Modules {
                command.env("COFFERDAM_UNSIGNED", setup::unsigned()?);
            }
            if *needs == Needs::Standards {
                command.env("COFFERDAM_PYTHON", setup::standards()?);
            }
            if *needs == Needs::Harness {
                command.env("COFFERDAM_GUEST", setup::guest()?);
                command.env("COFFERDAM_HARNESS", setup::harness()?);
            }
            if *needs == Needs::Envoy {
                setup::guest()?;
                setup::wrk()?;
                command.env("COFFERDAM_ENVOY", setup::envoy()?);
                command.env("COFFERDAM_CLOCK", setup::clock()?);
            }
            if long {
                command.env("COFFERDAM_LONG", "1");
            }
            tests(&mut command)
        }
    }
}

/// Runs tests and adds up what each test program says of itself.
pub(crate) fn tests(command: &mut Command) -> Result<(u64, u64), Failure> {
    let (mut passed, mut failed) = (0, 0);
    let succeeded = shell::follow(command, |line| {
        let Some(result) = line.strip_prefix("test result: ") else { return };
        passed += count(result, " passed");
        failed += count(result, " failed");
    })?;
    // A program that did not build, or died, has said nothing of itself.
    if !succeeded && failed == 0 {
        failed = 1;
    }
    Ok((passed, failed))
}

fn count(result: &str, word: &str) -> u64 {
    let before = result.split(word).next().unwrap_or_default();
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn a_closing_line_is_counted() {
        let line = "FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!((count(line, " passed"), count(line, " failed")), (12, 3));
        assert_eq!(count("ok.", " passed"), 0);
    }
}
