//! The Gregorian calendar: days since 1970-01-01, and their dates.
//!
//! Pure. A year begins in March here, so that the leap day is its last day and every month except February has a fixed
//! place.

/// The days from 1 March of the year 0 to 1970-01-01.
const TO_1970: i64 = 719_468;

/// How many days so many years have, each from March.
fn days_of_years(years: i64) -> i64 {
    years * 365 + years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400)
}

/// The day of a date, if there is such a date.
pub fn day_of(year: i64, month: i64, day: i64) -> Option<i64> {
    let (from_march, year) = match month {
        1 | 2 => (month + 9, year - 1),
        3..=12 => (month - 3, year),
        _ => return None,
    };
    let days = days_of_years(year) + (153 * from_march + 2) / 5 + day - 1 - TO_1970;
    (day >= 1 && date_of(days).2 == day).then_some(days)
}

/// Year, month and day of a day.
pub fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + TO_1970;
    // One year too late at most.
    let mut year = days.div_euclid(365);
    while days_of_years(year) > days {
        year -= 1;
    }
    let of_year = days - days_of_years(year);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    match from_march {
        0..10 => (year, from_march + 3, day),
        _ => (year + 1, from_march - 9, day),
    }
}

/// A time in ISO 8601, with milliseconds.
pub fn iso(unix_ms: u64) -> String {
    let (seconds, ms) = (unix_ms / 1000, unix_ms % 1000);
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date_of(i64::try_from(days).unwrap_or_default());
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

/// A time as in the logs of web servers, such as `04/Mar/2020:19:03:58 +0000`.
pub fn clf(unix_ms: u64) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let seconds = unix_ms / 1000;
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date_of(i64::try_from(days).unwrap_or_default());
    let month = usize::try_from(month - 1).ok();
    let month = month.and_then(|at| MONTHS.get(at)).unwrap_or(&"");
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{day:02}/{month}/{year:04}:{hour:02}:{minute:02}:{second:02} +0000")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_has_one_date() {
        let mut before = (1967, 1, 31);
        for days in -1065..40_000 {
            let (year, month, day) = date_of(days);
            assert_eq!(day_of(year, month, day), Some(days));
            assert!((year, month, day) > before || days == -1065);
            before = (year, month, day);
        }
        assert_eq!(date_of(0), (1970, 1, 1));
        assert_eq!(date_of(19_782), (2024, 2, 29));
        assert_eq!(date_of(2_932_896), (9999, 12, 31));
    }

    #[test]
    fn a_date_that_there_is_not_has_no_day() {
        for (year, month, day) in [(2023, 2, 29), (2100, 2, 29), (2024, 4, 31), (2024, 13, 1)] {
            assert_eq!(day_of(year, month, day), None);
        }
        assert_eq!(day_of(2024, 1, 0), None);
        assert_eq!(day_of(2024, 2, 30), None);
    }
}
