//! The scan that looks where something may begin finds what the plain one finds that looks
//! everywhere, on texts of every category.

use cofferdam_corpora::{labelled, measure};
use cofferdam_engine::detect::{Candidate, DetectorSet, Memory, NoTokens, Text};
use cofferdam_engine::limits::HISTORY_BYTES;
use cofferdam_engine::model::DetectorId;
use cofferdam_policy_compiler::detectors;

const SEED: u64 = 2;
const EACH: usize = 10;

/// What is read again from each of its beginnings: candidates that nest, and hardly ever prove.
const NESTED: [&str; 16] = [
    "http://",
    "https://a.b/",
    "ws://u:p@",
    "postgres://a:@",
    "redis://:Tr0ub4dor@h/",
    "eyJhbGciOiJub25lIn0.eyJ",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.",
    "a@a.a@a.",
    "-----BEGIN PRIVATE KEY-----",
    "-----END ",
    "session=",
    "8HybqLlmLfJRapuY0thUOo0k",
    "2001:db8:",
    "4111 1111 1111 1111 ",
    "P<UTOERIKSSON<<ANNA",
    "%B4111",
];
/// Bytes that end or go on with such a candidate.
const BETWEEN: [&str; 8] = ["", "", " ", "\n", ".", "/", "@", "****"];

#[test]
fn the_marked_scan_finds_what_the_plain_one_finds() {
    let bundle = measure::bundle(&detectors::named()).expect("the built-in list");
    let detection = bundle.detection();
    let count = u16::try_from(bundle.tables().detectors.len()).expect("few");
    let active: DetectorSet = (0..count).map(DetectorId).collect();
    let mut found = 0;
    for record in labelled::records(SEED, EACH) {
        let bytes = record.text.as_bytes();
        let text = Text { bytes, from: 0, ended: true, place_context: 0 };
        let (mut marked, mut plain): (Vec<Candidate>, Vec<Candidate>) = (Vec::new(), Vec::new());
        detection.scan(&text, &active, &NoTokens, &mut Memory::default(), &mut marked);
        detection.scan_plainly(&text, &active, &NoTokens, &mut Memory::default(), &mut plain);
        assert_eq!(marked, plain, "{}", record.id);
        found += plain.len();
    }
    assert!(found > usize::from(count), "{found} candidates");
}

#[test]
fn what_nests_is_found_as_if_each_beginning_were_read_by_itself() {
    let bundle = measure::bundle(&detectors::named()).expect("the built-in list");
    let detection = bundle.detection();
    let count = u16::try_from(bundle.tables().detectors.len()).expect("few");
    let active: DetectorSet = (0..count).map(DetectorId).collect();
    let mut state = SEED;
    let mut below = |most: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % most
    };
    let mut found = 0;
    for _ in 0..150 {
        let mut text = String::new();
        let few: Vec<&str> = (0..3).map(|_| NESTED[below(NESTED.len())]).collect();
        while text.len() < 1_500 {
            let part = few[below(few.len())].repeat(1 + below(30));
            text.push_str(&part);
            text.push_str(BETWEEN[below(BETWEEN.len())]);
        }
        let step = [usize::MAX, 700, 64, 1 + below(1_000)][below(4)];
        let scanned = |plain: bool| {
            let (mut memory, mut out, mut all) = (Memory::default(), Vec::new(), Vec::new());
            let (mut kept, mut from, mut end) = (0_usize, 0, 0_usize);
            while end < text.len() {
                end = end.saturating_add(step).min(text.len());
                let ended = end == text.len();
                let bytes = &text.as_bytes()[kept..end];
                let text = Text { bytes, from, ended, place_context: 0 };
                let (memory, out) = (&mut memory, &mut out);
                let progress = match plain {
                    true => detection.scan_plainly(&text, &active, &NoTokens, memory, out),
                    false => detection.scan(&text, &active, &NoTokens, memory, out),
                };
                all.extend(out.drain(..).map(|hit: Candidate| {
                    (kept + hit.start, kept + hit.end, hit.detector, hit.committed)
                }));
                let decided = kept + progress.decided;
                kept = decided.saturating_sub(HISTORY_BYTES);
                from = decided - kept;
            }
            all
        };
        let plain = scanned(true);
        assert_eq!(scanned(false), plain, "in steps of {step}: {text}");
        found += plain.len();
    }
    assert!(found > 1_000, "{found} candidates");
}
