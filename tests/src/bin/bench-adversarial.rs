//! `cargo xtask bench adversarial`: what detection costs on texts that are built to hurt, in V8 and
//! natively, at several lengths; the ratio between them shows whether time stays linear.
//! Measures and reports; fails only where two builds of ours find different things.

use anyhow::{Result, ensure};
use cofferdam_tests::bench::adversarial::{Hurt, TEXTS};
use cofferdam_tests::bench::lane::Lane;
use cofferdam_tests::bench::policies;
use cofferdam_tests::bench::tools::Tools;
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};

const MEGABYTES: &[usize] = &[1, 2, 4, 8];
/// Of a text that takes longer than this, longer ones are not tried.
const SCAN_NANOS_MAX: f64 = 4e9;
/// Rounds of all lengths, as many as fit into the time for a text.
const ROUNDS_MAX: usize = 6;
const TEXT_TIME: Duration = Duration::from_secs(3);
/// What each text is to be read with at least, and what is aimed at: MB/s in V8.
const BAR: f64 = 50.0;
const AIM: f64 = 150.0;
/// A cost for each byte that grows by more than this, from the shortest to the longest, is told.
const GROWTH_MAX: f64 = 1.5;

/// Nanoseconds for a byte, one a length; none where it was too slow to try.
type Costs = Vec<Option<f64>>;

/// A text and what it cost.
struct Row {
    name: &'static str,
    v8: Costs,
    native: Costs,
    found: u64,
}

fn main() -> Result<()> {
    let tools = Tools::find()?;
    let policy = policies::all()?;
    let blob = tools.write("all.blob", &policy.blob)?;
    let mut native = tools.native("ours", &blob)?;
    let mut v8 = tools.v8("ours", &blob)?;
    let mut rows = Vec::new();
    print_head();
    for hurt in TEXTS {
        let row = measure(&tools, hurt, &mut native, v8.as_mut())?;
        print_row(&row);
        rows.push(row);
    }
    report(&rows);
    let figures = rows.iter().map(|row| {
        json!({
            "text": row.name, "v8_nanos_per_byte": row.v8, "native_nanos_per_byte": row.native,
            "megabytes": MEGABYTES, "found": row.found,
        })
    });
    let figures = json!({ "adversarial": figures.collect::<Vec<_>>() });
    std::fs::write(tools.folder.join("adversarial.json"), format!("{figures:#}\n"))?;
    Ok(())
}

fn measure(
    tools: &Tools,
    hurt: &Hurt,
    native: &mut Lane,
    mut v8: Option<&mut Lane>,
) -> Result<Row> {
    let mut row = Row { name: hurt.name, v8: Vec::new(), native: Vec::new(), found: 0 };
    row.native = vec![None; MEGABYTES.len()];
    row.v8 = row.native.clone();
    let begun = Instant::now();
    // Lengths take turns, so that what else the machine does falls on all of them.
    for round in 0..ROUNDS_MAX {
        if round > 0 && begun.elapsed() > TEXT_TIME {
            break;
        }
        for (n, megabytes) in MEGABYTES.iter().enumerate() {
            let text = hurt.text(megabytes * 1_000_000);
            let path = tools.write("texts/adversarial.txt", text.as_bytes())?;
            let natively = scan(native, &path, text.len(), n, &mut row.native)?;
            let Some(lane) = v8.as_deref_mut() else { continue };
            let sandboxed = scan(lane, &path, text.len(), n, &mut row.v8)?;
            if let (Some(natively), Some(sandboxed)) = (natively, sandboxed) {
                ensure!(natively == sandboxed, "{}: V8 and native differ", hurt.name);
                row.found = natively.0;
            }
        }
    }
    Ok(row)
}

