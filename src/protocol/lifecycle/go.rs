//! How the service's language, Go, says some things: parts of error texts.

/// Go's message for a body that is not JSON, for the usual ways in which bodies are wrong.
pub(super) fn no_json(body: &[u8], error: &serde_json::Error) -> String {
    let text = String::from_utf8_lossy(body);
    match text.trim_start().chars().next() {
        Some(first) if !error.is_eof() => {
            format!("invalid character '{first}' looking for beginning of value")
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
    use super::float;

    #[test]
    fn numbers_are_printed_as_in_go() {
        let text = |value| float(value);
        assert_eq!(text(262_144.0), "262144");
        assert_eq!(text(1_048_576.0), "1.048576e+06");
        assert_eq!(text(1_000_000.0), "1e+06");
        assert_eq!(text(-1.0), "-1");
    }
}
