//! `compare`: a value equals that of an earlier answer, or does not.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts, place};

/// The value at a pointer equals, or does not equal, that of an earlier answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compare {
    /// JSON Pointer, in both bodies.
    pub at: String,
    /// The name of the other invocation.
    pub with: String,
    /// Whether they must be equal.
    pub same: Same,
}

/// Whether two values must agree.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Same {
    /// They must be equal.
    Equal,
    /// They must differ.
    Different,
    /// They must have the same type: both numbers, both `null`, and so on.
    Kind,
}

impl RuleFacts for Compare {
    fn facts(&self) -> Facts<'_> {
        Facts {
            of: Some(("compare/with", &self.with)),
            ..Facts::of_member(&self.at, &[Code::WrongValue])
        }
    }

    fn told(&self) -> String {
        let relation = match self.same {
            Same::Equal => "the same as",
            Same::Kind => "of the same kind as",
            Same::Different => "another than",
        };
        let (at, with) = (place(&self.at), &self.with);
        format!("{at} is {relation} in the answer to `{with}`")
    }
}
