//! Numbers of the east and north of Europe, by the rules of their offices.

use crate::digits::{Digits, day, grouped};
use crate::labelled::kind::{Kind, Make, Spoil, kind};
use crate::random::Random;

use Make::Text;
use Spoil::{Digit, Fewer, More};

pub(super) const KINDS: &[Kind] = &[
    kind("pl_pesel", &["PESEL"], Text(pesel)).needs().spoils(&[Digit, More, Fewer]),
    kind("pl_nip", &["firma"], Text(nip_dashed)).spoils(&[Digit, More, Fewer]),
    kind("pl_nip", &["NIP"], Text(nip)).needs().spoils(&[Digit, More, Fewer]),
    kind("cz_sk_birth_number", &["pacient"], Text(birth_number)).spoils(&[Digit, More]),
    kind("cz_sk_birth_number", &["rodné číslo", "birth number"], Text(birth_number_bare))
        .needs()
        .spoils(&[Digit, More]),
    kind("hu_tin", &["adóazonosító", "adójel"], Text(hungarian))
        .needs()
        .spoils(&[Digit, More, Fewer]),
    kind("ro_cnp", &["CNP", "cod numeric personal"], Text(cnp))
        .needs()
        .spoils(&[Digit, More, Fewer]),
    kind("bg_egn", &["EGN"], Text(egn)).needs().spoils(&[Digit, More, Fewer]),
    kind("si_tin", &["davčna številka", "davčna"], Text(slovene))
        .needs()
        .spoils(&[Digit, More, Fewer]),
    kind("si_emso", &["EMŠO"], Text(emso)).needs().spoils(&[Digit, More, Fewer]),
    kind("ee_isikukood", &["isikukood"], Text(baltic)).needs().spoils(&[Digit, More, Fewer]),
    kind("lt_asmens_kodas", &["asmens kodas"], Text(baltic)).needs().spoils(&[Digit, More, Fewer]),
    kind("lv_personas_kods", &["persona"], Text(latvian_dashed)).spoils(&[Digit, More, Fewer]),
    kind("lv_personas_kods", &["personas kods"], Text(latvian))
        .needs()
        .spoils(&[Digit, More, Fewer]),
    kind("se_personnummer", &["kund"], Text(swedish_dashed)).spoils(&[Digit, More, Fewer]),
    kind("se_personnummer", &["personnummer", "personnr"], Text(swedish))
        .needs()
        .spoils(&[Digit, More, Fewer]),
    kind("se_organisationsnummer", &["bolag"], Text(company_dashed)).spoils(&[Digit, More]),
    kind("se_organisationsnummer", &["orgnr", "organisationsnummer"], Text(company))
        .needs()
        .spoils(&[Digit, More, Fewer]),
    kind("fi_hetu", &["henkilötunnus", "hetu"], Text(hetu)).spoils(&[
        Spoil::Text(hetu_wrong),
        More,
        Fewer,
    ]),
];

