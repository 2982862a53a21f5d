//! What a script can wait for.

use serde::Deserialize;

use crate::law::Code;
use crate::protocol::AnswerKind;

/// The target of a wait.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// GET `/next`.
    Next,
    /// POST `/response` for the invocation.
    Response,
    /// POST `/error` for the invocation.
    Error,
    /// Either of the two.
    Answer,
    /// POST `/init/error`.
    InitError,
    /// GET `/restore/next`, which is held until the end of a freeze, or until there is an event.
    RestoreNext,
    /// POST `/restore/error`; the service also takes `/init/error` for it.
    RestoreError,
    /// POST `/extension/register`, of an extension; its `next` is GET `/extension/event/next`.
    Register,
    /// A subscription of an extension to telemetry or logs, which the service takes.
    Subscribe,
    /// The answer of an extension to a batch of telemetry.
    Batch,
    /// The end of the process.
    Exit,
    /// Either the end of the process or another poll.
    ExitOrNext,
    /// An answer to the invocation, or the end of the process: for events that do not arrive completely.
    AnswerOrExit,
    /// What the caller at the invoke door gets for the invocation.
    Returned,
}

impl What {
    /// Whether the end of the process meets this wait.
    pub fn allows_exit(self) -> bool {
        match self {
            Self::Exit | Self::ExitOrNext | Self::AnswerOrExit => true,
            Self::Next
            | Self::Response
            | Self::Error
            | Self::Answer
            | Self::InitError
            | Self::RestoreNext
            | Self::RestoreError
            | Self::Register
            | Self::Subscribe
            | Self::Batch
            | Self::Returned => false,
        }
    }

    /// Whether either answer to the invocation meets it.
    pub fn takes_either_answer(self) -> bool {
        match self {
            Self::Answer | Self::AnswerOrExit => true,
            Self::Next
            | Self::Response
            | Self::Error
            | Self::InitError
            | Self::RestoreNext
            | Self::RestoreError
            | Self::Register
            | Self::Subscribe
            | Self::Batch
            | Self::Exit
            | Self::ExitOrNext
            | Self::Returned => false,
        }
    }

    pub(super) fn told(self) -> &'static str {
        match self {
            Self::Next => "GET /next",
            Self::Response => "POST /response",
            Self::Error => "POST /error",
            Self::Answer => "POST /response or /error",
            Self::InitError => "POST /init/error",
            Self::RestoreNext => "GET /restore/next",
            Self::RestoreError => "POST /restore/error",
            Self::Register => "POST /register",
            Self::Subscribe => "a subscription to telemetry",
            Self::Batch => "the answer to a batch of telemetry",
            Self::Exit => "the end of the process",
            Self::ExitOrNext => "GET /next or the end of the process",
            Self::AnswerOrExit => "an answer or the end of the process",
            Self::Returned => "that the caller has its answer",
        }
    }

    /// The answers that can meet it; `None` stands for everything that is not an answer.
    pub(super) fn met_by(self) -> &'static [Option<AnswerKind>] {
        const RESPONSE: Option<AnswerKind> = Some(AnswerKind::Response);
        const ERROR: Option<AnswerKind> = Some(AnswerKind::Error);
        match self {
            Self::Response => &[RESPONSE],
            Self::Error => &[ERROR],
            Self::Answer | Self::Returned => &[RESPONSE, ERROR],
            Self::AnswerOrExit => &[RESPONSE, ERROR, None],
            Self::Next
            | Self::InitError
            | Self::RestoreNext
            | Self::RestoreError
            | Self::Register
            | Self::Subscribe
            | Self::Batch
            | Self::Exit
            | Self::ExitOrNext => &[None],
        }
    }

    /// The codes of the finding if nothing meets it.
    pub(super) fn codes_in_vain(self) -> &'static [Code] {
        match self {
            Self::Response | Self::Error | Self::Answer | Self::Returned => {
                &[Code::InvocationLost, Code::NoAnswer]
            }
            Self::InitError => &[Code::InitFailureNotReported],
            Self::RestoreNext => &[Code::NoRestoreNext],
            Self::RestoreError => &[
                Code::RestoreFailureNotReported,
                Code::RestoreFailureElsewhere,
            ],
            Self::Register => &[Code::NeverCalled, Code::NotRegistered],
            Self::Subscribe => &[Code::NotSubscribed],
            Self::Batch => &[Code::BatchNotTaken],
            Self::Exit => &[Code::StillRunning],
            Self::ExitOrNext | Self::AnswerOrExit => &[Code::Stuck],
            Self::Next => &[Code::Exited, Code::NoNext],
        }
    }

    /// The answer that it asks for, if the other kind does not meet it.
    pub fn only(self) -> Option<AnswerKind> {
        match self {
            Self::Response => Some(AnswerKind::Response),
            Self::Error => Some(AnswerKind::Error),
            Self::Next
            | Self::Answer
            | Self::InitError
            | Self::RestoreNext
            | Self::RestoreError
            | Self::Register
            | Self::Subscribe
            | Self::Batch
            | Self::Exit
            | Self::ExitOrNext
            | Self::AnswerOrExit
            | Self::Returned => None,
        }
    }
}
