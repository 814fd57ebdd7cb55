//! `cargo xtask bench [NAME]`: runs benchmarks and prints their tables.
//! Measures; never judges: a slow machine fails no benchmark.

use crate::Done;
use crate::failure::Failure;
use crate::{setup, shell};

/// A benchmark and its name.
type Bench = (&'static str, fn() -> Done);

const BENCHES: &[Bench] = &[("envoy", envoy)];

/// Runs all benchmarks, or the one of a name.
pub(crate) fn run(name: Option<&str>) -> Done {
    let chosen: Vec<&Bench> =
        BENCHES.iter().filter(|(own, _)| name.is_none_or(|name| name == *own)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = BENCHES.iter().map(|(own, _)| *own).collect();
        let name = name.unwrap_or("(any)");
        return Err(Failure::new(format!("no benchmark is called `{name}`"))
            .help(format!("there are: {}", names.join(", "))));
    }
    chosen.iter().try_for_each(|(_, bench)| bench())
}

/// CPU and latency of a request through real Envoy, with and without the filter.
fn envoy() -> Done {
    let (filter, envoy) = (setup::filter()?, setup::envoy()?);
    setup::guest()?;
    setup::wrk()?;
    let mut bench =
        shell::cargo(&["run", "--quiet", "-p", "cofferdam-tests", "--bin", "bench-envoy"]);
    bench.env("COFFERDAM_WASM", filter).env("COFFERDAM_ENVOY", envoy);
    match shell::follow(&mut bench, |_| {})? {
        true => Ok(()),
        false => Err(Failure::new("the benchmark failed")),
    }
}
