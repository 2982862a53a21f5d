//! What the service does with a call of the runtime, by mode: one state machine a mode, behind one interface.

mod extension;
mod managed;
mod on_demand;
mod restore;

use std::fmt::Debug;

use super::{ErrorBody, Mode};
pub use extension::{Extensions, Invoke};
use managed::Managed;
use on_demand::OnDemand;
use restore::Restore;

/// A call that the state of the environment decides.
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

/// An answer to an invocation, as far as a lifecycle looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// Which of the two it is.
    pub kind: AnswerKind,
    /// The id in the path.
    pub request_id: &'a str,
    /// The echoed invocation id. An empty one is an echo as well, and a wrong one.
    pub invocation_id: Option<&'a str>,
    /// The response mode header; an empty one counts as none.
    pub response_mode: Option<&'a str>,
    /// Whether the body is longer than the service takes.
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

/// The ids of an invocation that the runtime works on.
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
    /// Hand out the unanswered event again, at once.
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

/// What a runtime does next, as far as the service knows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Moment {
    /// An invocation has its answer, or was given up, and ends only at the following poll (NEXT-11).
    OwesPoll,
    /// Nothing helps any more: a bad answer has left it where each later call is refused.
    Wedged,
    /// Anything else.
    Usual,
}

/// One execution environment, as far as its state decides what a call gets.
pub trait Lifecycle: Debug + Send {
    /// Rules on a call; the state moves with the ruling.
    fn take(&mut self, call: Call<'_>) -> Ruling;

    /// The latest POST was answered with this status, and not as ruled: the state follows what was sent.
    fn overrule(&mut self, status: u16);

    /// An event goes out on a poll that was held.
    fn dispatch(&mut self, invocation: Invocation);

    /// Whether an answer to this invocation would be taken.
    fn is_open(&self, request_id: &str) -> bool;

    /// Where the runtime stands.
    fn moment(&self) -> Moment;

    /// The environment is restored. Says whether `/restore/next` was held for that.
    fn restore(&mut self) -> bool {
        false
    }
}

/// That of a fresh environment.
pub fn lifecycle(mode: Mode) -> Box<dyn Lifecycle> {
    match mode {
        Mode::OnDemand => Box::<OnDemand>::default(),
        Mode::SnapStart => Box::<Restore>::default(),
        Mode::ManagedInstances { .. } => Box::<Managed>::default(),
    }
}

impl Ruling {
    fn refuse(status: u16, error: ErrorBody) -> Self {
        Self::Refuse { status, error }
    }

    /// 403: the call comes out of turn.
    fn out_of_turn(from: &str, to: &str) -> Self {
        Self::refuse(403, ErrorBody::out_of_turn(from, to))
    }
}

impl Answer<'_> {
    /// Refuses an answer that is to no invocation, or to an attempt that is over; `active` is the one of its request id.
    fn misdirected(&self, active: Option<&Invocation>) -> Option<Ruling> {
        let Some(active) = active else {
            return Some(Ruling::refuse(400, ErrorBody::invalid_request_id()));
        };
        match (self.invocation_id, &active.invocation_id) {
            (Some(echoed), Some(sent)) if echoed != sent => {
                Some(Ruling::refuse(410, ErrorBody::invoke_timeout()))
            }
            _ => None,
        }
    }

    /// Refuses a response whose mode is unknown.
    fn in_unknown_mode(&self) -> Option<Ruling> {
        let known = |mode: &str| mode.is_empty() || mode == "streaming";
        let unknown = self.kind == AnswerKind::Response && !self.response_mode.is_none_or(known);
        unknown.then(|| Ruling::refuse(400, ErrorBody::invalid_response_mode()))
    }

    /// Refuses a body that is too long.
    fn oversized(&self) -> Option<Ruling> {
        self.is_too_large
            .then(|| Ruling::refuse(413, ErrorBody::too_large()))
    }
}

/// Whether a reply of this status tells the runtime that its request could not be read, or was to nobody: it changes nothing.
fn changes_nothing(status: u16) -> bool {
    matches!(
        status,
        400 | 404 | 405 | 408 | 411 | 414 | 415 | 417 | 431 | 501 | 505
    )
}
