//! Finds the files that are meant: those that are named, and those in named folders that version
//! control does not ignore. Follows no links in a folder, and reads no file.

use cofferdam_policy_compiler::report::printable;
use ignore::{DirEntry, WalkBuilder};
use std::path::{Path, PathBuf};

/// What is to be scanned.
pub(super) enum Job {
    Stdin,
    File(PathBuf),
    /// What cannot be found, and why.
    Unread(String),
}

/// The jobs for some paths, in an order that depends on names only.
pub(super) fn jobs(paths: Vec<PathBuf>, ignores: bool) -> impl Iterator<Item = Job> {
    paths.into_iter().flat_map(move |path| -> Box<dyn Iterator<Item = Job>> {
        if path.as_os_str() == "-" {
            Box::new(std::iter::once(Job::Stdin))
        } else if path.is_dir() {
            Box::new(folder(&path, ignores))
        } else {
            Box::new(std::iter::once(Job::File(path)))
        }
    })
}

fn folder(path: &Path, ignores: bool) -> impl Iterator<Item = Job> + use<> {
    let mut builder = WalkBuilder::new(path);
    builder
        .hidden(false)
        .ignore(false)
        .git_global(false)
        .git_exclude(ignores)
        .git_ignore(ignores)
        .parents(ignores)
        .require_git(false)
        .filter_entry(|entry| entry.file_name() != ".git" || entry.depth() == 0)
        .sort_by_file_name(Ord::cmp);
    builder.build().filter_map(|entry| match entry {
        Ok(entry) => is_file(&entry).then(|| Job::File(entry.into_path())),
        Err(error) => Some(Job::Unread(format!("warning: {}", printable(&error.to_string())))),
    })
}

/// Pipes, sockets and devices in a folder have no end, or do something when they are read.
fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_file())
}

/// The name of a file, as it is told.
pub(super) fn name(path: &Path) -> String {
    let name = path.to_string_lossy();
    name.strip_prefix("./").unwrap_or(&name).to_owned()
}
