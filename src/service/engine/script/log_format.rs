//! The form in which lines are sent to subscribers.

use crate::case::Case;
use crate::protocol::LogFormat;

/// The log format of a function.
pub(super) fn log_format(case: &Case) -> LogFormat {
    let said = case
        .env
        .get("AWS_LAMBDA_LOG_FORMAT")
        .and_then(Option::as_deref);
    LogFormat::said(said, case.mode)
}
