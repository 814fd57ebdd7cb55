//! What is built to hurt whoever looks through encodings: very long runs, deep layers, floods of
//! escapes, and samples that are cut or altered at every byte.

use cofferdam_engine::Bundle;
use cofferdam_engine::limits::CARRY_BYTES_MAX;
use cofferdam_engine::settings::Settings;
use cofferdam_engine::verdict::Verdict;
use cofferdam_laws::body::Body;
use cofferdam_laws::plan::Plan;
use cofferdam_laws::policies::first;
use cofferdam_laws::run::{Message, Outcome, Way, run};
use std::rc::Rc;

/// Under a policy that blocks no finding.
fn sent(policy: &Rc<Bundle>, bytes: Vec<u8>, piece: usize) -> Outcome {
    let body = Body { media: Some("text/plain"), bytes, ..Body::default() };
    let message = Message { way: Way::Response, body, trailers: None };
    run(policy, &Rc::new(Settings::default()), &message, &Plan::pieces(piece))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let byte = |n: usize| u32::from(three.get(n).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for n in 0..=three.len() {
            out.push(char::from(LETTERS[(bits >> (18 - 6 * n) & 63) as usize]));
        }
    }
    out
}

#[test]
fn long_input_is_bounded_and_does_not_depend_on_cuts() {
    let policy = first();
    let layers =
        (0..10).fold("zed.quux@example.com and more".to_owned(), |text, _| base64(text.as_bytes()));
    let mut random = 1_u32;
    let noise: Vec<u8> = (0..1_500_000)
        .map(|_| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            random.to_be_bytes()[0]
        })
        .collect();
    for (name, text) in [
        ("percent", "%25".repeat(1_000_000)),
        ("entities", "&amp;".to_owned() + &"amp;".repeat(500_000)),
        ("backslashes", "\\".repeat(1_000_000)),
        ("layers", layers),
        ("noise", base64(&noise)),
        ("text", base64("mail to zed.quux@example.com now. ".repeat(20_000).as_bytes())),
        ("dots", "eyJhbGciOiJIUzI1NiJ9.".repeat(50_000)),
        ("lines", "YW5uQGV4YW1wbGUuY29t\n".repeat(50_000)),
    ] {
        let whole = sent(&policy, text.clone().into_bytes(), 64 * 1024);
        let pieces = sent(&policy, text.into_bytes(), 1009);
        assert!(whole.verdict.is_ok(), "{name}: {:?}", whole.verdict);
        assert!(whole.left == pieces.left, "{name}: what left depends on the cuts");
        let kept = whole.kept_max.max(pieces.kept_max);
        assert!(kept <= CARRY_BYTES_MAX, "{name}: {kept} bytes were kept");
    }
}

#[test]
fn a_value_in_a_long_run_does_not_leave_it() {
    let policy = first();
    let filler = "the quick brown fox jumps over the lazy dog. ".repeat(300);
    for at in [0, 1_000, 2_290, 2_300, 2_310, 6_000, 13_000] {
        let mut text = filler.clone();
        text.insert_str(at, " zed.quux@example.com ");
        let run = base64(text.as_bytes());
        // What is left of it in each of the four offsets.
        let outcome = sent(&policy, run.clone().into_bytes(), 777);
        assert_eq!(outcome.verdict, Ok(Verdict::Rewrite), "{at}");
        let left = String::from_utf8(outcome.left).expect("text");
        for offset in 0..3 {
            let inner = &"zed.quux@example.com".as_bytes()[offset..];
            let hidden = base64(&inner[..inner.len() / 3 * 3]);
            let core = &hidden[..20];
            assert!(!left.contains(core), "{at} leaks");
        }
        let again = sent(&policy, left.into_bytes(), 777);
        assert_eq!(again.verdict, Ok(Verdict::Forward), "{at} is rewritten again");
    }
}

#[test]
fn every_cut_and_every_flipped_bit_has_a_verdict() {
    let policy = first();
    let sample = format!(
        "a {} b %7A%65d.quux%40example.com c \\u0034111 &#52;111 =34=31 eyJhbGciOiJIUzI1NiJ9.{}.x",
        base64(b"mail zed.quux@example.com"),
        base64(b"{\"m\":\"zed.quux@example.com\"}"),
    );
    let sample = sample.as_bytes();
    for at in 0..sample.len() {
        let mut flipped = sample.to_vec();
        flipped[at] ^= 1 << (at % 7);
        for bytes in [sample[..at].to_vec(), flipped] {
            let (whole, single) = (sent(&policy, bytes.clone(), 4096), sent(&policy, bytes, 1));
            assert_eq!(whole.verdict, single.verdict, "{at}");
            assert_eq!(whole.left, single.left, "{at}");
        }
    }
}
