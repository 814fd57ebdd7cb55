//! `cofferdam root`: who may sign what. A new root is text until those have signed it who must.

use super::super::{Ended, Ending, Failure, files};
use super::folder::Folder;
use super::record::key_of;
use super::signer::Signer;
use super::{
    days, days_argument, key_argument, misuse, now, refused, root_args, root_limits, told,
    trust_argument,
};
use clap::{Arg, ArgAction, ArgMatches, Command};
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::limits::{DAY, KEY_SECONDS_MAX, ROOT_SECONDS_MAX};
use cofferdam_engine::trust::{Act, Key, Period, Role, Root, Time};
use std::fmt::Write as _;

pub(in super::super) fn command() -> Command {
    let many = |id: &'static str, name: &'static str, help: &'static str| {
        Arg::new(id).long(id).value_name(name).help(help).action(ArgAction::Append)
    };
    let quorum = || many("quorum", "ACT=ROLE:N,..", "Whom an act takes, where it is not the usual");
    let lives = || days_argument("Days that it holds", "365", 365);
    let add = |id: &'static str| many(id, "HOLDER=ROLES=FILE", "A person, roles, and a public key");
    let init = Command::new("init")
        .about("Makes the first root")
        .arg(add("key").required(true))
        .arg(quorum())
        .args(root_limits::arguments())
        .arg(lives())
        .arg(trust_argument());
    let rotate = Command::new("rotate")
        .about("Makes the next root: with other keys, or with the same ones for longer")
        .arg(add("add"))
        .arg(many("remove", "HOLDER", "A person whose keys go, all of them"))
        .arg(many("remove-key", "ID", "A key that goes, by the beginning of its id"))
        .arg(many("renew", "HOLDER", "A person whose keys hold for half a year from now on"))
        .arg(quorum())
        .args(root_limits::arguments())
        .args(root_limits::arguments_of_next())
        .arg(lives())
        .arg(trust_argument());
    let version = || {
        let number = clap::value_parser!(u64).range(1..);
        Arg::new("version").value_name("VERSION").help("Which one; the last").value_parser(number)
    };
    let show = Command::new("show")
        .about("Says who may sign what, who has signed the root, and what hosts are told")
        .arg(version())
        .arg(trust_argument());
    let sign = Command::new("sign")
        .about("Signs a root, after it was shown")
        .arg(version())
        .arg(key_argument())
        .arg(super::release::seen_argument())
        .arg(trust_argument());
    Command::new("root")
        .about("Who may sign what: keys, their holders and roles, and whom each act takes")
        .subcommand_required(true)
        .subcommands([init, rotate, show, sign])
}

pub(in super::super) fn run(matches: &ArgMatches) -> Ended {
    match matches.subcommand() {
        Some(("init", matches)) => init(matches),
        Some(("rotate", matches)) => rotate(matches),
        Some(("show", matches)) => show(matches),
        Some(("sign", matches)) => sign(matches),
        _ => Err(Failure::misuse("error: `root init`, `rotate`, `show` or `sign`")),
    }
}

fn all<'m>(matches: &'m ArgMatches, id: &str) -> impl Iterator<Item = &'m String> {
    matches.get_many::<String>(id).into_iter().flatten()
}

/// From now on. Seconds of a clock that is a little behind are no reason to refuse.
fn lives(now: Time, seconds: u64) -> Period {
    let from = Time(now.0.saturating_sub(60));
    Period { from, until: from.after(seconds) }
}

fn init(matches: &ArgMatches) -> Ended {
    let folder = Folder::of(matches)?;
    if let Some(last) = folder.last_root() {
        let help = "change it with `cofferdam root rotate`, so that hosts follow";
        return Err(refused(&folder.root(last).payload, "there is a root already", help));
    }
    let now = now();
    let keys: Vec<Key> = all(matches, "key")
        .map(|text| root_args::key(text, lives(now, KEY_SECONDS_MAX)))
        .collect::<Result<_, _>>()?;
    let given: Vec<String> = all(matches, "quorum").cloned().collect();
    let quorums = root_args::quorums(&given, None)?;
    let period = lives(now, (days(matches) * DAY).min(ROOT_SECONDS_MAX));
    let mut root = Root::new(1, period, keys.clone(), quorums.clone())
        .map_err(|reason| root_args::no_root(reason, &quorums, &keys))?;
    root_limits::limit(&mut root, matches)?;
    write(&folder, &root)?;
    // What is signed is bytes: nobody's checkout may alter the ends of lines.
    files::write(&folder.path().join(".gitattributes"), b"* -text\n")?;
    Ok(Ending::done("", next(&folder, &root)))
}

