//! The host must behave as Envoy 1.40 was seen to, fact by fact.
//! A scripted guest does the calls; what the host answers and what leaves is compared.

use cofferdam_harness::{
    Exchange, Guard, Harness, LogLevel, Message, MetricKind, Options, Outcome, Shared, StreamSpec,
    Vm,
};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

fn harness() -> &'static Harness {
    static HARNESS: OnceLock<Harness> = OnceLock::new();
    HARNESS.get_or_init(|| Harness::new(&guest()).unwrap())
}

/// Compiles the guest; it has no dependencies, so the compiler alone will do.
fn guest() -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guest.wasm");
    let status = Command::new("rustc")
        .current_dir(folder)
        .args(["--edition=2024", "--target=wasm32-wasip1", "--crate-type=cdylib", "-Copt-level=s"])
        .arg("-o")
        .arg(&out)
        .arg("tests/guest/guest.rs")
        .status()
        .expect("rustc runs");
    assert!(status.success(), "the guest compiles: is the target wasm32-wasip1 installed?");
    std::fs::read(out).unwrap()
}

fn vm(script: &str) -> Vm {
    vm_with(Options { configuration: script.into(), ..Options::default() })
}

fn vm_with(options: Options) -> Vm {
    let mut vm = harness().load(options).unwrap();
    assert!(vm.configure().unwrap());
    vm
}

fn message(start: &[(&str, &str)], chunks: &[&str], trailers: bool) -> Message {
    let head = start.iter().map(|(name, value)| (name.as_bytes().into(), value.as_bytes().into()));
    let last = chunks.len();
    Message {
        head: head.collect(),
        chunks: chunks
            .iter()
            .enumerate()
            .map(|(n, chunk)| (chunk.as_bytes().to_vec(), n + 1 == last && !trailers))
            .collect(),
        trailers: trailers.then(|| vec![(b"t".into(), b"1".into())]),
    }
}

fn request(chunks: &[&str], trailers: bool) -> Message {
    message(&[(":method", "POST"), (":path", "/p?q"), ("x", "1"), ("x", "2")], chunks, trailers)
}

fn response(chunks: &[&str], trailers: bool) -> Message {
    message(&[(":status", "200"), ("content-type", "text/plain")], chunks, trailers)
}

fn run(script: &str, request: Message, response: Message) -> Outcome {
    vm(script).exchange(&Exchange { spec: StreamSpec::default(), request, response })
}

fn said(outcome: &Outcome) -> Vec<String> {
    outcome.logs.iter().map(|line| String::from_utf8_lossy(&line.text).into_owned()).collect()
}

fn upstream_body(outcome: &Outcome) -> String {
    String::from_utf8(outcome.upstream.clone().unwrap().body).unwrap()
}

fn client_body(outcome: &Outcome) -> String {
    String::from_utf8(outcome.client.clone().unwrap().body).unwrap()
}

#[test]
fn end_of_stream_is_never_true_in_a_body_callback_when_trailers_follow() {
    let outcome =
        run("response_body: get 1 0 9", request(&[], false), response(&["ab", "c"], true));
    assert_eq!(
        said(&outcome),
        ["response_body size=2 end=0", "get=0:ab", "response_body size=1 end=0", "get=0:c"]
    );
    assert_eq!(outcome.client.unwrap().trailers, [(b"t".to_vec(), b"1".to_vec())]);
}

#[test]
fn what_is_held_in_the_guest_cannot_be_written_at_trailers_after_continue() {
    let script = "response_body: set 1 0 size\n\
                  response_trailers: get 1 0 9; set 1 0 0 x; set 1 0 max x; set 1 1 0 x; \
                  replace 3 t 2";
    let outcome = run(script, request(&[], false), response(&["ab"], true));
    assert_eq!(
        said(&outcome)[2..],
        ["response_trailers size=1 end=0", "get=0:", "set=2", "set=2", "set=2", "replace=0"]
    );
    assert_eq!(client_body(&outcome), "");
    assert_eq!(outcome.client.unwrap().trailers, [(b"t".to_vec(), b"2".to_vec())]);
}

