//! A byte's cost by format: fuel and host calls, which are the same on every machine and stand
//! beside the stored ones, memory and time.

use super::formats::{BODY_BYTES, FORMATS, Format};
use super::{CHUNK_BYTES, options, request, response, say, spec, start};
use anyhow::{Context as _, Result, ensure};
use cofferdam_harness::{Exchange, Harness};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

const RUNS: usize = 60;
/// More fuel than was stored, by which a row is marked.
const GROWTH_SHOWN: f64 = 0.05;

/// What one row came to.
struct Row {
    name: String,
    fuel: u64,
    fuel_per_byte: f64,
    calls: usize,
    body_calls_max: usize,
    memory_bytes: usize,
    times: Vec<Duration>,
}

/// Measures every format in both directions, and prints a table.
///
/// # Errors
/// When something comes out that must not.
pub fn run(harness: &Harness, blob: &[u8]) -> Result<()> {
    let mut rows = Vec::new();
    for format in FORMATS {
        for way in ["request", "response"] {
            rows.push(measure(harness, blob, format, way)?);
        }
    }
    show(&rows)
}

fn measure(harness: &Harness, blob: &[u8], format: &Format, way: &str) -> Result<Row> {
    let body = format.body();
    let (asked, said) = match way {
        "request" => (Some((format.media, body.as_slice())), None),
        _ => (None, Some((format.media, body.as_slice()))),
    };
    let exchange =
        Exchange { spec: spec("vault"), request: request(asked), response: response(said) };
    let mut vm = start(harness, options(blob))?;
    // The first exchange of a VM proves its host, and makes its counters.
    vm.exchange(&exchange);
    let outcome = vm.exchange(&exchange);
    let came = if way == "request" { &outcome.upstream } else { &outcome.client };
    let came = came.as_ref().context("nothing came out")?;
    let text = String::from_utf8_lossy(&came.body);
    ensure!(came.complete && !text.contains("ann.reed"), "{}: it leaks, or is cut", format.name);
    let found = ["[email]", "%5Bemail%5D"].iter().any(|sign| text.contains(sign));
    ensure!(found, "{}: nothing was found", format.name);
    let bodies = outcome.callbacks.iter().filter(|callback| callback.name.ends_with("_body"));
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let begun = Instant::now();
        vm.exchange(&exchange);
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    Ok(Row {
        name: format!("{}, {way}", format.name),
        fuel: outcome.fuel(),
        fuel_per_byte: outcome.fuel() as f64 / body.len() as f64,
        calls: outcome.callbacks.iter().map(|callback| callback.calls.len()).sum(),
        body_calls_max: bodies.map(|callback| callback.calls.len()).max().unwrap_or(0),
        memory_bytes: vm.memory_bytes(),
        times,
    })
}

impl Row {
    fn micros(&self, percent: usize) -> f64 {
        let at = (self.times.len() * percent / 100).min(self.times.len().saturating_sub(1));
        self.times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e6)
    }

    fn json(&self) -> Value {
        json!({ "fuel": self.fuel, "host_calls": self.calls, "host_calls_per_chunk_max": self.body_calls_max })
    }
}

fn show(rows: &[Row]) -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("baselines/filter.json");
    let stored: Value = match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes)?,
        Err(_) => Value::Null,
    };
    let mut text = format!(
        "filter in wasmtime: {} KB bodies in {} KB chunks, policy basic; fuel and host calls beside \
         tests/baselines/filter.json\n\n{:<22} {:>11} {:>7} {:>8} {:>7} {:>7} {:>10} {:>9} {:>9} {:>9}\n",
        BODY_BYTES / 1024,
        CHUNK_BYTES / 1024,
        "",
        "fuel",
        "/byte",
        "stored",
        "calls",
        "/chunk",
        "memory KB",
        "p50 us",
        "p90 us",
        "p99 us"
    );
    for row in rows {
        let before = stored.get(&row.name);
        let number = |name: &str| before.and_then(|row| row.get(name)).and_then(Value::as_u64);
        let growth = number("fuel").map(|fuel| row.fuel as f64 / fuel as f64 - 1.0);
        let calls = number("host_calls").is_some_and(|calls| calls != row.calls as u64);
        let marked = calls || growth.is_some_and(|growth| growth > GROWTH_SHOWN);
        let growth = growth.map_or("-".to_owned(), |growth| format!("{:+.1} %", growth * 100.0));
        let _ = writeln!(
            text,
            "{:<22} {:>11} {:>7.0} {:>8} {:>7} {:>7} {:>10} {:>9.0} {:>9.0} {:>9.0}{}",
            row.name,
            row.fuel,
            row.fuel_per_byte,
            growth,
            row.calls,
            row.body_calls_max,
            row.memory_bytes / 1024,
            row.micros(50),
            row.micros(90),
            row.micros(99),
            if marked { "  <- not as stored" } else { "" },
        );
    }
    say(&text);
    let now: serde_json::Map<String, Value> =
        rows.iter().map(|row| (row.name.clone(), row.json())).collect();
    if std::env::var("COFFERDAM_BASELINE").is_ok_and(|value| value == "write") {
        std::fs::write(&path, serde_json::to_string_pretty(&now)? + "\n")?;
        say(&format!("stored in {}", path.display()));
    }
    if let Some(folder) = std::env::var_os("COFFERDAM_BENCH") {
        std::fs::create_dir_all(&folder)?;
        let path = Path::new(&folder).join("filter.json");
        std::fs::write(path, serde_json::to_string_pretty(&now)? + "\n")?;
    }
    Ok(())
}
