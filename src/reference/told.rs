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

/// What the runtime does after it has reported a failed hook.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum HookGoes {
    /// It ends with a failure.
    Ends,
    /// It goes on.
    On,
}

/// What the runtime does when its call for a restore is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refused {
    /// It reports that and ends with a failure.
    Ends,
    /// It ends with a failure.
    EndsSilently,
    /// It makes the call again.
    Again,
    /// It polls.
    GoesOn,
}
