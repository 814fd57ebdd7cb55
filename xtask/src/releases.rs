//! `cargo xtask test envoy-versions`: what a host must do, on the releases of Envoy that are packaged.
//! Runs planted values, the corpus and the tests of what only a host shows; prints the README's table.

use crate::failure::{During as _, Failure};
use crate::{setup, shell, suites};
use std::fs;
use std::path::Path;

/// What runs on a release, and what its column is called.
type Suite = (&'static str, &'static [&'static str]);

/// Canaries in every format and place, with the filter and without.
const PLANTED: Suite = (
    "planted values",
    &[
        "test",
        "-p",
        "cofferdam-harness",
        "-p",
        "cofferdam-tests",
        "--test",
        "planted",
        "--",
        "--runner",
        "envoy",
    ],
);

/// The facts of hosts: updates, crashes, mTLS, streams, HTTP/2 and HTTP/3.
const FACTS: Suite = (
    "what only a host shows",
    &["test", "-p", "cofferdam-harness", "-p", "cofferdam-tests", "--test", "envoy"],
);

/// The corpus with the filter; the native engine runs beside it, to be compared with.
const CORPUS: Suite = (
    "corpus",
    &[
        "test",
        "-p",
        "cofferdam-harness",
        "-p",
        "cofferdam-tests",
        "--test",
        "corpus",
        "--",
        "--runner",
        "envoy",
    ],
);

/// Tests all releases on all suites; or, where time is short, the last release of each minor number
/// on planted values. The newest of all is what everything else runs on.
pub(crate) fn test(all: bool) -> Result<(u64, u64), Failure> {
    let releases = setup::envoy_releases()?;
    let filter = setup::filter()?;
    setup::guest()?;
    setup::wrk()?;
    let chosen = if all { releases.clone() } else { last_of_minors(&releases) };
    let suites = if all { &[PLANTED, FACTS, CORPUS][..] } else { &[PLANTED] };
    let (mut passed, mut failed, mut rows) = (0, 0, Vec::new());
    for release in &chosen {
        let binary = setup::envoy_release(release)?;
        if !runs_modules(&binary)? {
            rows.push(format!("| {release} |{}", " packaged without V8 |".repeat(suites.len())));
            continue;
        }
        let mut counts = Vec::new();
        for (name, suite) in suites {
            shell::say(&format!("\n-- Envoy {release}: {name}"));
            let mut command = shell::cargo(suite);
            command.env("COFFERDAM_WASM", &filter).env("COFFERDAM_ENVOY", &binary);
            let (fine, wrong) = suites::tests(&mut command)?;
            passed += fine;
            failed += wrong;
            counts.push(format!("{fine} of {}", fine + wrong));
        }
        rows.push(format!("| {release} | {} |", counts.join(" | ")));
    }
    let names: Vec<&str> = suites.iter().map(|(name, _)| *name).collect();
    let line = "---|".repeat(names.len() + 1);
    shell::print(&format!("\n| Envoy | {} |\n|{line}\n{}\n", names.join(" | "), rows.join("\n")));
    if !all {
        shell::print(&format!(
            "{} of {} releases, on planted values only: the rest takes an hour; `cargo xtask test \
             envoy-versions` and `--long` run it\n",
            chosen.len(),
            releases.len()
        ));
    }
    Ok((passed, failed))
}

/// Whether a binary has V8: one package was built without, and can run no module at all. Symbols
/// may be stripped, but not the name of the compiler that its options speak of.
fn runs_modules(binary: &Path) -> Result<bool, Failure> {
    const NAME: &[u8] = b"liftoff";
    let bytes = fs::read(binary).during("cannot read Envoy")?;
    let mut from = bytes.as_slice();
    while let Some(at) = from.iter().position(|byte| *byte == b'l') {
        from = &from[at..];
        if from.starts_with(NAME) {
            return Ok(true);
        }
        from = &from[1..];
    }
    Ok(false)
}

/// The newest release of each minor number, without the newest of all. They come newest first.
fn last_of_minors(releases: &[String]) -> Vec<String> {
    let mut minors = releases.to_vec();
    minors.dedup_by_key(|release| setup::number(release));
    minors.into_iter().skip(1).collect()
}

#[cfg(test)]
mod tests {
    use super::last_of_minors;

    #[test]
    fn one_release_stands_for_each_older_minor_number() {
        let releases = ["1.40.1", "1.40.0", "1.39.3", "1.39.1", "1.36.2.post1", "1.36.2"];
        let releases: Vec<String> = releases.map(str::to_owned).into();
        assert_eq!(last_of_minors(&releases), ["1.39.3", "1.36.2.post1"]);
    }
}
