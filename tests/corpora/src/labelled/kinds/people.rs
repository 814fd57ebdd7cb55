//! How people are reached, what they carry, when they were born, and where they are.

use crate::digits::{Digits, day};
use crate::labelled::kind::{Kind, Make, Spoil, kind};
use crate::random::Random;
use crate::shape;

use Make::{Shape, Text};
use Spoil::{Digit, Fewer, More};

const PHONE: &[&str] = &["phone", "mobile", "telephone"];
const BIRTH: &[&str] = &["date of birth", "DOB", "geboren am"];

pub(super) const KINDS: &[Kind] = &[
    kind("email", &["mail", "contact"], Text(email)).apart().spoils(&[
        Spoil::Shape("<l5>@<l7>"),
        Spoil::Shape("<l5>@.example.com"),
        Spoil::Shape("<l4>@<N1>.<n1>.<n2>"),
        Spoil::Shape("@<l5>/<l6>"),
        Spoil::Shape("<l4>@2x.png"),
        Spoil::Shape("<l5>@example.c"),
    ]),
    kind("phone", PHONE, Text(phone_e164))
        .spoils(&[Spoil::Shape("+<N1><n2>"), Spoil::Shape("+999 <n3> <n4>")]),
    kind("phone", PHONE, Text(phone_nanp)).spoils(&[
        Spoil::Shape("(212) 555-01<n2>"),
        Spoil::Shape("(<=0|1><n2>) 234-<n4>"),
        Spoil::Shape("212-911-<n4>"),
        Spoil::Shape("212-345-<n5>"),
    ]),
    kind("phone", PHONE, Text(phone_bare)).needs().spoils(&[
        Spoil::Shape("1<=0|1><n8>"),
        Spoil::Shape("212111<n4>"),
        Spoil::Shape("21255501<n2>"),
    ]),
    kind("imei", &["handset"], Text(imei_dashed)).spoils(&[Digit, More]),
    kind("imei", &["IMEI", "device IMEI"], Text(imei)).needs().spoils(&[Digit, More, Fewer]),
    kind("iccid", &["SIM", "ICCID"], Text(iccid)).spoils(&[Digit]),
    kind("imsi", &["IMSI", "subscriber id"], Shape("<=310150|262019|208101><n8><N1>"))
        .needs()
        .spoils(&[Spoil::Shape("<=010|123|199><n12>"), More, Fewer]),
    kind("vin", &["VIN", "chassis"], Text(vin)).spoils(&[Spoil::Text(vin_wrong), More, Fewer]),
    kind("birth_date", BIRTH, Text(birth_iso))
        .needs()
        .also(&["date"])
        .alone(&["date"])
        .spoils(NO_DAY),
    kind("birth_date", BIRTH, Text(birth_written)).needs().also(&["date"]).alone(&["date"]),
    kind("birth_date", BIRTH, Text(birth_bare)).needs().spoils(&[Spoil::Shape("1998<=13|00><n2>")]),
    kind("date", &["due", "since"], Text(date)).spoils(NO_DAY),
    kind("date", &["due", "since"], Text(date_written))
        .spoils(&[Spoil::Shape("32 May 20<N1><n1>"), Spoil::Shape("<N1> marbles 2024")]),
    kind("gps_position", &["place", "at"], Text(position))
        .spoils(&[Spoil::Shape("9<N1>.<n5>, 19<N1>.<n5>"), Spoil::Shape("<N1>.<n2>, <N1>.<n2>")]),
    kind("gps_position", &["latitude", "lat"], Text(degrees))
        .needs()
        .spoils(&[Spoil::Shape("<N1><n1>.<n2>"), Spoil::Shape("9<N1><n1>.<n5>")]),
    kind("ip_address", &["client", "from"], Shape("<=10|172|192|198|203>.<=0|51|168>.<N1>.<N1>"))
        .spoils(&[
            Spoil::Shape("<=256|300|999>.<N1>.<N1>.<N1>"),
            Spoil::Shape("<N1>.<N1>.<N1>.<N1>.<N1>"),
            Spoil::Shape("v<N1>.<N1>.<N1>.<N1>"),
            Spoil::Shape("<N1>.<N1>.<N1>"),
        ]),
    kind("ip_address", &["client", "from"], Text(ipv6)).spoils(&[
        Spoil::Shape("<l4>::<l5>"),
        Spoil::Shape("<n2>:<n2>:<n2>"),
        Spoil::Shape("2001:db8::<l1>z"),
        Spoil::Shape("x86_64::<l5>"),
        Spoil::Shape("de::<l6>"),
        Spoil::Shape("<N1><n1>::%<n2>"),
        Spoil::Shape("<N1>::<l4>"),
    ]),
    kind("mac_address", &["adapter", "device"], Text(mac)).spoils(&[
        Spoil::Shape("<h2>:<h2>:<h2>:<h2>:<h2>"),
        Spoil::Shape("<h2>:<h2>:<h2>:<h2>:<h2>:<h2>:<h2>:<h2>"),
        Spoil::Shape("ff:ff:ff:ff:ff:ff"),
    ]),
    kind("url", &["see", "link"], Shape("https://www.example.com/<l5>/<l6>?<l2>=<n3>"))
        .apart()
        .spoils(&[Spoil::Shape("https://<l6>"), Spoil::Shape("file:///<l4>/<l5>")]),
];

