//! Set-up and automation: `cargo xtask demo | test | bench | fuzz | corpus | dist`.
//! Parses, calls, prints. Builds nothing into itself that the product is made of.

mod bench;
mod corpus;
mod debian;
mod demo;
mod dist;
mod envoy;
mod failure;
mod fuzz;
mod layers;
mod monitoring;
mod people;
mod provenance;
mod registry;
mod releases;
mod reproducible;
mod rivals;
mod sbom;
mod setup;
mod shell;
mod suites;
mod supply;

use failure::Failure;
use std::env;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  demo [--no-envoy]     set up what is missing and show real traffic, before and after the filter
  test [NAME] [--long]  set up what is missing and run every test, or those of one name;
                        `envoy-versions` by name or --long: on every release of Envoy there is
  bench [NAME]          measure, print tables with ratios, write target/bench/*.json
  bench filter --streams N  only so many crossings open at once in one VM
  fuzz [TARGET..] [--minutes N]  run these fuzz targets or all, 20 minutes each; stops a target
                        at what it finds, and prints how to repeat that; needs a nightly compiler
  corpus labelled [N]   precision and recall of every category on N values and near misses of each
  corpus clean [MB]     false findings in so many megabytes of clean text and in the toolchain's
  dist [--harness] [--unsigned]  build dist/: cofferdam, cofferdam.wasm, cofferdam-baseline.wasm,
                        SHA256SUMS, a bill of materials for each, and provenance.json
                        (COFFERDAM_BUILDER names the builder in it, as a URI); with
                        cofferdam-harness, which runs the module for `cofferdam test --filter`; with
                        cofferdam.unsigned.wasm, which takes policies that nobody has signed, for
                        trials
  setup [NAME]          only set up: filter and envoy, or one of wasm-target, filter, envoy, wrk,
                        standards (securesystemslib and in-toto, in target/standards-venv),
                        certificates (for mTLS, from a throw-away authority, into target/ca),
                        policies (those of envoy/, released by throw-away people, into
                        target/policies)

Needs Rust with rustup; what runs in Envoy also needs Python 3 and a network, once.
";

/// What `dist` takes.
const DIST: [&str; 2] = ["--harness", "--unsigned"];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["demo"] => Ok(demo::run()),
        ["demo", "--no-envoy"] => Ok(demo::run_embedded()),
        ["test", rest @ ..] => named(rest, "--long").map(|(name, long)| suites::run(name, long)),
        ["bench", "filter", "--streams", number] => Ok(bench::streams(number)),
        ["bench", rest @ ..] => one_name(rest).map(bench::run),
        ["fuzz", rest @ ..] => minutes(rest).map(|(names, minutes)| fuzz::run(&names, minutes)),
        ["corpus", "labelled", rest @ ..] => one_name(rest).map(corpus::labelled),
        ["corpus", "clean", rest @ ..] => one_name(rest).map(corpus::clean),
        ["dist", rest @ ..] if rest.iter().all(|word| DIST.contains(word)) => {
            Ok(dist::run(rest.contains(&"--harness"), rest.contains(&"--unsigned")))
        }
        ["setup", rest @ ..] => one_name(rest).map(setup::run),
        ["help" | "--help" | "-h"] | [] => {
            shell::print(USAGE);
            Ok(Ok(()))
        }
        _ => Err(()),
    };
    match done {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => {
            shell::say(&failure.to_string());
            ExitCode::from(1)
        }
        Err(()) => {
            shell::say(&format!("not a command: `{}`\n\n{USAGE}", words.join(" ")));
            ExitCode::from(2)
        }
    }
}

fn one_name<'w>(words: &[&'w str]) -> Result<Option<&'w str>, ()> {
    match words {
        [] => Ok(None),
        [name] if !name.starts_with('-') => Ok(Some(name)),
        _ => Err(()),
    }
}

/// Names, and the number behind `--minutes`.
fn minutes<'w>(words: &[&'w str]) -> Result<(Vec<&'w str>, Option<u64>), ()> {
    let (mut names, mut minutes) = (Vec::new(), None);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--minutes" => {
                let number = words.next().and_then(|number| number.parse().ok());
                minutes = Some(number.filter(|number| *number > 0).ok_or(())?);
            }
            name if name.starts_with('-') => return Err(()),
            name => names.push(name),
        }
    }
    Ok((names, minutes))
}

fn named<'w>(words: &[&'w str], flag: &str) -> Result<(Option<&'w str>, bool), ()> {
    let rest: Vec<&str> = words.iter().copied().filter(|word| *word != flag).collect();
    Ok((one_name(&rest)?, rest.len() < words.len()))
}

type Done = Result<(), Failure>;
