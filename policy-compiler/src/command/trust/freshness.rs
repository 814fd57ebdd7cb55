//! `cofferdam freshness`: what is current and what is revoked, for a day, signed by a machine.

use super::super::{Ended, Ending, Failure, files};
use super::folder::Folder;
use super::grant;
use super::history::history;
use super::record::key_of;
use super::release::examine;
use super::root::short;
use super::signer::Signer;
use super::{key_argument, misuse, now, refused, told, trust_argument};
use clap::{Arg, ArgAction, ArgMatches, Command};
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::limits::FRESHNESS_SECONDS_MAX;
use cofferdam_engine::trust::{Act, Freshness, Key, Period, Root, Time};
use std::path::Path;

pub(in super::super) fn command() -> Command {
    let many = |id: &'static str, name: &'static str, help: &'static str| {
        Arg::new(id).long(id).value_name(name).help(help).action(ArgAction::Append)
    };
    let number = clap::value_parser!(u64).range(1..);
    let issue = Command::new("issue")
        .about("Says for a day which release is current, and what is revoked")
        .arg(
            Arg::new("release")
                .long("release")
                .value_name("VERSION")
                .help("The release that is current; the last")
                .value_parser(number),
        )
        .arg(many("revoke", "HOLDER|ID", "Keys that sign no more: all of a holder, or one"))
        .arg(many("revoke-grant", "ID", "A grant that is taken back"))
        .arg(many("suspend", "HOLDER|ID", "Keys that sign no more until they are woken"))
        .arg(many("wake", "HOLDER|ID", "Keys that sign again, if they are used within a day"))
        .arg(key_argument())
        .arg(trust_argument())
        .after_help(
            "What was revoked before stays revoked, and what `cofferdam grant revoke` names is: \
             nothing is to be named again. Keys that nobody used for 90 days are suspended by \
             themselves, until `--wake`, or `cofferdam root rotate --renew`.",
        );
    Command::new("freshness")
        .about("What is current and what is revoked, said anew each day")
        .subcommand_required(true)
        .subcommand(issue)
}

pub(in super::super) fn run(matches: &ArgMatches) -> Ended {
    match matches.subcommand() {
        Some(("issue", matches)) => issue(matches),
        _ => Err(Failure::misuse("error: `freshness issue`")),
    }
}

/// Ids of the keys that are meant: of any root, since a key that is gone stays revoked.
fn keys(matches: &ArgMatches, id: &str, root: &Root) -> Result<Vec<Digest>, Failure> {
    let mut out = Vec::new();
    for text in matches.get_many::<String>(id).into_iter().flatten() {
        let found = root.keys.iter().filter(|key| {
            let begins = text.len() >= 8 && key.public.id().to_string().starts_with(text.as_str());
            key.holder == *text || begins
        });
        let before = out.len();
        out.extend(found.map(|key| key.public.id()));
        if out.len() == before {
            let text = cofferdam_policy_compiler::report::printable(text);
            return Err(misuse(
                format_args!("root {} has no holder and no key `{text}`", root.version),
                "`cofferdam root show` lists them; write 8 letters of an id or more",
            ));
        }
    }
    Ok(out)
}

/// Adds what a list does not have yet.
fn add(list: &mut Vec<Digest>, ids: Vec<Digest>) {
    for id in ids {
        if !list.contains(&id) {
            list.push(id);
        }
    }
}

/// Keys that sign no more until they are woken: those that were, unless a root has renewed them
/// since; those that nobody has used for long; and those that are named. Never the one that signs.
fn suspended(
    matches: &ArgMatches,
    folder: &Folder,
    root: &Root,
    mine: &Digest,
    now: Time,
) -> Result<Vec<Digest>, Failure> {
    let mut out = Vec::new();
    if let Some(before) = last_statement(folder)? {
        let rests =
            |id: &&Digest| root.key(id).is_some_and(|key| key.period.from <= before.period.from);
        out.extend(before.suspended_keys.iter().filter(rests));
    }
    add(&mut out, history(folder)?.idle_keys(now));
    let wake = keys(matches, "wake", root)?;
    out.retain(|id| !wake.contains(id));
    add(&mut out, keys(matches, "suspend", root)?);
    out.retain(|id| id != mine);
    Ok(out)
}

/// Grants that are taken back: those that were, those that are named, and those that somebody has
/// said so of in their folder, whatever else they say there.
fn taken_back(matches: &ArgMatches, folder: &Folder) -> Result<Vec<Digest>, Failure> {
    let mut out = last_statement(folder)?.map(|before| before.revoked_grants).unwrap_or_default();
    for id in matches.get_many::<String>("revoke-grant").into_iter().flatten() {
        add(&mut out, vec![grant::found(folder, id)?.digest()?]);
    }
    for halves in grant::Halves::all(folder) {
        if halves.taken_back.exists() {
            add(&mut out, halves.taken_back_ids()?);
        }
    }
    Ok(out)
}

