//! `json`: the body is JSON.

use serde::Deserialize;

use super::{BODY_CODES, Facts, RuleFacts};

/// The body is JSON.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Json {}

impl RuleFacts for Json {
    fn facts(&self) -> Facts<'_> {
        Facts::of_body(&BODY_CODES)
    }

    fn told(&self) -> String {
        "the body is JSON".to_owned()
    }
}
