//! The laws, of bodies of one format: half of them well-formed mostly, half as the fuzzer writes
//! them. One file for all of these targets; the target's name says which format.

#![no_main]

use cofferdam_laws::body::Body;
use cofferdam_laws::law::{Case, Law, Runs};
use cofferdam_laws::policies::Policies;
use libfuzzer_sys::fuzz_target;

/// Targets, and the type that their bodies say they are.
const FORMATS: &[(&str, &str)] = &[
    ("format-json", "application/json"),
    ("format-json-lines", "application/x-ndjson"),
    ("format-form", "application/x-www-form-urlencoded"),
    ("format-csv", "text/csv"),
    ("format-tsv", "text/tab-separated-values"),
    ("format-html", "text/html; charset=utf-8"),
    ("format-sse", "text/event-stream"),
    ("format-text", "text/plain"),
];

/// A target that the list does not name does not build.
const MEDIA: &str = media(env!("CARGO_BIN_NAME").as_bytes());

const fn media(target: &[u8]) -> &'static str {
    let mut n = 0;
    while n < FORMATS.len() {
        if same(FORMATS[n].0.as_bytes(), target) {
            return FORMATS[n].1;
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

thread_local! {
    static POLICIES: Policies = Policies::new();
}

fuzz_target!(|data: &[u8]| {
    let case = Case::with(data, |entropy| {
        if entropy.once_in(2) {
            return Body::of(Some(MEDIA), entropy);
        }
        let bytes = entropy.rest().to_vec();
        let mut body = Body::of(Some(MEDIA), entropy);
        body.bytes = bytes;
        body
    });
    POLICIES.with(|policies| {
        let runs = Runs::new(policies, &case);
        for law in Law::ALL {
            if let Err(why) = runs.ask(*law) {
                let body = String::from_utf8_lossy(&case.message.body.bytes);
                panic!("{}: {why}\n{case:?}\nbody: {body:?}", law.name());
            }
        }
    });
});
