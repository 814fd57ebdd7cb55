//! The laws, of bodies of one format: half of them well-formed mostly, half as the fuzzer writes
//! them. One file for all of these targets; the target's name says which format.

#![no_main]

use cofferdam_laws::body::Body;
use cofferdam_laws::both::Both;
use cofferdam_laws::coded::Coding;
use cofferdam_laws::law::Case;
use libfuzzer_sys::fuzz_target;

/// Targets, the type that their bodies say they are, and what they are coded in.
const FORMATS: &[(&str, &str, Option<Coding>)] = &[
    ("format-json", "application/json", None),
    ("format-json-lines", "application/x-ndjson", None),
    ("format-form", "application/x-www-form-urlencoded", None),
    ("format-csv", "text/csv", None),
    ("format-tsv", "text/tab-separated-values", None),
    ("format-html", "text/html; charset=utf-8", None),
    ("format-sse", "text/event-stream", None),
    ("format-text", "text/plain", None),
    ("format-multipart", "multipart/form-data; boundary=x7", None),
    ("format-xml", "application/xml", None),
    ("format-graphql", "application/graphql", None),
    ("format-protobuf", "application/x-protobuf", None),
    ("format-grpc", "application/grpc", None),
    ("format-grpc-web", "application/grpc-web+proto", None),
    ("format-grpc-web-text", "application/grpc-web-text", None),
    ("format-gzip", "application/json", Some(Coding::Gzip)),
    ("format-deflate", "text/plain", Some(Coding::Deflate)),
    ("format-br", "application/json", Some(Coding::Brotli)),
    ("format-zstd", "text/plain", Some(Coding::Zstd)),
];

/// A target that the list does not name does not build.
const FORMAT: (&str, Option<Coding>) = format(env!("CARGO_BIN_NAME").as_bytes());

const fn format(target: &[u8]) -> (&'static str, Option<Coding>) {
    let mut n = 0;
    while n < FORMATS.len() {
        if same(FORMATS[n].0.as_bytes(), target) {
            return (FORMATS[n].1, FORMATS[n].2);
        }
        n += 1;
    }
    panic!("no format has this target's name")
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    let mut n = 0;
    while n < one.len() && n < other.len() && one[n] == other[n] {
        n += 1;
    }
    n == one.len() && n == other.len()
}

/// Of a few bytes the generator can make megabytes, in which a target would spend minutes. Laws of
/// long bodies are asked in `tests/laws/src/long.rs`.
const BODY_BYTES_MAX: usize = 128 * 1024;

thread_local! {
    static POLICIES: Both = Both::new();
}

// Policies take longer to make than an input may take on a busy machine.
fuzz_target!(init: POLICIES.with(|_| ()), |data: &[u8]| {
    let case = Case::with(data, |entropy| {
        let (media, coding) = FORMAT;
        let written = (!entropy.once_in(2)).then(|| entropy.rest().to_vec());
        let mut body = Body::of(Some(media), entropy);
        if let Some(bytes) = written {
            body.bytes = bytes;
        }
        body.coding = coding.or(body.coding);
        body
    });
    if case.message.body.bytes.len() <= BODY_BYTES_MAX {
        POLICIES.with(|policies| policies.ask(&case, data.len()));
    }
});
