//! How the service's language, Go, says some things: parts of error texts.

/// Go's message for a body that is not JSON, for the two ways in which bodies are most often wrong.
pub(super) fn no_json(body: &[u8], error: &serde_json::Error) -> String {
    let text = String::from_utf8_lossy(body);
    match text.trim_start().chars().next() {
        Some(first) if !error.is_eof() => {
            format!("invalid character '{first}' looking for beginning of value")
        }
        _ => "unexpected end of JSON input".to_owned(),
    }
}

/// What our JSON reader says of a text, and what Go says of the letter at that place.
const MEANT: [(&str, &str); 6] = [
    ("trailing characters", "after top-level value"),
    (
        "key must be a string",
        "looking for beginning of object key string",
    ),
    ("expected `:`", "after object key"),
    ("expected `,` or `}`", "after object key:value pair"),
    ("expected `,` or `]`", "after array element"),
    ("", "looking for beginning of value"),
];

/// Go's message for a text that is not JSON.
pub(super) fn not_json(body: &[u8], error: &serde_json::Error) -> String {
    let text = String::from_utf8_lossy(body);
    let line = text.lines().nth(error.line().saturating_sub(1));
    let column = error.column().saturating_sub(1);
    let letter = line.and_then(|line| line.get(column..)?.chars().next());
    match letter {
        Some(letter) if !error.is_eof() => {
            let said = error.to_string();
            let mut meant = MEANT.iter();
            let meant = meant.find(|(ours, _)| said.starts_with(ours));
            let meant = meant.map_or("", |(_, meant)| meant);
            format!("invalid character '{letter}' {meant}")
        }
        _ => "unexpected end of JSON input".to_owned(),
    }
}

/// The first number whose usual form in Go has an exponent.
const WITH_EXPONENT: f64 = 1_000_000.0;

/// A whole number as Go prints it.
pub(super) fn float(value: f64) -> String {
    if value.abs() < WITH_EXPONENT {
        return format!("{value}");
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((digits, exponent)) => format!("{digits}e+{exponent:0>2}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::{float, not_json};

    #[test]
    fn what_is_wrong_with_a_text_is_told_as_in_go() {
        let check = |text: &str, expect: &str| {
            let error = serde_json::from_str::<serde_json::Value>(text).expect_err("not JSON");
            assert_eq!(not_json(text.as_bytes(), &error), expect, "{text}");
        };
        let value = "looking for beginning of value";
        check("", "unexpected end of JSON input");
        check("{\"a\":", "unexpected end of JSON input");
        check("[}", &format!("invalid character '}}' {value}"));
        check("{\"a\":}", &format!("invalid character '}}' {value}"));
        check("{} x", "invalid character 'x' after top-level value");
        check(
            "{1: 2}",
            "invalid character '1' looking for beginning of object key string",
        );
        check("[1 2]", "invalid character '2' after array element");
    }

    #[test]
    fn numbers_are_printed_as_in_go() {
        let text = |value| float(value);
        assert_eq!(text(262_144.0), "262144");
        assert_eq!(text(1_048_576.0), "1.048576e+06");
        assert_eq!(text(1_000_000.0), "1e+06");
        assert_eq!(text(-1.0), "-1");
    }
}
