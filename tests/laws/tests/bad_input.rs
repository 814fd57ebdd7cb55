//! Bodies within bodies that are broken in every way: each has a named outcome, the same in any
//! chunks, and little is kept of it.

use cofferdam_engine::limits::{CARRY_BYTES_MAX, PARTS_MAX};
use cofferdam_engine::verdict::{Reason, Verdict};
use cofferdam_laws::body::Body;
use cofferdam_laws::plan::Plan;
use cofferdam_laws::policies::Policies;
use cofferdam_laws::run::{Message, Outcome, Way, run};

const PARTS: &str = "multipart/form-data; boundary=x7";
const EVENTS: &str = "text/event-stream";

const FORM: &[u8] = b"to you\r\n--x7\r\nContent-Disposition: form-data; name=\"a\"; \
    filename=\"b \\\"c\\\".txt\"\r\nx-note: a\r\n b\r\n\r\nzed.quux@example.com\r\n--x7\r\n\
    content-disposition: form-data; name=\"j\"; filename*=UTF-8''%61\r\ncontent-type: \
    application/json\r\n\r\n{\"m\":\"q+tag@sub.example.com\",\"n\":[1]}\r\n--x7\r\ncontent-type: \
    multipart/mixed; boundary=y8\r\n\r\n--y8\r\n\r\nPT-00112233\r\n--y8--\r\n--x7--\r\nbye";

