//! Both hosts of one policy, and what each makes of an exchange: the harness with the filter in
//! wasmtime, and one Envoy with several exchanges in flight, each on a lane of its own.
//! Judges nothing.

use super::sample::{Http, MARK, Sample};
use crate::case::HostSettings;
use crate::envoy::deployments::moved;
use crate::envoy::process::Tail;
use crate::envoy::{self, Client, Envoy, Start, Upstream, free_port, http2, wire};
use crate::native::NOW_MILLIS;
use crate::people;
use crate::policy::Policy;
use crate::runner::{self, Outcome, Received};
use crate::wasm::GUARD;
use anyhow::{Context as _, Result, ensure};
use cofferdam_harness::{self as host, Guard, Harness, Options, StreamSpec, Vm};
use cofferdam_policy_compiler::deploy::{
    Cluster, Deployment, Listener, Protocol, Route, Side, bootstrap,
};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Exchanges in flight.
pub(super) const LANES: usize = 6;
/// Port that the policy names for the first listener; the others follow.
const WRITTEN_PORT: u16 = 8443;
const PATIENCE: Duration = Duration::from_secs(30);

/// What one host made of an exchange.
#[derive(Clone, Debug, Default)]
pub(super) struct Came {
    pub(super) outcome: Outcome,
    /// What the host says of the answer.
    pub(super) details: String,
    /// What the filter left for access logs.
    pub(super) summary: String,
}

/// Which of the lanes, and over which protocol its upstream is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lane {
    number: usize,
    up: Http,
}

impl Lane {
    fn all() -> impl Iterator<Item = Self> {
        (0..LANES).flat_map(|number| [Http::One, Http::Two].map(|up| Self { number, up }))
    }

    /// Which of the exchanges in flight.
    pub(super) fn number(self) -> usize {
        self.number
    }

    fn index(self) -> usize {
        self.number * 2 + self.up as usize
    }

    fn written_port(self) -> u16 {
        WRITTEN_PORT + self.index() as u16
    }

    fn cluster(self) -> String {
        format!("b{}", self.index())
    }
}

/// Lines of a policy that put every lane's listener and cluster where the first one is.
pub(super) fn members() -> String {
    let lines = Lane::all().map(|lane| {
        let (port, cluster) = (lane.written_port(), lane.cluster());
        format!("  - {{ zone: a, listener_port: {port} }}\n  - {{ zone: b, cluster: {cluster} }}\n")
    });
    lines.collect()
}

/// The filter in wasmtime, hosted by the harness.
pub(super) struct Wasmtime {
    vm: Vm,
}

impl Wasmtime {
    pub(super) fn start(harness: &Harness, policy: &Policy) -> Result<Self> {
        let settings = HostSettings { direct_address: true, ..HostSettings::default() };
        let named = [("HOLD_HEADERS", "1"), ("DIRECT_ADDRESS", "1")];
        let mut env: Vec<_> =
            named.map(|(name, on)| (format!("COFFERDAM_{name}"), on.to_owned())).into();
        env.extend(settings.keys_by_name(&policy.bundle.tables().keys));
        let node = |name: &str| (name.to_owned(), b"cofferdam".to_vec());
        let options = Options {
            env,
            guard: Some(Guard { key: GUARD.into(), value: b"ok".to_vec() }),
            clock_nanos: NOW_MILLIS * 1_000_000,
            root_properties: BTreeMap::from([node("xds.node.id"), node("xds.node.cluster")]),
            ..Options::default()
        };
        let mut vm = harness.load(people::signed(&policy.blob, options))?;
        ensure!(vm.configure()?, "the filter refuses the policy `{}`", policy.name);
        Ok(Self { vm })
    }

    pub(super) fn run(&mut self, sample: &Sample, lane: Lane) -> Result<Came> {
        let came = self.vm.exchange(&host::Exchange {
            spec: spec(lane),
            request: sample.request_seen(),
            response: sample.response_seen(),
        });
        ensure!(came.trap.is_none(), "the filter trapped: {:?}", came.trap);
        let mut outcome = Outcome {
            upstream: came.upstream.map(received),
            client: came.client.map(received),
            ..Outcome::default()
        };
        let lines = came.logs.iter().map(|line| String::from_utf8_lossy(&line.text));
        for line in lines {
            if let Some(entry) = runner::entry_in(&line) {
                outcome.enter(entry)?;
            }
        }
        let summary = came.filter_state.get("wasm.cofferdam").cloned().unwrap_or_default();
        let summary = String::from_utf8_lossy(&summary).into_owned();
        Ok(Came { outcome, details: came.details, summary })
    }

