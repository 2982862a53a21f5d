//! The error document that the service answers with.

use serde::{Deserialize, Serialize};

/// `{"errorMessage": ..., "errorType": ...}`, in this order of members.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody {
    /// What happened, for a human.
    pub error_message: String,
    /// What happened, for a program.
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

    /// The id in the path is not the active invocation's.
    pub fn invalid_request_id() -> Self {
        Self::new("InvalidRequestID", "Invalid request ID")
    }

    /// The bytes that the service sends: one line of JSON with a line feed.
    pub fn render(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).expect("two strings always serialise");
        bytes.push(b'\n');
        bytes
    }
}
