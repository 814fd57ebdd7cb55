//! HTTP/3 in front of Envoy: what `cofferdam deploy` writes, with its listener on QUIC, does what it
//! does over HTTP/2. Without the filter everything comes out.

use crate::front::{CARD, MAIL, answer, bytewise, headers, post};
use cofferdam_ca::{Authority, Peer};
use cofferdam_policy_compiler::deploy::{
    Cluster, Deployment, Listener, Protocol, Release, Route, Side, bootstrap,
};
use cofferdam_tests::envoy::deployments::{filter_of_text, root};
use cofferdam_tests::envoy::http3::{Client, Leave};
use cofferdam_tests::envoy::{
    Envoy, Framing, Message, Received, Start, Upstream, free_port, free_udp_port, http2, module,
};
use std::time::{Duration, Instant};

/// A number of social security that was printed on specimens, and belongs to nobody.
const SSN: &str = "078-05-1120";
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(60);

/// What says that a listener is on QUIC, and holds its TLS.
const QUIC: &str = "envoy.extensions.transport_sockets.quic.v3.QuicDownstreamTransport";

/// What is deployed: a listener, one cluster, and maybe the filter.
struct Plan {
    deployment: Deployment,
    port: u16,
}

impl Plan {
    fn on(port: u16, cluster: &str, upstream: u16) -> Self {
        let mut listener = Listener::new(port, Side::Gateway);
        listener.routes.push(Route::to(cluster));
        let deployment = Deployment {
            title: "For a test.".to_owned(),
            admin_port: free_port().unwrap(),
            listeners: vec![listener],
            clusters: vec![Cluster::new(cluster, "127.0.0.1", upstream)],
            filter: None,
        };
        Self { deployment, port }
    }

    /// Where nobody listens yet, by UDP.
    fn bare(upstream: u16) -> Self {
        Self::on(free_udp_port().unwrap(), "vault", upstream)
    }

    fn filtering(mut self, policy: &str) -> Self {
        let (_, mut filter) = filter_of_text(policy, "http3", &[(8443, self.port)]).unwrap();
        filter.request_trailers = true;
        self.deployment.filter = Some(filter);
        self
    }

    fn start(&self, text: &str) -> Envoy {
        Envoy::start_text(text, self.deployment.admin_port, &Start::default()).unwrap()
    }

    /// The bootstrap with its listener on QUIC, and a certificate to show, as Envoy asks for both.
    /// Nothing else changes. Callers must show a certificate of `callers`, if there is such.
    fn over_quic(&self, own: &Peer, callers: Option<&Authority>) -> String {
        let begin = format!("- name: listener_{}\n", self.port);
        let text = bootstrap(&self.deployment).unwrap();
        let text = instead(
            &text,
            &format!("{begin}      address: {{ socket_address: {{"),
            &format!(
                "{begin}      udp_listener_config: {{ quic_options: {{}} }}\n      \
                 address: {{ socket_address: {{ protocol: UDP,"
            ),
        );
        let text = instead(&text, "        - filters:\n", &transport_socket(own, callers));
        manager(&text, &["codec_type: HTTP3"])
    }

    /// Starts it so, with a client that knows the certificate.
    fn quic(&self, change: impl FnOnce(String) -> String) -> (Envoy, Client) {
        let authority = Authority::new().unwrap();
        let own = authority.peer("host", &[]).unwrap();
        let envoy = self.start(&change(self.over_quic(&own, None)));
        (envoy, Client::new(self.port, authority.pem()).unwrap())
    }
}

/// A text with one piece of it changed, which must be there once.
fn instead(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from}");
    text.replace(from, to)
}

/// More lines for the only connection manager.
fn manager(text: &str, lines: &[&str]) -> String {
    let first = "                stat_prefix:";
    let more: String = lines.iter().map(|line| format!("                {line}\n")).collect();
    instead(text, first, &format!("{more}{first}"))
}

