//! Numbers of Germany, by the rules of their offices.

use crate::digits::{Digits, day};
use crate::labelled::kind::{Kind, Make, Spoil, kind};
use crate::random::Random;
use crate::shape;

use Make::{Shape, Text};
use Spoil::{Digit, Fewer, More};

pub(super) const KINDS: &[Kind] = &[
    kind("de_tax_id", &["Steuer"], Text(tax_id_spaced)).spoils(&[Digit, More, Fewer]),
    kind("de_tax_id", &["Steuer-ID", "IdNr"], Text(tax_id)).needs().spoils(&[Digit, More, Fewer]),
    kind("de_tax_number", &["Steuernummer"], Shape("<N1><n2>/<n3>/<N1><n4>")).needs().spoils(&[
        Spoil::Shape("<n1>/<n3>/<n5>"),
        Spoil::Shape("<n3>/<n3>/<n3>"),
        More,
    ]),
    kind("de_tax_number", &["Steuernummer", "Finanzamt"], Shape("<=5|9><n3>0<n8>"))
        .needs()
        .spoils(&[Spoil::Shape("5<n3><N1><n8>"), Spoil::Shape("7<n3>0<n8>"), More]),
    kind("de_id_card", &["Personalausweis", "Ausweisnummer"], Text(id_card))
        .needs()
        .spoils(&[Spoil::Text(id_card_wrong)]),
    kind("de_passport", &["Reisepass", "Reisepassnummer"], Text(passport))
        .needs()
        .spoils(&[Spoil::Text(passport_wrong)]),
    kind("de_social_security", &["Rentenversicherung", "RVNR"], Text(social)).spoils(&[
        Spoil::Text(social_wrong),
        More,
        Fewer,
    ]),
    kind("de_vat_id", &["USt-IdNr", "VAT"], Text(vat)).spoils(&[Digit, More, Fewer]),
    kind("de_driving_licence", &["Führerschein", "Fahrerlaubnis"], Text(licence))
        .needs()
        .spoils(&[Spoil::Text(licence_wrong)]),
    kind("de_commercial_register", &["Handelsregister", "Amtsgericht"], Shape("HRB <N1><n4>"))
        .needs()
        .spoils(&[Spoil::Shape("HRC <N1><n4>"), Spoil::Shape("HRB <N1><n7>")]),
    kind("de_postcode", &["PLZ", "Postleitzahl"], Shape("<N1><n3><N1>")).needs().spoils(&[
        Spoil::Shape("00<n3>"),
        Spoil::Shape("<N1><n3>"),
        Spoil::Shape("<N1><n5>"),
        Spoil::Shape("<N1><n4>.<n2>"),
    ]),
    kind("de_vehicle_registration", &["Kennzeichen", "KFZ"], Shape("<=B|M|HH|K|S>-<u2> <N1><n2>"))
        .needs()
        .spoils(&[Spoil::Shape("<u5>-<u2> <N1><n2>"), Spoil::Shape("B-<u2> 0<n2>")]),
];

/// Nine of the ten digits, one of them twice, no 0 first, and ISO 7064 behind.
fn tax_id_digits(random: &mut Random) -> Digits {
    loop {
        let mut digits: Vec<u32> = (0..10).collect();
        let (lost, twice) = (random.below(10), random.below(10));
        digits[lost] = digits[twice];
        for n in (1..digits.len()).rev() {
            digits.swap(n, random.below(n + 1));
        }
        if digits[0] == 0 || lost == twice {
            continue;
        }
        let digits = Digits(digits);
        let check = digits.mod_11_10();
        let whole = digits.and(&[check]);
        // One in 89 is an Australian number too.
        if whole.weighed(&[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) % 89 != 10 {
            return whole;
        }
    }
}

fn tax_id(random: &mut Random) -> String {
    tax_id_digits(random).text()
}

fn tax_id_spaced(random: &mut Random) -> String {
    tax_id_digits(random).grouped("## ### ### ###")
}

/// Weights 7, 3 and 1 again and again (ICAO Doc 9303).
fn document(random: &mut Random, first: &str) -> (String, u32) {
    let serial = format!("{}{}", random.letter(first), shape::text(random, "<g7><n1>"));
    let values = serial.chars().map(|sign| sign.to_digit(36).expect("a letter or a digit"));
    let sum: u32 = values.zip([7, 3, 1].into_iter().cycle()).map(|(value, by)| value * by).sum();
    (serial, sum % 10)
}

fn id_card(random: &mut Random) -> String {
    let (serial, check) = document(random, "LMNPRTVWXY");
    format!("{serial}{check}")
}

fn id_card_wrong(random: &mut Random) -> String {
    let (serial, check) = document(random, "LMNPRTVWXY");
    format!("{serial}{}", (check + 1) % 10)
}

fn passport(random: &mut Random) -> String {
    let (serial, check) = document(random, "CFGHJK");
    format!("{serial}{check}")
}

fn passport_wrong(random: &mut Random) -> String {
    let (serial, check) = document(random, "CFGHJK");
    format!("{serial}{}", (check + 1) % 10)
}

fn social_parts(random: &mut Random) -> (String, u32) {
    let area = random.pick(&["12", "15", "25", "50", "65"]);
    let (year, month, day) = day(random, 50, 99);
    let initial = random.number(1, 26);
    let serial = random.number(0, 99);
    let digits = Digits::read(&format!("{area}{day:02}{month:02}{year:02}{initial:02}{serial:02}"));
    let check = digits.crossed(&[2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]) % 10;
    let letter = char::from_digit(initial + 9, 36).expect("a letter").to_ascii_uppercase();
    (format!("{area} {day:02}{month:02}{year:02} {letter} {serial:02}"), check)
}

fn social(random: &mut Random) -> String {
    let (head, check) = social_parts(random);
    let whole = format!("{head}{check}");
    if random.chance(2) { whole.replace(' ', "") } else { whole }
}

fn social_wrong(random: &mut Random) -> String {
    let (head, check) = social_parts(random);
    format!("{head}{}", (check + 1) % 10)
}

fn vat(random: &mut Random) -> String {
    let head = Digits(vec![random.number(1, 9)]).and_any(random, 7);
    let check = head.mod_11_10();
    format!("DE{}", head.and(&[check]).text())
}

fn licence_parts(random: &mut Random) -> (String, u32) {
    let head = shape::text(random, "B0<n1><u2><k3><u1>");
    let values = head.chars().map(|sign| sign.to_digit(36).expect("a letter or a digit"));
    let sum: u32 = values.zip((1..=9).rev()).map(|(value, by)| value * by).sum();
    (head, sum % 11)
}

fn licence(random: &mut Random) -> String {
    let (head, check) = licence_parts(random);
    let check = if check == 10 { "X".to_owned() } else { check.to_string() };
    format!("{head}{check}1")
}

fn licence_wrong(random: &mut Random) -> String {
    let (head, check) = licence_parts(random);
    format!("{head}{}1", (check + 1) % 10)
}
