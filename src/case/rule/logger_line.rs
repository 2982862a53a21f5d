//! `logger_line`: a line of output is a JSON object with the request id.

use serde::Deserialize;

use super::{Code, Facts, RuleFacts};
use crate::cut::shortened;

/// At least one line of output contains a text, and each such line is a JSON object that has the request id of the call's
/// invocation in some member, and no other invocation's id.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoggerLine {
    /// The text.
    pub about: String,
}

impl RuleFacts for LoggerLine {
    fn facts(&self) -> Facts<'_> {
        Facts::of_output(&[
            Code::MissingOutput,
            Code::NotAJsonLine,
            Code::LogLineWithoutId,
            Code::LogLineOfAnother,
        ])
    }

    fn told(&self) -> String {
        format!(
            "the output has a line with `{}`, which is a JSON object with the request id of this invocation",
            shortened(&self.about)
        )
    }
}
