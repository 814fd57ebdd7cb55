//! `cargo xtask bench filter`: what the filter's module costs in wasmtime, by format; crossings open
//! at once, under Envoy's limits and under those of a content delivery network; and its size.
//! Measures and reports; fails only where what comes out is not what it must be.

use anyhow::{Context as _, Result};
use cofferdam_harness::Harness;
use cofferdam_tests::bench::filter::{crossings, rows, sizes, small, trust};
use cofferdam_tests::corpus;
use cofferdam_tests::policy::Policies;
use cofferdam_tests::wasm::module_path;
use std::path::Path;

const STREAMS: usize = 1000;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let at = arguments.iter().position(|argument| argument == "--streams");
    let streams = match at {
        Some(at) => arguments.get(at + 1).context("`--streams` needs a number")?.parse()?,
        None => STREAMS,
    };
    let harness = harness(&module_path())?;
    let shop = Policies::new(&corpus::folder("../envoy/policies")).named("shop")?.blob.clone();
    if at.is_none() {
        trust::run(&harness)?;
        small::run(&harness, &shop)?;
        let blob = Policies::new(&corpus::folder("policies")).named("basic")?.blob.clone();
        rows::run(&harness, &blob)?;
        sizes::run()?;
    }
    crossings::by_format(&harness, &shop, streams)?;
    // Without decoders, as such a host would have it.
    match std::env::var_os("COFFERDAM_LEAN_WASM") {
        Some(path) => crossings::strict(&self::harness(Path::new(&path))?, &shop, streams),
        None => Ok(()),
    }
}

fn harness(path: &Path) -> Result<Harness> {
    let wasm = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    Ok(Harness::new(&wasm)?)
}
