//! Why the runtime ends.

use hyper::StatusCode;
use thiserror::Error;

use super::call::CallError;
use super::told::PollEnd;

/// Why the runtime cannot go on.
#[derive(Debug, Error)]
pub(super) enum Fatal {
    #[error("AWS_LAMBDA_RUNTIME_API is not set")]
    NoApi,
    #[error("the event loop cannot start: {0}")]
    NoEventLoop(#[from] std::io::Error),
    #[error("the initialisation failed")]
    Init,
    #[error("a hook failed")]
    Hook,
    #[error("not restored: the service answered {0}")]
    RestoreRefused(StatusCode),
    #[error("no event: {0}")]
    Poll(CallError),
    #[error("no event: the service answered {0}")]
    PollRefused(StatusCode),
    #[error("no event: the reply broke off")]
    PollCut,
    #[error("an event without a request id cannot be answered")]
    NoRequestId,
    #[error("a worker broke down")]
    Worker,
    #[error("the answer cannot be delivered: {0}")]
    Answer(CallError),
    #[error("the service failed on an answer: {0}")]
    ServiceFault(StatusCode),
}

impl Fatal {
    /// How a poll ended that may be repeated; if nothing listens, the runtime ends.
    pub(super) fn poll_end(&self) -> Option<PollEnd> {
        match self {
            Self::PollRefused(status) => Some(PollEnd::Refused(*status)),
            Self::NoRequestId => Some(PollEnd::NoId),
            Self::PollCut
            | Self::Poll(CallError::Unwritable(_) | CallError::Closed | CallError::Broken(_)) => {
                Some(PollEnd::Broken)
            }
            Self::Poll(CallError::Unreachable { .. })
            | Self::NoApi
            | Self::NoEventLoop(_)
            | Self::Init
            | Self::Hook
            | Self::RestoreRefused(_)
            | Self::Worker
            | Self::Answer(_)
            | Self::ServiceFault(_) => None,
        }
    }
}
