//! `cofferdam grant`: one asks for more to cross for a while, others approve it.

use super::super::{Ended, Ending, Failure, files};
use super::folder::Folder;
use super::freshness::signs_still;
use super::record::{Record, key_of};
use super::release::{Examined, examine, seen_argument, was_seen};
use super::review::{self, review_command, revoke_command};
use super::root::short;
use super::signer::Signer;
use super::{key_argument, misuse, now, refused, told, trust_argument};
use clap::{Arg, ArgAction, ArgMatches, Command};
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::{
    Act, Approval, GrantEnvelopes, PayloadType, Request, Role, Root, Time, digest,
    never_in_an_emergency,
};
use cofferdam_policy_compiler::report::printable;
use cofferdam_policy_compiler::say;
use cofferdam_policy_compiler::trust::REVIEW_SECONDS;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Letters of a request's digest that its folder is named by.
pub(super) const ID_LETTERS: usize = 16;

pub(in super::super) fn command() -> Command {
    let text = |id: &'static str, name: &'static str, help: &'static str| {
        Arg::new(id).long(id).value_name(name).help(help)
    };
    let many = |id, name, help| text(id, name, help).action(ArgAction::Append);
    let uses = || {
        text("uses", "N", "How many crossings may use it")
            .value_parser(clap::value_parser!(u64).range(1..))
    };
    let id =
        || Arg::new("id").value_name("ID").help("Which one: `cofferdam grant list`").required(true);
    let request = Command::new("request")
        .about("Asks for a grant, and signs that")
        .arg(text("boundary", "ID", "Over which boundary").required(true))
        .arg(many("category", "NAME", "For which category; no groups").required(true))
        .arg(text("action", "NAME", "What is done instead: `keep`").required(true))
        .arg(text("subject", "SPIFFE-ID", "For which one caller").required(true))
        .arg(many("path", "GLOB", "For which paths: `/orders/*`").required(true))
        .arg(text("for", "TIME", "For how long from its approval on: 30m, 2h, 1d").required(true))
        .arg(uses().default_value("1000"))
        .arg(text("ticket", "TEXT", "Where more is told of it").required(true))
        .arg(text("why", "TEXT", "Why").required(true))
        .arg(
            Arg::new("break-glass")
                .long("break-glass")
                .action(ArgAction::SetTrue)
                .help("It is an emergency: 30 minutes at most, and everybody is told"),
        )
        .arg(key_argument())
        .arg(trust_argument());
    let approve = Command::new("approve")
        .about("Shows what is asked for, and signs what of it is granted")
        .arg(id())
        .arg(text("for", "TIME", "For how long, if not for as long as was asked for"))
        .arg(uses())
        .arg(many("category", "NAME", "For which categories, if not for all that were asked for"))
        .arg(many("path", "GLOB", "For which paths, if not for all that were asked for"))
        .arg(key_argument())
        .arg(seen_argument())
        .arg(trust_argument());
    let list = Command::new("list")
        .about("Lists what was asked for, and what became of it")
        .arg(trust_argument());
    Command::new("grant")
        .about("More may cross for a while: asked for by one, approved by others")
        .subcommand_required(true)
        .subcommands([request, approve, list, revoke_command(), review_command()])
}

pub(in super::super) fn run(matches: &ArgMatches) -> Ended {
    match matches.subcommand() {
        Some(("request", matches)) => request(matches),
        Some(("approve", matches)) => approve(matches),
        Some(("list", matches)) => list(matches),
        Some(("revoke", matches)) => review::revoke(matches),
        Some(("review", matches)) => review::review(matches),
        _ => {
            Err(Failure::misuse("error: `grant request`, `approve`, `list`, `revoke` or `review`"))
        }
    }
}

/// Both halves of a grant.
#[derive(Clone, Debug)]
pub(super) struct Halves {
    /// The folder's name.
    pub(super) id: String,
    pub(super) request: Record,
    pub(super) approval: Record,
    /// What somebody says of it since, who did not open it.
    pub(super) review: Record,
    /// A file that takes it back by being there, whatever is in it.
    pub(super) taken_back: PathBuf,
}

