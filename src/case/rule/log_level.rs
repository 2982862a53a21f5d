//! `log_level`: no line of output has a too low level.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};

/// Every JSON line of output with a level has this level or a higher one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogLevel {
    /// `DEBUG`, `INFO`, `WARN`, `ERROR` or `FATAL`.
    pub least: String,
}

impl RuleFacts for LogLevel {
    fn facts(&self) -> Facts<'_> {
        Facts::of_output(&[Code::LogBelowLevel])
    }

    fn told(&self) -> String {
        let least = &self.least;
        format!("no JSON line of output has a level below {least}")
    }
}
