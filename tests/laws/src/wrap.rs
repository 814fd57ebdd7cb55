//! Hides a text by an encoding, or by several.

use crate::entropy::Entropy;
use std::fmt::Write as _;

/// A text behind up to three layers of encoding, now and then with more before and behind it.
pub(crate) fn wrapped(entropy: &mut Entropy<'_>, text: &str) -> String {
    let mut out = text.to_owned();
    for _ in 0..1 + entropy.below(3) {
        if entropy.once_in(3) {
            out = format!("{}{out}{}", entropy.pick(AROUND), entropy.pick(AROUND));
        }
        out = encoded(entropy, &out);
        if entropy.once_in(6) {
            out = format!("{}{out}", entropy.pick(&["A", "ab", "Abc", "/u/", "e", "-"]));
        }
        if !entropy.once_in(3) {
            break;
        }
    }
    out
}

/// What stands beside a text in the same encoding.
const AROUND: &[&str] = &[
    "",
    "mail to ",
    " and so on",
    "\n",
    "{\"ssn\":\"",
    "\"}",
    "the quick brown fox jumps over the lazy dog",
    "\u{1}\u{2}\u{fffd}\u{7}",
    "é名é名é名 ",
    "4111",
    "[email]",
];

fn encoded(entropy: &mut Entropy<'_>, text: &str) -> String {
    const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let bytes = text.as_bytes();
    match entropy.below(12) {
        0 | 1 => letters(bytes, BASE64, 6, "="),
        2 => letters(bytes, URL, 6, ""),
        3 => folded(entropy, &letters(bytes, BASE64, 6, "=")),
        4 => letters(bytes, HEX, 4, ""),
        5 => letters(bytes, BASE32, 5, "="),
        6 => token(entropy, text),
        7 => letters(text.repeat(1 + entropy.below(120)).as_bytes(), BASE64, 6, "="),
        _ => escaped(entropy, text),
    }
}

/// Bytes in letters that stand for so many bits each.
fn letters(bytes: &[u8], alphabet: &[u8], bits: u32, padding: &str) -> String {
    let (mut out, mut left, mut count) = (String::new(), 0_u32, 0);
    let mut letter = |value: u32| out.push(char::from(alphabet[value as usize]));
    for byte in bytes {
        left = (left << 8 | u32::from(*byte)) & 0xffff;
        count += 8;
        while count >= bits {
            count -= bits;
            letter(left >> count & ((1 << bits) - 1));
        }
    }
    if count > 0 {
        letter(left << (bits - count) & ((1 << bits) - 1));
    }
    if count > 0 {
        out.push_str(padding);
    }
    out
}

fn folded(entropy: &mut Entropy<'_>, text: &str) -> String {
    let width = [16, 20, 40, 76][entropy.below(4)];
    let end = entropy.pick(&["\n", "\r\n", "\n  "]);
    let lines = text.as_bytes().chunks(width).map(String::from_utf8_lossy);
    lines.collect::<Vec<_>>().join(end)
}

/// A token of JOSE with a text in its claims.
fn token(entropy: &mut Entropy<'_>, text: &str) -> String {
    const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let claims = format!("{{\"sub\":\"{text}\"}}");
    let head = letters(b"{\"alg\":\"HS256\"}", URL, 6, "");
    let sign = entropy.pick(&["", "c2lnbmF0dXJl", "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"]);
    format!("{head}.{}.{sign}", letters(claims.as_bytes(), URL, 6, ""))
}

/// Each character by itself, or now and then in an escape.
fn escaped(entropy: &mut Entropy<'_>, text: &str) -> String {
    let kind = entropy.below(7);
    let often = 1 + entropy.below(6);
    let mut out = String::new();
    for c in text.chars() {
        if !entropy.once_in(often) {
            out.push(c);
            continue;
        }
        let _ = match kind {
            0 | 1 => c.to_string().bytes().try_for_each(|byte| write!(out, "%{byte:02X}")),
            2 => {
                c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}"))
            }
            3 => write!(out, "&#{};", u32::from(c)),
            4 => c.to_string().bytes().try_for_each(|byte| write!(out, "={byte:02X}")),
            5 => {
                c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(out, "%u{unit:04X}"))
            }
            _ if c == '@' => write!(out, "&commat;"),
            _ if c == '\n' => write!(out, "\\n"),
            _ => c.to_string().bytes().try_for_each(|byte| write!(out, "\\x{byte:02x}")),
        };
    }
    out
}
