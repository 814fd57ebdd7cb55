//! Numbers of the British Isles, Austria, France and the Low Countries, by the rules of their
//! offices.

use crate::digits::{Digits, day, grouped};
use crate::labelled::kind::{Kind, Make, Spoil, kind};
use crate::random::Random;
use crate::shape;

use Make::{Shape, Text};
use Spoil::{Digit, Fewer, More};

const PLATE: &[&str] = &["number plate", "vehicle registration", "VRM"];

pub(super) const KINDS: &[Kind] = &[
    kind("uk_nino", &["NI number", "national insurance"], Text(nino)).spoils(&[
        Spoil::Shape("<=DA|FB|QQ|UA|VB|BG|GB|NK|KN|TN|NT|ZZ><n6>A"),
        Spoil::Shape("<=AB|CE><n6><=E|F|Z>"),
        More,
        Fewer,
    ]),
    kind("uk_utr", &["UTR", "unique taxpayer reference"], Text(utr))
        .needs()
        .spoils(&[Digit, More, Fewer]),
    kind("uk_driving_licence", &["driver", "licence"], Text(driver)).spoils(&[
        Spoil::Shape("MORGA<=6|7>13<n3>SM9IJ"),
        More,
        Fewer,
    ]),
    kind("uk_passport", &["UK passport", "British passport"], Shape("<N1><n8>"))
        .needs()
        .also(&["us_passport"])
        .spoils(&[More, Fewer]),
    kind("uk_postcode", &["postcode", "post code"], Text(postcode))
        .needs()
        .spoils(&[Spoil::Shape("<=QX|ZZ|AA>1 1AA"), Spoil::Shape("SW1A 1<=CI|KM|OV>")]),
    kind("uk_vehicle_registration", PLATE, Shape("<=AB|LK|SN|VX><n2> <=ABC|KLM|XYS>"))
        .needs()
        .spoils(&[Spoil::Shape("<=ABCD|LKMN><n2> <=ABC|KLM>"), Spoil::Shape("AI<n2> <=QBC|KLI>")]),
    kind("ie_pps", &["PPSN", "PPS number"], Text(pps)).needs().spoils(&[Digit, More]),
    kind("at_ssn", &["SVNR", "Sozialversicherungsnummer"], Text(austrian))
        .needs()
        .spoils(&[Digit, More, Fewer]),
    kind("fr_nir", &["immatriculation"], Text(nir_spaced)).spoils(&[Digit, Fewer]),
    kind("fr_nir", &["NIR", "numéro INSEE"], Text(nir)).needs().spoils(&[Digit, More, Fewer]),
    kind("fr_nif", &["contribuable"], Text(nif_spaced)).spoils(&[Digit, Fewer]),
    kind("fr_nif", &["numéro fiscal", "SPI"], Text(nif)).needs().spoils(&[Digit, More, Fewer]),
    kind("nl_bsn", &["BSN", "burgerservicenummer"], Text(bsn))
        .needs()
        .spoils(&[Digit, More, Fewer]),
    kind("be_nrn", &["numéro"], Text(nrn_dotted)).spoils(&[Digit, More, Fewer]),
    kind("be_nrn", &["rijksregisternummer", "NISS"], Text(nrn))
        .needs()
        .spoils(&[Digit, More, Fewer]),
    kind("lu_nin", &["matricule"], Text(luxembourg)).spoils(&[Digit, More, Fewer]),
];

fn nino(random: &mut Random) -> String {
    let prefix = random.pick(&["AB", "CE", "HJ", "JX", "OA", "PW", "SK", "YY"]);
    let digits = Digits::any(random, 6);
    let form = random.pick(&["######", " ## ## ## "]);
    format!("{prefix}{}{}", digits.grouped(form), random.letter("ABCD"))
}

fn utr(random: &mut Random) -> String {
    let tail = Digits::any(random, 9);
    let sum = tail.weighed(&[6, 7, 8, 9, 10, 5, 4, 3, 2]);
    let check = [2, 1, 9, 8, 7, 6, 5, 4, 3, 2, 1][usize::try_from(sum % 11).expect("small")];
    Digits(vec![check]).and(&tail.0).text()
}

