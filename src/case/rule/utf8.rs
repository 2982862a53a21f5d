//! `utf8`: the body is UTF-8.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};

/// The body is valid UTF-8.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Utf8 {}

impl RuleFacts for Utf8 {
    fn facts(&self) -> Facts<'_> {
        Facts::of_body(&[Code::NotUtf8])
    }

    fn told(&self) -> String {
        "the body is valid UTF-8".to_owned()
    }
}
