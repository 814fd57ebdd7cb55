//! What the filter's module promises of itself, whatever a message holds: bad configurations are
//! refused without a trap, a capability that is missing is noticed, memory and host calls stay few.
//! Runs in wasmtime; needs the module (`COFFERDAM_WASM`, or where a build puts it).

use cofferdam_harness::{Exchange, Guard, Harness, Message, Options, Outcome, StreamSpec, Vm};
use cofferdam_tests::corpus;
use cofferdam_tests::people;
use cofferdam_tests::policy::{Policies, Policy};
use cofferdam_tests::wasm::{GUARD, module_path};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::OnceLock;

const CANARY: &str = "ann@example.com";

fn harness() -> &'static Harness {
    static HARNESS: OnceLock<Harness> = OnceLock::new();
    HARNESS.get_or_init(|| {
        let path = module_path();
        let wasm =
            std::fs::read(&path).unwrap_or_else(|_| panic!("no module at {}", path.display()));
        Harness::new(&wasm).unwrap()
    })
}

fn policy() -> Rc<Policy> {
    Policies::new(&corpus::folder("policies")).named("basic").unwrap()
}

fn options(blob: &[u8]) -> Options {
    let options = Options {
        env: vec![("COFFERDAM_HOLD_HEADERS".into(), "1".into())],
        guard: Some(Guard { key: GUARD.into(), value: b"ok".to_vec() }),
        ..Options::default()
    };
    people::signed(blob, options)
}

fn vm() -> Vm {
    let mut vm = harness().load(options(&policy().blob)).unwrap();
    assert!(vm.configure().unwrap());
    vm
}

fn spec() -> StreamSpec {
    let properties = BTreeMap::from([
        ("connection.mtls".to_owned(), vec![0]),
        ("destination.port".to_owned(), 8443_u64.to_le_bytes().to_vec()),
        ("xds.cluster_name".to_owned(), b"vault".to_vec()),
        ("xds.listener_direction".to_owned(), 0_u64.to_le_bytes().to_vec()),
        ("source.address".to_owned(), b"127.0.0.1:40000".to_vec()),
    ]);
    let later = BTreeMap::from([("upstream.address".to_owned(), b"127.0.0.1:9".to_vec())]);
    StreamSpec { properties, response_properties: later }
}

fn message(start: &[(&str, &str)], chunks: Vec<Vec<u8>>) -> Message {
    let last = chunks.len();
    let head = start.iter().map(|(name, value)| (name.as_bytes().into(), value.as_bytes().into()));
    Message {
        head: head.collect(),
        chunks: chunks.into_iter().enumerate().map(|(n, chunk)| (chunk, n + 1 == last)).collect(),
        trailers: None,
    }
}

fn exchange(request: Vec<Vec<u8>>, response: Vec<Vec<u8>>) -> Exchange {
    let request_head = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", "/"),
        (":authority", "service.test"),
        ("content-type", "text/plain"),
    ];
    Exchange {
        spec: spec(),
        request: message(&request_head, request),
        response: message(&[(":status", "200"), ("content-type", "text/plain")], response),
    }
}

fn leaks(outcome: &Outcome) -> bool {
    let has = |bytes: &[u8]| bytes.windows(CANARY.len()).any(|piece| piece == CANARY.as_bytes());
    [&outcome.upstream, &outcome.client].into_iter().flatten().any(|received| has(&received.body))
}

fn both_ways() -> Exchange {
    let text = || vec![format!("mail {CANARY} now").into_bytes(), b" and more".to_vec()];
    exchange(text(), text())
}

