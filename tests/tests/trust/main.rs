//! Every attack on who may let a policy be in force, against the verifier itself, against the module
//! in wasmtime and against the module in real Envoy: the reason that each gives, as a table.
//! A cell never says that an attack was accepted, and what is honest goes on in every column.

#![expect(clippy::print_stdout, reason = "the table is what this suite is for")]

mod envoy;
mod wasmtime;

use anyhow::Result;
use cofferdam_attacks::{Attack, World, attacks, honest_ways};
use cofferdam_engine::trust::Reason;
use cofferdam_tests::worlds::{ALL_CHECKED, Embedded};
use std::process::ExitCode;
use std::time::Instant;

/// Where a host gives another reason than the verifier alone: what fails in the same way in every VM
/// is looked at before who has signed it, and a host remembers what time it was.
const ELSEWHERE: [(&str, &str); 4] = [
    ("one bit of the blob", "not_a_blob"),
    ("the clock set back to before the release", "clock_back"),
    ("the clock set back to before the root", "clock_back"),
    ("the clock steps back a day under a stream", "clock_back"),
];

/// What came of a world on a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Came {
    /// The reason that was given, where one was.
    reason: Option<String>,
    /// Whether the value reached the other side as it was.
    crossed: bool,
}

/// A host that can be told of a world.
trait Stage {
    /// What came of it.
    fn play(&mut self, world: &World) -> Result<Came>;
}

/// The reason in what the filter has logged, the last one that it gave.
fn reason_in(lines: &[String]) -> Option<String> {
    let word = |text: &str| {
        let word: String = text
            .chars()
            .take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_')
            .collect();
        Reason::ALL.iter().any(|reason| reason.name() == word).then_some(word)
    };
    let mut found = None;
    for line in lines {
        let refused = line.split_once("nothing of it takes effect: ");
        let refused = refused.or_else(|| line.split_once("bundle refused: "));
        found = refused.and_then(|(_, behind)| word(behind)).or(found);
        let of_grants = line.split_once(" is in force: ");
        if let Some((_, behind)) = of_grants.or_else(|| line.split_once(ALL_CHECKED)) {
            // Grants that do not hold are told at its end.
            found = behind.rsplit(", ").next().and_then(word).or(found);
        }
        if let Some((_, notes)) = line.split_once("\"notes\":[\"") {
            found = word(notes).or(found);
        }
    }
    found
}

/// Of several grants one is refused, and what crosses does so by another that holds.
fn is_of_another(given: &Option<String>, reason: Reason) -> bool {
    let several = matches!(reason, Reason::GrantTwice | Reason::GrantTotal);
    several && given.as_deref() == Some(reason.name())
}

/// One attack or honest way on every host.
struct Table {
    stages: Vec<(&'static str, Box<dyn Stage>)>,
    passed: u64,
    wrong: Vec<String>,
}

impl Table {
    fn honest(&mut self, way: &str, world: &World) {
        for (name, stage) in &mut self.stages {
            match stage.play(world) {
                Ok(came) if came.crossed == world.grants.is_empty() => {
                    self.wrong.push(format!("honest: {way}, on {name}: {came:?}"));
                }
                Ok(_) => self.passed += 1,
                Err(error) => self.wrong.push(format!("honest: {way}, on {name}: {error:#}")),
            }
        }
    }

    fn attack(&mut self, attack: &Attack) {
        let world = attack.world();
        let native = match world.run() {
            Ok(_) => "ACCEPTED",
            Err(reason) => reason.name(),
        };
        let mut row = format!("{:<62} {native:<20}", attack.name);
        if native != attack.reason.name() {
            self.wrong.push(format!("{}, native: {native}, not {}", attack.name, attack.reason));
        }
        for (name, stage) in &mut self.stages {
            let cell = match stage.play(&world) {
                Err(error) => {
                    self.wrong.push(format!("{}, on {name}: {error:#}", attack.name));
                    "BROKEN".to_owned()
                }
                Ok(came) => {
                    let cell = came.cell(attack.reason);
                    let told = ELSEWHERE.iter().find(|(name, _)| *name == attack.name);
                    let wanted = told.map_or(attack.reason.name(), |(_, word)| word);
                    match cell == wanted {
                        true => self.passed += 1,
                        false => {
                            let text = format!("{}, on {name}: {cell}, not {wanted}", attack.name);
                            self.wrong.push(text);
                        }
                    }
                    cell
                }
            };
            row.push_str(&format!(" {cell:<20}"));
        }
        println!("{}", row.trim_end());
    }
}

impl Came {
    fn cell(self, reason: Reason) -> String {
        let of_another = is_of_another(&self.reason, reason);
        match self.reason {
            _ if self.crossed && !of_another => "ACCEPTED".to_owned(),
            Some(reason) => reason,
            None => "no reason".to_owned(),
        }
    }
}

fn run() -> Result<Table> {
    // One attack alone: a part of its name.
    let only = std::env::args().skip(1).find(|word| !word.starts_with('-')).unwrap_or_default();
    let stages: Vec<(&'static str, Box<dyn Stage>)> =
        vec![("wasmtime", Box::new(Embedded::new()?)), ("envoy", Box::new(envoy::Real::new()?))];
    let mut table = Table { stages, passed: 0, wrong: Vec::new() };
    for (way, world) in honest_ways().filter(|(way, _)| way.contains(&only)) {
        table.honest(way, &world);
    }
    println!("{:<62} {:<20} {:<20} envoy", "attack", "native", "wasmtime");
    for attack in attacks().filter(|attack| attack.name.contains(&only)) {
        table.attack(attack);
    }
    Ok(table)
}

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--list") {
        println!("trust: test");
        return ExitCode::SUCCESS;
    }
    let begun = Instant::now();
    let (passed, wrong) = match run() {
        Ok(table) => (table.passed, table.wrong),
        Err(error) => (0, vec![format!("the hosts cannot run: {error:#}")]),
    };
    wrong.iter().for_each(|line| println!("FAILED {line}"));
    let word = if wrong.is_empty() { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {word}. {passed} passed; {} failed; 0 ignored; 0 measured; 0 filtered out; \
         finished in {:.2}s",
        wrong.len(),
        begun.elapsed().as_secs_f64()
    );
    ExitCode::from(u8::from(!wrong.is_empty()))
}
