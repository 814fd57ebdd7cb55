//! `cargo xtask bench kernel`: how fast detection is beside engines for regular expressions, on
//! five texts, turn by turn, and what it costs around the scan itself.
//! Measures and reports; fails only where two builds of ours differ, or something planted is not
//! found. Never prints text that was found.

use anyhow::{Context as _, Result, anyhow, ensure};
use cofferdam_tests::bench::kernel::{Bar, Figures, Table};
use cofferdam_tests::bench::lane::Lane;
use cofferdam_tests::bench::patterns;
use cofferdam_tests::bench::policies::{self, Policy};
use cofferdam_tests::bench::texts::{self, Sample};
use cofferdam_tests::bench::tools::Tools;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const TEXT_BYTES: usize = 2_000_000;
/// What is compared with the scan that tries everything everywhere.
const PLAIN_BYTES: usize = 96 * 1024;
const ROUNDS: usize = 5;
/// A lane that is slower than this takes a part of the text.
const SCAN_NANOS_MAX: u64 = 500_000_000;
const PROBE_BYTES: usize = 32 * 1024;
const SMALL_BYTES: usize = 128;

fn main() -> Result<()> {
    let tools = Tools::find()?;
    let (all, twenty) = (policies::all()?, policies::twenty()?);
    let all = Loaded::new(&tools, "all", all)?;
    let twenty = Loaded::new(&tools, "twenty", twenty)?;
    let hundred = tools.write("hundred.blob", &policies::hundred()?.blob)?;
    let mut table = Table::default();
    let mut lanes = lanes(&tools, &all, &twenty, &hundred, &mut table)?;
    let mut plain = tools.native("plain", &all.blob)?;
    for sample in texts::all(TEXT_BYTES) {
        let path = tools.write(&format!("texts/{}.txt", sample.name), sample.text.as_bytes())?;
        check(&tools, &mut lanes, &mut plain, &all, &sample, &path, &mut table)?;
        measure(&mut lanes, &sample, &path, &mut table)?;
    }
    around(&tools, &all, &twenty, &mut table)?;
    table.print();
    std::fs::write(tools.folder.join("kernel.json"), format!("{:#}\n", table.json()))?;
    Ok(())
}

/// A policy and its files.
struct Loaded {
    policy: Policy,
    blob: PathBuf,
    patterns: PathBuf,
    patterns_len: usize,
}

impl Loaded {
    fn new(tools: &Tools, name: &str, policy: Policy) -> Result<Self> {
        let (text, used) = patterns::list(&policy.rows)?;
        let blob = tools.write(&format!("{name}.blob"), &policy.blob)?;
        let patterns = tools.write(&format!("{name}.patterns"), text.as_bytes())?;
        Ok(Self { policy, blob, patterns, patterns_len: used.len() })
    }
}

/// A lane with its place in the table.
struct Named {
    name: &'static str,
    /// Whether the lane finds what ours finds, to the byte.
    exact: bool,
    lane: Lane,
}

fn lanes(
    tools: &Tools,
    all: &Loaded,
    twenty: &Loaded,
    hundred: &Path,
    table: &mut Table,
) -> Result<Vec<Named>> {
    let mut lanes = Vec::new();
    let mut add = |name: &'static str, exact: bool, lane: Option<Lane>| match lane {
        Some(lane) => lanes.push(Named { name, exact, lane }),
        None => table.note(format!("{name}: not measured, for what runs it is not there")),
    };
    add("ours native", true, Some(tools.native("ours", &all.blob)?));
    add("ours wasmtime", true, Some(tools.wasmtime("ours", &all.blob)?));
    add("ours V8", true, tools.v8("ours", &all.blob)?);
    add("ours V8, 100", false, tools.v8("ours", hundred)?);
    add("ours V8, 20", false, tools.v8("ours", &twenty.blob)?);
    add("hyperscan som", false, tools.hyperscan("som", &all.patterns)?);
    add("hyperscan", false, tools.hyperscan("ends", &all.patterns)?);
    add("hyperscan som, 20", false, tools.hyperscan("som", &twenty.patterns)?);
    add("hyperscan, 20", false, tools.hyperscan("ends", &twenty.patterns)?);
    add("lazy DFA native", false, Some(tools.native("meta", &all.patterns)?));
    add("lazy DFA V8", false, tools.v8("meta", &all.patterns)?);
    add("lazy DFA V8, 20", false, tools.v8("meta", &twenty.patterns)?);
    add("regex-lite", false, Some(tools.native("lite", &all.patterns)?));
    add("regex-lite, 20", false, Some(tools.native("lite", &twenty.patterns)?));
    add("presidio", false, tools.presidio()?);
    table.note(format!(
        "detectors: {} and {}; with a pattern of their own: {} and {}",
        all.policy.rows.len(),
        twenty.policy.rows.len(),
        all.patterns_len,
        twenty.patterns_len
    ));
    for named in lanes.iter().filter(|named| named.name.starts_with("hyperscan")) {
        let words: Vec<&str> = named.lane.ready.split(' ').collect();
        if let [used, left_out] = words.as_slice() {
            table.note(format!("{}: {used} patterns, {left_out} it refuses", named.name));
        }
    }
    Ok(lanes)
}

