//! What the filter costs in real Envoy, beside no filter, a filter that only copies the body in,
//! and three `gsub` calls in Lua; all in one run, turn by turn, for each kind of answer.
//! Measures and reports; fails only where the output is not what it must be.

mod kinds;
mod lanes;

use crate::envoy::deployments::root;
use anyhow::{Context as _, Result, ensure};
use kinds::{Kind, Spoken};
use lanes::{Between, Lane};
use serde_json::json;
use std::process::Command;
use std::time::Duration;

/// Rounds of a run; `COFFERDAM_ROUNDS` says another number.
const ROUNDS: usize = 5;
const ROUND_SECONDS: u64 = 2;
const CONNECTIONS: u32 = 8;
/// Requests one after another, for latency.
const LATENCY_REQUESTS: usize = 1500;
/// The same over HTTP/2 in a round, for CPU time.
const STREAMS: usize = 2000;

/// What was measured of one kind in one lane.
#[derive(Default)]
struct Run {
    requests: u64,
    cpu: Duration,
    latencies: Vec<Duration>,
}

impl Run {
    fn cpu_micros(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.requests.max(1) as f64
    }

    fn percentile_micros(&self, percent: usize) -> f64 {
        let at = (self.latencies.len() * percent / 100).min(self.latencies.len().saturating_sub(1));
        self.latencies.get(at).map_or(0.0, |latency| latency.as_secs_f64() * 1e6)
    }
}

/// Measures every kind of answer, and prints a table of each.
///
/// # Errors
/// When Envoy does not start, or an answer is not what it must be.
pub fn run() -> Result<()> {
    let rounds = std::env::var("COFFERDAM_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    let number = kinds::number()?;
    let kinds = kinds::all()?;
    let mut rows = Vec::new();
    for spoken in [Spoken::Http1, Spoken::Http2] {
        let lanes = Between::ALL.iter().map(|between| Lane::start(*between, spoken));
        let lanes = lanes.collect::<Result<Vec<_>>>()?;
        for kind in kinds.iter().filter(|kind| kind.spoken == spoken) {
            let lanes: Vec<&Lane> =
                lanes.iter().filter(|lane| kind.lua || lane.between != Between::Lua).collect();
            let mut runs: Vec<Run> = lanes.iter().map(|_| Run::default()).collect();
            for (lane, run) in lanes.iter().zip(&mut runs) {
                lane.answer(kind);
                check(lane, kind, number.as_bytes())?;
                let (mut took, _) = lane.ask(kind, LATENCY_REQUESTS)?;
                took.sort_unstable();
                run.latencies = took;
            }
            for _ in 0..rounds.unwrap_or(ROUNDS) {
                for (lane, run) in lanes.iter().zip(&mut runs) {
                    load(lane, kind, run)?;
                }
            }
            report(kind, &lanes, &runs, &mut rows);
        }
    }
    let folder = root().join("target/bench");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("envoy.json"), format!("{:#}\n", json!({ "envoy": rows })))?;
    say("latency: one connection, one request at a time; figures in target/bench/envoy.json");
    Ok(())
}

/// What comes out must be what each lane is there for.
fn check(lane: &Lane, kind: &Kind, number: &[u8]) -> Result<()> {
    let name = format!("{}, {}", kind.name, lane.between.name());
    let (_, received) = lane.ask(kind, 1)?;
    ensure!(received.status() == 200 && received.complete, "{name}: {}", received.status());
    let tells = |text: &[u8]| text.windows(number.len()).any(|window| window == number);
    ensure!(tells(&kind.text), "{name}: there is nothing to find");
    match lane.between {
        Between::Nothing | Between::Copy => {
            ensure!(received.body == kind.answer.chunks.concat(), "{name}: altered");
        }
        Between::Cofferdam | Between::Lua => {
            ensure!(!tells(&received.body), "{name}: a number came through");
            ensure!(received.body.len() * 10 > kind.text.len() * 8, "{name}: it is not all there");
        }
    }
    Ok(())
}

