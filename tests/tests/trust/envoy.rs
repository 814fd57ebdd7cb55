//! The attacks on the module in a real Envoy, each in VMs of its own: what was before, then what is
//! bent, as updates of a file. Callers show certificates; the clock is the machine's.

use crate::{Came, Stage, reason_in};
use anyhow::{Context as _, Result, ensure};
use cofferdam_attacks::{CALLER, World, blob};
use cofferdam_ca::Authority;
use cofferdam_engine::Bundle;
use cofferdam_engine::settings::Trust as Settings;
use cofferdam_engine::trust::{EngineVersion, Time};
use cofferdam_policy_compiler::deploy::{
    Cluster, Deployment, Filter, Listener, Route, Side, Signed, Source, Tls, Trust, bootstrap,
    update,
};
use cofferdam_tests::envoy::process::new_folder;
use cofferdam_tests::envoy::{Client, Envoy, Framing, Message, Start, Upstream, free_port, module};
use cofferdam_tests::worlds::{ALL_CHECKED, WAITING, body, canary};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const COLLEAGUE: &str = "spiffe://acme.example/ns/support/sa/desk2";
const PATIENCE: Duration = Duration::from_secs(20);
/// VMs that are given an update: the one that tries it, the main thread's, one worker's.
const VMS: usize = 3;

pub(crate) struct Real {
    envoy: Envoy,
    _peers: Envoy,
    folder: PathBuf,
    upstream: Upstream,
    caller: Client,
    colleague: Client,
    nobody: Client,
    count: u32,
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(since.as_secs())
}

fn tls(folder: &Path, name: &str) -> Tls {
    let file = |name: &str| folder.join(name).display().to_string();
    Tls {
        certificate: file(&format!("{name}.pem")),
        key: file(&format!("{name}.key")),
        authority: file("ca.pem"),
        peer_prefix: Some("spiffe://".to_owned()),
    }
}

fn listener(port: u16, to: &str, tls: Option<Tls>) -> Listener {
    let mut listener = Listener::new(port, Side::Gateway);
    listener.routes.push(Route::to(to));
    listener.tls = tls;
    listener
}

impl Real {
    pub(crate) fn new() -> Result<Self> {
        let folder = new_folder()?;
        let authority = Authority::new()?;
        std::fs::write(folder.join("ca.pem"), authority.pem())?;
        let host = "spiffe://acme.example/ns/mesh/sa/proxy";
        for (name, uri) in [("caller", CALLER), ("colleague", COLLEAGUE), ("host", host)] {
            authority.peer(name, &[uri])?.write(&folder, name)?;
        }
        let [secure, plain, caller, colleague] =
            [free_port()?, free_port()?, free_port()?, free_port()?];
        let upstream = Upstream::start()?;
        upstream.answer(Message {
            first: b"HTTP/1.1 200 OK".to_vec(),
            framing: Framing::Chunked,
            ..Message::default()
        });
        let world = cofferdam_attacks::honest().moved(now());
        let path = folder.join("filter.yaml");
        let mut filter = filter(&world)?;
        filter.source = Source::File(path.display().to_string());
        std::fs::write(&path, update(&filter)?)?;
        let deployment = Deployment {
            title: "For attacks.".to_owned(),
            admin_port: free_port()?,
            listeners: vec![
                listener(secure, "desk", Some(tls(&folder, "host"))),
                listener(plain, "desk", None),
            ],
            clusters: vec![Cluster::new("desk", "127.0.0.1", upstream.port())],
            filter: Some(filter),
        };
        let envoy = Envoy::start(&deployment, &Start::default())?;
        let mut peers = Deployment {
            title: "Callers.".to_owned(),
            admin_port: free_port()?,
            listeners: Vec::new(),
            clusters: Vec::new(),
            filter: None,
        };
        for (name, port) in [("caller", caller), ("colleague", colleague)] {
            peers.listeners.push(listener(port, name, None));
            let mut cluster = Cluster::new(name, "127.0.0.1", secure);
            cluster.tls = Some(tls(&folder, name));
            peers.clusters.push(cluster);
        }
        let text = bootstrap(&peers)?;
        let peers = Envoy::start_text(&text, peers.admin_port, &Start::default())?;
        let [caller, colleague, nobody] = [caller, colleague, plain].map(Client::new);
        Ok(Self { envoy, _peers: peers, folder, upstream, caller, colleague, nobody, count: 0 })
    }

