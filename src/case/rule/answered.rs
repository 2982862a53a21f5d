//! `answered`: an extension answers a batch in time.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};

/// The answer to a batch came within so many milliseconds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// How many.
    pub within_ms: u64,
}

impl RuleFacts for Answered {
    fn facts(&self) -> Facts<'_> {
        Facts::of_call(&[Code::SlowAnswer])
    }

    fn told(&self) -> String {
        format!("the answer came within {} ms", self.within_ms)
    }
}
