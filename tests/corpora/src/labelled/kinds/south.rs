//! Numbers of Africa and Oceania, by the rules of their offices.

use crate::digits::{Digits, day, grouped};
use crate::labelled::kind::{Kind, Make, Spoil, kind};
use crate::random::Random;

use Make::{Shape, Text};
use Spoil::{Check, Digit, Fewer, More};

pub(super) const KINDS: &[Kind] = &[
    kind("au_abn", &["supplier"], Text(abn_spaced)).spoils(&[Digit, More, Fewer]),
    kind("au_abn", &["ABN"], Text(abn)).needs().spoils(&[Digit, More, Fewer]),
    kind("au_acn", &["ACN"], Text(acn)).needs().spoils(&[Check, More, Fewer]),
    kind("au_tfn", &["TFN", "tax file number"], Text(tfn)).needs().spoils(&[Digit, More]),
    kind("au_medicare", &["medicare card", "medicare number"], Text(medicare))
        .needs()
        .spoils(&[Spoil::Shape("<=1|7|8|9><n9>"), Fewer]),
    kind("ng_nin", &["NIN", "NIMC"], Shape("<N1><n10>")).needs().spoils(&[More, Fewer]),
    kind("ng_vehicle_registration", &["plate number", "number plate"], Shape("<u3>-<n3><u2>"))
        .needs()
        .spoils(&[Spoil::Shape("<u4>-<n3><u3>"), Spoil::Shape("<u3>-<n5>")]),
    kind("za_id", &["ID number", "identity number"], Text(za)).needs().spoils(&[Digit, More]),
];

fn abn(random: &mut Random) -> String {
    loop {
        let tail = Digits::any(random, 9);
        let sum = tail.weighed(&[3, 5, 7, 9, 11, 13, 15, 17, 19]);
        // The two in front weigh 10 and 1, the first of them less 1: together their number less 10.
        let front = 10 + (89 - sum % 89) % 89;
        if front > 99 {
            continue;
        }
        let whole = Digits::of(u64::from(front), 2).and(&tail.0);
        // One in ten has the check digit of a German number too.
        if Digits(whole.0[..10].to_vec()).mod_11_10() != whole.0[10] {
            return whole.text();
        }
    }
}

fn abn_spaced(random: &mut Random) -> String {
    grouped(&abn(random), "## ### ### ###")
}

fn acn(random: &mut Random) -> String {
    let head = Digits::any(random, 8);
    let check = (10 - head.weighed(&[8, 7, 6, 5, 4, 3, 2, 1]) % 10) % 10;
    let form = random.pick(&["#########", "### ### ###"]);
    head.and(&[check]).grouped(form)
}

fn tfn(random: &mut Random) -> String {
    loop {
        let head = Digits(vec![random.number(1, 9)]).and_any(random, 7);
        // The last weighs 10, which is -1.
        let check = head.weighed(&[1, 4, 3, 7, 5, 8, 6, 9]) % 11;
        if check < 10 {
            let form = random.pick(&["#########", "### ### ###"]);
            return head.and(&[check]).grouped(form);
        }
    }
}

fn medicare(random: &mut Random) -> String {
    let head = Digits(vec![random.number(2, 6)]).and_any(random, 7);
    let check = head.weighed(&[1, 3, 7, 9, 1, 3, 7, 9]) % 10;
    let issue = random.number(1, 9);
    let form = random.pick(&["##########", "#### ##### #"]);
    head.and(&[check, issue]).grouped(form)
}

fn za(random: &mut Random) -> String {
    let (year, month, day) = day(random, 50, 99);
    let head = Digits::read(&format!("{year:02}{month:02}{day:02}")).and_any(random, 4);
    let citizen = random.number(0, 1);
    head.and(&[citizen, 8]).and_luhn().text()
}
