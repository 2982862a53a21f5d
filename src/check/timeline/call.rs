//! A call of the runtime, and where it leads.

use crate::protocol::{AnswerKind, Endpoint, Route, header};
use crate::transcript::{Exchange, Offset};

/// A request to the Runtime API, and its endpoint. Calls of other APIs of the environment, which an extension inside the
/// runtime makes, are not included.
pub(in crate::check) struct Call<'a> {
    /// The exchange.
    pub(in crate::check) index: usize,
    pub(in crate::check) exchange: &'a Exchange,
    pub(in crate::check) route: Route,
    /// The invocation that it answers: the latest one of its id that was delivered before it.
    pub(super) addressed: Option<usize>,
}

impl Call<'_> {
    pub(in crate::check) fn at(&self) -> Offset {
        self.exchange.at
    }

    /// The invocation that it answers, if it answers one.
    pub(in crate::check) fn addressed(&self) -> Option<usize> {
        self.addressed
    }

    pub(in crate::check) fn endpoint(&self) -> Option<&Endpoint> {
        self.route.endpoint()
    }

    pub(in crate::check) fn is_next(&self) -> bool {
        self.endpoint() == Some(&Endpoint::Next)
    }

    pub(in crate::check) fn is_init_error(&self) -> bool {
        self.endpoint() == Some(&Endpoint::InitError)
    }

    /// The id that this call answers, if it is an answer.
    pub(in crate::check) fn answers(&self) -> Option<&str> {
        self.endpoint().and_then(Endpoint::answers)
    }

    /// The status of the reply; 0 if there is none yet.
    pub(in crate::check) fn status(&self) -> u16 {
        self.exchange.reply.as_ref().map_or(0, |reply| reply.status)
    }

    /// Which answer it is, if it is one.
    pub(in crate::check) fn answer(&self) -> Option<AnswerKind> {
        let kind = match self.is_error() {
            true => AnswerKind::Error,
            false => AnswerKind::Response,
        };
        self.answers().map(|_| kind)
    }

    /// Whether it is a result that comes as a stream, as it says.
    pub(in crate::check) fn is_stream(&self) -> bool {
        self.exchange.header(header::RESPONSE_MODE).as_deref() == Some("streaming")
    }

    /// `/error`, and not `/response`.
    pub(in crate::check) fn is_error(&self) -> bool {
        matches!(self.endpoint(), Some(Endpoint::Error(_)))
    }
}
