//! Faults in which answers are sent, when, and what follows them.

use std::process::exit;
use std::time::Duration;

use hyper::StatusCode;

use super::super::client::{Call, CallError, Reply};
use super::super::failure::Failure;
use super::super::fault::{Fault, Flaw};
use super::super::invocation::Invocation;
use super::super::log;
use super::super::{Fatal, Runtime, report};
use super::calls::ping;
use super::polls::{Refused, refused};
use super::replies::in_many_pieces;
use super::reports::{is_odd, is_unreadable};
use super::{turns, values};
use crate::protocol::header;

/// What becomes of an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum Fate {
    /// It is sent.
    Sent,
    /// It is forgotten.
    Forgotten,
}

type Outcome = Result<Vec<u8>, Failure>;

/// Takes something that is never given back.
fn leak(flaw: Flaw) {
    match flaw.0 {
        Some(Fault::LeaksFiles) => std::mem::forget(std::fs::File::open("/dev/null")),
        Some(Fault::LeaksThreads) => drop(std::thread::spawn(std::thread::park)),
        _ => {}
    }
}

impl Runtime {
    /// What a mutant does before it runs the function.
    pub(in super::super) async fn before_work(&mut self, invocation: &Invocation) {
        self.note_work(invocation);
        turns::set_busy(true);
        leak(self.flaw);
        if self.flaw.is(Fault::SetsUpLate) && self.memory.turn == 1 {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        if self.flaw.is(Fault::PollsWhileAtWork) {
            let _ = self.client.send(&Call::get("/invocation/next")).await;
        }
        if self.flaw.is(Fault::AnswersWithoutWaiting) {
            let event = String::from_utf8_lossy(&invocation.event);
            let ms = event.split("\"ms\":").nth(1).unwrap_or_default();
            let ms: String = ms.trim().chars().take_while(char::is_ascii_digit).collect();
            if !ms.is_empty() {
                let body = format!("{{\"slept_ms\":{ms}}}");
                let _ = self
                    .client
                    .send(&Call::post(&invocation.path("response"), body))
                    .await;
            }
        }
    }

    /// What a mutant does at its start, before the first poll.
    pub(in super::super) async fn before_polls(&mut self) {
        self.use_leftovers().await;
        match self.flaw.0 {
            Some(Fault::AnswersAtStart) => {
                let call = Call::post(
                    "/invocation/00000000-0000-4000-8000-000000000000/response",
                    "{}",
                );
                let _ = self.client.send(&call).await;
            }
            Some(Fault::OnlyPings) => {
                let _ = self.client.send(&ping()).await;
                log::complain("the service is there, or not");
                exit(1)
            }
            Some(Fault::InitErrorAtStart) => {
                let failure = Failure::of_runtime("Unknown", "no failure");
                let _ = self.client.send(&report("/init/error", &failure)).await;
            }
            _ => {}
        }
    }

    /// Where an outcome goes in a mutant.
    pub(in super::super) fn fate(&self, outcome: &mut Outcome) -> Fate {
        let dropped = match (self.flaw.0, &*outcome) {
            (Some(Fault::DropsInvocation), _) => true,
            (Some(Fault::DropsNull), Ok(body)) => body == b"null",
            (Some(Fault::HidesErrors), Err(_)) => true,
            (Some(Fault::DropsUnserializable), Err(failure)) => failure.kind == "MarshalError",
            (Some(Fault::DropsMalformedEvent), Err(failure)) => failure.kind == "UnmarshalError",
            (Some(Fault::DropsUnreadable), Err(failure)) => is_unreadable(failure),
            (Some(Fault::DropsBadClientContext), Err(failure)) => failure.kind == "InvalidContext",
            _ => false,
        };
        self.print_event(outcome.as_ref().err());
        if let (Some(Fault::ErrorsToResponse), Err(failure)) = (self.flaw.0, &*outcome) {
            log::complain(&failure.message);
            *outcome = Ok(failure.document());
        }
        if let (Some(Fault::OddErrorsToResponse), Err(failure)) = (self.flaw.0, &*outcome)
            && is_odd(failure)
        {
            *outcome = Ok(b"null".to_vec());
        }
        match dropped {
            true => Fate::Forgotten,
            false => Fate::Sent,
        }
    }

    /// Changes an answer on its way, or takes it out of the runtime's hands.
    pub(in super::super) async fn redirect(
        &mut self,
        call: &mut Call,
        failure: Option<&Failure>,
    ) -> Fate {
        let malformed = failure.is_some_and(|failure| failure.kind == "UnmarshalError");
        match self.flaw.0 {
            Some(Fault::ErrorsToInit) if failure.is_some() => {
                call.remove(header::INVOCATION_ID);
                call.path = "/2018-06-01/runtime/init/error".to_owned();
            }
            Some(Fault::MalformedEventToInit) if malformed => {
                call.remove(header::INVOCATION_ID);
                call.path = "/2018-06-01/runtime/init/error".to_owned();
            }
            Some(Fault::NoInvocationIdOnErrors) if failure.is_some() => {
                call.remove(header::INVOCATION_ID);
            }
            Some(Fault::ResponseToStdout) if failure.is_none() => {
                log::say(&String::from_utf8_lossy(
                    call.body.as_deref().unwrap_or_default(),
                ));
                call.body = Some("null".into());
            }
            Some(Fault::PollsBeforeAck) => {
                let api = self.settings.api.clone().unwrap_or_default();
                let early = call.clone();
                tokio::spawn(async move { super::super::Client::new(&api).send(&early).await });
                // Long enough for the answer to be first on the wire.
                tokio::time::sleep(Duration::from_millis(50)).await;
                return Fate::Forgotten;
            }
            Some(fault) if failure.is_none() => values::reroute(fault, call),
            _ => {}
        }
        Fate::Sent
    }

    /// What a mutant does with the reply to its answer; `Err` is how it ends.
    pub(in super::super) async fn after_answer(
        &mut self,
        call: &Call,
        failure: Option<&Failure>,
        reply: &Result<Reply, CallError>,
    ) -> Result<(), Fatal> {
        self.forget_work();
        turns::set_busy(false);
        let status = reply
            .as_ref()
            .map_or(StatusCode::CONTINUE, |reply| reply.status);
        self.further_calls(call, failure, status, reply.is_err())
            .await;
        let body = match reply {
            Ok(reply) => reply.body.clone().unwrap_or_default(),
            Err(_) => return Ok(()),
        };
        let no_json = serde_json::from_slice::<serde_json::Value>(&body).is_err();
        let dies = match self.flaw.0 {
            Some(Fault::DiesOf400) => status == 400,
            Some(Fault::DiesOf410) => status == 410,
            Some(Fault::DiesOf413) => status == 413,
            Some(Fault::NeedsStatusOk) => status != 200,
            Some(Fault::NeedsJsonAck) => no_json,
            Some(Fault::NeedsAckBody) => body.is_empty(),
            Some(Fault::NeedsAckLength) => reply
                .as_ref()
                .is_ok_and(|reply| reply.headers.contains_key("transfer-encoding")),
            Some(Fault::DiesAfterError) => failure.is_some(),
            Some(Fault::DiesAfterCauseLoop) => failure.is_some_and(|failure| failure.causes.looped),
            Some(Fault::ExitsNonZero) => true,
            _ => false,
        };
        if dies {
            exit(1);
        }
        match self.flaw.0 {
            Some(Fault::Exits) => exit(0),
            Some(Fault::Hangs) => std::future::pending().await,
            Some(Fault::InitErrorAfterAnswer) if self.memory.turn == 1 => {
                let failure = Failure::of_runtime("Unknown", "no failure");
                let _ = self.client.send(&report("/init/error", &failure)).await;
                Ok(())
            }
            Some(Fault::NeedsAckAtOnce) if reply.as_ref().is_ok_and(in_many_pieces) => {
                std::future::pending().await
            }
            Some(Fault::HangsOn403) if status == 403 => std::future::pending().await,
            Some(Fault::HangsOn500) if status == 500 => std::future::pending().await,
            Some(Fault::ExitsZeroOn500) if status == 500 => exit(0),
            _ => Ok(()),
        }
    }

    /// Answers that a mutant sends besides the one.
    async fn further_calls(
        &mut self,
        call: &Call,
        failure: Option<&Failure>,
        status: StatusCode,
        cut: bool,
    ) {
        let again = match self.flaw.0 {
            Some(Fault::AnswersTwice) => failure.is_none() && status.is_success(),
            Some(Fault::ErrorTwice) => failure.is_some() && status.is_success(),
            Some(Fault::RepostsOn400) => status == 400,
            Some(Fault::RepostsOn403) => status == 403,
            Some(Fault::RepostsOn410) => status == 410,
            Some(Fault::RepostsOn413) => status == 413,
            Some(Fault::RepostsOn500) => status == 500,
            Some(Fault::RepostsAfterCut) => cut,
            Some(Fault::RepostsErrorAfterCut) => cut && failure.is_some(),
            _ => false,
        };
        let other = match self.flaw.0 {
            Some(Fault::ErrorAfterResponse) => failure.is_none() && status.is_success(),
            Some(Fault::ResponseAfterError) => failure.is_some() && status.is_success(),
            Some(Fault::ErrorAfter413) => status == 413,
            _ => false,
        };
        let mut call = call.clone();
        if other {
            let (path, verb) = call.path.rsplit_once('/').unwrap_or_default();
            let verb = if verb == "error" { "response" } else { "error" };
            call.path = format!("{path}/{verb}");
            call.body = Some(Failure::of_runtime("Unknown", "again").document().into());
        }
        if again || other {
            let _ = self.client.send(&call).await;
        }
    }

    /// Whether a mutant polls again after a reply that is no event.
    pub(in super::super) async fn polls_again(&self, status: Option<StatusCode>) -> bool {
        match refused(self.flaw, status) {
            Refused::Ends => false,
            Refused::Again => true,
            Refused::Hangs => std::future::pending().await,
        }
    }
}