#[test]
fn a_paused_buffer_can_be_written_at_trailers() {
    let script = "request_body: pause\nrequest_trailers: get 0 0 9; set 0 0 max abcd";
    let outcome = run(script, request(&["ab"], true), response(&[], false));
    assert!(said(&outcome).contains(&"get=0:ab".to_owned()));
    assert_eq!(upstream_body(&outcome), "abcd");
    assert!(outcome.upstream.unwrap().complete);
}

#[test]
fn stay_paused_and_continue_lets_each_chunk_leave_with_the_next_event() {
    let script = "response_body#1: set 1 0 size AA; pause\n\
                  response_body#2: set 1 0 size AABB; resume 1; pause\n\
                  response_body#3: set 1 0 size CC; resume 1; pause\n\
                  response_trailers: set 1 0 max DD";
    let outcome = run(script, request(&[], false), response(&["aa", "bb", "cc"], true));
    let client = outcome.client.clone().unwrap();
    assert_eq!(client_body(&outcome), "AABBCCDD");
    assert_eq!(client.chunks, [4, 2, 2]);
    assert!(client.complete);
    // The third callback sees an empty buffer with its own chunk only.
    assert!(said(&outcome).contains(&"response_body size=2 end=0".to_owned()));
}

#[test]
fn continue_in_the_first_paused_callback_moves_nothing() {
    let script = "response_body#1: resume 1; pause\nresponse_body#2: get 1 0 9";
    let outcome = run(script, request(&[], false), response(&["aa", "bb"], false));
    assert!(said(&outcome).contains(&"get=0:aabb".to_owned()));
    assert_eq!(outcome.client.unwrap().chunks, [4]);
}

#[test]
fn after_a_tick_flush_trailers_with_continue_lose_the_tail() {
    let script = |ending: &str| {
        format!(
            "configure: tick 20\nresponse_body: pause\ntick: speak_of_last; resume 1\n\
             request_headers: continue\nresponse_trailers: set 1 0 max TAIL; {ending}"
        )
    };
    for (ending, expected) in [("continue", "ab"), ("resume 1; pause", "abTAIL")] {
        let mut vm = vm(&script(ending));
        let id = vm.open(StreamSpec::default());
        vm.request_head(id, request(&[], false).head, true);
        vm.response_head(id, response(&[], false).head, false);
        vm.response_body(id, b"ab", false);
        vm.tick().unwrap();
        vm.response_trailers(id, vec![(b"t".into(), b"1".into())]);
        let outcome = vm.close(id);
        assert!(said(&outcome).contains(&"set=0".to_owned()));
        assert_eq!(client_body(&outcome), expected, "{ending}");
    }
}

#[test]
fn the_matrix_of_what_a_write_may_replace() {
    for (write, status, expected) in [
        ("set 0 0 2 XY", 0, "XY23456789"),
        ("set 0 3 1 X", 2, "0123456789"),
        ("set 0 20 0 X", 0, "0123456789X"),
        ("set 0 0 0 X", 0, "X0123456789"),
        ("set 0 0 size X", 0, "X"),
        ("set 0 0 max X", 0, "X"),
        ("get 0 0 0", 0, "0123456789"),
        ("get 0 50 1", 0, "0123456789"),
    ] {
        let script = format!("request_body: {write}");
        let outcome = run(&script, request(&["0123456789"], false), response(&[], false));
        assert!(said(&outcome)[1].contains(&format!("={status}")), "{write}");
        assert_eq!(upstream_body(&outcome), expected, "{write}");
    }
    let outcome =
        run("request_body: get 0 8 50", request(&["0123456789"], false), response(&[], false));
    assert_eq!(said(&outcome)[1], "get=0:89");
}

#[test]
fn held_chunks_are_written_at_an_empty_last_call() {
    let script = "request_body: set 0 0 size\nrequest_body#3: set 0 0 0 all-of-it";
    let outcome = run(script, request(&["ab", "cd", ""], false), response(&[], false));
    assert_eq!(upstream_body(&outcome), "all-of-it");
    assert!(said(&outcome).contains(&"request_body size=0 end=1".to_owned()));
}

