//! Numbers of the United States, and the machine readable zones of passports (ICAO Doc 9303).

use crate::digits::Digits;
use crate::labelled::kind::{Kind, Make, Spoil, kind};
use crate::random::Random;
use crate::shape;

use Make::{Shape, Text};
use Spoil::{Fewer, More};

const SSN: &[&str] = &["SSN", "social security number", "social_security"];
const LICENSE: &[&str] = &["driver license", "drivers license", "DL number"];

pub(super) const KINDS: &[Kind] = &[
    kind("us_ssn", SSN, Text(ssn_dashed)).spoils(&[
        Spoil::Shape("<=000|666>-<N2>-<N4>"),
        Spoil::Shape("9<n2>-<=01|22|48|67|89>-<N4>"),
        Spoil::Shape("<=123|456>-00-<N4>"),
        Spoil::Shape("<=123|456>-<N2>-0000"),
        Spoil::Shape("<=123|456>-<N2> <N4>"),
        Fewer,
    ]),
    kind("us_ssn", SSN, Text(ssn)).needs().spoils(&[Spoil::Shape("000<N6>"), More, Fewer]),
    kind("us_itin", SSN, Text(itin_dashed))
        .spoils(&[Spoil::Shape("9<n2>-<=66|69|89|93|49>-<N4>"), Fewer]),
    kind("us_itin", SSN, Text(itin)).needs().spoils(&[
        Spoil::Shape("9<n2><=66|69|89|93><N4>"),
        More,
        Fewer,
    ]),
    kind("us_ein", &["EIN", "employer id"], Text(ein)).needs().spoils(&[
        Spoil::Shape("<=07|17|28|49|69|78|96>-<N7>"),
        More,
        Fewer,
    ]),
    kind("us_passport", &["passport", "passport number"], Shape("A<n8>"))
        .needs()
        .spoils(&[More, Spoil::Shape("<=ABDE|OSIA><n5>")]),
    kind("us_passport", &["passport", "passport no"], Shape("<N1><n8>"))
        .needs()
        .also(&["uk_passport"])
        .spoils(&[More, Fewer]),
    kind("us_driver_license", LICENSE, Shape("<u1><n7>")).needs().spoils(NO_LICENSE),
    kind("us_driver_license", LICENSE, Shape("<u1><n3>-<n4>-<n4>")).needs().spoils(NO_LICENSE),
    kind("us_driver_license", LICENSE, Shape("<N1><n7-8>")).needs().spoils(NO_LICENSE),
    kind("us_driver_license", LICENSE, Shape("<u1><n12>")).needs().spoils(NO_LICENSE),
    kind("passport_mrz", &["mrz"], Text(mrz_3)).spoils(&[Spoil::Text(mrz_wrong)]),
    kind("passport_mrz", &["mrz"], Text(mrz_1)).spoils(&[Spoil::Text(mrz_wrong)]),
];

const NO_LICENSE: &[Spoil] = &[
    Spoil::Shape("<n4>"),
    Spoil::Shape("<u5><n4>"),
    Spoil::Shape("<u1><n16>"),
    Spoil::Shape("v<N1>.<n1>"),
];

fn ssn_digits(random: &mut Random) -> Digits {
    let area = loop {
        let area = random.number(1, 899);
        if area != 666 {
            break area;
        }
    };
    let (group, serial) = (random.number(1, 99), random.number(1, 9999));
    Digits::read(&format!("{area:03}{group:02}{serial:04}"))
}

fn ssn(random: &mut Random) -> String {
    let form = random.pick(&["#########", "### ## ####"]);
    ssn_digits(random).grouped(form)
}

fn ssn_dashed(random: &mut Random) -> String {
    ssn_digits(random).grouped("###-##-####")
}

fn itin_digits(random: &mut Random) -> Digits {
    let group = match random.below(4) {
        0 => random.number(50, 65),
        1 => random.number(70, 88),
        2 => random.number(90, 92),
        _ => random.number(94, 99),
    };
    let head = Digits(vec![9]).and_any(random, 2).and(&[group / 10, group % 10]);
    head.and_any(random, 4)
}

fn itin(random: &mut Random) -> String {
    itin_digits(random).text()
}

fn itin_dashed(random: &mut Random) -> String {
    itin_digits(random).grouped("###-##-####")
}

fn ein(random: &mut Random) -> String {
    let prefix = random.pick(&["01", "12", "20", "33", "45", "52", "67", "75", "84", "91", "98"]);
    let digits = Digits::read(prefix).and_any(random, 7);
    let form = random.pick(&["##-#######", "#########"]);
    digits.grouped(form)
}

/// Weights 7, 3 and 1 again and again, letters from 10 on, fillers nothing.
fn check(text: &str) -> String {
    let values = text.chars().map(|sign| sign.to_digit(36).unwrap_or(0));
    let sum: u32 = values.zip([7, 3, 1].into_iter().cycle()).map(|(value, by)| value * by).sum();
    (sum % 10).to_string()
}

fn with_check(text: &str) -> String {
    format!("{text}{}", check(text))
}

struct Zone {
    number: String,
    birth: String,
    expiry: String,
}

impl Zone {
    fn new(random: &mut Random) -> Self {
        Self {
            number: with_check(&shape::text(random, "<u1><n8>")),
            birth: with_check(&shape::text(random, "7<n1>0<N1>1<n1>")),
            expiry: with_check(&shape::text(random, "3<n1>0<N1>2<n1>")),
        }
    }
}

fn mrz_3(random: &mut Random) -> String {
    let zone = Zone::new(random);
    let name = random.pick(&["ERIKSSON<<ANNA<MARIA", "MUSTERMANN<<MAX", "DOE<<JANE"]);
    let personal = "<<<<<<<<<<<<<<0";
    let all = check(&format!("{}{}{}{personal}", zone.number, zone.birth, zone.expiry));
    let first = format!("{:<<44}", format!("P<UTO{name}"));
    format!("{first}\n{}UTO{}F{}{personal}{all}", zone.number, zone.birth, zone.expiry)
}

fn mrz_1(random: &mut Random) -> String {
    let zone = Zone::new(random);
    let (more, rest) = ("<".repeat(15), "<".repeat(11));
    let all = check(&format!("{}{more}{}{}{rest}", zone.number, zone.birth, zone.expiry));
    let first = format!("I<UTO{}{more}", zone.number);
    let second = format!("{}F{}UTO{rest}{all}", zone.birth, zone.expiry);
    let third = format!("{:<<30}", "ERIKSSON<<ANNA<MARIA");
    format!("{first}\n{second}\n{third}")
}

/// The check digit over all is another one.
fn mrz_wrong(random: &mut Random) -> String {
    let right = mrz_3(random);
    let last = right.chars().last().and_then(|sign| sign.to_digit(10)).expect("a digit");
    format!("{}{}", &right[..right.len() - 1], (last + 1) % 10)
}
