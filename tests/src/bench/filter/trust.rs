//! What it costs the module to take a bundle, and what a crossing costs beside many grants.

use super::say;
use crate::wasm::GUARD;
use crate::worlds::{ALL_CHECKED, WAITING};
use anyhow::{Result, ensure};
use cofferdam_attacks::{World, caller, crowd};
use cofferdam_engine::blob::Digest;
use cofferdam_harness::{Guard, Harness, Options, StreamSpec, Vm};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Instant;

/// Grants of a bundle: none, as companies have them, and as many as it is measured with.
const GRANTS: [usize; 3] = [0, 50, 1000];
/// The best of so many is told.
const ROUNDS: usize = 5;

/// Measures both, and prints a table.
///
/// # Errors
/// When a bundle is not taken.
pub fn run(harness: &Harness) -> Result<()> {
    let mut text =
        "filter in wasmtime: a bundle with 3 roots and 5 signatures, the same once more, \
                    and a crossing beside its grants\n\n"
            .to_owned();
    let _ = writeln!(
        text,
        "{:<8} {:>10} {:>10} {:>14} {:>9} {:>6} {:>10} {:>11} {:>13} {:>15}",
        "grants",
        "read in ms",
        "fuel",
        "verified in ms",
        "fuel",
        "ticks",
        "ms at most",
        "again in ms",
        "GET of nobody",
        "GET of a holder"
    );
    for grants in GRANTS {
        let world = crowd(grants);
        let options = options(&world);
        let elsewhere = World { pin: Some(Digest::of(b"another")), ..world.clone() };
        let (mut read, mut first) = (Cost::MOST, Cost::MOST);
        let (mut later, mut again) = (Cost::MOST, Cost::MOST);
        let (mut ticks, mut stranger, mut holder) = (0, 0, 0);
        for _ in 0..ROUNDS {
            // Another root is trusted here: all is read, and no signature is looked at.
            let mut vm = harness.load(self::options(&elsewhere))?;
            read = read.min(Cost::of(&mut vm, |vm| Ok(vm.configure()?))?);
            ensure!(says(&vm, "bundle refused: root_pin"), "the bundle is not refused");
            let mut vm = harness.load(options.clone())?;
            first = first.min(Cost::of(&mut vm, |vm| Ok(vm.configure()?))?);
            ensure!(says(&vm, " is in force: "), "the bundle is not in force");
            let mut longest = Cost::NONE;
            ticks = 0;
            while says(&vm, WAITING) && !says(&vm, ALL_CHECKED) {
                longest = longest.max(Cost::of(&mut vm, |vm| Ok(vm.tick().map(|()| true)?))?);
                ticks += 1;
            }
            later = later.min(longest);
            // The first exchange of a VM proves its host, and makes its counters.
            exchange(&mut vm, "spiffe://acme.example/ns/support/sa/none");
            stranger = exchange(&mut vm, "spiffe://acme.example/ns/support/sa/none");
            exchange(&mut vm, &caller(grants / 2));
            holder = exchange(&mut vm, &caller(grants / 2));
            again = again.min(Cost::of(&mut vm, |vm| Ok(vm.configure()?))?);
        }
        let _ = writeln!(
            text,
            "{grants:<8} {:>10.2} {:>10} {:>14.2} {:>9} {ticks:>6} {:>10.2} {:>11.2} \
             {stranger:>13} {holder:>15}",
            read.millis,
            read.fuel,
            first.millis - read.millis,
            first.fuel.saturating_sub(read.fuel),
            later.millis,
            again.millis
        );
    }
    say(&text);
    Ok(())
}

/// What a call cost.
#[derive(Clone, Copy)]
struct Cost {
    millis: f64,
    fuel: u64,
}

impl Cost {
    const NONE: Self = Self { millis: 0.0, fuel: 0 };
    const MOST: Self = Self { millis: f64::INFINITY, fuel: u64::MAX };

    fn of(vm: &mut Vm, call: impl FnOnce(&mut Vm) -> Result<bool>) -> Result<Self> {
        let begun = Instant::now();
        ensure!(call(vm)?, "the filter refuses");
        let millis = begun.elapsed().as_secs_f64() * 1000.0;
        Ok(Self { millis, fuel: vm.fuel_of_last_call() })
    }

    fn min(self, other: Self) -> Self {
        Self { millis: self.millis.min(other.millis), fuel: self.fuel.min(other.fuel) }
    }

    fn max(self, other: Self) -> Self {
        Self { millis: self.millis.max(other.millis), fuel: self.fuel.max(other.fuel) }
    }
}

fn says(vm: &Vm, words: &str) -> bool {
    vm.logs().iter().any(|line| String::from_utf8_lossy(&line.text).contains(words))
}

fn options(world: &World) -> Options {
    let mut env = world.environment();
    env.push(("COFFERDAM_HOLD_HEADERS".into(), "1".into()));
    Options {
        configuration: world.bundle(),
        env,
        guard: Some(Guard { key: GUARD.into(), value: b"ok".to_vec() }),
        clock_nanos: world.now.0 * 1_000_000_000,
        ..Options::default()
    }
}

/// Fuel of a request without a body over the boundary that the grants are for.
fn exchange(vm: &mut Vm, subject: &str) -> u64 {
    let properties = BTreeMap::from([
        ("connection.mtls".to_owned(), vec![1]),
        ("connection.uri_san_peer_certificate".to_owned(), subject.as_bytes().to_vec()),
        ("xds.cluster_name".to_owned(), b"desk".to_vec()),
        ("xds.listener_direction".to_owned(), 0_u64.to_le_bytes().to_vec()),
    ]);
    let id = vm.open(StreamSpec { properties, ..StreamSpec::default() });
    let head = [
        (":method", "GET"),
        (":scheme", "http"),
        (":path", "/orders/1001"),
        (":authority", "desk.test"),
    ];
    let pair = |(name, value): (&str, &str)| (name.as_bytes().into(), value.as_bytes().into());
    vm.request_head(id, head.map(pair).into(), true);
    if vm.upstream_answers(id) {
        vm.response_head(id, vec![(b":status".to_vec(), b"204".to_vec())], true);
    }
    vm.close(id).fuel()
}