fn write(folder: &Folder, root: &Root) -> Result<(), Failure> {
    let text = root.write();
    match Root::parse(text.as_bytes()).as_ref() == Ok(root) {
        true => folder.root(root.version).create(&text),
        false => Err(Failure::refused("error: this root would not read back as it is")),
    }
}

fn next(folder: &Folder, root: &Root) -> String {
    let record = folder.root(root.version);
    let slots = root.quorum(Act::Root).slots().len();
    let more = if root.version > 1 { ", and those that the root before it asks for" } else { "" };
    format!(
        "{}: written, and not in force before {slots} holders of `root` have signed it{more}\n\
         next: cofferdam root show, then each of them: cofferdam root sign -k FILE",
        files::name(&record.payload)
    )
}

fn rotate(matches: &ArgMatches) -> Ended {
    let (folder, now) = (Folder::of(matches)?, now());
    let (chain, doubt) = folder.chain()?;
    let before = chain.last;
    if let Some(doubt) = doubt {
        let help = "let it be signed, or remove its files before you make another";
        return Err(refused(&folder.root(before.version + 1).payload, doubt, help));
    }
    let mut keys = next_keys(matches, &before, now)?;
    let taken_out = root_limits::suspend(&folder, matches, &before, &mut keys, now)?;
    let given: Vec<String> = all(matches, "quorum").cloned().collect();
    let quorums = root_args::quorums(&given, Some(&before))?;
    let mut period = lives(now, (days(matches) * DAY).min(ROOT_SECONDS_MAX));
    period.from = period.from.max(before.period.from);
    let mut root = Root::new(before.version + 1, period, keys.clone(), quorums.clone())
        .map_err(|reason| root_args::no_root(reason, &quorums, &keys))?;
    root.release_floor = before.release_floor;
    root.grant_seconds_max = before.grant_seconds_max;
    root.stale_seconds_max = before.stale_seconds_max;
    root_limits::limit(&mut root, matches)?;
    root_limits::raise_floor(&mut root, &folder, matches)?;
    write(&folder, &root)?;
    Ok(Ending::done("", taken_out + &next(&folder, &root)))
}

/// The keys of the root before, without those that go, and with those that come.
fn next_keys(matches: &ArgMatches, before: &Root, now: Time) -> Result<Vec<Key>, Failure> {
    let mut keys = before.keys.clone();
    for holder in all(matches, "remove") {
        let there = keys.len();
        keys.retain(|key| key.holder != *holder);
        if keys.len() == there {
            return Err(no_such("holder", holder));
        }
    }
    for id in all(matches, "remove-key") {
        let there = keys.len();
        keys.retain(|key| id.len() < 8 || !key.public.id().to_string().starts_with(id.as_str()));
        match there - keys.len() {
            1 => {}
            0 => return Err(no_such("key, named by 8 letters of its id or more,", id)),
            _ => return Err(misuse("several keys begin like this", "write more of the id")),
        }
    }
    for holder in all(matches, "renew") {
        let mut theirs = keys.iter_mut().filter(|key| key.holder == *holder).peekable();
        if theirs.peek().is_none() {
            return Err(no_such("holder", holder));
        }
        theirs.for_each(|key| key.period = lives(now, KEY_SECONDS_MAX));
    }
    for text in all(matches, "add") {
        keys.push(root_args::key(text, lives(now, KEY_SECONDS_MAX))?);
    }
    Ok(keys)
}

fn no_such(what: &str, name: &str) -> Failure {
    let name = cofferdam_policy_compiler::report::printable(name);
    misuse(format_args!("the root has no {what} `{name}`"), "`cofferdam root show` lists them")
}

fn version(matches: &ArgMatches, folder: &Folder) -> Result<u64, Failure> {
    let last = folder.last_root().ok_or_else(|| {
        refused(folder.path(), "there is no root here", "make one: `cofferdam root init`")
    })?;
    Ok(matches.get_one::<u64>("version").copied().unwrap_or(last))
}

fn show(matches: &ArgMatches) -> Ended {
    let folder = Folder::of(matches)?;
    let version = version(matches, &folder)?;
    let (text, digest) = describe(&folder, version)?;
    let (state, _) = state(&folder, version)?;
    Ok(Ending::done(
        text,
        format!(
            "{state}\nto sign it: cofferdam root sign {version} -k FILE --seen {}",
            short(&digest)
        ),
    ))
}

