//! Times as RFC 3339 writes them.

/// Milliseconds since 1970 of a time such as `2026-01-31T23:59:59.123Z` or `2026-02-01t08:59:59+09:00`.
pub(super) fn unix_ms(text: &str) -> Option<i128> {
    let (date, time) = text.split_at_checked(10)?;
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let days = days(digits(year, 4)?, digits(month, 2)?, digits(day, 2)?)?;
    let time = time.strip_prefix(['T', 't', ' '])?;
    let (clock, rest) = time.split_at_checked(8)?;
    let mut parts = clock.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    let (hour, minute, second) = (digits(hour, 2)?, digits(minute, 2)?, digits(second, 2)?);
    // A leap second is the only one of its number.
    let in_a_day = parts.next().is_none() && hour < 24 && minute < 60 && second <= 60;
    let (ms, zone) = fraction(rest)?;
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second - zone_s(zone)?;
    in_a_day.then(|| i128::from(seconds) * 1000 + i128::from(ms))
}

fn digits(text: &str, count: usize) -> Option<i64> {
    let right = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    right.then(|| text.parse().ok())?
}

/// Milliseconds, and what follows them.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(rest) = text.strip_prefix('.') else {
        return Some((0, text));
    };
    let end = rest.find(|letter: char| !letter.is_ascii_digit())?;
    let (fraction, zone) = rest.split_at(end);
    let ms: String = fraction.chars().chain("00".chars()).take(3).collect();
    Some((digits(&ms, 3)?, zone))
}

/// The offset of a time zone from UTC, in seconds.
fn zone_s(text: &str) -> Option<i64> {
    if matches!(text, "Z" | "z") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text.strip_prefix(['+', '-'])?.split_once(':')?;
    Some(sign * (digits(hours, 2)? * 3600 + digits(minutes, 2)? * 60))
}

/// Days since 1970 of a Gregorian date. The year begins in March, so that the leap day is its last.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    let (year, month) = match month {
        1 | 2 => (year - 1, month + 9),
        _ => (year, month - 3),
    };
    let of_year = (153 * month + 2) / 5 + day - 1;
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(year * 365 + leaps + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_rfc_3339_writes_them() {
        let check = |text: &str, expect: Option<i128>| assert_eq!(unix_ms(text), expect, "{text}");
        check("1970-01-01T00:00:00Z", Some(0));
        check("2000-02-29T00:00:00.007Z", Some(951_782_400_007));
        check("2025-12-31t23:59:59.9999999z", Some(1_767_225_599_999));
        check("2026-01-01T08:59:59.5+09:00", Some(1_767_225_599_500));
        check("2025-12-31 18:29:59-05:30", Some(1_767_225_599_000));
        check("2016-12-31T23:59:60Z", Some(1_483_228_800_000));
        for text in [
            "Sunday at noon",
            "2025-12-31T23:59:59",
            "2025-12-31T23:59:59.Z",
            "2025-02-29T00:00:00Z",
            "2025-13-01T00:00:00Z",
            "2025-12-31T24:00:00Z",
            "2025-12-31T23:59Z",
            "2025/12/31T23:59:59Z",
            "25-12-31T23:59:59.000Z",
            "2025-12-31T23:59:59+0900",
            "2025-12-31T23:59:59 UTC",
            "1767225599000",
            "é2025-12-31T23:59:59Z",
            "",
        ] {
            check(text, None);
        }
    }
}
