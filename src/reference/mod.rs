//! The embedded reference runtime: a custom runtime that meets all requirements, with the fixture as its function.
//!
//! A check must pass it, and must fail it with a mutant. It is a client of the Runtime API like any other, and knows nothing
//! about the service, the cases or the checks.

// Only mutants and variants use all of it, and not every build has them.
#![cfg_attr(not(feature = "mutants"), allow(dead_code))]

mod call;
pub(crate) mod client;
mod companion;
pub(crate) mod extending;
pub(crate) mod extension;
pub(crate) mod external;
pub(crate) mod failure;
mod fatal;
pub(crate) mod fixture;
pub(crate) mod hooked;
pub(crate) mod hooks;
pub(crate) mod invocation;
pub(crate) mod log;
mod modes;
pub(crate) mod parts;
pub(crate) mod restoring;
pub(crate) mod settings;
mod shown;
mod snapshot;
pub(crate) mod stream;
pub(crate) mod telemetry;
pub(crate) mod told;
pub(crate) mod ways;
pub(crate) mod wire;
mod work;
pub(crate) mod working;
mod writing;

use std::convert::Infallible;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;

use crate::protocol::header;

use client::{Call, CallError, Client, Reply};
use failure::Failure;
pub(crate) use failure::Outcome;
use fatal::Fatal;
use fixture::Fixture;
use hooks::{Delivered, Happened, PollEnd, Replied};
use invocation::Invocation;
use log::{Entry, Log};
use parts::Worked;
use settings::{LogLevel, Settings};
pub(crate) use ways::{RIGHT, Ways};

/// The pauses before a poll is repeated whose connection ended without a reply (NEXT-14).
const POLL_AGAIN_AFTER: [Duration; 3] = [
    Duration::from_millis(10),
    Duration::from_millis(100),
    Duration::from_millis(500),
];

/// The variable that makes the function return events which are JSON, but not of the fixture contract: `ricspec serve` has
/// callers who do not know the contract.
pub const ECHO_OTHER_EVENTS: &str = "RICSPEC_OTHER_EVENTS=echo";

/// Runs as the runtime, until the service ends it.
pub fn main() -> ExitCode {
    be(Ways(&RIGHT))
}

/// Runs as a runtime with these hooks. Only this function reads the environment.
pub(crate) fn be(ways: Ways) -> ExitCode {
    match run(Settings::from_environment(), ways) {
        Ok(code) => ways.exit_code(code),
        Err(fatal) => {
            log::complain(&format!("ricspec reference: {fatal}"));
            ways.exit_code(ExitCode::FAILURE)
        }
    }
}

/// The verbs and init words of the reference function.
pub fn verbs() -> Vec<String> {
    fixture::VERBS
        .iter()
        .map(|verb| (*verb).to_owned())
        .collect()
}

fn run(mut settings: Settings, ways: Ways) -> Result<ExitCode, Fatal> {
    let event_loop = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let ended = event_loop.block_on(async {
        let mut terminate = match ways.leaves_term() {
            true => None,
            false => Some(signal(SignalKind::terminate())?),
        };
        ways.prepare(&mut settings);
        tokio::select! {
            biased;
            () = terminated(terminate.as_mut(), ways, &settings) => Ok(ExitCode::SUCCESS),
            ended = Runtime::live(settings.clone(), ways) => match ended {
                Err(fatal) => Err(fatal),
            },
        }
    });
    // A thread that is stuck writing to a full pipe must not delay the end.
    event_loop.shutdown_background();
    ended
}

async fn terminated(signal: Option<&mut Signal>, ways: Ways, settings: &Settings) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
    ways.at_term(settings).await;
}

/// The runtime with its function, ready for events.
struct Runtime {
    settings: Arc<Settings>,
    log: Log,
    client: Client,
    fixture: Fixture,
    ways: Ways,
}

impl Runtime {
    async fn live(settings: Settings, ways: Ways) -> Result<Infallible, Fatal> {
        let mut runtime = Self::start(settings, ways).await?;
        let (client, settings) = (&mut runtime.client, &runtime.settings);
        ways.before_polls(client, settings).await;
        runtime.snapshot().await?;
        let mut workers = JoinSet::new();
        for _ in 1..runtime.settings.workers() {
            workers.spawn(runtime.worker()?.serve());
        }
        tokio::select! {
            ended = runtime.serve() => ended,
            Some(ended) = workers.join_next() => ended.map_err(|_| Fatal::Worker)?,
        }
    }

    /// Takes one event after the other.
    async fn serve(mut self) -> Result<Infallible, Fatal> {
        loop {
            let mut invocation = self.next().await?;
            self.ways.tell(Happened::Took(&invocation));
            self.ways.take(&mut invocation);
            match self.work(&invocation).await {
                Worked::Whole(outcome) => self.answer(&invocation, outcome).await?,
                Worked::Stream(written) => self.stream(&invocation, written).await?,
            }
        }
    }

    /// Initialises the function; a failure is reported once, and the runtime ends (INIT-01, INIT-02).
    async fn start(settings: Settings, ways: Ways) -> Result<Self, Fatal> {
        let api = settings.api.as_deref().ok_or(Fatal::NoApi)?;
        let log = Log::new(&settings, ways.0);
        let mut client = Client::new(&ways.address(&settings, api), ways.0);
        client.open().await;
        ways.start(&mut client, log, &settings).await;
        let fixture = match init(&settings, log).await {
            Ok(fixture) => fixture,
            Err(failure) => {
                log_failure(log, &failure, None).await;
                let mut call = report("/init/error", &failure);
                ways.report(&failure, true, &mut call);
                let reply = ways.send_init_error(&mut client, &call).await;
                let reply = reply.map_err(Fatal::Answer)?;
                ways.note(log, &reply, false).await;
                log_refusal(log, &reply, None).await;
                ways.after_init_error(&mut client, &call).await;
                return Err(Fatal::Init);
            }
        };
        Ok(Self {
            settings: Arc::new(settings),
            log,
            client,
            fixture,
            ways,
        })
    }