#[test]
fn a_message_that_ends_with_its_head_has_no_body_callback() {
    let outcome = run("request_body: continue", request(&[], false), response(&[], false));
    assert!(said(&outcome).is_empty());
    assert_eq!(outcome.status(), Some(200));
}

#[test]
fn the_size_of_a_paused_body_grows() {
    let outcome = run(
        "request_body#1: pause\nrequest_body#2: pause\nrequest_body#3: continue",
        request(&["ab", "cd", "ef"], false),
        response(&[], false),
    );
    assert_eq!(
        said(&outcome),
        ["request_body size=2 end=0", "request_body size=4 end=0", "request_body size=6 end=1"]
    );
    assert_eq!(upstream_body(&outcome), "abcdef");
}

#[test]
fn past_a_buffer_limit_the_host_answers_itself_and_through_the_filter() {
    let script = "request_body: pause\nresponse_body: set 1 0 size rewritten";
    let options =
        Options { configuration: script.into(), request_buffer_bytes_max: 3, ..Options::default() };
    let exchange = Exchange { request: request(&["ab", "cd"], false), ..Exchange::default() };
    let outcome = vm_with(options).exchange(&exchange);
    assert_eq!(outcome.status(), Some(413));
    assert_eq!(outcome.details, "request_payload_too_large");
    assert_eq!(client_body(&outcome), "rewritten");
    assert_eq!(outcome.upstream.unwrap().body, b"");
}

#[test]
fn past_the_response_limit_it_is_a_500_if_the_head_is_held_and_a_cut_if_not() {
    for (head, status, complete) in [("pause", 500, true), ("continue", 200, false)] {
        let script = format!("response_headers: {head}\nresponse_body: pause");
        let options = Options {
            configuration: script.into(),
            response_buffer_bytes_max: 3,
            ..Options::default()
        };
        let exchange = Exchange {
            request: request(&[], false),
            response: response(&["ab", "cd"], false),
            ..Exchange::default()
        };
        let outcome = vm_with(options).exchange(&exchange);
        assert_eq!(outcome.status(), Some(status));
        assert_eq!(outcome.client.unwrap().complete, complete);
        assert_eq!(outcome.details, "response_payload_too_large");
    }
}

#[test]
fn a_paused_head_without_the_flag_stops_everything() {
    let options = Options {
        configuration: b"request_headers: pause\nrequest_body: continue".to_vec(),
        hold_headers: false,
        ..Options::default()
    };
    let exchange = Exchange { request: request(&["ab"], false), ..Exchange::default() };
    let outcome = vm_with(options).exchange(&exchange);
    assert_eq!(said(&outcome), ["request_headers size=4 end=0"]);
    assert_eq!((outcome.upstream, outcome.client), (None, None));
}

#[test]
fn a_held_head_can_be_edited_until_the_body_lets_it_go() {
    let script = "response_headers: pause\nresponse_body#1: pause\n\
                  response_body#2: replace 2 content-length 4; replace 2 x-late 1";
    let outcome = run(script, request(&[], false), response(&["ab", "cd"], false));
    let client = outcome.client.clone().unwrap();
    assert_eq!(client.header("content-length"), Some(&b"4"[..]));
    assert_eq!(client.header("x-late"), Some(&b"1"[..]));
    assert_eq!(client.chunks, [4]);
}

#[test]
fn refusing_after_the_body_with_the_head_held_leaves_the_upstream_untouched() {
    let script = "request_headers: pause\nrequest_body#1: pause\nrequest_body#2: reply 403 d no";
    let outcome = run(script, request(&["ab", "cd"], false), response(&[], false));
    assert_eq!(outcome.upstream, None);
    assert_eq!(outcome.status(), Some(403));
    assert_eq!(client_body(&outcome), "no");
    assert_eq!(outcome.details, "d");
}

