//! `cofferdam freshness`: what is current and what is revoked, for a day, signed by a machine.

use super::super::{Ended, Ending, Failure, files};
use super::folder::Folder;
use super::grant;
use super::record::key_of;
use super::release::examine;
use super::signer::Signer;
use super::{key_argument, misuse, now, refused, told, trust_argument};
use clap::{Arg, ArgAction, ArgMatches, Command};
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::limits::FRESHNESS_SECONDS_MAX;
use cofferdam_engine::trust::{Act, Freshness, Period, Root, Time};

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
        .arg(many(
            "suspend",
            "HOLDER|ID",
            "Keys that sign no more until a statement leaves them out",
        ))
        .arg(key_argument())
        .arg(trust_argument())
        .after_help("What was revoked before stays revoked: nothing is to be named again.");
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
    for id in keys(matches, "revoke", &root)? {
        if !revoked_keys.contains(&id) {
            revoked_keys.push(id);
        }
    }
    let mut revoked_grants = before.as_ref().map(|b| b.revoked_grants.clone()).unwrap_or_default();
    for id in matches.get_many::<String>("revoke-grant").into_iter().flatten() {
        let request = grant::request_digest(&folder, id)?;
        if !revoked_grants.contains(&request) {
            revoked_grants.push(request);
        }
    }
    let from = Time(now.0.saturating_sub(60));
    let freshness = Freshness {
        number: before.as_ref().map_or(1, |before| before.number + 1),
        period: Period { from, until: from.after(FRESHNESS_SECONDS_MAX) },
        root: root.version,
        release: examined.release.seen(),
        revoked_keys,
        revoked_grants,
        suspended_keys: keys(matches, "suspend", &root)?,
    };
    // Who says that a release is current has seen that enough have signed it.
    let envelope = folder.release(version).envelope()?;
    let takes = |key: &Digest| freshness.takes_key(key);
    let signed = envelope.verify(&root, now, &takes);
    let met = signed.and_then(|signed| root.lets_run(&examined.release, &signed.signers));
    met.map_err(|reason| {
        let help = "`cofferdam release show` says who has signed, and who must";
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
    Ok(Ending::done("", talk))
}

fn last_statement(folder: &Folder) -> Result<Option<Freshness>, Failure> {
    let Some(number) = folder.last_freshness() else { return Ok(None) };
    let record = folder.freshness(number);
    let freshness = Freshness::parse(&record.bytes()?);
    freshness.map(Some).map_err(|reason| record.refused(reason))
}
