//! Synthetic customers with orders: the same seed gives the same ones, on any machine.
//! Every value is made up: names from a list, mail at example.com, cards in the ranges that card
//! networks publish for tests, phone numbers set aside for drama, bank codes that no bank has,
//! identity numbers from areas that were never assigned before assignment became random.

use std::fmt::Write as _;

/// One planted value: what a leak test looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canary {
    /// Its category, as policies call it.
    pub category: &'static str,
    /// As it stands in the page.
    pub text: String,
}

/// A customer with orders.
#[derive(Clone, Debug)]
pub struct Customer {
    /// Everything of this customer that is personal data by pattern.
    pub canaries: Vec<Canary>,
    /// The customer as JSON.
    pub json: String,
}

/// A seeded generator of numbers (SplitMix64). Not for secrets.
#[derive(Clone, Debug)]
pub struct Numbers(u64);

impl Numbers {
    /// The generator of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, and 0 where that is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.draw().checked_rem(end).unwrap_or(0)
    }

    /// One of several.
    pub fn pick<'p, T>(&mut self, several: &'p [T]) -> &'p T {
        let index = usize::try_from(self.below(several.len() as u64)).unwrap_or(0);
        &several[index]
    }

    /// This many digits.
    pub fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + u8::try_from(self.below(10)).unwrap_or(0))).collect()
    }
}

const GIVEN: &[&str] = &[
    "Ada",
    "Bruno",
    "Chiara",
    "Dmitri",
    "Elif",
    "Farid",
    "Greta",
    "Hiro",
    "Ines",
    "Jonas",
    "Kofi",
    "Lena",
    "Mateo",
    "Nadia",
    "Oskar",
    "Priya",
    "Quentin",
    "Rosa",
    "Sven",
    "Tala",
    "Uma",
    "Vera",
    "Wanda",
    "Xenia",
    "Yusuf",
    "Zoe",
    "Zo\\u00eb",
    "Björn",
];
const FAMILY: &[&str] = &[
    "Abbott",
    "Berg",
    "Castillo",
    "Dubois",
    "Eriksen",
    "Fischer",
    "Gupta",
    "Haddad",
    "Ivanov",
    "Jansen",
    "Kim",
    "Lopez",
    "Moreau",
    "Novak",
    "Okafor",
    "Petrov",
    "Quist",
    "Rossi",
    "Sato",
    "Tanaka",
    "Ueda",
    "Vogel",
    "Weber",
    "Xu",
    "Yilmaz",
    "Zhang",
    "Müller",
    "Sørensen",
];
const GOODS: &[&str] = &[
    "rope, 20 m",
    "brass lamp",
    "oilskin coat",
    "tea, 250 g",
    "compass",
    "deck shoes",
    "chart 1042",
    "wool blanket",
    "signal flag",
    "anchor, 7 kg",
];

/// The customers of a seed, from number `first` on.
pub fn customers(seed: u64, first: u64) -> impl Iterator<Item = Customer> {
    (first..).map(move |number| customer(seed, number))
}

/// A page of customers as one JSON document.
#[must_use]
pub fn page(number: u64, customers: &[Customer]) -> String {
    let mut text = format!("{{\"page\":{number},\"customers\":[\n");
    for (n, customer) in customers.iter().enumerate() {
        text.push_str(if n == 0 { "" } else { ",\n" });
        text.push_str(&customer.json);
    }
    text.push_str("\n]}\n");
    text
}

fn customer(seed: u64, number: u64) -> Customer {
    let mut numbers = Numbers::new(seed.wrapping_mul(0x1_0000_0001).wrapping_add(number));
    numbers.draw();
    let mut canaries = Vec::new();
    let mut plant = |category: &'static str, text: String| {
        canaries.push(Canary { category, text: text.clone() });
        text
    };
    let (given, family) = (*numbers.pick(GIVEN), *numbers.pick(FAMILY));
    let mail = plant("email", mail(&mut numbers, given, family, number));
    let ssn = plant("us_ssn", ssn(&mut numbers));
    let iban = plant("iban", iban(&mut numbers));
    let phone = plant("phone", format!("+44 7700 900{}", numbers.digits(3)));
    let mut json = format!(
        "{{\"id\":{number},\"name\":\"{given} {family}\",\"mail\":\"{mail}\",\"phone\":\"{phone}\",\
         \"tax\":{{\"ssn\":\"{ssn}\"}},\"bank\":\"{iban}\",\"orders\":["
    );
    for n in 0..=numbers.below(3) {
        let card = card(&mut numbers);
        let (goods, cents) = (*numbers.pick(GOODS), 100 + numbers.below(90_000));
        // Where a card stands in the order: in a field, as a number, in what somebody wrote.
        let paid = match numbers.below(3) {
            0 => format!("\"card\":\"{}\"", plant("credit_card", card)),
            1 => format!("\"card\":{}", plant("credit_card", card)),
            _ => {
                let separator = numbers.pick::<&str>(&[" ", "-"]);
                let card = plant("credit_card", grouped(&card, separator));
                format!("\"note\":\"paid by phone with {card}, ship soon\"")
            }
        };
        let comma = if n == 0 { "" } else { "," };
        let _ = write!(
            json,
            "{comma}{{\"order\":\"o-{number}-{n}\",\"item\":\"{goods}\",\"cents\":{cents},{paid}}}"
        );
    }
    json.push_str("],\"newsletter\":false}");
    Customer { canaries, json }
}

