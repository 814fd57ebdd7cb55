//! `cofferdam try` with a real Envoy in front of a small service: what comes back, what is shown,
//! and that nothing is left behind.
//! Needs `COFFERDAM_ENVOY` and `COFFERDAM_WASM`, which `cargo xtask test try` sets.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

const CARD: &str = "4111111111111111";
const BODY: &str = r#"{"mail":"ann@example.com","card":"4111111111111111","ssn":"078-05-1120"}"#;

/// A service on loopback that answers everything alike.
fn service() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream));
        }
    });
    address
}

fn answer(stream: TcpStream) {
    let mut lines = BufReader::new(&stream).lines();
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    let length = BODY.len();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
    let _ = write!(&stream, "{head}content-length: {length}\r\n\r\n{BODY}");
}

/// One request; the whole answer.
fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")
        .expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

/// A process that ends with its test, however that goes.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The command, once it takes requests.
struct Running {
    child: Ending,
    address: SocketAddr,
    talk: String,
    stderr: BufReader<std::process::ChildStderr>,
    folder: PathBuf,
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `cargo xtask test try`"))
}

fn folder(name: &str) -> PathBuf {
    let name = format!("try-{name}-{}", std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(path.join("tmp")).expect("a folder");
    path
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}

/// The policy of the gateway, with a port that nobody listens on.
fn policy(folder: &Path, change: fn(String) -> String) -> PathBuf {
    let text = include_str!("../../templates/gateway.yaml");
    let text = change(text.replace("8443", &free_port().to_string()));
    let path = folder.join("zones.yaml");
    fs::write(&path, text).expect("a policy");
    path
}

impl Running {
    fn start(name: &str, change: fn(String) -> String, upstream: &str, more: &[&str]) -> Self {
        let folder = folder(name);
        let mut command = Command::new(env!("CARGO_BIN_EXE_cofferdam"));
        command.arg("try").arg(policy(&folder, change)).args(["--upstream", upstream]);
        command.args(["--filter", &variable("COFFERDAM_WASM"), "--for", "120"]).args(more);
        command.env("COFFERDAM_ENVOY", variable("COFFERDAM_ENVOY"));
        command.env("TMPDIR", folder.join("tmp"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = Ending(command.spawn().expect("the command runs"));
        let mut stderr = BufReader::new(child.0.stderr.take().expect("a pipe"));
        let mut talk = String::new();
        while !talk.ends_with("\nready\n") {
            let read = stderr.read_line(&mut talk).expect("talk");
            assert!(read > 0, "the command ended: {talk}");
        }
        let (_, rest) = talk.split_once("\nhttp://").expect("an address");
        let address = rest.split_once(" -> ").expect("an address").0;
        let address = address.parse().expect("an address");
        Self { child, address, talk, stderr, folder }
    }

    /// Ends it as Ctrl-C does; stdout and all talk.
    fn end(mut self) -> (String, String) {
        let id = self.child.0.id().to_string();
        let kill = Command::new("kill").args(["-INT", &id]).status().expect("`kill` runs");
        assert!(kill.success());
        let mut stdout = String::new();
        let mut pipe = self.child.0.stdout.take().expect("a pipe");
        pipe.read_to_string(&mut stdout).expect("data");
        self.stderr.read_to_string(&mut self.talk).expect("talk");
        let status = self.child.0.wait().expect("it ends");
        assert_eq!(status.code(), Some(0), "{}", self.talk);
        assert!(TcpStream::connect(self.address).is_err(), "Envoy is still there");
        let left = fs::read_dir(self.folder.join("tmp")).expect("a folder").count();
        assert_eq!(left, 0, "files are left behind");
        fs::remove_dir_all(&self.folder).expect("a folder");
        for text in [&stdout, &self.talk] {
            for secret in [CARD, "ann@", "078-05", "sensitive-path", "x-tag"] {
                assert!(!text.contains(secret), "{secret} is shown:\n{text}");
            }
        }
        (stdout, self.talk)
    }
}

#[test]
fn what_crosses_is_decided_as_everywhere_and_shown_without_a_value() {
    let running = Running::start("lines", |text| text, &format!("http://{}", service()), &[]);
    assert!(running.talk.contains("in `public`, by the listener's port "), "{}", running.talk);
    assert!(running.talk.contains("in `shop`, by cluster shop\n"), "{}", running.talk);
    for _ in 0..2 {
        let answer = get(running.address, "/sensitive-path?x-tag=1");
        let wanted = r#"{"mail":"ann@example.com","card":"************1111","ssn":"[us_ssn]"}"#;
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains(wanted), "{answer}");
    }
    let (stdout, talk) = running.end();
    let lines: Vec<_> = stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{stdout}");
    assert!(lines[0].ends_with("  visitors  public -> shop  request   forward"), "{stdout}");
    let found = "rewrite  credit_card mask 1, email keep 1, us_ssn redact 1";
    assert!(lines[1].ends_with(&format!("  shop -> public  response  {found}")), "{stdout}");
    assert!(talk.ends_with("    found: credit_card 2, email 2, us_ssn 2\n"), "{talk}");
}

#[test]
fn on_another_port_the_policy_holds_all_the_same() {
    let more = ["--json", "--listen", "127.0.0.1:0"];
    let running = Running::start("json", |text| text, &format!("http://{}", service()), &more);
    assert!(running.talk.contains("in `public`, by COFFERDAM_SELF"), "{}", running.talk);
    let answer = get(running.address, "/sensitive-path");
    assert!(answer.contains("[us_ssn]") && !answer.contains(CARD), "{answer}");
    let (stdout, _) = running.end();
    let told: Vec<serde_json::Value> =
        stdout.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    assert_eq!(told.len(), 2, "{stdout}");
    assert_eq!(told[1]["verdict"], "rewrite");
    assert_eq!((&told[0]["from_by"], &told[0]["to_by"]), (&"setting".into(), &"upstream".into()));
    assert_eq!(told[0]["crossing"], told[1]["crossing"]);
    // What was written is a log that others read.
    let folder = folder("entries");
    let path = folder.join("entries.log");
    fs::write(&path, &stdout).expect("a file");
    let mut discover = Command::new(env!("CARGO_BIN_EXE_cofferdam"));
    let ran = discover.arg("discover").arg("--entries").arg(&path).output().expect("it runs");
    let proposed = String::from_utf8(ran.stdout).expect("text");
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    for wanted in ["  - id: visitors\n    from: public\n    to: shop\n", "seen: mask 1\n"] {
        assert!(proposed.contains(wanted), "{proposed}");
    }
    fs::remove_dir_all(&folder).expect("a folder");
}

#[test]
fn a_service_that_is_not_there_and_zones_that_nothing_joins_are_told() {
    let gone = format!("http://127.0.0.1:{}", free_port());
    let running = Running::start("gone", |text| text, &gone, &[]);
    assert!(running.talk.contains("does not answer: "), "{}", running.talk);
    assert!(get(running.address, "/").starts_with("HTTP/1.1 503 "));
    // The access log is written a moment later.
    thread::sleep(Duration::from_millis(500));
    let (_, talk) = running.end();
    assert!(talk.contains("warning: the service cannot be reached: "), "{talk}");
    let zone = |text: String| text.replace("zones:\n", "zones:\n  far: { sensitivity: low }\n");
    let upstream = format!("http://{}", service());
    let more = ["--from", "far", "--to", "shop"];
    let running = Running::start("unjoined", zone, &upstream, &more);
    assert!(running.talk.contains("no boundary joins far -> shop"), "{}", running.talk);
    assert!(get(running.address, "/").starts_with("HTTP/1.1 403 "));
    let (stdout, talk) = running.end();
    assert!(stdout.contains("  -  far -> shop  request   block: no_boundary\n"), "{stdout}");
    assert!(talk.contains("    last blocked for: no_boundary\n"), "{talk}");
}
