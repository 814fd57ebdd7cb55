//! One generated exchange: a request and the answer to it, how both are cut and framed, and which
//! protocols carry them. Everything in it is made up.
//! Knows what a host's codec hands to a filter, and nothing of what a filter makes of it.

use crate::case::Headers;
use crate::envoy::http2;
use crate::envoy::wire::{Framing, Message};
use crate::plan;
use cofferdam_harness::{self as host, Map};
use cofferdam_laws::body::Body;
use cofferdam_laws::entropy::Entropy;
use cofferdam_laws::head::HeadCase;
use cofferdam_laws::law;
use cofferdam_laws::plan::Plan;
use cofferdam_laws::run::Way;
use cofferdam_laws::words;
use std::time::Duration;

/// What carries a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Http {
    /// HTTP/1.1
    One,
    /// HTTP/2 with prior knowledge.
    Two,
}

/// A generated exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Between the client and the host.
    pub down: Http,
    /// Between the host and the upstream.
    pub up: Http,
    /// What the client sends.
    pub request: Part,
    /// What the upstream answers.
    pub response: Part,
}

/// One message of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Pseudo-headers first. Without those that frame the body.
    pub head: Headers,
    /// None: the head ends the message.
    pub body: Option<Vec<u8>>,
    /// The head says how long the body is.
    pub announced: bool,
    /// Lengths of the chunks; what is left over is the last one.
    pub sizes: Vec<usize>,
    /// HTTP/2: the end comes in a frame of its own.
    pub bare_end: bool,
    /// Sent when there are any.
    pub trailers: Headers,
}

/// Most chunks of a message: each takes its time on the wire.
const CHUNKS_MAX: usize = 16;
/// Longest body: a frame and a read of a host have 16 KiB, and more would arrive in other chunks
/// than those that were sent.
const BODY_BYTES_MAX: usize = 12 * 1024;
/// The name of the mark of a request.
pub(super) const MARK: &str = "x-run";
/// Longest head: a host refuses one of more than 60 KiB before any filter.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Names by which a host frames messages, routes them, or tells their age: never generated ones.
const OF_HOST: &[&str] =
    &["connection", "content-length", "host", "te", "transfer-encoding", "upgrade", "via"];

impl Sample {
    /// Exchange `n` of a seed.
    #[must_use]
    pub fn generate(seed: u64, n: u64) -> Self {
        let mut random = Random(seed.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        let choices = random.bytes(16);
        let mut choices = Entropy::new(&choices);
        let http = |entropy: &mut Entropy<'_>| match entropy.below(2) {
            0 => Http::One,
            _ => Http::Two,
        };
        let (down, up) = (http(&mut choices), http(&mut choices));
        let (request, response) =
            (Part::generate(&mut random, Way::Request), Part::generate(&mut random, Way::Response));
        let mut sample = Self { down, up, request, response };
        if choices.once_in(16) && sample.request.body.is_none() {
            sample.request.set(":method", "HEAD");
        }
        sample.tidy();
        sample
    }

    /// The same, with a mark by which an upstream knows the request from the rest of another.
    #[must_use]
    pub(super) fn marked(&self, run: u64) -> Self {
        let letter = |n: u64| char::from(b'a' + ((run >> (4 * n)) & 15) as u8);
        let mut marked = self.clone();
        let mark: String = (0..5).map(letter).collect();
        marked.request.head.push((MARK.into(), mark.into_bytes()));
        marked
    }

    /// The mark, where there is one.
    pub(super) fn mark(&self) -> &[u8] {
        self.request.first(MARK)
    }

    /// Makes both messages such as the protocols can say.
    pub(super) fn tidy(&mut self) {
        let head = self.request.first(":method") == b"HEAD";
        let bodiless = matches!(self.response.first(":status"), b"204" | b"304");
        if head || bodiless {
            self.response.body = None;
        }
        if self.request.body.is_none() && !head {
            self.request.set(":method", "GET");
        }
        self.request.tidy();
        self.response.tidy();
    }

    /// The request as it goes over the wire.
    #[must_use]
    pub fn request_sent(&self, pause: Duration) -> Message {
        let part = &self.request;
        let line = [part.first(":method"), b" ", part.first(":path"), b" HTTP/1.1"].concat();
        part.sent(line, self.down, Framing::Nothing, pause)
    }

