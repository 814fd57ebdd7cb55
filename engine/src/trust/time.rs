//! Times and the one question whether something holds. Reads no clock.

use super::Reason;
use core::fmt;

/// A second since the Unix epoch, in universal time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

/// The first second that can be written no more: the year 10000.
const END: u64 = 253_402_300_800;

impl Time {
    /// Reads `2027-06-30T12:00:00Z`, which is the one way to write a time here.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: &[u8; 20] = text.as_bytes().try_into().ok()?;
        let number = |from: usize, to: usize| {
            let digits = bytes.get(from..to)?;
            digits.iter().try_fold(0u64, |sum, digit| {
                digit.is_ascii_digit().then(|| sum * 10 + u64::from(digit - b'0'))
            })
        };
        let between = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'Z')];
        if between.iter().any(|(at, byte)| bytes.get(*at) != Some(byte)) {
            return None;
        }
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        if year < 1970 || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        // March begins the year, so that the day of a leap year is its last.
        let (y, m) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
        let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day;
        // The first of March of the year 0 to the first of January 1970.
        let days = days.checked_sub(719_469)?;
        let time = Self(days * 86_400 + hour * 3600 + minute * 60 + second);
        // A day that no calendar has comes out as another one.
        (time.calendar() == (year, month, day)).then_some(time)
    }

    /// A time so many seconds later.
    #[must_use]
    pub const fn after(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from an earlier time to this one; 0 from a later one.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    fn calendar(self) -> (u64, u64, u64) {
        let days = self.0.min(END - 1) / 86_400 + 719_468;
        let (era, day) = (days / 146_097, days % 146_097);
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let date = day - (153 * month + 2) / 5 + 1;
        let (year, month) = match month < 10 {
            true => (year, month + 3),
            false => (year + 1, month - 9),
        };
        (era * 400 + year, month, date)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.calendar();
        let second = self.0.min(END - 1) % 86_400;
        let (hour, minute) = (second / 3600, second / 60 % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}Z", second % 60)
    }
}

/// When something holds: its start in, its end out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// From this second on.
    pub from: Time,
    /// Until before this one.
    pub until: Time,
}

/// Where a time is, seen from a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has not begun.
    Before,
    /// It holds.
    Active,
    /// It has ended.
    After,
}

impl Period {
    /// A period that has a length, and none above a limit.
    pub(super) fn new(from: Time, until: Time, max: u64, long: Reason) -> Result<Self, Reason> {
        match until.0.checked_sub(from.0) {
            None | Some(0) => Err(Reason::BadTime),
            Some(length) if length > max => Err(long),
            Some(_) => Ok(Self { from, until }),
        }
    }

    /// Where a time is. Every question about time here comes down to this one.
    #[must_use]
    pub fn standing(&self, now: Time) -> Standing {
        if now < self.from {
            Standing::Before
        } else if now < self.until {
            Standing::Active
        } else {
            Standing::After
        }
    }

    /// Whether it holds.
    #[must_use]
    pub fn is_active(&self, now: Time) -> bool {
        self.standing(now) == Standing::Active
    }

    /// It holds, or why not.
    pub(super) fn active(&self, now: Time, early: Reason, late: Reason) -> Result<(), Reason> {
        match self.standing(now) {
            Standing::Before => Err(early),
            Standing::Active => Ok(()),
            Standing::After => Err(late),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Period, Standing, Time};
    use std::string::ToString as _;

    #[test]
    fn times_are_those_of_the_calendar_and_have_one_spelling() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_709_251_200, "2024-03-01T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(Time::parse(text), Some(Time(seconds)), "{text}");
            assert_eq!(Time(seconds).to_string(), text);
        }
        for text in [
            "",
            "2027-06-30",
            "2027-06-30T12:00:00",
            "2027-06-30t12:00:00Z",
            "2027-06-30T12:00:00+00:00",
            "2027-06-30T24:00:00Z",
            "2027-06-31T00:00:00Z",
            "2027-02-29T00:00:00Z",
            "2027-00-10T00:00:00Z",
            "2027-13-10T00:00:00Z",
            "2027-01-00T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "+027-06-30T12:00:00Z",
        ] {
            assert_eq!(Time::parse(text), None, "{text}");
        }
        assert_eq!(Time(u64::MAX).to_string(), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn a_period_begins_with_its_first_second_and_ends_before_its_last() {
        let period = Period { from: Time(10), until: Time(20) };
        for (now, standing) in [
            (9, Standing::Before),
            (10, Standing::Active),
            (19, Standing::Active),
            (20, Standing::After),
        ] {
            assert_eq!(period.standing(Time(now)), standing, "{now}");
            assert_eq!(period.is_active(Time(now)), standing == Standing::Active, "{now}");
        }
    }
}