impl Halves {
    fn of(folder: &Folder, id: &str) -> Self {
        let path = folder.path().join("grants").join(id);
        let record = |name: &str, payload_type| {
            Record::new(path.join(format!("{name}.json")), path.join(name), payload_type)
        };
        Self {
            id: id.to_owned(),
            request: record("request", PayloadType::Request),
            approval: record("approval", PayloadType::Approval),
            review: record("review", PayloadType::Review),
            taken_back: path.join("revoke.json"),
        }
    }

    /// All of a folder, by id.
    pub(super) fn all(folder: &Folder) -> Vec<Self> {
        let Ok(entries) = std::fs::read_dir(folder.path().join("grants")) else {
            return Vec::new();
        };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut ids: Vec<_> = names.filter(|name| is_id(name)).collect();
        ids.sort();
        ids.iter().map(|id| Self::of(folder, id)).collect()
    }

    /// As a bundle has it, when it is approved and has not ended: what has only fills bundles.
    pub(super) fn envelopes(&self, now: Time) -> Result<Option<GrantEnvelopes>, Failure> {
        if !self.approval.exists() {
            return Ok(None);
        }
        let approval = Approval::parse(&self.approval.bytes()?);
        let approval = approval.map_err(|reason| self.approval.refused(reason))?;
        if approval.approved_at.after(approval.seconds) <= now {
            return Ok(None);
        }
        let (request, approval) = (self.request.envelope()?, self.approval.envelope()?);
        Ok(Some(GrantEnvelopes { request, approval }))
    }

    /// The digest of the request.
    pub(super) fn digest(&self) -> Result<Digest, Failure> {
        Ok(Digest::of(&self.request.bytes()?))
    }

    /// What is taken back here: the request that was there when somebody said so, and the one that
    /// is there now.
    pub(super) fn taken_back_ids(&self) -> Result<Vec<Digest>, Failure> {
        let said = files::read(&self.taken_back)?;
        let said: Option<serde_json::Value> = serde_json::from_slice(&said).ok();
        let said = said.as_ref().and_then(|said| digest(said.get("grant")?.as_str()?));
        let said = said.filter(|digest| digest.to_string().starts_with(&self.id));
        let now = self.request.exists().then(|| self.digest()).transpose()?;
        Ok(said.into_iter().chain(now).collect())
    }

    fn read(&self) -> Result<Request, Failure> {
        let request = Request::parse(&self.request.bytes()?);
        request.map_err(|reason| self.request.refused(reason))
    }
}

/// The request and the approval of an id, if it is one.
pub(super) fn records(folder: &Folder, id: &str) -> Option<[Record; 2]> {
    let halves = is_id(id).then(|| Halves::of(folder, id))?;
    Some([halves.request, halves.approval])
}

fn is_id(text: &str) -> bool {
    text.len() == ID_LETTERS && digest(&text.repeat(64 / ID_LETTERS)).is_some()
}

pub(super) fn text<'m>(matches: &'m ArgMatches, id: &str) -> &'m str {
    matches.get_one::<String>(id).map_or("", String::as_str)
}

fn many(matches: &ArgMatches, id: &str) -> Vec<String> {
    matches.get_many::<String>(id).into_iter().flatten().cloned().collect()
}

/// `30m`, `2h`, `1d`
pub(super) fn seconds(text: &str) -> Result<u64, Failure> {
    let unit = |letter: Option<char>| match letter {
        Some('m') => Some(60),
        Some('h') => Some(60 * 60),
        Some('d') => Some(24 * 60 * 60),
        _ => None,
    };
    let number =
        text.get(..text.len().saturating_sub(1)).and_then(|digits| digits.parse::<u64>().ok());
    let seconds = unit(text.chars().last()).zip(number).and_then(|(unit, n)| n.checked_mul(unit));
    seconds.filter(|seconds| *seconds > 0).ok_or_else(|| {
        let what = format!("`{}` is no length of time", printable(text));
        misuse(what, "write minutes, hours or days: 30m, 2h, 1d")
    })
}

