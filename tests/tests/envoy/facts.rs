//! The same scripted guest in Envoy and in the harness: what both answer it, and what both let out,
//! must be the same. A release of Envoy that behaves otherwise is noticed here.

use crate::bare;
use crate::front::headers;
use cofferdam_harness::{self as host, Guard, Harness, Options, StreamSpec};
use cofferdam_policy_compiler::deploy::{self, Filter, Source, Trust};
use cofferdam_tests::envoy::{
    Client, Envoy, Framing, Headers, Message, Received, Start, Upstream, module, process::Tail,
    wire,
};
use cofferdam_tests::wasm::GUARD;
use std::io::BufReader;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// One thing that Envoy does.
#[derive(Clone, Copy)]
struct Fact {
    /// What the guest does, callback by callback.
    script: &'static str,
    request: Sent,
    response: Sent,
    /// A line that the guest must have got to say, which shows that the fact was met at all.
    said: &'static str,
}

/// A message of the fact.
#[derive(Clone, Copy)]
struct Sent {
    head: &'static [(&'static str, &'static str)],
    chunks: &'static [&'static str],
    trailers: &'static [(&'static str, &'static str)],
}

const BARE: Sent = Sent { head: &[], chunks: &[], trailers: &[] };

/// Chunks, and nothing behind them.
const fn body(chunks: &'static [&'static str]) -> Sent {
    Sent { chunks, ..BARE }
}

/// Chunks with trailers behind them.
const fn ended(chunks: &'static [&'static str]) -> Sent {
    Sent { chunks, trailers: &[("t", "1")], ..BARE }
}

const fn head(head: &'static [(&'static str, &'static str)]) -> Sent {
    Sent { head, ..BARE }
}

const fn fact(script: &'static str, request: Sent, response: Sent, said: &'static str) -> Fact {
    Fact { script, request, response, said }
}

const BODIES: &[Fact] = &[
    // The end of a body is not said in its callbacks when trailers follow.
    fact("response_body: get 1 0 9", BARE, ended(&["ab", "c"]), "response_body size=1 end=0"),
    fact("request_body: get 0 0 9", ended(&["ab", "c"]), BARE, "request_body size=1 end=0"),
    fact("request_body: get 0 0 9", body(&["ab", "c"]), BARE, "request_body size=0 end=1"),
    // What the guest holds cannot be written at trailers after Continue, and trailers can be edited.
    fact(
        "response_body: set 1 0 size / response_trailers: get 1 0 9; set 1 0 0 x; set 1 0 max x; \
         set 1 1 0 x; replace 3 t 2",
        BARE,
        ended(&["ab"]),
        "set=2",
    ),
    fact(
        "request_body: pause / request_trailers: get 0 0 9; set 0 0 max abcd",
        ended(&["ab"]),
        BARE,
        "get=0:ab",
    ),
    // Paused and continued, each chunk leaves with the next event, and the tail at the trailers.
    fact(
        "response_body#1: set 1 0 size AA; pause / response_body#2: set 1 0 size AABB; resume 1; \
         pause / response_body#3: set 1 0 size CC; resume 1; pause / response_trailers: set 1 0 \
         max DD",
        BARE,
        ended(&["aa", "bb", "cc"]),
        "response_body size=2 end=0",
    ),
    fact(
        "request_body#1: set 0 0 size AA; pause / request_body#2: set 0 0 size AABB; resume 0; \
         pause / request_body#3: set 0 0 size CC; resume 0; pause / request_trailers: set 0 0 \
         max DD",
        ended(&["aa", "bb", "cc"]),
        BARE,
        "request_body size=2 end=0",
    ),
    fact(
        "response_body#1: resume 1; pause / response_body#2: get 1 0 9",
        BARE,
        body(&["aa", "bb"]),
        "get=0:aabb",
    ),
    // A paused body grows until it is let on.
    fact(
        "request_body#1: pause / request_body#2: pause / request_body#3: continue",
        body(&["ab", "cd", "ef"]),
        BARE,
        "request_body size=6 end=0",
    ),
    // Writes that replace a beginning, everything, before or behind are taken; others are not.
    fact("request_body#1: set 0 0 2 XY", body(&["0123456789"]), BARE, "set=0"),
    fact("request_body#1: set 0 3 1 X", body(&["0123456789"]), BARE, "set=2"),
    fact("request_body#1: set 0 20 0 X", body(&["0123456789"]), BARE, "set=0"),
    fact("request_body#1: set 0 0 0 X", body(&["0123456789"]), BARE, "set=0"),
    fact("request_body#1: set 0 0 max X", body(&["0123456789"]), BARE, "set=0"),
    fact(
        "request_body#1: get 0 0 0; get 0 50 1; get 0 8 50",
        body(&["0123456789"]),
        BARE,
        "get=0:89",
    ),
    fact("response_body#1: set 1 3 1 X", BARE, body(&["0123456789"]), "set=2"),
    // Held chunks are written at the empty last call.
    fact(
        "request_body: set 0 0 size / request_body#3: set 0 0 0 all-of-it",
        body(&["ab", "cd"]),
        BARE,
        "request_body size=0 end=1",
    ),
    // A message that ends with its head has no body callback.
    fact(
        "request_body: continue / response_body: continue / log: header 0 x",
        head(&[("x", "1")]),
        BARE,
        "header=0:1",
    ),
    // Touching trailers at the end of a body makes them.
    fact("response_body#2: replace 3 t v", BARE, body(&["a"]), "replace=0"),
    fact("response_body: replace 3 t v", BARE, ended(&["a"]), "replace=2"),
];

