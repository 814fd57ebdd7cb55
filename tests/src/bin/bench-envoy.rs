//! `cargo xtask bench envoy`: what the filter costs in real Envoy, beside no filter, a filter that
//! only copies the body in, and three `gsub` calls in Lua; all in one run, turn by turn.
//! Measures and reports; fails only where the output is not what it must be.

use anyhow::{Context as _, Result, ensure};
use cofferdam_policy_compiler::deploy::{
    Cluster, Deployment, Filter, Listener, Route, Side, bootstrap,
};
use cofferdam_shop::message::Request;
use cofferdam_shop::server::{Answer, Service};
use cofferdam_shop::synthetic;
use cofferdam_tests::bench::sse;
use cofferdam_tests::envoy::deployments::{filter_of, root};
use cofferdam_tests::envoy::{Client, Envoy, Start, free_port, module};
use serde_json::json;
use std::process::Command;
use std::time::{Duration, Instant};

const SIZES: &[(&str, usize)] = &[("1 KB", 1024), ("56 KB", 56 * 1024)];
const ROUNDS: usize = 5;
const ROUND_SECONDS: u64 = 2;
const CONNECTIONS: u32 = 8;
const LATENCY_REQUESTS: usize = 1500;

/// Looks for what the policy's three most common detectors look for, as a person would in Lua.
const LUA: &str = r#"- name: envoy.filters.http.lua
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua
    default_source_code:
      inline_string: |
        function envoy_on_response(handle)
          local body = handle:body()
          local text = body:getBytes(0, body:length())
          text = text:gsub("%d%d%d%-%d%d%-%d%d%d%d", "[us_ssn]")
          text = text:gsub("%d%d%d%d[ -]?%d%d%d%d[ -]?%d%d%d%d[ -]?%d%d%d%d", "[credit_card]")
          text = text:gsub("[%w._%%+-]+@[%w.-]+%.%a%a+", "[email]")
          body:setBytes(text)
        end
"#;

/// One way through.
struct Lane {
    name: &'static str,
    envoy: Envoy,
    port: u16,
    runs: Vec<Run>,
}

/// What was measured of one size.
#[derive(Default)]
struct Run {
    requests: u64,
    cpu: Duration,
    wall: Duration,
    latencies: Vec<Duration>,
}

impl Run {
    fn cpu_micros(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.requests.max(1) as f64
    }

    fn per_second(&self) -> f64 {
        self.requests as f64 / self.wall.as_secs_f64().max(f64::EPSILON)
    }

    fn percentile_micros(&self, percent: usize) -> f64 {
        let at = (self.latencies.len() * percent / 100).min(self.latencies.len().saturating_sub(1));
        self.latencies.get(at).map_or(0.0, |latency| latency.as_secs_f64() * 1e6)
    }
}

fn main() -> Result<()> {
    // Made once: making them is not what is measured.
    let bodies: Vec<(String, String)> =
        SIZES.iter().map(|(_, size)| (target(*size), body(*size))).collect();
    let service = Service::start(0, move |request: &Request| {
        let body = bodies.iter().find(|(target, _)| *target == request.target);
        Answer::new(200, "application/json", body.map_or("", |(_, body)| body))
    })?;
    let upstream = service.address().port();
    let mut lanes = vec![
        lane("no filter", upstream, None, "")?,
        lane("copies the body", upstream, Some(module::guest("copy")?), "")?,
        lane("cofferdam", upstream, None, "cofferdam")?,
        lane("lua, 3 x gsub", upstream, None, LUA)?,
    ];
    for lane in &mut lanes {
        check(lane)?;
    }
    for round in 0..ROUNDS {
        for (n, (_, size)) in SIZES.iter().enumerate() {
            for lane in &mut lanes {
                measure(lane, n, *size, round == 0)?;
            }
        }
    }
    report(&mut lanes)?;
    sse::run(&cpu_time)
}

/// Orders of a shop, cut to a size: every value is ordinary, some are personal.
fn body(size: usize) -> String {
    let mut text = String::from("{\"orders\":[\n");
    let mut customers = synthetic::customers(1, 0);
    let mut n = 0_u64;
    while text.len() + 400 < size {
        // One order in eight tells who ordered: personal data is rare in what services say.
        match (n % 8, customers.next()) {
            (0, Some(customer)) => text.push_str(&customer.json),
            _ => text.push_str(&format!(
                "{{\"id\":{n},\"placed\":\"2026-11-02T10:15:00Z\",\"item\":\"rope, 20 m\",\
                 \"cents\":{},\"status\":\"shipped\",\"weight_g\":850,\"gift\":false,\
                 \"tracking\":\"9f1c2a7e-0b7d-4c1e-9a55-3d2f60b8e411\"}}",
                1000 + n % 977
            )),
        }
        text.push_str(",\n");
        n += 1;
    }
    let fill = size.saturating_sub(text.len() + 14);
    text.push_str(&format!("{{\"fill\":\"{}\"}}]}}", " ".repeat(fill)));
    text
}