fn driver(random: &mut Random) -> String {
    let name = random.pick(&["MORGA", "SMITH", "LEE99", "JONES", "DOE99"]);
    let (year, month, day) = day(random, 50, 99);
    let month = month + if random.chance(2) { 50 } else { 0 };
    let rest = shape::text(random, "<u1><=9|A|M><n1><u2>");
    format!("{name}{}{month:02}{day:02}{}{rest}", year / 10, year % 10)
}

fn postcode(random: &mut Random) -> String {
    let area = random.pick(&["SW1A", "M1", "B33", "CR2", "DN55", "EC1A", "LS2", "G12"]);
    shape::text(random, &format!("{area} <n1><=A|B|D|E|H><=J|L|N|P|R>"))
}

fn pps(random: &mut Random) -> String {
    let digits = Digits::any(random, 7);
    let (second, more) = if random.chance(2) { (1, "A") } else { (0, "") };
    let sum = digits.weighed(&[8, 7, 6, 5, 4, 3, 2]) + 9 * second;
    let table = b"WABCDEFGHIJKLMNOPQRSTUV";
    let check = char::from(table[usize::try_from(sum % 23).expect("small")]);
    format!("{}{check}{more}", digits.text())
}

fn austrian(random: &mut Random) -> String {
    loop {
        let serial = random.number(100, 999);
        let (year, month, day) = day(random, 0, 99);
        let whole = Digits::read(&format!("{serial}0{day:02}{month:02}{year:02}"));
        let check = whole.weighed(&[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11;
        if check < 10 {
            let form = random.pick(&["##########", "#### ######"]);
            return Digits::read(&format!("{serial}{check}{day:02}{month:02}{year:02}"))
                .grouped(form);
        }
    }
}

fn nir(random: &mut Random) -> String {
    let (sex, year, month) = (random.number(1, 2), random.number(40, 99), random.number(1, 12));
    let place = random.pick(&["75", "13", "69", "33", "59", "2A", "2B"]);
    let rest = shape::text(random, "<N1><n2><N1><n2>");
    let head = format!("{sex}{year:02}{month:02}{place}{rest}");
    let number = head.replace("2A", "19").replace("2B", "18");
    let key = 97 - Digits::read(&number).number() % 97;
    format!("{head}{key:02}")
}

fn nir_spaced(random: &mut Random) -> String {
    grouped(&nir(random), "# ## ## ## ### ### ##")
}

fn nif(random: &mut Random) -> String {
    let head = Digits(vec![random.number(0, 3)]).and_any(random, 9);
    let check = head.number() % 511;
    head.and(&Digits::of(check, 3).0).text()
}

fn nif_spaced(random: &mut Random) -> String {
    grouped(&nif(random), "## ## ### ### ###")
}

fn bsn(random: &mut Random) -> String {
    loop {
        let head = Digits(vec![random.number(1, 9)]).and_any(random, 7);
        let check = head.weighed(&[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
        if check < 10 {
            return head.and(&[check]).text();
        }
    }
}

fn nrn(random: &mut Random) -> String {
    let (year, month, day) = day(random, 1945, 2015);
    let short = year % 100;
    let head = Digits::read(&format!("{short:02}{month:02}{day:02}")).and_any(random, 3);
    let before = if year < 2000 { 0 } else { 2_000_000_000 };
    let key = 97 - (before + head.number()) % 97;
    head.and(&Digits::of(key, 2).0).text()
}

fn nrn_dotted(random: &mut Random) -> String {
    grouped(&nrn(random), "##.##.##-###.##")
}

fn luxembourg(random: &mut Random) -> String {
    let (year, month, day) = day(random, 1940, 2010);
    let head = Digits::read(&format!("{year}{month:02}{day:02}")).and_any(random, 3);
    let (luhn, verhoeff) = (head.luhn(), head.verhoeff());
    head.and(&[luhn, verhoeff]).text()
}
