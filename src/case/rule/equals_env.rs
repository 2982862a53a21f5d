//! `equals_env`: a value equals a variable of the environment.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts, place};

/// The JSON value at a pointer is the value of this variable when the process was started.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EqualsEnv {
    /// JSON Pointer.
    pub at: String,
    /// The variable.
    pub variable: String,
}

impl RuleFacts for EqualsEnv {
    fn facts(&self) -> Facts<'_> {
        Facts::of_member(&self.at, &[Code::WrongValue])
    }

    fn told(&self) -> String {
        format!("{} is the value of {}", place(&self.at), self.variable)
    }
}
