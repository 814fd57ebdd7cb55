//! An Envoy with the filter, an echo behind it, and the command that probes both.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const KEY: &str = "a key for tests, of 32 characters and more";

pub(crate) const POLICY: &str = include_str!("policy.yaml");

/// A process that ends with its test, however that goes.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) struct Running {
    folder: PathBuf,
    port: u16,
    admin: u16,
    envoy: Ending,
    _echo: Ending,
}

/// What a probe said.
#[derive(Debug)]
pub(crate) struct Probed {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) held: usize,
    pub(crate) raw: usize,
    pub(crate) other: usize,
    pub(crate) unjudged: usize,
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `cargo xtask test try`"))
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}

fn cofferdam() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cofferdam"));
    command.env("COFFERDAM_PROBE_KEY", KEY).stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(crate) fn folder(name: &str) -> PathBuf {
    let name = format!("probe-{name}-{}", std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&path).expect("a folder");
    path
}

/// A configuration without the filter that begins with this line.
pub(crate) fn without(config: &str, line: &str) -> String {
    let (before, rest) = config.split_once(line).expect("the filter is there");
    let (_, behind) = rest.split_once("                  - name: ").expect("another one follows");
    format!("{before}                  - name: {behind}")
}

impl Running {
    pub(crate) fn start(name: &str, policy: &str, edit: fn(String) -> String) -> Self {
        let at = folder(name);
        Self::start_in(at, POLICY, policy, edit, &[])
    }

    /// In a folder that is there: what is probed, what is loaded, and more arguments of `deploy`.
    pub(crate) fn start_in(
        folder: PathBuf,
        probed: &str,
        loaded: &str,
        edit: fn(String) -> String,
        more: &[&str],
    ) -> Self {
        let (port, admin) = (free_port(), free_port());
        let (echo, behind) = echo();
        let own = |policy: &str| policy.replace("port: 1 ", &format!("port: {port} "));
        fs::write(folder.join("zones.yaml"), own(probed)).expect("a policy");
        fs::write(folder.join("loaded.yaml"), own(loaded)).expect("a policy");
        // A copy: releases are for the module beside them.
        fs::copy(variable("COFFERDAM_WASM"), folder.join("filter.wasm")).expect("a module");
        let listen = ["--listen", &port.to_string()];
        let config = deployed(&folder, behind, admin, &[&listen[..], more].concat());
        let edited = edit(config);
        fs::write(folder.join("envoy.yaml"), edited).expect("a configuration");
        let envoy = envoy(&folder);
        let running = Self { folder, port, admin, envoy, _echo: echo };
        running.wait();
        running
    }

    /// The same listener with another edit of what was written, which must be one.
    pub(crate) fn restart(&mut self, name: &str, edit: fn(String) -> String) {
        let written = fs::read_to_string(self.folder.join("written.yaml")).expect("a file");
        let edited = edit(written.clone());
        assert_ne!(edited, written, "{name} alters nothing");
        fs::write(self.folder.join("envoy.yaml"), edited).expect("a configuration");
        // Both fail only when it has ended already.
        let _ = self.envoy.0.kill();
        let _ = self.envoy.0.wait();
        self.envoy = envoy(&self.folder);
        self.wait();
    }

