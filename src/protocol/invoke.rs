//! The Invoke API: how a caller brings an event to the invoke door, and what it gets back.

use super::{AnswerKind, ErrorBody, RESPONSE_BYTES_MAX};

/// The request id, which a caller may choose.
pub const REQUEST_ID: &str = "X-Amzn-RequestId";
/// The client context: JSON text in base64.
pub const CLIENT_CONTEXT: &str = "X-Amz-Client-Context";
/// Says that the function failed.
pub const FUNCTION_ERROR: &str = "X-Amz-Function-Error";
/// The version that was invoked.
pub const EXECUTED_VERSION: &str = "X-Amz-Executed-Version";

/// The largest event that is accepted, in bytes, inclusive.
pub const EVENT_BYTES_MAX: usize = 6 * 1024 * 1024;

const BEFORE: &str = "/2015-03-31/functions/";
const BEHIND: &str = "/invocations";

/// The path by which this function is invoked.
pub fn path_of(function: &str) -> String {
    format!("{BEFORE}{function}{BEHIND}")
}

/// The function that a path invokes.
pub fn function_of(path: &str) -> Option<&str> {
    let name = path.strip_prefix(BEFORE)?.strip_suffix(BEHIND)?;
    (!name.is_empty() && !name.contains('/')).then_some(name)
}

/// The reply to a caller.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Returned {
    /// Whether the function failed.
    pub kind: AnswerKind,
    /// The result, or the error document.
    pub body: Vec<u8>,
}

impl Returned {
    fn failed(error: &ErrorBody) -> Self {
        let body = serde_json::to_vec(error).expect("two strings always serialise");
        let kind = AnswerKind::Error;
        Self { kind, body }
    }

    /// The process ended before it answered.
    pub fn exited(request_id: &str) -> Self {
        let message =
            format!("RequestId: {request_id} Error: Runtime exited without providing a reason");
        Self::failed(&ErrorBody::new("Runtime.ExitError", message))
    }

    /// It was not answered in time, in milliseconds.
    pub fn timed_out(request_id: &str, after_ms: u64) -> Self {
        let (seconds, hundredths) = (after_ms / 1000, after_ms % 1000 / 10);
        let message = format!(
            "RequestId: {request_id} Error: Task timed out after {seconds}.{hundredths:02} seconds"
        );
        Self::failed(&ErrorBody::new("Sandbox.Timedout", message))
    }

    /// The result was longer than the service accepts.
    pub fn too_large() -> Self {
        let message = format!(
            "Response payload size exceeded maximum allowed payload size ({RESPONSE_BYTES_MAX} bytes)."
        );
        Self::failed(&ErrorBody::new("Function.ResponseSizeTooLarge", message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_one_function() {
        assert_eq!(function_of(&path_of("my-function")), Some("my-function"));
        for path in [path_of(""), path_of("a/b"), format!("{}/", path_of("a"))] {
            assert_eq!(function_of(&path), None, "{path}");
        }
    }
}
