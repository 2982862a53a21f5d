//! `output`: the output contains a text.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};
use crate::cut::shortened;

/// The process's stdout and stderr together contain this text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// The text.
    pub contains: String,
}

impl RuleFacts for Output {
    fn facts(&self) -> Facts<'_> {
        Facts::of_output(&[Code::MissingOutput])
    }

    fn told(&self) -> String {
        format!("the output contains `{}`", shortened(&self.contains))
    }
}