const NO_DAY: &[Spoil] = &[
    Spoil::Shape("20<=2|1><n1>-1<=3|4|5>-1<n1>"),
    Spoil::Shape("3<=2|3|4>.0<N1>.19<n2>"),
    Spoil::Shape("<N1>.<n2>.<n3>"),
    Spoil::Shape("20<n2>-02-30"),
];

fn email(random: &mut Random) -> String {
    let local = random.pick(&["<l5>", "<l4>.<l6>", "<l3>+<l4>", "<l2>_<l5>", "<u1><l5><n2>"]);
    let host = random.pick(&["example.com", "mail.example.org", "example.co.uk", "a.example.net"]);
    format!("{}@{host}", shape::text(random, local))
}

fn phone_e164(random: &mut Random) -> String {
    let forms = [
        "+49 30 9<n5>",
        "+49<N1>51<n8>",
        "+44 20 7946 <n4>",
        "+4420794<n5>",
        "+33 1 <N1><n1> <n2> <n2> <n2>",
        "+39 06 <N1><n7>",
        "+34 91<n7>",
        "+31 20 <N1><n6>",
        "+1 212-<=234|345|456>-<n4>",
        "+91 98<n8>",
        "+55 11 9<n4>-<n4>",
        "+81 90 <n4> <n4>",
        "+61 2 <N1><n3> <n4>",
    ];
    let form = random.pick(&forms);
    shape::text(random, form)
}

/// Area and exchange as the North American plan gives them out.
fn nanp(random: &mut Random) -> Digits {
    let area = random.pick(&["212", "305", "415", "617", "702", "808", "503", "404"]);
    let exchange = random.pick(&["234", "345", "456", "567", "678", "789", "923"]);
    Digits::read(area).and(&Digits::read(exchange).0).and_any(random, 4)
}

fn phone_nanp(random: &mut Random) -> String {
    let form = random.pick(&["(###) ###-####", "###-###-####", "###.###.####"]);
    nanp(random).grouped(form)
}

fn phone_bare(random: &mut Random) -> String {
    let form = random.pick(&["##########", "### ### ####"]);
    nanp(random).grouped(form)
}

fn imei_digits(random: &mut Random) -> Digits {
    let head = Digits::read(random.pick(&["35", "86", "49", "01"]));
    head.and_any(random, 12).and_luhn()
}

fn imei(random: &mut Random) -> String {
    imei_digits(random).text()
}

