//! Random messages through the harness and through real Envoy, compared to the byte.
//!
//! `--seed N` repeats a run (or `COFFERDAM_SEED`), `--only N` one exchange of it, `--messages N`
//! makes it longer or shorter. Needs `COFFERDAM_ENVOY` and `COFFERDAM_WASM`, which
//! `cargo xtask test differential` sets.

#![expect(clippy::print_stdout, reason = "a test program reports to its caller")]

use cofferdam_tests::differential::{self, Options, Report};
use std::process::ExitCode;
use std::time::Instant;

/// Of a run that names no other: the same run every time.
const SEED: u64 = 1;

/// Messages of a normal run, and of a long one.
const MESSAGES: u64 = 5000;
const MESSAGES_LONG: u64 = 50_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        println!("differential: test");
        return ExitCode::SUCCESS;
    }
    let number = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.parse::<u64>().ok()
    };
    let set = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let normal = match std::env::var_os("COFFERDAM_LONG") {
        Some(_) => MESSAGES_LONG,
        None => MESSAGES,
    };
    let options = Options {
        seed: number("--seed").or_else(|| set("COFFERDAM_SEED")).unwrap_or(SEED),
        messages: number("--messages").unwrap_or(normal),
        only: number("--only"),
        folder: env!("CARGO_TARGET_TMPDIR").into(),
    };
    println!("differential: seed {}", options.seed);
    let begun = Instant::now();
    let ran = differential::run(&options);
    let (passed, failed) = match &ran {
        Ok(report) => print(report),
        Err(error) => {
            println!("the hosts cannot run: {error:#}");
            (0, 1)
        }
    };
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {word}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 \
         filtered out; finished in {:.2}s",
        begun.elapsed().as_secs_f64()
    );
    ExitCode::from(u8::from(failed > 0))
}

fn print(report: &Report) -> (u64, u64) {
    for failure in &report.failures {
        println!("FAILED {failure}\n");
    }
    println!(
        "{} messages of {} exchanges compared: {:?}; {:?}; {} with trailers; {} chunks seen one by \
         one; {} runs repeated, {} exchanges with joined chunks; counters of {} policies",
        report.messages,
        report.exchanges,
        report.verdicts,
        report.protocols,
        report.trailers,
        report.chunks,
        report.repeated,
        report.joined,
        report.counters,
    );
    (report.messages, report.failures.len() as u64)
}
