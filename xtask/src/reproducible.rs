//! Whether the filter's module has the same bytes wherever it is built: who is to trust a digest
//! builds the module again and compares.

use crate::Done;
use crate::failure::{During as _, Failure};
use crate::{setup, shell};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Builds the module once more, from a copy of the sources in another folder.
pub(crate) fn test() -> Done {
    let here = setup::filter()?;
    let copy = shell::target().join("reproducible").join("another folder");
    copy_sources(&copy)?;
    let there = setup::filter_in(&copy)?;
    let read = |path: &Path| fs::read(path).during("cannot read a module");
    let (here, there) = (read(&here)?, read(&there)?);
    if here != there {
        let text = "the filter's module has other bytes when it is built in another folder";
        return Err(Failure::new(text).help(
            "look for what names a folder: paths in panics, `env!`, files that a build writes",
        ));
    }
    if let Some(home) = setup::cargo_home().map(|home| home.to_string_lossy().into_owned())
        && here.windows(home.len()).any(|part| part == home.as_bytes())
    {
        return Err(Failure::new(format!("the filter's module names `{home}`")));
    }
    shell::say("  the same bytes from two folders");
    Ok(())
}

/// Everything that git has, or would take.
fn copy_sources(to: &Path) -> Done {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let names = shell::output(git.current_dir(shell::root()));
    let names = names.ok_or_else(|| Failure::new("`git ls-files` failed"))?;
    for name in names.split('\0').filter(|name| !name.is_empty()) {
        let (from, to) = (shell::root().join(name), to.join(name));
        if !from.is_file() {
            continue;
        }
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).during("cannot make a folder")?;
        }
        // Not written where it is the same, or cargo would build it again.
        let bytes = fs::read(&from).during("cannot read a source")?;
        if fs::read(&to).ok().as_ref() != Some(&bytes) {
            fs::write(&to, bytes).during("cannot write a source")?;
        }
    }
    Ok(())
}
