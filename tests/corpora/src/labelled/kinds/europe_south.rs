//! Numbers of Spain, Portugal, Italy and Greece, by the rules of their offices.

use crate::digits::{Digits, day, grouped};
use crate::labelled::kind::{Kind, Make, Spoil, kind};
use crate::random::Random;

use Make::{Shape, Text};
use Spoil::{Digit, Fewer, More};

pub(super) const KINDS: &[Kind] = &[
    kind("es_nif", &["DNI", "NIF"], Text(dni)).spoils(&[Digit, More]),
    kind("es_nie", &["NIE"], Text(nie)).spoils(&[Digit, More, Fewer]),
    kind("es_nuss", &["afiliado"], Text(nuss_slashed)).spoils(&[Digit, More, Fewer]),
    kind("es_nuss", &["NUSS", "seguridad social"], Text(nuss)).needs().spoils(&[Digit, More]),
    kind("es_passport", &["pasaporte", "passport"], Shape("<=PAA|XDA|AAF|ZAB><n6>"))
        .needs()
        .spoils(&[More, Fewer]),
    kind("pt_nif", &["contribuinte", "NIPC"], Text(portuguese))
        .needs()
        .spoils(&[Digit, More, Fewer]),
    kind("it_fiscal_code", &["codice fiscale"], Text(fiscal)).spoils(&[
        Spoil::Text(fiscal_wrong),
        More,
        Fewer,
    ]),
    kind("it_fiscal_code", &["codice fiscale"], Text(fiscal_spaced)),
    kind("it_vat_code", &["fornitore"], Text(vat_it)).spoils(&[Digit, More, Fewer]),
    kind("it_vat_code", &["partita IVA", "P.IVA"], Text(vat)).needs().spoils(&[Digit, More, Fewer]),
    kind("it_identity_card", &["carta d'identità", "carta di identità"], Shape("C<u1><n5><u2>"))
        .needs()
        .spoils(&[More, Fewer]),
    kind("it_passport", &["passaporto", "passport"], Shape("Y<=A|B><n7>"))
        .needs()
        .spoils(&[More, Fewer]),
    kind("it_driver_license", &["patente", "patente di guida"], Shape("U1<n6><u1><u1>"))
        .needs()
        .spoils(&[More, Fewer]),
    kind("it_driver_license", &["patente", "patente di guida"], Shape("<u2><n7><u1>"))
        .needs()
        .spoils(&[More]),
    kind("gr_amka", &["AMKA"], Text(amka)).needs().spoils(&[Digit, More, Fewer]),
    kind("gr_tin", &["AFM"], Text(afm)).needs().spoils(&[Digit, More, Fewer]),
];

const LETTERS: &[u8] = b"TRWAGMYFPDXBNJZSQVHLCKE";

fn es_letter(number: u64) -> char {
    char::from(LETTERS[usize::try_from(number % 23).expect("small")])
}

fn dni(random: &mut Random) -> String {
    let digits = Digits::any(random, 8);
    let letter = es_letter(digits.number());
    let form = random.pick(&["########", "##.###.###-"]);
    format!("{}{letter}", digits.grouped(form))
}

fn nie(random: &mut Random) -> String {
    let kind = random.number(0, 2);
    let digits = Digits::any(random, 7);
    let letter = es_letter(u64::from(kind) * 10_000_000 + digits.number());
    format!("{}{}{letter}", ["X", "Y", "Z"][usize::try_from(kind).expect("small")], digits.text())
}

fn nuss(random: &mut Random) -> String {
    let province = random.number(1, 53);
    let head = Digits::of(u64::from(province), 2).and(&[random.number(1, 9)]).and_any(random, 7);
    let key = head.number() % 97;
    head.and(&Digits::of(key, 2).0).text()
}

fn nuss_slashed(random: &mut Random) -> String {
    grouped(&nuss(random), "##/########/##")
}

fn portuguese(random: &mut Random) -> String {
    let head = Digits(vec![[1, 2, 3, 5, 6, 9][random.below(6)]]).and_any(random, 7);
    let rest = head.weighed(&[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    let check = if rest < 2 { 0 } else { 11 - rest };
    head.and(&[check]).text()
}

fn fiscal_parts(random: &mut Random) -> (String, u32) {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let names = random.pick(&["RSSMRA", "BNCGNN", "VRDLGU", "RCCMNL"]);
    let (year, _, day) = day(random, 30, 99);
    let month = random.letter("ABCDEHLMPRST");
    let day = day + if random.chance(2) { 40 } else { 0 };
    let town = random.pick(&["H501", "F205", "L219", "D969"]);
    let head = format!("{names}{year:02}{month}{day:02}{town}");
    let place = |sign: char| sign.to_digit(36).map(|n| if n > 9 { n - 10 } else { n });
    let counted = head.chars().enumerate().map(|(n, sign)| {
        let place = place(sign).expect("a letter or a digit");
        match n % 2 {
            0 => ODD[usize::try_from(place).expect("small")],
            _ => place,
        }
    });
    let sum: u32 = counted.sum();
    (head, sum % 26)
}

fn capital(place: u32) -> char {
    char::from_digit(place % 26 + 10, 36).expect("a letter").to_ascii_uppercase()
}

fn fiscal(random: &mut Random) -> String {
    let (head, check) = fiscal_parts(random);
    format!("{head}{}", capital(check))
}

fn fiscal_spaced(random: &mut Random) -> String {
    grouped(&fiscal(random), "### ### ##### #####")
}

fn fiscal_wrong(random: &mut Random) -> String {
    let (head, check) = fiscal_parts(random);
    format!("{head}{}", capital(check + 1))
}

fn vat(random: &mut Random) -> String {
    let office = random.pick(&["001", "015", "058", "100"]);
    let head = Digits(vec![0]).and(&[random.number(1, 9)]).and_any(random, 5);
    head.and(&Digits::read(office).0).and_luhn().text()
}

fn vat_it(random: &mut Random) -> String {
    format!("IT{}", vat(random))
}

fn amka(random: &mut Random) -> String {
    let (year, month, day) = day(random, 40, 99);
    Digits::read(&format!("{day:02}{month:02}{year:02}")).and_any(random, 4).and_luhn().text()
}

fn afm(random: &mut Random) -> String {
    let head = Digits(vec![random.number(0, 1)]).and_any(random, 7);
    let check = head.weighed(&[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10;
    head.and(&[check]).text()
}