const HEADS: &[Fact] = &[
    // A held head can be edited until the body lets it go.
    fact(
        "response_headers: pause / response_body: pause / response_body#3: replace 2 \
         content-length 4; replace 2 x-late 1; remove 2 transfer-encoding",
        BARE,
        body(&["ab", "cd"]),
        "replace=0",
    ),
    // Names that the map knows are joined there, all others stand apart; writing moves to the end.
    fact(
        "request_headers: values 0 referer; values 0 x; values 0 cookie; header 0 x",
        head(&[
            ("referer", "https://a.example/"),
            ("x", "1"),
            ("cookie", "a=1"),
            ("x", "2"),
            ("referer", "https://b.example/"),
            ("cookie", "b=2"),
        ]),
        BARE,
        "values=https://a.example/,https://b.example/",
    ),
    fact(
        "response_headers: values 2 grpc-message; values 2 x; values 2 set-cookie",
        BARE,
        head(&[
            ("grpc-message", "1"),
            ("x", "1"),
            ("set-cookie", "a=1"),
            ("grpc-message", ""),
            ("x", "2"),
            ("grpc-message", "3"),
            ("set-cookie", "b=2"),
        ]),
        "values=1,3",
    ),
    fact(
        "response_trailers: values 3 grpc-message; values 3 cookie; values 3 *",
        BARE,
        Sent {
            chunks: &["a"],
            trailers: &[
                ("grpc-message", "1"),
                ("cookie", "a"),
                ("grpc-message", "2"),
                ("cookie", "b"),
            ],
            ..BARE
        },
        "values=1,2",
    ),
    fact(
        "request_trailers: values 1 *; replace 1 grpc-message 3; add 1 t 2; values 1 *",
        Sent {
            chunks: &["a"],
            trailers: &[("grpc-message", "1"), ("t", "1"), ("grpc-message", "2")],
            ..BARE
        },
        BARE,
        "values=grpc-message=1|t=1|grpc-message=2",
    ),
    fact(
        "response_headers: replace 2 x 9; replace 2 location c; add 2 y 2; remove 2 z; add 2 \
         :odd 1; values 2 x; values 2 location",
        BARE,
        head(&[("x", "1"), ("location", "a"), ("y", "1"), ("x", "2"), ("z", "1"), ("z", "2")]),
        "values=9",
    ),
    fact(
        "response_headers: put 2 x=1 etag=a :status=201 x=2 etag=b Y=3; values 2 *",
        BARE,
        head(&[("z", "1")]),
        "values=:status=201|x=1|etag=a,b|x=2|y=3",
    ),
    // A request's authority has two names.
    fact(
        "request_headers: header 0 host; header 0 :authority; add 0 host z; values 0 :authority; \
         values 0 host",
        BARE,
        BARE,
        "values=service.test,z",
    ),
    fact(
        "request_headers: header 0 none; remove 0 none; pairs 1; header 1 t",
        BARE,
        BARE,
        "pairs=0:0",
    ),
    // A head is at hand until its own callback says to go on, and to be read in the log.
    fact(
        "request_headers: header 0 x / request_body: header 0 x; values 0 x; replace 0 x 2; add 0 x \
         1; remove 0 x; put 0 a=b; pairs 0; property request.headers.x; property request.path",
        Sent { head: &[("x", "1"), ("x", "2")], chunks: &["ab"], trailers: &[] },
        BARE,
        "remove=2",
    ),
    fact(
        "request_headers: pause / request_body: header 0 x; replace 0 x 2 / request_body#3: header 0 \
         x; property request.headers.x",
        Sent { head: &[("x", "1"), ("x", "3")], chunks: &["ab", "cd"], trailers: &[] },
        BARE,
        "header=0:2",
    ),
    fact(
        "response_headers: header 2 y / response_body: header 2 y; replace 2 y 4; pairs 2; property \
         response.headers.y; property response.code_details / log: header 2 y; replace 2 y 7; \
         header 2 y; header 1 t; pairs 1; header 3 t; pairs 3; get 1 0 9; set 1 0 0 x",
        BARE,
        Sent { head: &[("y", "3")], chunks: &["ab"], trailers: &[("t", "1")] },
        "replace=2",
    ),
    fact("log: header 1 t; pairs 1; header 3 t; pairs 3; add 1 a b", ended(&["a"]), BARE, "add=2"),
    // Continuing takes what there is of a request out of hand, but not what the host keeps.
    fact(
        "request_headers: pause / request_body#1: pause / request_body#2: get 0 0 9; header 0 x; \
         resume 0; header 0 x; get 0 0 9; set 0 0 0 Z; pause / request_body#3: header 0 x; get 0 0 9",
        Sent { head: &[("x", "1")], chunks: &["ab", "cd"], trailers: &[] },
        BARE,
        "header=2:",
    ),
    fact(
        "request_headers: pause / request_body#1: resume 0; header 0 x; get 0 0 9; set 0 0 0 y; pause",
        Sent { head: &[("x", "1")], chunks: &["ab"], trailers: &[] },
        BARE,
        "set=2",
    ),
    fact(
        "response_headers: pause / response_body#1: resume 1; header 2 y; get 1 0 9; set 1 0 size Z; \
         pause / response_body#2: header 2 y; get 1 0 9; set 1 0 size QQ",
        BARE,
        Sent { head: &[("y", "2")], chunks: &["abc"], trailers: &[] },
        "get=0:Z",
    ),
    fact(
        "request_body: pause / request_trailers: resume 0; set 0 0 max zz; header 1 t; pause",
        ended(&["a"]),
        BARE,
        "header=2:",
    ),
    // Reading trailers that are not there does not make them; writing them at the end does.
    fact(
        "request_body: header 1 t; pairs 1; replace 1 t 1; header 1 t; pairs 1",
        body(&["ab"]),
        BARE,
        "pairs=0:1",
    ),
    // Maps and buffers of other numbers.
    fact(
        "request_headers: header 9 t; pairs 9; get 9 0 9; set 9 0 0 x; header 4 x; pairs 4; get 2 0 9; \
         get 4 0 9; get 7 0 9; set 7 0 0 x; resume 9; close 9",
        BARE,
        BARE,
        "get=1:",
    ),
];

