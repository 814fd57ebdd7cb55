//! `cargo xtask fuzz [TARGET…] [--minutes N]`: runs fuzz targets, each for its time or until it
//! finds something, and tells what each came to.
//! Says what was found only by the file that shows it: what a target prints stays in its log.

use crate::Done;
use crate::failure::{During as _, Failure};
use crate::shell;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

/// Instrumented builds need what only a nightly compiler has.
const TOOLCHAIN: &str = "nightly";
const CARGO_FUZZ: &str = "cargo-fuzz@^0.13";
/// Minutes for each target, unless told otherwise.
const MINUTES: u64 = 20;
/// Files that each target begins with. Inputs are choices of a generator, so any bytes will do;
/// but libFuzzer begins with a few bytes, of which nothing that is worth reading is made.
const SEEDS: u64 = 64;
const SEED_BYTES: std::ops::RangeInclusive<u64> = 16..=900;
/// A message under all laws may take long on a busy machine; what never ends is told all the same.
const OPTIONS: &[&str] =
    &["-len_control=0", "-max_len=1024", "-timeout=300", "-print_final_stats=1"];

/// Folders below the target folder, which keep what a run learnt for the next one.
struct Folders {
    /// What is built, and `cargo-fuzz` itself.
    build: PathBuf,
    tools: PathBuf,
    seeds: PathBuf,
    corpus: PathBuf,
    findings: PathBuf,
    logs: PathBuf,
}

/// What one target came to.
struct Row {
    target: String,
    executions: u64,
    took: Duration,
    result: Outcome,
}

enum Outcome {
    Nothing,
    /// Shown by this file.
    Finding(PathBuf),
    /// It ended, and left no file: see its log.
    Broken(PathBuf),
}

/// Runs these targets, or all there are.
pub(crate) fn run(names: &[&str], minutes: Option<u64>) -> Done {
    let targets = chosen(names)?;
    let folders = Folders::new();
    folders.make(&targets)?;
    nightly()?;
    let binaries = build(&folders, &targets)?;
    seeds(&folders.seeds)?;
    let time = Duration::from_secs(minutes.unwrap_or(MINUTES).saturating_mul(60));
    let rows = run_all(&folders, &binaries, &targets, time);
    report(&rows, &binaries);
    match rows.iter().all(|row| matches!(row.result, Outcome::Nothing)) {
        true => Ok(()),
        false => Err(Failure::new("fuzzing found something")),
    }
}

/// The targets of these names, in the order of the list; all of them without a name.
fn chosen(names: &[&str]) -> Result<Vec<String>, Failure> {
    let manifest = shell::root().join("fuzz").join("Cargo.toml");
    let text = fs::read_to_string(manifest).during("cannot read the list of fuzz targets")?;
    let targets: Vec<String> = targets(&text).map(str::to_owned).collect();
    let known = |name: &&&str| targets.iter().any(|target| target == **name);
    if let Some(name) = names.iter().find(|name| !known(name)) {
        return Err(Failure::new(format!("no fuzz target is called `{name}`"))
            .help(format!("there are: {}", targets.join(", "))));
    }
    let wanted = |target: &String| names.is_empty() || names.contains(&target.as_str());
    Ok(targets.into_iter().filter(wanted).collect())
}

/// The names of binaries in the manifest, each on a line of its own.
fn targets(manifest: &str) -> impl Iterator<Item = &str> {
    let lines = manifest.lines().map(str::trim_start);
    let named = lines.filter_map(|line| line.strip_prefix("{ name = \""));
    named.filter_map(|rest| rest.split('"').next())
}

impl Folders {
    fn new() -> Self {
        let all = shell::target().join("fuzz");
        Self {
            build: all.join("build"),
            tools: all.join("tools"),
            seeds: all.join("seeds"),
            corpus: all.join("corpus"),
            findings: all.join("findings"),
            logs: all.join("logs"),
        }
    }