    /// The answer as it goes over the wire.
    #[must_use]
    pub fn response_sent(&self, pause: Duration) -> Message {
        let part = &self.response;
        let status = part.first(":status");
        let head = self.request.first(":method") == b"HEAD";
        let nothing = head || self.up == Http::Two || matches!(status, b"204" | b"304");
        let bodiless = if nothing { Framing::Nothing } else { Framing::Length };
        part.sent([b"HTTP/1.1 ", status, b" Said"].concat(), self.up, bodiless, pause)
    }

    /// The request as a filter sees it, behind the codec and the connection manager.
    #[must_use]
    pub fn request_seen(&self) -> host::Message {
        let mut seen = self.request.seen(self.down, Map::RequestHead, Map::RequestTrailers);
        for (name, value) in
            [("x-forwarded-proto", "http"), ("x-envoy-external-address", "127.0.0.1")]
        {
            seen.head.push((name.into(), value.into()));
        }
        seen
    }

    /// The answer as a filter sees it.
    #[must_use]
    pub fn response_seen(&self) -> host::Message {
        let mut seen = self.response.seen(self.up, Map::ResponseHead, Map::ResponseTrailers);
        let framed = self.response_sent(Duration::ZERO).framing;
        if self.up == Http::One && self.response.body.is_none() && framed == Framing::Length {
            seen.head.push((b"content-length".into(), b"0".into()));
        }
        seen
    }
}

impl Part {
    fn generate(random: &mut Random, way: Way) -> Self {
        let (head, body, choices) = (random.some(200), random.some(600), random.bytes(64));
        let mut choices = Entropy::new(&choices);
        let mut head = generated_head(&head, way);
        let mut entropy = Entropy::new(&body);
        let generated = match choices.once_in(12) {
            true => rare(&mut entropy),
            false => Body::generate(&mut entropy),
        };
        // Half of all requests are questions without a body; nearly all answers have one.
        let some = match way {
            Way::Request => choices.below(4) > 0,
            Way::Response => choices.below(12) > 0,
        };
        let status = choices.pick(&[
            "200", "200", "200", "200", "200", "200", "201", "203", "206", "302", "404", "500",
            "503", "204", "304",
        ]);
        let plan = Plan::generate(&mut choices);
        let body = generated.wire();
        let sizes = plan.chunks(&body).into_iter().map(|(chunk, _)| chunk.len()).collect();
        let trailers = if choices.once_in(3) { trailers(random) } else { Headers::new() };
        // What an answer to `HEAD` has, or one that says that nothing changed, speaks of a body too.
        while choices.once_in(3) {
            let name = choices.pick(known_to_hosts(way));
            let text = words::text(&mut choices, 2).into_bytes();
            let fine = text.into_iter().filter(|byte| *byte >= b' ' && *byte != 0x7f);
            let value = fine.collect::<Vec<_>>().trim_ascii().to_vec();
            head.push((name.into(), value));
        }
        if some || choices.once_in(2) {
            let lines = generated.headers().into_iter();
            head.extend(lines.map(|(name, value)| (name.into(), value.into_bytes())));
        }
        let mut part = Self {
            head,
            body: some.then_some(body),
            announced: choices.once_in(3),
            sizes,
            bare_end: plan.bare_end,
            trailers,
        };
        match way {
            Way::Request => {
                part.set(":method", if some { "POST" } else { "GET" });
                part.set(":authority", "b.example.com");
                // Most generated paths can be read in two ways, and are refused before all else.
                let path = String::from_utf8_lossy(part.first(":path")).into_owned();
                if !choices.once_in(12) {
                    part.set(":path", &straight(&path));
                }
            }
            Way::Response => part.set(":status", status),
        }
        part
    }

    /// The first value of a header, or nothing.
    #[must_use]
    pub fn first(&self, name: &str) -> &[u8] {
        let found = self.head.iter().find(|(other, _)| other == name.as_bytes());
        found.map(|(_, value)| value.as_slice()).unwrap_or_default()
    }

    fn set(&mut self, name: &str, value: &str) {
        match self.head.iter_mut().find(|(other, _)| other == name.as_bytes()) {
            Some((_, old)) => *old = value.into(),
            None => self.head.insert(0, (name.into(), value.into())),
        }
    }

