//! `cargo xtask test supply`: whether bills of materials and provenance say what was built, and
//! whether the libraries of their standards take them.

use crate::dist::MODULE;
use crate::failure::{During as _, Failure};
use crate::sbom::{self, Crates};
use crate::{Done, provenance, setup, shell};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What reads the documents: the libraries of CycloneDX and of in-toto, pinned by their minor.
const READERS: &[&str] =
    &["cyclonedx-python-lib[json-validation]==11.*", "in-toto-attestation==0.9.*"];

/// Strict: a field that the schema does not have is an error.
const READ_BILL: &str = "\
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())
sys.exit(str(error) if error else 0)
";

/// Strict too: `Parse` refuses a field that the message does not have.
const READ_STATEMENT: &str = "\
import json, sys
from google.protobuf.json_format import Parse
from in_toto_attestation.predicates.provenance.v1.provenance_pb2 import Provenance
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as Message
text = open(sys.argv[1]).read()
Statement.copy_from_pb(Parse(text, Message())).validate()
provenance = Parse(json.dumps(json.loads(text)['predicate']), Provenance())
assert provenance.build_definition.build_type and provenance.run_details.builder.id
";

/// How many checks passed and failed.
pub(crate) fn test() -> Result<(u64, u64), Failure> {
    let folder = shell::target().join("supply");
    fs::create_dir_all(&folder).during("cannot make a folder")?;
    let module = fs::read(setup::filter()?).during("cannot read the module")?;
    let sum: String = Sha256::digest(&module).iter().map(|byte| format!("{byte:02x}")).collect();
    let python = setup::python_with("supply-venv", READERS)?;
    let (bill, statement) = (folder.join("module.cdx.json"), folder.join("provenance.json"));
    let subject = [(MODULE.file.to_owned(), sum.clone())];
    let written = |path: &Path, make: &dyn Fn() -> Result<String, Failure>| {
        let text = make()?;
        fs::write(path, &text).during("cannot write a document")?;
        if text != make()? {
            return Err(Failure::new("made twice it has other bytes"));
        }
        names_no_folder(&text)
    };
    let bill_of = || sbom::bill(MODULE, &sum);
    let statement_of = || provenance::statement(&subject, "cargo xtask dist");
    let script = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).during("cannot write a script").map(|()| path)
    };
    let (bill_reader, statement_reader) =
        (script("bill.py", READ_BILL)?, script("statement.py", READ_STATEMENT)?);
    let reading = |script: &Path, path: &Path| {
        let mut command = Command::new(&python);
        command.arg(script).arg(path);
        command
    };
    let read = |script: &Path, path: &Path| shell::run(&mut reading(script, path)).map(drop);
    let broken = |script: &Path, path: &Path, field: &str| {
        let text = fs::read_to_string(path).during("cannot read a document")?;
        let other = folder.join("broken.json");
        fs::write(&other, text.replacen(field, "\"misspelled\"", 1)).during("cannot write")?;
        match shell::output(&mut reading(script, &other)) {
            None => Ok(()),
            Some(_) => Err(Failure::new("a document with a misspelled field is taken")),
        }
    };
    let checks: [(&str, &dyn Fn() -> Done); 7] = [
        ("the bill has the same bytes each time", &|| written(&bill, &bill_of)),
        ("the bill is CycloneDX 1.6", &|| read(&bill_reader, &bill)),
        ("a bill with a misspelled field is none", &|| broken(&bill_reader, &bill, "\"purl\"")),
        ("the bill names what cargo built into the module, and nothing else", &as_built),
        ("the statement has the same bytes each time", &|| written(&statement, &statement_of)),
        ("the statement is one of in-toto, about SLSA provenance", &|| {
            read(&statement_reader, &statement)
        }),
        ("a statement with a misspelled field is none", &|| {
            broken(&statement_reader, &statement, "\"buildType\"")
        }),
    ];
    let (mut passed, mut failed) = (0, 0);
    for (what, check) in checks {
        match check() {
            Ok(()) => passed += 1,
            Err(failure) => {
                failed += 1;
                shell::say(&format!("  failed: {what}\n{failure}"));
            }
        }
    }
    Ok((passed, failed))
}

fn names_no_folder(text: &str) -> Done {
    let home = setup::cargo_home().map(|home| home.to_string_lossy().into_owned());
    let root = shell::root().to_string_lossy().into_owned();
    match [home, Some(root)].into_iter().flatten().find(|folder| text.contains(folder.as_str())) {
        Some(folder) => Err(Failure::new(format!("it names `{folder}`"))),
        None => Ok(()),
    }
}

/// Holds the bill against what cargo says of each crate that it compiled for the module's target.
fn as_built() -> Done {
    let told = setup::filter_artifacts()?;
    let mut built = BTreeSet::new();
    for line in told.lines() {
        let message: Value = serde_json::from_str(line).during("cargo tells no JSON")?;
        let files = message["filenames"].as_array().map(Vec::as_slice).unwrap_or_default();
        let here =
            |file: &Value| file.as_str().is_some_and(|path| path.contains(setup::WASM_TARGET));
        if message["reason"] == "compiler-artifact" && files.iter().any(here) {
            // `registry+https://...#serde@1.0.229`, or `path+file:///...#0.1.0` of a folder.
            let id = message["package_id"].as_str().unwrap_or_default();
            let target = message["target"]["name"].as_str().unwrap_or_default();
            let tail = id.rsplit('#').next().unwrap_or_default();
            built.insert(match tail.split_once('@') {
                Some((name, version)) => (name.to_owned(), version.to_owned()),
                None => (target.replace('_', "-"), tail.to_owned()),
            });
        }
    }
    let crates = Crates::of(MODULE)?;
    let root = (crates.root.name.clone(), crates.root.version.clone());
    let listed = crates.compiled_in().map(|known| (known.name.clone(), known.version.clone()));
    let listed: BTreeSet<_> = listed.chain([root]).collect();
    match listed == built {
        true => Ok(()),
        false => {
            let more: Vec<_> = listed.symmetric_difference(&built).collect();
            Err(Failure::new(format!("the bill and the build differ by {more:?}")))
        }
    }
}
