//! Cards, accounts and banks: ISO/IEC 7812, ISO 13616, ISO 9362, the American routing number.

use crate::digits::{Digits, grouped, mod_97};
use crate::labelled::kind::{Kind, Make, Spoil, kind};
use crate::random::Random;
use crate::shape;

use Make::{Shape, Text};
use Spoil::{Digit, Fewer, More};

const CARD: &[&str] = &["card", "card number", "credit card"];

pub(super) const KINDS: &[Kind] = &[
    kind("credit_card", CARD, Text(card)).spoils(&[Digit, More, Fewer, Spoil::Text(no_brand)]),
    kind("credit_card", CARD, Text(card_grouped)).spoils(&[Digit, Spoil::Text(card_mixed)]),
    kind("card_track", &["swipe"], Text(track_1)).apart().spoils(&[Spoil::Text(no_track)]),
    kind("card_track", &["swipe"], Text(track_2)).apart().spoils(&[Spoil::Text(no_track)]),
    kind("card_cvv", &["CVV", "cvc", "security code"], Shape("<n3>")).needs().spoils(&[
        Spoil::Shape("<n2>"),
        Spoil::Shape("<n5>"),
        Spoil::Shape("<n1>.<n2>"),
    ]),
    kind("card_expiry", &["exp date", "expiry", "valid thru"], Text(expiry))
        .needs()
        .spoils(&[Spoil::Shape("<=13|14|27|00>/29"), Spoil::Shape("<n3>/<n3>")]),
    kind("iban", &["IBAN", "account"], Text(iban)).spoils(&[Digit, More, Fewer]),
    kind("iban", &["IBAN", "account"], Text(iban_grouped)).spoils(&[Digit]),
    kind("us_aba_routing", &["routing", "deposit"], Text(aba_dashed)).spoils(&[Digit, More]),
    kind("us_aba_routing", &["routing number", "ABA"], Text(aba))
        .needs()
        .spoils(&[Digit, More, Fewer]),
    kind("us_bank_account", &["account number", "bank account"], Text(account)).needs().spoils(&[
        Spoil::Shape("<N1><n6>"),
        Spoil::Shape("<N1><n18>"),
        Spoil::Shape("2024051<N1>"),
        Spoil::Shape("17<n11>"),
    ]),
    kind("swift_bic", &["SWIFT", "BIC", "swift code"], Text(bic))
        .needs()
        .spoils(&[Spoil::Shape("<u4>X<=X|Q><k2>"), Fewer]),
];

/// Brands as prefix and length.
const BRANDS: [(&str, usize); 10] = [
    ("4", 16),
    ("51", 16),
    ("55", 16),
    ("2221", 16),
    ("34", 15),
    ("37", 15),
    ("6011", 16),
    ("3530", 16),
    ("62", 16),
    ("36", 14),
];

fn digits(random: &mut Random) -> Digits {
    let (prefix, length) = BRANDS[random.below(BRANDS.len())];
    of_brand(random, prefix, length)
}

fn of_brand(random: &mut Random, prefix: &str, length: usize) -> Digits {
    Digits::read(prefix).and_any(random, length - prefix.len() - 1).and_luhn()
}

fn card(random: &mut Random) -> String {
    digits(random).text()
}

fn card_grouped(random: &mut Random) -> String {
    let form = random.pick(&["#### #### #### ####", "####-####-####-####"]);
    if random.chance(4) {
        return of_brand(random, "37", 15).grouped("#### ###### #####");
    }
    let prefix = random.pick(&["4", "53", "6011", "2720"]);
    of_brand(random, prefix, 16).grouped(form)
}

/// Right by Luhn, and of nobody's range.
fn no_brand(random: &mut Random) -> String {
    let prefix = random.pick(&["1", "9", "7", "0"]);
    of_brand(random, prefix, 16).text()
}

fn card_mixed(random: &mut Random) -> String {
    of_brand(random, "4", 16).grouped("#### ####-#### ####")
}

fn track_1(random: &mut Random) -> String {
    let number = of_brand(random, "4", 16).text();
    format!("%B{number}^LEE/ANN^{}", shape::text(random, "29<=01|05|12>101<n12>?"))
}

fn track_2(random: &mut Random) -> String {
    let number = of_brand(random, "55", 16).text();
    format!(";{number}={}", shape::text(random, "29<=01|05|12>101<n12>?"))
}

fn no_track(random: &mut Random) -> String {
    let number = of_brand(random, "4", 16);
    let wrong = Digits::of((number.number() + 1) % 10_000_000_000_000_000, 16).text();
    format!(";{wrong}={}", shape::text(random, "29<=01|05|12>101<n12>?"))
}

fn expiry(random: &mut Random) -> String {
    let (month, year) = (random.number(1, 12), random.number(26, 39));
    let form = random.below(2);
    if form == 0 { format!("{month:02}/{year}") } else { format!("{month:02}/20{year}") }
}

/// Country and the form of its account (SWIFT, IBAN Registry).
const IBANS: [(&str, &str); 12] = [
    ("DE", "<n18>"),
    ("GB", "<u4><n14>"),
    ("FR", "<n10><k11><n2>"),
    ("NL", "<u4><n10>"),
    ("ES", "<n20>"),
    ("AT", "<n16>"),
    ("CH", "<n5><k12>"),
    ("BE", "<n12>"),
    ("IT", "<u1><n10><k12>"),
    ("PL", "<n24>"),
    ("SE", "<n20>"),
    ("NO", "<n11>"),
];

fn iban(random: &mut Random) -> String {
    let (country, form) = IBANS[random.below(IBANS.len())];
    let account = shape::text(random, form);
    let check = 98 - mod_97(&format!("{account}{country}00"));
    format!("{country}{check:02}{account}")
}

fn iban_grouped(random: &mut Random) -> String {
    let whole = iban(random);
    let groups: Vec<&str> =
        (0..whole.len()).step_by(4).map(|at| &whole[at..whole.len().min(at + 4)]).collect();
    groups.join(" ")
}

fn aba(random: &mut Random) -> String {
    let district = match random.below(3) {
        0 => random.number(1, 12),
        1 => random.number(21, 32),
        _ => random.number(61, 72),
    };
    let head = Digits::of(u64::from(district), 2).and_any(random, 6);
    let check = (10 - head.weighed(&[3, 7, 1, 3, 7, 1, 3, 7]) % 10) % 10;
    head.and(&[check]).text()
}

fn aba_dashed(random: &mut Random) -> String {
    grouped(&aba(random), "####-####-#")
}

fn account(random: &mut Random) -> String {
    let form = random.pick(&["<N1><n9>", "<N1><n11>", "<N1><n13>"]);
    shape::text(random, form)
}

fn bic(random: &mut Random) -> String {
    let country = random.pick(&["DE", "FR", "GB", "US", "CH", "NL", "ES", "IT"]);
    let (bank, place) = (shape::text(random, "<u4>"), shape::text(random, "<k2>"));
    let branch = if random.chance(2) { shape::text(random, "<k3>") } else { String::new() };
    format!("{bank}{country}{place}{branch}")
}