const REFUSALS: &[Fact] = &[
    // With the head held, the upstream hears nothing of what is refused.
    fact(
        "request_headers: pause / request_body: pause / request_body#2: reply 403 d no",
        body(&["ab", "cd"]),
        BARE,
        "reply=0",
    ),
    // A refusal before the response comes by the filter's own callbacks.
    fact(
        "request_body#2: reply 403 d no / response_headers: header 2 :status / response_body: get \
         1 0 9",
        body(&["ab", "cd", "ef"]),
        BARE,
        "header=0:403",
    ),
    fact(
        "request_headers: reply 403 d no / response_body: set 1 0 size ok; replace 2 \
         content-length 9",
        BARE,
        BARE,
        "set=0",
    ),
    // With the head held it is a clean reply past them.
    fact(
        "response_headers: pause / response_body: reply 502 d gone",
        BARE,
        body(&["ab"]),
        "reply=0",
    ),
    // A response whose head has left is cut, and the details tell of a reply only.
    fact("response_body#2: reply 502 d gone", BARE, body(&["ab", "cd"]), "reply=0"),
    fact("response_body#2: close 1", BARE, body(&["ab", "cd"]), "close=0"),
    fact("request_body#2: close 0", body(&["ab", "cd"]), BARE, "close=0"),
    // gRPC is refused in a head alone, which ends the message.
    fact(
        "request_headers: reply 403 d no / response_headers: header 2 grpc-status; header 2 \
         grpc-message; header 2 :status",
        Sent { head: &[("content-type", "application/grpc")], chunks: &["ab"], trailers: &[] },
        BARE,
        "header=0:7",
    ),
    fact(
        "request_headers: reply 502 d 50% / response_headers: header 2 grpc-status; header 2 \
         grpc-message",
        Sent { head: &[("content-type", "application/grpc+json")], chunks: &["ab"], trailers: &[] },
        BARE,
        "header=0:14",
    ),
];

