//! Changes after an answer.

use hyper::StatusCode;

use super::Then;
use super::look::is_poll;
use crate::reference::client::{Call, Client, Reply};
use crate::reference::failure::Failure;
use crate::reference::hooks::{Hooks, Later, Replied};
use crate::reference::settings::Settings;
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
    fn of(reply: &Replied, failure: Option<&Failure>) -> Self {
        let status = reply.as_ref().map(|reply| reply.status);
        Self {
            status: status.unwrap_or(StatusCode::CONTINUE),
            failed: failure.is_some(),
            cut: reply.is_err(),
        }
    }
}

/// Makes another call after an answer.
pub(in super::super) struct After(
    pub(in super::super) for<'a> fn(&'a mut Client, Answer) -> Later<'a, ()>,
);

impl Hooks for After {
    fn answered<'a>(
        &'a self,
        client: &'a mut Client,
        _: &'a Settings,
        _: &'a Call,
        failure: Option<&'a Failure>,
        reply: Replied,
    ) -> Later<'a, Replied> {
        Box::pin(async move {
            (self.0)(client, Answer::of(&reply, failure)).await;
            reply
        })
    }
}

/// Sends some answers a second time, with this change.
pub(in super::super) struct Again(
    pub(in super::super) fn(Answer) -> bool,
    pub(in super::super) fn(&mut Call),
);

impl Hooks for Again {
    fn answered<'a>(
        &'a self,
        client: &'a mut Client,
        _: &'a Settings,
        call: &'a Call,
        failure: Option<&'a Failure>,
        reply: Replied,
    ) -> Later<'a, Replied> {
        Box::pin(async move {
            if (self.0)(Answer::of(&reply, failure)) {
                let mut call = call.clone();
                (self.1)(&mut call);
                drop(client.send(&call).await);
            }
            reply
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
    fn answered<'a>(
        &'a self,
        _: &'a mut Client,
        _: &'a Settings,
        _: &'a Call,
        failure: Option<&'a Failure>,
        reply: Replied,
    ) -> Later<'a, Replied> {
        Box::pin(async move {
            if reply.as_ref().is_ok_and(|reply| (self.0)(reply, failure)) {
                self.1.polls_again().await;
            }
            reply
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

    fn answered<'a>(
        &'a self,
        client: &'a mut Client,
        settings: &'a Settings,
        call: &'a Call,
        failure: Option<&'a Failure>,
        reply: Replied,
    ) -> Later<'a, Replied> {
        Box::pin(async move {
            Again(self.0, unchanged)
                .answered(client, settings, call, failure, reply)
                .await
        })
    }
}
