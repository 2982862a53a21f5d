//! The state machine of a standard execution environment, as the service runs it.

use super::{ErrorBody, RESPONSE_BYTES_MAX};

/// States under the names that the service's error texts use.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// The process runs its static code.
    Started,
    /// The runtime waits in `/next`.
    Ready,
    /// An invocation is with the runtime.
    Running,
    /// An answer was refused as on Managed Instances: the invocation is still open, and a poll waits for the next event.
    Open,
    /// Wedged by a bad response mode: every later call is refused.
    InvocationResponse,
    /// The answer was taken; the invocation ends at the following `/next`.
    RuntimeResponseSent,
    /// `/init/error` was taken.
    InitError,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Started => "Started",
            Self::Ready => "Ready",
            Self::Running | Self::Open => "Running",
            Self::InvocationResponse => "InvocationResponse",
            Self::RuntimeResponseSent => "RuntimeResponseSentState",
            Self::InitError => "InitError",
        }
    }

    /// Where an environment stands after a report that came to it here, when a reply of this status went out and not the
    /// service's own: as the service does where it sends that status.
    ///
    /// - A request that the service cannot read, or whose id it does not know, changes nothing.
    /// - 403 says that the report came out of turn, so the invocation has its answer.
    /// - 413 to a response says that its caller was told; 413 to an error, and 410, are sent on Managed Instances only, and
    ///   leave the invocation open.
    /// - After 500 Lambda knows no way on. Answers are refused, and a poll waits, so that it is seen who goes on all the same.
    #[must_use]
    pub fn after(self, report: Report, status: u16) -> Self {
        let in_turn = match report {
            Report::InitError => self == Self::Started,
            Report::Response | Report::Error => self.has_open_invocation(),
        };
        match (report, status) {
            _ if !in_turn => self,
            (_, 400 | 404 | 405 | 408 | 411 | 414 | 415 | 417 | 431 | 501 | 505) => self,
            (Report::InitError, 413) => self,
            (Report::InitError, _) => Self::InitError,
            (Report::Error, 413) | (_, 410) => Self::Open,
            (Report::Response | Report::Error, _) => Self::RuntimeResponseSent,
        }
    }

    /// Whether an answer would be taken.
    fn has_open_invocation(self) -> bool {
        matches!(self, Self::Running | Self::Open)
    }

    /// 403, with the text of the service.
    fn refuses(self, target: &str) -> Ruling {
        let message = format!(
            "State transition from {} to {target} failed for runtime. Error: State transition is not allowed",
            self.name()
        );
        Ruling::Refuse {
            status: 403,
            error: ErrorBody::new("InvalidStateTransition", message),
        }
    }
}

/// A POST of the runtime.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Report {
    /// `/response`
    Response,
    /// `/error`
    Error,
    /// `/init/error`
    InitError,
}

/// The ids of the invocation that the environment works on.
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
    /// Keep the poll open until there is an event.
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

/// An answer to the active invocation, as far as the state machine looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The id in the path.
    pub request_id: &'a str,
    /// The echoed invocation id. An empty one is an echo as well, and a wrong one.
    pub invocation_id: Option<&'a str>,
    /// The response mode header; an empty one counts as none.
    pub response_mode: Option<&'a str>,
    /// How many bytes the body has.
    pub body_bytes: u64,
}

/// One execution environment: its state and its active invocation.
#[derive(Clone, Debug)]
pub struct Lifecycle {
    state: State,
    active: Option<Invocation>,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self {
            state: State::Started,
            active: None,
        }
    }
}

impl Lifecycle {
    /// Where the environment stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// GET `/next`.
    pub fn poll(&mut self) -> Ruling {
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

    /// An event goes out on a held poll.
    pub fn dispatch(&mut self, invocation: Invocation) {
        self.state = State::Running;
        self.active = Some(invocation);
    }

    /// A case had a report that came in the state `before` answered with this status: the state follows what the runtime was
    /// told.
    pub fn overrule(&mut self, before: State, report: Report, status: u16) {
        self.state = before.after(report, status);
    }

    /// POST `/response`: the id is checked before the state.
    pub fn response(&mut self, answer: Answer<'_>) -> Ruling {
        if let Some(refusal) = self.misdirected(answer) {
            return refusal;
        }
        if !self.state.has_open_invocation() {
            return self.state.refuses("InvocationResponse");
        }
        if answer
            .response_mode
            .is_some_and(|mode| !mode.is_empty() && mode != "streaming")
        {
            self.state = State::InvocationResponse;
            let error = ErrorBody::new(
                "InvalidFunctionResponseMode",
                "Invalid function response mode",
            );
            return Ruling::Refuse { status: 400, error };
        }
        self.state = State::RuntimeResponseSent;
        if answer.body_bytes > RESPONSE_BYTES_MAX {
            let message =
                format!("Exceeded maximum allowed payload size ({RESPONSE_BYTES_MAX} bytes).");
            return Ruling::Refuse {
                status: 413,
                error: ErrorBody::new("RequestEntityTooLarge", message),
            };
        }
        Ruling::Accept
    }

    /// POST `/error`.
    pub fn error(&mut self, answer: Answer<'_>) -> Ruling {
        if let Some(refusal) = self.misdirected(answer) {
            return refusal;
        }
        if !self.state.has_open_invocation() {
            return self.state.refuses("InvocationErrorResponse");
        }
        self.state = State::RuntimeResponseSent;
        Ruling::Accept
    }

    /// POST `/init/error`.
    pub fn init_error(&mut self) -> Ruling {
        if self.state != State::Started {
            return self.state.refuses("InitError");
        }
        self.state = State::InitError;
        Ruling::Accept
    }

    fn misdirected(&self, answer: Answer<'_>) -> Option<Ruling> {
        let active = self
            .active
            .as_ref()
            .filter(|active| active.request_id == answer.request_id);
        let Some(active) = active else {
            return Some(Ruling::Refuse {
                status: 400,
                error: ErrorBody::invalid_request_id(),
            });
        };
        match (answer.invocation_id, &active.invocation_id) {
            (Some(echoed), Some(sent)) if echoed != sent => Some(Ruling::Refuse {
                status: 410,
                error: ErrorBody::new("InvokeTimeout", "Invoke timeout"),
            }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