/// The release that a grant is for: the last one.
fn current(folder: &Folder) -> Result<Examined, Failure> {
    let last = folder.last_release().ok_or_else(|| {
        refused(folder.path(), "there is no release here", "make one: `cofferdam release propose`")
    })?;
    examine(folder, last)
}

fn request(matches: &ArgMatches) -> Ended {
    let (folder, now) = (Folder::of(matches)?, now());
    let root = folder.current(now)?.last;
    let path = files::path(matches, "key")?;
    let signer = Signer::open(path)?;
    let key = key_of(&root, &signer, path)?;
    if !key.roles.contains(&Role::Requester) {
        let help = "`cofferdam root show` lists who may ask for grants";
        return Err(refused(path, format_args!("{} has no role `requester`", key.holder), help));
    }
    signs_still(&folder, key, path)?;
    let examined = current(&folder)?;
    let request = Request {
        requester: key.holder.clone(),
        audience: examined.release.audience.clone(),
        policy: examined.release.policy.clone(),
        boundary: text(matches, "boundary").to_owned(),
        categories: many(matches, "category"),
        action: text(matches, "action").to_owned(),
        why: text(matches, "why").to_owned(),
        ticket: text(matches, "ticket").to_owned(),
        seconds: seconds(text(matches, "for"))?,
        subject: text(matches, "subject").to_owned(),
        paths: many(matches, "path"),
        uses: matches.get_one::<u64>("uses").copied().unwrap_or(1),
        requested: Time(now.0.saturating_sub(60)),
        break_glass: matches.get_flag("break-glass"),
    };
    allowed(&request, &examined)?;
    let payload = request.write();
    if let Err(reason) = Request::parse(payload.as_bytes()) {
        return Err(misuse(
            told(reason),
            "name one caller by SPIFFE id, categories and no groups, paths with their first \
             segment, 30 days at most, and in an emergency 30 minutes",
        ));
    }
    let id: String = Digest::of(payload.as_bytes()).to_string().chars().take(ID_LETTERS).collect();
    let halves = Halves::of(&folder, &id);
    halves.request.create(&payload)?;
    halves.request.sign(&signer, key)?;
    let act = if request.break_glass { Act::BreakGlass } else { Act::Grant };
    let takes: Vec<_> = root.quorum(act).slots().iter().map(|role| role.name()).collect();
    let talk = format!(
        "{}: asked for by {}\nit takes {}, all different people\n\
         next: commit it, and let others run `cofferdam grant approve {id}`",
        files::name(&halves.request.payload),
        key.holder,
        takes.join(" + ")
    );
    Ok(Ending::done(format!("{id}\n"), talk))
}

/// What the policy lets a grant ask for. The engine asks the same of every bundle.
fn allowed(request: &Request, examined: &Examined) -> Result<(), Failure> {
    let tables = examined.built.bundle.tables();
    let wrong = |what: String, help: String| Err(misuse(what, help));
    let granting = tables.boundaries.iter().filter(|boundary| boundary.grants.is_some());
    let granting: Vec<_> = granting.map(|boundary| boundary.id.as_str()).collect();
    let boundary = tables.boundaries.iter().find(|boundary| boundary.id == request.boundary);
    let Some(grants) = boundary.and_then(|boundary| boundary.grants.as_ref()) else {
        let what = format!("nothing may be granted over `{}`", printable(&request.boundary));
        let help = match granting.is_empty() {
            true => "the policy has no boundary with `grants`".to_owned(),
            false => format!("something may over {}", granting.join(", ")),
        };
        return wrong(what, help);
    };
    let names: Vec<_> = grants
        .categories
        .iter()
        .filter_map(|id| tables.categories.get(id.index()))
        .map(|category| category.name.as_str())
        .collect();
    if let Some(other) = request.categories.iter().find(|name| !names.contains(&name.as_str())) {
        let what = format!("`{}` may not be granted over `{}`", printable(other), request.boundary);
        return wrong(what, format!("these may: {}", names.join(", ")));
    }
    let group = |name: &str| {
        let found = tables.categories.iter().find(|category| category.name == name);
        found.map_or("", |category| category.group.as_str())
    };
    let mut asked = request.categories.iter().filter(|_| request.break_glass);
    if let Some(never) = asked.find(|name| never_in_an_emergency(group(name))) {
        let what = format!("no emergency lets `{}` pass", printable(never));
        let help = format!("ask for a grant that is none: `@{}` takes time", group(never));
        return wrong(what, help);
    }
    let actions: Vec<_> = grants.actions.iter().map(|action| action.name.as_str()).collect();
    if !actions.contains(&request.action.as_str()) {
        let what = format!("a grant may not name `{}` here", printable(&request.action));
        return wrong(what, format!("it may name {}", actions.join(", ")));
    }
    Ok(())
}

