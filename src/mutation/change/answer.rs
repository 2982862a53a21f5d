//! Changes after an answer.

use hyper::StatusCode;

use super::Then;
use super::look::is_poll;
use crate::reference::client::{Call, Client, Reply};
use crate::reference::failure::Failure;
use crate::reference::hooks::{Delivered, Hooks, Later, Replied};
use crate::reference::wire::Way;

/// Facts about an answer that was sent.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Answer {
    /// The status of the reply.
    pub(in super::super) status: StatusCode,
    /// Whether it was a failure.
    pub(in super::super) failed: bool,
    /// Whether no reply came.
    pub(in super::super) cut: bool,
}

impl Answer {
    fn of(sent: &Delivered<'_>) -> Self {
        let status = sent.reply.as_ref().map(|reply| reply.status);
        Self {
            status: status.unwrap_or(StatusCode::CONTINUE),
            failed: sent.failure.is_some(),
            cut: sent.reply.is_err(),
        }
    }
}

/// Makes another call after an answer.
pub(in super::super) struct After(
    pub(in super::super) for<'a> fn(&'a mut Client, Answer) -> Later<'a, ()>,
);

impl Hooks for After {
    fn answered<'a>(&'a self, sent: Delivered<'a>) -> Later<'a, Replied> {
        Box::pin(async move {
            let answer = Answer::of(&sent);
            (self.0)(sent.client, answer).await;
            sent.reply
        })
    }
}

/// Sends some answers a second time, with this change.
pub(in super::super) struct Again(
    pub(in super::super) fn(Answer) -> bool,
    pub(in super::super) fn(&mut Call),
);

impl Hooks for Again {
    fn answered<'a>(&'a self, sent: Delivered<'a>) -> Later<'a, Replied> {
        Box::pin(async move {
            if (self.0)(Answer::of(&sent)) {
                let mut call = sent.call.clone();
                (self.1)(&mut call);
                drop(sent.client.send(&call).await);
            }
            sent.reply
        })
    }
}

/// Leaves an answer as it was.
pub(in super::super) fn unchanged(_: &mut Call) {}

/// Turns a response into an error, and an error into a response.
pub(in super::super) fn of_the_other_kind(call: &mut Call) {
    let (path, verb) = call.path.rsplit_once('/').unwrap_or_default();
    let verb = if verb == "error" { "response" } else { "error" };
    call.path = format!("{path}/{verb}");
    call.body = Some(Failure::of_runtime("Unknown", "again").document().into());
}

/// Ends after such a reply to an answer.
pub(in super::super) struct EndsOn(
    pub(in super::super) fn(&Reply, Option<&Failure>) -> bool,
    pub(in super::super) Then,
);

impl Hooks for EndsOn {
    fn answered<'a>(&'a self, sent: Delivered<'a>) -> Later<'a, Replied> {
        Box::pin(async move {
            let ends = |reply: &Reply| (self.0)(reply, sent.failure);
            if sent.reply.as_ref().is_ok_and(ends) {
                self.1.polls_again().await;
            }
            sent.reply
        })
    }
}

/// Opens a connection for each answer, and sends some answers again.
pub(in super::super) struct RepostsAfterCut(pub(in super::super) fn(Answer) -> bool);

impl Hooks for RepostsAfterCut {
    fn way(&self, call: &Call) -> Way {
        Way {
            fresh: !is_poll(call),
            ..Way::default()
        }
    }

    fn answered<'a>(&'a self, sent: Delivered<'a>) -> Later<'a, Replied> {
        Box::pin(async move { Again(self.0, unchanged).answered(sent).await })
    }
}
