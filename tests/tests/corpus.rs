//! The corpus on every runner there is: the native engine, the filter in wasmtime and, where
//! `COFFERDAM_ENVOY` names one, real Envoy with the filter and without.
//!
//! Arguments: words, of which a case's name has one. `--runner NAME` keeps one runner beside the
//! native engine, `--list` names the cases.

#![expect(clippy::print_stdout, reason = "a test program reports to its caller")]

use anyhow::Result;
use cofferdam_tests::case;
use cofferdam_tests::corpus::{self, Report};
use cofferdam_tests::envoy::EnvoyRunner;
use cofferdam_tests::native::NativeRunner;
use cofferdam_tests::runner::Runner;
use cofferdam_tests::wasm::WasmRunner;
use std::process::ExitCode;
use std::time::Instant;

const THREADS: usize = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match go(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("the corpus cannot run: {error:#}");
            println!(
                "test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out"
            );
            ExitCode::FAILURE
        }
    }
}

fn go(arguments: &[String]) -> Result<bool> {
    if arguments.iter().any(|argument| argument == "--list") {
        for case in case::load(&corpus::folder("cases"))? {
            println!("{}: test", case.name);
        }
        return Ok(true);
    }
    let only = arguments.iter().position(|argument| argument == "--runner");
    let only = only.and_then(|at| arguments.get(at + 1)).cloned();
    let words: Vec<String> = arguments
        .iter()
        .filter(|argument| !argument.starts_with("--") && only.as_ref() != Some(argument))
        .cloned()
        .collect();
    let began = Instant::now();
    let report = corpus::run(&|| runners(only.as_deref()), &words, THREADS)?;
    // Some of the cases say nothing of all formats.
    let covers = words.is_empty();
    Ok(print(&report, began, covers))
}

fn runners(only: Option<&str>) -> Result<Vec<Box<dyn Runner>>> {
    let wanted = |name: &str| only.is_none_or(|only| only == name);
    let mut runners: Vec<Box<dyn Runner>> = vec![Box::new(NativeRunner)];
    if wanted("wasmtime") {
        runners.push(Box::new(WasmRunner::new()?));
    }
    if std::env::var_os("COFFERDAM_ENVOY").is_some() {
        if wanted("envoy") {
            runners.push(Box::new(EnvoyRunner::filtering()));
        }
        if wanted("bare") {
            runners.push(Box::new(EnvoyRunner::bare()));
        }
    }
    Ok(runners)
}

fn print(report: &Report, began: Instant, covers: bool) -> bool {
    for failure in &report.failures {
        println!("FAILED {failure}\n");
    }
    println!("corpus, by runner:");
    let (mut passed, mut failed) = (0, 0);
    for (name, tally) in &report.tallies {
        passed += tally.cases - tally.failed;
        failed += tally.failed;
        let (cases, plans) = (tally.cases, tally.plans);
        println!("  {name:9} {cases:5} cases, {plans:7} runs, {} failed", tally.failed);
        if tally.leaked > 0 {
            println!("            {} of them leaked, as they must without a filter", tally.leaked);
        }
        for (why, count) in &tally.refused {
            println!("            {count} not run: {why}");
        }
    }
    if !report.tallies.iter().any(|(name, _)| *name == "envoy") {
        println!("  envoy, bare: not run, since `COFFERDAM_ENVOY` names no Envoy");
    }
    if covers {
        let runners: Vec<_> = report.tallies.iter().map(|(name, _)| *name).collect();
        let (table, wrong) = report.coverage.table(&runners);
        println!("\nwhat the cases are about, by runner:\n{table}");
        wrong.iter().for_each(|text| println!("FAILED coverage: {text}"));
        failed += wrong.len() as u64;
        passed += u64::from(wrong.is_empty());
    }
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {word}. {passed} passed; {failed} failed; 0 ignored; 0 measured; \
         0 filtered out; finished in {:.2}s",
        began.elapsed().as_secs_f64()
    );
    failed == 0
}