    fn make(&self, targets: &[String]) -> Done {
        let each = targets
            .iter()
            .flat_map(|target| [&self.corpus, &self.findings].map(|f| f.join(target)));
        let mut all = each.chain([self.seeds.clone(), self.logs.clone()]);
        all.try_for_each(fs::create_dir_all).during("cannot make folders for fuzzing")
    }
}

fn nightly() -> Done {
    let mut rustc = with_nightly("rustc");
    if shell::output(rustc.arg("--version")).is_some() {
        return Ok(());
    }
    let missing = Failure::new(format!("fuzzing needs a {TOOLCHAIN} compiler, and there is none"));
    Err(match shell::has("rustup") {
        true => missing.help(format!(
            "get it with: rustup toolchain install {TOOLCHAIN} --profile minimal; nothing else \
             here uses it"
        )),
        false => missing.help("install Rust with rustup, which has compilers side by side"),
    })
}

/// A program of the nightly toolchain. What cargo told this one of its own would mislead it.
fn with_nightly(program: &str) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", TOOLCHAIN, program]).current_dir(shell::root());
    for name in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN", "CARGO_TARGET_DIR", "RUSTFLAGS"] {
        command.env_remove(name);
    }
    command
}

/// Builds the targets; where they are.
fn build(folders: &Folders, targets: &[String]) -> Result<PathBuf, Failure> {
    let tool = cargo_fuzz(&folders.tools)?;
    // PERF: with the address sanitizer the policies alone take a minute to make, and there is no
    // unsafe code that it could find something in (2026-11-22).
    let options = ["--sanitizer", "none", "--target-dir"];
    // It takes one of them, or all; and all are many to link for who wants a few.
    for target in targets {
        let mut build = with_nightly(&tool.to_string_lossy());
        build.arg("build").args(options).arg(&folders.build).arg(target);
        shell::run(&mut build)?;
    }
    let mut rustc = with_nightly("rustc");
    let told = shell::output(rustc.arg("-vV")).unwrap_or_default();
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or_else(|| Failure::new("the compiler does not tell what it builds for"))?;
    Ok(folders.build.join(host).join("release"))
}

fn cargo_fuzz(tools: &Path) -> Result<PathBuf, Failure> {
    let own = tools.join("bin").join("cargo-fuzz");
    if own.is_file() {
        return Ok(own);
    }
    if shell::has("cargo-fuzz") {
        return Ok("cargo-fuzz".into());
    }
    shell::say("installing cargo-fuzz into the target folder (once)");
    let mut install = with_nightly("cargo");
    install.args(["install", CARGO_FUZZ, "--locked", "--root"]).arg(tools);
    shell::run(&mut install).map_err(|failure| failure.help("check the network"))?;
    Ok(own)
}

/// The same files every time.
fn seeds(folder: &Path) -> Done {
    for n in 0..SEEDS {
        let mut state = n;
        let length =
            SEED_BYTES.start() + next(&mut state) % (SEED_BYTES.end() - SEED_BYTES.start() + 1);
        let bytes: Vec<u8> = (0..length).map(|_| next(&mut state).to_le_bytes()[7]).collect();
        fs::write(folder.join(format!("{n:02}")), bytes).during("cannot write a seed")?;
    }
    Ok(())
}

