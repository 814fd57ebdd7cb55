//! The attacks on the module in the embedded host, whose clock is set and whose VMs share what the
//! one before has left.

use crate::{Came, Stage, body, canary, reason_in};
use anyhow::{Result, ensure};
use cofferdam_attacks::World;
use cofferdam_engine::trust::Time;
use cofferdam_harness::{Guard, Harness, Options, Shared, StreamSpec, Vm};
use cofferdam_tests::wasm::{GUARD, module_path};
use std::collections::BTreeMap;

pub(crate) struct Embedded {
    harness: Harness,
}

impl Embedded {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { harness: Harness::new(&std::fs::read(module_path())?)? })
    }

    fn vm(&self, world: &World, shared: &Shared) -> Result<Vm> {
        let mut env = world.environment();
        env.push(("COFFERDAM_HOLD_HEADERS".into(), "1".into()));
        env.push(("COFFERDAM_DIRECT_ADDRESS".into(), "1".into()));
        Ok(self.harness.load(Options {
            configuration: world.bundle(),
            env,
            guard: Some(Guard { key: GUARD.into(), value: b"ok".to_vec() }),
            clock_nanos: nanos(world.now),
            shared: shared.clone(),
            ..Options::default()
        })?)
    }
}

fn nanos(time: Time) -> u64 {
    time.0 * 1_000_000_000
}

impl Stage for Embedded {
    fn play(&mut self, world: &World) -> Result<std::result::Result<Came, &'static str>> {
        if world.engine != cofferdam_engine::trust::EngineVersion::this() {
            return Ok(Err("the module has one engine"));
        }
        let shared = Shared::default();
        if let Some(before) = world.before() {
            let mut vm = self.vm(&before, &shared)?;
            ensure!(vm.configure()?, "what was before is refused: {:?}", lines(&vm));
            let is_in_force = lines(&vm).iter().any(|line| line.contains("is in force"));
            ensure!(is_in_force, "what was before is not in force: {:?}", lines(&vm));
        } else if world.seen_release.is_some_and(|seen| seen.version == u64::MAX) {
            return Ok(Err("nobody signs such a version"));
        }
        let mut vm = self.vm(world, &shared)?;
        vm.configure()?;
        let first = world.asked.at.first().map_or(0, |at| at.0.saturating_sub(world.now.0));
        vm.advance_millis(first * 1000);
        for _ in 0..world.asked.used {
            exchange(&mut vm, world);
        }
        let crossed = exchange(&mut vm, world);
        Ok(Ok(Came { reason: reason_in(&lines(&vm)), crossed }))
    }
}

fn lines(vm: &Vm) -> Vec<String> {
    vm.logs().iter().map(|line| String::from_utf8_lossy(&line.text).into_owned()).collect()
}

/// One request over the boundary of the grant: whether the value reached the upstream.
fn exchange(vm: &mut Vm, world: &World) -> bool {
    let subject = world.asked.subject;
    let mut properties = BTreeMap::from([
        ("connection.mtls".to_owned(), vec![u8::from(!subject.is_empty())]),
        ("xds.cluster_name".to_owned(), b"desk".to_vec()),
        ("xds.listener_direction".to_owned(), 0_u64.to_le_bytes().to_vec()),
        ("source.address".to_owned(), b"127.0.0.1:40000".to_vec()),
    ]);
    if !subject.is_empty() {
        let name = "connection.uri_san_peer_certificate".to_owned();
        properties.insert(name, subject.as_bytes().to_vec());
    }
    let late = BTreeMap::from([("upstream.address".to_owned(), b"127.0.0.1:9".to_vec())]);
    let id = vm.open(StreamSpec { properties, response_properties: late });
    let head = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", world.asked.path),
        (":authority", "desk.test"),
        ("content-type", "application/json"),
    ];
    let pair = |(name, value): (&str, &str)| (name.as_bytes().into(), value.as_bytes().into());
    vm.request_head(id, head.map(pair).into(), false);
    vm.request_body(id, b" ", false);
    for time in world.asked.at.iter().skip(1) {
        vm.set_clock_nanos(nanos(*time));
    }
    vm.request_body(id, body(world).as_bytes(), true);
    if vm.upstream_answers(id) {
        vm.response_head(id, vec![(b":status".to_vec(), b"204".to_vec())], true);
    }
    let came = vm.close(id);
    let body = came.upstream.map(|received| received.body).unwrap_or_default();
    String::from_utf8_lossy(&body).contains(canary(world))
}
