//! Made-up people who release a policy for a demonstration, with the commands that real ones type:
//! a root, its author, and two who approve, each with a home and a key of their own. Who runs this
//! has all keys in one hand, and so may nobody else's host be told of this root.

use crate::failure::{During as _, Failure};
use crate::shell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PEOPLE: [(&str, &str); 5] = [
    ("ann", "author,root"),
    ("ben", "approver,root"),
    ("pia", "privacy,root"),
    ("sue", "requester"),
    ("machine", "online"),
];

/// A bundle of a policy for a module, signed in a folder that is made anew. `shows` prints what is
/// typed.
pub(crate) fn release(
    command: &Path,
    folder: &Path,
    policy: &Path,
    module: &Path,
    shows: bool,
) -> Result<PathBuf, Failure> {
    if folder.exists() {
        fs::remove_dir_all(folder).during("cannot remove the last demonstration's people")?;
    }
    fs::create_dir_all(folder).during("cannot make a folder for made-up people")?;
    let company = Company { command, folder, shows };
    for (person, _) in PEOPLE {
        fs::create_dir_all(company.home(person)).during("cannot make a home")?;
        company.types(person, &["key", "new", person])?;
    }
    let keys: Vec<String> = PEOPLE
        .iter()
        .map(|(person, roles)| format!("{person}={roles}={}.pub", company.key(person)))
        .collect();
    let mut init = vec!["root", "init"];
    keys.iter().for_each(|key| init.extend(["--key", key]));
    company.types("ann", &init)?;
    for person in ["ann", "ben", "pia"] {
        company.signs(person, &["root", "show"], &["root", "sign"])?;
    }
    let (policy, module) = (text(policy)?, text(module)?);
    let key = company.key("ann");
    let audience = ["--audience", "demo"];
    let propose = ["release", "propose", policy, "--module", module, "-k", &key];
    company.types("ann", &[&propose[..], &audience].concat())?;
    for person in ["ben", "pia"] {
        company.signs(person, &["release", "show"], &["release", "approve"])?;
    }
    let key = company.key("machine");
    company.types("machine", &["freshness", "issue", "-k", &key])?;
    company.types("machine", &["bundle", "-o", "policy.bundle"])?;
    Ok(folder.join("policy.bundle"))
}

struct Company<'c> {
    command: &'c Path,
    folder: &'c Path,
    shows: bool,
}

impl Company<'_> {
    fn home(&self, person: &str) -> PathBuf {
        self.folder.join("homes").join(person)
    }

    fn key(&self, person: &str) -> String {
        format!("homes/{person}/.config/cofferdam/{person}.key")
    }

    /// What somebody is told who types this.
    fn types(&self, person: &str, words: &[&str]) -> Result<String, Failure> {
        let mut command = Command::new(self.command);
        command.args(words).current_dir(self.folder);
        command.env("HOME", self.home(person)).env_remove("XDG_CONFIG_HOME");
        let output = command.output().during("cannot run `cofferdam`")?;
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        if !output.status.success() {
            let typed = words.join(" ");
            return Err(Failure::new(format!("`cofferdam {typed}` of {person} failed:\n{told}")));
        }
        if self.shows {
            shell::say(&format!("  {person:<8} $ cofferdam {}", words.join(" ")));
        }
        Ok(told)
    }

    /// Signs what was shown, and nothing else.
    fn signs(&self, person: &str, show: &[&str], sign: &[&str]) -> Result<(), Failure> {
        let told = self.types(person, show)?;
        let seen =
            told.split_once("--seen ").and_then(|(_, behind)| behind.split_whitespace().next());
        let seen = seen.ok_or_else(|| Failure::new("`cofferdam` does not say what was seen"))?;
        let key = self.key(person);
        self.types(person, &[sign, &["-k", &key, "--seen", seen]].concat()).map(drop)
    }
}

fn text(path: &Path) -> Result<&str, Failure> {
    path.to_str().ok_or_else(|| Failure::new("the path of the demonstration is no UTF-8"))
}
