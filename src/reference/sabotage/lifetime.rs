//! Faults in how the runtime begins, waits and ends.

use std::convert::Infallible;
use std::process::exit;
use std::time::{Duration, Instant};

use tokio::signal::unix::Signal;

use super::super::client::{Call, CallError, Client, Reply};
use super::super::failure::Failure;
use super::super::fault::{Fault, Flaw};
use super::super::log;
use super::super::settings::Settings;
use super::super::{Runtime, report};
use super::calls::ping;
use super::field::LONG_PATIENCE;
use super::turns;

/// How long an impatient runtime waits for an event.
const PATIENCE: Duration = Duration::from_millis(2000);

/// Starts slowly where there is little memory.
pub(in super::super) async fn dawdle(flaw: Flaw, settings: &Settings) {
    let memory = settings.variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE");
    if flaw.is(Fault::StartsSlowly) && memory == Some("128") {
        tokio::time::sleep(Duration::from_secs(11)).await;
    }
}

/// Waits for SIGTERM, and does whatever keeps the runtime from ending.
pub(in super::super) async fn terminated(
    signal: Option<&mut Signal>,
    flaw: Flaw,
    settings: &Settings,
) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
    let mut client = Client::new(settings.api.as_deref().unwrap_or_default());
    let failure = Failure::of_runtime("ExitError", "terminated");
    match flaw.0 {
        Some(Fault::ForgetsTerm) if turns::is_busy() => std::future::pending().await,
        Some(Fault::IgnoresTerm) => std::future::pending().await,
        Some(Fault::SlowTerm) => tokio::time::sleep(Duration::from_secs(4)).await,
        // The whole event loop stands still with it.
        Some(Fault::HangsAtTerm) => loop {
            std::thread::park();
        },
        Some(Fault::PingsAtTerm) => drop(client.send(&ping()).await),
        Some(Fault::InitErrorAtTerm) => {
            let _ = client.send(&report("/init/error", &failure)).await;
        }
        _ => {}
    }
}

/// What becomes of a runtime that nobody listens to; it may not come back.
pub(in super::super) async fn unreachable(flaw: Flaw) {
    match flaw.0 {
        Some(Fault::SpinsWhenRefused) => std::future::pending().await,
        Some(Fault::SilentWhenRefused) => exit(1),
        Some(Fault::ExitsZeroWhenRefused) => {
            log::complain("cannot reach the Runtime API");
            exit(0)
        }
        _ => {}
    }
}

/// What a mutant does instead of the report of a failed setup.
pub(in super::super) async fn init_failed(flaw: Flaw, client: &mut Client, call: &Call) {
    match flaw.0 {
        Some(Fault::SilentInitFailure) => exit(1),
        Some(Fault::DefersInitFailure) => {
            report_event(client, call).await;
            exit(1)
        }
        Some(Fault::FindsHandlerLate) if is_about_handler(call) => loop {
            report_event(client, call).await;
        },
        _ => {}
    }
}

fn is_about_handler(call: &Call) -> bool {
    let body = String::from_utf8_lossy(call.body.as_deref().unwrap_or_default());
    body.contains("NoSuchHandler")
}

/// Takes an event, and reports a failed setup as its failure.
async fn report_event(client: &mut Client, call: &Call) {
    let Ok(reply) = client.send(&Call::get("/invocation/next")).await else {
        exit(1)
    };
    let id = reply.headers.get(crate::protocol::header::REQUEST_ID);
    let id = id.and_then(|id| id.to_str().ok()).unwrap_or_default();
    let mut late = call.clone();
    late.path = format!("/2018-06-01/runtime/invocation/{id}/error");
    let _ = client.send(&late).await;
}

/// What a mutant does when the report of a failed setup brought no reply; it may not come back.
pub(in super::super) async fn report_sent(flaw: Flaw, reply: &Result<Reply, CallError>) {
    if flaw.is(Fault::HangsAfterCutReport) && reply.is_err() {
        std::future::pending::<()>().await;
    }
}

/// What a mutant does with a failure that comes after the answer.
pub(in super::super) async fn failed_late(flaw: Flaw, settings: &Settings) {
    if flaw.is(Fault::LateErrorsToInit) {
        let mut client = Client::new(settings.api.as_deref().unwrap_or_default());
        let failure = Failure::of_function("LateError", "raised after the answer");
        let _ = client.send(&report("/init/error", &failure)).await;
    }
}

