//! Ways to dress a value so that a reader who is not told looks past it: encodings that the engine
//! looks through, layer by layer, and characters that look or count like others.

use crate::random::Random;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::fmt::Write as _;

/// One way.
pub(super) struct Trick {
    /// Its name, in reports.
    pub(super) name: &'static str,
    dress: fn(&str, &mut Random) -> String,
    /// A text as short as this shows nothing: the engine does not look into it.
    pub(super) bytes_min: usize,
    /// Whether it puts a name of its own about the text.
    pub(super) names: bool,
    /// Whether the detector must be asked first if it takes what comes out: it alters the value.
    pub(super) asks: bool,
}

const fn spell(name: &'static str, dress: fn(&str, &mut Random) -> String) -> Trick {
    Trick { name, dress, bytes_min: 0, asks: false, names: false }
}

const fn alter(name: &'static str, dress: fn(&str, &mut Random) -> String) -> Trick {
    Trick { name, dress, bytes_min: 0, asks: true, names: false }
}

const fn wrap(name: &'static str, dress: fn(&str, &mut Random) -> String) -> Trick {
    Trick { name, dress, bytes_min: 0, asks: false, names: false }
}

/// Of an alphabet of letters: a short run is taken for a word.
const fn run(name: &'static str, dress: fn(&str, &mut Random) -> String) -> Trick {
    Trick { name, dress, bytes_min: 16, asks: false, names: false }
}

/// Characters for characters; no layer.
const SPELLINGS: &[Trick] = &[
    spell("full-width characters", |text, _| each(text, full_width)),
    spell("digits of another script", other_digits),
    spell("zero-width characters", |text, random| between(text, random, &ZERO_WIDTH)),
    spell("soft hyphens", |text, random| between(text, random, &['\u{ad}'])),
    spell("combining marks", |text, random| between(text, random, &['\u{301}', '\u{308}'])),
    spell("other dashes", |text, random| swap(text, random, '-', &DASHES)),
    spell("other spaces", |text, random| swap(text, random, ' ', &SPACES)),
    alter("capitals", |text, _| text.to_uppercase()),
    alter("small letters", |text, _| text.to_lowercase()),
    alter("spaces between digits", |text, _| grouped(text, ' ')),
    alter("dashes between digits", |text, _| grouped(text, '-')),
];

/// Encodings; a layer each.
const WRAPPINGS: &[Trick] = &[
    run("base64", |text, _| STANDARD.encode(text)),
    run("base64, folded", |text, _| folded(&STANDARD.encode(text))),
    run("base64url", |text, _| URL_SAFE_NO_PAD.encode(text)),
    run("hex", |text, _| hex(text, false)),
    run("hex in capitals", |text, _| hex(text, true)),
    run("base32", |text, _| base32(text)),
    wrap("percent-encoding", |text, _| bytes(text, |byte| format!("%{byte:02x}"))),
    wrap("percent-encoding here and there", |text, random| {
        let mut out = String::new();
        for c in text.chars() {
            if c.is_ascii_alphanumeric() && !random.once_in(3) {
                out.push(c);
            } else {
                out.push_str(&bytes(c.encode_utf8(&mut [0; 4]), |byte| format!("%{byte:02X}")));
            }
        }
        out
    }),
    wrap("Unicode escapes", |text, _| units(text, "\\u")),
    wrap("percent-u escapes", |text, _| units(text, "%u")),
    wrap("character references", |text, _| each(text, |c| format!("&#x{:x};", u32::from(c)))),
    wrap("decimal references", |text, _| each(text, |c| format!("&#{};", u32::from(c)))),
    wrap("quoted-printable", |text, _| bytes(text, |byte| format!("={byte:02X}"))),
    Trick {
        name: "JSON in a string",
        dress: |text, _| format!("{{\"note\":{}}}", json(text)),
        bytes_min: 0,
        names: true,
        asks: false,
    },
];

const ZERO_WIDTH: [char; 6] =
    ['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{180e}'];
const DASHES: [char; 6] = ['\u{2010}', '\u{2011}', '\u{2013}', '\u{2014}', '\u{2212}', '\u{ff0d}'];
const SPACES: [char; 5] = ['\u{a0}', '\u{2003}', '\u{2009}', '\u{202f}', '\u{3000}'];
/// Zeros of scripts: Arabic, Devanagari, Thai, full-width, mathematical bold.
const ZEROS: [u32; 5] = [0x660, 0x966, 0xe50, 0xff10, 0x1d7ce];

/// What a value wears: characters first, then layers, the innermost first.
pub(super) type Dress = Vec<&'static Trick>;

