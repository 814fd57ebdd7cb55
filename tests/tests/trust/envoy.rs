//! The attacks on the module in a real Envoy, each in VMs of its own: what was before, then what is
//! bent, as updates of a file. Callers show certificates; what time it is, a file says.

use crate::{Came, Stage, reason_in};
use anyhow::{Context as _, Result, ensure};
use cofferdam_attacks::{CALLER, World, blob};
use cofferdam_ca::Authority;
use cofferdam_engine::Bundle;
use cofferdam_engine::settings::Trust as Settings;
use cofferdam_engine::trust::Time;
use cofferdam_policy_compiler::deploy::{
    Cluster, Deployment, Filter, Listener, Route, Side, Signed, Source, Tls, Trust, bootstrap,
    update,
};
use cofferdam_tests::envoy::process::new_folder;
use cofferdam_tests::envoy::{Client, Envoy, Framing, Message, Start, Upstream, free_port, module};
use cofferdam_tests::worlds::{ALL_CHECKED, SHARED, WAITING, body, canary, poison};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const COLLEAGUE: &str = "spiffe://acme.example/ns/support/sa/desk2";
/// The variable that says where the library is that sets a host's clock; `cargo xtask` sets it.
const CLOCK: &str = "COFFERDAM_CLOCK";
/// Between the beginning of a stream and the rest of it; its time is set half way.
const PAUSE: Duration = Duration::from_millis(1000);
const PATIENCE: Duration = Duration::from_secs(20);
/// VMs that are given an update: the one that tries it, the main thread's, one worker's.
const VMS: usize = 3;

pub(crate) struct Real {
    envoy: Envoy,
    _peers: Envoy,
    folder: PathBuf,
    clock: Clock,
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

/// What the clock of the host is set by.
struct Clock {
    file: PathBuf,
}

impl Clock {
    fn set(&self, time: Time) -> std::io::Result<()> {
        // Read as it is written: a part of a number is another time.
        let new = self.file.with_extension("new");
        std::fs::write(&new, time.0.to_string())?;
        std::fs::rename(&new, &self.file)
    }

    /// What makes a host ask it.
    fn environment(&self) -> Result<Vec<(String, String)>> {
        let library = std::env::var(CLOCK).with_context(|| {
            format!("`{CLOCK}` does not say what sets a host's clock: run `cargo xtask test trust`")
        })?;
        let file = self.file.display().to_string();
        Ok(vec![("LD_PRELOAD".to_owned(), library), ("COFFERDAM_CLOCK_FILE".to_owned(), file)])
    }
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
        let world = cofferdam_attacks::honest();
        let clock = Clock { file: folder.join("clock") };
        clock.set(world.now)?;
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
        let start = Start { environment: clock.environment()?, ..Start::default() };
        let envoy = Envoy::start(&deployment, &start)?;
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
        let _peers = Envoy::start_text(&text, peers.admin_port, &Start::default())?;
        let [caller, colleague, nobody] = [caller, colleague, plain].map(Client::new);
        Ok(Self { envoy, _peers, folder, clock, upstream, caller, colleague, nobody, count: 0 })
    }

    /// Gives the host an update in VMs of this name at its time, and waits for what they say of it.
    fn give(&mut self, world: &World, vm: &str) -> Result<Vec<String>> {
        self.clock.set(world.now)?;
        let begun = self.lines(vm)?.len();
        self.update(&filter(world)?, vm)?;
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

    /// Lets a neighbour write over what VMs of this name share.
    fn poison(&mut self, configuration: Vec<u8>, vm: &str) -> Result<()> {
        let guest = Filter { blob: configuration, ..module::guest("share")? };
        self.update(&guest, vm)?;
        let until = Instant::now() + PATIENCE;
        while !self.lines(vm)?.iter().any(|line| line.ends_with(SHARED)) {
            ensure!(Instant::now() < until, "{vm} shares nothing: {:?}", self.lines(vm)?);
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Writes the file that the host is updated by, for VMs of this name.
    fn update(&mut self, filter: &Filter, vm: &str) -> Result<()> {
        self.count += 1;
        let text = update(filter)?.replace("vm_id: cofferdam", &format!("vm_id: {vm}"));
        let version = text.lines().find(|line| line.starts_with("version_info")).context("one")?;
        let text = text.replace(version, &format!("version_info: \"{}\"", self.count));
        let (path, new) = (self.folder.join("filter.yaml"), self.folder.join("filter.new"));
        std::fs::write(&new, text)?;
        Ok(std::fs::rename(&new, &path)?)
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

    /// One request at the times of these: the second, where there is one, comes between the
    /// beginning of its body and the rest.
    fn exchange(&mut self, world: &World, at: &[Time]) -> Result<bool> {
        let path = world.asked.path;
        let then = at.get(1).copied();
        let request = Message {
            first: format!("POST {path} HTTP/1.1").into_bytes(),
            headers: vec![
                (b"host".to_vec(), b"desk.test".to_vec()),
                (b"content-type".to_vec(), b"application/json".to_vec()),
            ],
            framing: Framing::Chunked,
            chunks: vec![b" ".to_vec(), body(world).into_bytes()],
            pause: if then.is_some() { PAUSE } else { Duration::ZERO },
            ..Message::default()
        };
        drop(self.upstream.take());
        let client = match world.asked.subject {
            CALLER => &mut self.caller,
            "" => &mut self.nobody,
            _ => &mut self.colleague,
        };
        if let Some(first) = at.first() {
            self.clock.set(*first)?;
        }
        let clock = &self.clock;
        std::thread::scope(|scope| {
            let later = then.map(|then| {
                scope.spawn(move || {
                    std::thread::sleep(PAUSE / 2);
                    clock.set(then)
                })
            });
            // A stream that is cut has no answer, and may have left something at the upstream.
            let _ = client.exchange(&request);
            later.map_or(Ok(()), |later| later.join().expect("it only writes a file"))
        })?;
        std::thread::sleep(if then.is_some() { PAUSE / 10 } else { Duration::ZERO });
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
    fn play(&mut self, world: &World) -> Result<Came> {
        self.count += 1;
        let vm = format!("attack-{}", self.count);
        if let Some(before) = world.before() {
            let said = self.give(&before, &vm)?;
            let in_force = said.iter().any(|line| line.contains(" is in force: "));
            ensure!(in_force, "what was before is not in force: {said:?}");
        } else if let Some(configuration) = poison(world) {
            self.poison(configuration, &vm)?;
        }
        let said = self.give(world, &vm)?;
        let begun = self.lines(&vm)?.len();
        if said.iter().any(|line| line.contains("nothing of it takes effect")) {
            return Ok(Came { reason: reason_in(&said), crossed: false });
        }
        for _ in 0..world.asked.used {
            self.exchange(world, &[])?;
        }
        let crossed = self.exchange(world, &world.asked.at)?;
        // What was said of the bundle, and then of this exchange.
        let until = Instant::now() + PATIENCE;
        let mut of_it = Vec::new();
        while !of_it.iter().any(|line: &String| line.contains("\"crossing\"")) {
            ensure!(Instant::now() < until, "nothing is said of the exchange: {of_it:?}");
            std::thread::sleep(Duration::from_millis(5));
            of_it = self.lines(&vm)?.split_off(begun);
        }
        Ok(Came { reason: reason_in(&[said, of_it].concat()), crossed })
    }
}
