//! Days, as far as expiry needs them.

use std::fmt;

/// A day in UTC.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The day, if there is such a one.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let length = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if is_leap(year) => 29,
            2 => 28,
            _ => return None,
        };
        (1..=length)
            .contains(&day)
            .then_some(Self { year, month, day })
    }

    /// `2027-01-31`
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let year = digits(parts.next(), 4)?.parse().ok()?;
        let month = digits(parts.next(), 2)?.parse().ok()?;
        let day = digits(parts.next(), 2)?.parse().ok()?;
        if parts.next().is_some() {
            return None;
        }
        Self::new(year, month, day)
    }

    /// The day of a moment in seconds since the Unix epoch.
    pub fn from_unix_seconds(seconds: u64) -> Self {
        let mut days = seconds.min(YEAR_9999_ENDS) / 86_400;
        let mut year = 1970;
        while days >= year_days(year) {
            days -= year_days(year);
            year += 1;
        }
        let mut date = Self {
            year,
            month: 1,
            day: 1,
        };
        while days > 0 {
            date = date.tomorrow();
            days -= 1;
        }
        date
    }

    fn tomorrow(self) -> Self {
        let Self { year, month, day } = self;
        Self::new(year, month, day + 1)
            .or_else(|| Self::new(year, month + 1, 1))
            .unwrap_or(Self {
                year: year + 1,
                month: 1,
                day: 1,
            })
    }
}

/// Four digits are enough for a clock that has gone wrong.
const YEAR_9999_ENDS: u64 = 253_402_300_799;

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn year_days(year: u16) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

/// The part, if it is a number of exactly so many digits.
fn digits(part: Option<&str>, length: usize) -> Option<&str> {
    part.filter(|part| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn a_date_is_a_day_that_exists() {
        let check = |text, good: bool| assert_eq!(Date::parse(text).is_some(), good, "{text}");
        check("2027-01-31", true);
        check("2028-02-29", true);
        check("2000-02-29", true);
        for bad in [
            "2027-02-29",
            "2100-02-29",
            "2027-13-01",
            "2027-00-10",
            "2027-1-31",
            "31-01-2027",
            "2027-01-31T00",
            "2027-01-31-01",
            "+027-01-01",
            "",
        ] {
            check(bad, false);
        }
    }

    #[test]
    fn the_epoch_counts_days() {
        let check =
            |seconds, text: &str| assert_eq!(Date::from_unix_seconds(seconds).to_string(), text);
        check(0, "1970-01-01");
        check(86_399, "1970-01-01");
        check(951_782_400, "2000-02-29");
        check(1_795_564_800, "2026-11-25");
        check(1_798_761_600, "2027-01-01");
        check(u64::MAX, "9999-12-31");
    }
}
