//! `type`: a value has a type.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts, place};

/// The JSON value at a pointer has this type.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Type {
    /// JSON Pointer.
    pub at: String,
    /// `null`, `boolean`, `number`, `string`, `array`, `object`.
    pub is: String,
}

impl RuleFacts for Type {
    fn facts(&self) -> Facts<'_> {
        Facts::of_member(&self.at, &[Code::WrongType])
    }

    fn told(&self) -> String {
        format!("{} is of type {}", place(&self.at), self.is)
    }
}
