//! Numbers of America north and south of the United States, by the rules of their offices.

use crate::digits::{Digits, day, grouped};
use crate::labelled::kind::{Kind, Make, Spoil, kind};
use crate::random::Random;
use crate::shape;

use Make::Text;
use Spoil::{Check, Digit, Fewer, More};

pub(super) const KINDS: &[Kind] = &[
    kind("ca_sin", &["SIN"], Text(sin_dashed)).spoils(&[Digit, Fewer]),
    kind("ca_sin", &["SIN", "social insurance number"], Text(sin)).needs().spoils(&[Digit, Fewer]),
    kind("br_cpf", &["CPF"], Text(cpf_dotted)).spoils(&[Digit, More]),
    kind("br_cpf", &["CPF"], Text(cpf)).needs().spoils(&[Digit, More, Fewer]),
    kind("br_cnpj", &["CNPJ"], Text(cnpj_dotted)).spoils(&[Digit, More, Fewer]),
    kind("br_cnpj", &["CNPJ"], Text(cnpj)).needs().spoils(&[Digit, More, Fewer]),
    kind("mx_curp", &["CURP", "clave"], Text(curp)).spoils(&[Spoil::Text(curp_wrong), More]),
    kind("ar_cuit", &["CUIT"], Text(cuit_dashed)).spoils(&[Check, More, Fewer]),
    kind("ar_cuit", &["CUIT", "CUIL"], Text(cuit)).needs().spoils(&[Check, More, Fewer]),
    kind("cl_rut", &["RUT"], Text(rut_dotted)).spoils(&[Spoil::Text(rut_wrong)]),
    kind("cl_rut", &["RUT", "rol único tributario"], Text(rut))
        .needs()
        .spoils(&[Spoil::Text(rut_wrong)]),
    kind("co_nit", &["NIT"], Text(nit_dotted)).spoils(&[Digit]),
    kind("co_nit", &["NIT"], Text(nit)).needs().spoils(&[Digit]),
];

fn sin(random: &mut Random) -> String {
    let first = [1, 2, 3, 4, 5, 6, 7, 9][random.below(8)];
    let digits = Digits(vec![first]).and_any(random, 7).and_luhn();
    let form = random.pick(&["#########", "### ### ###"]);
    digits.grouped(form)
}

fn sin_dashed(random: &mut Random) -> String {
    grouped(&Digits::read(&sin(random)).text(), "###-###-###")
}

/// Eleven less the rest, 0 for more than 9.
fn less(sum: u32) -> u32 {
    let rest = sum % 11;
    if rest < 2 { 0 } else { 11 - rest }
}

fn cpf(random: &mut Random) -> String {
    let head = Digits::any(random, 9);
    let first = less(head.weighed(&[10, 9, 8, 7, 6, 5, 4, 3, 2]));
    let head = head.and(&[first]);
    let second = less(head.weighed(&[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]));
    head.and(&[second]).text()
}

fn cpf_dotted(random: &mut Random) -> String {
    grouped(&cpf(random), "###.###.###-##")
}

fn cnpj(random: &mut Random) -> String {
    // With a 3 before it, one in a hundred is the number of a card.
    let head = Digits(vec![random.number(0, 2)]).and_any(random, 7).and(&[0, 0, 0, 1]);
    let first = less(head.weighed(&[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]));
    let head = head.and(&[first]);
    let second = less(head.weighed(&[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]));
    head.and(&[second]).text()
}

fn cnpj_dotted(random: &mut Random) -> String {
    grouped(&cnpj(random), "##.###.###/####-##")
}

fn curp(random: &mut Random) -> String {
    let (year, month, day) = day(random, 50, 99);
    let (sex, state) = (random.pick(&["H", "M"]), random.pick(&["DF", "NL", "JC", "OC", "VZ"]));
    let initials = shape::text(random, "<u1><=A|E|I|O|U><u2>");
    let consonants = shape::text(random, "<=B|C|D|F|G><=L|M|N|P|R><=S|T|V|X|Z>");
    let head = format!("{initials}{year:02}{month:02}{day:02}{sex}{state}{consonants}0");
    const ALPHABET: &str = "0123456789ABCDEFGHIJKLMN?OPQRSTUVWXYZ";
    let rank = |sign: char| ALPHABET.find(sign).expect("of the alphabet");
    let sum: usize = head.chars().zip((2..=18).rev()).map(|(sign, by)| rank(sign) * by).sum();
    format!("{head}{}", (10 - sum % 10) % 10)
}

fn curp_wrong(random: &mut Random) -> String {
    let right = curp(random);
    let last = right.chars().last().and_then(|sign| sign.to_digit(10)).expect("a digit");
    format!("{}{}", &right[..17], (last + 1) % 10)
}

fn cuit(random: &mut Random) -> String {
    loop {
        let kind = random.pick(&["20", "23", "24", "27", "30", "33"]);
        let head = Digits::read(kind).and_any(random, 8);
        // 10 is not given out with this kind.
        let check = match 11 - head.weighed(&[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11 {
            11 => 0,
            10 => continue,
            check => check,
        };
        return head.and(&[check]).text();
    }
}

fn cuit_dashed(random: &mut Random) -> String {
    grouped(&cuit(random), "##-########-#")
}

fn rut_parts(random: &mut Random) -> (String, char) {
    let number = random.number(5_000_000, 25_999_999).to_string();
    let digits = Digits::read(&number);
    let reversed = Digits(digits.0.iter().rev().copied().collect());
    let check = match 11 - reversed.weighed(&[2, 3, 4, 5, 6, 7, 2, 3]) % 11 {
        11 => '0',
        10 => 'K',
        check => char::from_digit(check, 10).expect("a digit"),
    };
    (number, check)
}

fn rut(random: &mut Random) -> String {
    let (number, check) = rut_parts(random);
    format!("{number}-{check}")
}

fn rut_dotted(random: &mut Random) -> String {
    let (number, check) = rut_parts(random);
    let at = number.len() - 6;
    format!("{}.{}.{}-{check}", &number[..at], &number[at..at + 3], &number[at + 3..])
}

fn rut_wrong(random: &mut Random) -> String {
    let (number, check) = rut_parts(random);
    let wrong = if check == '4' { '5' } else { '4' };
    format!("{number}-{wrong}")
}

fn nit_digits(random: &mut Random) -> Digits {
    let head = Digits::read(random.pick(&["8", "9"])).and_any(random, 8);
    let sum = head.weighed(&[41, 37, 29, 23, 19, 17, 13, 7, 3]) % 11;
    let check = if sum < 2 { sum } else { 11 - sum };
    head.and(&[check])
}

fn nit(random: &mut Random) -> String {
    nit_digits(random).grouped("#########-#")
}

fn nit_dotted(random: &mut Random) -> String {
    nit_digits(random).grouped("###.###.###-#")
}
