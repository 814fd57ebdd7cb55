//! Who may depend on what. The rules between our own crates stand in `deny.toml`, where
//! `cargo deny` reads them too; the list of foreign crates on the path of a message stands here.
//! Looks at the graph that cargo resolved, never at what a manifest seems to say.

use crate::Done;
use crate::failure::{During as _, Failure};
use crate::shell;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// The crates that a message passes through.
const DATA_PLANE: &[&str] = &["cofferdam-engine", "cofferdam-filter"];

/// Foreign crates that may be linked into the filter.
const DATA_PLANE_FOREIGN: &[&str] = &[
    "adler2",
    "alloc-no-stdlib",
    "allocator-api2",
    "base64",
    "block-buffer",
    "brotli-decompressor",
    "cfg-if",
    "cmov",
    "cobs",
    "cpufeatures",
    "crc32fast",
    "crypto-common",
    "ctutils",
    "curve25519-dalek",
    "digest",
    "ed25519",
    "ed25519-dalek",
    "embedded-io",
    "equivalent",
    "foldhash",
    "hashbrown",
    "hmac",
    "hybrid-array",
    "itoa",
    "log",
    "memchr",
    "miniz_oxide",
    "postcard",
    "proxy-wasm",
    "serde",
    "serde_core",
    "serde_json",
    "sha2",
    "signature",
    "simd-adler32",
    "subtle",
    "thiserror",
    "twox-hash",
    "typenum",
    "zmij",
];

/// Normal dependencies, as cargo resolved them. A crate may be there in several versions, so each
/// stands as `NAME@VERSION`.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// Checks both.
pub(crate) fn check() -> Done {
    let mut wrong = Vec::new();
    let rules =
        fs::read_to_string(shell::root().join("deny.toml")).during("cannot read deny.toml")?;
    let graph = graph(&[])?;
    let (rules, ours) = (wrappers(&rules), workspace_names()?);
    for own in &ours {
        match rules.get(own) {
            None => wrong.push(format!("`{own}` has no line in deny.toml")),
            Some(allowed) => {
                let is_own = |used: &String| name(used) == own;
                let users = graph.iter().filter(|(_, uses)| uses.iter().any(is_own));
                let users = users.map(|(user, _)| name(user));
                let strangers = users.filter(|user| !allowed.contains(*user));
                wrong.extend(strangers.map(|user| format!("`{user}` must not depend on `{own}`")));
            }
        }
    }
    let wasm = self::graph(&["--filter-platform", "wasm32-wasip1"])?;
    let reached = reached(&wasm, DATA_PLANE);
    let foreign = reached.iter().map(|one| name(one)).filter(|name| !ours.contains(*name));
    let unknown = foreign.filter(|name| !DATA_PLANE_FOREIGN.contains(name));
    wrong.extend(unknown.map(|name| format!("`{name}` must not be on the path of a message")));
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(Failure::new(wrong.join("\nerror: ")).help(
            "remove the dependency, or change deny.toml or xtask/src/layers.rs with a reason",
        )),
    }
}

/// Lines like `{ crate = "a", wrappers = ["b", "c"] },`: `b` and `c` may depend on `a`.
fn wrappers(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let lines = text.lines().filter_map(|line| {
        let rest = line.trim().strip_prefix("{ crate = \"")?;
        let (name, rest) = rest.split_once('"')?;
        let (_, list) = rest.split_once("wrappers = [")?;
        let (list, _) = list.split_once(']')?;
        let users = list.split('"').skip(1).step_by(2).map(str::to_owned).collect();
        Some((name.to_owned(), users))
    });
    lines.collect()
}

fn metadata(arguments: &[&str]) -> Result<Value, Failure> {
    let mut command = shell::cargo(&["metadata", "--format-version", "1", "--locked"]);
    let text = shell::output(command.args(arguments)).ok_or_else(|| {
        Failure::new("`cargo metadata --locked` failed").help("commit Cargo.lock")
    })?;
    serde_json::from_str(&text).during("cannot read what `cargo metadata` says")
}

fn workspace_names() -> Result<BTreeSet<String>, Failure> {
    let metadata = metadata(&["--no-deps"])?;
    Ok(list(&metadata, "packages").filter_map(|package| text(package, "name")).collect())
}

/// Who depends on whom, without what is only used to build or to test.
fn graph(arguments: &[&str]) -> Result<Graph, Failure> {
    let metadata = metadata(arguments)?;
    let macros: BTreeSet<String> = list(&metadata, "packages")
        .filter(|package| {
            list(package, "targets")
                .any(|target| list(target, "kind").any(|kind| kind.as_str() == Some("proc-macro")))
        })
        .filter_map(|package| text(package, "id"))
        .collect();
    let names: BTreeMap<String, String> = list(&metadata, "packages")
        .filter_map(|package| {
            let (name, version) = (text(package, "name")?, text(package, "version")?);
            Some((text(package, "id")?, format!("{name}@{version}")))
        })
        .collect();
    let resolve = metadata.get("resolve").cloned().unwrap_or_default();
    let node = |node: &Value| {
        let uses = list(node, "deps").filter(|dependency| {
            list(dependency, "dep_kinds").any(|kind| kind.get("kind").is_some_and(Value::is_null))
        });
        let uses = uses.filter_map(|dependency| text(dependency, "pkg"));
        let uses = uses.filter(|id| !macros.contains(id)).filter_map(|id| names.get(&id).cloned());
        Some((names.get(&text(node, "id")?)?.clone(), uses.collect()))
    };
    Ok(list(&resolve, "nodes").filter_map(node).collect())
}

/// What a package is called, whatever its version.
fn name(package: &str) -> &str {
    package.split_once('@').map_or(package, |(name, _)| name)
}

/// All packages that the crates of these names come to.
fn reached<'g>(graph: &'g Graph, from: &[&str]) -> BTreeSet<&'g String> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&String> = graph.keys().filter(|one| from.contains(&name(one))).collect();
    while let Some(package) = next.pop() {
        if reached.insert(package) {
            next.extend(graph.get(package).into_iter().flatten());
        }
    }
    reached
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text(value: &Value, key: &str) -> Option<String> {
    Some(value.get(key)?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_deny_toml_says_who_may_depend() {
        let rules =
            wrappers("deny = [\n    { crate = \"a\", wrappers = [\"b\", \"c\"] }, # why\n]\n");
        assert_eq!(rules["a"], BTreeSet::from(["b".to_owned(), "c".to_owned()]));
        assert_eq!(rules.len(), 1);
    }

    #[test]
    fn what_is_used_by_what_is_used_is_reached() {
        let uses = |names: &[&str]| -> BTreeSet<String> {
            names.iter().map(|name| (*name).to_owned()).collect()
        };
        let graph = Graph::from([
            ("a@1.0.0".into(), uses(&["b@2.0.0"])),
            ("b@1.0.0".into(), uses(&["d@1.0.0"])),
            ("b@2.0.0".into(), uses(&["c@1.0.0"])),
        ]);
        let names: Vec<_> = reached(&graph, &["a"]).into_iter().map(|one| name(one)).collect();
        assert_eq!(names, ["a", "b", "c"], "another version of `b` is no business of `a`");
    }
}
