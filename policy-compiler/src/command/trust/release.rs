//! `cofferdam release`: a policy is proposed by one, shown to others, and signed by them.

use super::super::{Ended, Ending, Failure, files};
use super::folder::Folder;
use super::freshness::signs_still;
use super::record::key_of;
use super::root::short;
use super::shown::{self, Built};
use super::signer::Signer;
use super::sources::Sources;
use super::{days, days_argument, key_argument, misuse, now, refused, told, trust_argument};
use clap::{Arg, ArgAction, ArgMatches, Command};
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::limits::{DAY, RELEASE_SECONDS_MAX};
use cofferdam_engine::trust::{
    Change, EngineVersion, PayloadType, Period, Reason, Release, Role, Root, Seen, Time, is_name,
    signed_bytes,
};
use std::path::PathBuf;

/// Letters of a digest that show that it was seen.
const SEEN_MIN: usize = 12;

pub(in super::super) fn command() -> Command {
    let version = || {
        let number = clap::value_parser!(u64).range(1..);
        Arg::new("version").value_name("VERSION").help("Which one; the last").value_parser(number)
    };
    let propose = Command::new("propose")
        .about("Makes the next release of a policy, and signs it as its author")
        .arg(files::argument("policy", "POLICY", "Policy to release"))
        .arg(key_argument())
        .arg(
            Arg::new("audience")
                .long("audience")
                .value_name("NAME")
                .help("Which mesh it is for; as before, unless it is the first"),
        )
        .arg(
            Arg::new("module")
                .long("module")
                .value_name("FILE|DIGEST")
                .help("Module of the filter that may run it; as before, unless it is the first")
                .action(ArgAction::Append),
        )
        .arg(days_argument("Days that it holds", "30", 90))
        .arg(trust_argument());
    let show = Command::new("show")
        .about("Shows what a release does, what was tested, who wrote it and who has signed")
        .arg(version())
        .arg(
            Arg::new("to-sign")
                .long("to-sign")
                .value_name("FILE")
                .help("Write the bytes that are signed: for `ssh-keygen -Y sign -n cofferdam`")
                .value_parser(clap::value_parser!(PathBuf)),
        )
        .arg(trust_argument());
    let approve = Command::new("approve")
        .about("Compiles a release anew, shows what it does, and signs what was shown")
        .arg(version())
        .arg(key_argument())
        .arg(seen_argument())
        .arg(trust_argument());
    let verify = Command::new("verify")
        .about("Says whether a host would take a release, or a bundle")
        .arg(version())
        .arg(trust_argument())
        .args(super::bundle::host_arguments());
    Command::new("release")
        .about("Releases of a policy: proposed by one, approved by others")
        .subcommand_required(true)
        .subcommands([propose, show, approve, super::status::command(), verify])
}

pub(in super::super) fn run(matches: &ArgMatches) -> Ended {
    match matches.subcommand() {
        Some(("propose", matches)) => propose(matches),
        Some(("show", matches)) => show(matches),
        Some(("approve", matches)) => approve(matches),
        Some(("status", matches)) => super::status::run(matches),
        Some(("verify", matches)) => super::bundle::verify(matches),
        _ => Err(Failure::misuse(
            "error: `release propose`, `show`, `approve`, `status` or `verify`",
        )),
    }
}

/// The argument that shows that somebody has seen what they sign.
pub(super) fn seen_argument() -> Arg {
    Arg::new("seen")
        .long("seen")
        .value_name("DIGEST")
        .help("The beginning of the digest of what you were shown; without it nothing is signed")
}

/// Nothing is signed that nobody has seen.
pub(super) fn was_seen(matches: &ArgMatches, digest: &Digest, what: &str) -> Result<(), String> {
    let digest = digest.to_string();
    match matches.get_one::<String>("seen") {
        Some(seen) if seen.len() >= SEEN_MIN && digest.starts_with(seen.as_str()) => Ok(()),
        Some(_) => Err(format!(
            "error: this is not what you have seen: its digest begins with {}\n\
             help: read it again; nothing is signed",
            &digest[..16]
        )),
        None => Err(format!(
            "nothing is signed yet; read what is above, then\n  cofferdam {what} -k FILE --seen {}",
            &digest[..16]
        )),
    }
}