    fn tidy(&mut self) {
        let mut pseudo: Vec<Vec<u8>> = Vec::new();
        self.head.retain(|(name, value)| {
            let again = name.starts_with(b":") && pseudo.contains(name);
            pseudo.push(name.clone());
            // A host takes a referrer away that is no URL.
            let lost = name == b"referer" && !value.starts_with(b"https://");
            !again && !lost && is_own(name)
        });
        self.trailers.retain(|(name, _)| is_own(name));
        if let Some((_, path)) = self.head.iter_mut().find(|(name, _)| name == b":path") {
            path.truncate(HEAD_BYTES_MAX / 2);
        }
        for lines in [&mut self.head, &mut self.trailers] {
            let mut bytes = 0;
            lines.retain(|(name, value)| {
                bytes += name.len() + value.len();
                bytes <= HEAD_BYTES_MAX
            });
        }
        let Some(body) = &mut self.body else {
            self.trailers.clear();
            self.sizes.clear();
            self.announced = false;
            return;
        };
        body.truncate(BODY_BYTES_MAX);
        self.announced &= self.trailers.is_empty();
        self.sizes.retain(|size| *size > 0);
        self.sizes.truncate(CHUNKS_MAX - 1);
    }

    /// The chunks, none of them empty.
    #[must_use]
    pub fn chunks(&self) -> Vec<Vec<u8>> {
        let mut rest = self.body.as_deref().unwrap_or_default();
        let mut chunks = Vec::new();
        for size in &self.sizes {
            let (chunk, after) = rest.split_at((*size).min(rest.len()));
            chunks.push(chunk.to_vec());
            rest = after;
        }
        chunks.push(rest.to_vec());
        chunks.retain(|chunk| !chunk.is_empty());
        chunks
    }

    fn sent(&self, first: Vec<u8>, http: Http, bodiless: Framing, pause: Duration) -> Message {
        let host =
            |name: &[u8]| if name == b":authority" { b"host".to_vec() } else { name.to_vec() };
        let lines = self.head.iter().map(|(name, value)| (host(name), value.clone()));
        let mut headers: Headers = lines.filter(|(name, _)| !name.starts_with(b":")).collect();
        let mut chunks = self.chunks();
        if http == Http::Two && self.bare_end {
            chunks.push(Vec::new());
        }
        let framing = match (&self.body, self.announced) {
            (None, _) => bodiless,
            (Some(_), true) => Framing::Length,
            (Some(_), false) => Framing::Chunked,
        };
        if let (Http::Two, Framing::Length, Some(body)) = (http, framing, &self.body) {
            headers.push((b"content-length".into(), body.len().to_string().into_bytes()));
        }
        let trailers = self.trailers.clone();
        Message { first, headers, framing, chunks, trailers, pause, cut: false }
    }

    fn seen(&self, http: Http, head_map: Map, trailers_map: Map) -> host::Message {
        let mut head = self.head.clone();
        let Some(body) = &self.body else {
            let head = arrived(head, http, head_map);
            return host::Message { head, ..host::Message::default() };
        };
        match (self.announced, http) {
            (true, _) => {
                head.push((b"content-length".into(), body.len().to_string().into_bytes()));
            }
            (false, Http::One) => head.push((b"transfer-encoding".into(), b"chunked".into())),
            (false, Http::Two) => {}
        }
        let head = arrived(head, http, head_map);
        let mut chunks: Vec<_> = self.chunks().into_iter().map(|chunk| (chunk, false)).collect();
        let ended = !self.trailers.is_empty();
        match chunks.last_mut() {
            _ if ended => {}
            // A length of nothing ends a message of HTTP/1.1 with its head.
            None if self.announced && http == Http::One => {}
            Some(last) if http == Http::Two && !self.bare_end => last.1 = true,
            _ => chunks.push((Vec::new(), true)),
        }
        let trailers = ended.then(|| arrived(self.trailers.clone(), http, trailers_map));
        host::Message { head, chunks, trailers }
    }
}

/// What a host's map holds of a head or of trailers.
fn arrived(headers: Headers, http: Http, map: Map) -> Headers {
    if http == Http::One {
        return map.of(headers);
    }
    let (pseudo, own): (Headers, Headers) =
        headers.into_iter().partition(|(name, _)| name.starts_with(b":"));
    // As a client has it: what leaves the map for `:authority` changes the order of what stays.
    let host = pseudo.iter().filter(|(name, _)| name == b":authority");
    let host = host.map(|(_, value)| (b"host".to_vec(), value.clone()));
    let own = http2::in_wire_order(&host.chain(own.iter().cloned()).collect()).unwrap_or(own);
    map.of_frames([pseudo, own].concat())
}