/// SplitMix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// As many at once as there are processors, in order.
fn run_all(folders: &Folders, binaries: &Path, targets: &[String], time: Duration) -> Vec<Row> {
    let workers = thread::available_parallelism().map_or(1, usize::from).min(targets.len());
    let left = Mutex::new(targets.iter().enumerate());
    let rows = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                // Nobody who holds a lock panics, so none is poisoned.
                while let Some((n, target)) = left.lock().ok().and_then(|mut left| left.next()) {
                    let row = run_one(folders, binaries, target, time);
                    shell::say(&row.line());
                    if let Ok(mut rows) = rows.lock() {
                        rows.push((n, row));
                    }
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap_or_default();
    rows.sort_by_key(|(n, _)| *n);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn run_one(folders: &Folders, binaries: &Path, target: &str, time: Duration) -> Row {
    let begun = Instant::now();
    let log = folders.logs.join(format!("{target}.log"));
    let ended = fuzz(folders, binaries, target, time, &log).unwrap_or(false);
    let told = fs::read(&log).unwrap_or_default();
    let told = String::from_utf8_lossy(&told);
    let result = match (ended, file_of(&told)) {
        (true, _) => Outcome::Nothing,
        (false, Some(file)) => Outcome::Finding(file.into()),
        (false, None) => Outcome::Broken(log),
    };
    Row { target: target.to_owned(), executions: executions(&told), took: begun.elapsed(), result }
}

/// Whether it came to the end of its time.
fn fuzz(
    folders: &Folders,
    binaries: &Path,
    target: &str,
    time: Duration,
    log: &Path,
) -> Result<bool, Failure> {
    let file = File::create(log).during("cannot write a log")?;
    let findings = folders.findings.join(target);
    let mut command = Command::new(binaries.join(target));
    command.args(OPTIONS).arg(format!("-max_total_time={}", time.as_secs()));
    command.arg(format!("-artifact_prefix={}/", findings.display()));
    // What was found before is tried first.
    command.arg(folders.corpus.join(target)).arg(&folders.seeds).arg(findings);
    let out = file.try_clone().during("cannot write a log")?;
    let ended = command.current_dir(&folders.logs).stdout(out).stderr(file).status();
    Ok(ended.during("cannot run a fuzz target")?.success())
}

/// The file that shows what was found.
fn file_of(log: &str) -> Option<&str> {
    // What was only slow has left a file before.
    let mut files = log.lines().filter_map(|line| line.split_once("Test unit written to "));
    files.next_back().map(|(_, file)| file)
}

fn executions(log: &str) -> u64 {
    const WORDS: &str = "stat::number_of_executed_units:";
    let number = log.lines().find_map(|line| line.strip_prefix(WORDS));
    number.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
}

impl Row {
    fn line(&self) -> String {
        let Self { target, executions, took, result } = self;
        let result = match result {
            Outcome::Nothing => "no finding",
            Outcome::Finding(_) => "FINDING",
            Outcome::Broken(_) => "BROKEN",
        };
        format!("{target:<22} {executions:>10} {:>8}  {result}", took.as_secs())
    }
}

fn report(rows: &[Row], binaries: &Path) {
    shell::print(&format!("\n{:<22} {:>10} {:>8}  result\n", "target", "executions", "seconds"));
    rows.iter().for_each(|row| shell::print(&format!("{}\n", row.line())));
    for Row { target, result, .. } in rows {
        let binary = binaries.join(target);
        match result {
            Outcome::Nothing => {}
            Outcome::Finding(file) => {
                let (binary, file) = (binary.display(), file.display());
                shell::print(&format!("\n{target}: repeat it with\n  {binary} {file}\n"));
                let smaller = format!("{binary} -minimize_crash=1 -max_total_time=300 {file}");
                shell::print(&format!("and make it smaller with\n  {smaller}\n"));
            }
            Outcome::Broken(log) => {
                let log = log.display();
                shell::print(&format!("\n{target}: it ended and left no file; see\n  {log}\n"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{executions, file_of, targets};

    #[test]
    fn what_a_target_says_at_its_end_is_read() {
        let log = "#7\tDONE\nstat::number_of_executed_units: 4312\nstat::average_exec_per_sec: 3\n";
        assert_eq!((executions(log), file_of(log)), (4312, None));
        let log = "artifact_prefix='/f/'; Test unit written to /f/crash-0a1b\nBase64: AA==\n";
        assert_eq!((executions(log), file_of(log)), (0, Some("/f/crash-0a1b")));
    }

    #[test]
    fn targets_are_read_from_the_manifest() {
        let manifest = "bin = [\n    { name = \"blob\", path = \"a.rs\" },\n]\nname = \"other\"\n";
        assert_eq!(targets(manifest).collect::<Vec<_>>(), ["blob"]);
        let own = include_str!("../../fuzz/Cargo.toml");
        assert!(targets(own).any(|target| target == "format-html"));
    }
}