/// The release before, checked: signed by those who had to when it was made, and its text the one
/// that they signed. Else what is shown as a change could be one from anything.
pub(super) struct Previous {
    release: Release,
    built: Built,
}

fn previous(folder: &Folder, version: u64) -> Result<Previous, Failure> {
    let record = folder.release(version);
    let envelope = record.envelope()?;
    let last = folder.last_root().unwrap_or(0);
    let (chain, _) = folder.chain()?;
    let mut why = Reason::Unsigned;
    let mut release = None;
    for root in (1..=chain.last.version.min(last)).rev() {
        let root = folder.unsigned_root(root)?;
        match read_signed(&envelope, &root) {
            Ok(read) => {
                release = Some(read);
                break;
            }
            Err(reason) => why = reason,
        }
    }
    let release = release.ok_or_else(|| {
        let help = "let those approve it who must, or remove the folder and propose it anew";
        refused(&record.payload, format_args!("no host takes this release ({})", told(why)), help)
    })?;
    let place = folder.release_folder(version).join("source");
    let sources = Sources::of_release(&place)?;
    if sources.digest() != release.source {
        let help = "`git log` of this folder says who changed it: bring it back";
        return Err(refused(&place, "this is not the text that was signed", help));
    }
    Ok(Previous { release, built: Built::new(&sources, &place)? })
}

/// A release that those have signed who had to when it was made.
fn read_signed(
    envelope: &cofferdam_engine::trust::Envelope,
    root: &Root,
) -> Result<Release, Reason> {
    // When it was made is not known before it may be read; so it is read with keys of any time,
    // and then again with those of its own.
    let issued = envelope.signed_at_some_time(root).and_then(Release::parse)?.issued;
    let signed = envelope.verify(root, issued, &|_| false)?;
    let release = Release::parse(signed.payload)?;
    root.lets_run(&release, &signed.signers)?;
    Ok(release)
}

fn modules(matches: &ArgMatches, before: Option<&Release>) -> Result<Vec<Digest>, Failure> {
    let mut modules = Vec::new();
    for given in matches.get_many::<String>("module").into_iter().flatten() {
        let digest = match cofferdam_engine::trust::digest(given) {
            Some(digest) => digest,
            None => Digest::of(&files::read(&PathBuf::from(given))?),
        };
        if !modules.contains(&digest) {
            modules.push(digest);
        }
    }
    match (modules.is_empty(), before) {
        (false, _) => Ok(modules),
        (true, Some(before)) => Ok(before.modules.clone()),
        (true, None) => Err(misuse(
            "the first release says which module of the filter may run it",
            "add `--module cofferdam.wasm`, or its SHA-256",
        )),
    }
}

fn propose(matches: &ArgMatches) -> Ended {
    let (folder, now) = (Folder::of(matches)?, now());
    let root = folder.current(now)?.last;
    let path = files::path(matches, "key")?;
    let signer = Signer::open(path)?;
    let key = key_of(&root, &signer, path)?;
    if !key.roles.contains(&Role::Author) {
        let help = "let an author propose it; `cofferdam root show` lists roles";
        return Err(refused(
            path,
            format_args!("{} is no author in root {}", key.holder, root.version),
            help,
        ));
    }
    signs_still(&folder, key, path)?;
    let policy = files::path(matches, "policy")?;
    let sources = Sources::of_policy(policy)?;
    let new = Built::new(&sources, policy)?;
    let before = folder.last_release().map(|last| previous(&folder, last)).transpose()?;
    let release = drafted(matches, &key.holder, &new, before.as_ref(), now)?;
    let text = shown::text(&release, before.as_ref().map(|before| &before.built), &new, policy)?;
    let release = Release { shown: Digest::of(text.as_bytes()), ..release };
    let payload = release.write();
    if let Err(reason) = Release::parse(payload.as_bytes()) {
        return Err(refused(policy, told(reason), "no host would take this release"));
    }
    let record = folder.release(release.version);
    sources.write(&folder.release_folder(release.version).join("source"))?;
    files::write(&folder.release_folder(release.version).join("shown.txt"), text.as_bytes())?;
    record.create(&payload)?;
    record.sign(&signer, key)?;
    let needs: Vec<_> =
        root.quorum(release.change.act()).slots().iter().map(|role| role.name()).collect();
    let talk = format!(
        "{}: proposed, and signed by {} as its author\nit takes {}, all different people\n\
         {}next: commit it, and let others run `cofferdam release approve`",
        files::name(&folder.release_folder(release.version)),
        key.holder,
        needs.join(" + "),
        match release.change {
            Change::Opens => "",
            Change::Tightens =>
                "and holds for three days then, unless those sign too who let a release open\n",
        }
    );
    Ok(Ending::done(text, talk))
}

