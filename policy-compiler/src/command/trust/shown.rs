//! What everybody who signs a release is shown: what it does, what was tested, who wrote it.
//! The same release gives the same text, and what is signed holds its digest.

use super::super::{Failure, screen};
use super::refused;
use super::sources::Sources;
use cofferdam_engine::Bundle;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::{Change, Release, is_narrower};
use cofferdam_policy_compiler::diagnostic::Source;
use cofferdam_policy_compiler::diff::{self, Mark};
use cofferdam_policy_compiler::drill::{self, Options};
use cofferdam_policy_compiler::map::{self, Map};
use cofferdam_policy_compiler::{cases, report};
use std::fmt::Write as _;
use std::path::Path;

/// Attacks of the drill. Its seed is the version, so that each release meets others.
const ATTACKS: u64 = 500;

/// A policy with its blob.
pub(super) struct Built {
    pub(super) source: Source,
    pub(super) blob: Vec<u8>,
    pub(super) bundle: Bundle,
    pub(super) digest: Digest,
    files: usize,
}

impl Built {
    pub(super) fn new(sources: &Sources, place: &Path) -> Result<Self, Failure> {
        let (source, compiled) = sources.compile(place)?;
        let bundle = Bundle::parse(compiled.blob.clone()).map_err(|error| {
            refused(place, error, "this is a bug of the compiler: please report it")
        })?;
        Ok(Self {
            source,
            blob: compiled.blob,
            bundle,
            digest: sources.digest(),
            files: sources.len(),
        })
    }
}

/// What changes, and whether it only tightens: nothing opens by what people wrote, and nothing by
/// what the filter itself can prove, which takes no other thing that crosses for less of it.
pub(super) fn change(
    old: Option<&Built>,
    new: &Built,
) -> Result<(Change, Vec<diff::Change>), Failure> {
    let Some(old) = old else { return Ok((Change::Opens, Vec::new())) };
    let policy = |source| {
        diff::Policy::read(source).map_err(|diagnostics| screen::refused(source, &diagnostics))
    };
    let changes = diff::diff(&policy(&old.source)?, &policy(&new.source)?);
    let tightens = changes.iter().all(|change| change.mark != Mark::Opens)
        && is_narrower(&old.bundle, &new.bundle);
    Ok((if tightens { Change::Tightens } else { Change::Opens }, changes))
}

/// The whole text. `release` is what it will say, but for the digest of this very text.
pub(super) fn text(
    release: &Release,
    old: Option<&Built>,
    new: &Built,
    place: &Path,
) -> Result<String, Failure> {
    let mut out = head(release, new);
    let (change, changes) = change(old, new)?;
    match (old, &release.previous) {
        (Some(_), Some(previous)) => {
            let _ = writeln!(out, "\nwhat changes from version {}:", previous.version);
            let said = match (change, changes.is_empty()) {
                (Change::Opens, true) => {
                    "  nothing that is said in sentences, and it is not proven to tighten\n"
                }
                (Change::Tightens, true) => "  nothing\n",
                _ => "",
            };
            out.push_str(said);
            out.push_str(&diff::text(&changes));
        }
        _ => {
            out.push_str("\nthe first version; all that it lets cross:\n");
            out.push_str(&map::text(&Map::new(new.bundle.tables())));
        }
    }
    tests(&mut out, new, place)?;
    drilled(&mut out, release.version, new, place)?;
    // Whoever wrote the policy chose its names: nothing hidden in them.
    Ok(out.lines().map(|line| report::printable(line) + "\n").collect())
}

fn head(release: &Release, new: &Built) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "version {} of `{}`", release.version, release.policy);
    let _ = writeln!(out, "written by  {}", release.author);
    let _ = writeln!(out, "for         {}", release.audience);
    let _ = writeln!(
        out,
        "it          {}",
        match release.change {
            Change::Opens => "opens: more may cross, or nobody has proven that it may not",
            Change::Tightens => "only tightens: proven",
        }
    );
    let _ = writeln!(out, "holds       {} to {}", release.period.from, release.period.until);
    let _ = writeln!(out, "blob        {}", release.blob);
    let _ = writeln!(
        out,
        "source      {} ({} file{})",
        release.source,
        new.files,
        if new.files == 1 { "" } else { "s" }
    );
    let _ = writeln!(out, "engine      {} or newer", release.engine_min);
    for module in &release.modules {
        let _ = writeln!(out, "module      {module}");
    }
    out
}

/// The policy's own tests, which all pass.
fn tests(out: &mut String, new: &Built, place: &Path) -> Result<(), Failure> {
    let asked = cases::Asked { coverage: true, mutation: false };
    let examined = cases::examine(&new.source, asked)
        .map_err(|diagnostics| screen::refused(&new.source, &diagnostics))?;
    let failed = examined.cases.iter().filter(|case| !case.failures.is_empty()).count();
    if failed > 0 {
        return Err(refused(
            place,
            format_args!("{failed} of its tests fail"),
            "`cofferdam test` says which and why; mend the policy, and propose it then",
        ));
    }
    let _ = writeln!(out, "\ntests: {} passed", examined.cases.len());
    out.push_str(&report::tests_text(&[(new.source.clone(), examined)]));
    Ok(())
}

/// Attacks on it, none of which got through.
fn drilled(out: &mut String, seed: u64, new: &Built, place: &Path) -> Result<(), Failure> {
    let options = Options { seed, attacks: ATTACKS, only: None };
    let drilled = drill::run(&new.source, None, options)
        .map_err(|error| screen::refused(&new.source, &error.diagnostics))?;
    let total = drilled.total();
    if total.through > 0 {
        return Err(refused(
            place,
            format_args!("{} of {} attacks of the drill got through", total.through, total.all()),
            format_args!("`cofferdam drill --seed {seed} --attacks {ATTACKS}` says which"),
        ));
    }
    let _ = writeln!(out, "\ndrill: {} attacks, none got through", total.all());
    if total.known > 0 {
        let _ = writeln!(out, "but {} by known limits of this version", total.known);
    }
    out.push_str(&report::drill_text(&new.source, &drilled));
    Ok(())
}
