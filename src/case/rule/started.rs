//! `started`: the call came soon after the start.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};

/// The call came within so many milliseconds of the start of the process.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Started {
    /// How many.
    pub within_ms: u64,
}

impl RuleFacts for Started {
    fn facts(&self) -> Facts<'_> {
        Facts::of_call(&[Code::SlowStart])
    }

    fn told(&self) -> String {
        format!("it came within {} ms of the start", self.within_ms)
    }
}