/// Whether a name is one that is generated.
fn is_own(name: &[u8]) -> bool {
    !name.is_empty() && !OF_HOST.iter().any(|of_host| of_host.as_bytes() == name)
}

/// A request target whose path can be read in one way only: what makes another of it is taken out.
fn straight(target: &str) -> String {
    let (path, query) = target.split_at(target.find('?').unwrap_or(target.len()));
    let (mut plain, mut rest) = (String::new(), path);
    while let Some((before, after)) = rest.split_once('%') {
        plain.push_str(before);
        let code = after.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code.map(char::from) {
            Some(c) if c.is_ascii_alphanumeric() || "-._~".contains(c) => plain.push(c),
            Some('/' | '\\' | '\0'..='\x1f' | '\x7f') | None => plain.push('_'),
            Some(_) => plain.extend(["%", &after[..2]]),
        }
        rest = after.get(2..).unwrap_or_default();
    }
    plain.push_str(rest);
    let dots = |segment: &&str| matches!(segment.split(';').next(), Some("." | ".."));
    let segments = plain.split('/').filter(|segment| !segment.is_empty() && !dots(segment));
    format!("/{}{query}", segments.collect::<Vec<_>>().join("/"))
}

/// Names that hosts know, and join where they come twice, beside those that the laws ask of.
fn known_to_hosts(way: Way) -> &'static [&'static str] {
    match way {
        Way::Request => &[
            "accept",
            "cache-control",
            "if-none-match",
            "origin",
            "pragma",
            "x-forwarded-for",
            "x-forwarded-host",
        ],
        Way::Response => &[
            "access-control-allow-origin",
            "cache-control",
            "etag",
            "expires",
            "grpc-status",
            "vary",
        ],
    }
}

/// A body of a type that the laws do not generate, or that nobody reads.
fn rare(entropy: &mut Entropy<'_>) -> Body {
    let media: &'static str = entropy.pick(&[
        "application/graphql",
        "application/json-seq",
        "application/octet-stream",
        "image/png",
        "text/markdown",
    ]);
    let text = words::text(entropy, 6);
    let bytes = match media {
        "application/graphql" => {
            let text = text.replace(['"', '\\', '\n'], " ");
            format!("query Notes {{ note(text: \"{text}\") {{ id }} }}").into_bytes()
        }
        "application/json-seq" => format!("\u{1e}[17]\n\u{1e}{{\"a\":{text:?}}}\n").into_bytes(),
        _ => text.into_bytes(),
    };
    Body { media: Some(media), bytes, ..Body::default() }
}

fn generated_head(bytes: &[u8], way: Way) -> Headers {
    // The second byte chooses the way.
    let of = |choice: u8| HeadCase::generate(&[&[0, choice], bytes].concat());
    let cases = [of(0), of(1)];
    let mine = cases.iter().find(|case| case.way == way).or(cases.first());
    mine.map(|case| case.head.clone()).unwrap_or_default()
}

/// Trailers of a generated message that has some.
fn trailers(random: &mut Random) -> Headers {
    for _ in 0..8 {
        let case = law::Case::generate(&random.bytes(160));
        match case.message.trailers {
            Some(trailers) if !trailers.is_empty() => return trailers,
            _ => {}
        }
    }
    vec![(b"x-checksum".into(), b"0".into())]
}

/// Numbers by a seed (splitmix64).
#[derive(Clone, Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| (self.next() >> 40) as u8).collect()
    }

    /// Up to so many.
    fn some(&mut self, most: usize) -> Vec<u8> {
        let count = (self.next() >> 33) as usize % (most + 1);
        self.bytes(count)
    }
}

/// The plan of the corpus that is nearest to how a part is cut.
pub(super) fn nearest(part: &Part) -> plan::Cut {
    match part.chunks().as_slice() {
        [] | [_] => plan::Cut::Whole,
        [first, _] => plan::Cut::At(first.len()),
        chunks if chunks.iter().all(|chunk| chunk.len() == 1) => plan::Cut::Bytewise,
        _ => plan::Cut::Seeded(0),
    }
}