/// What people are shown before they sign.
pub(super) fn shown(request: &Request, approval: &Approval) -> String {
    let narrowed = |narrowed: bool| if narrowed { "  (less than was asked for)" } else { "" };
    let time = |seconds: u64| say::time(u32::try_from(seconds).unwrap_or(u32::MAX));
    let mut out = String::new();
    if request.break_glass {
        out.push_str("AN EMERGENCY: everybody is told of it\n");
    }
    let _ = writeln!(out, "asked by    {} at {}", request.requester, request.requested);
    let _ = writeln!(out, "why         {}", request.why);
    let _ = writeln!(out, "ticket      {}", request.ticket);
    let _ = writeln!(out, "policy      {} for {}", request.policy, request.audience);
    let _ = writeln!(out, "over        {}", request.boundary);
    let _ = writeln!(
        out,
        "of          {}{}",
        approval.categories.join(", "),
        narrowed(approval.categories != request.categories)
    );
    let _ = writeln!(out, "is done     {}", request.action);
    let _ = writeln!(out, "caller      {}", request.subject);
    let _ = writeln!(
        out,
        "paths       {}{}",
        approval.paths.join(", "),
        narrowed(approval.paths != request.paths)
    );
    let _ = writeln!(
        out,
        "for         {} at most, from its approval on{}",
        time(approval.seconds),
        narrowed(approval.seconds != request.seconds)
    );
    let _ = writeln!(
        out,
        "uses        {} at most{}",
        approval.uses,
        narrowed(approval.uses != request.uses)
    );
    // Whoever asked chose the words: nothing hidden in them.
    out.lines().map(|line| printable(line) + "\n").collect()
}

fn approve(matches: &ArgMatches) -> Ended {
    let (folder, now) = (Folder::of(matches)?, now());
    let root = folder.current(now)?.last;
    let path = files::path(matches, "key")?;
    let signer = Signer::open(path)?;
    let key = key_of(&root, &signer, path)?;
    let halves = found(&folder, text(matches, "id"))?;
    let request = halves.read()?;
    asked_by_requester(&halves, &request, &root, now)?;
    if key.holder == request.requester {
        let help = "let somebody else approve it: nobody does both, with whatever key";
        return Err(refused(path, format_args!("{} asked for this grant", key.holder), help));
    }
    let act = if request.break_glass { Act::BreakGlass } else { Act::Grant };
    let slots = root.quorum(act).slots();
    let counts = |role: &&Role| **role != Role::Requester && key.roles.contains(role);
    if !slots.iter().any(|role| counts(&role)) {
        let help = "`cofferdam root show` says whom a grant takes";
        return Err(refused(path, format_args!("{} may not approve grants", key.holder), help));
    }
    signs_still(&folder, key, path)?;
    allowed(&request, &current(&folder)?)?;
    let approval = match halves.approval.exists() {
        true => earlier(&halves, &request)?,
        false => narrowed(matches, &request, &halves, now)?,
    };
    let shown = shown(&request, &approval);
    let digest = Digest::of(shown.as_bytes());
    if let Err(talk) =
        was_seen(matches, &digest, &format!("grant approve {} [the same options]", halves.id))
    {
        return Ok(Ending::refused(shown, talk));
    }
    if !halves.approval.exists() {
        halves.approval.create(&approval.write())?;
    }
    let written = halves.approval.sign(&signer, key)?;
    let ends = approval.approved_at.after(approval.seconds);
    let mut talk = format!(
        "{}: approved by {} ({}); it holds until {ends} at most, in the next bundle",
        files::name(&written),
        key.holder,
        short(&digest)
    );
    if request.break_glass {
        let due = approval.approved_at.after(REVIEW_SECONDS);
        let _ = write!(
            talk,
            "\nsomebody else reviews it by {due}: cofferdam grant review {}\n\
             where nobody does, both who opened it lose their roles at the next root",
            halves.id
        );
    }
    Ok(Ending::done(shown, talk))
}

