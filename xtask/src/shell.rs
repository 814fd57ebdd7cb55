//! Runs other programs, and talks: data to stdout, everything else to stderr.
//! Knows nothing of what the programs do.

use crate::failure::{During as _, Failure};
use std::env;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    // Set when this crate was compiled: xtask is always run from the tree that it was built in.
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// Cargo itself, in the folder of the workspace.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// Data, to stdout. A reader that went away is no reason to fail.
pub(crate) fn print(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}

/// Talk, to stderr.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// A command as a person would type it.
pub(crate) fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// Runs a command to its end, showing what it says; fails when it does.
pub(crate) fn run(command: &mut Command) -> Result<Duration, Failure> {
    let line = line(command);
    say(&format!("  $ {line}"));
    let begun = Instant::now();
    // What programs say is talk; stdout is for what the user asked for.
    let status = command.stdout(io::stderr()).status().during(&format!("cannot run `{line}`"))?;
    match status.success() {
        true => Ok(begun.elapsed()),
        false => Err(Failure::new(format!("`{line}` failed ({status})"))),
    }
}

/// Runs a command quietly and gives what it writes to stdout; `None` when it fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a command, showing each line of its stdout and giving it to `each`; whether it succeeded.
pub(crate) fn follow(command: &mut Command, mut each: impl FnMut(&str)) -> Result<bool, Failure> {
    let line = line(command);
    say(&format!("  $ {line}"));
    let mut child =
        command.stdout(Stdio::piped()).spawn().during(&format!("cannot run `{line}`"))?;
    if let Some(stdout) = child.stdout.take() {
        for text in BufReader::new(stdout).split(b'\n') {
            let text = text.during(&format!("cannot read from `{line}`"))?;
            let text = String::from_utf8_lossy(&text);
            print(&format!("{text}\n"));
            each(&text);
        }
    }
    Ok(child.wait().during(&format!("cannot wait for `{line}`"))?.success())
}

/// Whether a program is on the search path.
pub(crate) fn has(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
