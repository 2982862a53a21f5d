//! `no_output`: the output does not contain a text.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};
use crate::cut::shortened;

/// The process's output does not contain this text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoOutput {
    /// The text.
    pub contains: String,
}

impl RuleFacts for NoOutput {
    fn facts(&self) -> Facts<'_> {
        Facts::of_output(&[Code::UnwantedOutput])
    }

    fn told(&self) -> String {
        let text = shortened(&self.contains);
        format!("the output does not contain `{text}`")
    }
}