fn mail(numbers: &mut Numbers, given: &str, family: &str, number: u64) -> String {
    let plain = |name: &str| {
        name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase()
    };
    let at = *numbers.pick(&["@", "@", "@", "\\u0040"]);
    format!("{}.{}{number}{at}example.com", plain(given), plain(family))
}

fn ssn(numbers: &mut Numbers) -> String {
    let (area, group) = (773 + numbers.below(127), 1 + numbers.below(99));
    format!("{area}-{group:02}-{:04}", 1 + numbers.below(9999))
}

fn iban(numbers: &mut Numbers) -> String {
    // Bank code 0000 0000 belongs to no bank.
    let account = format!("00000000{}", numbers.digits(10));
    // ISO 7064: D is 13, E is 14, and the check digits are counted as 00.
    let remainder = format!("{account}131400")
        .bytes()
        .fold(0_u64, |rest, digit| (rest * 10 + u64::from(digit - b'0')) % 97);
    let bare = format!("DE{:02}{account}", 98 - remainder);
    match numbers.below(2) {
        0 => bare,
        _ => grouped(&bare, " "),
    }
}

/// A card number in a range that is published for tests, with its check digit.
#[must_use]
pub fn card(numbers: &mut Numbers) -> String {
    let (start, length) = *numbers.pick(&[
        ("411111", 16),
        ("424242", 16),
        ("555555", 16),
        ("222300", 16),
        ("378282", 15),
        ("601111", 16),
        ("353011", 16),
    ]);
    let mut card = format!("{start}{}", numbers.digits(length - 1 - start.len()));
    let sum: u32 = card.bytes().rev().zip([2, 1].into_iter().cycle()).map(doubled).sum();
    card.push(char::from_digit((10 - sum % 10) % 10, 10).unwrap_or('0'));
    card
}

fn doubled((digit, times): (u8, u32)) -> u32 {
    let product = u32::from(digit - b'0') * times;
    product / 10 + product % 10
}

fn grouped(text: &str, separator: &str) -> String {
    // American Express prints 4-6-5; everybody else groups by four.
    let sizes: &[usize] = if text.len() == 15 { &[4, 6, 5] } else { &[4] };
    let (mut out, mut rest) = (String::new(), text);
    for size in sizes.iter().cycle() {
        let (group, more) = rest.split_at(rest.len().min(*size));
        out.push_str(group);
        rest = more;
        if rest.is_empty() {
            return out;
        }
        out.push_str(separator);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_page_and_another_seed_another() {
        let take = |seed| customers(seed, 10).take(20).collect::<Vec<_>>();
        assert_eq!(page(1, &take(3)), page(1, &take(3)));
        assert_ne!(page(1, &take(3)), page(1, &take(4)));
    }

    #[test]
    fn check_digits_are_right() {
        let mut numbers = Numbers::new(7);
        for _ in 0..500 {
            let card = card(&mut numbers);
            let sum: u32 = card.bytes().rev().zip([1, 2].into_iter().cycle()).map(doubled).sum();
            assert_eq!(sum % 10, 0, "{card}");
            let iban: String = iban(&mut numbers).split(' ').collect();
            let (head, account) = iban.split_at(4);
            let text = format!("{account}{head}").replace('D', "13").replace('E', "14");
            let digits = text.bytes().map(|digit| u64::from(digit - b'0'));
            assert_eq!(digits.fold(0, |rest, digit| (rest * 10 + digit) % 97), 1, "{iban}");
        }
    }

    #[test]
    fn every_canary_stands_in_its_page() {
        for customer in customers(1, 0).take(1000) {
            assert!(customer.canaries.len() >= 5);
            for canary in &customer.canaries {
                assert!(customer.json.contains(&canary.text), "{canary:?}");
            }
        }
    }
}
