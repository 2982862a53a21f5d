//! Header lines.

use serde::{Deserialize, Serialize};

/// A header line.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The name, in the letter case in which it was sent.
    pub name: String,
    /// The value; bytes above ASCII as Latin-1.
    pub value: String,
}

impl Header {
    /// A header line of this name and value.
    pub fn new(name: &str, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
        }
    }
}

impl From<&httparse::Header<'_>> for Header {
    fn from(header: &httparse::Header<'_>) -> Self {
        let value = header.value.iter().map(|byte| char::from(*byte)).collect();
        Self {
            name: header.name.to_owned(),
            value,
        }
    }
}

/// The value of the first header of this name, in any case.
pub fn value_of<'a>(headers: &'a [Header], name: &str) -> Option<&'a str> {
    let mut headers = headers.iter();
    let found = headers.find(|header| header.name.eq_ignore_ascii_case(name));
    found.map(|header| header.value.as_str())
}

/// A header value as the transcript shows it: a letter for each byte on the wire.
pub fn on_the_wire(value: &str) -> String {
    value.bytes().map(char::from).collect()
}