const STREAM: &[u8] = b"\xef\xbb\xbf: hello\nid: 7\ndata: {\"choices\":[{\"index\":0,\"delta\":\
    {\"content\":\"to zed.quux@ex\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":\
    {\"content\":\"ample.com \\u00e9\"}}]}\r\n\r\nevent: x\rdata: a\rdata: q+tag@sub.example.com\r\r\
    data: [DONE]\n\n";

/// What came of a body, which must be the same bytewise, and keep to the bounds.
fn send(policies: &Policies, media: &'static str, bytes: &[u8]) -> Outcome {
    let body = Body { media: Some(media), bytes: bytes.to_vec(), ..Body::default() };
    let message = Message { way: Way::Response, body, trailers: None };
    let go = |plan: &Plan| run(&policies.bundles[1], &policies.settings, &message, plan);
    let (whole, cut) = (go(&Plan::whole()), go(&Plan::bytewise()));
    let shown = String::from_utf8_lossy(bytes);
    let shown: String = shown.chars().take(600).collect();
    assert_eq!(whole.verdict, cut.verdict, "{shown:?}");
    assert!(whole.verdict.is_err() || whole.left == cut.left, "{shown:?}");
    for outcome in [&whole, &cut] {
        assert_eq!(outcome.wrong, None, "{shown:?}");
        assert!(outcome.kept_max <= CARRY_BYTES_MAX, "{} kept of {shown:?}", outcome.kept_max);
    }
    whole
}

fn refused(policies: &Policies, media: &'static str, bytes: &[u8], reason: Reason) {
    let shown = String::from_utf8_lossy(bytes);
    let shown: String = shown.chars().take(300).collect();
    assert_eq!(send(policies, media, bytes).verdict, Err(reason), "{shown:?}");
}

#[test]
fn samples_are_rewritten() {
    let policies = Policies::new();
    for (media, sample) in [(PARTS, FORM), (EVENTS, STREAM)] {
        assert_eq!(send(&policies, media, sample).verdict, Ok(Verdict::Rewrite), "{media}");
    }
}

#[test]
fn parts_cut_off_anywhere_are_refused() {
    let policies = Policies::new();
    let end = FORM.windows(6).rposition(|window| window == b"--x7--").expect("ends") + 6;
    for at in 1..end {
        let reason = send(&policies, PARTS, &FORM[..at]).verdict.expect_err("no end");
        assert!(matches!(reason, Reason::Unparsable), "{reason} at {at}");
    }
}

#[test]
fn events_cut_off_anywhere_are_read() {
    let policies = Policies::new();
    for at in 1..STREAM.len() {
        let outcome = send(&policies, EVENTS, &STREAM[..at]);
        let within = std::str::from_utf8(&STREAM[..at]).is_err();
        match outcome.verdict {
            Ok(_) => assert!(!within, "{at}"),
            Err(reason) => assert!(within && reason == Reason::UnknownEncoding, "{reason} at {at}"),
        }
    }
}

#[test]
fn one_bit_flipped_anywhere_has_a_named_outcome() {
    let policies = Policies::new();
    for (media, sample) in [(PARTS, FORM), (EVENTS, STREAM)] {
        for at in 0..sample.len() {
            for bit in [0, 5] {
                let mut bytes = sample.to_vec();
                bytes[at] ^= 1 << bit;
                if let Err(reason) = send(&policies, media, &bytes).verdict {
                    let named = [
                        Reason::Unparsable,
                        Reason::UnknownEncoding,
                        Reason::UnknownMedia,
                        Reason::TooDeep,
                    ];
                    assert!(named.contains(&reason), "{reason} at {at}, bit {bit}");
                }
            }
        }
    }
}

#[test]
fn parts_without_measure_are_refused() {
    let policies = Policies::new();
    let many = |count: usize| ["--x7\r\n\r\na\r\n".repeat(count).as_str(), "--x7--"].concat();
    assert_eq!(send(&policies, PARTS, many(PARTS_MAX).as_bytes()).verdict, Ok(Verdict::Forward));
    refused(&policies, PARTS, many(10_000).as_bytes(), Reason::Unparsable);
    let endless = ["--x7\r\n\r\n", &"words and words ".repeat(20_000)].concat();
    refused(&policies, PARTS, endless.as_bytes(), Reason::Unparsable);
    let headers = ["--x7\r\n", &"a: b\r\n".repeat(100_000)].concat();
    refused(&policies, PARTS, headers.as_bytes(), Reason::Headers);
    let header = ["--x7\r\na: ", &"b".repeat(100_000)].concat();
    refused(&policies, PARTS, header.as_bytes(), Reason::Headers);
    let nested = "--x7\r\ncontent-type: multipart/mixed; boundary=x7\r\n\r\n".repeat(50);
    refused(&policies, PARTS, nested.as_bytes(), Reason::Unparsable);
    refused(&policies, PARTS, b"--lie\r\n\r\na\r\n--lie--", Reason::Unparsable);
    let almost = ["--x7\r\n\r\n", &"\r\n--x6\r--x\r\n-".repeat(9_000), "\r\n--x7--"].concat();
    assert_eq!(send(&policies, PARTS, almost.as_bytes()).verdict, Ok(Verdict::Forward));
}

#[test]
fn events_without_measure_are_read() {
    let policies = Policies::new();
    let held = |text: &str| send(&policies, EVENTS, text.as_bytes()).verdict;
    assert_eq!(held(&"x ".repeat(100_000)), Ok(Verdict::Forward));
    assert_eq!(held(&["data: ", &"x ".repeat(100_000)].concat()), Ok(Verdict::Forward));
    assert_eq!(held(&["data: {\"a\":\"", &"xy".repeat(50_000)].concat()), Ok(Verdict::Forward));
    assert_eq!(held(&"data:\n".repeat(30_000)), Ok(Verdict::Forward));
    assert_eq!(held(&"data: word\n\n".repeat(9_000)), Ok(Verdict::Forward));
    let escaped = "data: {\"a\":\"\\u0061\\u0062\\u0061\",\"b\":\"x\",\"c\":\"y\",\"d\":\"z\"}\n\n";
    assert_eq!(held(&escaped.repeat(2_000)), Ok(Verdict::Forward));
    let places = (0..3_000).map(|n| format!("data: {{\"k{n}\":\"v{n}\",\"l{n}\":\"w{n}\"}}\n\n"));
    assert_eq!(held(&places.collect::<String>()), Ok(Verdict::Forward));
    let pieces = (0..9_000).map(|n| format!("data: {{\"a\":\"{}\"}}\n\n", n % 7 + 11));
    assert!(held(&pieces.collect::<String>()).is_ok());
}
