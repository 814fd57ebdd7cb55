//! The laws of a scan, over generated texts that are full of what is nearly a candidate.

use crate::bench::{Bench, Hit};
use cofferdam_engine::limits;
use cofferdam_engine::model::{Border, Validator};
use cofferdam_policy_compiler::detectors::{self, Own, Sought, validate};
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::LazyLock;

static BENCH: LazyLock<Bench> = LazyLock::new(|| {
    let own = [
        ("patient_id", "PT-[0-9]{8}", &["patient", "mrn"][..]),
        ("ticket", "#[0-9]{4}", &[]),
        ("project", "blue fin|bluefin", &[]),
    ];
    let own = own.map(|(category, pattern, near)| Own {
        category: category.to_owned(),
        sought: Sought::Pattern(pattern.to_owned()),
        near: near.iter().map(|word| (*word).to_owned()).collect(),
        validator: Validator::Structure,
    });
    let words = ["blue fin", "bluefin", "élan", "züe", "patient", "Ωmega"];
    let words = Own {
        category: "name".to_owned(),
        sought: Sought::Words(words.map(str::to_owned).to_vec()),
        near: Vec::new(),
        validator: Validator::Structure,
    };
    Bench::new(&own.into_iter().chain([words]).collect::<Vec<_>>())
});

const PEM_BEGIN: &str = "-----BEGIN RSA PRIVATE KEY-----\n";
const PEM_END: &str = "\n-----END RSA PRIVATE KEY-----";
const JWT_HEADER: &str = "eyJhbGciOiJIUzI1NiJ9.";

/// A piece of text: a candidate, a part of one, a word of context, a separator.
fn piece() -> impl Strategy<Value = String> {
    let pieces: Vec<String> = detectors::builtin()
        .flat_map(|row| {
            let named = format!("{} {}", row.near.join(" "), row.example);
            let assigned = format!("{}={}", row.near.first().unwrap_or(&"x"), row.example);
            [row.example.to_owned(), named, assigned]
        })
        .chain(
            [
                "ssn",
                "SSN: ",
                "socialSecurity",
                "phone_",
                "call ",
                "version ",
                "v",
                " ",
                " ",
                " ",
                ".",
                ".",
                "-",
                "--",
                "@",
                ":",
                "::",
                "/",
                "+",
                "%",
                "'",
                "_",
                "=",
                "(",
                ")",
                "*",
                "[",
                "]",
                "[email]",
                "[credit_card]",
                "[emai",
                "****",
                "************1111",
                "**-**",
                "tok_abcd",
                "tok_",
                "tok",
                "ü",
                "你",
                ".0",
                "078-05",
                "-1120",
                "4111 1111",
                " 1111",
                "1",
                "12",
                "999",
                "192.168.",
                "10.0.0.1",
                "fe80:",
                "db8",
                "ann",
                "@example",
                ".com",
                "eyJ",
                JWT_HEADER,
                PEM_BEGIN,
                PEM_END,
                "-----",
                "AKIA",
                "PT-001122",
                "33",
                "#1234",
                "blue fin",
                "blue-Fin",
                "ÉLAN",
                "é",
                "Zü",
                "ωMEGA",
                "patient",
                "identità",
                "né",
                "été",
                "T220001293",
                "\n",
                "a.a.a.",
                "+49",
                "DE89",
                "00000000-0000-0000-0000-",
            ]
            .map(str::to_owned),
        )
        .collect();
    prop_oneof![
        20 => proptest::sample::select(pieces),
        4 => "[0-9]{1,20}",
        4 => "[a-zA-Z]{1,8}",
        2 => "[ -~]{1,6}",
        1 => "[A-Za-z0-9_-]{100,900}",
        1 => "[A-Za-z0-9+/]{64}\n".prop_map(|line| line.repeat(8)),
    ]
}

fn text() -> impl Strategy<Value = String> {
    vec(piece(), 1..40).prop_map(|pieces| pieces.concat())
}

