//! `cofferdam release status`: what is proposed, who has signed, who is missing, what is in force.
//! Reads what is signed and compiles nothing: whether it is what it says is asked by who signs it.

use super::super::{Ended, Ending, Failure};
use super::folder::Folder;
use super::history::{history, overdue};
use super::{at, at_argument, told, trust_argument};
use clap::{Arg, ArgAction, ArgMatches, Command};
use cofferdam_engine::trust::limits::{DAY, UNCONFIRMED_SECONDS};
use cofferdam_engine::trust::{Act, Change, Key, Release, Role, Root, Signers, Time};
use cofferdam_policy_compiler::report::printable;
use cofferdam_policy_compiler::trust::History;
use std::fmt::Write as _;

pub(super) fn command() -> Command {
    Command::new("status")
        .about("Says what is proposed, who has signed, who is missing, and what is in force")
        .arg(
            Arg::new("all")
                .long("all")
                .action(ArgAction::SetTrue)
                .help("Releases before the current one too"),
        )
        .arg(at_argument())
        .arg(trust_argument())
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let (folder, at) = (Folder::of(matches)?, at(matches)?);
    let history = history(&folder)?;
    let mut out = standing(&history, at);
    let current = history.current().map_or(0, |facts| facts.release.version);
    let all = matches.get_flag("all");
    for facts in &history.releases {
        if all || facts.release.version >= current {
            out.push('\n');
            let of = Status { folder: &folder, history: &history, at };
            of.release(&mut out, &facts.release)?;
        }
    }
    let mut talk = overdue(&history, at);
    for one in &history.omitted {
        let line = format!("warning: {}: it counts for nothing: {}", one.place, one.why);
        let _ = writeln!(talk, "{}", printable(&line));
    }
    let out: String = out.lines().map(|line| printable(line) + "\n").collect();
    Ok(Ending::done(out, talk))
}

/// `12 days`, `5 hours`; of what has ended nothing is left.
fn left(until: Time, at: Time) -> String {
    let seconds = until.since(at);
    let count = |n: u64, unit: &str| format!("{n} {unit}{}", if n == 1 { "" } else { "s" });
    match seconds {
        _ if until <= at => format!("ended at {until}"),
        DAY.. => format!("{} left, to {until}", count(seconds / DAY, "day")),
        3600.. => format!("{} left, to {until}", count(seconds / 3600, "hour")),
        _ => format!("{} left, to {until}", count(seconds / 60, "minute")),
    }
}

/// The root and what says what is current.
fn standing(history: &History, at: Time) -> String {
    let mut out = String::new();
    if let Some(root) = history.root() {
        let _ = writeln!(out, "root {}: {}", root.version, left(root.period.until, at));
    }
    match history.last_statement() {
        Some(last) => {
            let _ = writeln!(
                out,
                "freshness {}: version {} is current, {}; {} keys revoked, {} suspended",
                last.number,
                last.release.version,
                left(last.period.until, at),
                last.revoked_keys.len(),
                last.suspended_keys.len()
            );
        }
        None => out.push_str("nothing says yet what is current: `cofferdam freshness issue`\n"),
    }
    if history.releases.is_empty() {
        out.push_str("nothing is proposed yet: `cofferdam release propose`\n");
    }
    out
}

struct Status<'s> {
    folder: &'s Folder,
    history: &'s History,
    at: Time,
}

impl Status<'_> {
    fn release(&self, out: &mut String, release: &Release) -> Result<(), Failure> {
        let Some(root) = self.history.root() else { return Ok(()) };
        let last = self.history.last_statement();
        let envelope = self.folder.release(release.version).envelope()?;
        let taken = |id: &_| last.is_some_and(|last| last.takes_key(id));
        let signed = envelope.verify(root, self.at, &taken).map(|signed| signed.signers);
        let missing = |act: Act| match &signed {
            Ok(signers) => root.quorum(act).missing_begun(signers, &release.author, Role::Author),
            Err(_) => root.quorum(act).slots().to_vec(),
        };
        let (asked, open) = (missing(release.change.act()), missing(Act::Open));
        let enough = asked.is_empty() || open.is_empty();
        let is_current = last.is_some_and(|last| last.release == release.seen());
        let until = match open.is_empty() {
            true => release.period.until,
            false => release.period.until.min(release.issued.after(match release.change {
                Change::Opens => u64::MAX,
                Change::Tightens => UNCONFIRMED_SECONDS,
            })),
        };
        let state = match (is_current, enough, until <= self.at) {
            (_, _, true) => "has ended",
            (true, true, false) => "is current",
            (true, false, false) => "is current, and no host takes it any more",
            (false, true, false) => "may run, and is not current yet",
            (false, false, false) => "waits for signatures",
        };
        let _ = writeln!(out, "version {} of `{}` {state}", release.version, release.policy);
        let _ = writeln!(out, "  written by {}; it {}", release.author, release.change.name());
        let _ = writeln!(
            out,
            "  signed by  {}",
            match &signed {
                Ok(signers) => names(signers),
                Err(reason) => told(*reason),
            }
        );
        let names_left = |missing: &[Role]| {
            let line: Vec<_> =
                missing.iter().map(|role| self.who(root, *role, release, &signed)).collect();
            line.join("; ")
        };
        match (enough, release.change, open.is_empty()) {
            (false, _, _) => {
                let _ = writeln!(out, "  missing    {}", names_left(&asked));
            }
            (true, Change::Tightens, false) => {
                let _ = writeln!(out, "  to confirm {}", names_left(&open));
            }
            _ => {}
        }
        let _ = writeln!(out, "  time       {}", left(until, self.at));
        if !is_current && enough && until > self.at {
            out.push_str("  next       cofferdam freshness issue, then cofferdam bundle\n");
        }
        Ok(())
    }

    /// Those who could take a place: in the role, with a key that signs, and not in another place.
    fn who(
        &self,
        root: &Root,
        role: Role,
        release: &Release,
        signed: &Result<Signers<'_>, cofferdam_engine::trust::Reason>,
    ) -> String {
        let last = self.history.last_statement();
        let mut holders: Vec<&str> = Vec::new();
        let signs = |key: &&Key| {
            let taken = last.is_some_and(|last| last.takes_key(&key.public.id()));
            key.roles.contains(&role) && key.period.is_active(self.at) && !taken
        };
        for key in root.keys.iter().filter(signs) {
            let is_author = key.holder == release.author;
            let has_signed = signed
                .as_ref()
                .is_ok_and(|signers| signers.keys().iter().any(|other| other.holder == key.holder));
            let free = if role == Role::Author { is_author } else { !is_author };
            if free && !has_signed && !holders.contains(&key.holder.as_str()) {
                holders.push(&key.holder);
            }
        }
        match holders.is_empty() {
            true => format!("{}: nobody is left who could", role.name()),
            false => format!("{}: {}", role.name(), holders.join(" or ")),
        }
    }
}

fn names(signers: &Signers<'_>) -> String {
    let name = |key: &&Key| {
        let roles: Vec<_> = key.roles.iter().map(|role| role.name()).collect();
        format!("{} ({})", key.holder, roles.join(", "))
    };
    signers.keys().iter().map(name).collect::<Vec<_>>().join(", ")
}
