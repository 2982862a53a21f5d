//! The form in which lines are sent to subscribers.

use crate::case::Case;
use crate::protocol::LogFormat;

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