fn lane(name: &'static str, upstream: u16, filter: Option<Filter>, special: &str) -> Result<Lane> {
    let port = free_port()?;
    let mut listener = Listener::new(port, Side::Gateway);
    listener.routes.push(Route::to("shop"));
    let ours = special == "cofferdam";
    let filter = if ours { Some(filter_of("shop", &[(8443, port)])?.1) } else { filter };
    let deployment = Deployment {
        title: "For a benchmark.".to_owned(),
        admin_port: free_port()?,
        listeners: vec![listener],
        clusters: vec![Cluster::new("shop", "127.0.0.1", upstream)],
        filter,
    };
    let mut text = bootstrap(&deployment)?;
    if !special.is_empty() && !ours {
        text = before_router(&text, special)?;
    }
    let envoy = Envoy::start_text(&text, deployment.admin_port, &Start::default())?;
    let runs = SIZES.iter().map(|_| Run::default()).collect();
    Ok(Lane { name, envoy, port, runs })
}

fn before_router(text: &str, filter: &str) -> Result<String> {
    let router = "- name: envoy.filters.http.router";
    let at = text.find(router).context("no router")?;
    let column = at - text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let mut out = text[..at].to_owned();
    for line in filter.lines() {
        out.push_str(line);
        out.push_str(&format!("\n{:column$}", ""));
    }
    out.push_str(&text[at..]);
    Ok(out)
}

/// What comes out must be what each lane is there for.
fn check(lane: &Lane) -> Result<()> {
    for (_, size) in SIZES {
        let sent = body(*size);
        let received = Client::new(lane.port).fetch(&target(*size))?;
        ensure!(received.status() == 200, "{}: status {}", lane.name, received.status());
        let text = received.text();
        let ssn = synthetic::customers(1, 0).next().context("no customer")?.canaries;
        let ssn = ssn.iter().find(|canary| canary.category == "us_ssn").context("no number")?;
        ensure!(sent.contains(&ssn.text), "the body has nothing to find");
        match lane.name {
            "no filter" | "copies the body" => ensure!(text == sent, "{}: altered", lane.name),
            _ => ensure!(!text.contains(&ssn.text), "{}: a number came through", lane.name),
        }
    }
    Ok(())
}

fn target(size: usize) -> String {
    format!("/orders?bytes={size}")
}

fn measure(lane: &mut Lane, n: usize, size: usize, latency: bool) -> Result<()> {
    let process = lane.envoy.id();
    let run = lane.runs.get_mut(n).context("no such size")?;
    let (cpu, begun) = (cpu_time(process)?, Instant::now());
    let output = Command::new("wrk")
        .args(["-t", "1", "-c", &CONNECTIONS.to_string(), "-d", &format!("{ROUND_SECONDS}s")])
        .arg(format!("http://127.0.0.1:{}{}", lane.port, target(size)))
        .output()
        .context("`wrk` is missing")?;
    run.wall += begun.elapsed();
    run.cpu += cpu_time(process)?.saturating_sub(cpu);
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(!text.contains("Non-2xx"), "{}: {text}", lane.name);
    let line =
        text.lines().find(|line| line.contains(" requests in ")).context("wrk said nothing")?;
    run.requests += line.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0);
    if latency {
        let mut client = Client::new(lane.port);
        for _ in 0..LATENCY_REQUESTS {
            let begun = Instant::now();
            client.fetch(&target(size))?;
            run.latencies.push(begun.elapsed());
        }
        run.latencies.sort_unstable();
    }
    Ok(())
}

/// Time that all threads of a process have spent.
fn cpu_time(process: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in parentheses may hold spaces; what follows it does not.
    let rest = stat.rsplit_once(')').context("no stat")?.1;
    let ticks: u64 =
        rest.split_whitespace().skip(11).take(2).map(|word| word.parse::<u64>().unwrap_or(0)).sum();
    // Linux tells it in hundredths of a second, on every machine that Envoy runs on.
    Ok(Duration::from_millis(ticks * 10))
}

#[expect(clippy::print_stdout, reason = "a command's data goes to stdout")]
fn report(lanes: &mut [Lane]) -> Result<()> {
    let mut rows = Vec::new();
    for (n, (size, bytes)) in SIZES.iter().enumerate() {
        println!("{size} JSON, answers of an upstream, {CONNECTIONS} connections, one worker");
        println!(
            "  {:<16} {:>12} {:>9} {:>9} {:>11} {:>10} {:>10}",
            "", "CPU/request", "to none", "to copy", "requests/s", "p50", "p99"
        );
        let cost = |name: &str, lanes: &[Lane]| {
            lanes
                .iter()
                .find(|lane| lane.name == name)
                .map_or(1.0, |lane| lane.runs[n].cpu_micros())
        };
        let (none, copy) = (cost("no filter", lanes), cost("copies the body", lanes));
        for lane in lanes.iter() {
            let run = &lane.runs[n];
            let (own, p50, p99) =
                (run.cpu_micros(), run.percentile_micros(50), run.percentile_micros(99));
            println!(
                "  {:<16} {:>9.1} us {:>8.2}x {:>8.2}x {:>11.0} {:>7.0} us {:>7.0} us",
                lane.name,
                own,
                own / none,
                own / copy,
                run.per_second(),
                p50,
                p99
            );
            rows.push(json!({
                "bytes": bytes, "lane": lane.name, "cpu_micros": own, "to_none": own / none,
                "to_copy": own / copy, "requests": run.requests,
                "requests_per_second": run.per_second(), "p50_micros": p50, "p99_micros": p99,
            }));
        }
        println!();
    }
    let folder = root().join("target/bench");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("envoy.json"), format!("{:#}\n", json!({ "envoy": rows })))?;
    println!("latency: one connection, one request at a time; figures in target/bench/envoy.json");
    Ok(())
}
