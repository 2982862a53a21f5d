//! Days, for the expiry of entries.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::calendar::{date_of, day_of};

/// A day in UTC.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The day, if it exists.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        day_of(year.into(), month.into(), day.into())?;
        Some(Self { year, month, day })
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

    /// Its first moment, in seconds since the Unix epoch.
    pub fn unix_seconds(self) -> u64 {
        let days = day_of(self.year.into(), self.month.into(), self.day.into());
        let days = days.and_then(|days| u64::try_from(days).ok());
        days.unwrap_or_default() * 86_400
    }

    /// The day of a moment in seconds since the Unix epoch.
    pub fn from_unix_seconds(seconds: u64) -> Self {
        let days = seconds.min(YEAR_9999_ENDS) / 86_400;
        let (year, month, day) = date_of(i64::try_from(days).unwrap_or_default());
        // The year has at most four digits.
        Self {
            year: u16::try_from(year).unwrap_or_default(),
            month: u8::try_from(month).unwrap_or_default(),
            day: u8::try_from(day).unwrap_or_default(),
        }
    }
}

impl TryFrom<String> for Date {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` is not a date, such as 2027-01-31"))
    }
}

impl From<Date> for String {
    fn from(day: Date) -> Self {
        day.to_string()
    }
}

/// Four digits are enough, even if the clock is wrong.
const YEAR_9999_ENDS: u64 = 253_402_300_799;

/// The part, if it is a number with exactly so many digits.
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
        let leap = Date::parse("2000-02-29").expect("a day");
        assert_eq!(leap.unix_seconds(), 951_782_400);
        check(1_795_564_800, "2026-11-25");
        check(1_798_761_600, "2027-01-01");
        check(u64::MAX, "9999-12-31");
    }
}