fn transport_socket(own: &Peer, callers: Option<&Authority>) -> String {
    // JSON on one line, which is YAML too.
    let shown = |text: &str| serde_json::json!({ "inline_string": text }).to_string();
    let validation = callers.map_or(String::new(), |callers| {
        format!(
            "\n                  validation_context: {{ trusted_ca: {} }}\
             \n                require_client_certificate: true",
            shown(callers.pem())
        )
    });
    format!(
        r#"        - transport_socket:
            name: envoy.transport_sockets.quic
            typed_config:
              "@type": type.googleapis.com/{QUIC}
              downstream_tls_context:
                common_tls_context:
                  tls_certificates:
                    - certificate_chain: {}
                      private_key: {}{validation}
          filters:
"#,
        shown(&own.certificate),
        shown(&own.key),
    )
}

fn policy(name: &str) -> String {
    std::fs::read_to_string(root().join(format!("tests/policies/{name}.yaml"))).unwrap()
}

/// Values in a header, in the body over two frames, and in trailers.
fn message(first: &str) -> Message {
    let chunks = ["first, ", "then ", &CARD[..9], &CARD[9..]];
    Message {
        first: first.as_bytes().to_vec(),
        headers: headers(&[("content-type", "text/plain"), ("x-user", MAIL)]),
        framing: Framing::Chunked,
        chunks: chunks.iter().map(|chunk| chunk.as_bytes().to_vec()).collect(),
        trailers: headers(&[("x-sum", "9"), ("x-note", MAIL)]),
        pause: PAUSE,
        cut: false,
    }
}

/// The same as a request, with values in its path too.
fn request() -> Message {
    message(&format!("POST /users/{MAIL}?card={CARD} HTTP/1.1"))
}

fn response() -> Message {
    message("HTTP/1.1 200 OK")
}

/// With text for a body, and nothing else to find.
fn with_body(mut message: Message, body: &str) -> Message {
    message.headers.retain(|(name, _)| name != b"x-user");
    message.chunks = body.as_bytes().chunks(16_000).map(<[u8]>::to_vec).collect();
    message.trailers.clear();
    message.pause = Duration::ZERO;
    message
}

/// Everything of a message, as one text.
fn whole(received: &Received) -> String {
    let mut bytes = received.first.clone();
    for (name, value) in received.headers.iter().chain(&received.trailers) {
        bytes.extend([b"\n", name.as_slice(), b": ", value].concat());
    }
    bytes.extend([b"\n", received.body.as_slice()].concat());
    String::from_utf8_lossy(&bytes).into_owned()
}

fn check(side: &str, received: &Received) {
    assert!(received.complete, "{side}: cut");
    assert_eq!(received.text(), "first, then [credit_card]", "{side}");
    assert_eq!(received.header("x-user").as_deref(), Some("[email]"), "{side}");
    let trailers = headers(&[("x-sum", "9"), ("x-note", "[email]")]);
    assert_eq!(received.trailers, trailers, "{side}");
    let whole = whole(received);
    assert!(!whole.contains(CARD) && !whole.contains(MAIL), "{side}: {whole}");
}

