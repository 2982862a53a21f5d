//! JSON values compared exactly: numbers as decimals of any size, strings as code units, members in any order.
//!
//! A checker that reads numbers as doubles cannot see a runtime that loses digits.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use serde::Deserializer;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::cut::shortened;

/// Deeper values are refused: they are compared as bytes, or not at all.
const DEPTH_MAX: usize = 400;

/// A JSON value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Json {
    Null,
    Boolean(bool),
    Number(Decimal),
    String(Vec<u8>),
    Array(Vec<Json>),
    /// Sorted by name; of two members with one name, the last one counts.
    Object(Vec<(String, Json)>),
}

/// A number: its sign, its digits without leading or trailing zeros, and the power of ten of the last one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Json {
    /// Reads a value; `Err` says what is wrong with it.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let raw: &RawValue = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        Self::from_raw(raw.get(), DEPTH_MAX)
    }

    fn from_raw(text: &str, depth: usize) -> Result<Self, String> {
        let deeper = depth
            .checked_sub(1)
            .ok_or("nested too deeply to be compared")?;
        let fault = |error: serde_json::Error| error.to_string();
        Ok(match text.as_bytes().first() {
            Some(b'n') => Self::Null,
            Some(b't') => Self::Boolean(true),
            Some(b'f') => Self::Boolean(false),
            // Read as bytes, a lone surrogate keeps its code unit; read as text, it would be refused.
            Some(b'"') => Self::String(string(text).map_err(fault)?),
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text).map_err(fault)?;
                let items = items
                    .into_iter()
                    .map(|item| Self::from_raw(item.get(), deeper));
                Self::Array(items.collect::<Result<_, _>>()?)
            }
            Some(b'{') => {
                let mut members = BTreeMap::new();
                for (name, value) in members_of(text).map_err(fault)? {
                    members.insert(name, Self::from_raw(value.get(), deeper)?);
                }
                Self::Object(members.into_iter().collect())
            }
            _ => Self::Number(Decimal::parse(text)),
        })
    }

    /// The value at a JSON Pointer.
    pub(super) fn at(&self, pointer: &str) -> Option<&Self> {
        let mut value = self;
        for part in pointer.split('/').skip(1) {
            let name = part.replace("~1", "/").replace("~0", "~");
            value = match value {
                Self::Object(members) => members
                    .iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, value)| value)?,
                Self::Array(items) => items.get(name.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        Some(value)
    }

    /// The value as in a language where an empty array equals an empty object, and a member without a value does not exist.
    pub(super) fn plainly(&self) -> Self {
        match self {
            Self::Array(items) => Self::Array(items.iter().map(Self::plainly).collect()),
            Self::Object(members) => {
                let kept = members.iter().filter(|(_, value)| *value != Self::Null);
                let kept = kept.map(|(name, value)| (name.clone(), value.plainly()));
                let kept: Vec<_> = kept.collect();
                match kept.is_empty() {
                    true => Self::Array(Vec::new()),
                    false => Self::Object(kept),
                }
            }
            other => other.clone(),
        }
    }

    /// `null`, `boolean`, `number`, `string`, `array` or `object`.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }

    /// The text of a string.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::String(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            _ => None,
        }
    }

    /// The values of an object's members.
    pub(super) fn members(&self) -> impl Iterator<Item = &Self> {
        let members = match self {
            Self::Object(members) => members.as_slice(),
            _ => &[],
        };
        members.iter().map(|(_, value)| value)
    }

    /// Whether this value, or one inside it, is a text that meets a condition.
    pub(super) fn any_text(&self, holds: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::String(bytes) => std::str::from_utf8(bytes).is_ok_and(holds),
            Self::Array(items) => items.iter().any(|item| item.any_text(holds)),
            _ => self.members().any(|member| member.any_text(holds)),
        }
    }

    /// The start of the value as JSON, cut to the length that is shown: the whole may have mebibytes.
    pub(super) fn brief(&self) -> String {
        let mut beginning = Beginning(String::new());
        // Writing stops with an error when there is enough text.
        let _ = write!(beginning, "{self}");
        shortened(&beginning.0)
    }

    /// How many characters the text of a string has.
    pub(super) fn characters(&self) -> Option<usize> {
        match self {
            Self::String(bytes) => Some(String::from_utf8_lossy(bytes).chars().count()),
            _ => None,
        }
    }

    /// An integer.
    pub(super) fn integer(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.integer(),
            _ => None,
        }
    }
}

/// How many bytes of a value are written if only its start is needed: more than is ever shown.
const BEGINNING_BYTES: usize = 4096;

/// Keeps the start of what is written to it.
struct Beginning(String);

impl Write for Beginning {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = BEGINNING_BYTES.saturating_sub(self.0.len());
        let fits = (0..=room.min(text.len()))
            .rev()
            .find_map(|at| text.get(..at));
        self.0.push_str(fits.unwrap_or_default());
        match text.len() > room {
            true => Err(fmt::Error),
            false => Ok(()),
        }
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::String(bytes) => write!(f, "{:?}", String::from_utf8_lossy(bytes)),
            Self::Array(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(f, "{comma}{item}")?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (index, (name, value)) in members.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(f, "{comma}{name:?}:{value}")?;
                }
                f.write_str("}")
            }
        }
    }
}

