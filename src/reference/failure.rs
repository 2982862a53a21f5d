//! Failures, and how the Runtime API is told about them: the error document and its two headers.

use std::fmt::{Display, Write};

use serde::Serialize;

/// The body of the response, or why there is none.
pub(crate) type Outcome = Result<Vec<u8>, Failure>;

/// The longest error message that is sent whole (ERR-10). A longer one is cut so that the document stays below 1 MiB, the
/// limit of some services (ERR-16).
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// Space for an error document without its message.
const DOCUMENT_REST_BYTES: usize = 8 * 1024;

/// Characters of the message in the X-Ray header. Each takes up to 12 bytes when escaped, and the service cuts the header at
/// 64 KiB, which would leave broken JSON.
const CAUSE_MESSAGE_CHARS_MAX: usize = 4096;

/// How many causes of an error are reported, each of them cut. A chain of causes may be long, or even endless.
const CAUSES_MAX: usize = 4;

/// Characters of the message of a cause.
const CAUSE_OF_CAUSE_CHARS_MAX: usize = 256;

/// The text for a message that cannot be read.
const UNREADABLE: &str = "(the message of this error cannot be read)";

/// Characters of a type, in document and header.
const TYPE_CHARS_MAX: usize = 128;

/// Who failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Origin {
    /// The function's own.
    Function,
    /// The runtime could not do its part.
    Runtime,
}

/// Why an invocation or the initialisation failed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Failure {
    pub(crate) origin: Origin,
    /// The type, without the origin.
    pub(crate) kind: String,
    pub(crate) message: String,
    /// Where it happened, innermost first.
    pub(crate) stack: Vec<String>,
    pub(crate) causes: Causes,
}

/// The causes of the error, by their messages.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Causes {
    pub(crate) messages: Vec<String>,
    /// Whether the last cause has the first one as its cause.
    pub(crate) looped: bool,
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
    exceptions: Vec<Exception<'a>>,
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
    pub(crate) fn of_function(kind: &str, message: impl Into<String>) -> Self {
        Self {
            origin: Origin::Function,
            kind: kind.chars().take(TYPE_CHARS_MAX).collect(),
            message: message.into(),
            stack: vec!["fixture.handler".to_owned()],
            causes: Causes::default(),
        }
    }

    /// A failure of the function with the text of an error; the function may fail to give the text (ERR-19).
    pub(crate) fn of_error(kind: &str, error: &impl Display) -> Self {
        let mut message = String::new();
        match write!(message, "{error}") {
            Ok(()) => Self::of_function(kind, message),
            Err(_) => Self::of_function(kind, UNREADABLE),
        }
    }

    /// The same failure, with its causes.
    pub(crate) fn with_causes(self, causes: Causes) -> Self {
        Self { causes, ..self }
    }

    /// A failure of the runtime itself.
    pub(crate) fn of_runtime(kind: &str, message: impl Into<String>) -> Self {
        Self {
            origin: Origin::Runtime,
            kind: kind.to_owned(),
            message: message.into(),
            stack: Vec::new(),
            causes: Causes::default(),
        }
    }

    /// The type, in the document and in the log.
    pub(crate) fn error_type(&self) -> String {
        match self.origin {
            Origin::Function => self.kind.clone(),
            Origin::Runtime => format!("Runtime.{}", self.kind),
        }
    }

    /// The error document (ERR-02).
    pub(crate) fn document(&self) -> Vec<u8> {
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

    /// The value of the error type header in the only form that the service keeps: the origin, a dot and letters, the first
    /// one a capital (ERR-05).
    pub(crate) fn type_header(&self) -> String {
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
    pub(crate) fn cause_header(&self) -> String {
        let message: String = self.message.chars().take(CAUSE_MESSAGE_CHARS_MAX).collect();
        let frame = |label| Frame { label };
        let kind = self.error_type();
        let mut exceptions = vec![Exception {
            message: &message,
            kind: &kind,
            stack: self.stack.iter().map(String::as_str).map(frame).collect(),
        }];
        let causes: Vec<String> = self
            .causes
            .iter()
            .take(CAUSES_MAX)
            .map(|message| short(message))
            .collect();
        exceptions.extend(causes.iter().map(|message| Exception {
            message,
            kind: "Cause",
            stack: Vec::new(),
        }));
        let cause = Cause {
            working_directory: "",
            exceptions,
            paths: [],
        };
        ascii(&serde_json::to_string(&cause).expect("texts always serialise"))
    }
}

impl Causes {
    /// One after the other; a loop has no end.
    fn iter(&self) -> impl Iterator<Item = &String> {
        let most = match self.looped {
            true => usize::MAX,
            false => self.messages.len(),
        };
        self.messages.iter().cycle().take(most)
    }
}

fn short(message: &str) -> String {
    message.chars().take(CAUSE_OF_CAUSE_CHARS_MAX).collect()
}

/// The longest start of a text that fits into so many bytes.
fn cut(text: &str, bytes_max: usize) -> &str {
    let fits = |end: &usize| text.is_char_boundary(*end);
    let end = (0..=bytes_max.min(text.len())).rev().find(fits);
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// JSON text with an escape for every character that a header cannot carry; outside strings there is none.
fn ascii(json: &str) -> String {
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
    fn causes_without_end_are_cut_and_a_message_may_be_unreadable() {
        struct Unreadable;
        impl Display for Unreadable {
            fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                Err(std::fmt::Error)
            }
        }
        let causes = |count: usize, looped| Causes {
            messages: vec!["\u{1f600}".repeat(5000); count],
            looped,
        };
        for (causes, told) in [
            (causes(2, false), 3),
            (causes(2, true), 1 + CAUSES_MAX),
            (causes(1000, false), 1 + CAUSES_MAX),
            (causes(0, true), 1),
        ] {
            let failure = Failure::of_error("Boom", &Unreadable).with_causes(causes);
            let header = failure.cause_header();
            let cause = read(header.as_bytes());
            assert_eq!(cause["exceptions"][0]["message"], UNREADABLE);
            let exceptions = cause["exceptions"].as_array().expect("a list");
            assert_eq!(exceptions.len(), told);
            assert!(header.len() < 64 * 1024, "{} bytes", header.len());
        }
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
