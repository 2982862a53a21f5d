//! The embedded reference runtime: a custom runtime that keeps the whole standard, with the fixture as its function.
//!
//! It is what a check must pass, and with a [`Mutant`] what a check must fail. It is a client of the Runtime API like
//! any other, and knows nothing of the service, the cases or the checks.

mod client;
mod extension;
mod failure;
mod fault;
mod fixture;
mod invocation;
mod log;
mod mutant;
mod quirks;
mod sabotage;
mod settings;
mod variant;
mod wire;

pub use mutant::{MUTANTS, Most, Mutant, mutant};
pub use variant::VARIANTS;

use std::convert::Infallible;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use thiserror::Error;
use tokio::signal::unix::{SignalKind, signal};

use crate::protocol::header;

use client::{Call, CallError, Client, Reply};
use failure::Failure;
use fault::{Fault, Flaw};
use fixture::{Event, Fixture};
use invocation::{Context, Invocation};
use log::{Entry, Log};
use sabotage::{Fate, Memory};
use settings::{LogLevel, Settings};
use variant::Quirk;

/// How long to wait before a poll is made again whose connection ended without a reply, each time (NEXT-14).
const POLL_AGAIN_AFTER: [Duration; 3] = [
    Duration::from_millis(10),
    Duration::from_millis(100),
    Duration::from_millis(500),
];

/// Why the runtime cannot go on.
#[derive(Debug, Error)]
enum Fatal {
    #[error("AWS_LAMBDA_RUNTIME_API is not set")]
    NoApi,
    #[error("the event loop cannot start: {0}")]
    NoEventLoop(#[from] std::io::Error),
    #[error("the initialisation failed")]
    Init,
    #[error("no event: {0}")]
    Poll(CallError),
    #[error("no event: the service answered {0}")]
    PollRefused(StatusCode),
    #[error("no event: the reply broke off")]
    PollCut,
    #[error("an event without a request id cannot be answered")]
    NoRequestId,
    #[error("the answer cannot be delivered: {0}")]
    Answer(CallError),
    #[error("the service failed on an answer: {0}")]
    ServiceFault(StatusCode),
}

/// Is the runtime, until the service ends it. The environment is read here and nowhere else.
pub fn main(mutant: Option<&'static Mutant>) -> ExitCode {
    let flaw = Memory::new(mutant).flaw(false);
    let wrapped = quirks::wrap(flaw).or_else(|| sabotage::wrap(mutant));
    let wrapped = wrapped.map(|ended| ended.map_err(Fatal::NoEventLoop));
    match wrapped.unwrap_or_else(|| run(Settings::from_environment(), mutant)) {
        Ok(code) => code,
        Err(fatal) => {
            log::complain(&format!("ricspec reference: {fatal}"));
            quirks::exit_code(flaw, ExitCode::FAILURE)
        }
    }
}

/// The verbs and init words that the reference function honours.
pub fn verbs() -> Vec<String> {
    fixture::VERBS
        .iter()
        .map(|verb| (*verb).to_owned())
        .collect()
}

fn run(settings: Settings, mutant: Option<&'static Mutant>) -> Result<ExitCode, Fatal> {
    let memory = Memory::new(mutant);
    let flaw = memory.flaw(false);
    let event_loop = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let ended = event_loop.block_on(async {
        let mut terminate = match flaw.has(Quirk::EndsBySignal) {
            true => None,
            false => Some(signal(SignalKind::terminate())?),
        };
        quirks::help(flaw)?;
        quirks::unpack(flaw, &settings);
        tokio::select! {
            biased;
            () = sabotage::terminated(terminate.as_mut(), flaw, &settings) => {
                Ok(quirks::exit_code(flaw, ExitCode::SUCCESS))
            }
            ended = Runtime::live(settings.clone(), memory) => match ended {
                Err(fatal) => Err(fatal),
            },
        }
    });
    // A thread that is stuck in a write to a full pipe must not hold up the end.
    event_loop.shutdown_background();
    ended
}

/// The runtime with its function, ready for events.
struct Runtime {
    settings: Arc<Settings>,
    log: Log,
    client: Client,
    fixture: Fixture,
    memory: Memory,
    flaw: Flaw,
}

type Outcome = Result<Vec<u8>, Failure>;

impl Runtime {
    async fn live(settings: Settings, memory: Memory) -> Result<Infallible, Fatal> {
        let mut runtime = Self::start(settings, memory).await?;
        runtime.before_polls().await;
        loop {
            let mut invocation = runtime.next().await?;
            runtime.take(&mut invocation);
            let outcome = runtime.work(&invocation).await;
            runtime.answer(&invocation, outcome).await?;
        }
    }

