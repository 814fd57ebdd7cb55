//! Puts out what comes of a scan, and counts it: findings on stdout, all else on stderr.
//! Shows how far it has come only where a person watches.

use super::part::{Counts, Part};
use super::render::Format;
use crate::command::Failure;
use cofferdam_engine::model::Tables;
use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

const PROGRESS_PERIOD: Duration = Duration::from_millis(100);

/// Where parts go.
pub(super) struct Screen {
    format: Format,
    /// What is counted: files, or records.
    noun: &'static str,
    out: BufWriter<Stdout>,
    counts: Counts,
    first: bool,
    written: io::Result<()>,
    began: Instant,
    /// When progress was shown last, where somebody watches.
    shown: Option<Instant>,
}

impl Screen {
    pub(super) fn new(format: Format, noun: &'static str, tables: &Tables) -> Self {
        let mut out = BufWriter::new(io::stdout());
        let written = format.begin(tables, &mut out);
        let began = Instant::now();
        let shown = io::stderr().is_terminal().then_some(began);
        Self { format, noun, out, counts: Counts::default(), first: true, written, began, shown }
    }

    /// The next part.
    pub(super) fn take(&mut self, part: Part) -> ControlFlow<()> {
        let Part { data, warnings, counts } = part;
        self.counts.add(counts);
        if !data.is_empty() && self.written.is_ok() {
            // Whoever reads while we write sees what is found, and not later.
            let written = self.format.write(&data, self.first, &mut self.out);
            self.written = written.and_then(|()| self.out.flush());
            self.first = false;
        }
        if !warnings.is_empty() {
            self.clear();
            let mut stderr = io::stderr().lock();
            for warning in warnings {
                let _ = writeln!(stderr, "{warning}");
            }
        }
        self.progress();
        if self.written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    /// What it came to: an exit status, and what is to be said.
    pub(super) fn end(mut self) -> Result<(u8, String), Failure> {
        if self.written.is_ok() {
            let ended = self.format.end(&self.counts, &mut self.out);
            self.written = ended.and_then(|()| self.out.flush());
        }
        self.clear();
        let Counts { files, bytes, findings, binary, unread } = self.counts;
        match &self.written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                return Err(Failure::misuse(format!("error: output cannot be written: {error}")));
            }
            // Whoever reads has seen enough.
            Ok(()) | Err(_) => {}
        }
        let seconds = self.began.elapsed().as_secs_f64();
        let mut talk = format!(
            "{files} {}, {bytes} bytes, {findings} findings, {seconds:.2} s, {:.1} MB/s",
            self.noun,
            megabytes(bytes) / seconds.max(1e-9)
        );
        if binary > 0 {
            talk += &format!("; {binary} binary, left out");
        }
        if unread > 0 {
            talk += &format!("; {unread} not read, or not to the end");
        }
        let status = if unread > 0 { 2 } else { u8::from(findings > 0) };
        Ok((status, talk))
    }

    fn progress(&mut self) {
        let Some(shown) = &mut self.shown else { return };
        if shown.elapsed() < PROGRESS_PERIOD {
            return;
        }
        *shown = Instant::now();
        let Counts { files, bytes, findings, .. } = self.counts;
        let (noun, megabytes) = (self.noun, megabytes(bytes));
        let mut stderr = io::stderr().lock();
        let _ = write!(stderr, "\r\x1b[K{files} {noun}, {megabytes:.0} MB, {findings} findings");
        let _ = stderr.flush();
    }

    fn clear(&self) {
        if self.shown.is_some() {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure to look at")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
