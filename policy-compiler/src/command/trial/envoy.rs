//! One Envoy, in a folder of its own: started, waited for, listened to, ended by whoever holds it.
//! Ends only the process that it started, and leaves no file behind.

use super::super::{Failure, files};
use super::find::Binary;
use super::system::{self, Interrupt};
use cofferdam_policy_compiler::report::printable;
use std::collections::VecDeque;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Lines that are shown of an Envoy that ended by itself.
const LAST_LINES: usize = 8;
/// A longer line of a log is cut.
const LINE_BYTES_MAX: u64 = 64 * 1024;

/// What the filter writes about a policy that it cannot read, and why that may be.
const REFUSED: &str = "cofferdam: configuration refused";
const OTHER_VERSION: &str = "\nhelp: the filter cannot read what this command compiles: they are of \
                             two versions; `cargo xtask dist` builds both";

/// A line that Envoy wrote.
pub(super) enum Line {
    /// Of its log, where entries are.
    Log(Vec<u8>),
    /// Of its access log.
    Access(Vec<u8>),
}

/// Where its files are. Gone when dropped.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new() -> Result<Self, Failure> {
        for n in 0..100 {
            let name = format!("cofferdam-try-{}-{n}", std::process::id());
            let path = std::env::temp_dir().join(name);
            // One that is there is somebody else's.
            match private().create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => {
                    let name = files::name(&path);
                    return Err(Failure::refused(format!("error: {name}: {error}")));
                }
            }
        }
        Err(Failure::refused("error: no folder for temporary files can be made"))
    }

    /// Writes a file; where it is.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, Failure> {
        let path = self.0.join(name);
        files::write(&path, bytes)?;
        Ok(path)
    }

    /// Where a file is, or will be.
    pub(super) fn path(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Nobody else reads what is in it: a policy may tell what somebody looks for.
fn private() -> fs::DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// A running Envoy.
pub(super) struct Envoy {
    child: Child,
    lines: Receiver<Line>,
    readers: Vec<JoinHandle<()>>,
    /// What it wrote last, and what came before it was listened to.
    last: VecDeque<String>,
    // Behind the child: the folder goes when Envoy has gone.
    _folder: Folder,
}

impl Envoy {
    /// Starts Envoy and waits until it takes requests; none where somebody ended the wait.
    pub(super) fn start(
        binary: &Binary,
        folder: Folder,
        config: &Path,
        admin_port: u16,
        interrupt: &Interrupt,
    ) -> Result<Option<Self>, Failure> {
        let mut command = system::companion(&binary.path);
        command.arg("--config-path").arg(config);
        command.args(["--concurrency", "1", "--disable-hot-restart"]);
        command.args(["--log-level", "warning", "--component-log-level", "wasm:info"]);
        command.args(["--file-flush-interval-msec", "100"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|error| Failure::refused(format!("error: Envoy does not start: {error}")))?;
        let (sender, lines) = mpsc::channel();
        let mut readers = Vec::new();
        if let Some(log) = child.stderr.take() {
            let sender = sender.clone();
            readers.push(thread::spawn(move || read(log, &sender, Line::Log)));
        }
        if let Some(log) = child.stdout.take() {
            readers.push(thread::spawn(move || read(log, &sender, Line::Access)));
        }
        let last = VecDeque::new();
        let mut envoy = Self { child, lines, readers, last, _folder: folder };
        let is_ready = envoy.wait(admin_port, interrupt)?;
        Ok(is_ready.then_some(envoy))
    }

    fn wait(&mut self, admin_port: u16, interrupt: &Interrupt) -> Result<bool, Failure> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(failure) = self.ended() {
                return Err(failure);
            }
            if interrupt.is_wanted() {
                return Ok(false);
            }
            if is_live(admin_port).unwrap_or(false) {
                return Ok(true);
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(self.failure("Envoy takes no requests after a minute"))
    }

    /// The next line, if one comes within this time.
    pub(super) fn line(&mut self, within: Duration) -> Option<Line> {
        let line = self.lines.recv_timeout(within).ok();
        if line.is_none() {
            // Where both logs have ended, no time has passed.
            thread::sleep(Duration::from_millis(1));
        }
        line
    }

    /// Keeps a line for the case that Envoy ends by itself.
    pub(super) fn remember(&mut self, line: &[u8]) {
        self.last.push_back(printable(&String::from_utf8_lossy(line)));
        if self.last.len() > LAST_LINES {
            self.last.pop_front();
        }
    }

    /// Why it has ended by itself, if it has.
    pub(super) fn ended(&mut self) -> Option<Failure> {
        match self.child.try_wait() {
            Ok(None) => None,
            Ok(Some(status)) => Some(self.failure(&format!("Envoy has ended ({status})"))),
            Err(error) => Some(Failure::refused(format!("error: Envoy is lost: {error}"))),
        }
    }

    /// Ends it; what it had written and nobody has read yet.
    pub(super) fn end(mut self) -> Vec<Line> {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.readers.drain(..).for_each(|reader| drop(reader.join()));
        self.lines.try_iter().collect()
    }

    fn failure(&mut self, what: &str) -> Failure {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.readers.drain(..).for_each(|reader| drop(reader.join()));
        let left: Vec<_> = self.lines.try_iter().collect();
        for line in left {
            if let Line::Log(line) = line {
                self.remember(&line);
            }
        }
        let mut told = format!("error: {what}");
        if !self.last.is_empty() {
            told.push_str("; its last lines:");
        }
        self.last.iter().for_each(|line| told.push_str(&format!("\n  {line}")));
        if self.last.iter().any(|line| line.contains(REFUSED)) {
            told.push_str(OTHER_VERSION);
        }
        Failure::refused(told)
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(log: impl Read, sender: &Sender<Line>, kind: fn(Vec<u8>) -> Line) {
    let mut log = BufReader::new(log);
    loop {
        let mut line = Vec::new();
        match (&mut log).take(LINE_BYTES_MAX).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) if sender.send(kind(line.trim_ascii_end().to_vec())).is_err() => return,
            Ok(_) => {}
        }
    }
}

/// Whether the administration interface says that requests are taken.
fn is_live(port: u16) -> io::Result<bool> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_millis(500))?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(b"GET /ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(4096).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).contains("LIVE"))
}
