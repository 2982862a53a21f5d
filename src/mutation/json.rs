//! The same JSON value in other text.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::protocol::RESPONSE_BYTES_MAX;

/// Rewrites JSON text; other text stays as it is, and so do numbers.
pub(super) fn rewritten(body: &[u8], write: fn(&str) -> Option<String>) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    write(text).map(String::into_bytes)
}

/// JSON text in ASCII, with slashes and markup escaped. A good result must not become too large (RESP-07).
pub(super) fn ascii(text: &str) -> Option<String> {
    let escapes = |letter| matches!(letter, '<' | '>' | '&' | '/' | '\u{7f}'..);
    Some(escaped(text, escapes)).filter(|text| text.len() as u64 <= RESPONSE_BYTES_MAX)
}

/// JSON text with its members in order, and with spaces and newlines.
pub(super) fn sorted_and_spaced(text: &str) -> Option<String> {
    sorted(text).map(|text| spaced(&text))
}

/// What a letter of JSON text belongs to.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Place {
    Structure,
    Text,
    Escape,
}

impl Place {
    fn after(self, letter: char) -> Self {
        match self {
            Self::Structure if letter == '"' => Self::Text,
            Self::Structure => Self::Structure,
            Self::Text if letter == '"' => Self::Structure,
            Self::Text if letter == '\\' => Self::Escape,
            Self::Text | Self::Escape => Self::Text,
        }
    }
}

fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut place = Place::Structure;
    for letter in text.chars() {
        let (before, after) = match letter {
            _ if place != Place::Structure => ("", ""),
            ',' | '{' | '[' => ("", "\n\t"),
            ':' => (" ", " "),
            '}' | ']' => ("\r\n", ""),
            _ => ("", ""),
        };
        out.push_str(before);
        out.push(letter);
        out.push_str(after);
        place = place.after(letter);
    }
    out
}

/// JSON text with these letters of its strings and names as escapes.
pub(super) fn escaped(text: &str, escapes: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut place = Place::Structure;
    for letter in text.chars() {
        match letter {
            _ if place != Place::Text || !escapes(letter) => out.push(letter),
            '/' => out.push_str("\\/"),
            '"' | '\\' => out.push(letter),
            _ => {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04X}");
                }
            }
        }
        place = place.after(letter);
    }
    out
}

fn sorted(text: &str) -> Option<String> {
    let own = |raw: &RawValue| sorted(raw.get());
    Some(match text.trim_start().chars().next()? {
        '{' => {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
            let member = |(name, value): (&String, &&RawValue)| {
                let name = serde_json::to_string(name).ok()?;
                Some(format!("{name}:{}", own(value)?))
            };
            let members: Option<Vec<String>> = members.iter().map(member).collect();
            format!("{{{}}}", members?.join(","))
        }
        '[' => {
            let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            let items: Option<Vec<String>> = items.into_iter().map(own).collect();
            format!("[{}]", items?.join(","))
        }
        _ => text.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_stays_the_same() {
        let check = |write, from: &str, to: &str| {
            let body = rewritten(from.as_bytes(), write).expect("JSON");
            assert_eq!(String::from_utf8_lossy(&body), to);
        };
        let text = r#"{"b":[1,1e400],"a/\/<é😀\"{":"\\"}"#;
        let escaped = r#"{"b":[1,1e400],"a\/\/\u003C\u00E9\uD83D\uDE00\"{":"\\"}"#;
        check(ascii, text, escaped);
        let sorted = "{\n\t\"a//<é😀\\\"{\" : \"\\\\\",\n\t\"b\" : [\n\t1,\n\t1e400\r\n]\r\n}";
        check(sorted_and_spaced, text, sorted);
        assert_eq!(rewritten(b"{", sorted_and_spaced), None);
    }
}
