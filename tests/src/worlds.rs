//! Worlds of attacks on trust, as the module in the embedded host finds itself in them.

use crate::wasm::{GUARD, module_path};
use anyhow::{Context as _, Result, ensure};
use cofferdam_attacks::World;
use cofferdam_engine::trust::Time;
use cofferdam_harness::{Guard, Harness, Options, Shared, StreamSpec, Vm};
use std::collections::BTreeMap;

/// A made-up address, which must not cross unless it is granted.
const MAIL: &str = "ann.reed@example.com";
/// A made-up token of a session.
const JWT: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";

/// What the module says of grants that it has not checked yet, and when it has.
pub const WAITING: &str = " are still to be checked";
/// See [`WAITING`].
pub const ALL_CHECKED: &str = ", all grants checked, ";

/// The value that is sent in a world.
#[must_use]
pub fn canary(world: &World) -> &'static str {
    if world.asked.category == "jwt" { JWT } else { MAIL }
}

/// The body that it is in.
#[must_use]
pub fn body(world: &World) -> String {
    format!("{{\"text\":\"write to {} soon\"}}", canary(world))
}

/// What the guest says when it has shared something.
pub const SHARED: &str = "shared";

/// For the guest, where a world's host remembers what nobody could have given it: it stands in a VM
/// of the filter's id, and writes over what the filter has remembered there.
#[must_use]
pub fn poison(world: &World) -> Option<Vec<u8>> {
    let seen = world.seen_release.filter(|seen| seen.version == u64::MAX)?;
    let key = format!("cofferdam.floor.{}.{}", world.pin(), world.audience);
    // No root, this release, and no time.
    let floor = [&[0; 40][..], &seen.version.to_le_bytes(), &seen.digest.0, &[0; 8]].concat();
    Some([b"share\n", key.as_bytes(), b"\n", &floor].concat())
}

/// The module in the embedded host.
pub struct Embedded {
    harness: Harness,
}

impl Embedded {
    /// Compiles the module.
    ///
    /// # Errors
    /// When there is none.
    pub fn new() -> Result<Self> {
        Ok(Self { harness: Harness::new(&std::fs::read(module_path())?)? })
    }

    /// A VM in a world, not configured yet.
    ///
    /// # Errors
    /// When the module does not load.
    pub fn vm(&self, world: &World, shared: &Shared) -> Result<Vm> {
        self.vm_with(world, shared, &[])
    }

    /// Writes over what VMs of a host share.
    ///
    /// # Errors
    /// When there is no guest, or the host does not take it.
    pub fn poison(&self, configuration: Vec<u8>, shared: &Shared) -> Result<()> {
        let guest = module_path().with_file_name("cofferdam_guest.wasm");
        let guest = std::fs::read(&guest).context("the guest is not built")?;
        let options = Options { configuration, shared: shared.clone(), ..Options::default() };
        let mut vm = Harness::new(&guest)?.load(options)?;
        vm.configure()?;
        ensure!(
            lines(&vm).iter().any(|line| line == SHARED),
            "it shares nothing: {:?}",
            lines(&vm)
        );
        Ok(())
    }

    /// One whose environment says more, by names of what is so.
    ///
    /// # Errors
    /// When the module does not load.
    pub fn vm_with(&self, world: &World, shared: &Shared, is_so: &[&str]) -> Result<Vm> {
        let mut env = world.environment();
        env.extend(is_so.iter().map(|name| ((*name).to_owned(), "1".to_owned())));
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

/// A time as clocks of hosts tell it.
#[must_use]
pub fn nanos(time: Time) -> u64 {
    time.0 * 1_000_000_000
}

/// What the module has logged.
#[must_use]
pub fn lines(vm: &Vm) -> Vec<String> {
    vm.logs().iter().map(|line| String::from_utf8_lossy(&line.text).into_owned()).collect()
}

/// One request over the boundary of the grant: whether the value reached the upstream.
pub fn exchange(vm: &mut Vm, world: &World) -> bool {
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