#[test]
fn refusing_in_the_middle_of_a_request_that_has_begun() {
    let script = "request_body#2: reply 403 d no\nrequest_body#3: get 0 0 1\n\
                  response_headers: header 2 :status\nresponse_body: get 1 0 9";
    let outcome = run(script, request(&["ab", "cd", "ef"], false), response(&["x"], false));
    let upstream = outcome.upstream.clone().unwrap();
    assert_eq!((upstream.body.as_slice(), upstream.complete), (&b"ab"[..], false));
    assert_eq!(outcome.status(), Some(403));
    // The reply comes by the filter's own callbacks, and nothing of the request any more.
    assert_eq!(
        said(&outcome)[2..],
        ["response_headers size=3 end=0", "header=0:403", "response_body size=2 end=1", "get=0:no"]
    );
}

#[test]
fn refusing_a_response_with_its_head_held_is_a_clean_reply_past_the_callbacks() {
    let script = "response_headers: pause\nresponse_body: reply 502 d gone";
    let outcome = run(script, request(&[], false), response(&["ab"], false));
    assert_eq!(outcome.status(), Some(502));
    assert_eq!(client_body(&outcome), "gone");
    let bodies = said(&outcome).iter().filter(|line| line.starts_with("response_body")).count();
    assert_eq!(bodies, 1);
}

#[test]
fn refusing_a_response_whose_head_has_left_is_a_cut_that_the_details_tell() {
    for (ending, details) in [("reply 502 d gone", "d"), ("close 1", "via_upstream")] {
        let script = format!("response_body#2: {ending}");
        let outcome = run(&script, request(&[], false), response(&["ab", "cd"], false));
        let client = outcome.client.clone().unwrap();
        assert_eq!(outcome.status(), Some(200));
        assert_eq!((client.body.as_slice(), client.complete), (&b"ab"[..], false));
        assert_eq!(outcome.details, details);
    }
}

#[test]
fn a_grpc_request_is_refused_with_trailers_only() {
    let mut message = request(&["ab"], false);
    message.head.push((b"content-type".into(), b"application/grpc".into()));
    let outcome = run("request_headers: reply 403 d no", message, response(&[], false));
    let client = outcome.client.unwrap();
    assert_eq!(client.header("grpc-status"), Some(&b"7"[..]));
    assert_eq!(client.header("grpc-message"), Some(&b"no"[..]));
    assert_eq!(client.header(":status"), Some(&b"200"[..]));
}

#[test]
fn filter_state_is_read_back_by_both_names_and_written_in_the_log_callback_too() {
    let script = "request_headers: state k v; property k; property filter_state.wasm~k; \
                  property wasm.k\nlog: state k last";
    let outcome = run(script, request(&[], false), response(&[], false));
    assert_eq!(said(&outcome)[1..5], ["state=0", "property=0:v", "property=0:v", "property=1:"]);
    assert_eq!(outcome.filter_state["wasm.k"], b"last");
}

#[test]
fn the_guard_refuses_what_no_filter_marked() {
    let guard = Guard { key: "wasm.guard".into(), value: b"ok".to_vec() };
    for (script, status) in [("request_headers: state guard ok", 200), ("", 403)] {
        let options = Options {
            configuration: script.into(),
            guard: Some(guard.clone()),
            ..Options::default()
        };
        let exchange = Exchange {
            request: request(&[], false),
            response: response(&[], false),
            ..Exchange::default()
        };
        let outcome = vm_with(options).exchange(&exchange);
        assert_eq!(outcome.status(), Some(status));
        assert_eq!(outcome.upstream.is_some(), status == 200);
    }
}

#[test]
fn shared_data_compares_and_swaps_but_not_the_first_time() {
    let shared = Shared::default();
    let run = |script: &str| {
        let options =
            Options { configuration: script.into(), shared: shared.clone(), ..Options::default() };
        let vm = vm_with(options);
        let texts = vm.logs().iter().map(|line| String::from_utf8_lossy(&line.text).into_owned());
        texts.skip(1).collect::<Vec<_>>()
    };
    assert_eq!(
        run("configure: shared k; share k a 0; share k b 0; shared k"),
        ["shared=1::0", "share=0", "share=0", "shared=0:b:2"]
    );
    // Another VM of the same id.
    assert_eq!(
        run("configure: share k c 1; share k c 2; shared k"),
        ["share=8", "share=0", "shared=0:c:3"]
    );
}

