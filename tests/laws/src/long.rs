//! Long bodies that never come to an end of what may still become a finding.
//! What is kept of them must stay bounded, and cuts must not matter there either.

use crate::body::Body;
use crate::plan::Plan;
use crate::policies::Policies;
use crate::run::{Message, Way, run};
use cofferdam_engine::limits::CARRY_BYTES_MAX;

/// Bytes of a long body.
const BYTES: usize = 64_000;

/// So many policies: with every delivery, and one that can block. Besides those of fields.
const POLICIES: usize = 4;

/// What a long body begins with, what is repeated in it, and its media.
const LONG: &[(&str, &str, &str)] = &[
    ("", "4", "text/plain"),
    ("", "4111-", "text/plain"),
    ("", "4111111111111111 ", "text/plain"),
    ("", "a.", "text/plain"),
    ("", "a@", "text/plain"),
    ("", "a@b.", "text/plain"),
    ("", "1.", "text/plain"),
    ("", ":", "text/plain"),
    ("", "+44 ", "text/plain"),
    ("", "DE89 3704 0044 ", "text/plain"),
    ("", "*", "text/plain"),
    ("", "*-", "text/plain"),
    ("", "[", "text/plain"),
    ("", "[email]", "text/plain"),
    ("", "tok_", "text/plain"),
    ("", " ", "text/plain"),
    ("4111", "\u{200b}", "text/plain"),
    ("", "\u{ff14}", "text/plain"),
    ("", "\u{301}", "text/plain"),
    ("", "4\u{301}", "text/plain"),
    ("-----BEGIN PRIVATE KEY-----\n", "Mi\u{200b}4\u{301}", "text/plain"),
    ("eyJhbGciOiJIUzI1NiJ9.", "\u{1d7d9}", "text/plain"),
    ("{\"a\":\"-----BEGIN PRIVATE KEY-----\\n", "4\\u0301", "application/json"),
    ("{\"a\":\"-----BEGIN PRIVATE KEY-----\\n", "\\ud835\\udfd9", "application/json"),
    ("a=-----BEGIN+PRIVATE+KEY-----%0A", "4%CC%81", "application/x-www-form-urlencoded"),
    ("a=-----BEGIN+PRIVATE+KEY-----%0A", "44%E2%80%8B", "application/x-www-form-urlencoded"),
    ("a=-----BEGIN+PRIVATE+KEY-----%0A", "%F0%9D%9F%99", "application/x-www-form-urlencoded"),
    ("a=eyJhbGciOiJIUzI1NiJ9.", "%F0%9D%9F%99", "application/x-www-form-urlencoded"),
    (
        "-----BEGIN PRIVATE KEY-----\n",
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEA\n",
        "text/plain",
    ),
    ("", "-----BEGIN PRIVATE KEY-----\n", "text/plain"),
    ("eyJhbGciOiJIUzI1NiJ9.", "eyJhbGciOiJIUzI1NiJ9", "text/plain"),
    ("", "eyJhbGciOiJIUzI1NiJ9.", "text/plain"),
    ("", "ssn ", "text/plain"),
    ("{\"a\":\"", "4111", "application/json"),
    ("{\"a\":\"", "\\u0034", "application/json"),
    ("{\"", "customer", "application/json"),
    ("{\"a\":", "4", "application/json"),
    ("[", "4111111111111111,", "application/json"),
    ("[", "\"zed.quux@example.com\",", "application/json"),
    ("", "[", "application/json"),
    ("", "{\"ssn\":", "application/json"),
    ("", " ", "application/json"),
    ("", "{}\n", "application/x-ndjson"),
    ("", "{\"ssn\":\"078-05-1120\"}\n", "application/x-ndjson"),
    ("{\"x\":\"", "ann@example.com ", "application/json"),
    ("{\"name\":1", " ", "application/json"),
    ("{\"name\":1", ",\"x\":4111111111111111", "application/json"),
    ("{\"name\":1,\"", "x", "application/json"),
    ("[", "[1],", "application/json"),
    ("name,x\n", "1,ann@example.com\n", "text/csv"),
    ("name,x\n1,\"", "ann@example.com", "text/csv"),
    ("name,\"", "x", "text/csv"),
    ("name=1&", "x", "application/x-www-form-urlencoded"),
    ("a=", "%34", "application/x-www-form-urlencoded"),
    ("", "a", "application/x-www-form-urlencoded"),
    ("", "ssn=078-05-1120&", "application/x-www-form-urlencoded"),
    ("", "&", "application/x-www-form-urlencoded"),
    ("", "data: 4111 1111 1111 1111\n\n", "text/event-stream"),
    ("", "data: QUJD\n\n", "text/event-stream"),
    ("", "data: {\"delta\":\"Q\\u0055JD4\"}\n\n", "text/event-stream"),
    (
        "",
        "data: {\"text\":\"a\",\"answer\":\"b.\",\"reply\":\"QUJD\",\"a\":\"1\",\"b\":\"+\",\"c\":\"d@\"}\n\n",
        "text/event-stream",
    ),
    ("data: {\"delta\":\"ann@\"}\n\ndata: ", "[", "text/event-stream"),
    ("", "YW5uQGV4YW1wbGUuY29tIA", "text/plain"),
    ("", "YW5uQGV4YW1wbGUuY29t", "text/plain"),
    ("", "NDExMS", "text/plain"),
    ("", "V1ZjMWRWRkhWalJaVnpGM1lrZFZkVmt5T1hRZ", "text/plain"),
    ("", "616e6e406578616d706c652e636f6d20", "text/plain"),
    ("", "MFXG4QDFPBQW24DMMUXGG33N", "text/plain"),
    ("eyJhbGciOiJIUzI1NiJ9.", "YW5uQGV4YW1wbGUuY29t", "text/plain"),
    ("", "YW5uQGV4YW1wbGUuY29t\n", "text/plain"),
    ("", "%34", "text/plain"),
    ("", "%25", "text/plain"),
    ("", "%E2%80%8B", "text/plain"),
    ("4111", "&#8203;", "text/plain"),
    ("", "&amp;amp;", "text/plain"),
    ("", "\\u0034", "text/plain"),
    ("", "=34", "text/plain"),
    ("", "=\r\n", "text/plain"),
    ("{\"a\":\"", "YW5uQGV4YW1wbGUuY29tIA\\u0041", "application/json"),
    ("{\"a\":\"", "\\\\u0034", "application/json"),
    ("a=", "YW5uQGV4YW1wbGUuY29tIA%2B", "application/x-www-form-urlencoded"),
    ("a=", "%2534", "application/x-www-form-urlencoded"),
];

