//! `cofferdam bundle`: the file that a host is given; and what a host would say of one.

use super::super::{Ended, Ending, Failure, files};
use super::folder::Folder;
use super::grant::Halves;
use super::release::examine;
use super::{misuse, now, refused, told, trust_argument};
use clap::{Arg, ArgMatches, Command};
use cofferdam_engine::Bundle;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::settings::Trust as Settings;
use cofferdam_engine::trust::{
    self, BundleFile, EngineVersion, Host, Memory, Reason, Release, Time, Trusted,
};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

pub(in super::super) fn command() -> Command {
    let number = clap::value_parser!(u64).range(1..);
    Command::new("bundle")
        .about("Puts the file together that a host is given: blob, release, roots, freshness")
        .arg(
            Arg::new("version")
                .value_name("VERSION")
                .help("Which release; the last")
                .value_parser(number),
        )
        .arg(files::argument("output", "FILE", "Bundle to write").short('o').long("output"))
        .arg(trust_argument())
        .after_help("Writes nothing that a host would refuse, and says why.")
}

/// What a host's settings would say.
pub(super) fn host_arguments() -> [Arg; 5] {
    let text = |id: &'static str, name: &'static str, help: &'static str| {
        Arg::new(id).long(id).value_name(name).help(help)
    };
    [
        text("bundle", "FILE", "A bundle, and not a release of the folder")
            .value_parser(clap::value_parser!(PathBuf))
            .requires("pin")
            .conflicts_with("version"),
        text("pin", "DIGEST", "The digest of the first root, as the host's settings have it"),
        text("host-audience", "NAME", "Which mesh the host is in; the one of the release"),
        text("host-module", "DIGEST", "The module that the host runs; one of the release"),
        text("at", "TIME", "What time it is there: 2027-06-30T12:00:00Z; now"),
    ]
}

pub(in super::super) fn run(matches: &ArgMatches) -> Ended {
    let (folder, now) = (Folder::of(matches)?, now());
    let version = asked(matches, &folder)?;
    let (file, before) = gather(&folder, version)?;
    let pin = folder.pin()?;
    let trusted = judge(&file, pin, before, matches, now)
        .map_err(|reason| host_refuses(&folder.release(version).payload, reason))?;
    let bytes = file.write().filter(|bytes| BundleFile::parse(bytes).as_ref() == Ok(&file));
    let bytes = bytes.ok_or_else(|| {
        refused(folder.path(), "this is more than a bundle holds", "take old roots or grants out")
    })?;
    let output = files::path(matches, "output")?;
    files::write(output, &bytes)?;
    let mut talk = said(&trusted, &file);
    let _ = write!(talk, "\nhosts are told: pin {pin}, audience {}", trusted.release.audience);
    Ok(Ending::done(format!("{}  {}\n", Digest::of(&bytes), files::name(output)), talk))
}

fn asked(matches: &ArgMatches, folder: &Folder) -> Result<u64, Failure> {
    let last = folder.last_release().ok_or_else(|| {
        refused(folder.path(), "there is no release here", "make one: `cofferdam release propose`")
    })?;
    Ok(matches.get_one::<u64>("version").copied().unwrap_or(last))
}

fn host_refuses(place: &Path, reason: Reason) -> Failure {
    let help = match reason {
        Reason::QuorumShort | Reason::HolderTwice | Reason::AuthorApproves | Reason::Unsigned => {
            "`cofferdam release show` says who has signed, and who must"
        }
        Reason::KeyExpired | Reason::KeyNotYet => {
            "renew it: `cofferdam root rotate --renew HOLDER`"
        }
        Reason::KeyRevoked => "somebody whose key is not revoked must sign",
        Reason::RootExpired => "make the next root: `cofferdam root rotate`",
        Reason::ReleaseExpired | Reason::Unconfirmed => {
            "propose it anew: `cofferdam release propose`"
        }
        Reason::OtherModule => {
            "a release names the modules that may run it: `cofferdam release propose --module`"
        }
        Reason::FreshnessExpired | Reason::FreshnessMissing | Reason::FreshnessLong => {
            "say what is current: `cofferdam freshness issue`"
        }
        Reason::NotABundle => {
            "hosts take what `cofferdam bundle` writes of a signed release, whole"
        }
        _ => "see who changed what: `git log` of the folder",
    };
    refused(place, format_args!("no host would take it: {}", told(reason)), help)
}

/// Everything of a release, as a host gets it, and the policy before it.
fn gather(folder: &Folder, version: u64) -> Result<(BundleFile, Option<Bundle>), Failure> {
    let (chain, _) = folder.chain()?;
    let examined = examine(folder, version)?;
    let mut grants = Vec::new();
    for halves in Halves::all(folder) {
        grants.extend(halves.envelopes(now())?);
    }
    let freshness = folder.last_freshness().map(|number| folder.freshness(number).envelope());
    let file = BundleFile {
        blob: examined.built.blob,
        roots: folder.roots(chain.last.version)?,
        release: Some(folder.release(version).envelope()?),
        freshness: freshness.transpose()?,
        grants,
    };
    Ok((file, examined.before.map(|built| built.bundle)))
}

