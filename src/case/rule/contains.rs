//! `contains`: a text contains another one.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts, place};
use crate::cut::shortened;

/// The text at a pointer contains this one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contains {
    /// JSON Pointer.
    pub at: String,
    /// What it must contain.
    pub text: String,
}

impl RuleFacts for Contains {
    fn facts(&self) -> Facts<'_> {
        Facts::of_text(&self.at, Code::MissingText)
    }

    fn told(&self) -> String {
        format!("{} contains `{}`", place(&self.at), shortened(&self.text))
    }
}
