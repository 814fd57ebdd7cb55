//! What a file of `dist/` is made of, as a bill of materials in CycloneDX 1.6: the crates that are
//! compiled into it for its target and features, with the digests that `Cargo.lock` holds them to.
//! The same sources give the same bytes: it holds no time, no serial number and no folder.

use crate::failure::{During as _, Failure};
use crate::shell;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

/// What is compiled: a package of this workspace, for a target.
#[derive(Clone, Copy)]
pub(crate) struct Product<'p> {
    /// The name of the file.
    pub(crate) file: &'p str,
    pub(crate) package: &'p str,
    /// None is the machine that builds.
    pub(crate) target: Option<&'p str>,
    /// `library` or `application`.
    pub(crate) kind: &'p str,
}

/// A crate that is compiled in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) version: String,
    license: String,
}

/// The crates of a product, and which of them each asks for.
pub(crate) struct Crates {
    pub(crate) root: Crate,
    asks: BTreeMap<Crate, BTreeSet<Crate>>,
}

impl Crates {
    /// Asks cargo, which resolves features as it does for a build. What runs while something is
    /// compiled (macros, build scripts) is not compiled in.
    pub(crate) fn of(product: Product<'_>) -> Result<Self, Failure> {
        let mut tree = shell::cargo(&["tree", "--locked", "--edges", "normal,no-proc-macro"]);
        tree.args(["--no-dedupe", "--prefix", "depth", "--format", "|{p}|{l}"]);
        tree.args(["--package", product.package]);
        tree.args(product.target.iter().flat_map(|target| ["--target", *target]));
        let text = shell::output(&mut tree).ok_or_else(|| {
            Failure::new(format!(
                "`cargo tree` does not tell what `{}` is made of",
                product.package
            ))
            .help("`Cargo.lock` may be older than the manifests: `cargo check` mends it")
        })?;
        Self::read(&text).ok_or_else(|| Failure::new("`cargo tree` tells it in another form"))
    }

    /// Lines like `2|serde v1.0.229|MIT OR Apache-2.0`, each below the last that is less deep.
    fn read(text: &str) -> Option<Self> {
        let mut asks: BTreeMap<Crate, BTreeSet<Crate>> = BTreeMap::new();
        let mut path: Vec<Crate> = Vec::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            let mut parts = line.split('|');
            let depth: usize = parts.next()?.parse().ok()?;
            // A folder stands behind the version of a crate of this workspace.
            let mut words = parts.next()?.split_whitespace();
            let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
            // Older manifests write `A/B`, which no standard knows.
            let license = parts.next()?.replace('/', " OR ");
            let (name, version) = (name.to_owned(), version.to_owned());
            let this = Crate { name, version, license };
            path.truncate(depth);
            if path.len() != depth {
                return None;
            }
            if let Some(above) = path.last() {
                asks.entry(above.clone()).or_default().insert(this.clone());
            }
            asks.entry(this.clone()).or_default();
            path.push(this);
        }
        Some(Self { root: path.into_iter().next()?, asks })
    }

    /// All but the product's own.
    pub(crate) fn compiled_in(&self) -> impl Iterator<Item = &Crate> {
        self.asks.keys().filter(|known| **known != self.root)
    }
}

impl Crate {
    fn purl(&self) -> String {
        format!("pkg:cargo/{}@{}", self.name, self.version)
    }
}

