//! Numbers of patients and of those who treat them, by the rules of their offices.

use crate::digits::{Digits, grouped};
use crate::labelled::kind::{Kind, Make, Spoil, kind};
use crate::random::Random;
use crate::shape;

use Make::{Shape, Text};
use Spoil::{Check, Digit, Fewer, More};

pub(super) const KINDS: &[Kind] = &[
    kind("us_mbi", &["member"], Text(mbi_dashed)).spoils(NO_MBI),
    kind("us_mbi", &["MBI", "medicare number"], Text(mbi)).needs().spoils(&[More, Fewer]),
    kind("us_npi", &["NPI", "provider id"], Text(npi)).needs().spoils(&[Digit, More, Fewer]),
    kind("us_dea", &["DEA number", "DEA"], Text(dea)).needs().spoils(&[Check, More, Fewer]),
    kind("uk_nhs", &["NHS number", "NHS"], Text(nhs)).needs().spoils(&[Digit, More, Fewer]),
    kind("de_health_insurance", &["KVNR", "Krankenversichertennummer"], Text(kvnr))
        .needs()
        .spoils(&[Digit, More, Fewer]),
    kind("de_lanr", &["LANR", "Arztnummer"], Text(lanr)).needs().spoils(&[More, Fewer]),
    kind("de_bsnr", &["BSNR", "Betriebsstättennummer"], Shape("<N2><n7>")).needs().spoils(&[
        Spoil::Shape("00<n7>"),
        More,
        Fewer,
    ]),
    kind("medical_record", &["MRN", "patient id", "medical record number"], Shape("MR<n8>"))
        .needs()
        .spoils(&[Spoil::Shape("<u5><n8>"), Spoil::Shape("<n3>")]),
    kind("medical_record", &["MRN", "patient number"], Shape("<N1><n6-7>")).needs().spoils(&[
        Spoil::Shape("<n13>"),
        Spoil::Shape("<n4>"),
        Spoil::Shape("<N1><n5>.<n2>"),
    ]),
];

const NO_MBI: &[Spoil] =
    &[Spoil::Shape("<N1>S<n2>-T<n2>-MK<n2>"), Spoil::Shape("0E<n2>-T<n2>-MK<n2>"), Fewer];

fn mbi(random: &mut Random) -> String {
    let letter = "<=A|C|D|E|F|G|H|J|K|M|N|P|Q|R|T|U|V|W|X|Y>";
    let either = "<=A|C|E|K|T|0|3|7|9>";
    let form = format!("<N1>{letter}{either}<n1>{letter}{either}<n1>{letter}{letter}<n2>");
    shape::text(random, &form)
}

fn mbi_dashed(random: &mut Random) -> String {
    grouped(&mbi(random), "####-###-####")
}

fn npi(random: &mut Random) -> String {
    let head = Digits(vec![random.number(1, 2)]).and_any(random, 8);
    let check = Digits::read("80840").and(&head.0).luhn();
    head.and(&[check]).text()
}

fn dea(random: &mut Random) -> String {
    let digits = Digits::any(random, 6);
    let check = digits.weighed(&[1, 2, 1, 2, 1, 2]) % 10;
    shape::text(random, "<=A|B|F|M><u1>") + &digits.and(&[check]).text()
}

fn nhs(random: &mut Random) -> String {
    loop {
        let head = Digits(vec![random.number(4, 7)]).and_any(random, 8);
        let check = 11 - head.weighed(&[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
        if check != 10 {
            let form = random.pick(&["### ### ####", "##########"]);
            return head.and(&[check % 11]).grouped(form);
        }
    }
}

fn kvnr(random: &mut Random) -> String {
    let place = random.number(1, 26);
    let digits = Digits::any(random, 8);
    let all = Digits::of(u64::from(place), 2).and(&digits.0);
    let check = all.crossed(&[1, 2, 1, 2, 1, 2, 1, 2, 1, 2]) % 10;
    let letter = char::from_digit(place + 9, 36).expect("a letter").to_ascii_uppercase();
    format!("{letter}{}", digits.and(&[check]).text())
}

fn lanr(random: &mut Random) -> String {
    let head = Digits::any(random, 6);
    let check = (10 - head.weighed(&[4, 9, 4, 9, 4, 9]) % 10) % 10;
    head.and(&[check]).and_any(random, 2).text()
}
