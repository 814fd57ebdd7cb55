//! `cofferdam compile`: a policy becomes a blob, the same bytes everywhere and always.

use super::{Ended, Ending, Failure, files, screen};
use clap::{ArgMatches, Command};
use cofferdam_engine::blob::Digest;
use cofferdam_policy_compiler::diagnostic::Source;
use cofferdam_policy_compiler::{Compiled, compile_source, report};
use std::path::Path;

pub(super) fn command() -> Command {
    Command::new("compile")
        .about("Compiles a policy into a blob")
        .arg(files::argument("policy", "POLICY", "Policy to compile"))
        .arg(files::argument("output", "FILE", "Blob to write").short('o').long("output"))
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let source = files::policy(files::path(matches, "policy")?)?;
    let compiled = compiled(&source)?;
    let output = files::path(matches, "output")?;
    files::write(output, &compiled.blob)?;
    let digest = Digest::of(&compiled.blob);
    let warnings = report::painted(&source, &compiled.warnings, screen::stderr());
    Ok(Ending::done(format!("{digest}  {}\n", files::name(output)), warnings))
}

/// The policy compiled, or everything that is wrong with it as talk.
pub(super) fn compiled(source: &Source) -> Result<Compiled, Failure> {
    compile_source(source).map_err(|diagnostics| screen::refused(source, &diagnostics))
}

/// The policy in a file, compiled.
pub(super) fn compiled_file(path: &Path) -> Result<Compiled, Failure> {
    compiled(&files::policy(path)?)
}
