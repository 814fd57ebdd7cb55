//! Reads who gets which key and which act takes whom, as people type it.

use super::super::{Failure, files};
use super::{misuse, refused, signer};
use cofferdam_engine::trust::{Act, Key, Period, Quorum, Reason, Role, Root, is_name};
use cofferdam_policy_compiler::report::printable;
use std::path::Path;

/// `ann=author,root=ann.key.pub`
pub(super) fn key(text: &str, period: Period) -> Result<Key, Failure> {
    let wrong = |what: &str| {
        misuse(
            format_args!("`{}`: {what}", printable(text)),
            "write HOLDER=ROLES=FILE, as in `ann=author,root=ann.key.pub`; roles are author, \
             approver, privacy, requester, root, and online for a machine's key",
        )
    };
    let mut parts = text.splitn(3, '=');
    let (Some(holder), Some(roles), Some(file)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(wrong("this is no holder with roles and a key"));
    };
    if !is_name(holder) {
        return Err(wrong("a holder's name has small letters, digits, `.`, `_` and `-`"));
    }
    let mut list = Vec::new();
    for role in roles.split(',') {
        match Role::of(role) {
            Some(role) if !list.contains(&role) => list.push(role),
            Some(_) => return Err(wrong("a role stands there twice")),
            None => return Err(wrong("there is no such role")),
        }
    }
    let path = Path::new(file);
    let public = String::from_utf8(files::read(path)?).ok();
    let public = public.and_then(|text| signer::read_public(&text)).ok_or_else(|| {
        let help = "name the .pub of a key: of `cofferdam key new`, or of SSH's type `ssh-ed25519`";
        refused(path, "this is no public key that signs here", help)
    })?;
    Ok(Key { holder: holder.to_owned(), public, roles: list, period })
}

/// `root=root:2`, `open=author:1,approver:1,privacy:1`
pub(super) fn quorum(text: &str) -> Result<(Act, Quorum), Failure> {
    let wrong = |what: &dyn std::fmt::Display| {
        misuse(
            format_args!("`{}`: {what}", printable(text)),
            "write ACT=ROLE:HOLDERS,.., as in `open=author:1,approver:1,privacy:1`; acts are open, \
             tighten, grant, break_glass, root and freshness",
        )
    };
    let (act, roles) = text.split_once('=').ok_or_else(|| wrong(&"this is no act with roles"))?;
    let act = Act::ALL.into_iter().find(|known| known.name() == act);
    let act = act.ok_or_else(|| wrong(&"there is no such act"))?;
    let mut list = Vec::new();
    for part in roles.split(',') {
        let (role, holders) = part.split_once(':').unwrap_or((part, ""));
        let role = Role::of(role).ok_or_else(|| wrong(&"there is no such role"))?;
        let holders = holders.parse().map_err(|_| wrong(&"how many holders of a role?"))?;
        list.push((role, holders));
    }
    let quorum = Quorum::new(act, &list);
    quorum.map(|quorum| (act, quorum)).map_err(|reason| wrong(&super::told(reason)))
}

/// What an act takes where nobody says else.
fn usual(act: Act) -> &'static str {
    match act {
        Act::Open => "open=author:1,approver:1,privacy:1",
        Act::Tighten => "tighten=author:1,approver:1",
        Act::Grant => "grant=requester:1,privacy:1",
        Act::BreakGlass => "break_glass=requester:1,approver:1",
        Act::Root => "root=root:3",
        Act::Freshness => "freshness=online:1",
    }
}

/// All acts: those that are given, else those of a root before, else the usual ones.
pub(super) fn quorums(given: &[String], before: Option<&Root>) -> Result<[Quorum; 6], Failure> {
    let given: Vec<_> = given.iter().map(|text| quorum(text)).collect::<Result<_, _>>()?;
    let of = |act: Act| match (given.iter().find(|(known, _)| *known == act), before) {
        (Some((_, quorum)), _) => Ok(quorum.clone()),
        (None, Some(root)) => Ok(root.quorum(act).clone()),
        (None, None) => quorum(usual(act)).map(|(_, quorum)| quorum),
    };
    Ok([
        of(Act::Open)?,
        of(Act::Tighten)?,
        of(Act::Grant)?,
        of(Act::BreakGlass)?,
        of(Act::Root)?,
        of(Act::Freshness)?,
    ])
}

/// Why there can be no such root, and what to do.
pub(super) fn no_root(reason: Reason, quorums: &[Quorum; 6], keys: &[Key]) -> Failure {
    let missing = Act::ALL.into_iter().zip(quorums).find_map(|(act, quorum)| {
        let short = Role::ALL.into_iter().find(|role| {
            let asked = quorum.slots().iter().filter(|slot| *slot == role).count();
            let mut holders: Vec<_> = keys.iter().filter(|key| key.roles.contains(role)).collect();
            holders.sort_by(|a, b| a.holder.cmp(&b.holder));
            holders.dedup_by(|a, b| a.holder == b.holder);
            holders.len() < asked
        })?;
        Some(format!("`{}` asks for more holders of `{}`", act.name(), short.name()))
    });
    let help = match (reason, missing) {
        (Reason::ThresholdUnmet, Some(missing)) => {
            format!("{missing}: add keys, or say what it takes with `--quorum`")
        }
        (Reason::ThresholdUnmet, None) => {
            "everybody fills one place only: add people, or say what it takes with `--quorum`"
                .to_owned()
        }
        _ => "give each key once, to one holder".to_owned(),
    };
    misuse(super::told(reason), help)
}
