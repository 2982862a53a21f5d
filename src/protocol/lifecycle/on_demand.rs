//! The state machine of a standard execution environment, as the service runs it.

use super::ruling::changes_nothing;
use super::{Answer, AnswerKind, Call, Invocation, Lifecycle, Moment, Ruling};

/// States, with the names in the service's error texts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum State {
    /// The process runs its static code.
    #[default]
    Started,
    /// The runtime waits in `/next`.
    Ready,
    /// An invocation is in progress.
    Running,
    /// An answer was refused as on Managed Instances: the invocation is still open, and a poll waits for the next event.
    Open,
    /// After a bad response mode: every later call is refused.
    InvocationResponse,
    /// The answer was accepted; the invocation ends at the following `/next`.
    RuntimeResponseSent,
    /// `/init/error` was accepted.
    InitError,
}

/// A POST of the runtime.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Report {
    Answer(AnswerKind),
    InitError,
}

impl State {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Started => "Started",
            Self::Ready => "Ready",
            Self::Running | Self::Open => "Running",
            Self::InvocationResponse => "InvocationResponse",
            Self::RuntimeResponseSent => "RuntimeResponseSentState",
            Self::InitError => "InitError",
        }
    }

    /// The state after a report that came in this state and got this status instead of the service's own: the same as where
    /// the service sends that status.
    ///
    /// - A request that the service cannot read, or whose id it does not know, changes nothing.
    /// - 403 says that the report came out of turn, so the invocation has its answer.
    /// - 413 to a response says that its caller was told; 413 to an error, and 410, are sent on Managed Instances only, and
    ///   leave the invocation open.
    /// - After 500, Lambda cannot go on. Answers are refused, and a poll waits, so that a runtime that goes on is noticed.
    fn after(self, report: Report, status: u16) -> Self {
        let in_turn = match report {
            Report::InitError => self == Self::Started,
            Report::Answer(_) => self.has_open_invocation(),
        };
        match (report, status) {
            _ if !in_turn || changes_nothing(status) => self,
            (Report::InitError, 413) => self,
            (Report::InitError, _) => Self::InitError,
            (Report::Answer(AnswerKind::Error), 413) | (_, 410) => Self::Open,
            (Report::Answer(_), _) => Self::RuntimeResponseSent,
        }
    }

    /// Whether an answer would be accepted.
    fn has_open_invocation(self) -> bool {
        matches!(self, Self::Running | Self::Open)
    }

    /// 403, with the text of the service.
    fn refuses(self, target: &str) -> Ruling {
        Ruling::out_of_turn(self.name(), target)
    }
}

/// One execution environment: its state and its active invocation.
#[derive(Clone, Debug, Default)]
pub(super) struct OnDemand {
    state: State,
    active: Option<Invocation>,
    /// The latest report, and the state in which it came.
    latest: Option<(State, Report)>,
}

impl OnDemand {
    /// The state.
    pub(super) fn state(&self) -> State {
        self.state
    }

    fn poll(&mut self) -> Ruling {
        match self.state {
            State::Running => Ruling::Redeliver,
            State::InitError | State::InvocationResponse => self.state.refuses("Ready"),
            State::Started | State::Ready | State::Open | State::RuntimeResponseSent => {
                self.state = State::Ready;
                self.active = None;
                Ruling::Hold
            }
        }
    }

    /// The id is checked before the state.
    fn answer(&mut self, answer: Answer<'_>) -> Ruling {
        let active = self.active.as_ref();
        let active = active.filter(|active| active.request_id == answer.request_id);
        if let Some(refusal) = answer.misdirected(active) {
            return refusal;
        }
        if !self.state.has_open_invocation() {
            return self.state.refuses(match answer.kind {
                AnswerKind::Response => "InvocationResponse",
                AnswerKind::Error => "InvocationErrorResponse",
            });
        }
        if let Some(refusal) = answer.in_unknown_mode() {
            self.state = State::InvocationResponse;
            return refusal;
        }
        self.state = State::RuntimeResponseSent;
        answer.oversized().unwrap_or(Ruling::Accept)
    }

    fn init_error(&mut self) -> Ruling {
        if self.state != State::Started {
            return self.state.refuses("InitError");
        }
        self.state = State::InitError;
        Ruling::Accept
    }
}

impl Lifecycle for OnDemand {
    fn take(&mut self, call: Call<'_>) -> Ruling {
        let before = self.state;
        match call {
            Call::Next => self.poll(),
            Call::Answer(answer) => {
                self.latest = Some((before, Report::Answer(answer.kind)));
                self.answer(answer)
            }
            Call::InitError => {
                self.latest = Some((before, Report::InitError));
                self.init_error()
            }
            Call::RestoreNext => self.state.refuses("Ready"),
            Call::RestoreError => self.state.refuses("RuntimeRestoreErrorState"),
        }
    }

    fn overrule(&mut self, status: u16) {
        if let Some((before, report)) = self.latest {
            self.state = before.after(report, status);
        }
    }

    fn dispatch(&mut self, invocation: Invocation) {
        self.state = State::Running;
        self.active = Some(invocation);
    }

    fn is_open(&self, request_id: &str) -> bool {
        let active = self.active.as_ref();
        self.state.has_open_invocation()
            && active.is_some_and(|active| active.request_id == request_id)
    }

    fn moment(&self) -> Moment {
        match self.state {
            State::RuntimeResponseSent | State::Open => Moment::OwesPoll,
            State::InvocationResponse => Moment::Wedged,
            State::Started | State::Ready | State::Running | State::InitError => Moment::Usual,
        }
    }
}

#[cfg(test)]
mod tests;