const CALLS: &[Fact] = &[
    // Filter state is read by two of its names.
    fact(
        "request_headers: state k v; property k; property filter_state.wasm~k; property \
         filter_state.wasm.k; property wasm.k / \
         log: state k last; property k",
        BARE,
        BARE,
        "property=0:last",
    ),
    // What can be read of heads depends on the callback.
    fact(
        "request_headers: header 0 x; property request.headers.x; property request.path; property \
         request.url_path; property request.method; header 2 :status; property response.code / \
         response_headers: header 0 x; pairs 0; property request.path; property \
         xds.upstream_host_metadata; property response.code_details / log: header 0 x; property \
         request.path; header 2 y",
        head(&[("x", "1"), ("x", "2")]),
        head(&[("y", "3")]),
        "property=0:1,2",
    ),
    // Properties of other names than these are none.
    fact(
        "request_headers: property node.id; property cluster_name; property route_name; property \
         upstream.address; property connection.uri_san_peer_certificate",
        BARE,
        BARE,
        "property=1:",
    ),
    // A counter adds, and refuses to add nothing.
    fact("request_headers: count c 3; count c 0; count c -1", BARE, BARE, "count=2"),
    // Shared data compares and swaps, but not against what was never there.
    fact(
        "request_headers: shared fresh; share fresh a 0; share fresh b 0; share fresh c 9999; \
         shared none",
        BARE,
        BARE,
        "share=8",
    ),
];