#[test]
fn a_configuration_that_is_no_policy_is_refused_and_never_traps() {
    let good = policy().blob.clone();
    let mut bad: Vec<(String, Vec<u8>)> = Vec::new();
    let places = (0..good.len()).filter(|at| *at < 64 || at % 37 == 0);
    for at in places {
        bad.push((format!("a blob cut at {at}"), people::sign(&good[..at])));
        let mut flipped = good.clone();
        flipped[at] ^= 1;
        bad.push((format!("a blob flipped at {at}"), people::sign(&flipped)));
    }
    let bundle = people::sign(&good);
    bad.extend(
        (0..bundle.len()).step_by(61).map(|at| (format!("cut at {at}"), bundle[..at].into())),
    );
    bad.push(("a blob with a byte more".into(), people::sign(&[&good[..], b"x"].concat())));
    bad.push(("with a byte more".into(), [&bundle[..], b"x"].concat()));
    bad.push(("a blob that nobody signed".into(), good));
    bad.push(("64 MiB of zeros".into(), vec![0; 64 << 20]));
    bad.push(("64 MiB behind a bundle".into(), [&bundle[..], &vec![0; 64 << 20][..]].concat()));
    bad.push(("JSON without a bundle".into(), b"{}".to_vec()));
    bad.push(("a bundle that is no base64".into(), br#"{"bundle":"%%%"}"#.to_vec()));
    let count = bad.len();
    let mut vm = harness().load(options(b"")).unwrap();
    for (what, bytes) in bad {
        assert!(!vm.reconfigure(bytes).unwrap_or_else(|trap| panic!("{what}: {trap}")), "{what}");
    }
    assert!(count > 300, "only {count} configurations");
    let outcome = vm.exchange(&both_ways());
    assert_eq!((outcome.status(), outcome.upstream), (Some(503), None));
}

/// What is signed is signed whole: a bundle that differs anywhere is refused, or counts as one that
/// nobody has signed, for whether a signature holds is a matter of the time.
#[test]
fn a_bundle_that_was_altered_lets_nothing_cross_and_never_traps() {
    let bundle = people::sign(&policy().blob);
    let mut vm = harness().load(options(b"")).unwrap();
    for at in (0..bundle.len()).filter(|at| *at < 64 || at % 41 == 0) {
        let mut altered = bundle.clone();
        altered[at] ^= 1;
        let taken = vm.reconfigure(altered).unwrap_or_else(|trap| panic!("at {at}: {trap}"));
        if taken {
            let outcome = vm.exchange(&both_ways());
            assert_eq!((outcome.status(), outcome.upstream), (Some(503), None), "at {at}");
        }
    }
}

#[test]
fn a_bad_update_leaves_the_last_good_policy_in_force() {
    let mut vm = vm();
    assert!(!vm.reconfigure(b"nonsense".to_vec()).unwrap());
    let outcome = vm.exchange(&both_ways());
    assert_eq!(outcome.status(), Some(200));
    assert!(!leaks(&outcome));
}

#[test]
fn whatever_capability_is_missing_nothing_leaks_from_the_second_exchange_on() {
    let all = harness().capabilities();
    let mut leaked_once = BTreeSet::new();
    for missing in &all {
        let list: BTreeSet<String> = all.iter().filter(|name| *name != missing).cloned().collect();
        let restricted = Options { allow_list: Some(list), ..options(&policy().blob) };
        let mut vm = harness().load(restricted).unwrap();
        // A configuration that is refused, or traps, is one with which a host does not start.
        if !vm.configure().unwrap_or(false) {
            continue;
        }
        if leaks(&vm.exchange(&both_ways())) {
            leaked_once.insert(missing.as_str());
        }
        for n in 2..=3 {
            assert!(!leaks(&vm.exchange(&both_ways())), "without `{missing}`: exchange {n} leaks");
        }
    }
    let known = BTreeSet::from(["proxy_on_response_body", "proxy_on_response_headers"]);
    assert!(leaked_once.is_subset(&known), "these leak once: {leaked_once:?}");
}

#[test]
fn memory_stays_flat_however_long_a_response_is() {
    let mut vm = vm();
    let chunk = format!("{} {CANARY}, ", "words and words".repeat(1000)).into_bytes();
    let sent = |count| exchange(vec![b"x".to_vec()], vec![chunk.clone(); count]);
    let short = vm.exchange(&sent(20));
    let long = vm.exchange(&sent(2000));
    let received = long.client.clone().unwrap();
    assert!(!leaks(&long) && received.complete);
    assert_eq!(received.body.len(), 2000 * (chunk.len() - CANARY.len() + "[email]".len()));
    assert_eq!(long.memory_bytes, short.memory_bytes);
}

#[test]
fn streams_that_take_turns_do_not_mix() {
    let mut vm = vm();
    let head = exchange(Vec::new(), Vec::new()).request.head;
    let ids: Vec<_> = (0..20).map(|_| vm.open(spec())).collect();
    for id in &ids {
        vm.request_head(*id, head.clone(), false);
    }
    let text = |n: usize| format!("stream {n} writes to ann{n}@example.com and rests");
    let longest = text(19).len();
    for at in 0..=longest {
        for (n, id) in ids.iter().enumerate() {
            let text = text(n).into_bytes();
            let chunk: Vec<u8> = text.get(at).copied().into_iter().collect();
            vm.request_body(*id, &chunk, at == longest);
        }
    }
    for (n, id) in ids.into_iter().enumerate() {
        let received = vm.close(id).upstream.unwrap();
        let body = String::from_utf8(received.body).unwrap();
        assert_eq!(body, format!("stream {n} writes to [email] and rests"));
        assert!(received.complete);
    }
}

#[test]
fn five_thousand_slow_streams_are_served_or_refused_and_trap_nothing() {
    let strict = Policies::new(&corpus::folder("policies")).named("strict").unwrap();
    let mut vm = harness().load(options(&strict.blob)).unwrap();
    assert!(vm.configure().unwrap());
    let head = exchange(Vec::new(), Vec::new()).request.head;
    let piece = format!("{} {CANARY} ", "x".repeat(2000)).into_bytes();
    let ids: Vec<_> = (0..5000).map(|_| vm.open(spec())).collect();
    for id in &ids {
        vm.request_head(*id, head.clone(), false);
        vm.request_body(*id, &piece, false);
    }
    let mut statuses: BTreeMap<Option<u16>, u32> = BTreeMap::new();
    for id in ids {
        vm.request_body(id, b"end", true);
        let outcome = vm.close(id);
        assert_eq!(outcome.trap, None);
        assert!(!leaks(&outcome));
        *statuses.entry(outcome.status()).or_default() += 1;
    }
    // Served ones have no answer yet here; the others were told that there is no room.
    assert!(statuses.keys().all(|status| matches!(status, None | Some(503))), "{statuses:?}");
    assert!(statuses.get(&None).is_some_and(|served| *served > 100), "{statuses:?}");
    let after = vm.exchange(&both_ways());
    assert_eq!((after.status(), leaks(&after)), (Some(200), false));
}

#[test]
fn a_chunk_costs_few_host_calls() {
    let calls = |chunks: &[&str]| {
        let chunks = chunks.iter().map(|chunk| chunk.as_bytes().to_vec()).collect();
        let outcome = vm().exchange(&exchange(vec![b"x".to_vec()], chunks));
        let bodies = outcome.callbacks.into_iter().filter(|c| c.name == "proxy_on_response_body");
        bodies.map(|callback| callback.calls).collect::<Vec<_>>()
    };
    // Nothing changes, and nothing is held: a read.
    assert_eq!(calls(&["plain words. ", "more words. ", "."])[1], ["proxy_get_buffer_bytes"]);
    // Something changes: a read and a write.
    assert_eq!(
        calls(&["plain words. ", "mail ann@example.com now. ", "."])[1],
        ["proxy_get_buffer_bytes", "proxy_set_buffer_bytes"]
    );
    // Something is held, in the second chunk of it: read, write, go on.
    let held = calls(&["plain. ann@exam", "ple.com and bob@", "example.com. "]);
    assert!(held.iter().all(|calls| calls.len() <= 3), "{held:?}");
}

#[test]
fn the_same_exchange_costs_the_same_fuel() {
    let fuel = || vm().exchange(&both_ways()).fuel();
    assert_eq!(fuel(), fuel());
    assert!(fuel() > 0);
}

/// A build for trials takes what nobody has signed, and says so: in its name, in every entry and in
/// a metric. It takes no bundle, and no setting makes the other build like it.
#[test]
fn a_build_for_trials_says_that_it_asks_nobody() {
    let path = std::env::var_os("COFFERDAM_UNSIGNED").expect("`cargo xtask test wasmtime` sets it");
    let path = std::path::PathBuf::from(path);
    assert!(path.to_string_lossy().ends_with(".unsigned.wasm"), "{}", path.display());
    let unsigned = Harness::new(&std::fs::read(&path).unwrap()).unwrap();
    let signed = options(&policy().blob);
    let blob = Options { configuration: policy().blob.clone(), ..signed.clone() };
    let mut vm = unsigned.load(blob.clone()).unwrap();
    assert!(vm.configure().unwrap());
    vm.tick().unwrap();
    let outcome = vm.exchange(&both_ways());
    assert!(outcome.status() == Some(200) && !leaks(&outcome));
    let lines = || outcome.logs.iter().map(|line| String::from_utf8_lossy(&line.text));
    let entries: Vec<_> = lines().filter(|line| line.contains("\"crossing\"")).collect();
    assert_eq!(entries.len(), 2);
    assert!(
        entries.iter().all(|entry| entry.contains("\"trust\":{\"unsigned\":true}")),
        "{entries:?}"
    );
    let told = |name: &str| vm.metrics().iter().any(|m| m.name.contains(name) && m.value == 1);
    assert!(told("cofferdam_trust_cds_unsigned_cdz"));
    assert!(!unsigned.load(signed.clone()).unwrap().configure().unwrap(), "it takes a bundle");
    assert!(!harness().load(blob).unwrap().configure().unwrap(), "the other takes a blob");
    for setting in ["UNSIGNED", "NO_TRUST", "INSECURE"] {
        let env = vec![(format!("COFFERDAM_{setting}"), "1".to_owned())];
        let asks = Options { configuration: policy().blob.clone(), env, ..Options::default() };
        assert!(!harness().load(asks).unwrap().configure().unwrap(), "{setting}");
    }
}

/// Time ends what a grant lets pass, whatever the host's clock does: set back, or standing still
/// while seconds are counted. And a release closes when it and its grace are over.
#[test]
fn no_clock_brings_back_what_has_ended() {
    let vm_at = |seconds: u64| {
        let options = options(&policy().blob);
        let clock_nanos = options.clock_nanos;
        let mut vm = harness().load(options).unwrap();
        assert!(vm.configure().unwrap());
        vm.set_clock_nanos(clock_nanos.saturating_add(seconds * 1_000_000_000));
        vm.tick().unwrap();
        vm
    };
    let day = 24 * 60 * 60;
    let status = |vm: &mut Vm| vm.exchange(&both_ways()).status();
    let alert = |vm: &Vm, reason: &str| {
        let name = format!("cofferdam_trust_alert_cdr_{reason}_cdz");
        vm.metrics().iter().any(|metric| metric.name == name && metric.value == 1)
    };
    let mut vm = vm_at(0);
    assert_eq!(status(&mut vm), Some(200));
    // What says that it is current has ended: told, and going on.
    let mut vm = vm_at(2 * day);
    assert_eq!(status(&mut vm), Some(200));
    assert!(alert(&vm, "freshness_expired"));
    let mut vm = vm_at(40 * day);
    assert_eq!(status(&mut vm), Some(503), "nothing has been said for too long");
    // Set back to when all was well: time does not go back with it.
    vm.set_clock_nanos(options(b"").clock_nanos);
    vm.tick().unwrap();
    assert_eq!(status(&mut vm), Some(503));
    assert!(alert(&vm, "freshness_long"));
    // Standing still, while ticks go on: a day and a bit of them.
    let mut vm = vm_at(0);
    for _ in 0..day + 60 {
        vm.tick_standing().unwrap();
    }
    assert!(alert(&vm, "clock_back") || alert(&vm, "freshness_expired"));
}
