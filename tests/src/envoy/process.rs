//! One Envoy process: started for a deployment, ready when it says so, gone when dropped.
//! Ends the process it started and no other; keeps its output in a folder of its own.

use cofferdam_policy_compiler::deploy::{self, Deployment};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::client::Client;

/// The variable that says where Envoy is; `cargo xtask` sets it.
pub const BINARY: &str = "COFFERDAM_ENVOY";

const READY_WITHIN: Duration = Duration::from_secs(60);

/// How to start.
#[derive(Clone, Debug)]
pub struct Start {
    /// Worker threads.
    pub workers: u16,
    /// Environment of the process, beside what the tests have.
    pub environment: Vec<(String, String)>,
}

impl Default for Start {
    fn default() -> Self {
        Self { workers: 1, environment: Vec::new() }
    }
}

/// A running Envoy.
pub struct Envoy {
    child: Child,
    admin_port: u16,
    folder: PathBuf,
}

/// A new folder for files of this test run.
///
/// # Errors
/// When it cannot be made.
pub fn new_folder() -> io::Result<PathBuf> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("cofferdam-{}-{count}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

impl Envoy {
    /// Starts Envoy for a deployment, and waits until it takes requests.
    ///
    /// # Errors
    /// When there is no Envoy, or it ends instead, with what it said last.
    pub fn start(deployment: &Deployment, start: &Start) -> io::Result<Self> {
        let text = deploy::bootstrap(deployment).map_err(io::Error::other)?;
        Self::start_text(&text, deployment.admin_port, start)
    }

    /// Starts Envoy with a bootstrap as it stands.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_text(bootstrap: &str, admin_port: u16, start: &Start) -> io::Result<Self> {
        let binary = std::env::var_os(BINARY).ok_or_else(|| {
            io::Error::other(format!(
                "`{BINARY}` does not say where Envoy is: run `cargo xtask test`"
            ))
        })?;
        let folder = new_folder()?;
        let config = folder.join("bootstrap.yaml");
        fs::write(&config, bootstrap)?;
        let workers = start.workers.to_string();
        let child = Command::new(binary)
            .arg("--config-path")
            .arg(&config)
            .args(["--concurrency", &workers, "--disable-hot-restart"])
            .args(["--log-level", "info", "--file-flush-interval-msec", "1"])
            .envs(start.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(File::create(folder.join("access.log"))?)
            .stderr(File::create(folder.join("envoy.log"))?)
            .spawn()?;
        let mut envoy = Self { child, admin_port, folder };
        envoy.wait_until_ready()?;
        Ok(envoy)
    }

    fn wait_until_ready(&mut self) -> io::Result<()> {
        let until = Instant::now() + READY_WITHIN;
        loop {
            if let Some(status) = self.child.try_wait()? {
                let log = self.log()?;
                let lines: Vec<_> = log.lines().rev().take(8).collect();
                let told = lines.into_iter().rev().collect::<Vec<_>>().join("\n");
                return Err(io::Error::other(format!("envoy ended ({status}):\n{told}")));
            }
            if self.admin("/ready").is_ok_and(|text| text.starts_with("LIVE")) {
                return Ok(());
            }
            if Instant::now() > until {
                return Err(io::Error::other("envoy did not become ready"));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What the administration interface answers.
    ///
    /// # Errors
    /// When it does not.
    pub fn admin(&self, path: &str) -> io::Result<String> {
        Ok(Client::new(self.admin_port).fetch(path)?.text())
    }

    /// All that Envoy and the filter said so far.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn log(&self) -> io::Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(self.folder.join("envoy.log"))?).into_owned())
    }

    /// The access log so far.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn access_log(&self) -> io::Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(self.folder.join("access.log"))?).into_owned())
    }

    /// One of its files, read bit by bit: `envoy.log`, `access.log`.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn tail(&self, name: &str) -> io::Result<Tail> {
        Ok(Tail { file: File::open(self.folder.join(name))? })
    }

    /// Id of the process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Folder of this process, for files that must live as long.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// A file that grows.
pub struct Tail {
    file: File,
}

impl Tail {
    /// What was added since the last time.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&mut self) -> io::Result<String> {
        let mut added = Vec::new();
        self.file.read_to_end(&mut added)?;
        Ok(String::from_utf8_lossy(&added).into_owned())
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        // Both fail only where the process is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            return;
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}