fn imei_dashed(random: &mut Random) -> String {
    imei_digits(random).grouped("##-######-######-#")
}

fn iccid(random: &mut Random) -> String {
    let head = Digits::read(random.pick(&["8949", "8944", "8901", "8933"]));
    head.and_any(random, 14).and_luhn().text()
}

/// 49 CFR 565.15: letters counted as in the table, weights, modulo 11 with X for 10.
fn vin_parts(random: &mut Random) -> (String, char) {
    const VALUES: &str = "0123456789.ABCDEFGH..JKLMN.P.R..STUVWXYZ";
    let head = shape::text(random, "1<=G|H|F><=C|M|T><=A|B|C|D|E><n1><=J|K|L|P><n2>");
    let tail = shape::text(random, "<=A|K|P|R><=A|S|T><n6>");
    let value = |sign: char| VALUES.find(sign).expect("of the table") % 10;
    let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let signs = head.chars().chain("0".chars()).chain(tail.chars());
    let sum: usize = signs.zip(weights).map(|(sign, by)| value(sign) * by).sum();
    let check = "0123456789X".as_bytes()[sum % 11];
    (format!("{head}?{tail}"), char::from(check))
}

fn vin(random: &mut Random) -> String {
    let (form, check) = vin_parts(random);
    form.replace('?', &check.to_string())
}

fn vin_wrong(random: &mut Random) -> String {
    let (form, check) = vin_parts(random);
    form.replace('?', if check == '4' { "5" } else { "4" })
}

fn birth_iso(random: &mut Random) -> String {
    let (year, month, day) = day(random, 1930, 2010);
    match random.below(3) {
        0 => format!("{year}-{month:02}-{day:02}"),
        1 => format!("{day:02}.{month:02}.{year}"),
        _ => format!("{month:02}/{day:02}/{year}"),
    }
}

fn birth_written(random: &mut Random) -> String {
    written(random, 1930, 2010)
}

fn birth_bare(random: &mut Random) -> String {
    let (year, month, day) = day(random, 1930, 2010);
    format!("{year}{month:02}{day:02}")
}

fn date(random: &mut Random) -> String {
    let (year, month, day) = day(random, 2015, 2029);
    match random.below(3) {
        0 => format!("{year}-{month:02}-{day:02}"),
        1 => format!("{day:02}/{month:02}/{year}"),
        _ => format!("{year}-{month:02}-{day:02}T10:11:12Z"),
    }
}

fn date_written(random: &mut Random) -> String {
    written(random, 2015, 2029)
}

fn written(random: &mut Random, first: u32, last: u32) -> String {
    let (year, _, day) = day(random, first, last);
    let month = random.pick(&["January", "March", "May", "July", "October", "December"]);
    match random.below(2) {
        0 => format!("{day} {month} {year}"),
        _ => format!("{month} {day}, {year}"),
    }
}

fn position(random: &mut Random) -> String {
    shape::text(random, "<=48|51|-33|35>.<n4><N1>, <=11|-0|151|139>.<n4><N1>")
}

fn degrees(random: &mut Random) -> String {
    shape::text(random, "<=48|51|-33|35>.<n4><N1>")
}

fn ipv6(random: &mut Random) -> String {
    let forms = [
        "2001:db8::<N1><h3>",
        "2001:db8:<N1><h3>:<N1><h3>:<N1><h3>:<N1><h3>:<N1><h3>:<N1><h3>",
        "fe80::<N1><h3>:<N1><h3>",
        "2001:db8:<N1>::<N1>",
        "::ffff:192.0.2.<N1>",
    ];
    let form = random.pick(&forms);
    shape::text(random, form)
}

fn mac(random: &mut Random) -> String {
    let forms = ["00:1b:<h2>:<h2>:<h2>:<h1>7", "00-1B-<H2>-<H2>-<H2>-<H1>7", "001b.<h4>.<h3>7"];
    let form = random.pick(&forms);
    shape::text(random, form)
}
