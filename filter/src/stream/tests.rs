//! What becomes of an exchange on a host that works, that fails in any one call, and that leaves
//! out any one callback: no canary ever arrives, unless it is the one that gives the host away.

use crate::fake::{Fault, Missing, Over, PEOPLE, Proxy, Sent};
use crate::host::Message;
use crate::vm::{EXCHANGE_BYTES, OPEN_MAX, UNTOLD_MAX};
use std::rc::Rc;
use std::sync::LazyLock;

const CANARY: &str = "4111111111111111";

/// `public -> shop` redacts in both messages.
const POLICY: &str = "
format: cofferdam/v1
policy: adapter
owner: team:tests
review_by: 2030-01-01
zones:
  public: { sensitivity: public }
  shop: { sensitivity: internal }
members:
  - { zone: public, listener_port: 8443 }
  - { zone: shop, cluster: shop }
boundaries:
  - id: visitors
    from: public
    to: shop
    purpose: tests of the adapter
    delivery: stream
    otherwise: redact
    reply: { delivery: DELIVERY, otherwise: redact }
";

static STREAM: LazyLock<Vec<u8>> = LazyLock::new(|| compile("stream"));
static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| compile("whole"));

fn compile(delivery: &str) -> Vec<u8> {
    let text = POLICY.replace("DELIVERY", delivery);
    match cofferdam_policy_compiler::compile(&text, "adapter.yaml") {
        Ok(compiled) => compiled.blob,
        Err(diagnostics) => panic!("{diagnostics:?}"),
    }
}

/// A release of one of the two policies: each call gives one that is newer.
fn bundle(delivery: &str) -> Vec<u8> {
    PEOPLE.bundle(if delivery == "whole" { &WHOLE } else { &STREAM }).expect("a bundle")
}

fn proxy(delivery: &str, fault: Fault) -> Proxy {
    proxy_in(&["COFFERDAM_HOLD_HEADERS=1"], delivery, fault)
}

/// The same in a VM with this environment.
fn proxy_in(environment: &[&str], delivery: &str, fault: Fault) -> Proxy {
    let (proxy, accepted) = Proxy::new(&bundle(delivery), environment, fault);
    assert!(accepted, "what only one VM knows never refuses a configuration");
    {
        let mut state = proxy.host.0.borrow_mut();
        let properties: [(&str, &[u8]); 4] = [
            ("destination\0port", &8443_u64.to_le_bytes()),
            ("xds\0cluster_name", b"shop"),
            ("connection\0mtls", &[0]),
            ("source\0address", b"192.0.2.1:40000"),
        ];
        for (path, value) in properties {
            state.properties.insert(path.to_owned(), value.to_vec());
        }
    }
    proxy
}

fn headers(pairs: &[(&str, &str)]) -> Vec<(Vec<u8>, Vec<u8>)> {
    pairs.iter().map(|(name, value)| (name.as_bytes().into(), value.as_bytes().into())).collect()
}

fn chunks(text: &str) -> Vec<Vec<u8>> {
    text.as_bytes().chunks(7).map(<[u8]>::to_vec).collect()
}

fn request() -> Sent {
    Sent {
        head: headers(&[
            (":method", "POST"),
            (":path", "/orders"),
            (":scheme", "https"),
            (":authority", "shop.example.com"),
            ("content-type", "text/plain"),
        ]),
        chunks: chunks(&format!("please take {CANARY} for this order, thanks")),
        trailers: Some(headers(&[("x-note", &format!("card {CANARY}"))])),
    }
}

fn response() -> Sent {
    Sent {
        head: headers(&[(":status", "200"), ("content-type", "text/plain")]),
        chunks: chunks(&format!("we took {CANARY} for this order, thanks")),
        trailers: Some(headers(&[("x-note", &format!("card {CANARY}"))])),
    }
}

fn holds_canary(arrived: &crate::fake::Arrived) -> bool {
    let lists = arrived.head.iter().chain(&arrived.trailers).flatten();
    let texts = lists.flat_map(|(name, value)| [name, value]).chain([&arrived.body]);
    texts.into_iter().any(|text| text.windows(CANARY.len()).any(|w| w == CANARY.as_bytes()))
}

