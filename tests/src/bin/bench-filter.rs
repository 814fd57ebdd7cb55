//! `cargo xtask bench filter`: what the filter's module costs in wasmtime, by format: fuel and host
//! calls, which are the same on every machine and stand beside the stored ones, memory and time.
//! Then crossings open at once, under Envoy's limits and under those of a content delivery network.
//! Measures and reports; fails only where what comes out is not what it must be.

use anyhow::{Context as _, Result, ensure};
use cofferdam_harness::{Exchange, Guard, Harness, Message, Options, StreamId, StreamSpec, Vm};
use cofferdam_tests::corpus;
use cofferdam_tests::policy::Policies;
use cofferdam_tests::wasm::{GUARD, module_path};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

const BODY_BYTES: usize = 56 * 1024;
const CHUNK_BYTES: usize = 16 * 1024;
const RUNS: usize = 60;
const STREAMS: usize = 1000;
/// More fuel than was stored, by which a row is marked.
const GROWTH_SHOWN: f64 = 0.05;
/// Kept per crossing, in bytes: the bars.
const KEPT_BAR: usize = 16 << 10;
const KEPT_BAR_CDN: usize = 8 << 10;
/// A content delivery network's budget for one call.
const CALL_BUDGET: Duration = Duration::from_millis(1);

/// A kind of body: one record again and again; one in eight tells who it was.
struct Format {
    name: &'static str,
    media: &'static str,
    open: &'static str,
    plain: &'static str,
    personal: &'static str,
    close: &'static str,
}

const FORMATS: &[Format] = &[
    Format {
        name: "json",
        media: "application/json",
        open: "{\"orders\":[",
        plain: "{\"id\":17,\"item\":\"rope, 20 m\",\"cents\":1250,\"status\":\"shipped\",\"gift\":false},\n",
        personal: "{\"id\":18,\"to\":\"ann.reed@example.com\",\"card\":\"4111111111111111\"},\n",
        close: "{}]}",
    },
    Format {
        name: "json lines",
        media: "application/x-ndjson",
        open: "",
        plain: "{\"level\":\"info\",\"took_ms\":17,\"path\":\"/orders\",\"said\":\"order shipped\"}\n",
        personal: "{\"level\":\"info\",\"said\":\"mail to ann.reed@example.com\"}\n",
        close: "",
    },
    Format {
        name: "text",
        media: "text/plain",
        open: "",
        plain: "The rope was shipped on Monday and is on its way to the harbour.\n",
        personal: "Please write to ann.reed@example.com before it leaves.\n",
        close: "",
    },
    Format {
        name: "csv",
        media: "text/csv",
        open: "id,item,mail\n",
        plain: "17,\"rope, 20 m\",none\n",
        personal: "18,\"anchor\",ann.reed@example.com\n",
        close: "",
    },
    Format {
        name: "form",
        media: "application/x-www-form-urlencoded",
        open: "a=b",
        plain: "&item=rope%2C+20+m&cents=1250&status=shipped",
        personal: "&mail=ann.reed%40example.com",
        close: "",
    },
];

impl Format {
    fn body(&self) -> Vec<u8> {
        let mut text = self.open.to_owned();
        for n in 0.. {
            let record = if n % 8 == 0 { self.personal } else { self.plain };
            if text.len() + record.len() + self.close.len() > BODY_BYTES {
                break;
            }
            text.push_str(record);
        }
        (text + self.close).into_bytes()
    }
}

/// What one row came to.
struct Row {
    name: String,
    fuel: u64,
    calls: usize,
    body_calls_max: usize,
    memory_bytes: usize,
    times: Vec<Duration>,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let at = arguments.iter().position(|argument| argument == "--streams");
    let streams = match at {
        Some(at) => arguments.get(at + 1).context("`--streams` needs a number")?.parse()?,
        None => STREAMS,
    };
    let wasm = std::fs::read(module_path()).context("no filter module")?;
    let harness = Harness::new(&wasm)?;
    let blob = Policies::new(&corpus::folder("policies")).named("basic")?.blob.clone();
    let mut rows = Vec::new();
    if at.is_none() {
        for format in FORMATS {
            for way in ["request", "response"] {
                rows.push(measure(&harness, &blob, format, way)?);
            }
        }
        show(&rows)?;
    }
    let full = Options::default();
    let strict = options(&blob).cdn_strict(&harness.capabilities());
    crossings(&harness, options_with(&blob, full), "as in Envoy", streams, KEPT_BAR)?;
    let memory = Options { allow_list: None, ..strict.clone() };
    crossings(&harness, memory, "memory and writes of cdn-strict", streams, KEPT_BAR_CDN)?;
    crossings(&harness, strict, "cdn-strict", streams, KEPT_BAR_CDN)
}

fn options(blob: &[u8]) -> Options {
    options_with(blob, Options::default())
}

fn options_with(blob: &[u8], more: Options) -> Options {
    Options {
        configuration: blob.to_vec(),
        env: vec![("COFFERDAM_HOLD_HEADERS".into(), "1".into())],
        guard: Some(Guard { key: GUARD.into(), value: b"ok".to_vec() }),
        ..more
    }
}

