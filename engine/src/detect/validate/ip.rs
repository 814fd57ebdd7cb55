//! Dotted quads and the text forms of RFC 4291, with zones and prefix lengths.
//! Never asks where an address belongs.

/// Words before a number that make it a version.
const VERSION_WORDS: [&[u8]; 6] = [b"v", b"ver", b"version", b"versions", b"release", b"rev"];

pub(super) fn accept_v4(before: &[u8], candidate: &[u8]) -> bool {
    let (address, bits) = split_last(candidate, b'/');
    is_quad(address) && bits.is_none_or(|bits| is_number_to(bits, 32)) && !follows_version(before)
}

/// Four numbers to 255. A leading zero once meant octal, so nobody writes one.
fn is_quad(address: &[u8]) -> bool {
    let mut octets = address.split(|byte| *byte == b'.');
    octets.clone().count() == 4 && octets.all(|octet| is_number_to(octet, 255))
}

fn is_number_to(text: &[u8], max: u32) -> bool {
    let leading_zero = text.len() > 1 && text.first() == Some(&b'0');
    let digits = (1..=3).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    let value = text.iter().take(3).fold(0, |n, byte| n * 10 + u32::from(byte.wrapping_sub(b'0')));
    digits && !leading_zero && value <= max
}

fn split_last(text: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().rposition(|byte| *byte == at) {
        Some(n) => (text.get(..n).unwrap_or_default(), text.get(n + 1..)),
        None => (text, None),
    }
}

/// Whether `v`, `version` or the like stands before, perhaps with `: = "` between.
fn follows_version(before: &[u8]) -> bool {
    let is_between = |byte: &u8| matches!(byte, b' ' | b':' | b'=' | b'"' | b'\'' | b'-' | b'_');
    let between = before.iter().rev().take(4).take_while(|byte| is_between(byte)).count();
    let text = before.get(..before.len() - between).unwrap_or_default();
    let letters = text.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let word = text.get(text.len() - letters..).unwrap_or_default();
    VERSION_WORDS.iter().any(|version| word.eq_ignore_ascii_case(version))
}

pub(super) fn accept_v6(candidate: &[u8]) -> bool {
    let (address, bits) = split_last(candidate, b'/');
    let (address, zone) = split_last(address, b'%');
    if bits.is_some_and(|bits| !is_number_to(bits, 128)) || zone.is_some_and(<[u8]>::is_empty) {
        return false;
    }
    let Some(groups) = Groups::read(address) else { return false };
    // Zones are of addresses that are good on one link only (RFC 4007).
    let linked = matches!(
        address,
        [b'f' | b'F', b'e' | b'E', b'8' | b'9' | b'a' | b'A' | b'b' | b'B', ..]
            | [b'f' | b'F', b'f' | b'F', ..]
    );
    if zone.is_some() && !linked || groups.is_slice(address) {
        return false;
    }
    // `a::b` is as often a path of some language. Eight groups of two are a hardware address.
    let digit = address.iter().any(u8::is_ascii_digit);
    match groups.compressed {
        true => groups.count <= 7 && groups.written > 0 && (digit || groups.written >= 4),
        false => groups.count == 8 && !groups.pairs,
    }
}

/// What an address is made of.
struct Groups {
    /// Groups of 16 bits; a dotted quad is two.
    count: usize,
    /// Groups that are written.
    written: usize,
    /// `::` stands in it.
    compressed: bool,
    /// Every group has two digits.
    pairs: bool,
}

impl Groups {
    /// Whether it is `1::2`, `22::` or `::8`, which are steps through a list or part of a path:
    /// what is given out begins with three digits or more, or is `::1`.
    fn is_slice(&self, address: &[u8]) -> bool {
        let first = address.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let quad = address.contains(&b'.');
        let short = match first {
            0 => address.len() < 5 && address != b"::1",
            _ => first < 3 && self.written < 3,
        };
        self.compressed && short && !quad
    }

    fn read(address: &[u8]) -> Option<Self> {
        let mut groups = Self { count: 0, written: 0, compressed: false, pairs: true };
        let mut rest = address;
        if let Some(tail) = rest.strip_prefix(b"::") {
            groups.compressed = true;
            rest = tail;
        }
        while !rest.is_empty() {
            let end = rest.iter().position(|byte| *byte == b':').unwrap_or(rest.len());
            let group = rest.get(..end)?;
            let quad = end == rest.len() && is_quad(group);
            let hex = (1..=4).contains(&end) && group.iter().all(u8::is_ascii_hexdigit);
            if !quad && !hex {
                return None;
            }
            groups.count += if quad { 2 } else { 1 };
            groups.written += 1;
            groups.pairs &= end == 2;
            rest = rest.get(end..)?;
            if let Some(tail) = rest.strip_prefix(b"::") {
                if groups.compressed {
                    return None;
                }
                groups.compressed = true;
                rest = tail;
            } else if let Some(tail) = rest.strip_prefix(b":") {
                if tail.is_empty() {
                    return None;
                }
                rest = tail;
            }
        }
        Some(groups)
    }
}
