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
            Self::Running => "Running",
            Self::InvocationResponse => "InvocationResponse",
            Self::RuntimeResponseSent => "RuntimeResponseSentState",
            Self::InitError => "InitError",
        }
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
    /// The echoed invocation id; an empty one counts as none.
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
            State::Started | State::Ready | State::RuntimeResponseSent => {
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

    /// POST `/response`: the id is checked before the state.
    pub fn response(&mut self, answer: Answer<'_>) -> Ruling {
        if let Some(refusal) = self.misdirected(answer) {
            return refusal;
        }
        if self.state != State::Running {
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
        if self.state != State::Running {
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
        let echoed = answer.invocation_id.filter(|id| !id.is_empty());
        match (echoed, &active.invocation_id) {
            (Some(echoed), Some(sent)) if echoed != sent && !sent.is_empty() => {
                Some(Ruling::Refuse {
                    status: 410,
                    error: ErrorBody::new("InvokeTimeout", "Invoke timeout"),
                })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running() -> Lifecycle {
        let mut lifecycle = Lifecycle::default();
        assert_eq!(lifecycle.poll(), Ruling::Hold);
        lifecycle.dispatch(Invocation {
            request_id: "a".into(),
            invocation_id: Some("i".into()),
        });
        lifecycle
    }

    fn answer(request_id: &str) -> Answer<'_> {
        Answer {
            request_id,
            invocation_id: None,
            response_mode: None,
            body_bytes: 2,
        }
    }

    fn status(ruling: &Ruling) -> u16 {
        match ruling {
            Ruling::Hold => 0,
            Ruling::Redeliver => 200,
            Ruling::Accept => 202,
            Ruling::Refuse { status, .. } => *status,
        }
    }

    #[test]
    fn a_second_answer_is_403_before_next_and_400_after() {
        let mut lifecycle = running();
        assert_eq!(lifecycle.response(answer("a")), Ruling::Accept);
        assert_eq!(status(&lifecycle.error(answer("a"))), 403);
        assert_eq!(lifecycle.poll(), Ruling::Hold);
        assert_eq!(status(&lifecycle.response(answer("a"))), 400);
    }

    #[test]
    fn the_id_is_checked_before_the_state_and_changes_nothing() {
        let mut lifecycle = running();
        assert_eq!(status(&lifecycle.response(answer("b"))), 400);
        let mut stale = answer("a");
        stale.invocation_id = Some("old");
        assert_eq!(status(&lifecycle.response(stale)), 410);
        assert_eq!(lifecycle.response(answer("a")), Ruling::Accept);
    }

    #[test]
    fn next_without_an_answer_redelivers() {
        let mut lifecycle = running();
        assert_eq!(lifecycle.poll(), Ruling::Redeliver);
        assert_eq!(lifecycle.state(), State::Running);
    }

    #[test]
    fn init_error_is_taken_once_and_ends_polling() {
        let mut lifecycle = Lifecycle::default();
        assert_eq!(lifecycle.init_error(), Ruling::Accept);
        assert_eq!(status(&lifecycle.init_error()), 403);
        assert_eq!(status(&lifecycle.poll()), 403);
        assert_eq!(status(&running().init_error()), 403);
    }

    #[test]
    fn the_limit_is_inclusive_and_a_bad_mode_wedges() {
        let mut lifecycle = running();
        assert_eq!(
            lifecycle.response(Answer {
                body_bytes: RESPONSE_BYTES_MAX,
                ..answer("a")
            }),
            Ruling::Accept
        );
        let mut lifecycle = running();
        let over = Answer {
            body_bytes: RESPONSE_BYTES_MAX + 1,
            ..answer("a")
        };
        assert_eq!(status(&lifecycle.response(over)), 413);
        assert_eq!(lifecycle.poll(), Ruling::Hold);
        let mut lifecycle = running();
        assert_eq!(
            status(&lifecycle.response(Answer {
                response_mode: Some("Streaming"),
                ..answer("a")
            })),
            400
        );
        assert_eq!(status(&lifecycle.poll()), 403);
    }
}