/// What a mutant does with an event without a request id.
pub(in super::super) async fn without_id(flaw: Flaw, client: &mut Client) {
    if flaw.is(Fault::CaseSensitiveIdToInit) {
        let failure = Failure::of_runtime("NoRequestId", "the event has no request id");
        let _ = client.send(&report("/init/error", &failure)).await;
    }
}

/// What a mutant does after the report of a failed setup.
pub(in super::super) async fn after_init_error(flaw: Flaw, client: &mut Client, call: &Call) {
    match flaw.0 {
        Some(Fault::InitErrorTwice) => drop(client.send(call).await),
        Some(Fault::PollsAfterInitError) => {
            let _ = client.send(&Call::get("/invocation/next")).await;
        }
        Some(Fault::ExitsZeroAfterInit) => exit(0),
        Some(Fault::HangsAfterInitError) => std::future::pending().await,
        _ => {}
    }
}

/// Ends the process as the function wishes, or not.
pub(in super::super) fn exits(flaw: Flaw, code: i32) -> ! {
    match flaw.is(Fault::SwallowsExit) {
        true => panic!("exit is not allowed"),
        false => exit(code),
    }
}

/// Aborts as the function wishes, or not.
pub(in super::super) fn aborts(flaw: Flaw) -> ! {
    match flaw.is(Fault::SwallowsAbort) {
        true => panic!("abort is not allowed"),
        false => std::process::abort(),
    }
}

/// Panics as the function wishes; a mutant ends of it.
pub(in super::super) fn panics(flaw: Flaw, message: &str) -> ! {
    match flaw.0 {
        Some(Fault::EndsByPanic) => exit(101),
        // Past the hook that writes of it.
        Some(Fault::SilentPanics) => std::panic::resume_unwind(Box::new(message.to_owned())),
        _ => panic!("{message}"),
    }
}

/// How often the static code has run.
pub(in super::super) fn inits(flaw: Flaw, inits: u64, calls: u64) -> u64 {
    match flaw.is(Fault::InitEachEvent) {
        true => calls,
        false => inits,
    }
}

/// Ends the process when so many milliseconds pass at once.
pub(super) async fn ends_of_jump(ms: u64) -> Infallible {
    loop {
        let before = Instant::now();
        tokio::time::sleep(Duration::from_millis(20)).await;
        if before.elapsed() > Duration::from_millis(ms) {
            exit(1);
        }
    }
}

impl Runtime {
    /// Polls; a mutant may not wait for as long as it takes.
    pub(in super::super) async fn poll(&mut self, call: &Call) -> Result<Reply, CallError> {
        match self.flaw.0 {
            Some(Fault::PollTimesOut | Fault::PollTimeoutIsFatal) => loop {
                match tokio::time::timeout(PATIENCE, self.client.send(call)).await {
                    Ok(reply) => return reply,
                    Err(_) if self.flaw.is(Fault::PollTimeoutIsFatal) => exit(1),
                    Err(_) => {}
                }
            },
            Some(Fault::SpinsInPoll) => {
                let poll = self.client.send(call);
                tokio::pin!(poll);
                loop {
                    tokio::select! {
                        biased;
                        reply = &mut poll => return reply,
                        () = tokio::task::yield_now() => {}
                    }
                }
            }
            Some(Fault::PollTimesOutLate) => {
                match tokio::time::timeout(LONG_PATIENCE, self.client.send(call)).await {
                    Ok(reply) => reply,
                    Err(_) => self.client.send(call).await,
                }
            }
            Some(Fault::ObeysKeepAliveHint) if self.client.idle_s.is_some() => {
                let patience = Duration::from_secs(self.client.idle_s.unwrap_or_default());
                match tokio::time::timeout(patience, self.client.send(call)).await {
                    Ok(reply) => reply,
                    Err(_) => self.client.send(call).await,
                }
            }
            Some(fault @ (Fault::DiesOfThaw | Fault::DiesOfLongThaw)) => {
                let jump_ms = if fault == Fault::DiesOfThaw {
                    900
                } else {
                    3000
                };
                tokio::select! {
                    biased;
                    never = ends_of_jump(jump_ms) => match never {},
                    reply = self.client.send(call) => reply,
                }
            }
            _ => self.client.send(call).await,
        }
    }
}
