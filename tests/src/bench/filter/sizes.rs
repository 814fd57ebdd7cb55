//! How large the module is, by the decoders that are built into it.
//! Builds nothing: who builds modules says where they are.

use super::say;
use anyhow::{Context as _, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fmt::Write as _;
use std::io::Write as _;

/// Modules, as `name=path`, divided by line ends; the first has no decoder.
const VARIABLE: &str = "COFFERDAM_MODULES";
/// The bars, in bytes under gzip: with brotli or zstd, and without both.
const BAR_ALL: usize = 700 << 10;
const BAR: usize = 400 << 10;

/// Prints a table of the modules, where there are any.
///
/// # Errors
/// When one of them cannot be read.
pub fn run() -> Result<()> {
    let Ok(modules) = std::env::var(VARIABLE) else { return Ok(()) };
    let mut text =
        format!("the module\n  {:<12} {:>10} {:>10} {:>10}\n", "", "bytes", "gzip", "bar");
    for line in modules.lines() {
        let (name, path) = line.split_once('=').context("a module is `name=path`")?;
        let bytes = std::fs::read(path).with_context(|| format!("reading {path}"))?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&bytes)?;
        let gzip = encoder.finish()?.len();
        let bar = if matches!(name, "all" | "brotli" | "zstd") { BAR_ALL } else { BAR };
        let over = if gzip > bar { "  <- over the bar" } else { "" };
        let _ = writeln!(text, "  {name:<12} {:>10} {gzip:>10} {bar:>10}{over}", bytes.len());
    }
    say(&text);
    Ok(())
}
