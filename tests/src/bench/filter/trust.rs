//! What it costs the module to take a bundle, and what a crossing costs beside many grants.

use super::say;
use crate::wasm::GUARD;
use anyhow::{Result, ensure};
use cofferdam_attacks::{World, caller, crowd};
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
    let mut text = "filter in wasmtime: a bundle with 3 roots and 5 signatures, and a crossing \
                    beside its grants\n\n"
        .to_owned();
    let _ = writeln!(
        text,
        "{:<8} {:>12} {:>12} {:>16} {:>16}",
        "grants", "taken in ms", "fuel", "GET of nobody", "GET of a holder"
    );
    for grants in GRANTS {
        let world = crowd(grants);
        let options = options(&world);
        let mut millis = f64::INFINITY;
        let (mut fuel, mut stranger, mut holder) = (0, 0, 0);
        for _ in 0..ROUNDS {
            let mut vm = harness.load(options.clone())?;
            let begun = Instant::now();
            ensure!(vm.configure()?, "the filter refuses the bundle");
            millis = millis.min(begun.elapsed().as_secs_f64() * 1000.0);
            let taken = vm
                .logs()
                .iter()
                .any(|line| String::from_utf8_lossy(&line.text).contains(" is in force: "));
            ensure!(taken, "the bundle is not in force");
            fuel = vm.fuel_of_last_call();
            // The first exchange of a VM proves its host, and makes its counters.
            exchange(&mut vm, "spiffe://acme.example/ns/support/sa/none");
            stranger = exchange(&mut vm, "spiffe://acme.example/ns/support/sa/none");
            exchange(&mut vm, &caller(grants / 2));
            holder = exchange(&mut vm, &caller(grants / 2));
        }
        let _ = writeln!(text, "{grants:<8} {millis:>12.2} {fuel:>12} {stranger:>16} {holder:>16}");
    }
    say(&text);
    Ok(())
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
