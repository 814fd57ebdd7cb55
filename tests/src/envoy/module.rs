//! Where the modules are that Envoy runs, and deployments around them.
//! Builds nothing: `cargo xtask` has done so, and says where the filter is.

use cofferdam_policy_compiler::deploy::{Filter, Source, capabilities};
use std::io;
use std::path::PathBuf;

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
        source: Source::Inline,
        own_zone: None,
        keys: Vec::new(),
        inspect_bytes_max: 1 << 20,
        request_trailers: false,
    })
}
