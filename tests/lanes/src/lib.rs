//! What the benchmarks of detection run: our scan, a whole exchange, and regular expressions, all
//! behind one face. The same source is a native program ([`lane`](../lane/index.html)) and a
//! module for wasmtime and V8 (`guest`).
//! Never part of a deployment, and prints no text that was found.

mod exchange;
#[cfg(target_family = "wasm")]
mod guest;
mod ours;
mod patterns;

use exchange::Crossing;
use ours::{Ours, Way};
use patterns::{Lite, Union};

/// A place where something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
    /// Which detector or pattern, by its place in the list that was loaded.
    pub by: u32,
}

/// One thing that scans, and the text that it is in.
pub trait Scan {
    /// Begins a text.
    fn begin(&mut self);

    /// The next chunk; `end` with the last one.
    fn push(&mut self, chunk: &[u8], end: bool);

    /// How much was found.
    fn count(&self) -> u64;

    /// Where, in no order; nothing for what tells no places.
    fn spans(&self) -> &[Span];
}

/// Makes what a name stands for out of a blob or a list of patterns.
///
/// # Errors
/// What is wrong with the name or the data.
pub fn load(name: &str, data: &[u8]) -> Result<Box<dyn Scan>, String> {
    Ok(match name {
        "ours" => Box::new(Ours::load(data, Way::Marked)?),
        "plain" => Box::new(Ours::load(data, Way::Plain)?),
        "exchange" => Box::new(Crossing::load(data)?),
        "meta" => Box::new(Union::load(data)?),
        "lite" => Box::new(Lite::load(data)?),
        other => return Err(format!("nothing is called `{other}`")),
    })
}

/// A number that two scans share when they found the same, in whatever order they tell it.
#[must_use]
pub fn checksum(spans: &[Span]) -> u64 {
    spans.iter().fold(0, |sum, span| {
        let places = mix(span.start ^ mix(span.end));
        sum.wrapping_add(mix(places ^ u64::from(span.by)))
    })
}

/// Spreads each bit over all (the finalizer of SplitMix64).
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATTERNS: &[u8] = b"[0-9]{3}\nab+\n";
    const TEXT: &[u8] = "abb 123 \u{e9} 45678".as_bytes();

    fn spans(name: &str) -> Vec<Span> {
        let mut scan = load(name, PATTERNS).expect("patterns");
        // What a text before had is forgotten.
        for text in [b"ab 999".as_slice(), TEXT] {
            scan.begin();
            scan.push(text, true);
        }
        let mut spans = scan.spans().to_vec();
        assert_eq!(scan.count(), spans.len() as u64);
        spans.sort_unstable();
        spans
    }

    #[test]
    fn regular_expressions_tell_the_places_of_the_last_text() {
        let at = |start, end, by| Span { start, end, by };
        let places = [at(0, 3, 1), at(4, 7, 0), at(11, 14, 0)];
        assert_eq!(spans("meta"), places);
        assert_eq!(spans("lite"), places);
    }

    #[test]
    fn checksums_tell_places_apart_and_know_no_order() {
        let (one, two) = (Span { start: 1, end: 5, by: 3 }, Span { start: 5, end: 9, by: 3 });
        assert_eq!(checksum(&[one, two]), checksum(&[two, one]));
        for other in [
            vec![one],
            vec![one, one],
            vec![Span { start: 5, end: 1, by: 3 }, two],
            vec![Span { by: 4, ..one }, two],
            vec![Span { end: 9, ..one }, Span { end: 5, ..two }],
        ] {
            assert_ne!(checksum(&other), checksum(&[one, two]), "{other:?}");
        }
    }

    #[test]
    fn what_is_no_blob_and_no_pattern_is_refused() {
        for name in ["ours", "plain", "exchange", "nothing"] {
            assert!(load(name, b"no blob").is_err(), "{name}");
        }
        assert!(load("meta", b"(").is_err() && load("lite", b"(").is_err());
    }
}
