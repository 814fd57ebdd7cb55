//! Numbers of Asia, Turkey included, by the rules of their offices.

use crate::digits::{Digits, day, grouped};
use crate::labelled::kind::{Kind, Make, Spoil, kind};
use crate::random::Random;
use crate::shape;

use Make::{Shape, Text};
use Spoil::{Check, Digit, Fewer, More};

const AADHAAR: &[&str] = &["Aadhaar", "UIDAI", "aadhaar number"];

pub(super) const KINDS: &[Kind] = &[
    kind("in_aadhaar", AADHAAR, Text(aadhaar)).needs().spoils(&[Digit, More, Fewer]),
    kind("in_pan", &["PAN", "income tax"], Text(pan)).spoils(&[
        Spoil::Shape("<u3><=D|E|K|M|Z><u1><n4><u1>"),
        More,
        Spoil::Shape("<u5><n3><u1>"),
    ]),
    kind("in_gstin", &["GSTIN", "GST"], Text(gstin)).spoils(&[Spoil::Text(gstin_wrong), More]),
    kind("in_voter", &["voter id", "EPIC"], Shape("<u3><n7>")).needs().spoils(&[More, Fewer]),
    kind("in_passport", &["passport", "passport number"], Shape("<=J|K|M|P|R|S><N1><n5><N1>"))
        .needs()
        .spoils(&[Spoil::Shape("<=Q|X|Z><N1><n5><N1>"), Fewer]),
    kind("in_vehicle_registration", PLATE, Shape("<=MH|KA|DL|TN> <N1><n1> <u2> <N1><n3>"))
        .needs()
        .spoils(&[Spoil::Shape("<=XX|QQ> <N1><n1> <u2> <N1><n3>"), Fewer]),
    kind("sg_nric_fin", &["NRIC", "FIN"], Text(nric)).spoils(&[Digit, More, Fewer]),
    kind("sg_uen", &["UEN", "ACRA"], Text(uen)).needs().spoils(&[Digit, More, Fewer]),
    kind("th_tnin", &["citizen"], Text(thai_dashed)).spoils(&[Check, More, Fewer]),
    kind("th_tnin", &["Thai ID", "citizen id"], Text(thai)).needs().spoils(&[Check, More, Fewer]),
    kind("kr_rrn", &["resident"], Text(rrn_dashed)).spoils(&[Check, More, Fewer]),
    kind("kr_rrn", &["RRN", "jumin number"], Text(rrn)).needs().spoils(&[Check, More, Fewer]),
    kind("kr_frn", &["foreigner"], Text(frn_dashed)).spoils(&[Check, More, Fewer]),
    kind("kr_frn", &["FRN", "alien registration"], Text(frn)).needs().spoils(&[Check, More]),
    kind("kr_brn", &["business"], Text(brn_dashed)).spoils(&[Digit, More]),
    kind("kr_brn", &["BRN", "business registration"], Text(brn))
        .needs()
        .spoils(&[Digit, More, Fewer]),
    kind("kr_passport", &["passport", "passport number"], Shape("<=M|S|R>123<u1><n4>"))
        .needs()
        .spoils(&[Spoil::Shape("<=A|B>123<u1><n4>"), More, Fewer]),
    kind("kr_driver_license", &["driver license"], Shape("<=11|13|20|26>-<n2>-<n6>-<n2>"))
        .needs()
        .spoils(&[Spoil::Shape("<=19|29>-<n2>-<n4>-<n2>"), More, Fewer]),
    kind("cn_resident_id", &["resident", "shenfenzheng"], Text(chinese)).spoils(&[
        Spoil::Text(chinese_wrong),
        More,
        Fewer,
    ]),
    kind("tr_national_id", &["TCKN", "kimlik no"], Text(turkish))
        .needs()
        .spoils(&[Digit, More, Fewer]),
    kind("tr_license_plate", PLATE, Shape("<=06|34|35|81> <=A|B|C|K><=D|E|F|L> <n3>"))
        .needs()
        .spoils(&[Spoil::Shape("<=82|99|00> <=A|B><=D|E> <n3>")]),
    kind("ph_tin", &["BIR", "TIN no"], Shape("<N1><n2>-<n3>-<n3>-000")).needs().spoils(&[
        Spoil::Shape("<n2>-<n3>-<n3>-000"),
        More,
        Fewer,
    ]),
];

const PLATE: &[&str] = &["number plate", "vehicle registration", "licence plate"];

fn aadhaar(random: &mut Random) -> String {
    let head = Digits(vec![random.number(2, 9)]).and_any(random, 10);
    let check = head.verhoeff();
    let form = random.pick(&["############", "#### #### ####", "####-####-####"]);
    head.and(&[check]).grouped(form)
}

fn pan(random: &mut Random) -> String {
    shape::text(random, "<u3><=P|C|H|F|A|T><u1><n3><N1><u1>")
}

