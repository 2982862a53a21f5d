//! The interface of every lifecycle: the calls, what the service does with them, and refusals that several modes share.

use std::fmt::Debug;

use crate::http1::{Header, value_of};
use crate::protocol::{ErrorBody, header};

/// A call whose reply depends on the state of the environment.
#[derive(Clone, Copy, Debug)]
pub enum Call<'a> {
    /// GET `/next`
    Next,
    /// POST `/response` or `/error`
    Answer(Answer<'a>),
    /// POST `/init/error`
    InitError,
    /// GET `/restore/next`
    RestoreNext,
    /// POST `/restore/error`
    RestoreError,
}

/// The parts of an answer that a lifecycle uses.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// Which of the two it is.
    pub kind: AnswerKind,
    /// The id in the path.
    pub request_id: &'a str,
    /// The headers of the request.
    pub headers: &'a [Header],
    /// Whether the body is longer than the service accepts.
    pub is_too_large: bool,
}

/// The two kinds of answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AnswerKind {
    /// `/response`
    Response,
    /// `/error`
    Error,
}

/// The ids of an invocation in progress.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Invocation {
    /// The request id, as in the path of the answer.
    pub request_id: String,
    /// The invocation id, if the service sent one.
    pub invocation_id: Option<String>,
}

/// What the service does with a call.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Ruling {
    /// Keep it open until there is an event, or until the environment is restored.
    Hold,
    /// Deliver the unanswered event again, at once.
    Redeliver,
    /// 202.
    Accept,
    /// An error document.
    Refuse {
        /// The HTTP status.
        status: u16,
        /// The document.
        error: ErrorBody,
    },
}

/// What the service expects of the runtime next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Moment {
    /// A poll: an invocation has its answer, or was given up, and ends only at the next poll (NEXT-11).
    OwesPoll,
    /// Nothing: after a bad answer, every later call is refused.
    Wedged,
    /// Something else.
    Usual,
}

/// The state of one execution environment, which decides the replies to calls.
pub trait Lifecycle: Debug + Send {
    /// Rules on a call, and changes the state accordingly.
    fn take(&mut self, call: Call<'_>) -> Ruling;

    /// The latest POST was answered with this status, not as ruled: the state follows the reply that was sent.
    fn overrule(&mut self, status: u16);

    /// An event is delivered on a held poll.
    fn dispatch(&mut self, invocation: Invocation);

    /// Whether an answer to this invocation would be accepted.
    fn is_open(&self, request_id: &str) -> bool;

    /// What the runtime does next.
    fn moment(&self) -> Moment;

    /// The environment is restored. Says whether a `/restore/next` was held.
    fn restore(&mut self) -> bool {
        false
    }

    /// A `/restore/next` that was held is refused all the same: the environment is not copied.
    fn refuse_restore(&mut self) {}
}

impl Ruling {
    pub(super) fn refuse(status: u16, error: ErrorBody) -> Self {
        Self::Refuse { status, error }
    }

    /// 403: the call comes out of turn.
    pub(super) fn out_of_turn(from: &str, to: &str) -> Self {
        Self::refuse(403, ErrorBody::out_of_turn(from, to))
    }
}

impl Answer<'_> {
    /// Refuses an answer to no invocation, or to an attempt that is over; `active` is the one with its request id.
    pub(super) fn misdirected(&self, active: Option<&Invocation>) -> Option<Ruling> {
        let Some(active) = active else {
            return Some(Ruling::refuse(400, ErrorBody::invalid_request_id()));
        };
        // An empty one also counts as an echo, and a wrong one.
        let echoed = value_of(self.headers, header::INVOCATION_ID);
        match (echoed, &active.invocation_id) {
            (Some(echoed), Some(sent)) if echoed != sent => {
                Some(Ruling::refuse(410, ErrorBody::invoke_timeout()))
            }
            _ => None,
        }
    }

    /// Refuses a response whose mode is unknown.
    pub(super) fn in_unknown_mode(&self) -> Option<Ruling> {
        let known = |mode: &str| mode.is_empty() || mode == "streaming";
        let mode = value_of(self.headers, header::RESPONSE_MODE);
        let unknown = self.kind == AnswerKind::Response && !mode.is_none_or(known);
        unknown.then(|| Ruling::refuse(400, ErrorBody::invalid_response_mode()))
    }

    /// Refuses a body that is too long.
    pub(super) fn oversized(&self) -> Option<Ruling> {
        self.is_too_large
            .then(|| Ruling::refuse(413, ErrorBody::too_large()))
    }
}

/// Whether a reply with this status tells the runtime that its request was unreadable or unknown: the state does not change.
pub(super) fn changes_nothing(status: u16) -> bool {
    matches!(
        status,
        400 | 404 | 405 | 408 | 411 | 414 | 415 | 417 | 431 | 501 | 505
    )
}
