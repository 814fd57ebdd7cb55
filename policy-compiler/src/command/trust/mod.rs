//! Commands about who may let a policy run: keys, roots, releases, and the bundle that a host gets.
//! What is right is asked of the engine's own verifier; here are files, programs and words.
//!
//! Everything but private keys lives in a folder of a git repository:
//!
//! ```text
//! trust/root/1.json           a root, as text that a pull request shows line by line
//! trust/root/1/ann.ID.sig     one signature: one small file, which nobody else ever edits
//! trust/releases/2/release.json
//! trust/releases/2/shown.txt  what everybody who signs is shown
//! trust/releases/2/source/    the policy that it was compiled from
//! trust/releases/2/ann.ID.sig
//! trust/grants/ID/request.json, approval.json, and their signatures in request/ and approval/
//! trust/grants/ID/review.json   what somebody else said of an emergency, signed in review/
//! trust/grants/ID/revoke.json   it is taken back: unsigned, since that lets nothing cross
//! trust/freshness/7.json      what is current, and what is revoked
//! trust/freshness/7/robot.ID.sig
//! ```

mod armor;
mod bundle;
mod envelope;
mod folder;
mod freshness;
mod grant;
mod history;
mod key;
mod record;
mod release;
mod report;
mod review;
mod root;
mod root_args;
mod root_limits;
mod shown;
mod signer;
mod sources;
mod status;

pub(super) use bundle::{command as bundle_command, deployable, is_bundle, run as run_bundle};
pub(super) use envelope::{command as envelope_command, run as run_envelope};
pub(super) use freshness::{command as freshness_command, run as run_freshness};
pub(super) use grant::{command as grant_command, run as run_grant};
pub(super) use key::{command as key_command, run as run_key};
pub(super) use release::{command as release_command, run as run_release};
pub(super) use report::{command as trust_command, run as run_trust};
pub(super) use root::{command as root_command, run as run_root};

use super::{Failure, files};
use clap::{Arg, ArgMatches};
use cofferdam_engine::trust::{Reason, Time};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// What time it is.
pub(super) fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(since.as_secs())
}

/// The argument for the folder that roots and releases are in.
fn trust_argument() -> Arg {
    Arg::new("trust")
        .long("trust")
        .value_name("FOLDER")
        .help("Where roots and releases are")
        .value_parser(clap::value_parser!(PathBuf))
        .default_value("trust")
}

/// The argument for a key to sign with.
fn key_argument() -> Arg {
    files::argument(
        "key",
        "FILE",
        "Key to sign with: of `cofferdam key new`, or of SSH; the .pub of one that an agent has",
    )
    .short('k')
    .long("key")
}

/// An argument for a number of days.
fn days_argument(help: &'static str, default: &'static str, most: u64) -> Arg {
    Arg::new("days")
        .long("days")
        .value_name("N")
        .help(help)
        .value_parser(clap::value_parser!(u64).range(1..=most))
        .default_value(default)
}

fn days(matches: &ArgMatches) -> u64 {
    matches.get_one::<u64>("days").copied().unwrap_or(1)
}

/// The argument for another time than now: so that the same folder gives the same answer.
fn at_argument() -> Arg {
    Arg::new("at")
        .long("at")
        .value_name("TIME")
        .help("What time it is: 2027-06-30T12:00:00Z; now unless said")
}

/// The time that [`at_argument`] says.
fn at(matches: &ArgMatches) -> Result<Time, Failure> {
    let Some(text) = matches.get_one::<String>("at") else { return Ok(now()) };
    Time::parse(text).ok_or_else(|| {
        misuse("this is no time", "write it as `2027-06-30T12:00:00Z`, in universal time")
    })
}

/// A place, what is wrong there, and the way out.
fn refused(place: &Path, what: impl Display, help: impl Display) -> Failure {
    Failure::refused(format!("error: {}: {what}\nhelp: {help}", files::name(place)))
}

/// Something that was used wrongly.
fn misuse(what: impl Display, help: impl Display) -> Failure {
    Failure::misuse(format!("error: {what}\nhelp: {help}"))
}

/// What the engine refuses: its word, which stays as it is, and what that means.
fn told(reason: Reason) -> String {
    format!("{reason}: {}", reason.meaning())
}