/// Runs every long body under some policies, in pieces; what is broken, in words.
#[must_use]
pub fn broken(policies: &Policies) -> (usize, Vec<String>) {
    let mut broken = Vec::new();
    let mut count = 0;
    for (begin, unit, media) in LONG {
        let text = format!("{begin}{}", unit.repeat(BYTES / unit.len()));
        let body = Body { media: Some(media), bytes: text.into_bytes(), ..Body::default() };
        let message = Message { way: Way::Response, body, trailers: None };
        let some = |n: usize| n < POLICIES || policies.keeping[n].is_some();
        for (n, bundle) in policies.bundles.iter().enumerate().filter(|(n, _)| some(*n)) {
            let go = |plan: &Plan| run(bundle, &policies.settings, &message, plan);
            let (pieces, whole) = (go(&Plan::pieces(997)), go(&Plan::pieces(16 * 1024)));
            count += 1;
            let mut wrong =
                |what: String| broken.push(format!("laws-{n} {media} `{begin}{unit}`..: {what}"));
            // The last piece of a whole body is in the hands of the host, not kept.
            let kept = pieces.kept_max.max(whole.kept_max);
            if kept > CARRY_BYTES_MAX {
                wrong(format!("{kept} bytes were kept"));
            }
            if pieces.verdict != whole.verdict {
                wrong(format!("{:?} and {:?}", pieces.verdict, whole.verdict));
            } else if pieces.verdict.is_ok() && pieces.left != whole.left {
                wrong("what left depends on the cuts".into());
            }
        }
    }
    (count, broken)
}
