//! Everything that is signed in a folder, read for what is measured of it.

use super::super::{Failure, files};
use super::folder::Folder;
use super::grant::Halves;
use super::record::{Record, read_signature};
use super::{refused, told};
use cofferdam_engine::trust::{Reason, Root, Signature, Time};
use cofferdam_policy_compiler::report::printable;
use cofferdam_policy_compiler::trust::{
    Documents, GrantFacts, GrantPapers, History, Omitted, Paper,
};
use std::fmt::Write as _;
use std::path::Path;

/// Reads a folder. What is broken in it is told by the history, and counts for nothing.
pub(super) fn history(folder: &Folder) -> Result<History, Failure> {
    let (chain, _) = folder.chain()?;
    let roots = (1..=chain.last.version).map(|version| folder.unsigned_root(version));
    let mut reading = Reading { roots: roots.collect::<Result<_, _>>()?, omitted: Vec::new() };
    let releases = folder.releases().into_iter();
    let releases = releases.filter_map(|version| reading.paper(&folder.release(version))).collect();
    let statements = folder.statements().into_iter();
    let freshness = statements.filter_map(|n| reading.paper(&folder.freshness(n))).collect();
    let mut grants = Vec::new();
    for halves in Halves::all(folder) {
        let mut half = |record: &Record| match record.exists() {
            true => reading.paper(record),
            false => None,
        };
        let (approval, review) = (half(&halves.approval), half(&halves.review));
        let taken_back = halves.taken_back.exists();
        let request = reading.paper(&halves.request);
        grants.extend(request.map(|request| GrantPapers { request, approval, review, taken_back }));
    }
    let documents = Documents {
        pin: folder.pin()?,
        roots: folder.roots(chain.last.version)?,
        releases,
        freshness,
        grants,
        omitted: reading.omitted,
    };
    History::read(&documents).map_err(|reason| {
        refused(folder.path(), told(reason), "see who changed what: `git log` of the folder")
    })
}

/// What is known while a folder is read.
struct Reading {
    roots: Vec<Root>,
    omitted: Vec<Omitted>,
}

impl Reading {
    /// A document with the signatures that hold. A broken one beside them takes nothing away: else
    /// whoever can add a file could hide what others have signed.
    fn paper(&mut self, record: &Record) -> Option<Paper> {
        let payload = record.bytes().map_err(|failure| self.omit(&record.payload, failure)).ok()?;
        let paths = record.signature_paths();
        let paths = paths.map_err(|failure| self.omit(&record.signatures, failure)).ok()?;
        let (mut good, mut broken) = (Vec::new(), Vec::new());
        for path in paths {
            match read_signature(&path) {
                Ok(signature) if self.holds(record, &payload, &signature) => good.push(signature),
                Ok(signature) => broken.push((path, signature)),
                Err(failure) => self.omit(&path, failure),
            }
        }
        if good.is_empty() {
            good.extend(broken.drain(..).map(|(_, signature)| signature));
        }
        let why = told(Reason::SignatureWrong);
        let omitted = broken.iter();
        let omitted =
            omitted.map(|(path, _)| Omitted { place: files::name(path), why: why.clone() });
        self.omitted.extend(omitted);
        Some(Paper {
            place: files::name(&record.payload),
            envelope: record.signed_by(payload, good),
        })
    }

    /// Whether no root that knows the key says that the signature is wrong.
    fn holds(&self, record: &Record, payload: &[u8], signature: &Signature) -> bool {
        let one = record.signed_by(payload.to_vec(), vec![signature.clone()]);
        let mut answers = self.roots.iter().map(|root| one.signed_at_some_time(root));
        answers.all(|answer| matches!(answer, Ok(_) | Err(Reason::Unsigned)))
    }

    fn omit(&mut self, place: &Path, failure: Failure) {
        let Failure(ending) = failure;
        let place = files::name(place);
        // The first line names the place, which stands beside it, and says what is wrong there.
        let line = ending.talk.lines().next().unwrap_or_default();
        let line = line.trim_start_matches("error: ").trim_start_matches(place.as_str());
        let why = line.trim_start_matches(": ").to_owned();
        self.omitted.push(Omitted { place, why });
    }
}

/// What nobody has reviewed in time, line by line; empty where there is nothing.
pub(super) fn overdue(history: &History, now: Time) -> String {
    let mut out = String::new();
    for grant in history.overdue(now) {
        let _ = writeln!(out, "warning: {}", of_emergency(grant));
    }
    if !out.is_empty() {
        out.push_str(
            "help: whoever did not open it says what they find: `cofferdam grant review`\n",
        );
    }
    out
}

/// An emergency whose review is overdue, in a line.
pub(super) fn of_emergency(grant: &GrantFacts) -> String {
    let id: String = grant.id.to_string().chars().take(super::grant::ID_LETTERS).collect();
    let by: Vec<_> = grant.opened_by().into_iter().collect();
    let due = grant.review_due().map(|due| due.to_string()).unwrap_or_default();
    printable(&format!(
        "nobody has reviewed the emergency {id} of {}, approved by {}; it was due at {due}",
        grant.request.requester,
        by.join(", ")
    ))
}
