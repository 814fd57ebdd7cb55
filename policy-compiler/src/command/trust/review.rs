//! `cofferdam grant review` and `grant revoke`: what becomes of a grant that has been made.

use super::super::{Ended, Ending, Failure, files};
use super::folder::Folder;
use super::freshness;
use super::grant::{Halves, found, shown, text};
use super::history::history;
use super::record::key_of;
use super::release::{seen_argument, was_seen};
use super::signer::Signer;
use super::{key_argument, misuse, now, refused, told, trust_argument};
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command};
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::{Approval, Key, Review, Time};
use cofferdam_policy_compiler::report::printable;
use cofferdam_policy_compiler::trust::{GrantFacts, REVIEWERS};
use serde_json::json;

fn id_argument() -> Arg {
    Arg::new("id").value_name("ID").help("Which one: `cofferdam grant list`").required(true)
}

pub(super) fn review_command() -> Command {
    let flag = |id: &'static str, help: &'static str| {
        Arg::new(id).long(id).action(ArgAction::SetTrue).help(help)
    };
    Command::new("review")
        .about("Says of an emergency, by somebody who did not open it, whether it was one")
        .arg(id_argument())
        .arg(flag("justified", "There was a reason for it"))
        .arg(flag("unjustified", "There was none"))
        .group(ArgGroup::new("whether").args(["justified", "unjustified"]).required(true))
        .arg(Arg::new("note").long("note").value_name("TEXT").help("What was found").required(true))
        .arg(key_argument())
        .arg(seen_argument())
        .arg(trust_argument())
        .after_help("Due 24 hours after the approval: else both lose their roles at the next root.")
}

pub(super) fn revoke_command() -> Command {
    Command::new("revoke")
        .about("Takes a grant back, for good, with the next freshness statement")
        .arg(id_argument())
        .arg(Arg::new("why").long("why").value_name("TEXT").help("Why").default_value(""))
        .arg(trust_argument())
        .after_help("Takes no key: it lets nothing cross. Hosts hear of it with the next bundle.")
}

/// `grant revoke`
pub(super) fn revoke(matches: &ArgMatches) -> Ended {
    let folder = Folder::of(matches)?;
    let halves = found(&folder, text(matches, "id"))?;
    let digest = halves.digest()?;
    let last = freshness::last_statement(&folder)?;
    if let Some(last) = last.filter(|last| last.revoked_grants.contains(&digest)) {
        let talk = format!("{}: freshness {} has taken it back already", halves.id, last.number);
        return Ok(Ending::done("", talk));
    }
    let next = "next: commit it, then cofferdam freshness issue, and cofferdam bundle";
    if halves.taken_back.exists() {
        let talk = format!("{}: it is to be taken back already\n{next}", halves.id);
        return Ok(Ending::done("", talk));
    }
    let why = text(matches, "why");
    let said = json!({ "grant": digest.to_string(), "at": now().to_string(), "why": why });
    let said = serde_json::to_string_pretty(&said).unwrap_or_default() + "\n";
    files::write(&halves.taken_back, said.as_bytes())?;
    let name = files::name(&halves.taken_back);
    Ok(Ending::done("", format!("{name}: written; it holds until hosts hear of it\n{next}")))
}

/// `grant review`
pub(super) fn review(matches: &ArgMatches) -> Ended {
    let (folder, now) = (Folder::of(matches)?, now());
    let root = folder.current(now)?.last;
    let path = files::path(matches, "key")?;
    let signer = Signer::open(path)?;
    let key = key_of(&root, &signer, path)?;
    freshness::signs_still(&folder, key, path)?;
    let halves = found(&folder, text(matches, "id"))?;
    let history = history(&folder)?;
    let digest = halves.digest()?;
    let facts = history.grants.iter().find(|grant| grant.id == digest);
    let facts = facts.filter(|grant| grant.review_due().is_some()).ok_or_else(|| {
        let help = "those of emergencies are reviewed that were approved: `cofferdam grant list`";
        refused(&halves.request.payload, "there is nothing to review", help)
    })?;
    if let Some(review) = &facts.review {
        let what = format!("{} has reviewed it, at {}", review.reviewer, review.reviewed_at);
        return Err(refused(&halves.review.payload, what, "one review is enough"));
    }
    if halves.review.exists() {
        let help = "remove it with the folder `review` beside it, and review the grant anew";
        return Err(refused(&halves.review.payload, "this review does not count", help));
    }
    may_review(key, facts, path, now)?;
    let shown = what_happened(facts);
    let seen = Digest::of(shown.as_bytes());
    let again = format!("grant review {} [the same options]", halves.id);
    if let Err(talk) = was_seen(matches, &seen, &again) {
        return Ok(Ending::refused(shown, talk));
    }
    let review = Review {
        request: digest,
        reviewer: key.holder.clone(),
        reviewed_at: now,
        justified: matches.get_flag("justified"),
        note: text(matches, "note").to_owned(),
    };
    write(&halves, &review, &signer, key, shown)
}

fn write(halves: &Halves, review: &Review, signer: &Signer, key: &Key, shown: String) -> Ended {
    let payload = review.write();
    if let Err(reason) = Review::parse(payload.as_bytes()) {
        let help = "write a note of some words in one line, of 512 bytes at most";
        return Err(misuse(told(reason), help));
    }
    halves.review.create(&payload)?;
    let written = halves.review.sign(signer, key)?;
    Ok(Ending::done(shown, format!("{}: reviewed by {}", files::name(&written), key.holder)))
}

fn may_review(
    key: &Key,
    facts: &GrantFacts,
    path: &std::path::Path,
    now: Time,
) -> Result<(), Failure> {
    if facts.is_of(&key.holder) {
        let help = "let somebody review it who neither asked for it nor approved it";
        return Err(refused(path, format_args!("{} opened it", key.holder), help));
    }
    if !REVIEWERS.iter().any(|role| key.roles.contains(role)) {
        let help = "those review who are approvers, of privacy, or hold roots";
        return Err(refused(path, format_args!("{} may not review", key.holder), help));
    }
    match key.period.is_active(now) {
        true => Ok(()),
        false => Err(refused(
            path,
            format_args!("this key holds from {} to {}", key.period.from, key.period.until),
            "those who hold roots renew it: `cofferdam root rotate --renew HOLDER`",
        )),
    }
}

/// What who reviews is shown.
fn what_happened(facts: &GrantFacts) -> String {
    let asked = |approval: &Approval| shown(&facts.request, approval);
    let mut out = facts.approval.as_ref().map(asked).unwrap_or_default();
    let by: Vec<_> = facts.opened_by().into_iter().collect();
    let at = facts.approval.as_ref().map(|approval| approval.approved_at.to_string());
    let line = format!("approved    {} by {}", at.unwrap_or_default(), by.join(", "));
    out.push_str(&printable(&line));
    out.push('\n');
    if let Some(due) = facts.review_due() {
        out.push_str(&format!("review due  {due}\n"));
    }
    out
}