/// All dresses of at most so many layers: each trick by itself, and mixtures that the seed chooses.
pub(super) fn dresses(layers: usize, random: &mut Random) -> Vec<Dress> {
    let mut list: Vec<Dress> = vec![Vec::new()];
    list.extend(SPELLINGS.iter().map(|trick| vec![trick]));
    if layers == 0 {
        return list;
    }
    list.extend(WRAPPINGS.iter().map(|trick| vec![trick]));
    for wrapping in WRAPPINGS {
        let spelling: Option<&'static Trick> = random.pick(SPELLINGS);
        list.push(spelling.into_iter().chain([wrapping]).collect());
        for depth in 2..=layers {
            let more = (1..depth).filter_map(|_| random.pick(WRAPPINGS));
            let mut dress: Dress = more.collect();
            dress.push(wrapping);
            list.push(dress);
        }
    }
    list
}

/// The text as it is worn.
pub(super) fn wear(dress: &Dress, text: &str, random: &mut Random) -> String {
    dress.iter().fold(text.to_owned(), |text, trick| (trick.dress)(&text, random))
}

/// A dress in words: `base64 in percent-encoding`.
pub(super) fn name(dress: &Dress) -> String {
    let names: Vec<_> = dress.iter().map(|trick| trick.name).collect();
    if names.is_empty() { "as it is".to_owned() } else { names.join(", in ") }
}

/// A JSON string, with its quotes.
pub(super) fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn each(text: &str, spell: impl Fn(char) -> String) -> String {
    text.chars().map(spell).collect()
}

fn bytes(text: &str, spell: impl Fn(u8) -> String) -> String {
    text.bytes().map(spell).collect()
}

fn units(text: &str, mark: &str) -> String {
    let mut out = String::new();
    for unit in text.encode_utf16() {
        let _ = write!(out, "{mark}{unit:04x}");
    }
    out
}

fn full_width(c: char) -> String {
    match c {
        '!'..='~' => char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c).to_string(),
        _ => c.to_string(),
    }
}

fn other_digits(text: &str, random: &mut Random) -> String {
    let zero = random.pick(&ZEROS).copied().unwrap_or(0x660);
    each(text, |c| {
        let digit = c.to_digit(10).filter(|_| c.is_ascii());
        digit.and_then(|digit| char::from_u32(zero + digit)).unwrap_or(c).to_string()
    })
}

/// After some characters, never at the ends: a handful, so that they are no flood.
fn between(text: &str, random: &mut Random, signs: &[char]) -> String {
    let mut out = String::new();
    let last = text.chars().count().saturating_sub(1);
    for (n, c) in text.chars().enumerate() {
        out.push(c);
        if n < last && c.is_alphanumeric() && random.once_in(3) {
            out.extend(random.pick(signs));
        }
    }
    out
}

fn swap(text: &str, random: &mut Random, from: char, to: &[char]) -> String {
    let mut out = String::new();
    for c in text.chars() {
        out.push(if c == from { random.pick(to).copied().unwrap_or(c) } else { c });
    }
    out
}

/// A sign after every fourth digit of a row.
fn grouped(text: &str, sign: char) -> String {
    let (mut out, mut row) = (String::new(), 0);
    for c in text.chars() {
        if c.is_ascii_digit() {
            if row > 0 && row % 4 == 0 {
                out.push(sign);
            }
            row += 1;
        } else {
            row = 0;
        }
        out.push(c);
    }
    out
}

fn folded(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let lines: Vec<String> = letters.chunks(76).map(|line| line.iter().collect()).collect();
    lines.join("\r\n")
}

fn hex(text: &str, capitals: bool) -> String {
    bytes(text, |byte| if capitals { format!("{byte:02X}") } else { format!("{byte:02x}") })
}

/// RFC 4648, with padding.
fn base32(text: &str) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut out = String::new();
    for group in text.as_bytes().chunks(5) {
        let bits = group.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let bits = bits << (8 * (5 - group.len()));
        let letters = (group.len() * 8).div_ceil(5);
        for n in 0..8 {
            let at = usize::try_from(bits >> (35 - 5 * n) & 31).unwrap_or(0);
            out.push(if n < letters { char::from(LETTERS[at]) } else { '=' });
        }
    }
    out
}

/// How many layers of encoding a dress is.
pub(super) fn layers(dress: &Dress) -> usize {
    let is = |trick: &&&Trick| WRAPPINGS.iter().any(|wrapping| wrapping.name == trick.name);
    dress.iter().filter(is).count()
}

/// What dresses are counted by: one trick by its name, more by how many layers they are.
pub(super) fn kind(dress: &Dress) -> String {
    match (dress.len(), layers(dress)) {
        (0 | 1, _) => name(dress),
        (all, layers) if all > layers => "other characters in an encoding".to_owned(),
        (_, layers) => format!("{layers} encodings in one another"),
    }
}
