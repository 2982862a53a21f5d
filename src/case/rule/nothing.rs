//! `nothing`: the body is empty or null.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};

/// The body is empty or the JSON value `null`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

impl RuleFacts for Nothing {
    fn facts(&self) -> Facts<'_> {
        Facts::of_body(&[Code::Wrapped, Code::NotNothing])
    }

    fn told(&self) -> String {
        "the body is empty or null".to_owned()
    }
}