/// Refuses to sign with a key that counts no more: sooner than a host does.
pub(super) fn signs_still(folder: &Folder, key: &Key, path: &Path) -> Result<(), Failure> {
    let Some(last) = last_statement(folder)? else { return Ok(()) };
    let id = key.public.id();
    if last.revoked_keys.contains(&id) {
        let help = "make another: `cofferdam key new`, then `cofferdam root rotate`";
        let what = format_args!("this key is revoked, by freshness {}", last.number);
        return Err(refused(path, what, help));
    }
    if last.suspended_keys.contains(&id) {
        let help = "`cofferdam freshness issue --wake HOLDER`, or `cofferdam root rotate --renew \
                    HOLDER`, bring it back";
        let what = format_args!("this key is suspended, by freshness {}", last.number);
        return Err(refused(path, what, help));
    }
    Ok(())
}

fn issue(matches: &ArgMatches) -> Ended {
    let (folder, now) = (Folder::of(matches)?, now());
    let root = folder.current(now)?.last;
    let path = files::path(matches, "key")?;
    let signer = Signer::open(path)?;
    let key = key_of(&root, &signer, path)?;
    if !root.quorum(Act::Freshness).slots().iter().any(|role| key.roles.contains(role)) {
        let help = "use the key of the machine that has the role `online`";
        let what = format_args!("{} may not say what is current", key.holder);
        return Err(refused(path, what, help));
    }
    let last = folder.last_release().ok_or_else(|| {
        refused(folder.path(), "there is no release here", "make one: `cofferdam release propose`")
    })?;
    let version = matches.get_one::<u64>("release").copied().unwrap_or(last);
    let examined = examine(&folder, version)?;
    let before = last_statement(&folder)?;
    let mut revoked_keys = before.as_ref().map(|b| b.revoked_keys.clone()).unwrap_or_default();
    add(&mut revoked_keys, keys(matches, "revoke", &root)?);
    let from = Time(now.0.saturating_sub(60));
    let freshness = Freshness {
        number: before.as_ref().map_or(1, |before| before.number + 1),
        period: Period { from, until: from.after(FRESHNESS_SECONDS_MAX) },
        root: root.version,
        release: examined.release.seen(),
        revoked_keys,
        revoked_grants: taken_back(matches, &folder)?,
        suspended_keys: suspended(matches, &folder, &root, &signer.public.id(), now)?,
    };
    // Who says that a release is current has seen that enough have signed it.
    let envelope = folder.release(version).envelope()?;
    let takes = |key: &Digest| freshness.takes_key(key);
    let signed = envelope.verify(&root, now, &takes);
    let met = signed.and_then(|signed| root.lets_run(&examined.release, &signed.signers));
    met.map_err(|reason| {
        let help = "`cofferdam release status` says who is missing: let somebody else sign it \
                    first, whose key counts";
        refused(
            &folder.release(version).payload,
            format_args!("it cannot be current: {}", told(reason)),
            help,
        )
    })?;
    let text = freshness.write();
    if Freshness::parse(text.as_bytes()).as_ref() != Ok(&freshness) {
        return Err(refused(
            path,
            "this is more than a statement holds",
            "rotate the root, without the keys that are revoked",
        ));
    }
    let record = folder.freshness(freshness.number);
    record.create(&text)?;
    record.sign(&signer, key)?;
    let talk = format!(
        "{}: version {version} is current until {}; {} keys and {} grants revoked, {} keys suspended",
        files::name(&record.payload),
        freshness.period.until,
        freshness.revoked_keys.len(),
        freshness.revoked_grants.len(),
        freshness.suspended_keys.len()
    );
    Ok(Ending::done("", talk + &resting(&root, &freshness)))
}

/// Whose keys are suspended.
fn resting(root: &Root, freshness: &Freshness) -> String {
    let line = |id: &Digest| {
        let holder = root.key(id).map_or("somebody", |key| &key.holder);
        format!("\nsuspended: {} of {holder}", short(id))
    };
    freshness.suspended_keys.iter().map(line).collect()
}

pub(super) fn last_statement(folder: &Folder) -> Result<Option<Freshness>, Failure> {
    let Some(number) = folder.last_freshness() else { return Ok(None) };
    let record = folder.freshness(number);
    let freshness = Freshness::parse(&record.bytes()?);
    freshness.map(Some).map_err(|reason| record.refused(reason))
}
