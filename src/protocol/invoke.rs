//! The Invoke API: how a caller brings an event to the invoke door, and what it gets back.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::{AnswerKind, ErrorBody, RESPONSE_BYTES_MAX, header};
use crate::http1::{Header, value_of};

/// The request id, which a caller may choose.
pub const REQUEST_ID: &str = "X-Amzn-RequestId";
/// The client context: JSON text in base64.
pub const CLIENT_CONTEXT: &str = "X-Amz-Client-Context";
/// Says that the function failed.
pub const FUNCTION_ERROR: &str = "X-Amz-Function-Error";
/// The version that was invoked.
pub const EXECUTED_VERSION: &str = "X-Amz-Executed-Version";

/// How the caller wants the function to be invoked.
pub const INVOCATION_TYPE: &str = "X-Amz-Invocation-Type";
/// `Tail` asks for the end of the log.
pub const LOG_TYPE: &str = "X-Amz-Log-Type";
/// The end of the log, in base64.
pub const LOG_RESULT: &str = "X-Amz-Log-Result";
/// How much of the log a caller gets, in bytes.
pub const LOG_RESULT_BYTES_MAX: usize = 4096;
/// The type of a refusal.
pub const REFUSAL_TYPE: &str = "X-Amzn-ErrorType";

/// The headers of an answer that a page of another site may read.
pub const SHOWN_TO_PAGES: &str = "X-Amz-Executed-Version, X-Amz-Function-Error, X-Amz-Log-Result, X-Amzn-ErrorType, X-Amzn-RequestId";

/// The largest event that is accepted, in bytes, inclusive.
pub const EVENT_BYTES_MAX: usize = 6 * 1024 * 1024;
/// The same where the caller does not wait for the result.
const ASYNCHRONOUS_BYTES_MAX: usize = 1024 * 1024;

const BEFORE: &str = "/2015-03-31/functions/";
const BEHIND: &str = "/invocations";
/// The same where the caller reads the answer as it comes.
const BEFORE_STREAM: &str = "/2021-11-15/functions/";
const BEHIND_STREAM: &str = "/response-streaming-invocations";

/// The path by which this function is invoked.
pub fn path_of(function: &str) -> String {
    format!("{BEFORE}{function}{BEHIND}")
}

/// The function that a path invokes.
pub fn function_of(path: &str) -> Option<&str> {
    between(path, BEFORE, BEHIND)
}

/// The function that a path invokes for a caller who reads the answer as it comes.
pub fn streamed_function_of(path: &str) -> Option<&str> {
    between(path, BEFORE_STREAM, BEHIND_STREAM)
}

fn between<'a>(path: &'a str, before: &str, behind: &str) -> Option<&'a str> {
    let name = path.strip_prefix(before)?.strip_suffix(behind)?;
    (!name.is_empty() && !name.contains('/')).then_some(name)
}

/// How a function is invoked.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum InvocationType {
    /// The caller waits for the result.
    #[default]
    RequestResponse,
    /// The caller does not wait.
    Event,
    /// The function is not invoked.
    DryRun,
}

impl InvocationType {
    /// Its name in the header.
    pub fn name(self) -> &'static str {
        match self {
            Self::RequestResponse => "RequestResponse",
            Self::Event => "Event",
            Self::DryRun => "DryRun",
        }
    }

    /// The one with this name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::RequestResponse, Self::Event, Self::DryRun];
        all.into_iter().find(|one| one.name() == name)
    }

    /// The largest event, in bytes, inclusive.
    pub fn event_bytes_max(self) -> usize {
        match self {
            Self::RequestResponse | Self::DryRun => EVENT_BYTES_MAX,
            Self::Event => ASYNCHRONOUS_BYTES_MAX,
        }
    }
}

/// Why a call of the Invoke API is refused.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The type, for programs.
    pub kind: &'static str,
    /// The reason, for people.
    pub message: String,
}

