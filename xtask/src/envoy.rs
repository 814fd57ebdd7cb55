//! One Envoy process: started, waited for, listened to, and ended by whoever holds it.
//! Ends only the process that it started.

use crate::failure::{During as _, Failure};
use crate::shell;
use cofferdam_shop::client::Client;
use cofferdam_shop::message::Request;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running Envoy. Ends when dropped.
pub(crate) struct Envoy {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    admin_port: u16,
    version: String,
}

impl Envoy {
    /// Starts Envoy and waits until it takes traffic. Its log goes to a file and stays readable.
    pub(crate) fn start(
        binary: &Path,
        config: &Path,
        admin_port: u16,
        log: &Path,
    ) -> Result<Self, Failure> {
        let version = shell::output(Command::new(binary).arg("--version")).unwrap_or_default();
        // `PATH  version: COMMIT/1.40.0/Clean/RELEASE/BoringSSL`
        let version = version.rsplit('/').nth(3).unwrap_or("of unknown version").to_owned();
        let mut command = dying_with_us(binary);
        command.arg("-c").arg(config);
        command.args(["--concurrency", "1", "--disable-hot-restart", "--log-level", "info"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().during("cannot start Envoy")?;
        let lines = Arc::new(Mutex::new(Vec::new()));
        if let Some(stderr) = child.stderr.take() {
            let file = File::create(log).during("cannot write Envoy's log")?;
            let lines = Arc::clone(&lines);
            thread::spawn(move || collect(stderr, file, &lines));
        }
        let mut envoy = Self { child, lines, admin_port, version };
        envoy.wait(log)?;
        Ok(envoy)
    }

    fn wait(&mut self, log: &Path) -> Result<(), Failure> {
        let help = format!("what Envoy wrote is in `{}`", log.display());
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().during("cannot wait for Envoy")? {
                return Err(Failure::new(format!("Envoy ended at once ({status})")).help(help));
            }
            if admin(self.admin_port, "/ready").is_some_and(|text| text.contains("LIVE")) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(Failure::new("Envoy did not become ready").help(help))
    }

    /// Its version.
    pub(crate) fn version(&self) -> String {
        format!("Envoy {}", self.version)
    }

    /// Port of its administration interface.
    pub(crate) fn admin_port(&self) -> u16 {
        self.admin_port
    }

    /// Lines of the log from a number on.
    pub(crate) fn log_from(&self, first: usize) -> Vec<String> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().skip(first).cloned().collect()
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command that the system ends when this process is gone, however it went, where the system can.
pub(crate) fn dying_with_us(binary: &Path) -> Command {
    if !shell::has("setpriv") {
        return Command::new(binary);
    }
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(binary);
    command
}

fn collect(stderr: ChildStderr, mut file: File, lines: &Mutex<Vec<String>>) {
    for line in BufReader::new(stderr).split(b'\n') {
        let Ok(line) = line else { return };
        let line = String::from_utf8_lossy(&line).into_owned();
        let _ = writeln!(file, "{line}");
        lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

/// What the administration interface answers; `None` while there is none.
pub(crate) fn admin(port: u16, path: &str) -> Option<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let response = Client::new(address, "localhost").send(&Request::get(path)).ok()?;
    (response.status == 200).then(|| response.text())
}