/// Our builds must find the same, the same as the plain scan, and all that was planted.
fn check(
    tools: &Tools,
    lanes: &mut [Named],
    plain: &mut Lane,
    all: &Loaded,
    sample: &Sample,
    path: &Path,
    table: &mut Table,
) -> Result<()> {
    plain.text(path, PLAIN_BYTES)?;
    let slice = plain.scan()?;
    let mut whole = None;
    for named in lanes.iter_mut().filter(|named| named.exact) {
        named.lane.text(path, PLAIN_BYTES)?;
        let found = named.lane.scan()?;
        ensure!(
            (found.count, found.places) == (slice.count, slice.places),
            "{}, {}: {} findings, and the plain scan has {}",
            sample.name,
            named.name,
            found.count,
            slice.count
        );
        named.lane.text(path, sample.text.len())?;
        let found = named.lane.scan()?;
        let first = *whole.get_or_insert(found);
        ensure!(
            (found.count, found.places) == (first.count, first.places),
            "{}, {}: {} findings, and natively {}",
            sample.name,
            named.name,
            found.count,
            first.count
        );
    }
    told(tools, lanes, all, sample, path, table)
}

/// What was found of what was planted, and how much of what is certain others see too.
fn told(
    tools: &Tools,
    lanes: &mut [Named],
    all: &Loaded,
    sample: &Sample,
    path: &Path,
    table: &mut Table,
) -> Result<()> {
    let scratch = tools.folder.join("spans.txt");
    let mut spans_of = |name: &str| -> Result<Option<Vec<(u64, u64, u32)>>> {
        let Some(named) = lanes.iter_mut().find(|named| named.name == name) else {
            return Ok(None);
        };
        named.lane.text(path, sample.text.len())?;
        named.lane.scan()?;
        named.lane.spans(&scratch).map(Some)
    };
    let ours = spans_of("ours native")?.context("no native lane")?;
    let found: BTreeSet<_> =
        ours.iter().map(|(start, end, by)| (*start, *end, all.policy.category(*by))).collect();
    let missed = sample.planted.iter().filter(|planted| {
        let span = (planted.start as u64, planted.end as u64, planted.category);
        !found.contains(&span)
    });
    let missed = missed.count();
    let certain: Vec<_> = ours.iter().filter(|span| all.policy.is_certain(span.2)).collect();
    let mut inside = Vec::new();
    for name in ["hyperscan som", "lazy DFA native"] {
        if let Some(theirs) = spans_of(name)? {
            let theirs = reaches(theirs);
            let count = certain.iter().filter(|span| lies_in(span, &theirs)).count();
            inside.push(format!("{count} in one of {name}"));
        }
    }
    table.note(format!(
        "{}: {} findings, the same natively, in wasmtime and in V8, and as the plain scan has on \
         {} KB; planted {}, missed {missed}; {} certain ones, {}",
        sample.name,
        ours.len(),
        PLAIN_BYTES / 1024,
        sample.planted.len(),
        certain.len(),
        inside.join(", ")
    ));
    ensure!(missed == 0, "{}: {missed} planted values were not found", sample.name);
    Ok(())
}

/// Starts in order, each with the furthest end of what begins there or before.
fn reaches(mut spans: Vec<(u64, u64, u32)>) -> Vec<(u64, u64)> {
    spans.sort_unstable();
    let mut furthest = 0;
    let reach = |(start, end, _): (u64, u64, u32)| {
        furthest = furthest.max(end);
        (start, furthest)
    };
    spans.into_iter().map(reach).collect()
}

fn lies_in(span: &(u64, u64, u32), reaches: &[(u64, u64)]) -> bool {
    let before = reaches.partition_point(|(start, _)| *start <= span.0);
    before.checked_sub(1).and_then(|last| reaches.get(last)).is_some_and(|last| last.1 >= span.1)
}

