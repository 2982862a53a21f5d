//! The answer of a fixture to `describe`, which also describes the runtime.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

use crate::cut::{cut, cut_list};

/// What the fixture says about itself and the runtime.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(super) struct Description {
    pub(super) ricspec: u32,
    pub(super) verbs: Vec<String>,
    #[serde(default)]
    pub(super) runtime: Option<String>,
}

impl Description {
    /// The description, limited to a sensible length.
    pub(super) fn bounded(self) -> Self {
        Self {
            runtime: self.runtime.map(|name| cut(&name, NAME_BYTES_MAX)),
            verbs: cut_list(self.verbs, VERBS_MAX, NAME_BYTES_MAX),
            ..self
        }
    }
}

/// How many verbs of a fixture are read.
const VERBS_MAX: usize = 256;

/// The greatest length of the name of a verb or of a runtime, in bytes.
const NAME_BYTES_MAX: usize = 128;

/// The description, even if the runtime added a byte order mark, an envelope or a second encoding: the cases find that.
pub(super) fn described(answer: &[u8]) -> serde_json::Result<Description> {
    let unmarked = answer.strip_prefix(b"\xef\xbb\xbf").unwrap_or(answer);
    serde_json::from_slice(unmarked).or_else(|error| {
        let value: Value = serde_json::from_slice(unmarked).unwrap_or_default();
        unwrapped(&value).ok_or(error)
    })
}

/// The first description, at any depth of an answer.
fn unwrapped(value: &Value) -> Option<Description> {
    Description::deserialize(value)
        .ok()
        .or_else(|| match value {
            Value::String(text) => {
                let decoded = STANDARD.decode(text).ok();
                let text = decoded.unwrap_or_else(|| text.clone().into_bytes());
                unwrapped(&serde_json::from_slice(&text).ok()?)
            }
            Value::Array(items) => items.iter().find_map(unwrapped),
            Value::Object(members) => members.values().find_map(unwrapped),
            Value::Null | Value::Bool(_) | Value::Number(_) => None,
        })
}

/// What is wrong with an answer that is meant as a description; an ordinary function's answer is not.
pub(super) fn fault_in(answer: &[u8], error: &serde_json::Error) -> String {
    let value: Value = serde_json::from_slice(answer).unwrap_or_default();
    match value.get("ricspec") {
        Some(_) => format!(": {error}"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault_of(answer: &str) -> String {
        let error = serde_json::from_str::<Description>(answer).expect_err("a fault");
        fault_in(answer.as_bytes(), &error)
    }

    #[test]
    fn a_fixture_is_told_what_its_description_lacks() {
        let told = fault_of(r#"{"ricspec": 1, "verb": ["echo"]}"#);
        assert!(told.starts_with(": missing field `verbs`"), "{told}");
        assert_eq!(fault_of(r#"{"statusCode": 200}"#), "");
    }

    #[test]
    fn a_spoilt_description_is_still_one() {
        let plain = r#"{"ricspec":1,"verbs":["echo"]}"#;
        let quoted = Value::from(plain).to_string();
        let spoilt = [
            plain.to_owned(),
            format!("\u{feff}{plain}"),
            format!(r#"{{"statusCode":200,"body":{plain}}}"#),
            format!(r#"{{"statusCode":200,"body":{quoted}}}"#),
            Value::from(quoted).to_string(),
            Value::from(STANDARD.encode(plain)).to_string(),
        ];
        for answer in spoilt {
            let probe = described(answer.as_bytes()).expect("a description");
            assert_eq!(probe.verbs, ["echo"], "{answer}");
        }
        assert!(described(br#"{"ricspec":1,"do":"describe"}"#).is_err());
    }
}