const BOTH_LIMITED: &[Fact] = &[
    // Past a buffer limit the host answers by itself, and through the filter.
    fact(
        "request_headers: pause / request_body: pause / response_headers: header 2 :status",
        body(&[LONG, LONG]),
        BARE,
        "header=0:413",
    ),
    // A response is a 500 if its head is held, and a cut if not.
    fact(
        "response_headers: pause / response_body: pause",
        BARE,
        body(&[LONG, LONG]),
        "response_headers",
    ),
    fact("response_body: pause", BARE, body(&[LONG, LONG]), "response_body size=3000 end=0"),
];

/// Longer than half of the limit.
const LONG: &str = {
    const BYTES: [u8; 3000] = [b'x'; 3000];
    match std::str::from_utf8(&BYTES) {
        Ok(text) => text,
        Err(_) => "",
    }
};
const LIMIT: usize = 4096;

/// What one host made of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Came {
    said: Vec<String>,
    details: String,
    upstream: Option<Side>,
    client: Option<Side>,
}

/// What came out at one end. A head is compared by what the guest said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Side {
    status: Option<String>,
    own: Headers,
    body: String,
    trailers: Headers,
    whole: bool,
}

/// Headers that stand in the facts: all others are the host's own.
const OWN: &[&str] = &["x", "y", "z", "etag", "location", "grpc-message", "grpc-status", "x-late"];

fn own(headers: &Headers) -> Headers {
    let known = |name: &[u8]| OWN.iter().any(|own| own.as_bytes() == name);
    headers.iter().filter(|(name, _)| known(name)).cloned().collect()
}

/// A real Envoy with the guest, and its two ends.
struct Real {
    _envoy: Envoy,
    upstream: Upstream,
    port: u16,
    log: Tail,
    access: Tail,
}

impl Real {
    fn start(filter: Filter, change: impl Fn(String) -> String) -> Self {
        let upstream = Upstream::start().unwrap();
        let (mut deployment, port) = bare::deployment(&upstream);
        deployment.filter = Some(filter);
        let text = change(deploy::bootstrap(&deployment).unwrap());
        let envoy = Envoy::start_text(&text, deployment.admin_port, &Start::default()).unwrap();
        let (mut log, access) =
            (envoy.tail("envoy.log").unwrap(), envoy.tail("access.log").unwrap());
        log.read().unwrap();
        Self { _envoy: envoy, upstream, port, log, access }
    }

