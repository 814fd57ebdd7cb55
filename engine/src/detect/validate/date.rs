//! Days of the calendar, in numbers and in words, and positions on the globe.
//! Never asks whether somebody was born on a day.

use super::{digits, number};

/// The months as they are written and shortened in English, German, French, Spanish, Italian,
/// Portuguese, Dutch and Polish.
const MONTHS: [&str; 12] = [
    "january jan januar jänner janvier janv enero ene gennaio gen janeiro januari stycznia",
    "february feb februar février févr febrero febbraio fevereiro fev februari lutego",
    "march mar märz mrz mars marzo março maart mrt marca",
    "april apr avril avr abril abr aprile kwietnia",
    "may mai mayo maggio mag maio mei maja",
    "june jun juni juin junio giugno giu junho czerwca",
    "july jul juli juillet juil julio luglio lug julho lipca",
    "august aug août agosto ago augustus sierpnia",
    "september sep sept septembre septiembre settembre set setembro września",
    "october oct oktober okt octobre octubre ottobre ott outubro out października",
    "november nov novembre noviembre novembro listopada",
    "december dec dezember dez décembre déc diciembre dic dicembre dezembro grudnia",
];

/// A whole date with a year of four digits.
pub(super) fn accept(candidate: &[u8]) -> bool {
    let Some([a, b, c]) = groups(candidate) else { return false };
    match (a.len(), c.len()) {
        (4, 1..=2) => is_day(value(a), value(b), value(c)),
        (1..=2, 4) => is_day_or_month_first(a, b, value(c)),
        _ => false,
    }
}

/// The same, or with a year of two digits, or as eight digits without separators.
pub(super) fn accept_birth(candidate: &[u8]) -> bool {
    if candidate.len() == 8 && candidate.iter().all(u8::is_ascii_digit) {
        let part = |skip: usize, count: usize| number(digits(candidate).skip(skip), count);
        return is_day(part(0, 4), part(4, 2), part(6, 2))
            || is_day(part(4, 4), part(2, 2), part(0, 2))
            || is_day(part(4, 4), part(0, 2), part(2, 2));
    }
    let Some([a, b, c]) = groups(candidate) else { return false };
    accept(candidate) || (c.len() == 2 && is_day_or_month_first(a, b, 2000 + value(c)))
}

/// A day, a month in words, a year.
pub(super) fn accept_written(candidate: &[u8]) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphabetic() || *byte > 127;
    let mut words = candidate.split(|byte| !is_word(byte)).filter(|word| word.len() > 2);
    let Some(month) = words.next().and_then(month) else { return false };
    let mut numbers = candidate
        .split(|byte| !byte.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .map(value);
    let (Some(day), Some(year)) = (numbers.next(), numbers.next()) else { return false };
    is_day(year, month, day)
}

fn month(word: &[u8]) -> Option<u64> {
    let is_known =
        |names: &&str| names.split(' ').any(|name| name.as_bytes().eq_ignore_ascii_case(word));
    let at = MONTHS.iter().position(is_known)?;
    u64::try_from(at + 1).ok()
}

/// The three numbers of the date that the candidate begins with, if one separator parts them.
fn groups(candidate: &[u8]) -> Option<[&[u8]; 3]> {
    let date = candidate.split(|byte| byte.is_ascii_alphabetic() || *byte == b' ').next()?;
    let separator = date.iter().find(|byte| !byte.is_ascii_digit())?;
    let mut parts = date.split(|byte| byte == separator);
    let groups = [parts.next()?, parts.next()?, parts.next()?];
    let whole = groups.iter().all(|group| group.iter().all(u8::is_ascii_digit));
    (whole && parts.next().is_none()).then_some(groups)
}

fn value(group: &[u8]) -> u64 {
    number(group.iter().copied(), 4)
}

fn is_day_or_month_first(a: &[u8], b: &[u8], year: u64) -> bool {
    is_day(year, value(b), value(a)) || is_day(year, value(a), value(b))
}

/// A day of the Gregorian calendar, of the last and of this century.
fn is_day(year: u64, month: u64, day: u64) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let last = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    };
    (1900..2100).contains(&year) && (1..=last).contains(&day)
}

/// Latitude and longitude, or the other way round as GeoJSON (RFC 7946) has it.
pub(super) fn accept_pair(before: &[u8], candidate: &[u8]) -> bool {
    let mut halves = candidate.split(|byte| matches!(byte, b',' | b' ' | b';'));
    let (first, second) = (halves.next(), halves.rfind(|half| !half.is_empty()));
    let (Some(a), Some(b)) = (first.and_then(degrees), second.and_then(degrees)) else {
        return false;
    };
    // One factor for both directions of a drawing.
    let scale = first == second;
    // Behind another number it goes on a list.
    let list = matches!(before.trim_ascii_end(), [.., digit, b','] if digit.is_ascii_digit());
    let globe = (a <= 90 && b <= 180) || (a <= 180 && b <= 90);
    globe && (a > 0 || b > 0) && !list && !scale
}

/// One of the two.
pub(super) fn accept_one(candidate: &[u8]) -> bool {
    degrees(candidate).is_some_and(|whole| whole <= 180)
}

/// Whole degrees, one more where a part of the last possible one is left over.
fn degrees(text: &[u8]) -> Option<u64> {
    let text = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text);
    let dot = text.iter().position(|byte| *byte == b'.')?;
    let (whole, rest) = (text.get(..dot)?, text.get(dot + 1..)?);
    let over = rest.iter().any(|digit| *digit != b'0');
    let whole = value(whole);
    Some(if matches!(whole, 90 | 180) && over { whole + 91 } else { whole })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_calendar() {
        for right in ["2024-05-17", "17/05/2024", "5/17/2024", "29.02.2000", "2024-05-17T10:11Z"] {
            assert!(accept(right.as_bytes()), "{right}");
        }
        for wrong in
            ["2024-02-30", "29.02.1900", "17/05-2024", "32/01/2024", "1.2.80", "2224-01-01"]
        {
            assert!(!accept(wrong.as_bytes()), "{wrong}");
        }
        for right in ["17.05.80", "19800517", "17051980", "05171980", "1980-05-17"] {
            assert!(accept_birth(right.as_bytes()), "{right}");
        }
        assert!(!accept_birth(b"12345678") && !accept_birth(b"32.05.80"));
        for right in
            ["17 May 1980", "May 17, 1980", "17. März 1980", "1st of June 2024", "3 août 1999"]
        {
            assert!(accept_written(right.as_bytes()), "{right}");
        }
        assert!(!accept_written(b"32 May 1980") && !accept_written(b"17 marbles 1980"));
    }

    #[test]
    fn places_on_the_globe() {
        for right in
            ["48.13743, 11.57549", "-33.8688,151.2093", "151.2093 -33.8688", "90.0000,0.1234"]
        {
            assert!(accept_pair(b"", right.as_bytes()), "{right}");
        }
        for wrong in [
            "4.1667 4.1667",
            "98.13743, 191.57549",
            "0.1234, 0.5678",
            "95.1374, 100.1234",
            "90.0001,180.0001",
        ] {
            assert!(!accept_pair(b"", wrong.as_bytes()), "{wrong}");
        }
        assert!(!accept_pair(b"1.2345, ", b"48.13743, 11.57549"));
        assert!(accept_one(b"-179.9999") && !accept_one(b"180.0001"));
    }
}