fn measure(lanes: &mut [Named], sample: &Sample, path: &Path, table: &mut Table) -> Result<()> {
    let whole = sample.text.len();
    let mut sizes = Vec::new();
    for named in lanes.iter_mut() {
        named.lane.text(path, PROBE_BYTES)?;
        named.lane.scan()?;
        let probe = named.lane.scan()?;
        let fits = PROBE_BYTES as u64 * SCAN_NANOS_MAX / probe.nanos.max(1);
        let bytes = usize::try_from(fits)?.clamp(PROBE_BYTES / 4, whole);
        named.lane.text(path, bytes)?;
        sizes.push(bytes);
    }
    let mut best = vec![u64::MAX; lanes.len()];
    let mut counts = vec![0; lanes.len()];
    for _ in 0..ROUNDS {
        for (n, named) in lanes.iter_mut().enumerate() {
            let scanned = named.lane.scan()?;
            best[n] = best[n].min(scanned.nanos);
            counts[n] = scanned.count;
        }
    }
    for (n, named) in lanes.iter().enumerate() {
        let mega = sizes[n] as f64 * 1e3 / best[n].max(1) as f64;
        let figures = Figures { mega_per_second: mega, bytes: sizes[n], found: counts[n] };
        table.add(sample.name, named.name, figures);
    }
    Ok(())
}

/// What stands around a scan: structure, calls, blobs, compiling.
fn around(tools: &Tools, all: &Loaded, twenty: &Loaded, table: &mut Table) -> Result<()> {
    let path = tools.folder.join("texts/api.txt");
    if let Some(mut lane) = tools.v8("exchange", &all.blob)? {
        lane.text(&path, usize::MAX >> 12)?;
        let bytes = std::fs::metadata(&path)?.len();
        let mut best = u64::MAX;
        let mut found = 0;
        for _ in 0..ROUNDS + 2 {
            let scanned = lane.scan()?;
            best = best.min(scanned.nanos);
            found = scanned.count;
        }
        ensure!(found > 0, "an exchange finds nothing");
        let mega = bytes as f64 * 1e3 / best.max(1) as f64;
        table.bar("API JSON as an exchange, V8", mega, "MB/s", Bar::AtLeast(600.0, 1000.0));
        table.note(format!(
            "exchange: {found} findings in the API JSON, counted, nothing rewritten"
        ));
    }
    if let Some(mut lane) = tools.v8("ours", &all.blob)? {
        lane.text(&tools.folder.join("texts/prose.txt"), SMALL_BYTES)?;
        lane.calls(20_000)?;
        let nanos = (0..ROUNDS)
            .map(|_| lane.calls(20_000))
            .min_by_key(|nanos| nanos.as_ref().map_or(u64::MAX, |nanos| *nanos));
        let micros = nanos.context("no round")?? as f64 / 1e3;
        table.bar("one call, 128 bytes, V8", micros, "us", Bar::AtMost(1.0, 0.3));
        let millis = lane.load(20)? as f64 / 1e6;
        table.bar("blob read and checked, V8", millis, "ms", Bar::AtMost(2.0, 2.0));
    }
    let mut lane = tools.wasmtime("ours", &all.blob)?;
    let millis = lane.load(20)? as f64 / 1e6;
    table.bar("blob read and checked, wasmtime", millis, "ms", Bar::AtMost(2.0, 2.0));
    let kibi = |policy: &Policy| policy.blob.len() as f64 / 1024.0;
    table.bar("blob of everything", kibi(&all.policy), "KiB", Bar::AtMost(128.0, 128.0));
    table.bar("blob of 20 detectors", kibi(&twenty.policy), "KiB", Bar::None);
    if let Some(command) = &tools.command {
        let millis = compile(tools, command)?;
        table.bar("compiling everything, process", millis, "ms", Bar::AtMost(200.0, 200.0));
    }
    Ok(())
}

/// Milliseconds of `cofferdam compile`, from its start to its end.
fn compile(tools: &Tools, command: &Path) -> Result<f64> {
    let policy = tools.write("all.yaml", policies::text_of_all().as_bytes())?;
    let out = tools.folder.join("compiled.blob");
    let mut least = f64::MAX;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let output = Command::new(command).arg("compile").arg(&policy).arg("-o").arg(&out).output();
        least = least.min(begun.elapsed().as_secs_f64() * 1e3);
        let output = output?;
        if !output.status.success() {
            return Err(anyhow!("{}", String::from_utf8_lossy(&output.stderr)));
        }
    }
    Ok(least)
}