/// What the release says, but for what is shown of it.
fn drafted(
    matches: &ArgMatches,
    author: &str,
    new: &Built,
    before: Option<&Previous>,
    now: Time,
) -> Result<Release, Failure> {
    let (change, _) = shown::change(before.map(|before| &before.built), new)?;
    let before = before.map(|before| &before.release);
    let audience = matches.get_one::<String>("audience").cloned();
    let audience = audience.or_else(|| before.map(|before| before.audience.clone()));
    let audience = audience.filter(|audience| is_name(audience)).ok_or_else(|| {
        misuse(
            "the release does not say which mesh it is for",
            "add `--audience NAME`: small letters, digits, `.`, `_` and `-`, as in hosts' settings",
        )
    })?;
    let policy = new.bundle.tables().policy.clone();
    if let Some(before) = before.filter(|before| before.policy != policy) {
        return Err(misuse(
            format_args!(
                "this is the policy `{policy}`, and the releases here are of `{}`",
                before.policy
            ),
            "keep each policy in a folder of its own: `--trust FOLDER`",
        ));
    }
    let from = Time(now.0.saturating_sub(60));
    let until = from.after((days(matches) * DAY).min(RELEASE_SECONDS_MAX));
    let blob = Digest::of(&new.blob);
    Ok(Release {
        policy,
        version: before.map_or(1, |before| before.version + 1),
        blob,
        source: new.digest,
        previous: before.map(|before| Seen { version: before.version, digest: before.blob }),
        issued: from,
        period: Period { from, until },
        change,
        modules: modules(matches, before)?,
        author: author.to_owned(),
        audience,
        engine_min: EngineVersion::this(),
        shown: Digest([0; 32]),
    })
}

fn version(matches: &ArgMatches, folder: &Folder) -> Result<u64, Failure> {
    let last = folder.last_release().ok_or_else(|| {
        refused(folder.path(), "there is no release here", "make one: `cofferdam release propose`")
    })?;
    Ok(matches.get_one::<u64>("version").copied().unwrap_or(last))
}

/// A release, compiled anew from its source, with everything that it says checked.
pub(super) struct Examined {
    pub(super) release: Release,
    pub(super) built: Built,
    pub(super) before: Option<Built>,
}

/// Compiles a release anew and refuses it when anything is other than it says.
pub(super) fn examine(folder: &Folder, version: u64) -> Result<Examined, Failure> {
    let record = folder.release(version);
    let payload = record.bytes()?;
    let release = Release::parse(&payload).map_err(|reason| record.refused(reason))?;
    let other = |what: &str| {
        let help = "do not sign it; ask who wrote it to propose it anew";
        Err(refused(&record.payload, what, help))
    };
    if release.version != version {
        return other("it is of another version than its folder");
    }
    let place = folder.release_folder(version).join("source");
    let sources = Sources::of_release(&place)?;
    let built = Built::new(&sources, &place)?;
    if built.digest != release.source {
        return other("the source beside it is not the one that it names");
    }
    if Digest::of(&built.blob) != release.blob {
        return other(
            "the source compiles to another blob than it names, with this version of cofferdam",
        );
    }
    let before = release.previous.map(|seen| previous(folder, seen.version)).transpose()?;
    if before.as_ref().map(|before| before.release.seen()) != release.previous {
        return other("the release before it is another one than it names");
    }
    if before.is_none() && version != 1 {
        return other("it says that it is the first one, and it is not");
    }
    let before = before.map(|before| before.built);
    let (change, _) = shown::change(before.as_ref(), &built)?;
    if release.change == Change::Tightens && change == Change::Opens {
        return other("it says that it only tightens, and that is not proven");
    }
    Ok(Examined { release, built, before })
}