/// One scan, for the cost of one length; what it found. `None` where shorter ones were too slow.
fn scan(
    lane: &mut Lane,
    path: &Path,
    bytes: usize,
    n: usize,
    costs: &mut Costs,
) -> Result<Option<(u64, u64)>> {
    let shorter = n.checked_sub(1).map(|shorter| (costs[shorter], MEGABYTES[shorter]));
    if let Some((cost, megabytes)) = shorter {
        // The one before was left out, or took so long that this one would take too long.
        let took = cost.map(|cost| cost * megabytes as f64 * 1e6);
        if took.is_none_or(|took| took > SCAN_NANOS_MAX) {
            return Ok(None);
        }
    }
    lane.text(path, bytes)?;
    let scanned = lane.scan()?;
    let cost = scanned.nanos as f64 / bytes as f64;
    costs[n] = Some(costs[n].map_or(cost, |best| best.min(cost)));
    Ok(Some((scanned.count, scanned.places)))
}

/// Worst speed of all lengths, in millions of bytes a second.
fn worst(costs: &Costs) -> Option<f64> {
    costs.iter().flatten().map(|nanos| 1e3 / nanos.max(f64::EPSILON)).reduce(f64::min)
}

/// Cost at the longest length that was tried, over that at the shortest.
fn growth(costs: &Costs) -> Option<f64> {
    let first = costs.first().copied().flatten()?;
    let last = costs.iter().rev().flatten().next()?;
    Some(last / first.max(f64::EPSILON))
}

#[expect(clippy::print_stdout, reason = "a command's data goes to stdout")]
fn print_head() {
    let sizes: String =
        MEGABYTES.iter().map(|size| format!("{:>8}", format!("{size} MB"))).collect();
    let half = format!("{sizes}{:>9}{:>7}", "worst", "growth");
    println!(
        "ns of CPU time for a byte; worst MB/s; growth: cost at the longest over the cost at the shortest"
    );
    println!("{:<28}{:>48}  |{:>48}", "", "V8", "native");
    println!("{:<28}{half}  |{half}{:>9}", "", "findings");
}

#[expect(clippy::print_stdout, reason = "a command's data goes to stdout")]
fn print_row(row: &Row) {
    let shown = |costs: &Costs| {
        let cell = |cost: &Option<f64>| cost.map_or("-".to_owned(), |cost| format!("{cost:.1}"));
        costs.iter().map(|cost| format!("{:>8}", cell(cost))).collect::<String>()
    };
    let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
    let ratio = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.2}"));
    println!(
        "{:<28}{:>32}{:>9}{:>7}  |{:>32}{:>9}{:>7}{:>9}",
        row.name,
        shown(&row.v8),
        number(worst(&row.v8)),
        ratio(growth(&row.v8)),
        shown(&row.native),
        number(worst(&row.native)),
        ratio(growth(&row.native)),
        row.found
    );
}

#[expect(clippy::print_stdout, reason = "a command's data goes to stdout")]
fn report(rows: &[Row]) {
    let slow = |row: &&Row| worst(&row.v8).or(worst(&row.native)).unwrap_or(0.0);
    let mut by_speed: Vec<&Row> = rows.iter().collect();
    by_speed.sort_by(|a, b| slow(a).total_cmp(&slow(b)));
    if let Some(slowest) = by_speed.first() {
        let speed = slow(slowest);
        let word = if speed >= AIM {
            "aim met"
        } else if speed >= BAR {
            "bar met"
        } else {
            "MISSED"
        };
        println!("slowest: {} at {speed:.1} MB/s (bar {BAR}, aim {AIM}): {word}", slowest.name);
    }
    let below = by_speed.iter().filter(|row| slow(row) < BAR).count();
    println!("below {BAR} MB/s: {below} of {}", rows.len());
    let grows: Vec<_> = rows
        .iter()
        .filter(|row| {
            // A cost that grows with the length grows in each build; what only one has is noise.
            let grows = |costs| growth(costs).is_none_or(|growth| growth > GROWTH_MAX);
            grows(&row.v8) && grows(&row.native)
        })
        .map(|row| row.name)
        .collect();
    match grows.is_empty() {
        true => println!("linear: no text costs over {GROWTH_MAX} times as much a byte when long"),
        false => println!("NOT LINEAR: {}", grows.join("; ")),
    }
}
