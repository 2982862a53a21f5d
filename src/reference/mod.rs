//! The embedded reference runtime: a custom runtime that keeps the whole standard, with the fixture as its function.
//!
//! It is what a check must pass, and with a [`Mutant`] what a check must fail. It is a client of the Runtime API like
//! any other, and knows nothing of the service, the cases or the checks.

mod client;
mod failure;
mod fixture;
mod invocation;
mod log;
mod mutant;
mod settings;
mod wire;

pub use mutant::{MUTANTS, Mutant, mutant};

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
use fixture::{Event, Fixture};
use invocation::{Context, Invocation};
use log::{Entry, Log};
use settings::{LogLevel, Settings};

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
pub fn main(_mutant: Option<&'static Mutant>) -> ExitCode {
    match run(Settings::from_environment()) {
        Ok(code) => code,
        Err(fatal) => {
            eprintln!("ricspec reference: {fatal}");
            ExitCode::FAILURE
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

fn run(settings: Settings) -> Result<ExitCode, Fatal> {
    let event_loop = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let ended = event_loop.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            biased;
            _ = terminate.recv() => Ok(ExitCode::SUCCESS),
            ended = Runtime::live(settings) => match ended {
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
}

impl Runtime {
    async fn live(settings: Settings) -> Result<Infallible, Fatal> {
        let mut runtime = Self::start(settings).await?;
        loop {
            let invocation = runtime.next().await?;
            let outcome = runtime.work(&invocation).await;
            runtime.answer(&invocation, outcome).await?;
        }
    }

    /// Initialises the function; a failure is reported, once, and is the end (INIT-01, INIT-02).
    async fn start(settings: Settings) -> Result<Self, Fatal> {
        let api = settings.api.as_deref().ok_or(Fatal::NoApi)?;
        let log = Log::new(&settings);
        let mut client = Client::new(api);
        match init(&settings, log).await {
            Ok(fixture) => Ok(Self {
                settings: Arc::new(settings),
                log,
                client,
                fixture,
            }),
            Err(failure) => {
                log_failure(log, &failure, None).await;
                let call = report("/init/error", &failure);
                let reply = client.send(&call).await.map_err(Fatal::Answer)?;
                log_refusal(log, &reply, None).await;
                Err(Fatal::Init)
            }
        }
    }

    /// Waits for an event, for as long as it takes.
    async fn next(&mut self) -> Result<Invocation, Fatal> {
        let call = Call::get("/invocation/next");
        let mut waits = POLL_AGAIN_AFTER.into_iter();
        loop {
            match (self.client.send(&call).await, waits.next()) {
                (Ok(reply), _) => return accept(reply),
                (Err(CallError::Closed), Some(wait)) => tokio::time::sleep(wait).await,
                (Err(error), _) => return Err(Fatal::Poll(error)),
            }
        }
    }

    /// Runs the function. Whatever goes wrong on the way concerns this invocation only.
    async fn work(&mut self, invocation: &Invocation) -> Result<Vec<u8>, Failure> {
        let context = Context::of(invocation, &self.settings)?;
        let event = Event::read(&invocation.event)?;
        // A task of its own, so that a panic ends the call and not the runtime.
        match tokio::spawn(self.fixture.clone().call(event, context)).await {
            Ok(returned) => returned?.encode(),
            Err(panic) => Err(Failure::of_function("Panic", panic.to_string())),
        }
    }

    /// Posts the one answer. A refusal ends the invocation, not the runtime, unless the service itself is broken.
    async fn answer(
        &mut self,
        invocation: &Invocation,
        outcome: Result<Vec<u8>, Failure>,
    ) -> Result<(), Fatal> {
        let id = invocation.id_text();
        let mut call = match outcome {
            Ok(body) => Call::post(&invocation.path("response"), body),
            Err(failure) => {
                log_failure(self.log, &failure, Some(&id)).await;
                report(&invocation.path("error"), &failure)
            }
        };
        if let Some(invocation_id) = &invocation.invocation_id {
            call.add(header::INVOCATION_ID, invocation_id);
        }
        match self.client.send(&call).await {
            Ok(reply) if reply.status.is_server_error() => Err(Fatal::ServiceFault(reply.status)),
            Ok(reply) => {
                log_refusal(self.log, &reply, Some(&id)).await;
                Ok(())
            }
            Err(CallError::Closed) => {
                let message = "the connection ended before the answer was acknowledged";
                warn(self.log, message, Some(&id)).await;
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
