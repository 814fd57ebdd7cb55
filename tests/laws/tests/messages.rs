//! Bad bodies of protobuf and gRPC: cut at every byte, one bit flipped at every byte, lengths that
//! lie, nesting without end. Each has a named outcome, nothing is let on that was to be found, and
//! what is kept is bounded.

use cofferdam_engine::Bundle;
use cofferdam_engine::limits::CARRY_BYTES_MAX;
use cofferdam_engine::settings::Settings;
use cofferdam_engine::verdict::{Reason, Verdict};
use cofferdam_laws::body::Body;
use cofferdam_laws::plan::Plan;
use cofferdam_laws::run::{Message, Outcome, Way, run};
use std::rc::Rc;

const POLICY: &str = "format: cofferdam/v1\npolicy: bad\nowner: team:laws\nreview_by: 2030-01-01\n\
    limits:\n  inspect: 64KiB\nzones:\n  a: { sensitivity: internal }\n  b: { sensitivity: high }\n\
    members:\n  - { zone: a, listener_port: 8443 }\n  - { zone: b, cluster: b }\nboundaries:\n  - \
    id: a-to-b\n    from: a\n    to: b\n    purpose: laws\n    otherwise: redact\n    reply: { \
    otherwise: redact }\n";

const PROTOBUF: &str = "application/protobuf";
const GRPC: &str = "application/grpc";
const WEB: &str = "application/grpc-web";
const WEB_TEXT: &str = "application/grpc-web-text";

const EMAIL: &[u8] = b"zed.quux@example.com";
const CARD: &[u8] = b"4111111111111111";

struct Engine {
    bundle: Rc<Bundle>,
    settings: Rc<Settings>,
}

impl Engine {
    fn new() -> Self {
        let blob = cofferdam_policy_compiler::compile(POLICY, "bad.yaml").unwrap().blob;
        let bundle = Rc::new(Bundle::parse(blob).unwrap());
        Self { bundle, settings: Rc::new(Settings::default()) }
    }

    /// Sends a body whole, and byte by byte where it is short; both must come to the same.
    fn send(&self, media: &'static str, bytes: &[u8]) -> Outcome {
        let body = Body { media: Some(media), bytes: bytes.to_vec(), ..Body::default() };
        let message = Message { way: Way::Response, body, trailers: None };
        let go = |plan: &Plan| run(&self.bundle, &self.settings, &message, plan);
        let whole = go(&Plan::whole());
        assert!(whole.kept_max <= bytes.len() + CARRY_BYTES_MAX);
        if bytes.len() <= 600 {
            let cut = go(&Plan::bytewise());
            assert_eq!(whole.verdict, cut.verdict, "{media} {bytes:02x?}");
            assert!(whole.verdict.is_err() || whole.left == cut.left, "{media} {bytes:02x?}");
            assert!(!has(&cut.left, EMAIL) && !has(&cut.left, CARD) || whole.verdict.is_ok());
        }
        whole
    }
}

fn has(bytes: &[u8], value: &[u8]) -> bool {
    bytes.windows(value.len()).any(|window| window == value)
}

fn field(number: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = value.len();
    while length > 0x7f {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(value);
    out
}

fn frame(flag: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![flag];
    out.extend((payload.len() as u32).to_be_bytes());
    out.extend_from_slice(payload);
    out
}

/// A message with a text, a message, a group, and numbers.
fn sample() -> Vec<u8> {
    let inner = [field(1, EMAIL), vec![0x10, 0x96, 0x01], field(3, b"plain")].concat();
    let group = [vec![0x23], field(2, CARD), vec![0x24]].concat();
    let numbers = vec![0x29, 1, 2, 3, 4, 5, 6, 7, 8, 0x35, 1, 2, 3, 4];
    [field(1, &inner), group, numbers, field(7, b"\xff\x00zed.quux@example.com\xfe")].concat()
}

fn frames() -> Vec<u8> {
    let trailers = frame(0x80, b"grpc-status: 0\r\nx-note: zed.quux@example.com\r\n");
    [frame(0, &sample()), frame(0, b""), frame(0, &field(1, CARD)), trailers].concat()
}

fn encode(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        for n in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * n)) as usize & 0x3f];
            out.push(if n <= group.len() { digit } else { b'=' });
        }
    }
    out
}

fn samples() -> [(&'static str, Vec<u8>); 3] {
    [(PROTOBUF, sample()), (WEB, frames()), (WEB_TEXT, encode(&frames()))]
}

#[test]
fn samples_are_rewritten() {
    let engine = Engine::new();
    for (media, bytes) in samples() {
        let outcome = engine.send(media, &bytes);
        assert_eq!(outcome.verdict, Ok(Verdict::Rewrite), "{media}");
        assert!(!has(&outcome.left, EMAIL) && !has(&outcome.left, CARD), "{media}");
        assert_eq!(engine.send(media, &outcome.left).verdict, Ok(Verdict::Forward), "{media}");
    }
}

#[test]
fn cut_at_every_byte() {
    let engine = Engine::new();
    for (media, bytes) in samples() {
        let mut fine = 0;
        for end in 0..bytes.len() {
            let outcome = engine.send(media, &bytes[..end]);
            assert!(!has(&outcome.left, EMAIL) && !has(&outcome.left, CARD), "{media} {end}");
            match outcome.verdict {
                Ok(_) => fine += 1,
                Err(reason) => assert_eq!(reason, Reason::Unparsable, "{media} {end}"),
            }
        }
        // Only where a field or a frame ends.
        assert!((1..=10).contains(&fine), "{media} {fine}");
    }
}

#[test]
fn one_bit_flipped_at_every_byte() {
    let engine = Engine::new();
    for (media, bytes) in samples() {
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                match engine.send(media, &flipped).verdict {
                    Ok(_) => {}
                    Err(
                        Reason::Unparsable
                        | Reason::UnknownEncoding
                        | Reason::Oversize
                        | Reason::ProtectedPlace,
                    ) => {}
                    Err(other) => panic!("{media} {at} {bit}: {other:?}"),
                }
            }
        }
    }
}

