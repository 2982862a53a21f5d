//! Times as RFC 3339 writes them.

use crate::calendar::day_of;

/// Milliseconds since 1970 of a time such as `2026-01-31T23:59:59.123Z` or `2026-02-01t08:59:59+09:00`.
pub(super) fn unix_ms(text: &str) -> Option<i128> {
    let (date, time) = text.split_at_checked(10)?;
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let days = day_of(digits(year, 4)?, digits(month, 2)?, digits(day, 2)?)?;
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

/// Milliseconds, and the rest of the text.
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
