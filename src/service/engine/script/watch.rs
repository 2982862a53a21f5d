//! Whether somebody has subscribed to telemetry, and in which form lines are sent.

use super::Script;
use crate::case::Case;
use crate::protocol::LogFormat;

impl Script {
    /// Whether lines of output matter.
    pub fn wants_lines(&self) -> bool {
        self.environment.telemetry().wants_lines()
    }

    /// Whether somebody has subscribed to telemetry.
    pub fn is_watched(&self) -> bool {
        self.environment.telemetry().has_subscribers()
    }
}

/// The log format of a function. Managed Instances have JSON only.
pub(super) fn log_format(case: &Case) -> LogFormat {
    let said = case
        .env
        .get("AWS_LAMBDA_LOG_FORMAT")
        .and_then(Option::as_deref);
    let is_json = said.is_some_and(|said| said.eq_ignore_ascii_case("json"));
    match is_json || (said.is_none() && case.mode.is_concurrent()) {
        true => LogFormat::Json,
        false => LogFormat::Text,
    }
}