/// As many requests as there is time for, or so many streams.
fn load(lane: &Lane, kind: &Kind, run: &mut Run) -> Result<()> {
    lane.answer(kind);
    let process = lane.envoy.id();
    let cpu = cpu_time(process)?;
    run.requests += match kind.spoken {
        Spoken::Http2 => lane.ask(kind, STREAMS)?.0.len() as u64,
        Spoken::Http1 => wrk(lane, kind)?,
    };
    run.cpu += cpu_time(process)?.saturating_sub(cpu);
    Ok(())
}

fn wrk(lane: &Lane, kind: &Kind) -> Result<u64> {
    let line = String::from_utf8_lossy(&kind.request.first).into_owned();
    let target = line.split(' ').nth(1).context("no target")?;
    let output = Command::new("wrk")
        .args(["-t", "1", "-c", &CONNECTIONS.to_string(), "-d", &format!("{ROUND_SECONDS}s")])
        .arg(format!("http://127.0.0.1:{}{target}", lane.port))
        .output()
        .context("`wrk` is missing")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(!text.contains("Non-2xx"), "{}: {text}", lane.between.name());
    let line =
        text.lines().find(|line| line.contains(" requests in ")).context("wrk said nothing")?;
    Ok(line.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0))
}

/// Time that all threads of a process have spent.
///
/// # Errors
/// When there is no such process.
pub fn cpu_time(process: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in parentheses may hold spaces; what follows it does not.
    let rest = stat.rsplit_once(')').context("no stat")?.1;
    let ticks: u64 =
        rest.split_whitespace().skip(11).take(2).map(|word| word.parse::<u64>().unwrap_or(0)).sum();
    // Linux tells it in hundredths of a second, on every machine that Envoy runs on.
    Ok(Duration::from_millis(ticks * 10))
}

fn report(kind: &Kind, lanes: &[&Lane], runs: &[Run], rows: &mut Vec<serde_json::Value>) {
    let of = |between: Between| {
        let at = lanes.iter().position(|lane| lane.between == between);
        at.and_then(|at| runs.get(at))
    };
    let cost = |between: Between| of(between).map(Run::cpu_micros);
    let none = of(Between::Nothing);
    say(&format!(
        "{}: {} requests through each, one worker\n  {:<16} {:>12} {:>9} {:>9} {:>9} {:>10} {:>10} \
         {:>10} {:>10}",
        kind.name,
        runs.iter().map(|run| run.requests).min().unwrap_or(0),
        "",
        "CPU/request",
        "to none",
        "to copy",
        "to lua",
        "p50",
        "p99",
        "p50 added",
        "p99 added"
    ));
    for (lane, run) in lanes.iter().zip(runs) {
        let own = run.cpu_micros();
        let ratio = |other: Option<f64>| other.map(|other| own / other);
        let cell =
            |ratio: Option<f64>| ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}x"));
        let (to_none, to_copy) = (ratio(cost(Between::Nothing)), ratio(cost(Between::Copy)));
        let lua = cost(Between::Lua).map(|lua| lua / own);
        let (p50, p99) = (run.percentile_micros(50), run.percentile_micros(99));
        let added =
            |percent, own: f64| own - none.map_or(0.0, |none| none.percentile_micros(percent));
        say(&format!(
            "  {:<16} {own:>9.1} us {:>9} {:>9} {:>9} {p50:>7.0} us {p99:>7.0} us {:>7.0} us {:>7.0} us",
            lane.between.name(),
            cell(to_none),
            cell(to_copy),
            lua.map_or("-".to_owned(), |times| format!("1/{times:.1}")),
            added(50, p50),
            added(99, p99),
        ));
        rows.push(json!({
            "kind": kind.name, "bytes": kind.text.len(), "lane": lane.between.name(),
            "cpu_micros": own, "to_none": to_none, "to_copy": to_copy, "lua_to_own": lua,
            "requests": run.requests, "p50_micros": p50, "p99_micros": p99,
            "p50_added_micros": added(50, p50), "p99_added_micros": added(99, p99),
        }));
    }
    say("");
}

#[expect(clippy::print_stdout, reason = "a command's data goes to stdout")]
fn say(text: &str) {
    println!("{text}");
}
