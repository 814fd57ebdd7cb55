//! Where the modules are that Envoy runs, and deployments around them.
//! Builds nothing: `cargo xtask` has done so, and says where the filter is.

use super::process::BINARY;
use cofferdam_policy_compiler::deploy::{Filter, Release, Source, Trust, capabilities};
use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// The variable that says where the filter is; `cargo xtask` sets it.
pub const MODULE: &str = "COFFERDAM_WASM";

/// File of the filter.
///
/// # Errors
/// When nothing says where it is.
pub fn filter_path() -> io::Result<PathBuf> {
    let path = std::env::var_os(MODULE).ok_or_else(|| {
        io::Error::other(format!(
            "`{MODULE}` does not say where the filter is: run `cargo xtask test`"
        ))
    })?;
    std::fs::canonicalize(path)
}

/// File of the module that stands in the filter's place; it is built beside it.
///
/// # Errors
/// When nothing says where the filter is.
pub fn guest_path() -> io::Result<PathBuf> {
    Ok(filter_path()?.with_file_name("cofferdam_guest.wasm"))
}

/// What the Envoy of the tests reads; the newest where there is none to ask.
#[must_use]
pub fn release() -> Release {
    static RELEASE: OnceLock<Release> = OnceLock::new();
    *RELEASE.get_or_init(|| {
        let told = std::env::var_os(BINARY)
            .and_then(|binary| Command::new(binary).arg("--version").output().ok())
            .map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        // `PATH  version: COMMIT/1.40.0/Clean/RELEASE/BoringSSL`
        let version = told.as_deref().and_then(|told| told.rsplit('/').nth(3));
        let minor = version.and_then(|version| version.split('.').nth(1)?.parse().ok());
        minor.and_then(Release::of_minor).unwrap_or_default()
    })
}

/// The guest with its mode for a configuration.
///
/// # Errors
/// When there is no such module.
pub fn guest(mode: &str) -> io::Result<Filter> {
    let path = guest_path()?;
    Ok(Filter {
        module: path.display().to_string(),
        capabilities: capabilities(&std::fs::read(&path)?).map_err(io::Error::other)?,
        blob: mode.as_bytes().to_vec(),
        candidate: None,
        trust: Trust::Unsigned,
        remote: None,
        source: Source::Inline,
        own_zone: None,
        keys: Vec::new(),
        inspect_bytes_max: 1 << 20,
        request_trailers: false,
        release: release(),
    })
}
