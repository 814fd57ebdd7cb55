//! What a root says beside keys and quorums: limits on releases, grants and silence; and whose
//! roles go because nobody reviewed what they opened in an emergency.

use super::super::Failure;
use super::folder::Folder;
use super::grant::seconds;
use super::history::{history, of_emergency};
use super::{misuse, refused};
use clap::{Arg, ArgAction, ArgMatches};
use cofferdam_engine::trust::limits::{GRANT_SECONDS_MAX, RELEASE_GRACE_SECONDS};
use cofferdam_engine::trust::{Key, Role, Root, Time};
use cofferdam_policy_compiler::say;
use std::fmt::Write as _;

/// Limits of any root.
pub(super) fn arguments() -> [Arg; 2] {
    let text =
        |id: &'static str, help: &'static str| Arg::new(id).long(id).value_name("TIME").help(help);
    [
        text("grant-total", "For how long all grants over one boundary are open, together: 1d"),
        text("stale-limit", "How long after the last freshness statement messages cross on: 14d"),
    ]
}

/// What only a root with one before it can say.
pub(super) fn arguments_of_next() -> [Arg; 2] {
    [
        Arg::new("release-floor")
            .long("release-floor")
            .value_name("VERSION")
            .help("The least version of a release that hosts take; it only rises")
            .value_parser(clap::value_parser!(u64).range(1..)),
        Arg::new("suspend-overdue")
            .long("suspend-overdue")
            .action(ArgAction::SetTrue)
            .help("Takes the roles from those whose emergency nobody reviewed in time"),
    ]
}

fn length(matches: &ArgMatches, id: &str, max: u64) -> Result<Option<u64>, Failure> {
    let Some(text) = matches.get_one::<String>(id) else { return Ok(None) };
    let length = seconds(text)?;
    match length <= max {
        true => Ok(Some(length)),
        false => Err(misuse(
            format_args!("`--{id}` is longer than a root may say"),
            format_args!("it is {} at the most", say::time(u32::try_from(max).unwrap_or(u32::MAX))),
        )),
    }
}

/// Takes the limits that were given.
pub(super) fn limit(root: &mut Root, matches: &ArgMatches) -> Result<(), Failure> {
    if let Some(seconds) = length(matches, "grant-total", GRANT_SECONDS_MAX)? {
        root.grant_seconds_max = seconds;
    }
    if let Some(seconds) = length(matches, "stale-limit", RELEASE_GRACE_SECONDS)? {
        root.stale_seconds_max = seconds;
    }
    Ok(())
}

/// Takes the floor that was given: none that no release reaches, and none that falls.
pub(super) fn raise_floor(
    root: &mut Root,
    folder: &Folder,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let Some(floor) = matches.get_one::<u64>("release-floor").copied() else { return Ok(()) };
    let last = folder.last_release().unwrap_or(1);
    if floor < root.release_floor {
        let what = format!("the floor is {} already, and it only rises", root.release_floor);
        return Err(misuse(what, "leave `--release-floor` out"));
    }
    if floor > last.max(root.release_floor) {
        let what = format!("no release here is of version {floor} or above");
        return Err(misuse(what, format_args!("the last one is {last}")));
    }
    root.release_floor = floor;
    Ok(())
}

/// How a root tells its limits.
pub(super) fn told(root: &Root) -> String {
    let time = |seconds: u64| say::time(u32::try_from(seconds).unwrap_or(u32::MAX));
    format!(
        "releases of version {} or above; grants over one boundary open for {} together; without \
         freshness nothing crosses after {}\n",
        root.release_floor,
        time(root.grant_seconds_max),
        time(root.stale_seconds_max)
    )
}

/// Who opened something in an emergency that nobody reviewed in time has no role in the next root
/// in which they did it: it is reviewed, or taken out, or there is no next root.
pub(super) fn suspend(
    folder: &Folder,
    matches: &ArgMatches,
    before: &Root,
    keys: &mut Vec<Key>,
    now: Time,
) -> Result<String, Failure> {
    let history = history(folder)?;
    let (mut stakes, mut lines): (Vec<(String, Role)>, _) = (Vec::new(), String::new());
    for grant in history.overdue(now) {
        let mut theirs = grant.roles_at_stake(before);
        theirs.retain(|(holder, role)| {
            keys.iter().any(|key| key.holder == *holder && key.roles.contains(role))
        });
        if !theirs.is_empty() {
            let _ = writeln!(lines, "{}", of_emergency(grant));
        }
        stakes.extend(theirs.into_iter().filter(|one| !stakes.contains(one)).collect::<Vec<_>>());
    }
    // What cannot be read may be an emergency: whoever signs the root is told.
    let mut talk = match history.omitted.len() {
        0 => String::new(),
        n => format!("warning: {n} files count for nothing: `cofferdam trust report` names them\n"),
    };
    if stakes.is_empty() {
        return Ok(talk);
    }
    let whose: Vec<_> =
        stakes.iter().map(|(holder, role)| format!("{holder}: {}", role.name())).collect();
    if !matches.get_flag("suspend-overdue") {
        return Err(refused(
            folder.path(),
            format_args!("{}", lines.trim_end()),
            format_args!(
                "let somebody else review it, `cofferdam grant review`; or take the roles out with \
                 `--suspend-overdue` ({})",
                whose.join(", ")
            ),
        ));
    }
    for key in keys.iter_mut() {
        key.roles.retain(|role| !stakes.contains(&(key.holder.clone(), *role)));
    }
    keys.retain(|key| !key.roles.is_empty());
    let _ = writeln!(talk, "taken out, because nobody reviewed it: {}", whose.join(", "));
    Ok(talk)
}
