//! Programs from packages of Debian, unpacked into the target folder and run from there: nothing is
//! installed. Libraries that they need and that this machine lacks are unpacked beside them.

use crate::failure::{During as _, Failure};
use crate::{setup, shell};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program, and where its libraries are.
pub(crate) struct Program {
    path: PathBuf,
    libraries: Vec<PathBuf>,
}

impl Program {
    /// The program on the search path, or the one of a package.
    pub(crate) fn of(package: &str, name: &str) -> Result<Self, Failure> {
        if shell::has(name) {
            return Ok(Self { path: PathBuf::from(name), libraries: Vec::new() });
        }
        let folder = shell::target().join("debian");
        let (mut known, mut libraries) = (BTreeSet::new(), Vec::new());
        let mut wanted = vec![package.to_owned()];
        while let Some(next) = wanted.pop() {
            if !known.insert(next.clone()) {
                continue;
            }
            let own = folder.join(&next);
            // Left behind by nobody else: the file that is fetched stays beside what is in it.
            if !own.join("usr").is_dir() {
                shell::say(&format!("fetching Debian's package `{next}` (once)"));
                setup::debian(&next, &own)?;
            }
            wanted.extend(needed(&own)?.into_iter().filter(|name| !installed(name)));
            libraries.extend(library_folders(&own));
        }
        let path = folder.join(package).join("usr").join("bin").join(name);
        match path.is_file() {
            true => Ok(Self { path, libraries }),
            false => Err(Failure::new(format!("there is no `{name}` in package `{package}`"))),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A command that runs it.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        if !self.libraries.is_empty() {
            let separate = |mut all: OsString, folder: &PathBuf| {
                if !all.is_empty() {
                    all.push(":");
                }
                all.push(folder);
                all
            };
            let folders = self.libraries.iter().fold(OsString::new(), separate);
            command.env("LD_LIBRARY_PATH", folders);
        }
        command
    }
}

/// The libraries that a package depends on, but for the system's own.
fn needed(folder: &Path) -> Result<Vec<String>, Failure> {
    let mut entries = fs::read_dir(folder).during("cannot read an unpacked package")?.flatten();
    let deb = entries
        .find(|entry| entry.path().extension().is_some_and(|end| end == "deb"))
        .ok_or_else(|| Failure::new(format!("no package is in `{}`", folder.display())))?;
    let told = shell::output(Command::new("dpkg-deb").arg("-f").arg(deb.path()).arg("Depends"));
    Ok(libraries(&told.unwrap_or_default()))
}

/// The names in a list like `adduser, libc6 (>= 2.34), libgpgme11 (>= 1.4.1) | libx`.
fn libraries(depends: &str) -> Vec<String> {
    let first = |item: &str| item.split(['|', '(', ':']).next().unwrap_or("").trim().to_owned();
    let names = depends.split(',').map(first);
    names.filter(|name| name.starts_with("lib") && name != "libc6").collect()
}

fn installed(package: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat", "${db:Status-Status}", package]);
    shell::output(&mut query).is_some_and(|status| status.starts_with("installed"))
}

/// `usr/lib/x86_64-linux-gnu` and its like.
fn library_folders(package: &Path) -> Vec<PathBuf> {
    let folders = ["lib", "usr/lib"].into_iter().filter_map(|name| {
        let entries = fs::read_dir(package.join(name)).ok()?.flatten();
        Some(entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect::<Vec<_>>())
    });
    folders.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::libraries;

    #[test]
    fn libraries_are_told_from_other_packages() {
        let list = "golang-x (>> 0.49), libc6 (>= 2.34), libgpgme11 (>= 1.4.1), libz | libzz";
        assert_eq!(libraries(list), ["libgpgme11", "libz"]);
        assert_eq!(libraries(""), Vec::<String>::new());
    }
}