fn leaks(over: &Over) -> bool {
    holds_canary(&over.upstream) || holds_canary(&over.client)
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

#[test]
fn both_messages_are_rewritten_and_told() {
    for delivery in ["stream", "whole"] {
        let proxy = proxy(delivery, Fault::None);
        let over = proxy.play(&request(), &response());
        assert!(!leaks(&over));
        assert!(over.upstream.complete && over.client.complete, "{delivery}");
        let sent = "please take [credit_card] for this order, thanks";
        assert_eq!(text(&over.upstream.body), sent);
        assert_eq!(text(&over.client.body), "we took [credit_card] for this order, thanks");
        assert_eq!(over.client.trailers, Some(headers(&[("x-note", "card [credit_card]")])));
        let state = proxy.host.0.borrow();
        assert_eq!(text(&state.states["cofferdam.guard"]), "ok");
        assert_eq!(
            text(&state.states["cofferdam"]),
            "request=rewrite:credit_card=2 response=rewrite:credit_card=2"
        );
        assert_eq!(state.log.iter().filter(|line| line.contains("\"message\"")).count(), 2);
        assert!(!state.log.concat().contains(CANARY));
        drop(state);
        let name = "cofferdam_crossings_total_cdb_visitors_cdm_response_cdv_rewrite_cdr_none_cdz";
        assert_eq!(proxy.host.metric(name), 1);
        assert!(!proxy.vm.is_denied());
    }
}

#[test]
fn a_whole_reply_gets_its_exact_length() {
    let proxy = proxy("whole", Fault::None);
    let mut response = response();
    response.trailers = None;
    let over = proxy.play(&request(), &response);
    let head = over.client.head.expect("a head");
    let length = head.iter().find(|(name, _)| name == b"content-length").expect("a length");
    assert_eq!(text(&length.1), over.client.body.len().to_string());
}

#[test]
fn a_host_without_any_one_call_lets_nothing_through() {
    let calls = [
        "log",
        "now",
        "tick",
        "environment",
        "read",
        "replace",
        "append",
        "resume",
        "cut",
        "reply",
        "headers",
        "set_headers",
        "set_header",
        "remove_header",
        "property",
        "set_state",
        "define",
        "add",
        "set",
    ];
    let mut still_works = Vec::new();
    for call in calls {
        for delivery in ["stream", "whole"] {
            let proxy = proxy(delivery, Fault::Restricted(call));
            for _ in 0..2 {
                let over = proxy.play(&request(), &response());
                assert!(!leaks(&over), "{call} {delivery}");
                if over.client.complete && over.reply.is_none() {
                    still_works.push((call, delivery));
                }
            }
        }
    }
    // Only what is needed for nothing but a refusal, or a header that is not there, may be missing.
    still_works.dedup();
    let refusing = |call| [(call, "stream"), (call, "whole")];
    let mut expected = Vec::from(refusing("cut"));
    expected.extend(refusing("reply"));
    expected.extend(refusing("remove_header"));
    still_works.sort_unstable();
    expected.sort_unstable();
    assert_eq!(still_works, expected);
}

#[test]
fn a_host_call_that_fails_once_lets_nothing_through() {
    for delivery in ["stream", "whole"] {
        let most = {
            let proxy = proxy(delivery, Fault::None);
            proxy.play(&request(), &response());
            proxy.host.0.borrow().calls.len()
        };
        for at in 0..most {
            for status in [1, 2, 3, 10, 12, 77] {
                let proxy = proxy(delivery, Fault::Once(at, status));
                let over = proxy.play(&request(), &response());
                assert!(!leaks(&over), "call {at} of {most}, status {status}, {delivery}");
            }
        }
    }
}

#[test]
fn a_missing_callback_is_noticed() {
    use Message::{Request, Response};
    // Whether the first exchange gives something away where the callback is missing. No second
    // does: the guard refuses a request whose head is not shown, the filter all others.
    let cases = [
        (Missing::Head(Request), false),
        (Missing::Body(Request), false),
        (Missing::Head(Response), false),
        (Missing::Body(Response), true),
        (Missing::Trailers(Response), true),
        (Missing::Log, false),
    ];
    for (missing, first_leaks) in cases {
        for protocol in ["HTTP/2", "HTTP/3"] {
            let mut proxy = proxy("stream", Fault::None);
            proxy.missing = missing;
            proxy.tell("request\0protocol", protocol.as_bytes());
            let first = proxy.play(&request(), &response());
            assert_eq!(leaks(&first), first_leaks, "{missing:?}, {protocol}");
            let second = proxy.play(&request(), &response());
            assert!(!leaks(&second), "{missing:?}, {protocol}");
            // Over HTTP/3 nobody misses what no filter is asked for.
            let noticed = missing != Missing::Log || protocol != "HTTP/3";
            assert_eq!(second.reply.is_some(), noticed, "{missing:?}, {protocol}");
            let denied = noticed && missing != Missing::Head(Request);
            assert_eq!(proxy.vm.is_denied(), denied, "{missing:?}, {protocol}");
            let blind = proxy.host.metric("cofferdam_blind_total");
            assert_eq!(blind, i64::from(denied), "{missing:?}, {protocol}");
        }
    }
}

#[test]
fn an_exchange_over_http_3_is_told_of_when_it_is_done() {
    let proxy = proxy("stream", Fault::None);
    proxy.tell("request\0protocol", b"HTTP/3");
    for exchange in 1..=UNTOLD_MAX + 2 {
        let over = proxy.play(&request(), &response());
        assert!(over.client.complete && !leaks(&over));
        let state = proxy.host.0.borrow();
        assert!(state.states.contains_key("cofferdam"), "nothing for an access log");
        let entries = state.log.iter().filter(|line| line.starts_with("cofferdam: {")).count();
        assert_eq!(entries, 2 * exchange, "one for each crossing");
    }
}

#[test]
fn exchanges_that_are_never_deleted_end_in_denial() {
    let proxy = proxy("stream", Fault::None);
    let mut streams = Vec::new();
    for n in 0..=UNTOLD_MAX + 1 {
        let mut stream = proxy.root.stream();
        proxy.host.0.borrow_mut().maps.insert(0, request().head);
        stream.request_headers(true);
        stream.log();
        stream.done();
        streams.push(stream);
        assert_eq!(proxy.vm.is_denied(), n > UNTOLD_MAX);
    }
}

#[test]
fn a_vm_without_a_policy_denies() {
    let (proxy, accepted) = Proxy::new(b"", &[], Fault::None);
    assert!(!accepted);
    let over = proxy.play(&request(), &response());
    let (status, body) = over.reply.expect("a reply");
    assert_eq!(status, 503);
    assert!(body.starts_with("{\"blocked\":\"no_policy\",\"crossing\":\""), "{body}");
    // Nobody looked at these.
    let head = &proxy.host.0.borrow().maps[&0];
    assert!(head.iter().any(|(name, value)| name == b":path" && value == b"/"));
}

#[test]
fn a_bad_update_leaves_the_policy_before() {
    let mut proxy = proxy("stream", Fault::None);
    let mut bytes = bundle("stream");
    *bytes.last_mut().expect("bytes") ^= 1;
    let length = bytes.len();
    proxy.host.0.borrow_mut().config = bytes;
    assert!(!proxy.root.configure(length));
    assert!(!proxy.root.configure(usize::MAX));
    let over = proxy.play(&request(), &response());
    assert!(over.client.complete && !leaks(&over));
}

#[test]
fn an_update_moves_the_gauge() {
    let mut proxy = proxy("stream", Fault::None);
    let gauges = |proxy: &Proxy| -> Vec<i64> {
        let state = proxy.host.0.borrow();
        let active = |name: &str| name.starts_with("cofferdam_policy_active_cdp_");
        state.metrics.iter().filter(|(name, _)| active(name)).map(|(_, value)| *value).collect()
    };
    assert_eq!(gauges(&proxy), [1]);
    let bytes = bundle("whole");
    let length = bytes.len();
    proxy.host.0.borrow_mut().config = bytes;
    assert!(proxy.root.configure(length));
    assert_eq!(gauges(&proxy), [1]);
    proxy.root.tick();
    assert_eq!(gauges(&proxy), [0, 1]);
}

#[test]
fn headers_that_are_not_text_pass() {
    let proxy = proxy("stream", Fault::None);
    let mut request = request();
    request.head.push((b"x-odd".to_vec(), vec![0xff, 0xfe]));
    let over = proxy.play(&request, &response());
    assert!(over.client.complete);
    let head = over.upstream.head.expect("a head");
    assert!(head.contains(&(b"x-odd".to_vec(), vec![0xff, 0xfe])));
}

#[test]
fn only_our_own_reply_passes_unread() {
    let proxy = proxy("stream", Fault::None);
    let foreign = |details: &[u8]| {
        let mut stream = proxy.root.stream();
        let mut request = request();
        request.head.push((b"upgrade".to_vec(), b"websocket".to_vec()));
        proxy.host.0.borrow_mut().maps.insert(0, request.head);
        assert_eq!(stream.request_headers(true), crate::stream::Turn::Pause);
        proxy.tell("response\0code_details", details);
        proxy.host.0.borrow_mut().cut = false;
        stream.response_headers(false)
    };
    assert_eq!(foreign(b"cofferdam_upgrade"), crate::stream::Turn::Continue);
    assert_eq!(foreign(b"ext_authz_denied"), crate::stream::Turn::Pause);
    assert!(proxy.host.0.borrow().cut);
}

#[test]
fn a_full_vm_refuses_the_next_exchange() {
    let proxy = proxy("stream", Fault::None);
    let mut streams = Vec::new();
    for _ in 0..OPEN_MAX {
        let mut stream = proxy.root.stream();
        proxy.host.0.borrow_mut().maps.insert(0, request().head);
        stream.request_headers(true);
        streams.push(stream);
    }
    assert!(proxy.host.0.borrow().reply.is_none());
    let over = proxy.play(&request(), &response());
    assert!(over.reply.is_some_and(|(status, body)| status == 503 && body.contains("\"busy\"")));
    streams.clear();
    // Streams that were dropped without a log line gave the host away.
    assert!(proxy.vm.is_denied());
    assert_eq!(Rc::strong_count(&proxy.vm), 2);
}

#[test]
fn a_host_that_says_it_has_no_timers_is_served_without_them() {
    let told = |environment: &[&str]| {
        let proxy = proxy_in(environment, "stream", Fault::Restricted("tick"));
        let over = proxy.play(&request(), &response());
        assert!(!leaks(&over));
        let policy: i64 = {
            let state = proxy.host.0.borrow();
            let gauges = state.metrics.iter().filter(|(name, _)| name.contains("policy_active"));
            gauges.map(|(_, value)| value).sum()
        };
        (over.client.complete, policy, proxy.host.metric("cofferdam_heartbeat_total"))
    };
    assert_eq!(told(&["COFFERDAM_HOLD_HEADERS=1"]), (false, 0, 0));
    assert_eq!(told(&["COFFERDAM_HOLD_HEADERS=1", "COFFERDAM_NO_TIMERS=1"]), (true, 1, 0));
}

#[test]
fn a_small_vm_refuses_what_it_has_no_room_for() {
    let proxy = proxy_in(&["COFFERDAM_MEMORY_MIB=5"], "stream", Fault::None);
    let mut streams = Vec::new();
    for _ in 0..(1024 * 1024 / EXCHANGE_BYTES) {
        let mut stream = proxy.root.stream();
        proxy.host.0.borrow_mut().maps.insert(0, request().head);
        stream.request_headers(true);
        streams.push(stream);
    }
    assert!(proxy.host.0.borrow().reply.is_none());
    let over = proxy.play(&request(), &response());
    assert!(over.reply.is_some_and(|(status, body)| status == 503 && body.contains("\"busy\"")));
}

#[test]
fn an_exchange_that_needs_to_keep_more_than_it_may_is_refused() {
    let mut long = Sent { chunks: chunks(&format!("[{}]", "7".repeat(3000))), ..request() };
    long.head.push(("content-type".into(), "application/json".into()));
    long.head.retain(|(_, value)| value != b"text/plain");
    let over = |kib: &str| {
        let proxy = proxy_in(&["COFFERDAM_HOLD_HEADERS=1", kib], "stream", Fault::None);
        proxy.play(&long, &response())
    };
    assert!(over("COFFERDAM_KEPT_KIB=8").client.complete);
    let refused = over("COFFERDAM_KEPT_KIB=2");
    assert!(refused.reply.is_some_and(|(status, body)| status == 503 && body.contains("busy")));
    assert_eq!((refused.upstream.complete, text(&refused.upstream.body)), (false, "["));
}

#[test]
fn a_head_that_is_held_in_vain_is_told() {
    let mut proxy = proxy("stream", Fault::None);
    let mut stream = proxy.root.stream();
    proxy.host.0.borrow_mut().maps.insert(0, request().head);
    assert_eq!(stream.request_headers(false), crate::stream::Turn::Pause);
    (0..30).for_each(|_| proxy.root.tick());
    let told = |proxy: &Proxy| {
        let state = proxy.host.0.borrow();
        state.log.iter().filter(|line| line.contains("stop_iteration")).count()
    };
    assert_eq!(told(&proxy), 1);
    stream.done();
}

#[test]
fn what_the_environment_lacks_is_told() {
    let policy = POLICY.replace("DELIVERY", "stream").replace(
        "    otherwise: redact\n",
        "    otherwise: redact\n    rules:\n      \
         - { category: email, action: { tokenize: { key: mail-2, prefix: mail_ } } }\n",
    );
    let compiled = cofferdam_policy_compiler::compile(&policy, "adapter.yaml");
    let bundle = PEOPLE.bundle(&compiled.expect("a policy").blob).expect("a bundle");
    let warnings = |environment: &[&str]| {
        let (proxy, accepted) = Proxy::new(&bundle, environment, Fault::None);
        assert!(accepted);
        let state = proxy.host.0.borrow();
        state.log.iter().filter(|line| line.contains("environment")).cloned().collect::<Vec<_>>()
    };
    let lacking = warnings(&["COFFERDAM_SELF=nowhere"]);
    assert_eq!(
        lacking,
        [
            "cofferdam: environment: COFFERDAM_SELF names no zone of the policy",
            "cofferdam: environment: COFFERDAM_KEY_MAIL_2 is missing: tokenize acts as redact",
        ]
    );
    let key = format!("COFFERDAM_KEY_MAIL_2={}", "ab".repeat(32));
    assert_eq!(warnings(&["COFFERDAM_SELF=shop", &key]), [""; 0]);
}
