//! `cargo xtask corpus labelled | clean`: how exact detection is, on texts that are made here and
//! on what came with the toolchain.
//! Judges by counts alone, and shows no text of a finding.

use crate::Done;
use crate::failure::{During as _, Failure};
use crate::shell;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The generator, built for speed: it makes hundreds of megabytes.
const CORPORA: &[&str] = &["run", "--quiet", "--release", "-p", "cofferdam-corpora", "--"];

/// `cofferdam evaluate`, as a user has it.
const EVALUATE: &[&str] = &[
    "run",
    "--quiet",
    "--release",
    "-p",
    "cofferdam-policy-compiler",
    "--bin",
    "cofferdam",
    "--",
    "evaluate",
    "--targets",
];

/// Values and near misses of each category, unless told otherwise.
const EACH: &str = "50";

/// Megabytes of clean text, unless told otherwise.
const MEGABYTES: &str = "200";

/// Precision and recall of every category, held against its target.
pub(crate) fn labelled(each: Option<&str>) -> Done {
    let folder = shell::target().join("corpora");
    fs::create_dir_all(&folder).during("cannot make a folder for the labelled texts")?;
    let path = folder.join("labelled.jsonl");
    let file = File::create(&path).during("cannot write the labelled texts")?;
    let mut make = shell::cargo(CORPORA);
    make.args(["labelled", each.unwrap_or(EACH)]).stdout(file);
    shell::say(&format!("  $ {} > {}", shell::line(&make), path.display()));
    if !make.status().during("cannot make the labelled texts")?.success() {
        return Err(Failure::new("the labelled texts were not made"));
    }
    let mut evaluate = shell::cargo(EVALUATE);
    evaluate.arg(&path);
    match shell::follow(&mut evaluate, |_| {})? {
        true => Ok(()),
        false => Err(Failure::new("some category is below its target")),
    }
}

/// False findings in texts that hold nothing, and in the toolchain's documentation and sources.
pub(crate) fn clean(megabytes: Option<&str>) -> Done {
    let mut look = shell::cargo(CORPORA);
    look.args(["clean", megabytes.unwrap_or(MEGABYTES)]).args(toolchain());
    match shell::follow(&mut look, |_| {})? {
        true => Ok(()),
        false => Err(Failure::new("too much is found in clean texts")),
    }
}

/// What of the toolchain is text: `rust-docs` and `rust-src`, as far as they are installed.
fn toolchain() -> Vec<PathBuf> {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "sysroot"]).current_dir(shell::root());
    let Some(sysroot) = shell::output(&mut rustc) else { return Vec::new() };
    let sysroot = Path::new(sysroot.trim());
    let folders = [sysroot.join("share/doc"), sysroot.join("lib/rustlib/src")];
    folders.into_iter().filter(|folder| folder.is_dir()).collect()
}
