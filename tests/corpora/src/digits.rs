//! Numbers as their digits, and the check digits of the specifications, worked out here and not
//! by what is tested with them.
//! Never knows which number belongs to whom.

use crate::random::Random;

/// Digits in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digits(pub Vec<u32>);

impl Digits {
    /// So many, any.
    pub fn any(random: &mut Random, count: usize) -> Self {
        Self(Vec::new()).and_any(random, count)
    }

    /// Those of a number, with leading zeros.
    #[must_use]
    pub fn of(number: u64, count: usize) -> Self {
        Self::read(&format!("{number:0count$}"))
    }

    /// Those that a text has.
    #[must_use]
    pub fn read(text: &str) -> Self {
        Self(text.chars().filter_map(|sign| sign.to_digit(10)).collect())
    }

    /// With so many more, any.
    #[must_use]
    pub fn and_any(mut self, random: &mut Random, count: usize) -> Self {
        self.0.extend((0..count).map(|_| random.number(0, 9)));
        self
    }

    /// With these behind.
    #[must_use]
    pub fn and(mut self, digits: &[u32]) -> Self {
        self.0.extend(digits);
        self
    }

    /// As a number.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.0.iter().fold(0, |number, digit| number * 10 + u64::from(*digit))
    }

    /// The sum of digits times weights, as far as both go.
    #[must_use]
    pub fn weighed(&self, weights: &[u32]) -> u32 {
        self.0.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
    }

    /// The same with the digits of each product added.
    #[must_use]
    pub fn crossed(&self, weights: &[u32]) -> u32 {
        let products = self.0.iter().zip(weights).map(|(digit, weight)| digit * weight);
        products.map(|product| product / 10 + product % 10).sum()
    }

    /// Together.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.iter().map(|digit| char::from_digit(*digit, 10).expect("a digit")).collect()
    }

    /// In groups: `#` is a digit, everything else stands for itself.
    #[must_use]
    pub fn grouped(&self, form: &str) -> String {
        grouped(&self.text(), form)
    }

    /// With the check digit of Luhn behind (ISO/IEC 7812-1, annex B).
    #[must_use]
    pub fn and_luhn(self) -> Self {
        let check = self.luhn();
        self.and(&[check])
    }

    /// The check digit of Luhn.
    #[must_use]
    pub fn luhn(&self) -> u32 {
        let doubled = self.0.iter().rev().enumerate().map(|(n, digit)| match n % 2 {
            0 => digit * 2 / 10 + digit * 2 % 10,
            _ => *digit,
        });
        (10 - doubled.sum::<u32>() % 10) % 10
    }

    /// The check digit of Verhoeff (1969), in the dihedral group of ten elements.
    #[must_use]
    pub fn verhoeff(&self) -> u32 {
        const STEP: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
        const INVERSE: [u32; 10] = [0, 4, 3, 2, 1, 5, 6, 7, 8, 9];
        let turned = |digit: u32, times: usize| {
            (0..times).fold(digit, |digit, _| STEP[usize::try_from(digit).expect("a digit")])
        };
        let times = |a: u32, b: u32| match (a < 5, b < 5) {
            (true, true) => (a + b) % 5,
            (true, false) => (a + b - 5) % 5 + 5,
            (false, true) => (a + 5 - b) % 5 + 5,
            (false, false) => (a + 5 - b) % 5,
        };
        let digits = self.0.iter().rev().zip(1..);
        let sum = digits.fold(0, |sum, (digit, place)| times(sum, turned(*digit, place % 8)));
        INVERSE[usize::try_from(sum).expect("a digit")]
    }

    /// The check digit of ISO/IEC 7064, MOD 11,10.
    #[must_use]
    pub fn mod_11_10(&self) -> u32 {
        let product = self.0.iter().fold(10, |product, digit| {
            let sum = (digit + product) % 10;
            let sum = if sum == 0 { 10 } else { sum };
            sum * 2 % 11
        });
        (11 - product) % 10
    }
}

/// A text in groups: `#` is its next character, everything else stands for itself.
#[must_use]
pub fn grouped(text: &str, form: &str) -> String {
    let mut signs = text.chars();
    let filled: String = form
        .chars()
        .map(|slot| if slot == '#' { signs.next().expect("enough characters") } else { slot })
        .collect();
    assert_eq!(signs.next(), None, "a form has a place for every character");
    filled
}

/// The rest of a text of digits and letters modulo 97, letters as 10 to 35 (ISO/IEC 7064).
#[must_use]
pub fn mod_97(text: &str) -> u32 {
    let values = text.chars().map(|sign| sign.to_digit(36).expect("a letter or a digit"));
    values
        .fold(0, |rest, value| if value > 9 { rest * 100 + value } else { rest * 10 + value } % 97)
}

/// A day, as year, month and day.
pub fn day(random: &mut Random, first: u32, last: u32) -> (u32, u32, u32) {
    // Every month has these days.
    (random.number(first, last), random.number(1, 12), random.number(1, 28))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_of_published_examples() {
        assert_eq!(Digits::read("411111111111111").luhn(), 1);
        assert_eq!(Digits::read("236").verhoeff(), 3);
        assert_eq!(Digits::read("3657426180").mod_11_10(), 9);
        assert_eq!(mod_97("370400440532013000DE00"), 98 - 89);
        assert_eq!(Digits::read("4111").grouped("##-##"), "41-11");
    }
}