#[test]
fn lengths_that_lie() {
    let engine = Engine::new();
    let lies: [&[u8]; 8] = [
        b"\x0a\x7fzed.quux@example.com",
        b"\x0a\xff\xff\xff\xff\x0fzed.quux@example.com",
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01zed.quux@example.com",
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7fzed.quux@example.com",
        b"\x0a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00",
        b"\xfa\xff\xff\xff\xff\x0f\x00",
        b"\x02\x00",
        b"\x0a",
    ];
    for lie in lies {
        assert_eq!(engine.send(PROTOBUF, lie).verdict, Err(Reason::Unparsable), "{lie:02x?}");
        let framed = frame(0, lie);
        assert_eq!(engine.send(GRPC, &framed).verdict, Err(Reason::Unparsable), "{lie:02x?}");
    }
    for (length, reason) in
        [(u32::MAX, Reason::Oversize), (65_537, Reason::Oversize), (65_536, Reason::Unparsable)]
    {
        let mut lie = frame(0, EMAIL);
        lie[1..5].copy_from_slice(&length.to_be_bytes());
        assert_eq!(engine.send(GRPC, &lie).verdict, Err(reason), "{length}");
    }
    // A length that is spelled longer than it needs to be is a length.
    let spelled = b"\x0a\x94\x80\x00zed.quux@example.com";
    assert_eq!(engine.send(PROTOBUF, spelled).left, b"\x0a\x07[email]");
}

#[test]
fn longer_than_may_be_held() {
    let engine = Engine::new();
    let long = field(1, &vec![b'x'; 70_000]);
    assert_eq!(engine.send(PROTOBUF, &long).verdict, Err(Reason::Oversize));
    assert_eq!(engine.send(GRPC, &frame(0, &long)).verdict, Err(Reason::Oversize));
    let many = frame(0, &field(1, &vec![b'x'; 60_000])).repeat(4);
    assert_eq!(engine.send(GRPC, &many).verdict, Ok(Verdict::Forward));
}

#[test]
fn nesting_without_end() {
    let engine = Engine::new();
    let nested = |depth: usize, inner: &[u8]| {
        (0..depth).fold(field(1, inner), |message, _| field(2, &message))
    };
    let fine = engine.send(PROTOBUF, &nested(90, EMAIL));
    assert_eq!(fine.verdict, Ok(Verdict::Rewrite));
    assert_eq!(fine.left, nested(90, b"[email]"));
    assert_eq!(engine.send(PROTOBUF, &nested(2000, EMAIL)).verdict, Err(Reason::TooDeep));
    // All of it is printable at every level, and long.
    let text = (0..90).fold(field(1, &vec![b'x'; 50_000]), |message, _| field(2, &message));
    assert!(matches!(engine.send(PROTOBUF, &text).verdict, Ok(Verdict::Forward)));
    let groups = [vec![0x0b; 5000], vec![0x0c; 5000]].concat();
    assert_eq!(engine.send(PROTOBUF, &groups).verdict, Err(Reason::TooDeep));
    let open = vec![0x0b; 90];
    assert_eq!(engine.send(PROTOBUF, &open).verdict, Err(Reason::Unparsable));
}

#[test]
fn what_is_a_message_and_a_text_at_every_level_is_not_read_for_ever() {
    let engine = Engine::new();
    // A length of three bytes that is valid UTF-8: each level reads as text as well.
    let level = |message: &[u8]| {
        let length = message.len();
        let mut out = vec![0x0a];
        out.extend([
            (length & 0x7f) as u8 | 0x80,
            (length >> 7 & 0x7f) as u8 | 0x80,
            (length >> 14) as u8,
        ]);
        out.extend_from_slice(message);
        out
    };
    let mut message = field(1, &vec![b'x'; 20_000]);
    for _ in 0..60 {
        let mut next = level(&message);
        // Makes the length one that reads as text.
        while std::str::from_utf8(&next).is_err() && message.len() < 60_000 {
            message.extend_from_slice(&field(3, b"y"));
            next = level(&message);
        }
        message = next;
    }
    let outcome = engine.send(PROTOBUF, &message);
    assert!(matches!(outcome.verdict, Ok(_) | Err(Reason::TooDeep)), "{:?}", outcome.verdict);
}

#[test]
fn many_findings_in_one_message_take_no_square_of_time() {
    let engine = Engine::new();
    let many: Vec<u8> = (0..2500).flat_map(|_| field(1, EMAIL)).collect();
    let outcome = engine.send(PROTOBUF, &field(2, &many));
    let left: Vec<u8> = (0..2500).flat_map(|_| field(1, b"[email]")).collect();
    assert_eq!(outcome.left, field(2, &left));
    let entry = outcome.entry.unwrap();
    assert_eq!(entry.findings.iter().map(|(_, _, count)| *count).sum::<u64>(), 2500);
}

#[test]
fn base64_that_is_none() {
    let engine = Engine::new();
    for text in [&b"A"[..], b"AAAA=", b"AAAA A==", b"AB==", b"====", b"AAAAAAAA\n", b"-_AA"] {
        assert_eq!(engine.send(WEB_TEXT, text).verdict, Err(Reason::Unparsable), "{text:?}");
    }
}