/// The bill of materials of a product, whose bytes digest to `sha256`.
pub(crate) fn bill(product: Product<'_>, sha256: &str) -> Result<String, Failure> {
    let crates = Crates::of(product)?;
    let checksums = checksums()?;
    let rust = rust_version()?;
    let standard = format!("pkg:generic/rust-std@{rust}");
    let component = |known: &Crate| {
        let mut component = json!({
            "type": "library",
            "bom-ref": known.purl(),
            "name": known.name,
            "version": known.version,
            "purl": known.purl(),
            "scope": "required",
            "licenses": [{ "expression": known.license }],
        });
        // The crates of this workspace have none.
        let key = (known.name.clone(), known.version.clone());
        if let (Some(sum), Some(fields)) = (checksums.get(&key), component.as_object_mut()) {
            fields.insert("hashes".into(), json!([{ "alg": "SHA-256", "content": sum }]));
        }
        component
    };
    let mut components: Vec<Value> = crates.compiled_in().map(component).collect();
    components.push(json!({
        "type": "library",
        "bom-ref": standard,
        "name": "rust-std",
        "version": rust,
        "purl": standard,
        "scope": "required",
        "licenses": [{ "expression": "MIT OR Apache-2.0" }],
    }));
    let own = format!("{}@{}", product.file, crates.root.version);
    let reference = |known: &Crate| match *known == crates.root {
        true => own.clone(),
        false => known.purl(),
    };
    let dependencies = crates.asks.iter().map(|(known, asks)| {
        let asks = asks.iter().map(reference).chain([standard.clone()]);
        json!({ "ref": reference(known), "dependsOn": asks.collect::<BTreeSet<_>>() })
    });
    let dependencies = dependencies.chain([json!({ "ref": standard })]).collect::<Vec<_>>();
    let bill = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": product.kind,
                "bom-ref": own,
                "name": product.file,
                "version": crates.root.version,
                "hashes": [{ "alg": "SHA-256", "content": sha256 }],
                "licenses": [{ "expression": crates.root.license }],
            },
        },
        "components": components,
        "dependencies": dependencies,
    });
    Ok(format!("{bill:#}\n"))
}

/// The digests of what cargo fetches, as `Cargo.lock` has them.
fn checksums() -> Result<BTreeMap<(String, String), String>, Failure> {
    let text = fs::read_to_string(shell::root().join("Cargo.lock"));
    let text = text.during("cannot read `Cargo.lock`")?;
    let packages = text.split("[[package]]").filter_map(|package| {
        let field = |name: &str| {
            let mut lines = package.lines();
            let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \""))?;
            value.strip_suffix('"').map(str::to_owned)
        };
        Some(((field("name")?, field("version")?), field("checksum")?))
    });
    Ok(packages.collect())
}

/// `1.95.0`
pub(crate) fn rust_version() -> Result<String, Failure> {
    let told = shell::output(rustc().arg("--version")).unwrap_or_default();
    let version = told.split_whitespace().nth(1).map(str::to_owned);
    version.ok_or_else(|| Failure::new("`rustc` does not tell its version"))
}

/// The compiler that cargo uses.
pub(crate) fn rustc() -> Command {
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.current_dir(shell::root());
    rustc
}

#[cfg(test)]
mod tests {
    use super::Crates;

    #[test]
    fn each_crate_is_below_the_last_that_is_less_deep() {
        let text =
            "0|a v1.0.0 (/a folder/a)|MIT\n1|b v2.0.0|MIT/Zlib\n2|c v3.0.0|MIT\n1|c v3.0.0|MIT\n";
        let crates = Crates::read(text).expect("a tree");
        let names: Vec<_> = crates.compiled_in().map(|known| known.name.as_str()).collect();
        assert_eq!((crates.root.name.as_str(), names), ("a", vec!["b", "c"]));
        let asks = |name: &str| {
            let found = crates.asks.iter().find(|(known, _)| known.name == name);
            let (known, asks) = found.expect("it is there");
            (known.license.as_str(), asks.iter().map(|known| known.purl()).collect::<Vec<_>>())
        };
        let purls =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(asks("a"), ("MIT", purls(&["pkg:cargo/b@2.0.0", "pkg:cargo/c@3.0.0"])));
        assert_eq!(asks("b"), ("MIT OR Zlib", purls(&["pkg:cargo/c@3.0.0"])));
        assert!(Crates::read("1|b v2.0.0|MIT\n").is_none(), "nothing is above it");
        assert!(Crates::read("a v1.0.0\n").is_none());
    }
}
