//! What the service tells of.

use super::dialect::Feed;
use super::wanted::Stream;
use crate::protocol::{Actor, Function, Mode};

/// Something that the service tells of.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// The initialisation begins.
    InitStart,
    /// The runtime is ready, or has failed.
    InitRuntimeDone(Outcome),
    /// The initialisation is over, after so many milliseconds.
    InitReport(Outcome, u64),
    /// The environment is restored.
    RestoreStart,
    /// The runtime is ready after it, or has failed.
    RestoreRuntimeDone(Outcome),
    /// The restore is over, after so many milliseconds.
    RestoreReport(Outcome, u64),
    /// An extension at the end of the initialisation.
    Extension {
        /// Its name.
        name: String,
        /// The service's name of its state.
        state: &'static str,
        /// Its events.
        events: Vec<&'static str>,
    },
    /// An extension has subscribed.
    Subscribed {
        /// Its name.
        name: String,
        /// The API.
        feed: Feed,
        /// The streams.
        streams: Vec<Stream>,
    },
    /// An invocation begins.
    Start(Run),
    /// The runtime is done with an invocation.
    RuntimeDone(Run),
    /// An invocation is over.
    Report(Run),
    /// An invocation was lost.
    Fault(Run),
    /// Events were dropped.
    Dropped {
        /// How many.
        records: usize,
        /// How many bytes they had.
        bytes: usize,
        /// Why.
        reason: String,
    },
    /// A line of output.
    Line {
        /// Whose.
        actor: Actor,
        /// Its text, without the line feed.
        text: String,
    },
}

/// How something ended.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Outcome {
    /// The service's word for it.
    pub status: Status,
    /// The error type, if it failed.
    pub error_type: Option<String>,
}

/// The service's words for an end.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Status {
    /// It did what it should.
    #[default]
    Success,
    /// The function or the runtime failed.
    Error,
    /// Its time was up.
    Timeout,
}

/// A part of an invocation: when it began, and how long it took, in milliseconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span {
    pub(super) began_ms: u64,
    pub(super) ms: u64,
}

/// An invocation, as far as it has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    pub(super) request_id: String,
    pub(super) trace: Option<String>,
    pub(super) outcome: Outcome,
    pub(super) began_ms: u64,
    /// Until the first byte of the answer.
    pub(super) latency: Option<Span>,
    /// From then to its last byte.
    pub(super) answer: Option<Span>,
    /// From then to the next poll.
    pub(super) overhead: Option<Span>,
    /// From then until each extension asked for its next event.
    pub(super) extensions: Option<Span>,
    pub(super) produced_bytes: u64,
    /// When the runtime was done.
    pub(super) done_ms: Option<u64>,
    /// How long the initialisation, or the restore, before it took.
    pub(super) init_ms: Option<u64>,
    pub(super) restore_ms: Option<u64>,
}

/// What is the same in all events of an environment.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) mode: Mode,
    pub(super) function: Function,
    /// Whether the log format of the function is JSON.
    pub(super) is_json: bool,
    /// The most memory of the runtime so far, in MB.
    pub(super) used_mb: u64,
}

impl Status {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error => "error",
            Self::Timeout => "timeout",
        }
    }
}

impl Happening {
    /// The stream that it belongs to.
    pub(super) fn stream(&self) -> Stream {
        match self {
            Self::Line { actor, .. } => match actor {
                Actor::Runtime => Stream::Function,
                Actor::Extension(_) => Stream::Extension,
            },
            Self::InitStart
            | Self::InitRuntimeDone(_)
            | Self::InitReport(..)
            | Self::RestoreStart
            | Self::RestoreRuntimeDone(_)
            | Self::RestoreReport(..)
            | Self::Extension { .. }
            | Self::Subscribed { .. }
            | Self::Start(_)
            | Self::RuntimeDone(_)
            | Self::Report(_)
            | Self::Fault(_)
            | Self::Dropped { .. } => Stream::Platform,
        }
    }
}

impl Outcome {
    /// It failed with this error type.
    pub fn error_of(error_type: impl Into<String>) -> Self {
        Self {
            status: Status::Error,
            error_type: Some(error_type.into()),
        }
    }
}

impl Span {
    /// From one time to another.
    pub(super) fn between(began_ms: u64, ended_ms: u64) -> Self {
        Self {
            began_ms,
            ms: ended_ms.saturating_sub(began_ms),
        }
    }

    pub(super) fn end_ms(self) -> u64 {
        self.began_ms.saturating_add(self.ms)
    }
}
