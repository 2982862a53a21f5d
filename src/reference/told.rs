//! Events and results that hooks are given.

use hyper::StatusCode;

use super::invocation::Invocation;

/// How a poll ended without an event.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PollEnd {
    /// The connection ended before a byte of the reply.
    Closed,
    /// The service refused it.
    Refused(StatusCode),
    /// There is an event without a request id.
    NoId,
    /// The reply cannot be read, and polling again does not help.
    Broken,
}

/// Events, for hooks that remember.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Happened<'a> {
    /// An invocation came.
    Took(&'a Invocation),
    /// The function failed.
    Failed,
    /// The invocation is over; whether its answer was refused.
    Finished(bool),
}
