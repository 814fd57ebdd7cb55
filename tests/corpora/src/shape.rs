//! Texts by a template: `<n9>` is nine digits, `<c20-40>` twenty to forty letters and digits,
//! `<=one|two>` one of these, `<<` is `<`, and everything else stands for itself.
//! Knows no category and no check digit.

use crate::random::Random;

/// Digits.
pub const DIGITS: &str = "0123456789";
/// Capitals.
pub const CAPITALS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Capitals and digits.
pub const CODES: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/// Letters and digits.
pub const ALNUM: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Hex digits.
pub const HEX: &str = "0123456789abcdef";
/// The alphabet of Bitcoin's and Monero's addresses.
pub const BASE58: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// One text of a template.
#[must_use]
pub fn text(random: &mut Random, template: &str) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('<') {
            out.push('<');
            rest = after;
            continue;
        }
        let (slot, after) = after.split_once('>').expect("a slot is closed");
        fill(random, slot, &mut out);
        rest = after;
    }
    out + rest
}

fn fill(random: &mut Random, slot: &str, out: &mut String) {
    if let Some(several) = slot.strip_prefix('=') {
        let several: Vec<&str> = several.split('|').collect();
        out.push_str(random.pick(&several));
        return;
    }
    let (class, count) = slot.split_at(1);
    let (least, most) = count.split_once('-').unwrap_or((count, count));
    let bound = |text: &str| text.parse::<usize>().expect("a count");
    let count = random.within(bound(least), bound(most));
    out.push_str(&random.letters(alphabet(class), count));
}

fn alphabet(class: &str) -> &'static str {
    match class {
        "n" => DIGITS,
        "N" => "123456789",
        "u" => CAPITALS,
        "l" => "abcdefghijklmnopqrstuvwxyz",
        "a" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        "c" => ALNUM,
        "h" => HEX,
        "H" => "0123456789ABCDEF",
        "k" => CODES,
        "s" => "abcdefghijklmnopqrstuvwxyz0123456789",
        "b" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        "w" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        // What German documents are numbered with.
        "g" => "CFGHJKLMNPRTVWXYZ0123456789",
        _ => panic!("no class of characters is called `{class}`"),
    }
}
