//! `items`: the items of an array have a type.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts, place};

/// Every item of the array at a pointer has this type; an absent array is fine.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Items {
    /// JSON Pointer.
    pub at: String,
    /// As in `type`.
    pub are: String,
}

impl RuleFacts for Items {
    fn facts(&self) -> Facts<'_> {
        Facts::of_body(&[Code::WrongType])
    }

    fn told(&self) -> String {
        format!("all items of {} are of type {}", place(&self.at), self.are)
    }
}
