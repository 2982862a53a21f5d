//! `lacks`: a text does not contain another one.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts, place};
use crate::cut::shortened;

/// The text at a pointer does not contain this one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lacks {
    /// JSON Pointer.
    pub at: String,
    /// What it must not contain.
    pub text: String,
}

impl RuleFacts for Lacks {
    fn facts(&self) -> Facts<'_> {
        Facts {
            wants_absence: true,
            ..Facts::of_text(&self.at, Code::UnwantedText)
        }
    }

    fn told(&self) -> String {
        let (at, text) = (place(&self.at), shortened(&self.text));
        format!("{at} does not contain `{text}`")
    }
}
