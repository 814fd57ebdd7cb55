//! `cofferdam key`: new keys, and which ones there are.

use super::super::{Ended, Ending, Failure, files};
use super::folder::Folder;
use super::history::{history, overdue};
use super::{misuse, now, refused, signer, trust_argument};
use clap::{Arg, ArgMatches, Command};
use cofferdam_engine::trust::is_name;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

pub(in super::super) fn command() -> Command {
    let new = Command::new("new")
        .about("Makes a key: a private file that nobody else can read, and a public one beside it")
        .arg(Arg::new("holder").value_name("HOLDER").help("Whose key it is: `ann`").required(true))
        .arg(files::output("Where to write it; `~/.config/cofferdam/HOLDER.key` unless given"));
    let list = Command::new("list")
        .about("Lists the public halves of keys")
        .arg(
            files::argument(
                "folder",
                "FOLDER",
                "Where they are; `~/.config/cofferdam` unless given",
            )
            .required(false),
        )
        .arg(trust_argument());
    Command::new("key")
        .about("Keys that sign roots, releases and approvals; keys of SSH do as well")
        .subcommand_required(true)
        .subcommand(new)
        .subcommand(list)
}

pub(in super::super) fn run(matches: &ArgMatches) -> Ended {
    match matches.subcommand() {
        Some(("new", matches)) => new(matches),
        Some(("list", matches)) => list(matches),
        _ => Err(Failure::misuse("error: `key new` or `key list`")),
    }
}

/// Where a person's keys are.
fn home() -> Result<PathBuf, Failure> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let config = set("XDG_CONFIG_HOME").map(PathBuf::from);
    let config = config.or_else(|| set("HOME").map(|home| PathBuf::from(home).join(".config")));
    let config = config.ok_or_else(|| {
        misuse("neither HOME nor XDG_CONFIG_HOME is set", "say where the key goes with `-o FILE`")
    });
    Ok(config?.join("cofferdam"))
}

fn new(matches: &ArgMatches) -> Ended {
    let holder = matches.get_one::<String>("holder").map_or("", String::as_str);
    if !is_name(holder) {
        return Err(misuse(
            format_args!(
                "`{}` is no name of a holder",
                cofferdam_policy_compiler::report::printable(holder)
            ),
            "use small letters, digits, `.`, `_` and `-`, as in `ann` or `ann.reed`",
        ));
    }
    let path = match matches.get_one::<PathBuf>("output") {
        Some(path) => path.clone(),
        None => {
            let folder = home()?;
            make_private(&folder)?;
            folder.join(format!("{holder}.key"))
        }
    };
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| {
        Failure::misuse(format!("error: the system gives no randomness: {error}"))
    })?;
    let (text, public) = signer::new_private(&secret);
    let public = public.ok_or_else(|| Failure::misuse("error: no key came of it: try again"))?;
    let mut public_path = path.clone().into_os_string();
    public_path.push(".pub");
    let public_path = PathBuf::from(public_path);
    let line = signer::public_line(&public, holder);
    create(&path, &text, true)?;
    create(&public_path, &line, false)?;
    let talk = format!(
        "{}: the private key, for you alone\n{}: give this one to who makes the root",
        files::name(&path),
        files::name(&public_path)
    );
    Ok(Ending::done(line, talk))
}

#[cfg(unix)]
fn make_private(folder: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt as _;
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| Failure::misuse(format!("error: {}: {error}", files::name(folder))))
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> Result<(), Failure> {
    let made = fs::create_dir_all(folder);
    made.map_err(|error| Failure::misuse(format!("error: {}: {error}", files::name(folder))))
}

/// Never over a file that is there: it may be the only copy of a key.
fn create(path: &Path, text: &str, private: bool) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    if private {
        only_mine(&mut options);
    }
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => refused(
            path,
            "there is a file already, and it stays as it is",
            "name another one with `-o FILE`",
        ),
        _ => Failure::misuse(format!("error: {}: {error}", files::name(path))),
    })
}

#[cfg(unix)]
fn only_mine(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn only_mine(_: &mut OpenOptions) {}

fn list(matches: &ArgMatches) -> Ended {
    let folder = match matches.get_one::<PathBuf>("folder") {
        Some(folder) => folder.clone(),
        None => home()?,
    };
    let reminder = reminder(matches)?;
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let talk = format!("{}: no keys yet: `cofferdam key new`\n", files::name(&folder));
            return Ok(Ending::done("", talk + &reminder));
        }
        Err(error) => {
            return Err(Failure::misuse(format!("error: {}: {error}", files::name(&folder))));
        }
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "pub"));
    paths.sort();
    let (mut out, mut talk) = (String::new(), String::new());
    for path in paths {
        let text = files::read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())?;
        match signer::read_public(&text) {
            Some(public) => out.push_str(&format!(
                "{}  {:<11}  {}\n",
                public.id(),
                public.kind().name(),
                files::name(&path)
            )),
            None => {
                talk.push_str(&format!("{}: no public key that signs here\n", files::name(&path)))
            }
        }
    }
    Ok(Ending::done(out, talk + &reminder))
}

/// Who has a key here may have to review something; where no root is there is nothing to say.
fn reminder(matches: &ArgMatches) -> Result<String, Failure> {
    let trust = Folder::of(matches)?;
    match trust.last_root() {
        None => Ok(String::new()),
        Some(_) => Ok(history(&trust).map(|history| overdue(&history, now())).unwrap_or_default()),
    }
}