    /// Counters of crossings and findings, and what must stay at nothing.
    pub(super) fn counters(&self) -> BTreeMap<String, i64> {
        let metrics = self.vm.metrics().iter();
        let known = metrics.filter(|metric| counts(&metric.name) && metric.value != 0);
        known.map(|metric| (metric.name.clone(), metric.value)).collect()
    }
}

/// Whether a metric is one of traffic: the others tell of time, and of how many VMs there are.
fn counts(name: &str) -> bool {
    let kinds =
        ["cofferdam_crossings_total_", "cofferdam_findings_total_", "cofferdam_blind_total"];
    kinds.iter().any(|kind| name.starts_with(kind)) || name == "cofferdam_deny_all"
}

fn spec(lane: Lane) -> StreamSpec {
    let number = |number: u64| number.to_le_bytes().to_vec();
    let mut properties: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (name, value) in [
        ("connection.mtls", vec![0]),
        ("source.address", b"127.0.0.1:40000".to_vec()),
        ("source.port", number(40000)),
        ("destination.port", number(lane.written_port().into())),
        ("xds.cluster_name", lane.cluster().into_bytes()),
        ("xds.route_name", Vec::new()),
        ("xds.virtual_host_name", b"listener".to_vec()),
        ("xds.listener_direction", number(0)),
        ("xds.node.id", b"cofferdam".to_vec()),
        ("xds.node.cluster", b"cofferdam".to_vec()),
    ] {
        properties.insert(name.to_owned(), value);
    }
    let later = BTreeMap::from([("upstream.address".to_owned(), b"127.0.0.1:9".to_vec())]);
    StreamSpec { properties, response_properties: later }
}

fn received(came: host::Received) -> Received {
    Received { head: came.head, body: came.body, trailers: came.trailers, cut: !came.complete }
}

/// Ports and upstreams, which outlive the Envoys in front of them.
pub(super) struct Lanes {
    admin_port: u16,
    /// By [`Lane::index`]: where its listener is, and where its upstream.
    ports: Vec<(u16, u16)>,
    jobs: Vec<Sender<Job>>,
    done: Receiver<Done>,
}

struct Job {
    sample: Sample,
    pause: Duration,
}

struct Done {
    lane: usize,
    upstream: Option<wire::Received>,
    client: Option<wire::Received>,
}

impl Lanes {
    pub(super) fn open() -> Result<Self> {
        let (sender, done) = channel();
        let (mut ports, mut jobs) = (Vec::new(), Vec::new());
        for number in 0..LANES {
            let (plain, framed) = (Upstream::start()?, http2::Upstream::start(Default::default())?);
            let (one, two) = (free_port()?, free_port()?);
            ports.extend([(one, plain.port()), (two, framed.port())]);
            let (job, taken) = channel();
            jobs.push(job);
            let runs = Runs { number, ports: [one, two], plain, framed };
            let sender = sender.clone();
            thread::spawn(move || runs.all(&taken, &sender));
        }
        Ok(Self { admin_port: free_port()?, ports, jobs, done })
    }
}

/// The thread of one lane.
struct Runs {
    number: usize,
    ports: [u16; 2],
    plain: Upstream,
    framed: http2::Upstream,
}

impl Runs {
    fn all(&self, jobs: &Receiver<Job>, done: &Sender<Done>) {
        // A client that has read its answer must not be gone before the host has sent all of it.
        let mut kept = None;
        while let Ok(job) = jobs.recv() {
            let (upstream, client) = self.one(&job, &mut kept);
            if done.send(Done { lane: self.number, upstream, client }).is_err() {
                return;
            }
        }
    }

    fn one(
        &self,
        job: &Job,
        kept: &mut Option<Client>,
    ) -> (Option<wire::Received>, Option<wire::Received>) {
        let sample = &job.sample;
        let (request, response) = (sample.request_sent(job.pause), sample.response_sent(job.pause));
        let port = self.ports[sample.up as usize];
        match sample.up {
            Http::One => self.plain.answer(response),
            Http::Two => self.framed.answer(response),
        }
        let client = match sample.down {
            // A connection for each: one that was closed meanwhile would make two exchanges of one.
            Http::One => kept.insert(Client::new(port)).exchange(&request).ok(),
            Http::Two => http2::exchange(port, &request).ok(),
        };
        let came = match sample.up {
            Http::One => self.plain.take(),
            Http::Two => self.framed.take(),
        };
        // The rest of a request that was reset before may come late.
        let own = |came: &wire::Received| {
            let marks = |(name, value): &(Vec<u8>, Vec<u8>)| {
                name == MARK.as_bytes() && value == sample.mark()
            };
            came.headers.iter().any(marks)
        };
        let upstream = came.into_iter().rfind(own);
        (upstream, client)
    }
}