#[test]
fn clock_randomness_and_environment_are_arguments() {
    let options = || Options {
        configuration: b"configure: time; random; env A; env B; print hello".to_vec(),
        env: vec![("A".into(), "1".into())],
        ..Options::default()
    };
    let lines = |options: Options| vm_with(options).logs().to_vec();
    let first = lines(options());
    assert_eq!(first, lines(options()));
    let texts: Vec<_> = first.iter().map(|line| String::from_utf8_lossy(&line.text)).collect();
    assert_eq!(texts[1], "time=1893456000000000000");
    assert_eq!(texts[3..], ["env=Some(\"1\")", "env=None", "hello"]);
    let other = lines(Options { seed: 7, clock_nanos: 5, ..options() });
    assert_eq!(other[1].text, b"time=5");
    assert_ne!(other[2], first[2]);
}

#[test]
fn a_host_call_that_is_not_granted_answers_10_and_an_export_is_not_called() {
    let all = harness().capabilities();
    let without = |name: &str| -> BTreeSet<String> {
        all.iter().filter(|other| *other != name).cloned().collect()
    };
    let run = |missing: &str| {
        let options = Options {
            configuration: b"response_body: set 1 0 size X".to_vec(),
            allow_list: Some(without(missing)),
            ..Options::default()
        };
        let mut vm = vm_with(options);
        let outcome = vm.exchange(&Exchange {
            request: request(&[], false),
            response: response(&["raw"], false),
            ..Exchange::default()
        });
        (outcome, vm.restricted().clone())
    };
    let (outcome, _) = run("nothing");
    assert_eq!(client_body(&outcome), "X");
    let (outcome, restricted) = run("proxy_set_buffer_bytes");
    assert_eq!(client_body(&outcome), "raw");
    assert!(said(&outcome).contains(&"set=10".to_owned()));
    assert!(restricted.contains("proxy_set_buffer_bytes"));
    let (outcome, restricted) = run("proxy_on_response_body");
    assert_eq!(client_body(&outcome), "raw");
    assert!(said(&outcome).is_empty() && restricted.is_empty());
}

#[test]
fn a_trap_takes_down_every_stream_of_its_vm() {
    let mut vm = vm("request_headers#2: panic");
    let first = vm.open(StreamSpec::default());
    vm.request_head(first, request(&[], false).head, true);
    vm.response_head(first, response(&[], false).head, false);
    vm.response_body(first, b"ab", false);
    let second = vm.open(StreamSpec::default());
    vm.request_head(second, request(&[], false).head, true);
    vm.response_body(first, b"cd", true);
    let (first, second) = (vm.close(first), vm.close(second));
    let client = first.client.unwrap();
    assert_eq!((client.body.as_slice(), client.complete), (&b"ab"[..], false));
    assert_eq!(second.status(), Some(503));
    assert_eq!(second.details, "wasm_fail_stream");
    assert!(vm.trap().is_some());
    let third = vm.exchange(&Exchange { request: request(&[], false), ..Exchange::default() });
    assert_eq!((third.status(), third.upstream), (Some(503), None));
}

#[test]
fn a_panic_is_printed_as_an_error() {
    let mut vm = vm("request_headers: panic");
    vm.exchange(&Exchange { request: request(&[], false), ..Exchange::default() });
    let line = vm.logs().iter().find(|line| line.level == LogLevel::Error).unwrap();
    assert!(String::from_utf8_lossy(&line.text).contains("told to"));
}

#[test]
fn fuel_and_memory_have_an_end() {
    let options = |script: &str| Options {
        configuration: script.into(),
        fuel_per_callback: 50_000_000,
        memory_bytes_max: 32 << 20,
        ..Options::default()
    };
    let exchange = Exchange { request: request(&[], false), ..Exchange::default() };
    let outcome = vm_with(options("request_headers: spin")).exchange(&exchange);
    assert!(outcome.trap.unwrap().contains("fuel"));
    let outcome = vm_with(options("request_headers: fill 99000000")).exchange(&exchange);
    assert!(outcome.trap.is_some());
    let outcome = vm_with(options("request_headers: fill 9000000")).exchange(&exchange);
    assert_eq!(outcome.trap, None);
    assert!(outcome.memory_bytes > 9_000_000);
}

