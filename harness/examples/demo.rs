//! The demo without Envoy: the same filter and policy, in the embedded host.
//! `demo WASM BUNDLE [--color]`. The application answers in this very process, so the times are those
//! of the filter alone, in a host that counts its instructions. Opens no connection.

use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::{BundleFile, Release};
use cofferdam_harness::{Exchange, Guard, Harness, Headers, Message, Options, StreamSpec, Vm};
use cofferdam_shop::demo::{self, Proxy};
use cofferdam_shop::entry::Entry;
use cofferdam_shop::message::{Request, Response};
use cofferdam_shop::server::{Answer, Body, Handler};
use cofferdam_shop::show::{Screen, Tone};
use cofferdam_shop::{app, message};
use std::error::Error;
use std::io;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, fs};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let shown = match words.as_slice() {
        [wasm, bundle] => show(wasm, bundle, false),
        [wasm, bundle, "--color"] => show(wasm, bundle, true),
        _ => {
            eprintln!("usage: demo WASM BUNDLE [--color]");
            return ExitCode::from(2);
        }
    };
    match shown {
        Ok(wrong) if wrong.is_empty() => ExitCode::SUCCESS,
        Ok(wrong) => {
            eprintln!("error: {}", wrong.join("\nerror: "));
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

fn show(wasm: &str, bundle: &str, colors: bool) -> Result<Vec<String>, Box<dyn Error>> {
    let module = fs::read(wasm)?;
    let harness = Harness::new(&module)?;
    let bundle = fs::read(bundle)?;
    let mut vm = harness.load(Options {
        env: settings(&module, &bundle)?,
        // What was just signed holds now, and not when this host's clock begins.
        clock_nanos: SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos().try_into()?,
        configuration: bundle,
        hold_headers: true,
        guard: Some(Guard { key: "wasm.cofferdam.guard".into(), value: b"ok".to_vec() }),
        ..Options::default()
    })?;
    if !vm.configure()? {
        return Err("the filter refuses the policy".into());
    }
    let mut out = io::stdout().lock();
    let mut screen = Screen::new(&mut out, colors);
    let mut embedded = Embedded { vm, shop: Box::new(demo::shop()), entries: Vec::new() };
    let wrong = demo::run(&mut embedded, &mut screen)?;
    if wrong.is_empty() {
        screen.heading("Everything held. Nothing is left running.")?;
    } else {
        screen.line(Tone::Bad, "\nNot everything held.")?;
    }
    Ok(wrong)
}

/// What a host is told: here by whom it is that the bundle says it is.
fn settings(module: &[u8], bundle: &[u8]) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let file = BundleFile::parse(bundle)?;
    let pin = file.roots.first().ok_or("the bundle has no root")?.digest();
    let release = Release::parse(file.release.ok_or("the bundle has no release")?.unverified())?;
    let told = [
        ("HOLD_HEADERS", "1".to_owned()),
        ("ROOT", pin.to_string()),
        ("AUDIENCE", release.audience),
        ("MODULE", Digest::of(module).to_string()),
    ];
    Ok(told.map(|(name, value)| (format!("COFFERDAM_{name}"), value)).into())
}

struct Embedded {
    vm: Vm,
    shop: Box<dyn Handler>,
    entries: Vec<Entry>,
}

impl Embedded {
    fn answer(&self, request: &Request) -> (&'static str, Answer) {
        match request.path().starts_with("/customers") {
            true => ("customers", app::customers(request)),
            false => ("shop", self.shop.answer(request)),
        }
    }
}

impl Proxy for Embedded {
    fn direct(&mut self, request: &Request) -> io::Result<Response> {
        let answer = self.answer(request).1;
        let chunks = chunks(&answer.body);
        let pieces = chunks.iter().map(|(chunk, _)| (Duration::ZERO, chunk.len())).collect();
        let body = chunks.into_iter().flat_map(|(chunk, _)| chunk).collect();
        Ok(Response { status: answer.status, headers: answer.headers, body, pieces, cut: false })
    }

    fn through(&mut self, request: &Request) -> io::Result<Response> {
        let (cluster, answer) = self.answer(request);
        let port = 8443_u64.to_le_bytes().to_vec();
        let properties = [
            ("source.address", b"127.0.0.1:40000".to_vec()),
            ("destination.port", port),
            ("connection.mtls", vec![0]),
            ("xds.cluster_name", cluster.into()),
            ("xds.route_name", cluster.into()),
            ("xds.virtual_host_name", b"any".to_vec()),
            ("xds.listener_direction", 0_u64.to_le_bytes().to_vec()),
        ];
        let properties = properties.into_iter().map(|(name, value)| (name.into(), value));
        let outcome = self.vm.exchange(&Exchange {
            spec: StreamSpec { properties: properties.collect(), ..StreamSpec::default() },
            request: Message {
                head: request_head(request),
                chunks: chunks(&Body::Whole(request.body.clone())),
                trailers: None,
            },
            response: Message {
                head: response_head(&answer),
                chunks: chunks(&answer.body),
                trailers: None,
            },
        });
        if let Some(trap) = &outcome.trap {
            return Err(io::Error::other(format!("the filter trapped: {trap}")));
        }
        let lines =
            outcome.logs.iter().map(|line| String::from_utf8_lossy(&line.text).into_owned());
        self.entries.extend(lines.filter_map(|line| Entry::find(&line)));
        let status = outcome.status().unwrap_or(0);
        let client = outcome.client.ok_or_else(|| io::Error::other("nothing came back"))?;
        Ok(Response {
            status,
            headers: client.head.into_iter().map(named).collect(),
            body: client.body,
            pieces: client.chunks.into_iter().map(|size| (Duration::ZERO, size)).collect(),
            cut: !client.complete,
        })
    }

    fn entries(&mut self, _expected: usize) -> Vec<Entry> {
        std::mem::take(&mut self.entries)
    }

    fn metrics(&mut self) -> Vec<String> {
        let metrics = self.vm.metrics().iter();
        metrics.map(|metric| format!("{} {}", metric.name, metric.value)).collect()
    }
}

fn named((name, value): (Vec<u8>, Vec<u8>)) -> (String, Vec<u8>) {
    (String::from_utf8_lossy(&name).into_owned(), value)
}

fn chunks(body: &Body) -> Vec<(Vec<u8>, bool)> {
    let mut chunks: Vec<(Vec<u8>, bool)> = match body {
        Body::Whole(bytes) if bytes.is_empty() => Vec::new(),
        Body::Whole(bytes) => {
            bytes.chunks(16 * 1024).map(|chunk| (chunk.to_vec(), false)).collect()
        }
        Body::Pieces(pieces) => pieces.iter().map(|(_, piece)| (piece.clone(), false)).collect(),
    };
    if let Some(last) = chunks.last_mut() {
        last.1 = true;
    }
    chunks
}

fn pair(name: &str, value: &str) -> (Vec<u8>, Vec<u8>) {
    (name.into(), value.into())
}

fn own(headers: &message::Headers) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    headers.iter().map(|(name, value)| (name.clone().into_bytes(), value.clone()))
}

fn request_head(request: &Request) -> Headers {
    let mut head = vec![
        pair(":method", &request.method),
        pair(":scheme", "http"),
        pair(":authority", "shop.example.com"),
        pair(":path", &request.target),
    ];
    head.extend(own(&request.headers));
    if !request.body.is_empty() {
        head.push(pair("content-length", &request.body.len().to_string()));
    }
    head
}

fn response_head(answer: &Answer) -> Headers {
    let mut head = vec![pair(":status", &answer.status.to_string())];
    head.extend(own(&answer.headers));
    if let Body::Whole(body) = &answer.body {
        head.push(pair("content-length", &body.len().to_string()));
    }
    head
}
