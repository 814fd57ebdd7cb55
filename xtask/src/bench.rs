//! `cargo xtask bench [NAME]`: runs benchmarks and prints their tables.
//! Measures; never judges: a slow machine fails no benchmark.

use crate::Done;
use crate::failure::Failure;
use crate::{rivals, setup, shell};
use std::path::PathBuf;
use std::process::Command;

/// A benchmark and its name.
type Bench = (&'static str, fn() -> Done);

const BENCHES: &[Bench] = &[
    ("kernel", kernel),
    ("adversarial", adversarial),
    ("trust", trust),
    ("filter", filter),
    ("envoy", envoy),
];

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
    measure(&mut bench)
}

/// Fuel, host calls, memory and time of the filter in wasmtime, by format, many crossings open at
/// once, and the size of the module by its decoders. `COFFERDAM_BASELINE=write` keeps what was
/// counted, to be compared with later.
fn filter() -> Done {
    measure(&mut in_wasmtime()?)
}

/// Of it only the crossings, so many of them.
pub(crate) fn streams(number: &str) -> Done {
    measure(in_wasmtime()?.args(["--", "--streams", number]))
}

fn in_wasmtime() -> Result<Command, Failure> {
    let modules = setup::filters()?;
    let line = |(name, path): &(&str, PathBuf)| format!("{name}={}", path.display());
    let lines: Vec<String> = modules.iter().map(line).collect();
    let mut bench =
        shell::cargo(&["run", "--quiet", "-p", "cofferdam-tests", "--bin", "bench-filter"]);
    bench.env("COFFERDAM_MODULES", lines.join("\n"));
    if let Some((_, lean)) = modules.first() {
        bench.env("COFFERDAM_LEAN_WASM", lean);
    }
    // Last, so that it is what stands where modules are built.
    bench.env("COFFERDAM_WASM", setup::filter()?);
    bench.env("COFFERDAM_BENCH", shell::target().join("bench"));
    Ok(bench)
}

/// Detection on five texts, beside engines for regular expressions.
fn kernel() -> Done {
    let mut bench = detection("bench-kernel")?;
    tell(&mut bench, "COFFERDAM_PRESIDIO", rivals::presidio());
    if let Some((program, library)) = rivals::hyperscan() {
        bench.env("COFFERDAM_HYPERSCAN", program).env("COFFERDAM_LIBHS", library);
    }
    bench.env("COFFERDAM_COMMAND", setup::command()?);
    measure(&mut bench)
}

/// Detection on texts that are built to hurt.
fn adversarial() -> Done {
    measure(&mut detection("bench-adversarial")?)
}

/// Verifying a bundle, and asking for grants.
fn trust() -> Done {
    let arguments = ["run", "--quiet", "--release", "-p", "cofferdam-attacks", "--bin"];
    let mut bench = shell::cargo(&arguments);
    bench.arg("bench-trust").env("COFFERDAM_BENCH", shell::target().join("bench"));
    measure(&mut bench)
}

/// A program that measures detection, and where its lanes are.
fn detection(program: &str) -> Result<Command, Failure> {
    let (module, lane) = (setup::lanes_module()?, setup::lane()?);
    let mut bench = shell::cargo(&["run", "--quiet", "-p", "cofferdam-tests", "--bin", program]);
    bench.env("COFFERDAM_BENCH", shell::target().join("bench"));
    bench.env("COFFERDAM_LANES_WASM", module).env("COFFERDAM_LANE", lane);
    tell(&mut bench, "COFFERDAM_NODE", rivals::node());
    Ok(bench)
}

fn tell(bench: &mut Command, variable: &str, path: Option<PathBuf>) {
    if let Some(path) = path {
        bench.env(variable, path);
    }
}

fn measure(bench: &mut Command) -> Done {
    match shell::follow(bench, |_| {})? {
        true => Ok(()),
        false => Err(Failure::new("the benchmark failed")),
    }
}
