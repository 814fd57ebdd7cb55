//! How a worker comes up, traps and is given another VM, and whom its plugin asks: as Envoy 1.40 was
//! seen to do it.

use cofferdam_harness::{
    Exchange, Guard, Harness, HttpAnswer, Message, OnTrap, Options, Shared, StreamSpec, Worker,
};
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

fn harness() -> &'static Harness {
    static HARNESS: OnceLock<Harness> = OnceLock::new();
    HARNESS.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("life.wasm");
        let flags =
            ["--edition=2024", "--target=wasm32-wasip1", "--crate-type=cdylib", "-Copt-level=s"];
        let mut rustc = Command::new("rustc");
        rustc.current_dir(folder).args(flags).arg("-o").arg(&out).arg("tests/guest/guest.rs");
        assert!(rustc.status().expect("rustc runs").success(), "the guest compiles");
        Harness::new(&std::fs::read(out).unwrap()).unwrap()
    })
}

fn options(script: &str) -> Options {
    Options { configuration: script.into(), ..Options::default() }
}

fn exchange() -> Exchange {
    let pair = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
    Exchange {
        spec: StreamSpec::default(),
        request: Message {
            head: vec![pair(":method", "GET"), pair(":path", "/")],
            ..Message::default()
        },
        response: Message {
            head: vec![pair(":status", "200")],
            chunks: vec![(b"raw".to_vec(), true)],
            trailers: None,
        },
    }
}

#[test]
fn after_a_trap_a_new_vm_serves_at_once_and_another_only_after_a_while() {
    let script = "request_headers: panic\nrequest_headers#2: continue";
    let mut worker = Worker::start(harness(), options(script), OnTrap::Reload(1000)).unwrap();
    let statuses = |worker: &mut Worker<'_>| worker.exchange(&exchange()).unwrap().status();
    assert_eq!(statuses(&mut worker), Some(503));
    // A new VM, which traps in its turn.
    assert_eq!((statuses(&mut worker), worker.reloads), (Some(503), 1));
    assert_eq!((statuses(&mut worker), worker.reloads, worker.denied), (Some(503), 1, 1));
    worker.advance_millis(999);
    assert_eq!((statuses(&mut worker), worker.reloads, worker.denied), (Some(503), 1, 2));
    worker.advance_millis(1);
    assert_eq!((statuses(&mut worker), worker.reloads), (Some(503), 2));
}

#[test]
fn a_reloaded_vm_serves_as_if_nothing_had_been() {
    let script = "request_headers#2: panic\nresponse_body: set 1 0 size X";
    let mut worker = Worker::start(harness(), options(script), OnTrap::Reload(100)).unwrap();
    let mut body = || worker.exchange(&exchange()).unwrap().client.map(|client| client.body);
    assert_eq!(body(), Some(b"X".to_vec()));
    assert_eq!(body(), Some(Vec::new()));
    assert_eq!(body(), Some(b"X".to_vec()));
}

#[test]
fn without_a_reload_it_is_503_for_good_or_the_filter_is_left_out() {
    for (on_trap, status, body) in [(OnTrap::Close, 503, ""), (OnTrap::Open, 200, "raw")] {
        let mut worker =
            Worker::start(harness(), options("request_headers: panic"), on_trap).unwrap();
        worker.exchange(&exchange()).unwrap();
        worker.advance_millis(1_000_000);
        for _ in 0..3 {
            let outcome = worker.exchange(&exchange()).unwrap();
            assert_eq!(outcome.status(), Some(status), "{on_trap:?}");
            assert_eq!(outcome.client.unwrap().body, body.as_bytes(), "{on_trap:?}");
        }
    }
}

#[test]
fn a_worker_that_refuses_what_the_trial_took_goes_on_without_the_filter() {
    let guard = Guard { key: "wasm.guard".into(), value: b"ok".to_vec() };
    for (guard, status, body) in [(None, 200, "raw"), (Some(guard), 403, "RBAC: access denied")] {
        let options = Options { guard, shared: Shared::default(), ..options("once") };
        let mut worker = Worker::start(harness(), options, OnTrap::Reload(1000)).unwrap();
        let outcome = worker.exchange(&exchange()).unwrap();
        assert_eq!(outcome.status(), Some(status));
        assert_eq!(outcome.client.unwrap().body, body.as_bytes());
        assert_eq!(outcome.upstream.is_some(), status == 200);
    }
}

#[test]
fn what_the_trial_refuses_is_not_taken() {
    assert!(Worker::start(harness(), options("refuse"), OnTrap::Close).is_err());
    assert!(Worker::start(harness(), options("configure: panic"), OnTrap::Close).is_err());
}

#[test]
fn a_tick_asks_a_service_that_the_host_knows_and_is_told_its_answer() {
    let script = "configure: tick 20\ntick: call nobody x; call collector hello\n\
                  http_answer: header 6 :status; get 4 0 99; header 2 :status";
    let mut vm = harness()
        .load(Options { clusters: ["collector".to_owned()].into(), ..options(script) })
        .unwrap();
    assert!(vm.configure().unwrap());
    vm.tick().unwrap();
    let said = |vm: &cofferdam_harness::Vm, from: usize| -> Vec<String> {
        let lines = vm.logs().iter().skip(from);
        lines.map(|line| String::from_utf8_lossy(&line.text).into_owned()).collect()
    };
    let before = said(&vm, 0);
    assert_eq!(before[before.len() - 2..], ["call=2:0", "call=0:1"]);
    let call = vm.http_calls()[0].clone();
    assert_eq!((call.cluster.as_str(), call.body.as_slice()), ("collector", &b"hello"[..]));
    let answer =
        HttpAnswer { head: vec![(b":status".into(), b"204".into())], body: b"thanks".to_vec() };
    vm.answer_http_call(call.token, answer.clone()).unwrap();
    assert_eq!(
        said(&vm, before.len()),
        ["http_answer size=6 end=0", "header=0:204", "get=0:thanks", "header=2:"]
    );
    // A second answer to the same call reaches nobody.
    vm.answer_http_call(call.token, answer).unwrap();
    assert_eq!(said(&vm, before.len()).len(), 4);
    assert!(vm.http_calls().is_empty());
}

#[test]
fn closing_a_request_is_told_in_the_details() {
    let mut vm = harness().load(options("request_headers: close 0")).unwrap();
    assert!(vm.configure().unwrap());
    let outcome = vm.exchange(&exchange());
    assert_eq!(outcome.details, "wasm_close_stream");
    assert_eq!((outcome.client, outcome.upstream), (None, None));
}

#[test]
fn a_write_longer_than_the_host_takes_changes_nothing() {
    let options = Options { write_bytes_max: 2, ..options("response_body: set 1 0 size abc") };
    let mut vm = harness().load(options).unwrap();
    assert!(vm.configure().unwrap());
    let outcome = vm.exchange(&exchange());
    assert!(outcome.logs.iter().any(|line| line.text == b"set=2"));
    assert_eq!(outcome.client.unwrap().body, b"raw");
}