fn gstin(random: &mut Random) -> String {
    let head = format!("{}{}1Z", random.pick(&["07", "27", "29", "33"]), pan(random));
    let values = head.chars().map(|sign| sign.to_digit(36).expect("a letter or a digit"));
    let products = values.zip([1, 2].into_iter().cycle()).map(|(value, by)| value * by);
    let sum: u32 = products.map(|product| product / 36 + product % 36).sum();
    let check = char::from_digit((36 - sum % 36) % 36, 36).expect("a character");
    format!("{head}{}", check.to_ascii_uppercase())
}

fn gstin_wrong(random: &mut Random) -> String {
    let right = gstin(random);
    let wrong = if right.ends_with('7') { '8' } else { '7' };
    format!("{}{wrong}", &right[..14])
}

fn nric(random: &mut Random) -> String {
    let (kind, offset, table) = [
        ("S", 0, "JZIHGFEDCBA"),
        ("T", 4, "JZIHGFEDCBA"),
        ("F", 0, "XWUTRQPNMLK"),
        ("G", 4, "XWUTRQPNMLK"),
    ][random.below(4)];
    let digits = Digits::any(random, 7);
    let sum = digits.weighed(&[2, 7, 6, 5, 4, 3, 2]) + offset;
    format!("{kind}{}{}", digits.text(), letter(table, sum % 11))
}

fn letter(table: &str, place: u32) -> char {
    char::from(table.as_bytes()[usize::try_from(place).expect("small")])
}

fn uen(random: &mut Random) -> String {
    if random.chance(2) {
        // Out of what a Spanish identity card has, which ends in a letter too.
        let digits = loop {
            let digits = Digits(vec![5, 3]).and_any(random, 6);
            let other = letter(
                "TRWAGMYFPDXBNJZSQVHLCKE",
                digits.0.iter().fold(0, |rest, digit| (rest * 10 + digit) % 23),
            );
            let own = digits.weighed(&[10, 4, 9, 3, 8, 2, 7, 1]);
            if letter("XMKECAWLJDB", own % 11) != other {
                break digits;
            }
        };
        let sum = digits.weighed(&[10, 4, 9, 3, 8, 2, 7, 1]);
        return format!("{}{}", digits.text(), letter("XMKECAWLJDB", sum % 11));
    }
    let digits = Digits::read(random.pick(&["2018", "2019", "2020"])).and_any(random, 5);
    let sum = digits.weighed(&[10, 8, 6, 4, 9, 7, 5, 3, 1]);
    format!("{}{}", digits.text(), letter("ZKCMDNERGWH", sum % 11))
}

fn thai(random: &mut Random) -> String {
    // Behind a 4, one in ten is the number of a card too.
    let head = Digits(vec![[1, 2, 3, 5, 6, 7, 8][random.below(7)]]).and_any(random, 11);
    let sum = head.weighed(&[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    head.and(&[(11 - sum % 11) % 10]).text()
}

fn thai_dashed(random: &mut Random) -> String {
    grouped(&thai(random), "#-####-#####-##-#")
}

fn korean(random: &mut Random, kind: (u32, u32), base: u32) -> String {
    let (year, month, day) = day(random, 50, 99);
    let kind = random.number(kind.0, kind.1);
    let head = Digits::read(&format!("{year:02}{month:02}{day:02}{kind}")).and_any(random, 5);
    let sum = head.weighed(&[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
    head.and(&[(base - sum % 11) % 10]).text()
}

fn rrn(random: &mut Random) -> String {
    korean(random, (1, 2), 11)
}

fn rrn_dashed(random: &mut Random) -> String {
    grouped(&rrn(random), "######-#######")
}

fn frn(random: &mut Random) -> String {
    korean(random, (5, 6), 13)
}

fn frn_dashed(random: &mut Random) -> String {
    grouped(&frn(random), "######-#######")
}

fn brn(random: &mut Random) -> String {
    let head = Digits(vec![random.number(1, 9)]).and_any(random, 8);
    let sum = head.weighed(&[1, 3, 7, 1, 3, 7, 1, 3, 5]) + head.0[8] * 5 / 10;
    head.and(&[(10 - sum % 10) % 10]).text()
}

fn brn_dashed(random: &mut Random) -> String {
    grouped(&brn(random), "###-##-#####")
}

fn chinese(random: &mut Random) -> String {
    let region = random.pick(&["110105", "310101", "440305", "510107"]);
    let (year, month, day) = day(random, 1950, 2005);
    let head = Digits::read(&format!("{region}{year}{month:02}{day:02}")).and_any(random, 3);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let place = head.weighed(&weights) % 11;
    format!("{}{}", head.text(), letter("10X98765432", place))
}

fn chinese_wrong(random: &mut Random) -> String {
    let right = chinese(random);
    let wrong = if right.ends_with('7') { '8' } else { '7' };
    format!("{}{wrong}", &right[..17])
}

fn turkish(random: &mut Random) -> String {
    let head = Digits(vec![random.number(1, 9)]).and_any(random, 8);
    let odd = head.weighed(&[1, 0, 1, 0, 1, 0, 1, 0, 1]);
    let even = head.weighed(&[0, 1, 0, 1, 0, 1, 0, 1, 0]);
    let tenth = (odd * 7 + 100 - even) % 10;
    let eleventh = (odd + even + tenth) % 10;
    head.and(&[tenth, eleventh]).text()
}
