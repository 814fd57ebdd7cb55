//! A lane of the benchmark as a program of its own, built as users get it.
//! `lane NAME DATA CHUNK`, then commands on stdin, an answer a line on stdout:
//! `text PATH BYTES`, `scan`, `calls N`, `load N`, `spans PATH`. Times are those that the thread
//! computed. Never prints text that was found.

use cofferdam_lanes::{Scan, checksum, load};
use rustix::time::{ClockId, clock_gettime};
use std::fmt::Write as _;
use std::io::{BufRead as _, Write as _};

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, data, chunk] = arguments.as_slice() else {
        return Err("usage: lane NAME DATA CHUNK".to_owned());
    };
    let data = std::fs::read(data).map_err(|error| error.to_string())?;
    let mut lane = Lane {
        name: name.clone(),
        scan: load(name, &data)?,
        data,
        chunk: chunk.parse().map_err(|_| "CHUNK is a number".to_owned())?,
        text: Vec::new(),
    };
    answer("ready")?;
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| error.to_string())?;
        answer(&lane.command(&line)?)?;
    }
    Ok(())
}

fn answer(text: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|error| error.to_string())
}

/// Nanoseconds that this thread has computed.
fn computed() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let part = |value: i64| u64::try_from(value).unwrap_or(0);
    part(time.tv_sec) * 1_000_000_000 + part(time.tv_nsec)
}

struct Lane {
    name: String,
    scan: Box<dyn Scan>,
    data: Vec<u8>,
    /// Bytes of a chunk; 0 is the whole text.
    chunk: usize,
    text: Vec<u8>,
}

impl Lane {
    fn command(&mut self, line: &str) -> Result<String, String> {
        let number = |text: &str| text.parse::<usize>().map_err(|error| error.to_string());
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["text", path, bytes] => {
                self.text = std::fs::read(path).map_err(|error| error.to_string())?;
                self.text.truncate(number(bytes)?);
                Ok("ok".to_owned())
            }
            ["scan"] => {
                let nanos = self.scan();
                Ok(format!("{nanos} {} {:016x}", self.scan.count(), checksum(self.scan.spans())))
            }
            ["calls", times] => {
                let times = number(times)?;
                let begun = computed();
                for _ in 0..times {
                    self.scan();
                }
                Ok(((computed() - begun) / times.max(1) as u64).to_string())
            }
            ["load", times] => self.load(number(times)?),
            ["spans", path] => {
                let mut text = String::new();
                for span in self.scan.spans() {
                    let _ = writeln!(text, "{} {} {}", span.start, span.end, span.by);
                }
                std::fs::write(path, text).map_err(|error| error.to_string())?;
                Ok("ok".to_owned())
            }
            _ => Err(format!("not a command: `{line}`")),
        }
    }

    fn scan(&mut self) -> u64 {
        let begun = computed();
        self.scan.begin();
        let chunk = if self.chunk == 0 { self.text.len().max(1) } else { self.chunk };
        let mut chunks = self.text.chunks(chunk).peekable();
        while let Some(chunk) = chunks.next() {
            self.scan.push(chunk, chunks.peek().is_none());
        }
        computed() - begun
    }

    /// The least of several times of reading and checking the data.
    fn load(&self, times: usize) -> Result<String, String> {
        let mut least = u64::MAX;
        for _ in 0..times {
            let begun = computed();
            load(&self.name, &self.data)?;
            least = least.min(computed() - begun);
        }
        Ok(least.to_string())
    }
}
