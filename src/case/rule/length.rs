//! `length`: a string has a length.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts, place};

/// The JSON string at a pointer has this many characters.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Length {
    /// JSON Pointer.
    pub at: String,
    /// How many.
    pub is: usize,
}

impl RuleFacts for Length {
    fn facts(&self) -> Facts<'_> {
        Facts {
            bytes: self.is,
            ..Facts::of_member(&self.at, &[Code::Wrapped, Code::WrongLength])
        }
    }

    fn told(&self) -> String {
        format!("{} has {} characters", place(&self.at), self.is)
    }
}