    /// Waits for an event, without a limit.
    async fn next(&mut self) -> Result<Invocation, Fatal> {
        let call = Call::get("/invocation/next");
        let mut waits = POLL_AGAIN_AFTER.into_iter();
        let mut refusals = 0;
        if self.ways.gives_up() {
            waits.by_ref().for_each(drop);
        }
        loop {
            let refused = match self.ways.poll(&mut self.client, &call).await {
                Ok(mut reply) => {
                    self.ways.read(&mut reply);
                    let is_event = reply.status == StatusCode::OK;
                    self.ways.note(self.log, &reply, is_event).await;
                    match accept(reply) {
                        Ok(invocation) => return Ok(invocation),
                        Err(refused) => refused,
                    }
                }
                Err(CallError::Closed) => {
                    if self.polls_again(PollEnd::Closed, refusals).await {
                        continue;
                    }
                    if let Some(wait) = waits.next() {
                        tokio::time::sleep(wait).await;
                        continue;
                    }
                    Fatal::Poll(CallError::Closed)
                }
                Err(error) => Fatal::Poll(error),
            };
            let Some(end) = refused.poll_end() else {
                return Err(refused);
            };
            if !self.polls_again(end, refusals).await {
                return Err(refused);
            }
            refusals += 1;
        }
    }

    async fn polls_again(&mut self, end: PollEnd, tries: usize) -> bool {
        self.ways.polls_again(&mut self.client, end, tries).await
    }

    /// Posts the answer, exactly once. A refusal ends the invocation, not the runtime, unless the service itself is broken.
    async fn answer(&mut self, invocation: &Invocation, mut outcome: Outcome) -> Result<(), Fatal> {
        let ways = self.ways;
        if outcome.is_err() {
            ways.tell(Happened::Failed);
        }
        if !ways.is_answered(&mut outcome) {
            return Ok(());
        }
        let id = invocation.id_text();
        let (mut call, failure) = match outcome {
            Ok(body) => {
                let path = invocation.path("response");
                (Call::post(&path, ways.body(body)), None)
            }
            Err(failure) => {
                log_failure(self.log, &failure, Some(&id)).await;
                let mut call = report(&invocation.path("error"), &failure);
                ways.report(&failure, false, &mut call);
                (call, Some(failure))
            }
        };
        if let Some(invocation_id) = &invocation.invocation_id {
            call.add(header::INVOCATION_ID, invocation_id);
        }
        let (client, failure) = (&mut self.client, failure.as_ref());
        let Some(reply) = ways.deliver(client, &mut call, failure).await else {
            return Ok(());
        };
        let sent = Delivered {
            client,
            settings: &self.settings,
            call: &call,
            failure,
            reply,
        };
        let reply = ways.answered(sent).await;
        let refused = reply.as_ref().is_ok_and(|reply| !reply.status.is_success());
        let ended = self.acknowledge(reply, failure, &id).await;
        ways.tell(Happened::Finished(refused));
        if ended.is_ok() {
            ways.finish(failure.is_some());
        }
        ended
    }

    async fn acknowledge(
        &self,
        reply: Replied,
        failure: Option<&Failure>,
        id: &str,
    ) -> Result<(), Fatal> {
        match reply {
            Ok(reply) if self.ways.ends_on(reply.status, failure) => {
                Err(Fatal::ServiceFault(reply.status))
            }
            Ok(reply) => {
                self.ways.note(self.log, &reply, false).await;
                log_refusal(self.log, &reply, Some(id)).await;
                Ok(())
            }
            Err(CallError::Closed) => {
                let message = "the connection ended before the answer was acknowledged";
                warn(self.log, message, Some(id)).await;
                Ok(())
            }
            Err(error) => Err(Fatal::Answer(error)),
        }
    }
}

async fn init(settings: &Settings, log: Log) -> Result<Fixture, Failure> {
    if !settings.handler_exists() {
        let name = settings.handler.as_deref().unwrap_or_default();
        let message = format!("there is no handler `{name}`");
        return Err(Failure::of_runtime("NoSuchHandler", message));
    }
    Fixture::init(&settings.init, log).await
}

/// A reply to a poll is an event or ends the runtime (NEXT-13).
fn accept(reply: Reply) -> Result<Invocation, Fatal> {
    if reply.status != StatusCode::OK {
        return Err(Fatal::PollRefused(reply.status));
    }
    let event = reply.body.ok_or(Fatal::PollCut)?;
    Invocation::read(&reply.headers, event).ok_or(Fatal::NoRequestId)
}

/// A call that reports a failure.
pub(crate) fn report(path: &str, failure: &Failure) -> Call {
    let mut call = Call::post(path, failure.document());
    call.add(header::ERROR_TYPE, failure.type_header());
    call.add(header::XRAY_ERROR_CAUSE, failure.cause_header());
    call
}

async fn log_failure(log: Log, failure: &Failure, request_id: Option<&str>) {
    log.note(Entry {
        level: LogLevel::Error,
        message: &failure.message,
        error_type: Some(&failure.error_type()),
        request_id,
    })
    .await;
}

async fn log_refusal(log: Log, reply: &Reply, request_id: Option<&str>) {
    if !reply.status.is_success() {
        let message = format!("the service refused a report: {}", reply.status);
        warn(log, &message, request_id).await;
    }
}

async fn warn(log: Log, message: &str, request_id: Option<&str>) {
    log.note(Entry {
        level: LogLevel::Warn,
        message,
        error_type: None,
        request_id,
    })
    .await;
}