    fn run(&mut self, fact: &Fact, pause: Duration) -> Came {
        self.upstream.answer(fact.response.message("HTTP/1.1 200 OK", &[], pause));
        let told = [("host", "service.test"), ("x-script", fact.script)];
        let method = if fact.request.is_bare() { "GET" } else { "POST" };
        let line = format!("{method} /p?q HTTP/1.1");
        let request = fact.request.message(&line, &told, pause);
        let client = Client::new(self.port).exchange(&request).ok();
        let (mut access, mut said) = (String::new(), String::new());
        for _ in 0..2000 {
            access.push_str(&self.access.read().unwrap());
            if access.ends_with('\n') {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        said.push_str(&self.log.read().unwrap());
        let upstream = self.upstream.take().pop();
        let line: serde_json::Value = serde_json::from_str(access.trim()).unwrap();
        Came {
            said: said.lines().filter_map(guest_line).collect(),
            details: line["details"].as_str().unwrap_or_default().to_owned(),
            upstream: upstream.as_ref().map(|came| Side::real(came, None)),
            client: client.as_ref().map(|came| Side::real(came, Some(came.status().to_string()))),
        }
    }
}

/// What the guest said in a line of Envoy's log.
fn guest_line(line: &str) -> Option<String> {
    let refused = "Attempted call to restricted";
    if let Some((_, rest)) = line.split_once(refused) {
        return Some(format!("{refused}{rest}"));
    }
    let (_, said) = line.split_once("wasm log")?;
    let (_, said) = said.split_once(": ")?;
    Some(without_head_size(said))
}

/// How many headers there are is the host's affair: it adds some.
fn without_head_size(said: &str) -> String {
    match said.split_once("_headers size=") {
        Some((which, rest)) => {
            let end = rest.split_once(' ').map_or("", |(_, end)| end);
            format!("{which}_headers {end}")
        }
        None => said.to_owned(),
    }
}

impl Sent {
    fn is_bare(&self) -> bool {
        self.chunks.is_empty() && self.trailers.is_empty()
    }

    fn message(&self, first: &str, more: &[(&str, &str)], pause: Duration) -> Message {
        let request = !more.is_empty();
        Message {
            first: first.as_bytes().to_vec(),
            headers: headers(&[more, self.head].concat()),
            framing: match (self.is_bare(), request) {
                (true, true) => Framing::Nothing,
                (true, false) => Framing::Length,
                (false, _) => Framing::Chunked,
            },
            chunks: self.chunks.iter().map(|chunk| chunk.as_bytes().to_vec()).collect(),
            trailers: headers(self.trailers),
            pause,
            cut: false,
        }
    }

    fn seen(&self, pseudo: &[(&str, &str)]) -> host::Message {
        let mut chunks: Vec<_> =
            self.chunks.iter().map(|chunk| (chunk.as_bytes().to_vec(), false)).collect();
        if !self.is_bare() && self.trailers.is_empty() {
            chunks.push((Vec::new(), true));
        }
        let head = headers(&[pseudo, self.head].concat());
        let trailers = (!self.trailers.is_empty()).then(|| headers(self.trailers));
        host::Message { head, chunks, trailers }
    }
}

impl Side {
    fn real(came: &Received, status: Option<String>) -> Self {
        Self {
            status,
            own: own(&came.headers),
            body: came.text(),
            trailers: came.trailers.clone(),
            whole: came.complete,
        }
    }

    fn embedded(came: &host::Received) -> Self {
        let status = came.header(":status").map(|text| String::from_utf8_lossy(text).into_owned());
        Self {
            status,
            own: own(&came.head),
            body: String::from_utf8_lossy(&came.body).into_owned(),
            trailers: came.trailers.clone(),
            whole: came.complete,
        }
    }
}

fn embedded(harness: &Harness, fact: &Fact, change: impl Fn(Options) -> Options) -> Came {
    let mut vm = harness
        .load(change(Options {
            configuration: b"told".to_vec(),
            guard: Some(Guard { key: GUARD.into(), value: b"ok".to_vec() }),
            ..Options::default()
        }))
        .unwrap();
    assert!(vm.configure().unwrap());
    let method = if fact.request.is_bare() { "GET" } else { "POST" };
    let pseudo = [
        (":method", method),
        (":path", "/p?q"),
        (":authority", "service.test"),
        ("x-script", fact.script),
    ];
    let came = vm.exchange(&host::Exchange {
        spec: StreamSpec::default(),
        request: fact.request.seen(&pseudo),
        response: fact.response.seen(&[(":status", "200")]),
    });
    assert_eq!(came.trap, None, "{}", fact.script);
    let said = came.logs.iter().map(|line| String::from_utf8_lossy(&line.text).into_owned());
    Came {
        said: said.map(|line| without_head_size(&line)).collect(),
        details: came.details,
        upstream: came.upstream.as_ref().map(Side::embedded),
        client: came.client.as_ref().map(Side::embedded),
    }
}

/// Compiles the guest of the harness's own tests, which needs no more than the compiler.
fn scripted() -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../harness/tests/guest/guest.rs");
    let out = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("scripted-{:?}.wasm", std::thread::current().id()));
    let status = Command::new("rustc")
        .args(["--edition=2024", "--target=wasm32-wasip1", "--crate-type=cdylib", "-Copt-level=s"])
        .arg("-o")
        .args([&out, &source])
        .status()
        .expect("rustc runs");
    assert!(status.success(), "the guest compiles");
    out
}

