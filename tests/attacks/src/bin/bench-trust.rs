//! `cargo xtask bench trust`: what it costs to verify a bundle, and to ask whether a grant covers a
//! finding. Natively, in time that the thread has computed.
//! Measures and reports; fails only where something else comes out than must.

use cofferdam_attacks::{CALLER, NOW, World, caller, crowd};
use cofferdam_engine::blob::Digest;
use cofferdam_engine::model::{BoundaryId, CategoryId};
use cofferdam_engine::trust::limits::REVOKED_MAX;
use cofferdam_engine::trust::{BundleFile, Trusted, Use};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use std::hint::black_box;
use std::io::Write as _;
use std::path::PathBuf;

const BOUNDARY: BoundaryId = BoundaryId(0);
/// Grants of a bundle as companies have them, and of one that is full.
const FEW: usize = 50;
const MANY: usize = 1000;
/// What an answer may cost with many grants.
const BAR_NANOS: f64 = 1000.0;
/// The best of so many rounds is told: whatever disturbs one only makes it slower.
const ROUNDS: usize = 20;
const ASKED: usize = 2000;

struct Row {
    name: &'static str,
    nanos: f64,
    /// What it may cost, where that is said.
    bar: Option<f64>,
}

fn main() -> Result<(), String> {
    let mut rows = Vec::new();
    for (grants, names) in [
        (0, ["parse, no grants", "verify, no grants"]),
        (FEW, ["parse, 50 grants", "verify, 50 grants"]),
        (MANY, ["parse, 1,000 grants", "verify, 1,000 grants"]),
    ] {
        rows.extend(bundle(grants, names)?);
    }
    rows.extend(asking()?);
    let mut out = format!("\n{:<44} {:>14}\n", "three roots, five signatures", "microseconds");
    for Row { name, nanos, bar } in &rows {
        let bar = bar.map_or(String::new(), |bar| format!("  bar {}", bar / 1000.0));
        out.push_str(&format!("{name:<44} {:>14.3}{bar}\n", nanos / 1000.0));
    }
    std::io::stdout().lock().write_all(out.as_bytes()).map_err(|error| error.to_string())?;
    let Some(folder) = std::env::var_os("COFFERDAM_BENCH").map(PathBuf::from) else {
        return Ok(());
    };
    let figures: Vec<Value> = rows
        .iter()
        .map(|row| json!({ "name": row.name, "nanos": row.nanos, "bar_nanos": row.bar }))
        .collect();
    let text = format!("{:#}\n", json!({ "trust": figures }));
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    std::fs::write(folder.join("trust.json"), text).map_err(|error| error.to_string())
}

/// Nanoseconds that this thread has computed.
fn computed() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// The least that something has cost, for each of so many times that a round does it.
fn least(rounds: usize, times: usize, mut round: impl FnMut()) -> f64 {
    let costs = (0..rounds).map(|_| {
        let before = computed();
        round();
        (computed() - before) / times as f64
    });
    costs.fold(f64::INFINITY, f64::min)
}

/// Taking a bundle apart, and all of what a host does with it.
fn bundle(grants: usize, [parse, all]: [&'static str; 2]) -> Result<[Row; 2], String> {
    let mut world = crowd(grants);
    world.pin = Some(world.pin());
    let bytes = world.bundle();
    let rounds = if grants > FEW { 3 } else { ROUNDS };
    held(&world, &bytes, grants)?;
    let parsed = least(rounds, 1, || drop(black_box(BundleFile::parse(black_box(&bytes)))));
    let judged = least(rounds, 1, || drop(black_box(world.judge(black_box(&bytes)))));
    let row = |name, nanos| Row { name, nanos, bar: None };
    Ok([row(parse, parsed), row(all, judged)])
}

fn held(world: &World, bytes: &[u8], grants: usize) -> Result<Trusted, String> {
    let trusted = world.judge(bytes).map_err(|reason| reason.to_string())?;
    match trusted.grants.len() {
        held if held == grants => Ok(trusted),
        held => Err(format!("{held} grants hold, and not {grants}: {:?}", trusted.refused.first())),
    }
}

/// Whether one of many grants covers a finding, whoever asks.
fn asking() -> Result<Vec<Row>, String> {
    let mut world = crowd(MANY);
    // As many as a statement holds, so that each answer goes through all of them.
    let revoked = (0..REVOKED_MAX).map(|n| Digest::of(&n.to_le_bytes()));
    world.the_freshness().document.revoked_grants = revoked.collect();
    let trusted = held(&world, &world.bundle(), MANY)?;
    let mut subjects: Vec<String> = (0..MANY).map(caller).collect();
    subjects.sort();
    let (first, last) = (subjects[0].clone(), subjects[MANY - 1].clone());
    let strangers = vec![CALLER.to_owned(), "~".to_owned(), String::new()];
    let mut crowded = crowd(MANY);
    for (request, _) in &mut crowded.grants {
        request.document.subject = CALLER.to_owned();
    }
    let crowded = held(&crowded, &crowded.bundle(), MANY)?;
    let mut rows = Vec::new();
    for (name, callers, covered) in [
        ("asked of 1,000 grants, the first caller", vec![first], true),
        ("asked of 1,000 grants, the last caller", vec![last], true),
        ("asked of 1,000 grants, one caller after another", subjects, true),
        ("asked of 1,000 grants, callers with none", strangers, false),
    ] {
        let nanos = cost(&trusted, &callers, covered, "/orders/1001")?;
        rows.push(Row { name, nanos, bar: Some(BAR_NANOS) });
    }
    let alone = vec![CALLER.to_owned()];
    for (name, covered, path) in [
        ("1,000 grants of one caller, the first covers", true, "/orders/1001"),
        ("1,000 grants of one caller, none covers", false, "/accounts/7"),
    ] {
        rows.push(Row { name, nanos: cost(&crowded, &alone, covered, path)?, bar: None });
    }
    Ok(rows)
}

/// What an answer costs, and that it is the right one for each of them.
fn cost(trusted: &Trusted, callers: &[String], covered: bool, path: &str) -> Result<f64, String> {
    let categories = &trusted.bundle.tables().categories;
    let found = (0..).zip(categories).find(|(_, category)| category.name == "email");
    let category = CategoryId(found.ok_or("no category")?.0);
    let covers = |subject: &str| {
        let path = path.as_bytes();
        let asked = Use { now: NOW, boundary: BOUNDARY, category, subject, path, used: 0 };
        let mut grants = trusted.grants_for(BOUNDARY, subject);
        grants.any(|grant| trusted.covers(grant, &asked).is_ok())
    };
    if let Some(caller) = callers.iter().find(|caller| covers(caller) != covered) {
        return Err(format!("`{caller}` is answered otherwise"));
    }
    let round = || {
        for caller in callers.iter().cycle().take(ASKED) {
            black_box(covers(black_box(caller)));
        }
    };
    Ok(least(ROUNDS, ASKED, round))
}
