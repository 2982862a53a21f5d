//! The error documents that the service answers with, and their texts.

use serde::{Deserialize, Serialize};

use super::RESPONSE_BYTES_MAX;

/// The reason for refusing a call that came out of turn.
const NOT_ALLOWED: &str = "State transition is not allowed";

/// `{"errorMessage": ..., "errorType": ...}`, in this order of members.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody {
    /// What happened, for people.
    pub error_message: String,
    /// What happened, for programs.
    pub error_type: String,
}

impl ErrorBody {
    /// A document of the given type and message.
    pub fn new(error_type: &str, message: impl Into<String>) -> Self {
        Self {
            error_message: message.into(),
            error_type: error_type.into(),
        }
    }

    /// The id in the path is not that of the active invocation.
    pub fn invalid_request_id() -> Self {
        Self::new("InvalidRequestID", "Invalid request ID")
    }

    /// The value of the response mode is unknown.
    pub fn invalid_response_mode() -> Self {
        Self::new(
            "InvalidFunctionResponseMode",
            "Invalid function response mode",
        )
    }

    /// A call came out of turn, in the state `from`.
    pub fn out_of_turn(from: &str, to: &str) -> Self {
        let message = format!(
            "State transition from {from} to {to} failed for runtime. Error: {NOT_ALLOWED}"
        );
        Self::new("InvalidStateTransition", message)
    }

    /// The echoed invocation id is not that of the current attempt.
    pub fn invoke_timeout() -> Self {
        Self::new("InvokeTimeout", "Invoke timeout")
    }

    /// The body is too long.
    pub fn too_large() -> Self {
        let message =
            format!("Exceeded maximum allowed payload size ({RESPONSE_BYTES_MAX} bytes).");
        Self::new("RequestEntityTooLarge", message)
    }

    /// The service's own document for a status.
    pub fn of_status(status: u16) -> Self {
        match status {
            400 => Self::invalid_request_id(),
            403 => Self::new("InvalidStateTransition", NOT_ALLOWED),
            410 => Self::invoke_timeout(),
            413 => Self::too_large(),
            _ => Self::new("InternalServerError", "Internal Server Error"),
        }
    }

    /// The bytes that the service sends: one line of JSON with a line feed.
    pub fn render(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).expect("two strings always serialise");
        bytes.push(b'\n');
        bytes
    }
}