    /// Initialises the function; a failure is reported, once, and is the end (INIT-01, INIT-02).
    async fn start(mut settings: Settings, memory: Memory) -> Result<Self, Fatal> {
        let flaw = memory.flaw(false);
        sabotage::prepare(flaw, &mut settings);
        let api = settings.api.as_deref().ok_or(Fatal::NoApi)?;
        let mut log = Log::new(&settings);
        log.flaw = flaw;
        let mut client = Client::new(&sabotage::address(flaw, &settings, api));
        client.flaw = flaw;
        client.open().await;
        sabotage::dawdle(flaw, &settings).await;
        quirks::start(flaw, log, &mut client, &settings).await;
        sabotage::register(flaw, &mut client, &settings).await;
        let fixture = match init(&settings, log).await {
            Ok(fixture) => fixture,
            Err(failure) => {
                log_failure(log, &failure, None).await;
                let mut call = report("/init/error", &failure);
                sabotage::report(flaw, &failure, true, &mut call);
                quirks::report(flaw, &mut call);
                sabotage::init_failed(flaw, &mut client, &call).await;
                let reply = client.send(&call).await;
                sabotage::report_sent(flaw, &reply).await;
                let reply = reply.map_err(Fatal::Answer)?;
                quirks::log_reply(flaw, log, &reply, false).await;
                log_refusal(log, &reply, None).await;
                sabotage::after_init_error(flaw, &mut client, &call).await;
                return Err(Fatal::Init);
            }
        };
        Ok(Self {
            settings: Arc::new(settings),
            log,
            client,
            fixture,
            memory,
            flaw,
        })
    }

    /// Waits for an event, for as long as it takes.
    async fn next(&mut self) -> Result<Invocation, Fatal> {
        let call = Call::get("/invocation/next");
        let mut waits = POLL_AGAIN_AFTER.into_iter();
        let mut refusals = 0;
        if self.flaw.has(Quirk::EndsEarly) {
            waits.by_ref().for_each(drop);
        }
        loop {
            let refused = match (self.poll(&call).await, waits.next()) {
                (Ok(mut reply), _) => {
                    sabotage::reply(self.flaw, &mut reply);
                    let is_event = reply.status == StatusCode::OK;
                    quirks::log_reply(self.flaw, self.log, &reply, is_event).await;
                    match accept(reply) {
                        Ok(invocation) => return Ok(invocation),
                        Err(refused) => refused,
                    }
                }
                (Err(CallError::Closed), _) if sabotage::closed(self.flaw).await => continue,
                (Err(CallError::Closed), Some(wait)) => {
                    tokio::time::sleep(wait).await;
                    continue;
                }
                (Err(error), _) => Fatal::Poll(error),
            };
            let status = match refused {
                Fatal::PollRefused(status) => Some(status),
                _ => None,
            };
            let unreachable = matches!(refused, Fatal::Poll(CallError::Unreachable { .. }));
            if status.is_some() && quirks::polls_again(self.flaw, refusals).await {
                refusals += 1;
                continue;
            }
            if matches!(refused, Fatal::NoRequestId) {
                sabotage::without_id(self.flaw, &mut self.client).await;
            }
            if unreachable || !self.polls_again(status).await {
                return Err(refused);
            }
        }
    }

    /// Takes an invocation on.
    fn take(&mut self, invocation: &mut Invocation) {
        self.memory.took(invocation);
        self.show(self.memory.flaw(false));
        sabotage::event(self.flaw, invocation, &self.memory);
        quirks::take(self.flaw, invocation);
    }

