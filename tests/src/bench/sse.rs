//! What the filter costs a stream of events in real Envoy, beside no filter: time to the first
//! event, how late each one comes, and CPU. Fails only where the output is not what it must be.

use crate::envoy::deployments::{filter_of_text, root};
use crate::envoy::{Envoy, Start, free_port};
use crate::events::{Answer, Pace, Source, joined};
use anyhow::{Context as _, Result, ensure};
use cofferdam_policy_compiler::deploy::{Cluster, Deployment, Listener, Route, Side};
use serde_json::{Value, json};
use std::time::Duration;

/// Events of an answer.
const EVENTS: usize = 2000;
/// Events of an answer of which only the first is timed, and how many such answers.
const SHORT_EVENTS: usize = 24;
const SHORT_ANSWERS: usize = 400;
/// Time between two events that are timed each, and how many such answers.
const PAUSE: Duration = Duration::from_millis(1);
const PACED_ANSWERS: usize = 3;
/// Answers that come as fast as they can, for CPU.
const FAST_ANSWERS: usize = 20;

/// One way through.
struct Lane {
    name: &'static str,
    filtered: bool,
    short: Source,
    paced: Source,
    fast: Source,
    /// An Envoy for each of the three, and its port.
    envoys: [(Envoy, u16); 3],
    first: Vec<Duration>,
    late: Vec<(Duration, usize)>,
    cpu: Duration,
}

impl Lane {
    fn start(name: &'static str, filtered: bool) -> Result<Self> {
        let source = |events, pace| Source::start(Answer::new(7, events).events, pace);
        let short = source(SHORT_EVENTS, Pace::AfterFirst)?;
        let paced = source(EVENTS, Pace::Every(PAUSE))?;
        let fast = source(EVENTS, Pace::AfterFirst)?;
        let envoy = |source: &Source| envoy(filtered, source.port());
        let envoys = [envoy(&short)?, envoy(&paced)?, envoy(&fast)?];
        let (first, late, cpu) = (Vec::new(), Vec::new(), Duration::ZERO);
        Ok(Self { name, filtered, short, paced, fast, envoys, first, late, cpu })
    }

    /// One turn: so many answers of each kind are asked for.
    fn measure(&mut self, turns: usize, cpu_time: &dyn Fn(u32) -> Result<Duration>) -> Result<()> {
        let [(_, short), (_, paced), (envoy, fast)] = &self.envoys;
        for _ in 0..SHORT_ANSWERS / turns {
            self.first.push(self.short.fetch(*short)?.first);
        }
        self.late.extend(self.paced.fetch(*paced)?.late);
        let (answer, before) = (Answer::new(7, EVENTS), cpu_time(envoy.id())?);
        for _ in 0..FAST_ANSWERS / turns {
            let (events, text) = joined(&self.fast.fetch(*fast)?.body)?;
            let expected = if self.filtered { &answer.redacted } else { &answer.text };
            ensure!(events == EVENTS && text == *expected, "{}: another answer", self.name);
        }
        self.cpu += cpu_time(envoy.id())?.saturating_sub(before);
        Ok(())
    }
}

fn envoy(filtered: bool, upstream: u16) -> Result<(Envoy, u16)> {
    let port = free_port()?;
    let mut listener = Listener::new(port, Side::Gateway);
    listener.routes.push(Route::to("vault"));
    let policy = std::fs::read_to_string(root().join("tests/policies/basic.yaml"))?;
    let filter = filtered.then(|| filter_of_text(&policy, "basic", &[(8443, port)]));
    let deployment = Deployment {
        title: "For a benchmark.".to_owned(),
        admin_port: free_port()?,
        listeners: vec![listener],
        clusters: vec![Cluster::new("vault", "127.0.0.1", upstream)],
        filter: filter.transpose()?.map(|(_, filter)| filter),
    };
    Ok((Envoy::start(&deployment, &Start::default())?, port))
}

fn percentile<T: Copy + Ord>(values: &mut [T], percent: usize) -> Option<T> {
    values.sort_unstable();
    values.get(values.len().saturating_sub(1) * percent / 100).copied()
}

/// Measures turn by turn, prints a table, and writes it as `target/bench/sse.json`.
///
/// # Errors
/// When something does not run, or what comes out is wrong.
#[expect(clippy::print_stdout, reason = "a command's data goes to stdout")]
pub fn run(cpu_time: &dyn Fn(u32) -> Result<Duration>) -> Result<()> {
    let mut lanes = [Lane::start("no filter", false)?, Lane::start("cofferdam", true)?];
    for _ in 0..PACED_ANSWERS {
        for lane in &mut lanes {
            lane.measure(PACED_ANSWERS, cpu_time)?;
        }
    }
    let answers = FAST_ANSWERS / PACED_ANSWERS * PACED_ANSWERS;
    println!("{EVENTS} events of a model's answer; delay with one each {PAUSE:?}");
    println!(
        "  {:<12} {:>11} {:>11} {:>11} {:>11} {:>8} {:>8} {:>13}",
        "",
        "first, p50",
        "first, p99",
        "delay, p50",
        "delay, p99",
        "behind",
        "at p99",
        "CPU/answer"
    );
    let mut rows: Vec<Value> = Vec::new();
    for lane in &mut lanes {
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        let mut behind: Vec<usize> = lane.late.iter().map(|(_, others)| *others).collect();
        let mut late: Vec<Duration> = lane.late.iter().map(|(late, _)| *late).collect();
        let mut of = |percent| {
            let first = percentile(&mut lane.first, percent).context("nothing was measured")?;
            let late = percentile(&mut late, percent).context("nothing was measured")?;
            let behind = percentile(&mut behind, percent).context("nothing was measured")?;
            anyhow::Ok((micros(first), micros(late), behind))
        };
        let (p50, p99) = (of(50)?, of(99)?);
        let cpu = lane.cpu.as_secs_f64() * 1e3 / answers as f64;
        println!(
            "  {:<12} {:>8.0} us {:>8.0} us {:>8.0} us {:>8.0} us {:>8} {:>8} {:>10.1} ms",
            lane.name, p50.0, p99.0, p50.1, p99.1, p50.2, p99.2, cpu
        );
        rows.push(json!({
            "lane": lane.name, "events": EVENTS, "first_p50_micros": p50.0,
            "first_p99_micros": p99.0, "delay_p50_micros": p50.1, "delay_p99_micros": p99.1,
            "behind_p50": p50.2, "behind_p99": p99.2, "cpu_millis_per_answer": cpu,
        }));
    }
    println!();
    let folder = root().join("target/bench");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("sse.json"), format!("{:#}\n", json!({ "sse": rows })))?;
    Ok(())
}
