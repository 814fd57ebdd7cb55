//! What a VM comes to know only as time passes: many grants, of which it checks a few at each tick, so
//! that nothing else waits for it; and a release whose time has not come. Runs in wasmtime.

use cofferdam_attacks::{World, crowd};
use cofferdam_harness::{Shared, Vm};
use cofferdam_tests::worlds::{Embedded, exchange, lines};

const GRANTS: usize = 40;

/// The crowd's world, as one of its callers sees it: who has the grant at a place in the bundle.
fn seen_by(place: usize) -> World {
    let mut world = crowd(GRANTS);
    let subject = world.grants[place].0.document.subject.clone();
    world.asked.subject = subject.leak();
    world
}

fn gauge(vm: &Vm, of: &str) -> i64 {
    let name = format!("cofferdam_trust_number_cdo_{of}_cdz");
    let mut told = vm.metrics().iter().filter(|metric| metric.name == name);
    told.next().expect("a gauge").value
}

fn says(vm: &Vm, words: &str) -> bool {
    lines(vm).iter().any(|line| line.contains(words))
}

#[test]
fn many_grants_are_checked_tick_by_tick_and_known_from_then_on() {
    let (first, last) = (seen_by(0), seen_by(GRANTS - 1));
    let embedded = Embedded::new().unwrap();
    let mut vm = embedded.vm(&first, &Shared::default()).unwrap();
    assert!(vm.configure().unwrap());
    assert!(says(&vm, "grants: 2 of 40, 38 are still to be checked"), "{:?}", lines(&vm));
    assert!(exchange(&mut vm, &first), "a few are checked at once");
    assert!(!exchange(&mut vm, &last), "nobody has checked that one");
    assert!(says(&vm, "\"grant_waiting\""), "{:?}", lines(&vm));
    vm.tick().unwrap();
    assert_eq!((gauge(&vm, "grants"), gauge(&vm, "grants_waiting")), (18, 22));
    assert!(!exchange(&mut vm, &last) && !says(&vm, "all grants checked"));
    vm.tick().unwrap();
    vm.tick().unwrap();
    assert_eq!((gauge(&vm, "grants"), gauge(&vm, "grants_waiting")), (40, 0));
    assert!(says(&vm, "release 7, all grants checked, grants: 40 of 40"), "{:?}", lines(&vm));
    assert!(exchange(&mut vm, &last));
    // The same once more: all are known.
    assert!(vm.configure().unwrap());
    assert!(says(&vm, "grants: 40 of 40"), "{:?}", lines(&vm));
    assert!(exchange(&mut vm, &last));
}

/// A host without timers has no later.
#[test]
fn without_timers_all_are_checked_at_once() {
    let mut last = seen_by(GRANTS - 1);
    last.asked.at.push(last.now);
    let embedded = Embedded::new().unwrap();
    let mut vm = embedded.vm_with(&last, &Shared::default(), &["COFFERDAM_NO_TIMERS"]).unwrap();
    assert!(vm.configure().unwrap());
    assert!(exchange(&mut vm, &last), "{:?}", lines(&vm));
}

/// What is early is told once, however often it is tried again.
#[test]
fn what_is_early_is_told_once_and_taken_when_its_time_has_come() {
    let mut world = seen_by(0);
    let begins = world.now.after(25);
    world.release.as_mut().unwrap().document.period.from = begins;
    let embedded = Embedded::new().unwrap();
    let mut vm = embedded.vm(&world, &Shared::default()).unwrap();
    assert!(vm.configure().unwrap());
    let refusals =
        |vm: &Vm| lines(vm).iter().filter(|line| line.contains("bundle refused")).count();
    assert_eq!(refusals(&vm), 1, "{:?}", lines(&vm));
    for _ in 0..24 {
        vm.tick().unwrap();
    }
    assert!(!exchange(&mut vm, &world) && !says(&vm, "is in force"));
    for _ in 0..10 {
        vm.tick().unwrap();
    }
    assert!(says(&vm, "is in force") && exchange(&mut vm, &world), "{:?}", lines(&vm));
    assert_eq!(refusals(&vm), 1, "{:?}", lines(&vm));
    let counted = vm.metrics().iter().find(|metric| metric.name.contains("trust_refused"));
    assert_eq!(counted.map(|metric| metric.value), Some(1));
}