fn filter(path: &Path) -> Filter {
    Filter {
        module: path.display().to_string(),
        capabilities: deploy::capabilities(&std::fs::read(path).unwrap()).unwrap(),
        blob: b"told".to_vec(),
        candidate: None,
        trust: Trust::Unsigned,
        remote: None,
        source: Source::Inline,
        own_zone: None,
        keys: Vec::new(),
        inspect_bytes_max: 1 << 20,
        request_trailers: true,
        release: module::release(),
    }
}

/// Waits between chunks: they must arrive one by one, however much else the machine does.
const PAUSES_MS: [u64; 4] = [10, 60, 300, 1500];

fn check(
    facts: &[Fact],
    (path, filter): (&Path, Filter),
    change_options: impl Fn(Options) -> Options + Copy,
    change_bootstrap: impl Fn(String) -> String,
) {
    let harness = Harness::new(&std::fs::read(path).unwrap()).unwrap();
    let mut real = Real::start(filter, change_bootstrap);
    for fact in facts {
        let ours = embedded(&harness, fact, change_options);
        assert!(
            ours.said.iter().any(|line| line.starts_with(fact.said)),
            "`{}` is not said by `{}`: {ours:#?}",
            fact.said,
            fact.script
        );
        let mut theirs = None;
        for pause in PAUSES_MS {
            theirs = Some(real.run(fact, Duration::from_millis(pause)));
            if theirs.as_ref() == Some(&ours) {
                break;
            }
        }
        assert_eq!(Some(&ours), theirs.as_ref(), "harness and Envoy: `{}`", fact.script);
    }
}

#[test]
fn the_harness_answers_a_guest_as_envoy_does() {
    let path = scripted();
    let all = [BODIES, HEADS, REFUSALS, CALLS].concat();
    check(&all, (&path, filter(&path)), |options| options, |text| text);
}

#[test]
fn the_harness_has_the_limits_that_envoy_has() {
    let path = scripted();
    let options = |options| Options {
        request_buffer_bytes_max: LIMIT,
        response_buffer_bytes_max: LIMIT,
        ..options
    };
    let bootstrap = |text: String| {
        let line = |line: &str| match line.split_once("buffer_limit") {
            Some((before, after)) if after.contains(": ") => {
                let name = after.split_once(": ").map_or("", |(name, _)| name);
                format!("{before}buffer_limit{name}: {LIMIT}")
            }
            _ => line.to_owned(),
        };
        text.lines().map(line).collect::<Vec<_>>().join("\n")
    };
    check(BOTH_LIMITED, (&path, filter(&path)), options, bootstrap);
}

#[test]
fn what_is_not_granted_is_refused_alike() {
    let path = scripted();
    let all = Harness::new(&std::fs::read(&path).unwrap()).unwrap().capabilities();
    let without: std::collections::BTreeSet<String> =
        all.iter().filter(|name| *name != "proxy_set_buffer_bytes").cloned().collect();
    let mut filter = filter(&path);
    filter.capabilities.retain(|name| name != "proxy_set_buffer_bytes");
    let options = |options| Options { allow_list: Some(without.clone()), ..options };
    let facts = [fact("response_body#1: set 1 0 size X", BARE, body(&["raw"]), "set=10")];
    check(&facts, (&path, filter), options, |text| text);
}

