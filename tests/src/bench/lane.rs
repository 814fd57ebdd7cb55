//! One thing that scans, in a program of its own or in a sandbox in this one, behind one face.
//! Programs answer a line to a line, so that turns can be taken between them.

use super::sandbox::Sandbox;
use anyhow::{Context as _, Result, bail, ensure};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Bytes that a filter is handed at once.
pub const CHUNK_BYTES: usize = 16 * 1024;

/// What one scan took and found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scanned {
    /// How long it computed.
    pub nanos: u64,
    /// How much was found.
    pub count: u64,
    /// The same for two scans that found the same in the same places.
    pub places: u64,
}

/// One thing that scans.
pub struct Lane {
    /// What it says when it is ready: sizes and times of its own.
    pub ready: String,
    kind: Kind,
}

enum Kind {
    Program { child: Child, to: ChildStdin, from: BufReader<ChildStdout> },
    Sandbox(Box<Sandbox>),
}

impl Lane {
    /// Starts a program and waits until it is ready.
    ///
    /// # Errors
    /// When it is not.
    pub fn program(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {:?}", command.get_program()))?;
        let to = child.stdin.take().context("no stdin")?;
        let from = BufReader::new(child.stdout.take().context("no stdout")?);
        let mut lane = Self { ready: String::new(), kind: Kind::Program { child, to, from } };
        let ready = lane.answer()?;
        let rest = ready.strip_prefix("ready").with_context(|| format!("not ready: {ready}"))?;
        lane.ready = rest.trim().to_owned();
        Ok(lane)
    }

    /// The module in wasmtime, in this process.
    ///
    /// # Errors
    /// When it does not run, or does not load the data.
    pub fn wasmtime(module: &Path, name: &str, data: &[u8], chunk: usize) -> Result<Self> {
        let sandbox = Sandbox::new(module, name, data, chunk)?;
        Ok(Self { ready: String::new(), kind: Kind::Sandbox(Box::new(sandbox)) })
    }

    /// The text of the scans to come: the first bytes of a file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn text(&mut self, path: &Path, bytes: usize) -> Result<()> {
        match &mut self.kind {
            Kind::Sandbox(sandbox) => sandbox.text(path, bytes),
            Kind::Program { .. } => self.done(&format!("text {} {bytes}", path.display())),
        }
    }

    /// One scan of the text.
    ///
    /// # Errors
    /// When it fails.
    pub fn scan(&mut self) -> Result<Scanned> {
        if let Kind::Sandbox(sandbox) = &mut self.kind {
            return sandbox.scan();
        }
        let answer = self.ask("scan")?;
        let words: Vec<&str> = answer.split(' ').collect();
        let [nanos, count, places] = words.as_slice() else { bail!("not a result: {answer}") };
        let places = u64::from_str_radix(places, 16)?;
        Ok(Scanned { nanos: nanos.parse()?, count: count.parse()?, places })
    }

    /// Nanoseconds of one scan, over many.
    ///
    /// # Errors
    /// When it fails, or the lane cannot.
    pub fn calls(&mut self, times: usize) -> Result<u64> {
        Ok(self.ask(&format!("calls {times}"))?.parse()?)
    }

    /// Nanoseconds of reading and checking the data: the least of several times.
    ///
    /// # Errors
    /// When it fails.
    pub fn load(&mut self, times: usize) -> Result<u64> {
        match &mut self.kind {
            Kind::Sandbox(sandbox) => sandbox.load(times),
            Kind::Program { .. } => Ok(self.ask(&format!("load {times}"))?.parse()?),
        }
    }

    /// Where the last scan found something: start, end, and which detector or pattern.
    ///
    /// # Errors
    /// When the lane cannot tell.
    pub fn spans(&mut self, path: &Path) -> Result<Vec<(u64, u64, u32)>> {
        self.done(&format!("spans {}", path.display()))?;
        let text = std::fs::read_to_string(path)?;
        let spans = text.lines().map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            let [start, end, by] = words.as_slice() else { bail!("not a span: {line}") };
            Ok((start.parse()?, end.parse()?, by.parse()?))
        });
        spans.collect()
    }

    fn done(&mut self, command: &str) -> Result<()> {
        let answer = self.ask(command)?;
        ensure!(answer == "ok", "{command}: {answer}");
        Ok(())
    }

    fn ask(&mut self, command: &str) -> Result<String> {
        let Kind::Program { to, .. } = &mut self.kind else {
            bail!("a sandbox does not know `{command}`")
        };
        writeln!(to, "{command}").and_then(|()| to.flush()).context("a lane went away")?;
        self.answer()
    }

    fn answer(&mut self) -> Result<String> {
        let Kind::Program { from, .. } = &mut self.kind else { bail!("no program") };
        let mut line = String::new();
        ensure!(from.read_line(&mut line)? > 0, "a lane ended early");
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        if let Kind::Program { child, .. } = &mut self.kind {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
