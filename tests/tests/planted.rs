//! The planted-value run: canaries in every format and place, on the native engine and in wasmtime
//! under every wrapping and plan; where `COFFERDAM_ENVOY` names one, in real Envoy with the filter
//! and without, wrappings and plans paired. None may reach the other side; without the filter all
//! must.
//!
//! Arguments: words, of which a format's name has one. `--canaries N` plants other than 200 of
//! each (natively and in wasmtime 24, unless `COFFERDAM_LONG` is set), `--runner NAME` keeps one runner beside the native engine.

#![expect(clippy::print_stdout, reason = "a test program reports to its caller")]

use anyhow::{Context as _, Result};
use cofferdam_tests::envoy::EnvoyRunner;
use cofferdam_tests::native::NativeRunner;
use cofferdam_tests::planted::run::{self, Options, Row};
use cofferdam_tests::planted::table;
use cofferdam_tests::runner::Runner;
use cofferdam_tests::wasm::WasmRunner;
use std::process::ExitCode;
use std::time::Instant;

const CANARIES: usize = 200;
/// Of each in a run of all tests without `COFFERDAM_LONG`, natively and in wasmtime.
const FEW: usize = 24;
const THREADS: usize = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let began = Instant::now();
    let (passed, failures) = match go(&arguments) {
        Ok(done) => done,
        Err(error) => (0, vec![format!("the run cannot go on: {error:#}")]),
    };
    failures.iter().for_each(|failure| println!("FAILED {failure}"));
    let word = if failures.is_empty() { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {word}. {passed} passed; {} failed; 0 ignored; 0 measured; 0 filtered \
         out; finished in {:.2}s",
        failures.len(),
        began.elapsed().as_secs_f64()
    );
    ExitCode::from(u8::from(!failures.is_empty()))
}

fn go(arguments: &[String]) -> Result<(usize, Vec<String>)> {
    let (mut words, mut only, mut canaries) = (Vec::new(), None, None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--runner" => only = rest.next().cloned(),
            "--canaries" => canaries = Some(rest.next().context("how many?")?.parse()?),
            flag if flag.starts_with("--") => {}
            word => words.push(word.to_owned()),
        }
    }
    let wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    let embedded = || -> Result<Vec<Box<dyn Runner>>> {
        let mut runners: Vec<Box<dyn Runner>> = vec![Box::new(NativeRunner)];
        if wanted("wasmtime") {
            runners.push(Box::new(WasmRunner::new()?));
        }
        Ok(runners)
    };
    let long = std::env::var_os("COFFERDAM_LONG").is_some();
    let all: usize = canaries.unwrap_or(CANARIES);
    let canaries = if long { all } else { canaries.unwrap_or(FEW) };
    let options = Options { canaries, paired: false, threads: THREADS };
    let begun = Instant::now();
    println!("{canaries} canaries of each, in every wrapping, under 20 plans (heads: one):");
    let mut rows = run::run(&embedded, &words, options)?;
    println!("{}in {:.0} s\n", table::text(&rows), begun.elapsed().as_secs_f64());
    let unread = run::unread(&mut NativeRunner)?;
    println!("{}", table::wrappings(&unread));
    let read_now = unread.iter().filter(|unread| unread.count.arrived == 0);
    let mut failures: Vec<String> = read_now
        .map(|unread| format!("`{}` is looked through: say so in its list", unread.wrapping))
        .collect();
    if std::env::var_os("COFFERDAM_ENVOY").is_some() && wanted("envoy") {
        let hosts = || -> Result<Vec<Box<dyn Runner>>> {
            let (with, without) = (EnvoyRunner::filtering(), EnvoyRunner::bare());
            Ok(vec![Box::new(with.joining()), Box::new(without.joining())])
        };
        let begun = Instant::now();
        println!("{all} canaries of each through real Envoy, wrappings and plans paired:");
        let paired = Options { canaries: all, paired: true, ..options };
        let more = run::run(&hosts, &words, paired)?;
        println!("{}in {:.0} s", table::text(&more), begun.elapsed().as_secs_f64());
        rows.extend(more);
    } else {
        println!("envoy, bare: not run, since `COFFERDAM_ENVOY` names no Envoy");
    }
    failures.extend(rows.iter().flat_map(|row: &Row| row.wrong.iter().cloned()));
    let cells: usize = rows.iter().map(|row| row.counts.len()).sum();
    Ok((cells.saturating_sub(failures.len()), failures))
}