fn spec() -> StreamSpec {
    let properties = BTreeMap::from([
        ("connection.mtls".to_owned(), vec![0]),
        ("destination.port".to_owned(), 8443_u64.to_le_bytes().to_vec()),
        ("xds.cluster_name".to_owned(), b"vault".to_vec()),
        ("xds.listener_direction".to_owned(), 0_u64.to_le_bytes().to_vec()),
        ("source.address".to_owned(), b"127.0.0.1:40000".to_vec()),
    ]);
    let later = BTreeMap::from([("upstream.address".to_owned(), b"127.0.0.1:9".to_vec())]);
    StreamSpec { properties, response_properties: later }
}

fn message(start: &[(&str, &str)], body: Option<(&str, &[u8])>) -> Message {
    let pair = |(name, value): &(&str, &str)| (name.as_bytes().into(), value.as_bytes().into());
    let mut head: Vec<(Vec<u8>, Vec<u8>)> = start.iter().map(pair).collect();
    let Some((media, body)) = body else { return Message { head, ..Message::default() } };
    head.push((b"content-type".into(), media.into()));
    let mut chunks: Vec<_> = body.chunks(CHUNK_BYTES).map(|c| (c.to_vec(), false)).collect();
    if let Some(last) = chunks.last_mut() {
        last.1 = true;
    }
    Message { head, chunks, ..Message::default() }
}

fn request(body: Option<(&str, &[u8])>) -> Message {
    let method = if body.is_some() { "POST" } else { "GET" };
    let start =
        [(":method", method), (":scheme", "http"), (":path", "/"), (":authority", "service.test")];
    message(&start, body)
}

fn start(harness: &Harness, options: Options) -> Result<Vm> {
    let mut vm = harness.load(options)?;
    ensure!(vm.configure()?, "the filter refuses the policy");
    Ok(vm)
}

fn measure(harness: &Harness, blob: &[u8], format: &Format, way: &str) -> Result<Row> {
    let body = format.body();
    let (asked, said) = match way {
        "request" => (Some((format.media, body.as_slice())), None),
        _ => (None, Some((format.media, body.as_slice()))),
    };
    let exchange = Exchange {
        spec: spec(),
        request: request(asked),
        response: message(&[(":status", "200")], said),
    };
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
         tests/baselines/filter.json\n\n{:<22} {:>11} {:>8} {:>7} {:>7} {:>10} {:>9} {:>9} {:>9}\n",
        BODY_BYTES / 1024,
        CHUNK_BYTES / 1024,
        "",
        "fuel",
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
            "{:<22} {:>11} {:>8} {:>7} {:>7} {:>10} {:>9.0} {:>9.0} {:>9.0}{}",
            row.name,
            row.fuel,
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

/// Opens crossings, each with a value that begins in one chunk and is held, and ends them.
fn crossings(
    harness: &Harness,
    options: Options,
    profile: &str,
    streams: usize,
    bar: usize,
) -> Result<()> {
    let limit = options.memory_bytes_max;
    let mut vm = start(harness, options)?;
    let first = Exchange {
        spec: spec(),
        request: request(Some(("text/plain", b"one"))),
        response: message(&[(":status", "200")], None),
    };
    vm.exchange(&first);
    let before = vm.memory_bytes();
    let head = request(Some(("text/plain", b"x"))).head;
    let piece = format!("{} ann.reed@exam", "words and ".repeat(800)).into_bytes();
    let mut slowest = Duration::ZERO;
    let mut over_budget = 0_usize;
    let mut timed = |vm: &mut Vm, id: StreamId, chunk: &[u8], end: bool| {
        let begun = Instant::now();
        vm.request_body(id, chunk, end);
        let took = begun.elapsed();
        slowest = slowest.max(took);
        over_budget += usize::from(took > CALL_BUDGET);
    };
    let ids: Vec<StreamId> = (0..streams).map(|_| vm.open(spec())).collect();
    for id in &ids {
        vm.request_head(*id, head.clone(), false);
        timed(&mut vm, *id, &piece, false);
    }
    let after = vm.memory_bytes();
    let (mut served, mut refused) = (0, 0);
    for id in ids {
        timed(&mut vm, id, b"ple.com.", true);
        let outcome = vm.close(id);
        ensure!(outcome.trap.is_none(), "{profile}: a trap: {:?}", outcome.trap);
        match (&outcome.upstream, outcome.status()) {
            (Some(came), _) if came.complete => {
                ensure!(!came.body.windows(8).any(|run| run == b"ann.reed"), "{profile}: a leak");
                served += 1;
            }
            _ => refused += 1,
        }
    }
    let each = after.saturating_sub(before) / streams.max(1);
    say(&format!(
        "{profile}: {streams} crossings open at once: {served} served, {refused} refused; VM {} KB \
         of {} KB, {} KB before them; {each} bytes per crossing (bar {bar}); slowest call {:.0} us, \
         {over_budget} of {} over {} us",
        after / 1024,
        if limit > 1 << 29 { "any".to_owned() } else { (limit / 1024).to_string() },
        before / 1024,
        slowest.as_secs_f64() * 1e6,
        streams * 2,
        CALL_BUDGET.as_micros(),
    ));
    if !vm.restricted().is_empty() {
        let asked: Vec<&str> = vm.restricted().iter().map(String::as_str).collect();
        say(&format!("{profile}: asked for and not granted: {}", asked.join(", ")));
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its tables")]
fn say(text: &str) {
    println!("{text}");
}
