//! The text of a policy, with all files that it includes and names, as a release keeps it.
//! Names of files are those within its folder, so that it is the same wherever it lies.

use super::super::{Failure, files, screen};
use super::refused;
use cofferdam_engine::blob::Digest;
use cofferdam_policy_compiler::diagnostic::Source;
use cofferdam_policy_compiler::{Compiled, compile_source, load, named_files};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// As long as all files of a release may be together, in bytes.
const BYTES_MAX: usize = 8 * 1024 * 1024;
const FILES_MAX: usize = 300;

/// All files of a policy, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sources {
    main: &'static str,
    files: BTreeMap<String, Vec<u8>>,
}

impl Sources {
    /// Reads a policy, with all that belongs to it.
    pub(super) fn of_policy(path: &Path) -> Result<Self, Failure> {
        let (source, included) = files::policy_with_files(path)?;
        let toml = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"));
        let main = if toml { "policy.toml" } else { "policy.yaml" };
        let mut all = included;
        let text = source.files().next().map_or("", |file| file.text());
        if all.insert(main.to_owned(), text.as_bytes().to_vec()).is_some() {
            return Err(refused(
                path,
                format_args!(
                    "it includes a file of the name `{main}`, which it has itself in a release"
                ),
                "give the file that it includes another name",
            ));
        }
        Ok(Self { main, files: all })
    }

    /// Reads what a release keeps.
    pub(super) fn of_release(folder: &Path) -> Result<Self, Failure> {
        let mut files = BTreeMap::new();
        walk(folder, "", &mut files)?;
        let mains = ["policy.yaml", "policy.toml"].into_iter().filter(|m| files.contains_key(*m));
        match mains.collect::<Vec<_>>().as_slice() {
            [main] => Ok(Self { main, files }),
            _ => Err(refused(
                folder,
                "a release keeps one policy here, `policy.yaml` or `policy.toml`",
                "make the release anew: `cofferdam release propose`",
            )),
        }
    }

    /// Writes what a release keeps.
    pub(super) fn write(&self, folder: &Path) -> Result<(), Failure> {
        for (name, bytes) in &self.files {
            let path = folder.join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(|error| {
                    Failure::misuse(format!("error: {}: {error}", files::name(parent)))
                })?;
            }
            files::write(&path, bytes)?;
        }
        Ok(())
    }

    /// The digest over names and bytes: of what `sha256sum` prints for all files, sorted by name.
    pub(super) fn digest(&self) -> Digest {
        let line = |(name, bytes): (&String, &Vec<u8>)| format!("{}  {name}\n", Digest::of(bytes));
        let lines: String = self.files.iter().map(line).collect();
        Digest::of(lines.as_bytes())
    }

    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// The policy, as it compiles: from memory alone, and every file is needed.
    pub(super) fn source(&self, place: &Path) -> Result<Source, Failure> {
        let text = |name: &str| {
            let bytes =
                self.files.get(name).ok_or_else(|| "it is not in the release".to_owned())?;
            String::from_utf8(bytes.clone()).map_err(|_| "it is no UTF-8".to_owned())
        };
        let used = RefCell::new(BTreeSet::from([self.main.to_owned()]));
        let main = text(self.main).map_err(|why| refused(place, why, "make the release anew"))?;
        let mut source = Source::new(self.main, &main);
        load(&mut source, &mut |name| {
            used.borrow_mut().insert(name.to_owned());
            text(name)
        });
        for name in named_files(&source) {
            let bytes = self.files.get(&name).cloned().ok_or_else(|| {
                let what = format_args!("the policy names a file that is not here").to_string();
                refused(place, what, "make the release anew")
            })?;
            used.borrow_mut().insert(name.clone());
            source.attach(&name, bytes);
        }
        match self.files.keys().find(|name| !used.borrow().contains(*name)) {
            None => Ok(source),
            Some(name) => Err(refused(
                &place.join(name),
                "the policy does not use this file",
                "remove it: everything in a release is shown and signed",
            )),
        }
    }

    /// The policy, compiled.
    pub(super) fn compile(&self, place: &Path) -> Result<(Source, Compiled), Failure> {
        let source = self.source(place)?;
        let compiled = compile_source(&source)
            .map_err(|diagnostics| screen::refused(&source, &diagnostics))?;
        Ok((source, compiled))
    }
}

fn walk(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> Result<(), Failure> {
    let fail =
        |error: std::io::Error| Failure::misuse(format!("error: {}: {error}", files::name(folder)));
    for entry in fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let path = entry.path();
        let Some(name) = entry.file_name().to_str().map(|name| format!("{prefix}{name}")) else {
            return Err(refused(&path, "this name is no UTF-8", "give it another one"));
        };
        let kind = entry.file_type().map_err(fail)?;
        if kind.is_dir() {
            walk(&path, &format!("{name}/"), files)?;
        } else if kind.is_file() {
            files.insert(name, self::files::read(&path)?);
        } else {
            let help = "a release keeps plain files: make it anew";
            return Err(refused(&path, "this is a link or a device", help));
        }
        let bytes: usize = files.values().map(Vec::len).sum();
        if files.len() > FILES_MAX || bytes > BYTES_MAX {
            return Err(refused(
                folder,
                "there is more here than a policy has",
                "make the release anew",
            ));
        }
    }
    Ok(())
}
