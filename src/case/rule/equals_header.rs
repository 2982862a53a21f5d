//! `equals_header`: a value equals a header of the invocation.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts, place};

/// The JSON value at a pointer is the value that the service sent in this header of the invocation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EqualsHeader {
    /// JSON Pointer.
    pub at: String,
    /// A header of the `/next` reply; its number or text is compared.
    pub header: String,
}

impl RuleFacts for EqualsHeader {
    fn facts(&self) -> Facts<'_> {
        Facts::of_member(&self.at, &[Code::WrongValue])
    }

    fn told(&self) -> String {
        format!("{} is what came in {}", place(&self.at), self.header)
    }
}
