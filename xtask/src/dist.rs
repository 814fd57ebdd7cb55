//! `cargo xtask dist`: builds what is given to users, says how large it is, what is in it, and how
//! it was made. Refuses a module that is larger than hosts should have to carry.

use crate::Done;
use crate::failure::{During as _, Failure};
use crate::sbom::{self, Product};
use crate::{provenance, setup, shell};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;

/// Most bytes of the filter's module under gzip.
const MODULE_GZIP_BYTES_MAX: usize = 700 * 1024;

const PROVENANCE: &str = "provenance.json";

const COMMAND: Product<'_> = Product {
    file: "cofferdam",
    package: "cofferdam-policy-compiler",
    target: None,
    kind: "application",
};
pub(crate) const MODULE: Product<'_> = Product {
    file: "cofferdam.wasm",
    package: "cofferdam-filter",
    target: Some(setup::WASM_TARGET),
    kind: "library",
};
const BASELINE: Product<'_> = Product { file: "cofferdam-baseline.wasm", ..MODULE };
const UNSIGNED: Product<'_> = Product { file: "cofferdam.unsigned.wasm", ..MODULE };
const HARNESS: Product<'_> = Product {
    file: "cofferdam-harness",
    package: "cofferdam-harness",
    target: None,
    kind: "application",
};

/// Builds `dist/`, with the harness and the filter for trials where they are asked for.
pub(crate) fn run(harness: bool, unsigned: bool) -> Done {
    let mut files = vec![
        (COMMAND, setup::command()?),
        (MODULE, setup::filter()?),
        (BASELINE, setup::baseline()?),
    ];
    if unsigned {
        files.push((UNSIGNED, setup::unsigned()?));
    }
    if harness {
        files.push((HARNESS, setup::harness_command()?));
    }
    let dist = shell::root().join("dist");
    fs::create_dir_all(&dist).during("cannot make `dist`")?;
    let (mut sums, mut papers, mut built_files) = (String::new(), Vec::new(), Vec::new());
    let mut table = format!("{:<24} {:>12} {:>12}  sha256\n", "file", "bytes", "gzip");
    let mut module_gzip = 0;
    for (product, built) in files {
        let name = product.file;
        let copy = dist.join(name);
        // `copy` keeps the permissions, so the command stays executable.
        fs::copy(&built, &copy).during(&format!("cannot write `dist/{name}`"))?;
        let bytes = fs::read(&copy).during(&format!("cannot read `dist/{name}`"))?;
        let gzip = gzip_bytes(&bytes).during("cannot compress")?;
        let sum = hex(&Sha256::digest(&bytes));
        let _ = writeln!(sums, "{sum}  {name}");
        let _ = writeln!(table, "{name:<24} {:>12} {gzip:>12}  {sum}", bytes.len());
        if name.ends_with(".wasm") {
            module_gzip = module_gzip.max(gzip);
        }
        papers.push((format!("{name}.cdx.json"), sbom::bill(product, &sum)?));
        built_files.push((name.to_owned(), sum));
    }
    let command = if harness { "cargo xtask dist --harness" } else { "cargo xtask dist" };
    papers.push((PROVENANCE.to_owned(), provenance::statement(&built_files, command)?));
    for (name, text) in papers {
        let _ = writeln!(sums, "{}  {name}", hex(&Sha256::digest(&text)));
        fs::write(dist.join(&name), text).during(&format!("cannot write `dist/{name}`"))?;
    }
    fs::write(dist.join("SHA256SUMS"), sums).during("cannot write `dist/SHA256SUMS`")?;
    shell::print(&table);
    if module_gzip > MODULE_GZIP_BYTES_MAX {
        let text = format!("a module has {module_gzip} bytes under gzip");
        return Err(Failure::new(text).help(format!(
            "at most {MODULE_GZIP_BYTES_MAX}: look at what was added to the filter"
        )));
    }
    Ok(())
}

fn gzip_bytes(bytes: &[u8]) -> std::io::Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
