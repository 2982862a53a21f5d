//! `bytes`: the body consists of certain bytes.

use serde::Deserialize;

use super::{Code, Facts, Payload, RuleFacts};

/// The body's bytes equal these.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bytes {
    /// The bytes.
    pub value: Payload,
}

impl RuleFacts for Bytes {
    fn facts(&self) -> Facts<'_> {
        Facts {
            payload: Some(("bytes/value", &self.value)),
            ..Facts::of_body(&[Code::WrongBytes])
        }
    }

    fn told(&self) -> String {
        format!("the body is exactly {}", self.value.told())
    }
}