/// An Envoy under one policy.
pub(super) struct Host<'l> {
    lanes: &'l Lanes,
    envoy: Envoy,
    log: Tail,
    access: Tail,
    log_rest: String,
    access_rest: String,
    /// Entries that were told and belong to an access line that is not there yet.
    entries: VecDeque<String>,
    flights: Vec<Option<Flight>>,
}

struct Flight {
    lane: Lane,
    /// Its number among the exchanges of the run.
    n: u64,
    begun: Instant,
    done: Option<Done>,
    told: Option<Told>,
}

struct Told {
    entries: Vec<String>,
    details: String,
    summary: String,
}

impl<'l> Host<'l> {
    pub(super) fn start(lanes: &'l Lanes, policy: &Policy) -> Result<Self> {
        let written = |lane: Lane| (lane.written_port(), lanes.ports[lane.index()].0);
        let ports: Vec<_> = Lane::all().map(written).collect();
        let (_, mut filter) = moved(&policy.bundle, &ports)?;
        filter.request_trailers = true;
        let mut start = Start::default();
        start.environment.extend(HostSettings::default().keys_by_name(&filter.keys));
        let (mut listeners, mut clusters) = (Vec::new(), Vec::new());
        for lane in Lane::all() {
            let (port, upstream) = lanes.ports[lane.index()];
            let mut listener = Listener::new(port, Side::Gateway);
            listener.routes.push(Route::to(&lane.cluster()));
            listeners.push(listener);
            let mut cluster = Cluster::new(&lane.cluster(), "127.0.0.1", upstream);
            cluster.protocol = match lane.up {
                Http::One => Protocol::Http1,
                Http::Two => Protocol::Http2,
            };
            clusters.push(cluster);
        }
        let admin_port = lanes.admin_port;
        let title = "For generated messages.".to_owned();
        let deployment =
            Deployment { title, admin_port, listeners, clusters, filter: Some(filter) };
        let envoy = Envoy::start_text(&adapted(&bootstrap(&deployment)?)?, admin_port, &start)?;
        let (mut log, access) = (envoy.tail("envoy.log")?, envoy.tail("access.log")?);
        log.read()?;
        let flights = (0..LANES).map(|_| None).collect();
        let (log_rest, access_rest) = (String::new(), String::new());
        let entries = VecDeque::new();
        Ok(Self { lanes, envoy, log, access, log_rest, access_rest, entries, flights })
    }

    /// Begins an exchange on a lane that is free; none where all are taken.
    pub(super) fn begin(
        &mut self,
        n: u64,
        sample: &Sample,
        pause: Duration,
    ) -> Result<Option<Lane>> {
        let Some(number) = self.flights.iter().position(Option::is_none) else { return Ok(None) };
        let lane = Lane { number, up: sample.up };
        self.flights[number] =
            Some(Flight { lane, n, begun: Instant::now(), done: None, told: None });
        let job = Job { sample: sample.clone(), pause };
        self.lanes.jobs[number].send(job).ok().context("a lane has ended")?;
        Ok(Some(lane))
    }

    /// Whether an exchange is in flight.
    pub(super) fn is_busy(&self) -> bool {
        self.flights.iter().any(Option::is_some)
    }

    /// Waits a little for exchanges that are over, with everything that was told of them.
    pub(super) fn over(&mut self) -> Result<Vec<(Lane, Came)>> {
        if let Ok(done) = self.lanes.done.recv_timeout(Duration::from_millis(2)) {
            let flight = self.flights.get_mut(done.lane).and_then(Option::as_mut);
            flight.context("an exchange that was not begun")?.done = Some(done);
        }
        self.read_access()?;
        let mut over = Vec::new();
        for flight in &mut self.flights {
            match flight.take() {
                Some(Flight { lane, done: Some(done), told: Some(told), .. }) => {
                    over.push((lane, came(done, told)?));
                }
                Some(Flight { n, begun, done, .. }) if begun.elapsed() > PATIENCE => {
                    let status = done.and_then(|done| done.client).map(|came| came.status());
                    anyhow::bail!("exchange {n} was never told of; the client has {status:?}");
                }
                waiting => *flight = waiting,
            }
        }
        Ok(over)
    }