impl Decimal {
    fn parse(text: &str) -> Self {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().unwrap_or(i64::MAX)),
            None => (text, 0),
        };
        let negative = mantissa.starts_with('-');
        let mantissa = mantissa.trim_start_matches('-');
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let kept = all.trim_end_matches('0');
        let dropped = i64::try_from(all.len() - kept.len()).unwrap_or(i64::MAX);
        let places = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
        let digits = kept.trim_start_matches('0').to_owned();
        if digits.is_empty() {
            // Zero has neither sign nor exponent.
            return Self {
                negative: false,
                digits,
                exponent: 0,
            };
        }
        Self {
            negative,
            digits,
            exponent: exponent.saturating_sub(places).saturating_add(dropped),
        }
    }

    /// The number, if it is a 64-bit integer; fractions are cut off.
    fn integer(&self) -> Option<i64> {
        if self.digits.is_empty() {
            return Some(0);
        }
        let zeros = usize::try_from(self.exponent.max(0)).ok()?;
        let cut = usize::try_from(self.exponent.min(0).unsigned_abs()).ok()?;
        if zeros > 19 {
            return None;
        }
        let whole = self
            .digits
            .get(..self.digits.len().saturating_sub(cut))
            .filter(|whole| !whole.is_empty())
            .unwrap_or("0");
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}{whole}{}", "0".repeat(zeros)).parse().ok()
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        match (self.digits.as_str(), self.exponent) {
            ("", _) => f.write_str("0"),
            (digits, 0) => write!(f, "{sign}{digits}"),
            (digits, exponent @ 1..=21) => {
                let zeros = usize::try_from(exponent).unwrap_or_default();
                write!(f, "{sign}{digits}{}", "0".repeat(zeros))
            }
            (digits, exponent) => write!(f, "{sign}{digits}e{exponent}"),
        }
    }
}

fn string(text: &str) -> Result<Vec<u8>, serde_json::Error> {
    struct Bytes;
    impl Visitor<'_> for Bytes {
        type Value = Vec<u8>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }
        fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
            Ok(bytes.to_vec())
        }
    }
    serde_json::Deserializer::from_str(text).deserialize_bytes(Bytes)
}

fn members_of(text: &str) -> Result<Vec<(String, Box<RawValue>)>, serde_json::Error> {
    struct Members;
    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(String, Box<RawValue>)>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some(member) = map.next_entry()? {
                members.push(member);
            }
            Ok(members)
        }
    }
    serde_json::Deserializer::from_str(text).deserialize_map(Members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn equal(one: &str, other: &str, expect: bool) {
        let parse = |text: &str| Json::parse(text.as_bytes()).expect("is JSON");
        assert_eq!(parse(one) == parse(other), expect, "{one} and {other}");
    }

    #[test]
    fn numbers_are_equal_by_value_at_any_size() {
        equal("1.0", "1", true);
        equal("1e3", "1000", true);
        equal("-0", "0", true);
        equal("1e400", "1E+400", true);
        equal("0.10", "1e-1", true);
        equal("9007199254740993", "9007199254740992", false);
        equal("-1", "1", false);
    }

    #[test]
    fn strings_are_equal_by_what_they_mean() {
        equal(r#""\u00e9""#, "\"é\"", true);
        equal(r#""\ud83d\ude00""#, "\"😀\"", true);
        equal(r#""\ud83d""#, r#""\uD83D""#, true);
        equal(r#""\ud83d""#, r#""\ufffd""#, false);
        equal(r#""a\u0000b""#, r#""a""#, false);
    }

    #[test]
    fn members_have_no_order_and_the_last_of_a_name_counts() {
        equal(r#"{"a":1,"b":[2]}"#, r#"{"b":[2],"a":1}"#, true);
        equal(r#"{"a":1,"a":2}"#, r#"{"a":2}"#, true);
        equal("[1,2]", "[2,1]", false);
    }

    #[test]
    fn pointers_lead_to_values() {
        let value = Json::parse(br#"{"a/b":[{"c":12e2}]}"#).expect("is JSON");
        assert_eq!(value.at("/a~1b/0/c").and_then(Json::integer), Some(1200));
        assert_eq!(value.at("/nothing"), None);
    }

    #[test]
    fn a_language_may_have_one_word_for_what_is_empty() {
        let check = |one: &str, other: &str, expect: bool| {
            let plainly = |text: &str| Json::parse(text.as_bytes()).expect("is JSON").plainly();
            assert_eq!(plainly(one) == plainly(other), expect, "{one} and {other}");
        };
        check(r#"{"a":{},"b":[],"c":null}"#, r#"{"a":[],"b":{}}"#, true);
        check(r#"[{"a":null}]"#, "[[]]", true);
        check("[null]", "[]", false);
        check(r#"{"a":""}"#, "{}", false);
        check(r#"{"a":false}"#, "{}", false);
        check("null", "{}", false);
    }

    #[test]
    fn bare_nan_is_not_json() {
        assert!(Json::parse(b"NaN").is_err());
        assert!(Json::parse(b"{\"a\":NaN}").is_err());
    }
}
