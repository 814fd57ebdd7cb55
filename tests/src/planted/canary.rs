//! The values that are planted: synthetic, each distinct, of categories that are found wherever
//! they stand, with or without words around them.

use cofferdam_shop::synthetic::{Numbers, card};

/// One planted value.
#[derive(Clone, Debug)]
pub struct Canary {
    /// As it is planted.
    pub text: String,
    /// The part of it that nothing else has: what is looked for.
    pub core: String,
    /// A key of a service, which is at home where credentials are.
    pub credential: bool,
}

/// Canaries without end, the same for the same seed.
pub fn canaries(seed: u64) -> impl Iterator<Item = Canary> {
    let mut numbers = Numbers::new(seed);
    (0_u64..).map(move |n| canary(&mut numbers, n))
}

fn canary(numbers: &mut Numbers, n: u64) -> Canary {
    let whole = |text: String| Canary { core: text.clone(), text, credential: false };
    match n % 4 {
        0 => {
            let core = letters(numbers, b"abcdefghijkmnopqrstuvwxyz", 12);
            Canary { text: format!("{core}@example.com"), core, credential: false }
        }
        1 => whole(card(numbers)),
        2 => whole(iban(numbers)),
        _ => {
            const KEY: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
            // Ends in a letter: what ends in a sign may go on behind it.
            let core = letters(numbers, KEY, 34) + &letters(numbers, b"abcdefgh", 1);
            Canary { text: format!("AIza{core}"), core, credential: true }
        }
    }
}

fn letters(numbers: &mut Numbers, alphabet: &[u8], count: usize) -> String {
    (0..count).map(|_| char::from(*numbers.pick(alphabet))).collect()
}

/// Of a bank that does not exist, with its check digits.
fn iban(numbers: &mut Numbers) -> String {
    let account = format!("00000000{}", numbers.digits(10));
    // ISO 7064: D is 13, E is 14, and the check digits are counted as 00.
    let text = format!("{account}131400");
    let rest = text.bytes().fold(0_u64, |rest, digit| (rest * 10 + u64::from(digit - b'0')) % 97);
    format!("DE{:02}{account}", 98 - rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_have_the_same_core() {
        let cores: BTreeSet<String> = canaries(1).take(4000).map(|canary| canary.core).collect();
        assert_eq!(cores.len(), 4000);
        assert!(canaries(1).take(40).all(|canary| canary.text.contains(&canary.core)));
    }
}