/// What a host says on which the release before is in force.
fn judge(
    file: &BundleFile,
    pin: Digest,
    before: Option<Bundle>,
    matches: &ArgMatches,
    now: Time,
) -> Result<Trusted, Reason> {
    // What it says of itself is only taken for what the host's settings are not known to say.
    let release = file.release.as_ref().ok_or(Reason::ReleaseMissing)?;
    let release = Release::parse(release.unverified())?;
    let given = |id: &str| matches.try_get_one::<String>(id).ok().flatten();
    let module = given("host-module").and_then(|text| trust::digest(text));
    let host = Host {
        pin,
        audience: given("host-audience").unwrap_or(&release.audience),
        floor: Some(release.version),
        module: module.or_else(|| release.modules.first().copied()),
        engine: EngineVersion::this(),
    };
    let memory = Memory { active: before.as_ref(), ..Memory::default() };
    trust::verify(file, &host, &memory, now)
}

/// What a bundle comes to, in a few lines.
fn said(trusted: &Trusted, file: &BundleFile) -> String {
    let release = &trusted.release;
    let mut out = format!(
        "version {} of `{}`, written by {}, signed by {}; it holds to {}",
        release.version,
        release.policy,
        release.author,
        trusted.holders.join(", "),
        trusted.period.until
    );
    for alert in &trusted.alerts {
        let _ = write!(out, "\nwarning: {}", told(*alert));
    }
    for grant in &trusted.grants {
        let id: String = grant.id.to_string().chars().take(16).collect();
        let by = grant.approvers.join(", ");
        let _ = write!(out, "\ngrant {id} of {}, approved by {by}, holds", grant.requester);
        let _ = write!(out, " to {}", grant.period.until);
    }
    for (n, reason) in &trusted.refused {
        let id = file.grants.get(*n).map(|grant| grant.request.digest().to_string());
        let id: String = id.unwrap_or_default().chars().take(16).collect();
        let _ = write!(out, "\nwarning: grant {id} does not hold: {}", told(*reason));
    }
    out
}

/// `release verify`
pub(super) fn verify(matches: &ArgMatches) -> Ended {
    let at = super::at(matches)?;
    for id in ["pin", "host-module"] {
        let text = matches.get_one::<String>(id);
        if text.is_some_and(|text| trust::digest(text).is_none()) {
            return Err(misuse(format_args!("`--{id}` is no digest"), "write 64 small hex digits"));
        }
    }
    let pin = matches.get_one::<String>("pin").and_then(|text| trust::digest(text));
    if let Some(path) = matches.get_one::<PathBuf>("bundle") {
        let refuse = |reason| host_refuses(path, reason);
        let file = BundleFile::parse(&files::read(path)?).map_err(refuse)?;
        let pin = pin.unwrap_or(Digest([0; 32]));
        let trusted = judge(&file, pin, None, matches, at).map_err(refuse)?;
        return Ok(Ending::done(said(&trusted, &file) + "\n", ""));
    }
    let folder = Folder::of(matches)?;
    let version = asked(matches, &folder)?;
    let (file, before) = gather(&folder, version)?;
    let pin = match pin {
        Some(pin) => pin,
        None => folder.pin()?,
    };
    let trusted = judge(&file, pin, before, matches, at)
        .map_err(|reason| host_refuses(&folder.release(version).payload, reason))?;
    Ok(Ending::done(said(&trusted, &file) + "\n", ""))
}

/// Whether a file is a bundle.
///
/// # Errors
/// When there is none.
pub(in super::super) fn is_bundle(path: &Path) -> Result<bool, Failure> {
    Ok(files::read(path)?.starts_with(b"CFBN"))
}

/// A bundle that a host would take that runs this module, and what that host is to be told.
///
/// # Errors
/// When it would not.
pub(in super::super) fn deployable(
    matches: &ArgMatches,
    path: &Path,
    module: Digest,
) -> Result<(Vec<u8>, BundleFile, Settings), Failure> {
    let refuse = |reason| host_refuses(path, reason);
    let bytes = files::read(path)?;
    let file = BundleFile::parse(&bytes).map_err(refuse)?;
    let release = file.release.as_ref().ok_or(Reason::ReleaseMissing).map_err(refuse)?;
    // Taken for what the host is to be told, and held against that at once.
    let release = Release::parse(release.unverified()).map_err(refuse)?;
    let pin = match matches.get_one::<String>("pin") {
        Some(text) => Some(
            trust::digest(text)
                .ok_or_else(|| misuse("`--pin` is no digest", "write 64 small hex digits"))?,
        ),
        None => file.roots.first().map(|root| root.digest()),
    };
    let audience = matches.get_one::<String>("audience").unwrap_or(&release.audience);
    let floor = matches.get_one::<u64>("release-floor").copied().or(Some(release.version));
    let host = Host {
        pin: pin.ok_or(Reason::RootMissing).map_err(refuse)?,
        audience,
        floor,
        module: Some(module),
        engine: EngineVersion::this(),
    };
    trust::verify(&file, &host, &Memory::default(), now()).map_err(refuse)?;
    let audience = Some(audience.clone());
    let settings = Settings { root: pin, audience, floor, module: Some(module) };
    Ok((bytes, file, settings))
}
