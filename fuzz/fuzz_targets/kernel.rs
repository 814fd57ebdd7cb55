//! The scan that looks only where something may begin finds what the plain one finds that tries
//! every detector everywhere: in whole texts and in pieces, in places with context and without.

#![no_main]

use cofferdam_corpora::measure;
use cofferdam_engine::Bundle;
use cofferdam_engine::detect::{DetectorSet, Memory, NoTokens, Text};
use cofferdam_engine::limits::HISTORY_BYTES;
use cofferdam_engine::model::DetectorId;
use cofferdam_policy_compiler::detectors;
use libfuzzer_sys::fuzz_target;

struct Setting {
    bundle: Bundle,
    active: DetectorSet,
    /// Examples of all detectors, and the words that count beside them.
    parts: Vec<&'static str>,
}

thread_local! {
    static SETTING: Setting = setting();
}

fn setting() -> Setting {
    let bundle = measure::bundle(&detectors::named()).expect("the built-in list");
    let count = u16::try_from(bundle.tables().detectors.len()).expect("few");
    let active = (0..count).map(DetectorId).collect();
    let parts = detectors::builtin()
        .flat_map(|row| [row.example].into_iter().chain(row.near.iter().copied()))
        .collect();
    Setting { bundle, active, parts }
}

fuzz_target!(|data: &[u8]| {
    let [place, step, rest @ ..] = data else { return };
    let place = if place % 4 == 0 { u128::MAX } else { 0 };
    let step = match step {
        0..=127 => usize::MAX,
        step => usize::from(*step) - 127,
    };
    SETTING.with(|setting| {
        let text = text(&setting.parts, rest);
        let plain = found(setting, &text, step, place, true);
        let marked = found(setting, &text, step, place, false);
        assert_eq!(plain, marked, "{:?}", String::from_utf8_lossy(&text));
    });
});

/// Bytes as they are, and behind one that is not ASCII: parts, with a byte put in the place of
/// another. As the text of a value, which readers decode, it is UTF-8.
fn text(parts: &[&str], data: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut data = data.iter().copied();
    while let Some(byte) = data.next() {
        if byte.is_ascii() {
            text.push(byte);
            continue;
        }
        let mut next = || data.next().unwrap_or(0);
        let at = usize::from(byte & 0x7f) << 8 | usize::from(next());
        let mut part = parts[at % parts.len()].as_bytes().to_vec();
        let (place, other) = (usize::from(next()), next());
        if other != 0 && !part.is_empty() {
            let place = place % part.len();
            part[place] = other;
        }
        text.extend_from_slice(&part);
    }
    String::from_utf8_lossy(&text).into_owned().into_bytes()
}

/// Where which detector finds something, in steps of so many bytes.
fn found(
    setting: &Setting,
    bytes: &[u8],
    step: usize,
    place_context: u128,
    plain: bool,
) -> Vec<(usize, usize, u16)> {
    let detection = setting.bundle.detection();
    let (mut memory, mut out, mut found) = (Memory::default(), Vec::new(), Vec::new());
    let (mut kept, mut from, mut end) = (0, 0, 0);
    while end < bytes.len() {
        end = end.saturating_add(step).min(bytes.len());
        let ended = end == bytes.len();
        let text = Text { bytes: &bytes[kept..end], from, ended, place_context };
        let progress = match plain {
            true => {
                detection.scan_plainly(&text, &setting.active, &NoTokens, &mut memory, &mut out)
            }
            false => detection.scan(&text, &setting.active, &NoTokens, &mut memory, &mut out),
        };
        for hit in out.drain(..) {
            // What goes on beyond a step ends where the step does: that is no difference.
            let close = if hit.committed { 0 } else { kept + hit.end };
            found.push((kept + hit.start, close, hit.detector.0));
        }
        let decided = kept + progress.decided;
        kept = decided.saturating_sub(HISTORY_BYTES);
        from = decided - kept;
    }
    found
}
