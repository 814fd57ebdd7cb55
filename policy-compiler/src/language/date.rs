//! Calendar dates, `2027-06-30`.
//! Reads no clock: today is an argument.

use super::read::{Reader, Spanned};
use super::yaml::Node;
use crate::diagnostic::{Code, Diagnostic};
use std::fmt;

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The day, if there is such a one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let shape = text.len() == 10
            && text.bytes().enumerate().all(|(at, b)| match at {
                4 | 7 => b == b'-',
                _ => b.is_ascii_digit(),
            });
        if !shape {
            return None;
        }
        let date = Self {
            year: text.get(..4)?.parse().ok()?,
            month: text.get(5..7)?.parse().ok()?,
            day: text.get(8..)?.parse().ok()?,
        };
        (date.year >= 1970 && (1..=date.month_days()).contains(&date.day)).then_some(date)
    }

    /// The day, in universal time, on which a second since the Unix epoch falls.
    #[must_use]
    pub fn at_unix_seconds(seconds: u64) -> Self {
        let mut days = seconds / 86_400;
        let mut date = Self { year: 1970, month: 1, day: 1 };
        while days >= u64::from(date.month_days()) {
            days -= u64::from(date.month_days());
            if date.month == 12 {
                date = Self { year: date.year.saturating_add(1), month: 1, day: 1 };
            } else {
                date.month += 1;
            }
        }
        Self { day: u8::try_from(days).map_or(date.day, |days| days + 1), ..date }
    }

    /// The second since the Unix epoch at which the day is over, in universal time.
    #[must_use]
    pub fn end_unix_seconds(self) -> u64 {
        let (year, month) = (u64::from(self.year), u64::from(self.month));
        // March begins the year, so that the day of a leap year is its last (RFC 3339 counts days
        // of the same calendar).
        let (y, m) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
        let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + u64::from(self.day);
        // The first of March of the year 0 to the first of January 1970.
        days.saturating_sub(719_469 - 1).saturating_mul(86_400)
    }

    fn month_days(self) -> u8 {
        let leap = self.year.is_multiple_of(4)
            && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => 0,
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Reads a date.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<Date>> {
    let text = reader.text(node, "a date")?;
    let date = Date::parse(&text.value);
    if date.is_none() {
        let message = format!("`{}` is not a date", super::yaml::escape(&text.value));
        reader.diagnostics.push(
            Diagnostic::new(Code::Date, text.span, message)
                .help("write year, month and day: `2027-06-30`"),
        );
    }
    date.map(|value| Spanned { value, span: text.span })
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_709_251_199, "2024-02-29"),
            (1_709_251_200, "2024-03-01"),
            (4_107_542_399, "2100-02-28"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(Date::at_unix_seconds(seconds).to_string(), text);
            assert_eq!(Date::parse(text), Some(Date::at_unix_seconds(seconds)));
            let end = Date::at_unix_seconds(seconds).end_unix_seconds();
            assert_eq!(end, (seconds / 86_400 + 1) * 86_400, "{text}");
        }
        for text in ["2023-02-29", "2100-02-29", "2024-13-01", "2024-00-10", "2024-1-10", ""] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }
}