    /// Lets a fault show, or go.
    fn show(&mut self, flaw: Flaw) {
        self.flaw = flaw;
        self.client.flaw = flaw;
        self.log.flaw = flaw;
        self.fixture.log.flaw = flaw;
    }

    /// Runs the function. Whatever goes wrong on the way concerns this invocation only.
    async fn work(&mut self, invocation: &Invocation) -> Outcome {
        self.before_work(invocation).await;
        quirks::fill_pool(self.flaw, self.memory.turn);
        quirks::unpack(self.flaw, &self.settings);
        quirks::say_much(self.flaw, self.log, Some(&invocation.id_text())).await;
        let context = Context::of(invocation, &self.settings);
        let context = sabotage::context(self.flaw, invocation, context, &self.memory)?;
        let event = match Event::read(&invocation.event) {
            Ok(event) => event,
            Err(failure) => return quirks::without_event(self.flaw, failure),
        };
        let call = self.fixture.clone().call(event, context);
        let call = sabotage::timed(self.flaw, self.memory.earlier_time_left(), call);
        // A task of its own, so that a panic ends the call and not the runtime.
        match tokio::spawn(call).await {
            Ok(returned) => sabotage::encode(self.flaw, returned?),
            Err(panic) => Err(Failure::of_function("Panic", panic.to_string())),
        }
    }

    /// Posts the one answer. A refusal ends the invocation, not the runtime, unless the service itself is broken.
    async fn answer(&mut self, invocation: &Invocation, mut outcome: Outcome) -> Result<(), Fatal> {
        if outcome.is_err() {
            self.memory.failed();
            self.show(self.memory.flaw(true));
        }
        if self.fate(&mut outcome) == Fate::Forgotten {
            return Ok(());
        }
        let id = invocation.id_text();
        let (mut call, failure) = match outcome {
            Ok(body) => {
                let body = sabotage::distort(self.flaw, body);
                (Call::post(&invocation.path("response"), body), None)
            }
            Err(failure) => {
                log_failure(self.log, &failure, Some(&id)).await;
                let mut call = report(&invocation.path("error"), &failure);
                sabotage::report(self.flaw, &failure, false, &mut call);
                quirks::report(self.flaw, &mut call);
                (call, Some(failure))
            }
        };
        if let Some(invocation_id) = &invocation.invocation_id {
            call.add(header::INVOCATION_ID, invocation_id);
        }
        if self.redirect(&mut call, failure.as_ref()).await == Fate::Forgotten {
            return Ok(());
        }
        let reply = self.deliver(&call).await;
        self.after_answer(&call, failure.as_ref(), &reply).await?;
        let reply = quirks::after_answer(self.flaw, &mut self.client, &call, reply).await;
        let refused = reply.as_ref().is_ok_and(|reply| !reply.status.is_success());
        let ended = self.acknowledge(reply, failure.as_ref(), &id).await;
        self.memory.finished(refused);
        self.show(self.memory.flaw(false));
        if ended.is_ok() {
            sabotage::answered(self.flaw, failure.is_some());
        }
        ended
    }

    async fn acknowledge(
        &self,
        reply: Result<Reply, CallError>,
        failure: Option<&Failure>,
        id: &str,
    ) -> Result<(), Fatal> {
        match reply {
            Ok(reply) if reply.status.is_server_error() && !self.flaw.is(Fault::Survives500) => {
                Err(Fatal::ServiceFault(reply.status))
            }
            Ok(reply) if quirks::ends_on(self.flaw, reply.status, failure) => {
                Err(Fatal::ServiceFault(reply.status))
            }
            Ok(reply) => {
                quirks::log_reply(self.flaw, self.log, &reply, false).await;
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

/// A reply to a poll is an event or the end (NEXT-13).
fn accept(reply: Reply) -> Result<Invocation, Fatal> {
    if reply.status != StatusCode::OK {
        return Err(Fatal::PollRefused(reply.status));
    }
    let event = reply.body.ok_or(Fatal::PollCut)?;
    Invocation::read(&reply.headers, event).ok_or(Fatal::NoRequestId)
}

/// A call that reports a failure.
fn report(path: &str, failure: &Failure) -> Call {
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