/// Enough of a digest to tell what was seen.
pub(super) fn short(digest: &Digest) -> String {
    digest.to_string().chars().take(16).collect()
}

/// What a person sees before they sign: the digest is of the root itself.
fn describe(folder: &Folder, version: u64) -> Result<(String, Digest), Failure> {
    let root = folder.unsigned_root(version)?;
    let digest = Digest::of(&folder.root(version).bytes()?);
    let mut out = String::new();
    let _ = writeln!(out, "root {version}\ndigest  {digest}");
    let _ = writeln!(out, "holds   {} to {}", root.period.from, root.period.until);
    let _ = writeln!(out, "limits  {}", root_limits::told(&root));
    for act in Act::ALL {
        let slots: Vec<_> = root.quorum(act).slots().iter().map(|role| role.name()).collect();
        let _ = writeln!(out, "{:<12} takes {}", act.name(), slots.join(" + "));
    }
    let _ = writeln!(out);
    for key in &root.keys {
        let roles: Vec<_> = key.roles.iter().map(|role| role.name()).collect();
        let (id, kind) = (key.public.id().to_string(), key.public.kind().name());
        let until = key.period.until;
        let _ = writeln!(
            out,
            "{:<12} {kind:<11} {}  to {until}  {}",
            key.holder,
            &id[..16],
            roles.join(", ")
        );
    }
    if let Some(before) = version.checked_sub(1).filter(|before| *before > 0) {
        changes(&mut out, &folder.unsigned_root(before)?, &root);
    }
    Ok((out, digest))
}

/// What is other than in the root before.
fn changes(out: &mut String, before: &Root, root: &Root) {
    let _ = writeln!(out, "\nother than in root {}:", before.version);
    let line = |key: &Key| {
        let roles: Vec<_> = key.roles.iter().map(|role| role.name()).collect();
        let id = key.public.id().to_string();
        format!("{} {} ({}) to {}", key.holder, &id[..16], roles.join(", "), key.period.until)
    };
    for key in before.keys.iter().filter(|key| !root.keys.contains(key)) {
        let _ = writeln!(out, "- {}", line(key));
    }
    for key in root.keys.iter().filter(|key| !before.keys.contains(key)) {
        let _ = writeln!(out, "+ {}", line(key));
    }
    for act in Act::ALL.into_iter().filter(|act| before.quorum(*act) != root.quorum(*act)) {
        let _ = writeln!(out, "! {} takes others", act.name());
    }
    if root_limits::told(before) != root_limits::told(root) {
        let _ = write!(out, "! limits were {}", root_limits::told(before));
    }
}

/// Whether a root is in force, in a sentence.
fn state(folder: &Folder, version: u64) -> Result<(String, bool), Failure> {
    let now = now();
    let walked =
        cofferdam_engine::trust::Chain::follow(&folder.roots(version)?, &folder.pin()?, None);
    Ok(match walked {
        Ok(chain) if chain.last.period.is_active(now) => (
            format!(
                "root {version} is in force; hosts are told the first one's digest: {}",
                folder.pin()?
            ),
            true,
        ),
        Ok(chain) => (format!("root {version} has ended, at {}", chain.last.period.until), false),
        Err(reason) => (format!("root {version} is not in force yet: {}", told(reason)), false),
    })
}

fn sign(matches: &ArgMatches) -> Ended {
    let folder = Folder::of(matches)?;
    let version = version(matches, &folder)?;
    let path = files::path(matches, "key")?;
    let signer = Signer::open(path)?;
    let (text, digest) = describe(&folder, version)?;
    let root = folder.unsigned_root(version)?;
    // Who leaves signs with a key that only the root before knows.
    let before = version.checked_sub(1).filter(|before| *before > 0);
    let before = before.map(|before| folder.unsigned_root(before)).transpose()?;
    let known = key_of(&root, &signer, path);
    let key = match (&known, &before) {
        (Err(_), Some(before)) => key_of(before, &signer, path)?,
        _ => known?,
    };
    if !key.roles.contains(&Role::Root) {
        let help = "those sign a root who have that role in it, or in the one before it";
        return Err(refused(path, format_args!("{} has no role `root`", key.holder), help));
    }
    if let Err(talk) = super::release::was_seen(matches, &digest, &format!("root sign {version}")) {
        return Ok(Ending::refused(text, talk));
    }
    let written = folder.root(version).sign(&signer, key)?;
    let (state, _) = state(&folder, version)?;
    Ok(Ending::done(text, format!("{}: signed by {}\n{state}", files::name(&written), key.holder)))
}