/// The entries, once there are so many.
fn entries(envoy: &Envoy, count: usize) -> Vec<serde_json::Value> {
    let until = Instant::now() + PATIENCE;
    loop {
        let log = envoy.log().unwrap();
        let lines = log.lines().filter_map(|line| line.split_once("cofferdam: {"));
        let entries: Vec<_> = lines
            .filter_map(|(_, entry)| serde_json::from_str(&format!("{{{entry}")).ok())
            .collect();
        if entries.len() >= count {
            return entries;
        }
        assert!(Instant::now() < until, "{} entries, not {count}", entries.len());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The last line of the access log, once there are so many. Envoy writes it when the client has
/// acknowledged the end.
fn access(envoy: &Envoy, count: usize) -> serde_json::Value {
    let until = Instant::now() + PATIENCE;
    loop {
        let log = envoy.access_log().unwrap();
        if log.lines().count() >= count && log.ends_with('\n') {
            return serde_json::from_str(log.lines().last().unwrap_or_default()).unwrap();
        }
        assert!(Instant::now() < until, "{log}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn without_the_filter_every_value_comes_out() {
    let upstream = Upstream::start().unwrap();
    let (_envoy, client) = Plan::bare(upstream.port()).quic(|text| text);
    upstream.answer(response());
    let received = client.exchange(&request()).unwrap();
    let sent = upstream.wait(PATIENCE).unwrap();
    assert_eq!(received.first, b"HTTP/3 200");
    for (side, message) in [("response", &received), ("request", &sent)] {
        assert!(message.complete, "{side}");
        assert_eq!(message.text(), format!("first, then {CARD}"), "{side}");
        assert_eq!(message.header("x-user").as_deref(), Some(MAIL), "{side}");
        assert_eq!(message.trailers, headers(&[("x-sum", "9"), ("x-note", MAIL)]), "{side}");
    }
    let line = String::from_utf8_lossy(&sent.first).into_owned();
    assert_eq!(line, format!("POST /users/{MAIL}?card={CARD} HTTP/1.1"));
}

#[test]
fn every_place_is_redacted_both_ways_exchange_after_exchange() {
    let plain = Upstream::start().unwrap();
    let framed = http2::Upstream::start(response()).unwrap();
    for (protocol, port) in [(Protocol::Http1, plain.port()), (Protocol::Http2, framed.port())] {
        let mut plan = Plan::bare(port).filtering(&policy("basic"));
        plan.deployment.clusters[0].protocol = protocol;
        let (envoy, client) = plan.quic(|text| text);
        plain.answer(response());
        for n in 1..=3 {
            let request = match n {
                1 => request(),
                _ => bytewise(&request(), Duration::from_millis(2)),
            };
            let received = client.exchange(&request).unwrap();
            assert_eq!(received.status(), 200, "{}", whole(&received));
            check(&format!("{protocol:?}, response {n}"), &received);
            let first = received.pieces.first().map_or(0, |(_, length)| *length);
            assert!(first > 0 && first < 20, "the body was held back whole");
            let sent = match protocol {
                Protocol::Http1 => plain.take(),
                Protocol::Http2 => framed.take(),
            };
            assert_eq!(sent.len(), 1);
            check(&format!("{protocol:?}, request {n}"), &sent[0]);
            let line = String::from_utf8_lossy(&sent[0].first).into_owned();
            assert!(line.contains("/users/%5Bemail%5D?card=%5Bcredit_card%5D"), "{line}");

            let entries = entries(&envoy, 2 * n);
            assert_eq!(entries.len(), 2 * n, "one for each crossing");
            for entry in &entries[2 * n - 2..] {
                assert_eq!(
                    (&entry["verdict"], &entry["boundary"]),
                    (&"rewrite".into(), &"in".into())
                );
            }
            let told = access(&envoy, n)["cofferdam"].to_string();
            assert!(
                told.contains("request=rewrite") && told.contains("response=rewrite"),
                "{told}"
            );
        }
        let told = envoy.log().unwrap() + &envoy.access_log().unwrap();
        assert!(!told.contains(CARD) && !told.contains(MAIL), "a finding stands in a log");
        assert!(!told.contains("denies everything"), "{told}");
    }
}

#[test]
fn a_block_is_answered_over_http_3() {
    let upstream = Upstream::start().unwrap();
    let plan = Plan::bare(upstream.port()).filtering(&policy("strict"));
    let (envoy, client) = plan.quic(|text| text);
    upstream.answer(with_body(response(), "fine"));
    let received = client.exchange(&with_body(request(), &format!("ssn {SSN}"))).unwrap();
    assert_eq!((received.status(), received.complete), (403, true));
    assert!(received.text().contains("\"blocked\":\"finding\""), "{}", received.text());
    assert!(upstream.take().is_empty(), "the request crossed");

    upstream.answer(with_body(response(), &format!("ssn {SSN}")));
    let received = client.exchange(&with_body(request(), "fine")).unwrap();
    assert_eq!((received.status(), received.complete), (502, true));
    assert!(received.text().contains("\"blocked\":\"finding\""), "{}", received.text());

    let entries = entries(&envoy, 3);
    let of = |n: usize| [&entries[n]["message"], &entries[n]["verdict"], &entries[n]["reason"]];
    assert_eq!(of(0), ["request", "block", "finding"]);
    assert_eq!(of(2), ["response", "block", "finding"]);
    assert!(!envoy.log().unwrap().contains(SSN), "a finding stands in the log");
}

#[test]
fn a_block_behind_what_has_left_resets_the_stream() {
    let upstream = Upstream::start().unwrap();
    let plan = Plan::bare(upstream.port()).filtering(&policy("stream"));
    let (_envoy, client) = plan.quic(|text| text);
    let mut answered = with_body(response(), "");
    answered.pause = PAUSE;
    answered.chunks = ["fine so far ", "and so on ", "ssn ", SSN, " more"]
        .map(|chunk| chunk.as_bytes().to_vec())
        .to_vec();
    upstream.answer(answered);
    let received = client.exchange(&with_body(request(), "fine")).unwrap();
    assert_eq!((received.status(), received.complete), (200, false));
    assert!(received.text().starts_with("fine so far"), "{}", received.text());
    assert!(!received.text().contains(SSN) && !received.text().contains("more"));
    upstream.answer(with_body(response(), "fine"));
    let received = client.exchange(&with_body(request(), "fine")).unwrap();
    assert_eq!((received.status(), received.text().as_str()), (200, "fine"));
}

#[test]
fn long_bodies_are_held_whole_and_stream_as_their_delivery_says() {
    let body = format!("{{\"rope\": \"20 m\", \"to\": \"{MAIL}\"}},\n").repeat(20_000);
    let expected = body.replace(MAIL, "[email]");
    let held = policy("strict").replace("inspect: 4KiB", "inspect: 1MiB");
    for (policy, length) in [(held, 900_000), (policy("basic"), body.len())] {
        let upstream = Upstream::start().unwrap();
        let (_envoy, client) = Plan::bare(upstream.port()).filtering(&policy).quic(|text| text);
        let lines = length / (body.len() / 20_000);
        let (body, expected) = (lines_of(&body, lines), lines_of(&expected, lines));
        upstream.answer(with_body(response(), body));
        let received = client.exchange(&with_body(request(), body)).unwrap();
        let sent = upstream.wait(PATIENCE);
        let sent = sent.unwrap_or_else(|| panic!("{}", whole(&received)));
        for (side, received) in [("response", &received), ("request", &sent)] {
            assert!(received.complete, "{side}: cut");
            assert!(received.text() == expected, "{side}: {} bytes", received.body.len());
        }
    }
}

#[test]
fn a_message_that_is_too_long_to_be_held_is_refused_by_the_filter() {
    let upstream = Upstream::start().unwrap();
    let plan = Plan::bare(upstream.port()).filtering(&policy("strict"));
    let (_envoy, client) = plan.quic(|text| text);
    let long = "rope, 20 m, and so on\n".repeat(1000);
    for (request_body, response_body, status) in [(long.as_str(), "", 413), ("", &long, 502)] {
        upstream.answer(with_body(response(), response_body));
        let received = client.exchange(&with_body(request(), request_body)).unwrap();
        assert_eq!((received.status(), received.complete), (status, true));
        assert!(received.text().contains("\"blocked\":\"oversize\""), "{}", received.text());
    }
}

fn lines_of(text: &str, count: usize) -> &str {
    let end = text.match_indices('\n').nth(count - 1).map_or(text.len(), |(at, _)| at + 1);
    &text[..end]
}

/// What a client asks for: a tunnel, or by extended CONNECT another protocol.
const UPGRADES: &[(&str, &[(&str, &str)])] = &[
    ("CONNECT", &[(":method", "CONNECT"), (":authority", "service.test:443")]),
    (
        "WebSocket",
        &[
            (":method", "CONNECT"),
            (":protocol", "websocket"),
            (":scheme", "https"),
            (":authority", "service.test"),
            (":path", "/chat"),
            ("sec-websocket-version", "13"),
        ],
    ),
    (
        "CONNECT-UDP",
        &[
            (":method", "CONNECT"),
            (":protocol", "connect-udp"),
            (":scheme", "https"),
            (":authority", "service.test"),
            (":path", "/.well-known/masque/udp/192.0.2.6/443/"),
            ("capsule-protocol", "?1"),
        ],
    ),
];

/// Makes Envoy take upgrades, which what is deployed does not.
fn taking_upgrades(text: &str, codec: &str) -> String {
    let text = match codec {
        "HTTP/3" => manager(text, &["http3_protocol_options: { allow_extended_connect: true }"]),
        _ => instead(text, "max_concurrent_streams: 100", "allow_connect: true"),
    };
    let types = ["websocket", "CONNECT", "CONNECT-UDP"];
    let types = types.map(|name| format!("{{ upgrade_type: {name} }}")).join(", ");
    let text = manager(&text, &[&format!("upgrade_configs: [{types}]")]);
    let matched = "match: { prefix: \"/\" }\n";
    let routed = "                          route: { cluster: \"vault\", timeout: 0s }\n";
    let other = "                        - name: other\n";
    instead(
        &text,
        matched,
        &format!(
            "match: {{ connect_matcher: {{}} }}\n{routed}{other}                          {matched}"
        ),
    )
}

fn ask_over_http_2(port: u16, head: &[(&str, &str)]) -> bool {
    let found = |name: &str| head.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
    let target = found(":path").or(found(":authority")).unwrap_or_default();
    let mut lines = vec![("host", found(":authority").unwrap_or_default())];
    lines.extend(head.iter().filter(|(name, _)| !name.starts_with(':') || *name == ":protocol"));
    let message = Message {
        first: format!("CONNECT {target} HTTP/2").into_bytes(),
        headers: headers(&lines),
        // Its end comes later than the answer.
        framing: Framing::Chunked,
        chunks: vec![Vec::new()],
        pause: Duration::from_millis(500),
        ..Message::default()
    };
    http2::exchange(port, &message).is_ok()
}

/// Who is asked for upgrades.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// Envoy as deployed.
    Deployed,
    /// The same, but that it takes upgrades.
    Taking,
    /// It takes upgrades, and there is no filter.
    Bare,
}

/// What comes of each: whether the client had an answer, the status and details that Envoy logs, and
/// how often the upstream was asked.
fn ask(codec: &str, asked: Asked) -> Vec<String> {
    let upstream = Upstream::start().unwrap();
    upstream.answer(Message {
        first: b"HTTP/1.1 426 Upgrade Required".to_vec(),
        framing: Framing::Length,
        ..Message::default()
    });
    let quic = codec == "HTTP/3";
    let port = if quic { free_udp_port() } else { free_port() }.unwrap();
    let mut plan = Plan::on(port, "vault", upstream.port());
    if asked != Asked::Bare {
        plan = plan.filtering(&policy("basic"));
    }
    let change = |text: String| match asked {
        Asked::Deployed => text,
        Asked::Taking | Asked::Bare => taking_upgrades(&text, codec),
    };
    let (envoy, client) = match quic {
        true => {
            let (envoy, client) = plan.quic(change);
            (envoy, Some(client))
        }
        false => (plan.start(&change(bootstrap(&plan.deployment).unwrap())), None),
    };
    let mut came = Vec::new();
    for (n, (what, head)) in UPGRADES.iter().enumerate() {
        let answered = match &client {
            Some(client) => client.answers(head).unwrap(),
            None => ask_over_http_2(port, head),
        };
        let line = access(&envoy, n + 1);
        let details = line["details"].as_str().unwrap_or_default();
        // What its codec says of it is its own, and differs by release.
        let of_codec = ["http2.", "http3."].iter().any(|codec| details.starts_with(codec));
        let details = if of_codec { "codec" } else { details };
        let (status, asked) = (&line["status"], upstream.take().len());
        came.push(format!("{what}: {answered} {status} {details} {asked}"));
    }
    came
}

/// Where Envoy takes upgrades the filter refuses them; where it does not, which is how it is
/// deployed, its codec resets what asks for another protocol before any filter sees it.
#[test]
fn connect_has_the_same_outcome_as_over_http_2() {
    for codec in ["HTTP/2", "HTTP/3"] {
        let all = |of: &str| UPGRADES.iter().map(|(what, _)| format!("{what}: {of}")).collect();
        let refused = "true 403 cofferdam_upgrade 0";
        let mut deployed: Vec<String> = all("false 0 codec 0");
        deployed[0] = format!("CONNECT: {refused}");
        assert_eq!(ask(codec, Asked::Deployed), deployed, "{codec} as deployed");
        assert_eq!(ask(codec, Asked::Taking), all(refused), "{codec} with upgrades");
        assert_eq!(ask(codec, Asked::Bare), all("true 426 via_upstream 1"), "{codec}, no filter");
    }
}

#[test]
fn a_client_that_goes_away_proves_no_hole() {
    let upstream = Upstream::start().unwrap();
    let plan = Plan::bare(upstream.port()).filtering(&policy("basic"));
    let (envoy, client) = plan.quic(|text| text);
    for n in 1..=3 {
        for how in [Leave::Stop, Leave::Close] {
            upstream.answer(response());
            client.leave(&with_body(request(), "fine"), how).unwrap();
        }
        client.leave(&Message { cut: true, ..request() }, Leave::Stop).unwrap();
        upstream.answer(Message { cut: true, ..response() });
        let received = client.exchange(&with_body(request(), "fine")).unwrap();
        assert!(!received.complete && !received.text().contains(CARD), "{}", received.text());
        std::thread::sleep(Duration::from_millis(300));
        upstream.answer(answer("{\"a\":1}"));
        let received = client.exchange(&post("{}")).unwrap();
        assert_eq!((received.status(), received.text().as_str()), (200, "{\"a\":1}"), "round {n}");
    }
    let log = envoy.log().unwrap();
    assert!(!log.contains("denies everything"), "{log}");
}

/// Envoy writes the access log of an exchange over HTTP/3 without its filters, and so it is when
/// they are done with it that they look back.
#[test]
fn a_callback_that_is_missing_is_noticed() {
    for (missing, denied) in [
        ("proxy_on_response_body", true),
        ("proxy_on_response_trailers", true),
        ("proxy_on_done", true),
        ("proxy_on_log", false),
    ] {
        let upstream = Upstream::start().unwrap();
        let mut plan = Plan::bare(upstream.port()).filtering(&policy("basic"));
        let filter = plan.deployment.filter.as_mut().unwrap();
        filter.capabilities.retain(|name| name != missing);
        let (_envoy, client) = plan.quic(|text| text);
        upstream.answer(response());
        let came = [(); 2].map(|()| client.exchange(&request()).unwrap());
        let sent = upstream.take();
        assert!(sent.iter().all(|sent| !whole(sent).contains(MAIL)), "{missing}: a request leaks");
        let leaks =
            came.each_ref().map(|came| whole(came).contains(CARD) || whole(came).contains(MAIL));
        assert!(!leaks[1], "{missing}: responses go on leaking");
        assert_eq!(came[1].status(), if denied { 503 } else { 200 }, "{missing}");
    }
}

#[test]
fn certificates_place_peers() {
    let upstream = Upstream::start().unwrap();
    let authority = Authority::new().unwrap();
    let plan =
        Plan::on(free_udp_port().unwrap(), "warehouse", upstream.port()).filtering(&policy("mesh"));
    let own = authority.peer("host", &[]).unwrap();
    let text = plan.over_quic(&own, Some(&authority));
    let started = Envoy::start_text(&text, plan.deployment.admin_port, &Start::default());
    let envoy = match started {
        Ok(envoy) => envoy,
        Err(error) => {
            // The oldest release asks nobody for a certificate over QUIC, and does not start.
            let told = error.to_string();
            assert!(told.contains("Client Authentication is not supported over QUIC"), "{told}");
            assert_eq!(module::release(), Release::Before1_40);
            return;
        }
    };
    let (pay, vault) =
        ("spiffe://acme.example/ns/pay/orders", "spiffe://acme.example/ns/vault/sa/a");
    upstream.answer(with_body(response(), "fine"));
    for (uris, status) in [(&[pay][..], 200), (&[vault], 403), (&[pay, vault], 403), (&[], 403)] {
        let peer = authority.peer("caller", uris).unwrap();
        let client =
            Client::with_certificate(plan.port, authority.pem(), &peer.certificate, &peer.key);
        let received = client.unwrap().exchange(&with_body(request(), MAIL)).unwrap();
        assert_eq!(received.status(), status, "{uris:?}: {}", received.text());
        let sent = upstream.take();
        assert_eq!(sent.len(), usize::from(status == 200), "{uris:?}");
        assert!(sent.iter().all(|sent| sent.text() == "[email]"), "{uris:?}");
    }
    assert_eq!(entries(&envoy, 1)[0]["from_by"], "certificate");
    let stranger = Client::new(plan.port, authority.pem()).unwrap();
    assert!(stranger.exchange(&with_body(request(), "fine")).is_err(), "no certificate was shown");
}
