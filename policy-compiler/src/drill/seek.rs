//! Looks for a value in what was sent and in what arrived, in every spelling that an attack writes.
//! Knows no rule of the policy and no detector: it reads in full and forgivingly.

use super::{coding, stream, wire};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use cofferdam_engine::scan_text;
use std::collections::BTreeSet;

/// Spellings within spellings, and how many are read.
const DEPTH: usize = 6;
const VIEWS_MAX: usize = 400;
/// Shortest runs that are read as letters of an alphabet.
const RUN_BYTES_MIN: usize = 12;
/// Values of so many letters and digits are found whatever parts them.
const BARE_MIN: usize = 8;
/// Values of so many letters and digits are through when three quarters of them are.
const PART_MIN: usize = 16;

/// What is looked for.
pub(crate) struct Needle {
    texts: Vec<String>,
    bare: bool,
}

impl Needle {
    /// Of a value; with a mask some of its end may stay.
    pub(crate) fn of(value: &str) -> Self {
        let folded = fold(value);
        let letters = bare(&folded);
        let count = letters.chars().count();
        if count < BARE_MIN {
            return Self { texts: vec![folded], bare: false };
        }
        if count < PART_MIN {
            return Self { texts: vec![letters], bare: true };
        }
        let part = count * 3 / 4;
        let first = letters.chars().take(part).collect();
        let last = letters.chars().skip(count - part).collect();
        Self { texts: vec![first, last], bare: true }
    }

    /// Whether it is found whatever parts its letters.
    pub(crate) fn is_bare(&self) -> bool {
        self.bare
    }

    /// Whether it stands in one of these.
    pub(crate) fn is_in(&self, pieces: Vec<Vec<u8>>) -> bool {
        let mut known: BTreeSet<Vec<u8>> = BTreeSet::new();
        let mut latest = pieces;
        for _ in 0..DEPTH {
            let mut next = Vec::new();
            for view in latest {
                if known.len() >= VIEWS_MAX || known.contains(&view) {
                    continue;
                }
                if self.stands(&view) {
                    return true;
                }
                next.extend(spellings(&view));
                known.insert(view);
            }
            latest = next;
        }
        latest.iter().any(|view| self.stands(view))
    }

    fn stands(&self, view: &[u8]) -> bool {
        let folded = fold(&String::from_utf8_lossy(view));
        let text = if self.bare { bare(&folded) } else { folded };
        self.texts.iter().any(|needle| text.contains(needle.as_str()))
    }
}

fn fold(text: &str) -> String {
    scan_text(text).to_lowercase()
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn spellings(bytes: &[u8]) -> Vec<Vec<u8>> {
    let has = |byte: u8| bytes.contains(&byte);
    let mut views = Vec::new();
    let marks: Vec<u8> = b"%\\&=".iter().copied().filter(|mark| has(*mark)).collect();
    views.extend(marks.iter().map(|mark| undone(bytes, &[*mark])));
    if marks.len() > 1 {
        views.push(undone(bytes, &marks));
    }
    if has(0) {
        let units: Vec<u16> =
            bytes.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
        views.push(String::from_utf16_lossy(&units).into_bytes());
    }
    views.extend(coding::undone(bytes));
    views.extend(wire::read(bytes));
    views.extend(stream::read(bytes));
    views.extend(runs(bytes));
    views.retain(|view| view != bytes);
    views
}

/// Every escape that begins with one of these: what is none stays.
fn undone(bytes: &[u8], marks: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut units: Vec<u16> = Vec::new();
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        if !marks.contains(first) {
            flush(&mut units, &mut out);
            out.push(*first);
            rest = &rest[1..];
            continue;
        }
        let unit = |mark: &[u8]| {
            let digits = rest.strip_prefix(mark)?.get(..4)?;
            Some((u16::try_from(number(digits, 16)?).ok()?, mark.len() + 4))
        };
        if let Some((unit, length)) = unit(b"\\u").or_else(|| unit(b"%u")) {
            units.push(unit);
            rest = &rest[length..];
            continue;
        }
        flush(&mut units, &mut out);
        let byte = |mark: &[u8]| {
            let digits = rest.strip_prefix(mark)?.get(..2)?;
            Some((u8::try_from(number(digits, 16)?).ok()?, mark.len() + 2))
        };
        if let Some((byte, length)) = byte(b"%").or_else(|| byte(b"=")).or_else(|| byte(b"\\x")) {
            out.push(byte);
            rest = &rest[length..];
        } else if let Some((c, length)) = reference(rest) {
            out.extend(c.to_string().bytes());
            rest = &rest[length..];
        } else if *first == b'\\' && rest.len() > 1 {
            out.push(match rest[1] {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                other => other,
            });
            rest = &rest[2..];
        } else {
            out.push(*first);
            rest = &rest[1..];
        }
    }
    flush(&mut units, &mut out);
    out
}

