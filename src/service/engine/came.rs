//! What a call means to a director.

use super::command::Served;
use super::event::Arrival;
use crate::service::Outgoing;

/// The meaning of a call for a director.
#[derive(Debug)]
pub(super) enum Came {
    /// A call that is held.
    Held,
    /// It leads nowhere: it is refused or asks for nothing.
    Nowhere(Outgoing),
    /// A poll while an event is unanswered; the event is delivered again.
    Again(Served),
    /// A report of the runtime whose content was checked.
    Report(Report),
    /// A call of another API than the Runtime API.
    Other(Option<Outgoing>),
}

/// A report of the runtime.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) kind: ReportKind,
    /// The invocation that it answers, if that is known.
    pub(super) invocation: Option<usize>,
    /// The service's own reply.
    pub(super) reply: Outgoing,
}

/// The kinds of report.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum ReportKind {
    Answer,
    InitError,
    RestoreError,
}

/// A complete report or poll that waits until an earlier answer has come.
#[derive(Debug)]
pub(super) struct Blocked {
    pub(super) arrival: Arrival,
    pub(super) body: Vec<u8>,
    pub(super) bytes: u64,
}