/// What its author was shown, made anew here: tested and drilled again.
fn shown_again(folder: &Folder, examined: &Examined) -> Result<String, Failure> {
    let Examined { release, built, before } = examined;
    let place = folder.release_folder(release.version).join("source");
    let text = shown::text(release, before.as_ref(), built, &place)?;
    match Digest::of(text.as_bytes()) == release.shown {
        true => Ok(text),
        false => Err(refused(
            &folder.release(release.version).payload,
            "its author was shown something else than what it comes to here",
            "do not sign it; ask who wrote it to propose it anew, with this version of cofferdam",
        )),
    }
}

fn show(matches: &ArgMatches) -> Ended {
    let (folder, now) = (Folder::of(matches)?, now());
    let version = version(matches, &folder)?;
    let examined = examine(&folder, version)?;
    let text = shown_again(&folder, &examined)?;
    if let Some(path) = matches.get_one::<PathBuf>("to-sign") {
        let bytes = folder.release(version).bytes()?;
        files::write(path, &signed_bytes(PayloadType::Release, &bytes))?;
    }
    let talk = format!(
        "{}\nto approve it: cofferdam release approve {version} -k FILE --seen {}",
        state(&folder, &examined, now)?,
        short(&examined.release.shown)
    );
    Ok(Ending::done(text, talk))
}

/// Who has signed, and what a host would say.
fn state(folder: &Folder, examined: &Examined, now: Time) -> Result<String, Failure> {
    let root = folder.current(now)?.last;
    let release = &examined.release;
    let slots: Vec<_> =
        root.quorum(release.change.act()).slots().iter().map(|role| role.name()).collect();
    let envelope = folder.release(release.version).envelope()?;
    let signed = match envelope.verify(&root, now, &|_| false) {
        Ok(signed) => {
            let mut holders: Vec<_> =
                signed.signers.keys().iter().map(|key| key.holder.clone()).collect();
            holders.dedup();
            let met = match root.lets_run(release, &signed.signers) {
                Ok(()) => "enough have signed".to_owned(),
                Err(reason) => told(reason),
            };
            format!("signed by {}; {met}", holders.join(", "))
        }
        Err(reason) => told(reason),
    };
    Ok(format!("it takes {}, all different people\n{signed}", slots.join(" + ")))
}

fn approve(matches: &ArgMatches) -> Ended {
    let (folder, now) = (Folder::of(matches)?, now());
    let version = version(matches, &folder)?;
    let root = folder.current(now)?.last;
    let path = files::path(matches, "key")?;
    let signer = Signer::open(path)?;
    let key = key_of(&root, &signer, path)?;
    let examined = examine(&folder, version)?;
    if key.holder == examined.release.author {
        let help = "let somebody else approve it: nobody does both, with whatever key";
        return Err(refused(path, format_args!("{} wrote this release", key.holder), help));
    }
    if !key.roles.contains(&Role::Approver) && !key.roles.contains(&Role::Privacy) {
        let help = "`cofferdam root show` lists who may approve";
        return Err(refused(
            path,
            format_args!("{} may not approve releases with this key", key.holder),
            help,
        ));
    }
    if !key.period.is_active(now) {
        let help = "those who hold roots renew it: `cofferdam root rotate --renew HOLDER`";
        return Err(refused(
            path,
            format_args!("this key holds from {} to {}", key.period.from, key.period.until),
            help,
        ));
    }
    signs_still(&folder, key, path)?;
    let text = shown_again(&folder, &examined)?;
    if let Err(talk) =
        was_seen(matches, &examined.release.shown, &format!("release approve {version}"))
    {
        return Ok(Ending::refused(text, talk));
    }
    let written = folder.release(version).sign(&signer, key)?;
    let talk = format!(
        "{}: approved by {}\n{}",
        files::name(&written),
        key.holder,
        state(&folder, &examined, now)?
    );
    Ok(Ending::done(text, talk))
}
