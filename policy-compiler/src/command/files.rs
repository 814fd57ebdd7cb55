//! Reads and writes the files that a person names.
//! Whatever is wrong with one is said in a line that begins with its name.

use super::{Ended, Ending, Failure};
use clap::{Arg, ArgMatches};
use cofferdam_policy_compiler::diagnostic::Source;
use cofferdam_policy_compiler::report::printable;
use cofferdam_policy_compiler::{load, named_files};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Longer than any policy or blob: what is longer is another file.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// As long as all files of a policy may be together.
const INCLUDED_BYTES_MAX: u64 = 1024 * 1024;

/// The argument for a file.
pub(super) fn argument(id: &'static str, name: &'static str, help: &'static str) -> Arg {
    Arg::new(id)
        .value_name(name)
        .help(help)
        .value_parser(clap::value_parser!(PathBuf))
        .required(true)
}

/// The argument for where text goes that would go to stdout.
pub(super) fn output(help: &'static str) -> Arg {
    argument("output", "FILE", help).short('o').long("output").required(false)
}

/// Text goes where [`output`] says.
pub(super) fn hand_out(matches: &ArgMatches, text: String, talk: String) -> Ended {
    match matches.get_one::<PathBuf>("output") {
        Some(path) => {
            write(path, text.as_bytes())?;
            Ok(Ending::done("", talk))
        }
        None => Ok(Ending::done(text, talk)),
    }
}

/// The path that was given for an argument that must be there.
pub(super) fn path<'m>(matches: &'m ArgMatches, id: &str) -> Result<&'m Path, Failure> {
    let path = matches.get_one::<PathBuf>(id).map(PathBuf::as_path);
    path.ok_or_else(|| Failure::misuse(format!("error: `{id}` is missing")))
}

/// The name of a file, as it may be printed.
pub(super) fn name(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

/// All bytes of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let fail =
        |why: &dyn std::fmt::Display| Failure::misuse(format!("error: {}: {why}", name(path)));
    let metadata = fs::metadata(path).map_err(|error| fail(&error))?;
    if metadata.is_dir() {
        return Err(fail(&"this is a directory, and a file is wanted"));
    }
    let file = fs::File::open(path).map_err(|error| fail(&error))?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| fail(&error))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > FILE_BYTES_MAX) {
        return Err(fail(&"this file is longer than 64 MiB"));
    }
    Ok(bytes)
}

/// A policy's text, with the files that it includes and names.
pub(super) fn policy(path: &Path) -> Result<Source, Failure> {
    policy_with_files(path).map(|(source, _)| source)
}

/// The same, and the files that it includes and names, by the names that it has for them.
pub(super) fn policy_with_files(
    path: &Path,
) -> Result<(Source, BTreeMap<String, Vec<u8>>), Failure> {
    let mut source = policy_text(path)?;
    let (folder, mut known, mut files) = (folder(path), BTreeMap::new(), BTreeMap::new());
    if let Ok(real) = fs::canonicalize(path) {
        known.insert(real, "the policy itself".to_owned());
    }
    load(&mut source, &mut |file| {
        let text = included(folder, file, &mut known)?;
        files.insert(file.to_owned(), text.clone().into_bytes());
        Ok(text)
    });
    files.extend(attach(path, &mut source)?);
    Ok((source, files))
}

/// A policy's text alone.
pub(super) fn policy_text(path: &Path) -> Result<Source, Failure> {
    match text(read(path)?) {
        Ok(text) => Ok(Source::new(&path.to_string_lossy(), &text)),
        Err(why) => Err(Failure::refused(format!("error: {}: this is {why}", name(path)))),
    }
}

/// What a policy may be written in. Otherwise what it is instead.
fn text(bytes: Vec<u8>) -> Result<String, String> {
    if bytes.starts_with(b"CFDM") {
        return Err("a compiled policy, and its text is wanted".to_owned());
    }
    if bytes.contains(&0) {
        return Err("a binary file, and a policy is text".to_owned());
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("no UTF-8 text: byte {at} belongs to no character")
    })
}

/// The text of a file that a policy includes. `known` has those that were read.
fn included(
    folder: &Path,
    file: &str,
    known: &mut BTreeMap<PathBuf, String>,
) -> Result<String, String> {
    let path = folder.join(file);
    let real = within(folder, &path)?;
    if let Some(other) = known.get(&real) {
        return Err(format!("it is the same file as {other}"));
    }
    known.insert(real, format!("`{file}`"));
    let metadata = fs::metadata(&path).map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("it is a directory or a device, and a file is wanted".to_owned());
    }
    if metadata.len() > INCLUDED_BYTES_MAX {
        return Err("it is longer than a policy may be".to_owned());
    }
    let bytes = fs::read(&path).map_err(|error| error.to_string())?;
    text(bytes).map_err(|why| format!("it is {why}"))
}

/// Where a file of a policy really is. A link that leads out of its folder is not followed.
fn within(folder: &Path, path: &Path) -> Result<PathBuf, String> {
    let real = |path: &Path| fs::canonicalize(path).map_err(|error| error.to_string());
    let file = real(path)?;
    match file.starts_with(real(folder)?) {
        true => Ok(file),
        false => Err("this is a link out of the folder of the policy".to_owned()),
    }
}

/// The folder that a policy is in.
fn folder(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// Reads what the policy names beside it. A link that leads out of its folder is not followed.
fn attach(path: &Path, source: &mut Source) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let (folder, mut attached) = (folder(path), Vec::new());
    for file in named_files(source) {
        let path = folder.join(&file);
        let real = |path: &Path| {
            let fail = |why| Failure::misuse(format!("error: {}: {why}", name(path)));
            fs::canonicalize(path).map_err(fail)
        };
        if !real(&path)?.starts_with(real(folder)?) {
            let why = "this is a link out of the folder of the policy";
            return Err(Failure::refused(format!("error: {}: {why}", name(&path))));
        }
        let bytes = read(&path)?;
        source.attach(&file, bytes.clone());
        attached.push((file, bytes));
    }
    Ok(attached)
}

/// Writes a file in one step: nobody sees half of it.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let fail = |error: std::io::Error| Failure::misuse(format!("error: {}: {error}", name(path)));
    if path.is_dir() {
        let why = "this is a directory, and a file is wanted";
        return Err(Failure::misuse(format!("error: {}: {why}", name(path))));
    }
    let mut file_name = path.file_name().unwrap_or_default().to_os_string();
    file_name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(file_name);
    fs::write(&part, bytes).map_err(fail)?;
    fs::rename(&part, path).map_err(|error| {
        let _ = fs::remove_file(&part);
        fail(error)
    })
}