#[test]
fn fuel_and_host_calls_are_counted_alike_each_time() {
    let go = || {
        run("request_body: get 0 0 9; set 0 0 size X", request(&["a"], false), response(&[], false))
    };
    let (first, second) = (go(), go());
    assert_eq!(first, second);
    let body = first.callbacks.iter().find(|c| c.name == "proxy_on_request_body").unwrap();
    assert!(body.fuel > 0);
    let calls: Vec<_> = body.calls.iter().filter(|name| **name != "proxy_log").collect();
    assert_eq!(calls, [&"proxy_get_buffer_bytes", &"proxy_set_buffer_bytes"]);
}

#[test]
fn what_can_be_read_of_the_heads_depends_on_the_callback() {
    let script = "request_headers: header 0 x; property request.headers.x; property request.path; \
                  header 2 :status; property response.code\n\
                  response_headers: header 0 x; pairs 0; property request.path; \
                  property xds.upstream_host_metadata; property xds.cluster_name\n\
                  log: header 0 x; property request.path";
    let mut spec = StreamSpec::default();
    spec.properties.insert("xds.cluster_name".into(), b"up".to_vec());
    let outcome = vm(script).exchange(&Exchange {
        spec,
        request: request(&[], false),
        response: response(&[], false),
    });
    assert_eq!(
        said(&outcome),
        [
            "request_headers size=4 end=1",
            "header=0:1",
            "property=0:1,2",
            "property=0:/p?q",
            "header=2:",
            "property=1:",
            "response_headers size=2 end=1",
            "header=2:",
            "pairs=0:0",
            "property=1:",
            "property=3:",
            "property=0:up",
            "log size=0 end=0",
            "header=0:1",
            "property=0:/p?q",
        ]
    );
}

#[test]
fn counters_refuse_to_add_nothing() {
    let mut vm = vm("request_headers: count c 3; count c 0; count c -1");
    let outcome = vm.exchange(&Exchange { request: request(&[], false), ..Exchange::default() });
    assert_eq!(said(&outcome)[1..], ["count=0", "count=2", "count=2"]);
    assert_eq!(vm.metrics()[0].name, "c");
    assert_eq!((vm.metrics()[0].kind, vm.metrics()[0].value), (MetricKind::Counter, 3));
}

#[test]
fn touching_trailers_at_the_end_of_a_body_makes_them() {
    let script = "response_body: replace 3 t v";
    let outcome = run(script, request(&[], false), response(&["a"], false));
    assert_eq!(outcome.client.unwrap().trailers, [(b"t".to_vec(), b"v".to_vec())]);
    let outcome = run(script, request(&[], false), response(&["a", "b"], true));
    assert_eq!(outcome.client.unwrap().trailers, [(b"t".to_vec(), b"1".to_vec())]);
}

#[test]
fn a_refused_configuration_keeps_the_one_before() {
    let mut vm = vm("request_headers: state v 1");
    assert!(!vm.reconfigure(b"refuse".to_vec()).unwrap());
    let exchange = Exchange {
        request: request(&[], false),
        response: response(&[], false),
        ..Exchange::default()
    };
    assert_eq!(vm.exchange(&exchange).filter_state["wasm.v"], b"1");
    assert!(vm.reconfigure(b"request_headers: state v 2".to_vec()).unwrap());
    assert_eq!(vm.exchange(&exchange).filter_state["wasm.v"], b"2");
}

#[test]
fn a_vm_that_was_never_configured_serves_nothing() {
    let mut vm = harness().load(Options::default()).unwrap();
    let exchange = Exchange { request: request(&[], false), ..Exchange::default() };
    let outcome = vm.exchange(&exchange);
    assert_eq!((outcome.status(), outcome.upstream), (Some(503), None));
}
