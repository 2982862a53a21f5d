//! Failures, and how the Runtime API is told of them: the error document and its two headers.

use serde::Serialize;

/// The longest error message that goes out whole (ERR-10); a longer one is cut so that the document stays below 1 MiB,
/// which is all that some services take (ERR-16).
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// Room for all of an error document but its message.
const DOCUMENT_REST_BYTES: usize = 8 * 1024;

/// Characters of the message in the X-Ray header. Each takes up to 12 bytes when escaped, and the service crops the
/// header at 64 KiB, which would leave broken JSON.
const CAUSE_MESSAGE_CHARS_MAX: usize = 4096;

/// Characters of a type, wherever it is sent.
const TYPE_CHARS_MAX: usize = 128;

/// Whose failure it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Origin {
    /// The function's own.
    Function,
    /// The runtime could not do its part.
    Runtime,
}

/// Why an invocation or the initialisation failed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Failure {
    pub(super) origin: Origin,
    /// The type, without the origin.
    pub(super) kind: String,
    pub(super) message: String,
    /// Where it happened, innermost first.
    pub(super) stack: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    error_message: &'a str,
    error_type: &'a str,
    stack_trace: &'a [String],
}

#[derive(Serialize)]
struct Cause<'a> {
    working_directory: &'a str,
    exceptions: [Exception<'a>; 1],
    paths: [&'a str; 0],
}

#[derive(Serialize)]
struct Exception<'a> {
    message: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    stack: Vec<Frame<'a>>,
}

#[derive(Serialize)]
struct Frame<'a> {
    label: &'a str,
}

impl Failure {
    /// A failure of the function.
    pub(super) fn of_function(kind: &str, message: impl Into<String>) -> Self {
        Self {
            origin: Origin::Function,
            kind: kind.chars().take(TYPE_CHARS_MAX).collect(),
            message: message.into(),
            stack: vec!["fixture.handler".to_owned()],
        }
    }

    /// A failure of the runtime's own part.
    pub(super) fn of_runtime(kind: &str, message: impl Into<String>) -> Self {
        Self {
            origin: Origin::Runtime,
            kind: kind.to_owned(),
            message: message.into(),
            stack: Vec::new(),
        }
    }

    /// The type, as in the document and in the log.
    pub(super) fn error_type(&self) -> String {
        match self.origin {
            Origin::Function => self.kind.clone(),
            Origin::Runtime => format!("Runtime.{}", self.kind),
        }
    }

    /// The error document (ERR-02).
    pub(super) fn document(&self) -> Vec<u8> {
        let room = if self.message.len() > MESSAGE_BYTES_MAX {
            MESSAGE_BYTES_MAX - DOCUMENT_REST_BYTES
        } else {
            MESSAGE_BYTES_MAX
        };
        let document = Document {
            error_message: cut(&self.message, room),
            error_type: &self.error_type(),
            stack_trace: &self.stack,
        };
        serde_json::to_vec(&document).expect("texts always serialise")
    }

    /// The value of the error type header in the only form that the service keeps: the origin, a dot and letters, the
    /// first of them a capital (ERR-05).
    pub(super) fn type_header(&self) -> String {
        let origin = match self.origin {
            Origin::Function => "Function",
            Origin::Runtime => "Runtime",
        };
        let mut letters = self.kind.chars().filter(char::is_ascii_alphabetic);
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        let name: String = first.into_iter().chain(letters).collect();
        if name.len() < 2 {
            return format!("{origin}.Unknown");
        }
        format!("{origin}.{name}")
    }

    /// The X-Ray cause header: one line of JSON in plain ASCII (XRAY-07).
    pub(super) fn cause_header(&self) -> String {
        let message: String = self.message.chars().take(CAUSE_MESSAGE_CHARS_MAX).collect();
        let frame = |label| Frame { label };
        let cause = Cause {
            working_directory: "",
            exceptions: [Exception {
                message: &message,
                kind: &self.error_type(),
                stack: self.stack.iter().map(String::as_str).map(frame).collect(),
            }],
            paths: [],
        };
        ascii(&serde_json::to_string(&cause).expect("texts always serialise"))
    }
}

/// The longest beginning of a text that fits into so many bytes.
fn cut(text: &str, bytes_max: usize) -> &str {
    let fits = |end: &usize| text.is_char_boundary(*end);
    let end = (0..=bytes_max.min(text.len())).rev().find(fits);
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// JSON text with every character that a header cannot carry escaped; outside strings there is none.
fn ascii(json: &str) -> String {
    use std::fmt::Write;

    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if matches!(character, ' '..='~') {
            out.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn read(json: &[u8]) -> Value {
        serde_json::from_slice(json).expect("JSON")
    }

    #[test]
    fn the_type_header_has_a_form_that_the_service_keeps() {
        let check = |kind: &str, expect: &str| {
            assert_eq!(Failure::of_function(kind, "").type_header(), expect);
        };
        check("ValueError", "Function.ValueError");
        check("my_error2", "Function.Myerror");
        check("é", "Function.Unknown");
        check("", "Function.Unknown");
        let own = Failure::of_runtime("MarshalError", "");
        assert_eq!(own.type_header(), "Runtime.MarshalError");
        assert_eq!(own.error_type(), "Runtime.MarshalError");
    }

    #[test]
    fn the_cause_is_one_short_line_of_ascii_json() {
        let message = "\u{1f600}\u{7f}\r\n\"\u{e9}".repeat(400_000);
        let cause = Failure::of_function("Boom", message.clone()).cause_header();
        assert!(cause.bytes().all(|byte| matches!(byte, b' '..=b'~')));
        assert!(cause.len() < 64 * 1024, "{} bytes", cause.len());
        let sent = read(cause.as_bytes())["exceptions"][0]["message"].clone();
        assert!(message.starts_with(sent.as_str().expect("a text")));
    }

    #[test]
    fn a_message_of_1_mib_survives_and_a_longer_one_is_cut() {
        let whole = "é".repeat(MESSAGE_BYTES_MAX / 2);
        let document = read(&Failure::of_function("Boom", whole.clone()).document());
        assert_eq!(document["errorMessage"], whole.as_str());
        assert_eq!(document["errorType"], "Boom");
        assert_eq!(document["stackTrace"][0], "fixture.handler");
        let longer = format!("x{whole}");
        assert!(Failure::of_function("Boom", longer).document().len() < 1024 * 1024);
    }
}
