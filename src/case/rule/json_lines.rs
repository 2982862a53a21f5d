//! `json_lines`: some lines of output are JSON objects.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};
use crate::cut::shortened;

/// Every line of output that contains a text is a JSON object with these members; it also holds if there is no such line.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JsonLines {
    /// The text.
    pub about: String,
    /// Names of members.
    pub members: Vec<String>,
}

impl RuleFacts for JsonLines {
    fn facts(&self) -> Facts<'_> {
        Facts::of_output(&[Code::NotAJsonLine])
    }

    fn told(&self) -> String {
        let (about, members) = (shortened(&self.about), self.members.join(", "));
        format!("every line of output with `{about}` is a JSON object with {members}")
    }
}