/// Cuts on whole code points, as readers push them.
fn cuts(text: &str, seeds: &[prop::sample::Index]) -> Vec<usize> {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    seeds.iter().map(|seed| *seed.get(&places)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn chunks_change_nothing(text in text(), seeds in vec(any::<prop::sample::Index>(), 1..12)) {
        let (hits, _) = BENCH.chunked(text.as_bytes(), &cuts(&text, &seeds));
        prop_assert_eq!(hits, BENCH.whole(text.as_bytes()), "{}", text);
    }

    #[test]
    fn marks_leave_nothing_out(
        text in prop_oneof![text(), "[ -~]{0,200}", "[0-9A-Z:@. -]{0,90}"],
        seeds in vec(any::<prop::sample::Index>(), 0..4)
    ) {
        let cuts = cuts(&format!("{text} "), &seeds);
        let plain = BENCH.plainly(text.as_bytes(), &[]).0;
        prop_assert_eq!(BENCH.chunked(text.as_bytes(), &cuts).0, plain, "{}", text);
    }

    #[test]
    fn single_characters_change_nothing(text in text()) {
        let all: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let (hits, cost) = BENCH.chunked(text.as_bytes(), &all);
        prop_assert_eq!(hits, BENCH.whole(text.as_bytes()), "{}", text);
        prop_assert!(cost.undecided_max <= UNDECIDED_MAX, "{} of {}", cost.undecided_max, text);
    }

    #[test]
    fn what_is_told_early_stands(text in text(), more in text()) {
        // What a scan of an unfinished text tells is told of every text that begins with it.
        let long = format!("{text}{more}");
        let told = BENCH.unfinished(text.as_bytes());
        let whole = BENCH.whole(long.as_bytes());
        for hit in told {
            prop_assert!(whole.contains(&hit), "{:?} of {}", hit, long);
        }
    }

    #[test]
    fn validators_stand_any_bytes(
        text in vec(any::<u8>(), 0..60), more in text(), start in 0..80_usize, end in 0..120_usize
    ) {
        let text = [text.as_slice(), more.as_bytes()].concat();
        for row in detectors::builtin() {
            // Beside the candidate a validator reads what is before, never what is behind.
            let cut = text.get(..end).unwrap_or(&text);
            let whole = validate::accept(row.validator, &text, start, end.min(text.len()));
            prop_assert_eq!(whole, validate::accept(row.validator, cut, start, cut.len()));
            let _ = validate::begins(row.validator, cut);
            let mut canonical = Vec::new();
            validate::canonical(row.validator, cut, &mut canonical);
            prop_assert!(canonical.len() <= cut.len() + 1);
        }
    }

    #[test]
    fn a_second_pass_replaces_nothing(text in text(), style in 0..4_usize, kept in any::<u128>()) {
        // Some categories are kept, as rules may say; the others are replaced.
        let names = || BENCH.bundle.tables().categories.iter().map(|category| &category.name);
        let kept: Vec<&String> = names().enumerate()
            .filter(|(n, _)| style > 0 && kept >> (n % 128) & 1 == 1)
            .map(|(_, name)| name)
            .collect();
        let is_kept = |hit: &Hit| kept.iter().any(|name| **name == category(&hit.2));
        let once = replaced(text.as_bytes(), style, &is_kept);
        let again: Vec<Hit> = BENCH.whole(&once).into_iter().filter(|hit| !is_kept(hit)).collect();
        prop_assert!(
            again.is_empty(), "{:?} in {}\nof {}", again, String::from_utf8_lossy(&once), text
        );
    }
}

/// The longest that is not committed, or nearly committed, and a context behind it.
const UNDECIDED_MAX: usize = limits::COMMIT_BYTES_MAX + 3 * limits::CONTEXT_WORD_BYTES_MAX + 64;

fn category(detector: &str) -> &str {
    detector.split('.').next().expect("a category")
}

/// Whether anything may follow at once.
fn is_open_ended(hit: &Hit) -> bool {
    detectors::builtin().any(|row| row.right == Border::None && row.name == hit.2)
}

/// The text with replacements for each stretch of overlapping candidates that is not all kept.
fn replaced(text: &[u8], style: usize, is_kept: &dyn Fn(&Hit) -> bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    let mut hits = BENCH.whole(text).into_iter().peekable();
    while let Some(hit) = hits.next() {
        let (start, mut end, mut keep) = (hit.0, hit.1, is_kept(&hit));
        let mut open_ended = is_open_ended(&hit);
        while let Some(further) = hits.next_if(|(start, ..)| *start < end) {
            end = end.max(further.1);
            keep &= is_kept(&further);
            open_ended |= is_open_ended(&further);
        }
        if keep {
            continue;
        }
        out.extend_from_slice(&text[at..start]);
        let last = text[start..end].iter().rev().filter(|byte| byte.is_ascii_alphanumeric());
        // What a letter may follow at once is not masked: see `resolve/masks.rs`.
        match if open_ended { 0 } else { style } {
            0 | 1 => out.extend_from_slice(format!("[{}]", category(&hit.2)).as_bytes()),
            2 => {
                out.extend_from_slice(b"************");
                let kept: Vec<u8> = last.take(4).copied().collect();
                out.extend(kept.iter().rev());
            }
            _ => out.extend_from_slice(b"tok_abcd"),
        }
        at = end;
    }
    out.extend_from_slice(&text[at..]);
    out
}

fn check_linear(text: &[u8], steps_per_byte: u64) {
    let (_, whole) = BENCH.chunked(text, &[]);
    let bytes = u64::try_from(text.len()).expect("a short text");
    let shown = String::from_utf8_lossy(&text[..text.len().min(40)]).into_owned();
    assert!(whole.steps <= steps_per_byte * bytes, "{} steps for {bytes}: {shown}", whole.steps);
}

#[test]
fn no_text_costs_more_than_its_length() {
    let jwt = format!("{JWT_HEADER} ");
    let repeats = [
        "1 2 3 ",
        "@@@@",
        "a.a.a.",
        "::::",
        "a:a:a:",
        "1:1::",
        PEM_BEGIN,
        "-----",
        "----- BEGIN ",
        "eyJ",
        "eyJ ",
        &jwt,
        "a@",
        "a@a.",
        "a..a",
        "a-",
        "a--",
        "a'",
        "_",
        "a_a.a",
        "4111 ",
        "1111-1111-",
        "4",
        "1",
        "ab12 ",
        "DE89 3704 0044 ",
        "+1",
        "+1 ",
        "(212) ",
        "1.1.1.1.",
        "1.1.1.1 ",
        "[",
        "[email",
        "[email]",
        "*",
        "* ",
        "*-*",
        "****1",
        "ssn ",
        "ssn 078051120 ",
        "tok_",
        "tok_abc",
        "#",
        "PT-",
        "\n",
        "é",
        "A: b\n",
        "%",
        "fe80::%",
        "1::%a",
    ];
    for repeat in repeats {
        let text = repeat.repeat(1 + (1 << 20) / repeat.len());
        let t = std::time::Instant::now();
        let st = BENCH.chunked(text.as_bytes(), &[]).1.steps;
        eprintln!("{:?} {} {:?}", repeat, st as f64 / text.len() as f64, t.elapsed());
        check_linear(text.as_bytes(), 24);
    }
    let long = format!("{PEM_BEGIN}{}", "AAAA ".repeat(200_000));
    check_linear(long.as_bytes(), 24);
}

#[test]
fn a_committed_candidate_is_swallowed_to_its_end() {
    let body = "QUJD".repeat(5000);
    let text = format!("x {JWT_HEADER}{body}.sig and ann@example.com");
    let end = text.find(" and").expect("the end");
    let hits: Vec<Hit> = BENCH.whole(text.as_bytes());
    let email = text.find("ann").expect("an address");
    let wanted = vec![(2, end, "jwt".to_owned()), (email, email + 15, "email".to_owned())];
    assert_eq!(hits, wanted);
    let every: Vec<usize> = (0..text.len()).step_by(7).collect();
    let (hits, cost) = BENCH.chunked(text.as_bytes(), &every);
    assert_eq!(hits, wanted);
    assert!(cost.undecided_max <= UNDECIDED_MAX);
}

/// Every detector's example beside every other's: borders that look at what was replaced.
#[test]
fn a_second_pass_replaces_nothing_of_neighbours() {
    let examples: Vec<String> = detectors::builtin()
        .map(|row| match row.near.first() {
            Some(word) => format!("{word} {}", row.example),
            None => row.example.to_owned(),
        })
        .collect();
    let all = (0..examples.len()).flat_map(|left| (0..examples.len()).map(move |n| (left, n)));
    for (left, right) in all {
        for (nth, between) in ["", " ", ".", "-", ",", ";", ":", "/"].into_iter().enumerate() {
            let style = (left + right + nth) % 4;
            let text = format!("{}{between}{}", examples[left], examples[right]);
            let once = replaced(text.as_bytes(), style, &|_| false);
            let again = BENCH.whole(&once);
            assert!(again.is_empty(), "{again:?} in {}\nof {text}", String::from_utf8_lossy(&once));
        }
    }
}