fn flush(units: &mut Vec<u16>, out: &mut Vec<u8>) {
    out.extend(String::from_utf16_lossy(units).bytes());
    units.clear();
}

fn reference(text: &[u8]) -> Option<(char, usize)> {
    let rest = text.strip_prefix(b"&")?;
    let end = rest.iter().take(12).position(|byte| *byte == b';')?;
    let name = &rest[..end];
    let c = match name {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        _ => {
            let code = name.strip_prefix(b"#")?;
            let code = match code.strip_prefix(b"x").or_else(|| code.strip_prefix(b"X")) {
                Some(digits) => number(digits, 16)?,
                None => number(code, 10)?,
            };
            char::from_u32(code)?
        }
    };
    Some((c, end + 2))
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let plain = digits.iter().all(u8::is_ascii_hexdigit);
    plain.then(|| u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()).flatten()
}

/// What runs of letters decode to, in each alphabet, from each offset.
fn runs(bytes: &[u8]) -> Vec<Vec<u8>> {
    // A slash is a letter, or parts segments of a path.
    const SIGNS: [&[u8]; 3] = [b"", b"+-_", b"+-_/"];
    let mut texts: Vec<Vec<u8>> = Vec::new();
    // Runs are read over the ends of lines as well.
    let joined: Vec<u8> = bytes.iter().copied().filter(|byte| !b"\r\n".contains(byte)).collect();
    for (text, signs) in SIGNS.into_iter().flat_map(|signs| [(bytes, signs), (&joined, signs)]) {
        let ends = |byte: &u8| !byte.is_ascii_alphanumeric() && !signs.contains(byte);
        for run in text.split(ends).filter(|run| run.len() >= RUN_BYTES_MIN) {
            decoded(run, &mut texts);
        }
    }
    texts.sort();
    texts.dedup();
    texts
}

fn decoded(run: &[u8], texts: &mut Vec<Vec<u8>>) {
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let standard = GeneralPurpose::new(&alphabet::STANDARD, config);
    let mut keep = |text: Vec<u8>| {
        let shown = text.iter().filter(|byte| byte.is_ascii_graphic() || b" \r\n\t".contains(byte));
        // What stands behind a run may read as more of it.
        let folded = std::str::from_utf8(&text).map_or_else(|error| error.valid_up_to(), str::len);
        if shown.count() * 5 >= text.len() * 4 || folded * 2 >= text.len() {
            texts.push(text);
        }
    };
    let plain: Vec<u8> = run
        .iter()
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        })
        .collect();
    for offset in 0..4 {
        let rest = plain.get(offset..).unwrap_or_default();
        let whole = rest.len() - usize::from(rest.len() % 4 == 1);
        keep(standard.decode(&rest[..whole]).unwrap_or_default());
    }
    if run.iter().all(u8::is_ascii_hexdigit) {
        for offset in 0..2 {
            let pairs = run[offset..].chunks_exact(2).filter_map(|pair| number(pair, 16));
            keep(pairs.filter_map(|byte| u8::try_from(byte).ok()).collect());
        }
    }
    keep(base32(run));
}

fn base32(run: &[u8]) -> Vec<u8> {
    let (mut out, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for byte in run {
        let value = match byte.to_ascii_uppercase() {
            upper @ b'A'..=b'Z' => upper - b'A',
            digit @ b'2'..=b'7' => digit - b'2' + 26,
            _ => return Vec::new(),
        };
        bits = (bits << 5 | u32::from(value)) & 0xfff;
        count += 5;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(bits >> count & 0xff).unwrap_or(0));
        }
    }
    out
}
