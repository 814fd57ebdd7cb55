//! What a benchmark of detection needs beside itself: `cargo xtask bench` has set it up, and says
//! in the environment where it is. Sets nothing up itself; what is missing is left out of a table.

use super::lane::{CHUNK_BYTES, Lane};
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Programs and modules.
#[derive(Debug)]
pub struct Tools {
    module: PathBuf,
    native: PathBuf,
    node: Option<PathBuf>,
    hyperscan: Option<(PathBuf, PathBuf)>,
    presidio: Option<PathBuf>,
    /// The command `cofferdam`, as users get it.
    pub command: Option<PathBuf>,
    /// Where texts, blobs and figures go.
    pub folder: PathBuf,
}

impl Tools {
    /// From the environment.
    ///
    /// # Errors
    /// When our own lanes are not there.
    pub fn find() -> Result<Self> {
        let path = |name: &str| std::env::var_os(name).map(PathBuf::from);
        let need = |name: &str| {
            path(name).with_context(|| format!("`{name}` is not set: run `cargo xtask bench`"))
        };
        let folder = need("COFFERDAM_BENCH")?;
        std::fs::create_dir_all(folder.join("texts"))?;
        Ok(Self {
            module: need("COFFERDAM_LANES_WASM")?,
            native: need("COFFERDAM_LANE")?,
            node: path("COFFERDAM_NODE"),
            hyperscan: path("COFFERDAM_HYPERSCAN").zip(path("COFFERDAM_LIBHS")),
            presidio: path("COFFERDAM_PRESIDIO"),
            command: path("COFFERDAM_COMMAND"),
            folder,
        })
    }

    /// A file of the benchmark's own.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, data: &[u8]) -> Result<PathBuf> {
        let path = self.folder.join(name);
        std::fs::write(&path, data).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }

    /// A lane natively.
    ///
    /// # Errors
    /// When it does not start.
    pub fn native(&self, name: &str, data: &Path) -> Result<Lane> {
        let mut command = Command::new(&self.native);
        Lane::program(command.arg(name).arg(data).arg(chunk(name).to_string()))
    }

    /// The same in V8, where there is a `node`.
    ///
    /// # Errors
    /// When it does not start.
    pub fn v8(&self, name: &str, data: &Path) -> Result<Option<Lane>> {
        let Some(node) = &self.node else { return Ok(None) };
        let host = Path::new(env!("CARGO_MANIFEST_DIR")).join("lanes/host.mjs");
        let mut command = Command::new(node);
        command.arg(host).arg(&self.module).arg(name).arg(data).arg(chunk(name).to_string());
        Lane::program(&mut command).map(Some)
    }

    /// The same in wasmtime.
    ///
    /// # Errors
    /// When it does not load.
    pub fn wasmtime(&self, name: &str, data: &Path) -> Result<Lane> {
        Lane::wasmtime(&self.module, name, &std::fs::read(data)?, chunk(name))
    }

    /// Hyperscan natively, where it is there.
    ///
    /// # Errors
    /// When it does not start.
    pub fn hyperscan(&self, name: &str, patterns: &Path) -> Result<Option<Lane>> {
        let Some((program, library)) = &self.hyperscan else { return Ok(None) };
        let mut command = Command::new(program);
        Lane::program(command.arg(library).arg(name).arg(patterns)).map(Some)
    }

    /// Presidio's pattern recognizers, where they are there.
    ///
    /// # Errors
    /// When they do not start.
    pub fn presidio(&self) -> Result<Option<Lane>> {
        let Some(python) = &self.presidio else { return Ok(None) };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("lanes/presidio.py");
        Lane::program(Command::new(python).arg(script)).map(Some)
    }
}

/// Ours takes chunks as a filter does; regular expressions need the whole text.
fn chunk(name: &str) -> usize {
    match name {
        "meta" | "lite" => 0,
        _ => CHUNK_BYTES,
    }
}