    /// Gives the host an update in VMs of this name, and waits for what they say of it.
    fn give(&mut self, world: &World, vm: &str) -> Result<Vec<String>> {
        self.count += 1;
        let begun = self.lines(vm)?.len();
        let text = update(&filter(world)?)?;
        let text = text.replace("vm_id: cofferdam", &format!("vm_id: {vm}"));
        let version = text.lines().find(|line| line.starts_with("version_info")).context("one")?;
        let text = text.replace(version, &format!("version_info: \"{}\"", self.count));
        let (path, new) = (self.folder.join("filter.yaml"), self.folder.join("filter.new"));
        std::fs::write(&new, text)?;
        std::fs::rename(&new, &path)?;
        let until = Instant::now() + PATIENCE;
        loop {
            let said = self.lines(vm)?.split_off(begun);
            let count = |words: &[&str]| {
                said.iter().filter(|line| words.iter().any(|word| line.contains(word))).count()
            };
            let settled = count(&["nothing of it takes effect"]) > 0
                || count(&[" is in force: ", "bundle refused: "]) >= VMS;
            if settled {
                self.reach(vm, &said)?;
                return self.all_said(vm, begun);
            }
            ensure!(Instant::now() < until, "{vm} says nothing of it: {said:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// All that was said of an update, once that is said of every grant; and nothing of what only
    /// reached it, which notes reasons of its own.
    fn all_said(&self, vm: &str, begun: usize) -> Result<Vec<String>> {
        let until = Instant::now() + PATIENCE;
        loop {
            let mut said = self.lines(vm)?.split_off(begun);
            said.retain(|line| !line.contains("\"crossing\""));
            let says = |words| said.iter().any(|line| line.contains(words));
            if !says(WAITING) || says(ALL_CHECKED) {
                return Ok(said);
            }
            ensure!(Instant::now() < until, "{vm} does not check all grants: {said:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until the worker asks the filter that has said this: it says so before it is asked.
    fn reach(&mut self, vm: &str, said: &[String]) -> Result<()> {
        let version = said.iter().rev().find_map(|line| {
            let (_, behind) = line.split_once(": release ")?;
            behind.split(' ').next()
        });
        let entry = match version {
            Some(version) => format!("\"trust\":{{\"release\":{version},"),
            None => "\"reason\":\"no_policy\"".to_owned(),
        };
        if said.iter().any(|line| line.contains("nothing of it takes effect")) {
            return Ok(());
        }
        let begun = self.lines(vm)?.len();
        let until = Instant::now() + PATIENCE;
        while !self.lines(vm)?.iter().skip(begun).any(|line| line.contains(&entry)) {
            ensure!(Instant::now() < until, "{vm} does not decide: no {entry} after {said:?}");
            let _ = self.nobody.exchange(&Message {
                first: b"POST /reached HTTP/1.1".to_vec(),
                headers: vec![
                    (b"host".to_vec(), b"desk.test".to_vec()),
                    (b"content-type".to_vec(), b"application/json".to_vec()),
                ],
                framing: Framing::Chunked,
                chunks: vec![b"{\"mail\":\"none@example.com\"}".to_vec()],
                ..Message::default()
            });
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    fn lines(&self, vm: &str) -> Result<Vec<String>> {
        let own = format!(" {vm}]");
        let log = self.envoy.log()?;
        let of = |line: &&str| line.contains(&own) || line.contains(&format!(" {vm}:"));
        Ok(log.lines().filter(of).map(str::to_owned).collect())
    }

    /// One request; `waits` between the beginning of its body and the rest.
    fn exchange(&mut self, world: &World, waits: bool) -> Result<bool> {
        let path = world.asked.path;
        let request = Message {
            first: format!("POST {path} HTTP/1.1").into_bytes(),
            headers: vec![
                (b"host".to_vec(), b"desk.test".to_vec()),
                (b"content-type".to_vec(), b"application/json".to_vec()),
            ],
            framing: Framing::Chunked,
            chunks: vec![b" ".to_vec(), body(world).into_bytes()],
            pause: Duration::from_millis(if waits { 2200 } else { 0 }),
            ..Message::default()
        };
        drop(self.upstream.take());
        let client = match world.asked.subject {
            CALLER => &mut self.caller,
            "" => &mut self.nobody,
            _ => &mut self.colleague,
        };
        // A stream that is cut has no answer, and may have left something at the upstream.
        let _ = client.exchange(&request);
        std::thread::sleep(Duration::from_millis(if waits { 100 } else { 0 }));
        let taken = self.upstream.take();
        Ok(taken
            .iter()
            .any(|received| String::from_utf8_lossy(&received.body).contains(canary(world))))
    }
}

/// The filter with a world's bundle and settings.
fn filter(world: &World) -> Result<Filter> {
    let blob = blob(world.policy);
    let bundle = Bundle::parse(blob.clone())?;
    let path = module::filter_path()?;
    let module = std::fs::read(&path)?;
    let shown = path.display().to_string();
    let mut filter = Filter::new(bundle.tables(), blob, &shown, &module)?;
    filter.release = module::release();
    let settings = Settings {
        root: Some(world.pin()),
        audience: Some(world.audience.to_owned()),
        floor: world.floor,
        module: world.module,
    };
    let bundle = world.bundle();
    filter.trust = Trust::Signed(Box::new(Signed { bundle, candidate: None, settings }));
    Ok(filter)
}

impl Stage for Real {
    fn play(&mut self, world: &World) -> Result<std::result::Result<Came, &'static str>> {
        if world.engine != EngineVersion::this() {
            return Ok(Err("the module has one engine"));
        }
        if world.seen_release.is_some_and(|seen| seen.version == u64::MAX) {
            return Ok(Err("nobody signs such a version"));
        }
        if !world.asked.at.is_sorted() {
            return Ok(Err("the clock of a real host is not set"));
        }
        // What is to begin a second later must not have begun when it arrives.
        let is_early = world.run().is_err_and(|reason| reason.name().ends_with("_not_yet"));
        let first = world.asked.at.first().map_or(0, |at| at.0.saturating_sub(world.now.0));
        let is_stream = world.asked.at.len() > 1;
        let lead = if is_early { 60 } else { 0 };
        let real = now();
        let begin =
            Time(real.0 + lead + if is_stream { 3 } else { 0 } - if is_stream { first } else { 0 });
        let world = world.clone().moved(begin);
        self.count += 1;
        let vm = format!("attack-{}", self.count);
        if let Some(before) = world.before() {
            let far = before.now > world.now || before.now.0 + 1800 < world.now.0;
            if far || (World { now: world.now, ..before.clone() }).run().is_err() {
                return Ok(Err("the clock of a real host is not set"));
            }
            let said = self.give(&before, &vm)?;
            let in_force = said.iter().any(|line| line.contains(" is in force: "));
            ensure!(in_force, "what was before is not in force: {said:?}");
        }
        let said = self.give(&world, &vm)?;
        let begun = self.lines(&vm)?.len();
        if said.iter().any(|line| line.contains("nothing of it takes effect")) {
            return Ok(Ok(Came { reason: reason_in(&said), crossed: false }));
        }
        if is_stream {
            while now().0 < real.0 + 3 - 1 {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        for _ in 0..world.asked.used {
            self.exchange(&world, false)?;
        }
        let crossed = self.exchange(&world, is_stream)?;
        // What was said of the bundle, and then of this exchange.
        let until = Instant::now() + PATIENCE;
        let mut of_it = Vec::new();
        while !of_it.iter().any(|line: &String| line.contains("\"crossing\"")) {
            ensure!(Instant::now() < until, "nothing is said of the exchange: {of_it:?}");
            std::thread::sleep(Duration::from_millis(5));
            of_it = self.lines(&vm)?.split_off(begun);
        }
        Ok(Ok(Came { reason: reason_in(&[said, of_it].concat()), crossed }))
    }
}
