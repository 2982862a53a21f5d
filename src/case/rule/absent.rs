//! `absent`: a value is absent.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts, place};

/// The value at a pointer is `null`, empty or absent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Absent {
    /// JSON Pointer.
    pub at: String,
}

impl RuleFacts for Absent {
    fn facts(&self) -> Facts<'_> {
        Facts {
            wants_absence: true,
            ..Facts::of_body(&[Code::NotAbsent])
        }
    }

    fn told(&self) -> String {
        format!("{} is null, empty or absent", place(&self.at))
    }
}