fn pesel(random: &mut Random) -> String {
    let (year, month, day) = day(random, 1930, 2015);
    let month = month + if year < 2000 { 0 } else { 20 };
    let short = year % 100;
    let head = Digits::read(&format!("{short:02}{month:02}{day:02}")).and_any(random, 4);
    let check = (10 - head.weighed(&[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10;
    head.and(&[check]).text()
}

fn nip(random: &mut Random) -> String {
    loop {
        let head = Digits(vec![random.number(1, 9)]).and_any(random, 8);
        let check = head.weighed(&[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11;
        if check < 10 {
            return head.and(&[check]).text();
        }
    }
}

fn nip_dashed(random: &mut Random) -> String {
    grouped(&nip(random), "###-###-##-##")
}

/// The whole is a multiple of 11; a rest of 10 is not given out any more.
fn birth_number_bare(random: &mut Random) -> String {
    loop {
        let (year, month, day) = day(random, 54, 99);
        let month = month + if random.chance(2) { 50 } else { 0 };
        let head = Digits::read(&format!("{year:02}{month:02}{day:02}")).and_any(random, 3);
        let check = head.number() % 11;
        if check < 10 {
            return head.and(&Digits::of(check, 1).0).text();
        }
    }
}

fn birth_number(random: &mut Random) -> String {
    grouped(&birth_number_bare(random), "######/####")
}

fn hungarian(random: &mut Random) -> String {
    loop {
        let days = random.number(20_000, 50_000);
        let head = Digits::of(u64::from(800_000 + days), 6).and_any(random, 3);
        let check = head.weighed(&[1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11;
        if check < 10 {
            return head.and(&[check]).text();
        }
    }
}

fn cnp(random: &mut Random) -> String {
    let (year, month, day) = day(random, 40, 99);
    let (sex, county, serial) = (random.number(1, 2), random.number(1, 40), random.number(1, 999));
    let head = Digits::read(&format!("{sex}{year:02}{month:02}{day:02}{county:02}{serial:03}"));
    let rest = head.weighed(&[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    head.and(&[if rest == 10 { 1 } else { rest }]).text()
}

fn egn(random: &mut Random) -> String {
    let (year, month, day) = day(random, 1930, 2015);
    let month = month + if year < 2000 { 0 } else { 40 };
    let short = year % 100;
    let head = Digits::read(&format!("{short:02}{month:02}{day:02}")).and_any(random, 3);
    let check = head.weighed(&[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10;
    head.and(&[check]).text()
}

fn slovene(random: &mut Random) -> String {
    loop {
        let head = Digits(vec![random.number(1, 9)]).and_any(random, 6);
        let check = 11 - head.weighed(&[8, 7, 6, 5, 4, 3, 2]) % 11;
        if check < 11 {
            return head.and(&[check % 10]).text();
        }
    }
}

fn emso(random: &mut Random) -> String {
    loop {
        let (year, month, day) = day(random, 1930, 2015);
        let short = year % 1000;
        let head = Digits::read(&format!("{day:02}{month:02}{short:03}50")).and_any(random, 3);
        let rest = head.weighed(&[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
        // With a rest of 1 there is no check digit, and another serial is taken.
        if rest != 1 {
            return head.and(&[(11 - rest) % 11]).text();
        }
    }
}

fn baltic(random: &mut Random) -> String {
    let (year, month, day) = day(random, 1930, 2015);
    let sex = if year < 2000 { 3 } else { 5 } + random.number(0, 1);
    let short = year % 100;
    let head = Digits::read(&format!("{sex}{short:02}{month:02}{day:02}")).and_any(random, 3);
    let first = head.weighed(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
    let second = head.weighed(&[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10;
    head.and(&[if first == 10 { second } else { first }]).text()
}

fn latvian(random: &mut Random) -> String {
    loop {
        let (year, month, day) = day(random, 1930, 2015);
        let (century, short) = (if year < 2000 { 1 } else { 2 }, year % 100);
        let head = Digits::read(&format!("{day:02}{month:02}{short:02}{century}"));
        let head = head.and_any(random, 3);
        let check = (1 + head.weighed(&[10, 5, 8, 4, 2, 1, 6, 3, 7, 9])) % 11;
        if check < 10 {
            return head.and(&[check]).text();
        }
    }
}

fn latvian_dashed(random: &mut Random) -> String {
    grouped(&latvian(random), "######-#####")
}

fn swedish_digits(random: &mut Random) -> Digits {
    let (year, month, day) = day(random, 30, 99);
    let serial = random.number(1, 999);
    Digits::read(&format!("{year:02}{month:02}{day:02}{serial:03}")).and_luhn()
}

fn swedish(random: &mut Random) -> String {
    let digits = swedish_digits(random);
    if random.chance(2) { format!("19{}", digits.text()) } else { digits.text() }
}

fn swedish_dashed(random: &mut Random) -> String {
    swedish_digits(random).grouped("######-####")
}

fn company(random: &mut Random) -> String {
    let head = Digits(vec![5, random.number(0, 9), random.number(2, 9)]);
    head.and_any(random, 6).and_luhn().text()
}

fn company_dashed(random: &mut Random) -> String {
    grouped(&company(random), "######-####")
}

fn hetu(random: &mut Random) -> String {
    let (head, check) = hetu_parts(random);
    format!("{head}{check}")
}

fn hetu_wrong(random: &mut Random) -> String {
    let (head, check) = hetu_parts(random);
    format!("{head}{}", if check == 'K' { 'L' } else { 'K' })
}

/// With a letter for its check character: with a digit it may be a Swedish number too.
fn hetu_parts(random: &mut Random) -> (String, char) {
    loop {
        let (head, check) = hetu_any(random);
        if check.is_ascii_uppercase() {
            return (head, check);
        }
    }
}

fn hetu_any(random: &mut Random) -> (String, char) {
    let (year, month, day) = day(random, 30, 99);
    let serial = random.number(2, 899);
    let number = Digits::read(&format!("{day:02}{month:02}{year:02}{serial:03}")).number();
    let table = b"0123456789ABCDEFHJKLMNPRSTUVWXY";
    let check = char::from(table[usize::try_from(number % 31).expect("small")]);
    (format!("{day:02}{month:02}{year:02}-{serial:03}"), check)
}