impl Refusal {
    fn new(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            message: message.into(),
        }
    }

    /// The path names no function.
    pub fn not_found(path: &str) -> Self {
        let message = format!("no function at {path}; invoke one at {BEFORE}NAME{BEHIND}");
        Self::new(404, "ResourceNotFoundException", message)
    }

    /// The path is called by another method than POST.
    pub fn wrong_method() -> Self {
        Self::new(
            405,
            "MethodNotAllowedException",
            "invoke a function by POST",
        )
    }

    /// A header cannot be read.
    pub fn bad_header(name: &str, want: &str) -> Self {
        let message = format!("{name} must be {want}");
        Self::new(400, "InvalidParameterValueException", message)
    }

    /// The event is not JSON.
    pub fn not_json(fault: &str) -> Self {
        let message = format!("Could not parse request body into json: {fault}");
        Self::new(400, "InvalidRequestContentException", message)
    }

    /// The event is too large.
    pub fn too_large(invocation_type: InvocationType) -> Self {
        let (name, most) = (invocation_type.name(), invocation_type.event_bytes_max());
        let message =
            format!("the payload is too large for the {name} invocation type (limit {most} bytes)");
        Self::new(413, "RequestTooLargeException", message)
    }

    /// Too many callers wait.
    pub fn too_many() -> Self {
        Self::new(429, "TooManyRequestsException", "Rate Exceeded.")
    }

    /// The call comes from a page or by a name that is not ours.
    pub fn foreign(name: &str, value: &str, fix: &str) -> Self {
        let message = format!("{name} `{value}` is refused; {fix}");
        Self::new(403, "AccessDeniedException", message)
    }

    /// The document.
    pub fn body(&self) -> Vec<u8> {
        let document = serde_json::json!({"Type": "User", "message": self.message});
        document.to_string().into_bytes()
    }
}

/// The reply to a caller.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Returned {
    /// Whether the function failed.
    pub kind: AnswerKind,
    /// The result, or the error document.
    pub body: Bytes,
}

impl Returned {
    fn failed(error: &ErrorBody) -> Self {
        let body = serde_json::to_vec(error).expect("two strings always serialise");
        let body = body.into();
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

    /// The answer broke off after its beginning.
    pub fn truncated(request_id: &str) -> Self {
        let message = format!("RequestId: {request_id} Error: Response is truncated");
        Self::failed(&ErrorBody::new("Runtime.TruncatedResponse", message))
    }

    /// The failure behind a stream, if its trailers tell one.
    pub fn told_by(trailers: &[Header]) -> Option<Self> {
        let kind = value_of(trailers, header::ERROR_TYPE).filter(|kind| !kind.is_empty());
        let body = value_of(trailers, header::ERROR_BODY);
        let body = body.and_then(|text| STANDARD.decode(text).ok());
        match (kind, body) {
            (None, None) => None,
            (_, Some(body)) => Some(Self {
                kind: AnswerKind::Error,
                body: body.into(),
            }),
            (Some(kind), None) => Some(Self::failed(&ErrorBody::new(kind, ""))),
        }
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
        let streamed = "/2021-11-15/functions/f/response-streaming-invocations";
        assert_eq!(streamed_function_of(streamed), Some("f"));
        assert_eq!(function_of(streamed), None);
    }

    #[test]
    fn trailers_tell_a_failure_with_its_document() {
        let trailer = |name: &str, value: &str| Header {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        let told = |trailers: &[Header]| Returned::told_by(trailers).map(|told| told.body);
        assert_eq!(told(&[]), None);
        let kind = trailer("lambda-runtime-function-error-type", "A.B");
        let body = trailer(header::ERROR_BODY, "e30=");
        assert_eq!(told(&[kind.clone(), body]), Some("{}".into()));
        let alone = told(&[kind]).expect("a failure");
        assert!(String::from_utf8_lossy(&alone).contains("A.B"));
    }
}