    fn wait(&self) {
        let begun = Instant::now();
        while !is_live(self.admin) {
            let log = || fs::read_to_string(self.folder.join("envoy.log")).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(60), "Envoy is not there: {}", log());
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Probes with the echo's help.
    pub(crate) fn probe(&self, more: &[&str]) -> Probed {
        self.probed(KEY, &[&["--echo"], more].concat())
    }

    pub(crate) fn probe_with(&self, key: &str, more: &[&str]) -> Probed {
        self.probed(key, &[&["--echo"], more].concat())
    }

    pub(crate) fn probe_alone(&self, more: &[&str]) -> Probed {
        self.probed(KEY, more)
    }

    /// Probes over TLS, in the folder of its files.
    pub(crate) fn probe_https(&self, more: &[&str]) -> Probed {
        let mut command = cofferdam();
        command.arg("probe").arg(format!("https://127.0.0.1:{}", self.port)).arg("zones.yaml");
        command.args(["--echo", "--quick"]).args(more).current_dir(&self.folder);
        Probed::of(&command.output().expect("the command runs"))
    }

    fn probed(&self, key: &str, more: &[&str]) -> Probed {
        let mut command = cofferdam();
        command.arg("probe").arg(format!("http://127.0.0.1:{}", self.port));
        command.arg(self.folder.join("zones.yaml")).args(more).env("COFFERDAM_PROBE_KEY", key);
        Probed::of(&command.output().expect("the command runs"))
    }

    /// What `check-host` says of the same configuration.
    pub(crate) fn check_host(&self) -> Option<i32> {
        let mut command = cofferdam();
        command.arg("check-host").arg(self.folder.join("envoy.yaml"));
        command.arg("--policy").arg(self.folder.join("zones.yaml"));
        command.output().expect("the command runs").status.code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that failed is looked into.
        if !thread::panicking() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

impl Probed {
    fn of(output: &Output) -> Self {
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        let count = |word: &str| {
            let (before, _) = stderr.split_once(&format!(" {word}"))?;
            before.rsplit(' ').next()?.parse().ok()
        };
        let count = |word| count(word).unwrap_or(0);
        Self {
            status: output.status.code().expect("it ends"),
            held: count("held"),
            raw: count("raw"),
            other: count("otherwise"),
            unjudged: count("not judged"),
            stdout,
            stderr,
        }
    }

    /// Whether something came out raw in this direction.
    pub(crate) fn raw_in(&self, direction: &str) -> bool {
        let Some((_, told)) = self.stdout.split_once("\ncame out raw:\n") else { return false };
        let lines = told.lines().take_while(|line| line.starts_with("  visitors, "));
        let mut lines = lines.filter(|line| line.starts_with(&format!("  visitors, {direction},")));
        lines.next().is_some()
    }
}

/// Probes a port that no Envoy has.
pub(crate) fn probe_port(port: u16, more: &[&str]) -> Probed {
    let name = format!("probe-port-{port}-{}.yaml", std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, POLICY).expect("a policy");
    let mut command = cofferdam();
    command.arg("probe").arg(format!("http://127.0.0.1:{port}")).arg(&path);
    let output = command.args(["--echo", "--quick"]).args(more).output().expect("it runs");
    fs::remove_file(&path).expect("a file");
    Probed::of(&output)
}

/// Whether no report holds what could be a value: a run of digits, or an address.
pub(crate) fn shows_nothing(probed: &Probed) -> bool {
    let told = format!("{}{}", probed.stdout, probed.stderr);
    let runs = told.split(|c: char| !c.is_ascii_digit());
    runs.map(str::len).max().unwrap_or(0) < 6 && !told.contains('@')
}

fn envoy(folder: &Path) -> Ending {
    let log = fs::File::create(folder.join("envoy.log")).expect("a log");
    let mut envoy = Command::new(variable("COFFERDAM_ENVOY"));
    envoy.arg("--config-path").arg(folder.join("envoy.yaml"));
    envoy.args(["--concurrency", "2", "--disable-hot-restart", "--log-level", "warning"]);
    envoy.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    Ending(envoy.spawn().expect("Envoy starts"))
}

fn echo() -> (Ending, SocketAddr) {
    let mut command = cofferdam();
    command.args(["probe", "--serve", "127.0.0.1:0"]).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = Ending(command.spawn().expect("the echo starts"));
    let mut talk = String::new();
    let mut stderr = BufReader::new(child.0.stderr.take().expect("a pipe"));
    stderr.read_line(&mut talk).expect("talk");
    let address = talk.trim().strip_prefix("an echo listens on ").expect("an address");
    (child, address.parse().expect("an address"))
}

/// The bootstrap of the policy that is loaded, as it was written.
fn deployed(folder: &Path, behind: SocketAddr, admin: u16, more: &[&str]) -> String {
    let deploy = |what: &str| {
        let mut command = cofferdam();
        command.args(["deploy", "--envoy", what, "--wasm"]).arg(folder.join("filter.wasm"));
        command.arg("--cluster").arg(format!("shop={behind},plain")).args(more);
        command.arg("--admin-port").arg(admin.to_string()).args(["-o", "written.yaml"]);
        command.current_dir(folder).output().expect("the command runs")
    };
    let mut written = deploy("loaded.yaml");
    // A module that is no build for trials takes what people have signed.
    if text(&written.stderr).contains("several people have signed") {
        release(folder);
        written = deploy("policy.bundle");
    }
    assert!(written.status.success(), "{}", text(&written.stderr));
    fs::read_to_string(folder.join("written.yaml")).expect("a configuration")
}

/// Made-up people release the policy, with the commands that real ones type.
fn release(folder: &Path) {
    const PEOPLE: [(&str, &str); 4] = [
        ("ann", "author,requester,root"),
        ("ben", "approver,root"),
        ("pia", "privacy,root"),
        ("bot", "online"),
    ];
    let key = |person: &str| format!("homes/{person}/.config/cofferdam/{person}.key");
    let types = |person: &str, words: &[&str]| {
        let mut command = cofferdam();
        command.args(words).current_dir(folder).env_remove("XDG_CONFIG_HOME");
        let output = command.env("HOME", folder.join("homes").join(person)).output();
        let output = output.expect("the command runs");
        assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
        text(&output.stderr)
    };
    let signs = |person: &str, show: &[&str], sign: &[&str]| {
        let told = types(person, show);
        let (_, seen) = told.split_once("--seen ").expect("what was seen");
        let seen = seen.split_whitespace().next().expect("what was seen");
        types(person, &[sign, &["-k", &key(person), "--seen", seen]].concat());
    };
    for (person, _) in PEOPLE {
        fs::create_dir_all(folder.join("homes").join(person)).expect("a home");
        types(person, &["key", "new", person]);
    }
    let keys = PEOPLE.map(|(person, roles)| format!("{person}={roles}={}.pub", key(person)));
    let mut init = vec!["root", "init"];
    keys.iter().for_each(|key| init.extend(["--key", key]));
    types("ann", &init);
    for person in ["ann", "ben", "pia"] {
        signs(person, &["root", "show"], &["root", "sign"]);
    }
    let audience = ["--audience", "test"];
    let propose = ["release", "propose", "loaded.yaml", "--module", "filter.wasm", "-k"];
    types("ann", &[&propose[..], &[&key("ann")], &audience].concat());
    for person in ["ben", "pia"] {
        signs(person, &["release", "show"], &["release", "approve"]);
    }
    types("bot", &["freshness", "issue", "-k", &key("bot")]);
    types("bot", &["bundle", "-o", "policy.bundle"]);
}

/// Whether the administration interface says that requests are taken.
fn is_live(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return false };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
    let request = b"GET /ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let mut answer = String::new();
    let asked = stream.write_all(request).and_then(|()| stream.read_to_string(&mut answer));
    asked.is_ok() && answer.contains("LIVE")
}