/// The names that a map holds once are these and no others of all that are known.
#[test]
fn the_maps_join_the_names_that_envoys_join() {
    let path = scripted();
    let harness = Harness::new(&std::fs::read(&path).unwrap()).unwrap();
    let mut real = Real::start(filter(&path), |text| text);
    let maps = [
        ("request_headers", host::Map::RequestHead, BARE, BARE),
        ("request_trailers", host::Map::RequestTrailers, ended(&["a"]), BARE),
        ("response_headers", host::Map::ResponseHead, BARE, BARE),
        ("response_trailers", host::Map::ResponseTrailers, BARE, ended(&["a"])),
    ];
    let names: std::collections::BTreeSet<&str> =
        maps.iter().flat_map(|(_, map, ..)| map.joined()).chain(APART).copied().collect();
    let names: Vec<&str> = names.into_iter().collect();
    for (number, (callback, map, request, response)) in maps.into_iter().enumerate() {
        for some in names.chunks(30) {
            let script = format!("{callback}: joins {number} {}", some.join(" "));
            let fact = Fact { script: script.leak(), request, response, said: "joins=" };
            let known = |name: &&&str| map.joined().contains(*name);
            let joined: Vec<&str> = some.iter().filter(known).copied().collect();
            let expected = format!("joins={}", joined.join(" "));
            let ours = embedded(&harness, &fact, |options| options);
            assert!(ours.said.contains(&expected), "harness, {callback}: {:?}", ours.said);
            let theirs = real.run(&fact, Duration::from_millis(10));
            assert!(theirs.said.contains(&expected), "Envoy, {callback}: {:?}", theirs.said);
        }
    }
}

/// An interim answer has a head of its own, which no filter sees: it must stop at the host.
#[test]
fn interim_answers_go_no_further_than_the_host() {
    let path = scripted();
    let mut real = Real::start(filter(&path), |text| text);
    for interim in ["100 Continue", "102 Processing", "103 Early Hints"] {
        let told = [("host", "service.test"), ("x-script", "response_headers: header 2 :status")];
        let first = format!("HTTP/1.1 {interim}\r\nlink: ann@example.com\r\n\r\nHTTP/1.1 200 OK");
        real.upstream.answer(body(&["ok"]).message(&first, &[], Duration::ZERO));
        let request = BARE.message("GET / HTTP/1.1", &told, Duration::ZERO);
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, real.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
        wire::send(&stream, &request).unwrap();
        let came = wire::receive_head(&mut BufReader::new(stream)).unwrap().unwrap();
        assert_eq!((came.status(), came.header("link")), (200, None), "{interim}");
        let said = real.log.read().unwrap();
        let seen: Vec<_> = said.lines().filter_map(guest_line).collect();
        assert_eq!(seen, ["response_headers end=0", "header=0:200"], "{interim}");
    }
}

/// A head of more than 60 KiB is refused before any filter sees it.
#[test]
fn a_head_that_is_too_long_reaches_no_filter() {
    let path = scripted();
    let mut real = Real::start(filter(&path), |text| text);
    for (bytes, status) in [(50 << 10, 200), (62 << 10, 431)] {
        let value = "x".repeat(bytes);
        let told = [
            ("host", "service.test"),
            ("x-script", "request_headers: continue"),
            ("x-long", &value),
        ];
        real.upstream.answer(body(&["ok"]).message("HTTP/1.1 200 OK", &[], Duration::ZERO));
        let request = BARE.message("GET / HTTP/1.1", &told, Duration::ZERO);
        let came = Client::new(real.port).exchange(&request).unwrap();
        assert_eq!(came.status(), status, "{bytes} bytes");
        let seen = real.log.read().unwrap().lines().filter_map(guest_line).count();
        assert_eq!(seen > 0, status == 200, "{bytes} bytes");
    }
}

/// Names that no map joins, among them those that one would think of first.
const APART: &[&str] = &[
    "accept-language",
    "accept-ranges",
    "allow",
    "alt-svc",
    "baggage",
    "content-disposition",
    "content-language",
    "content-location",
    "content-range",
    "cookie",
    "forwarded",
    "from",
    "grpc-encoding",
    "grpc-status-details-bin",
    "link",
    "proxy-authenticate",
    "proxy-authorization",
    "range",
    "refresh",
    "retry-after",
    "set-cookie",
    "traceparent",
    "tracestate",
    "trailer",
    "true-client-ip",
    "www-authenticate",
    "x-api-key",
    "x-b3-traceid",
    "x-client-ip",
    "x-envoy-original-dst-host",
    "x-forwarded-uri",
    "x-real-ip",
];
