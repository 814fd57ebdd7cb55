//! How the files of `dist/` were made: an in-toto Statement v1 with the provenance of SLSA v1, to be
//! signed by who built them. The same sources and tools give the same bytes: it names no time, no
//! folder and no machine.

use crate::failure::{During as _, Failure};
use crate::{sbom, shell};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::env;
use std::fs;
use std::process::Command;

/// Says what `externalParameters` mean: the command, at the commit, with nothing else.
const BUILD_TYPE: &str = "urn:cofferdam:build:cargo-xtask-dist:v1";
/// Names the builder, as a URI; whoever trusts a statement trusts who signed it, and not this.
const BUILDER: &str = "COFFERDAM_BUILDER";
const BUILDER_UNNAMED: &str = "urn:cofferdam:builder:unnamed";

/// The statement about files, each a name and a SHA-256 in hex.
pub(crate) fn statement(files: &[(String, String)], command: &str) -> Result<String, Failure> {
    let subject: Vec<Value> = files
        .iter()
        .map(|(name, sha256)| json!({ "name": name, "digest": { "sha256": sha256 } }))
        .collect();
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subject,
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": { "command": command },
                "internalParameters": { "rustc": compiler()?, "cargo": cargo()? },
                "resolvedDependencies": [source()?, lock()?, rust()?],
            },
            "runDetails": { "builder": { "id": builder()? } },
        },
    });
    Ok(format!("{statement:#}\n"))
}

fn builder() -> Result<String, Failure> {
    let Some(named) = env::var_os(BUILDER) else { return Ok(BUILDER_UNNAMED.to_owned()) };
    let named = named.into_string().ok().filter(|name| {
        let scheme = name.split(':').next().unwrap_or_default();
        name.contains(':')
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && name.bytes().all(|byte| byte.is_ascii_graphic())
    });
    named.ok_or_else(|| {
        Failure::new(format!("`{BUILDER}` is no URI"))
            .help("write one that stands for who builds, like `https://ci.example.com/builders/1`")
    })
}

/// The commit, and whether the files were as it has them.
fn source() -> Result<Value, Failure> {
    let git = |arguments: &[&str]| {
        shell::output(Command::new("git").args(arguments).current_dir(shell::root()))
    };
    let unknown = || {
        Failure::new("`git` does not tell which commit this is")
            .help("provenance names the commit that was built: build in a clone")
    };
    let commit = git(&["rev-parse", "HEAD"]).ok_or_else(unknown)?;
    let changed = git(&["status", "--porcelain"]).ok_or_else(unknown)?;
    Ok(json!({
        "name": "source",
        "digest": { "gitCommit": commit.trim() },
        "annotations": { "changed_since": !changed.trim().is_empty() },
    }))
}

fn lock() -> Result<Value, Failure> {
    let lock = fs::read(shell::root().join("Cargo.lock")).during("cannot read `Cargo.lock`")?;
    let sum: String = Sha256::digest(&lock).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(json!({ "name": "Cargo.lock", "digest": { "sha256": sum } }))
}

fn rust() -> Result<Value, Failure> {
    let version = sbom::rust_version()?;
    Ok(json!({ "name": "rust", "uri": format!("pkg:generic/rust@{version}") }))
}

/// `release`, `commit-hash`, `host` and the like.
fn compiler() -> Result<Value, Failure> {
    let text = shell::output(sbom::rustc().arg("-vV"));
    let text = text.ok_or_else(|| Failure::new("`rustc` does not tell its version"))?;
    let pairs = text.lines().filter_map(|line| line.split_once(": "));
    Ok(pairs.map(|(name, value)| (name.to_owned(), Value::from(value))).collect())
}

fn cargo() -> Result<String, Failure> {
    let told = shell::output(&mut shell::cargo(&["--version"]));
    let told = told.map(|text| text.trim().to_owned());
    told.ok_or_else(|| Failure::new("`cargo` does not tell its version"))
}