    /// Access lines come in the order in which the filter told its entries: one worker does both.
    fn read_access(&mut self) -> Result<()> {
        // This first: what an access line belongs to was told before it.
        let access = lines(&mut self.access_rest, &self.access.read()?);
        let log = lines(&mut self.log_rest, &self.log.read()?);
        let entries = log.iter().filter_map(|line| runner::entry_in(line).map(str::to_owned));
        self.entries.extend(entries);
        for line in access {
            let line: Value = serde_json::from_str(&line).context("an access line is JSON")?;
            let text = |name: &str| {
                let value = line.get(name).and_then(Value::as_str).filter(|value| *value != "-");
                value.unwrap_or_default().to_owned()
            };
            let port = line.get("port").and_then(Value::as_u64);
            let port = port.context("an access line names the listener")?;
            let summary = text("cofferdam");
            let count = summary.split_whitespace().count();
            ensure!(self.entries.len() >= count, "fewer entries than the access log tells of");
            let entries = self.entries.drain(..count).collect();
            let index =
                self.lanes.ports.iter().position(|(listener, _)| u64::from(*listener) == port);
            let flight = index.and_then(|index| self.flights.get_mut(index / 2));
            let flight = flight.and_then(Option::as_mut).context("a line of no exchange")?;
            ensure!(flight.told.is_none(), "two lines of one exchange");
            flight.told = Some(Told { entries, details: text("details"), summary });
        }
        Ok(())
    }

    /// Counters of crossings and findings, and what must stay at nothing.
    pub(super) fn counters(&self) -> Result<BTreeMap<String, i64>> {
        let text = self.envoy.admin("/stats?filter=cofferdam_")?;
        let lines = text.lines().filter_map(|line| line.split_once(": "));
        let known = lines.filter_map(|(name, value)| {
            let name = name.strip_prefix("wasmcustom.").unwrap_or(name);
            let value: i64 = value.trim().parse().ok()?;
            (counts(name) && value != 0).then(|| (name.to_owned(), value))
        });
        Ok(known.collect())
    }
}

/// The shipped bootstrap, in which a line tells which listener it is of, and request ids stay what
/// they are.
fn adapted(text: &str) -> Result<String> {
    let mut text = text.to_owned();
    for (from, more) in [
        ("          status: \"%RESPONSE_CODE%\"", "port: \"%DOWNSTREAM_LOCAL_PORT%\""),
        ("use_remote_address: true", "generate_request_id: false"),
        ("use_remote_address: true", "preserve_external_request_id: true"),
        // A client that reads to the end of a cut answer waits as long.
        ("use_remote_address: true", "delayed_close_timeout: 0.02s"),
        // What it would append to is the machine's own address.
        ("use_remote_address: true", "skip_xff_append: true"),
    ] {
        ensure!(text.contains(from), "the bootstrap has no `{}`", from.trim());
        let mut lines = Vec::new();
        for line in text.lines() {
            lines.push(line.to_owned());
            if line.trim() == from.trim() {
                let indent = line.len() - line.trim_start().len();
                lines.push(format!("{}{more}", " ".repeat(indent)));
            }
        }
        text = lines.join("\n") + "\n";
    }
    Ok(text)
}

/// Whole lines; what follows them is for the next time.
fn lines(rest: &mut String, added: &str) -> Vec<String> {
    rest.push_str(added);
    let Some((whole, open)) = rest.rsplit_once('\n') else { return Vec::new() };
    let (whole, open) = (whole.lines().map(str::to_owned).collect(), open.to_owned());
    *rest = open;
    whole
}

fn came(done: Done, told: Told) -> Result<Came> {
    let mut outcome = Outcome {
        upstream: done.upstream.as_ref().map(read),
        client: done.client.as_ref().map(read),
        ..Outcome::default()
    };
    for entry in &told.entries {
        outcome.enter(entry)?;
    }
    Ok(Came { outcome, details: told.details, summary: told.summary })
}

fn read(came: &envoy::Received) -> Received {
    let words: Vec<&[u8]> = came.first.split(|byte| *byte == b' ').collect();
    let mut head: crate::case::Headers = match words.as_slice() {
        [version, status, ..] if version.starts_with(b"HTTP/") => {
            vec![(b":status".to_vec(), status.to_vec())]
        }
        [method, path, ..] => {
            vec![(b":method".into(), method.to_vec()), (b":path".into(), path.to_vec())]
        }
        _ => Vec::new(),
    };
    head.extend(came.headers.iter().cloned());
    let (body, trailers) = (came.body.clone(), came.trailers.clone());
    Received { head, body, trailers, cut: !came.complete }
}