pub(super) fn found(folder: &Folder, id: &str) -> Result<Halves, Failure> {
    let mut all = Halves::all(folder);
    all.retain(|halves| id.len() >= 6 && halves.id.starts_with(id));
    match all.pop() {
        Some(halves) if all.is_empty() => Ok(halves),
        _ => Err(misuse(
            format_args!("there is no one grant `{}`", printable(id)),
            "`cofferdam grant list` lists them; write six letters of an id or more",
        )),
    }
}

/// The signature of the one who asks holds, and is theirs.
fn asked_by_requester(
    halves: &Halves,
    request: &Request,
    root: &Root,
    now: Time,
) -> Result<(), Failure> {
    let envelope = halves.request.envelope()?;
    let signed = envelope.verify(root, now, &|_| false);
    let signed = signed.map_err(|reason| halves.request.refused(reason))?;
    match signed.signers.has(&request.requester, Role::Requester) {
        true => Ok(()),
        false => Err(refused(
            &halves.request.payload,
            format_args!("{} has not signed it as `requester`", printable(&request.requester)),
            "do not approve it: ask who made it",
        )),
    }
}

/// An approval that others have signed already: it is signed as it is.
fn earlier(halves: &Halves, request: &Request) -> Result<Approval, Failure> {
    let approval = Approval::parse(&halves.approval.bytes()?);
    let approval = approval.map_err(|reason| halves.approval.refused(reason))?;
    match approval.request == halves.digest()? && approval.is_within(request) {
        true => Ok(approval),
        false => Err(refused(
            &halves.approval.payload,
            "this approval is of another request, or wider than this one",
            "remove it, and approve the request anew",
        )),
    }
}

fn narrowed(
    matches: &ArgMatches,
    request: &Request,
    halves: &Halves,
    now: Time,
) -> Result<Approval, Failure> {
    let or = |given: Vec<String>, asked: &Vec<String>| {
        if given.is_empty() { asked.clone() } else { given }
    };
    let length = matches.get_one::<String>("for").map(|text| seconds(text)).transpose()?;
    let approval = Approval {
        request: halves.digest()?,
        approved_at: now,
        seconds: length.unwrap_or(request.seconds),
        categories: or(many(matches, "category"), &request.categories),
        paths: or(many(matches, "path"), &request.paths),
        uses: matches.get_one::<u64>("uses").copied().unwrap_or(request.uses),
    };
    let reads = Approval::parse(approval.write().as_bytes()).as_ref() == Ok(&approval);
    match reads && approval.is_within(request) {
        true => Ok(approval),
        false => Err(misuse(
            "this is more than was asked for",
            "an approval takes away: less time, fewer uses, some of the categories and paths",
        )),
    }
}

fn list(matches: &ArgMatches) -> Ended {
    let folder = Folder::of(matches)?;
    let mut out = String::new();
    for halves in Halves::all(&folder) {
        let request = halves.read()?;
        let state = match halves.approval.exists() {
            _ if halves.taken_back.exists() => "taken back".to_owned(),
            false => "waits for approval".to_owned(),
            true => {
                let approval = Approval::parse(&halves.approval.bytes()?);
                let approval = approval.map_err(|reason| halves.approval.refused(reason))?;
                let ends = approval.approved_at.after(approval.seconds);
                let ended = if ends > now() { "until" } else { "ended" };
                format!("approved, {ended} {ends}")
            }
        };
        let line = format!(
            "{}  {}  {} over {} to {}: {state}",
            halves.id,
            request.requester,
            request.categories.join(", "),
            request.boundary,
            request.action
        );
        let _ = writeln!(out, "{}", printable(&line));
    }
    let talk = if out.is_empty() { "nobody has asked for a grant" } else { "" };
    Ok(Ending::done(out, talk))
}
