//! Serves callers with one environment after the other: the live half of `ricspec serve`.
//!
//! An environment lives until its runtime ends or an invocation times out. The next one starts when a caller needs it.

mod alarm;
mod callers;
mod calls;
mod current;
mod day;
mod happening;
mod telling;
mod untold;
mod vigil;

pub use calls::Calls;
pub use happening::{Happening, Measured};

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::beside::with_extensions;
use super::cast::Cast;
use super::launch::{addresses, doorkeeper, function, launch, leave, together};
use super::recorder::Recorder;
use super::replies::Replies;
use super::timers::Timers;
use super::{Stage, StageFault};
use crate::case::Case;
use crate::protocol::{Function, LogFormat};
use crate::runtime::Listener;
use crate::service::{Called, Clock, Desk, DeskOptions, Service};
use crate::transcript::Offset;
use alarm::Alarm;
use callers::Callers;
use calls::next;
use day::Day;
use untold::Untold;
use vigil::Vigil;

/// Serves callers.
pub struct Attendant<'a> {
    /// What is served, and how.
    pub stage: &'a Stage,
    /// A case without steps: the environment is that of Lambda.
    pub case: &'a Case,
    /// How long an invocation may take, in milliseconds.
    pub timeout_ms: u64,
    /// How long a start may take until the first poll, in milliseconds.
    pub init_ms: u64,
    /// Whether the whole record is kept, in parts.
    pub records: bool,
    /// Whether no other environment is in this event loop, and the processes have another processor.
    pub is_alone: bool,
    /// What callers bring.
    pub calls: Calls,
    /// The edition of the function: an environment of an older one ends when nothing is in progress.
    pub edition: watch::Receiver<u64>,
    /// Is told what happens.
    pub tell: &'a (dyn Fn(Happening<'_>) + Sync),
}

impl Attendant<'_> {
    /// Serves until `cancel`. The first environment starts at once, the next ones when they are needed.
    ///
    /// # Errors
    /// The runtime cannot be started, which is not its own fault.
    pub async fn attend(&self, cancel: &CancellationToken) -> Result<(), StageFault> {
        let mut first = None;
        while !cancel.is_cancelled() {
            self.live(first.take(), cancel).await?;
            first = tokio::select! {
                call = next(&self.calls) => Some(call),
                () = cancel.cancelled() => None,
            };
        }
        Ok(())
    }

    /// One environment, from its start to its end.
    async fn live(
        &self,
        first: Option<Called>,
        cancel: &CancellationToken,
    ) -> Result<(), StageFault> {
        let mut edition = self.edition.clone();
        edition.mark_unchanged();
        let stage = self.stage;
        let with_extensions = with_extensions(self.case, stage)?;
        let case = with_extensions.as_ref().unwrap_or(self.case);
        let network = stage.site.network().await?;
        let addresses = addresses(network.as_ref().map(|lease| &*lease.network));
        let clock = Clock::start();
        let (sender, notes) = mpsc::unbounded_channel();
        let mut service = Service::bind(case, &addresses, stage.port, clock, sender).await?;
        service.pass_on();
        let function = function(case, stage);
        let mut launch = launch(case, stage, &function, &service);
        launch.network = network.map(Arc::new);
        let lasting = (!case.actors.is_empty()).then(Arc::default);
        launch.lasting.clone_from(&lasting);
        let (launch, sandbox) = together(launch, case, &mut service).await?;
        let mut recorder = Recorder::new(case, &launch, &service.api, clock);
        let listener = Listener::default();
        let mut cast = Cast::new(case, stage, launch)?;
        cast.heard_by(&listener);
        for (actor, launch) in case.actors.iter().zip(cast.extensions()) {
            recorder.beside(actor, launch);
        }
        if let Some(doorkeeper) = doorkeeper(&cast, None) {
            service.guard(doorkeeper);
        }
        let desk = self.desk(case, function);
        let day = Day {
            edition,
            is_old: false,
            calls: &self.calls,
            tell: self.tell,
            records: self.records,
            hurry: &stage.hurry,
            service,
            notes,
            recorder,
            replies: Replies::to_callers(case.mode),
            desk,
            cast,
            listener,
            timers: Timers::default(),
            alarm: Alarm::new(),
            clock,
            to_start: Vec::new(),
            callers: Callers::default(),
            untold: Untold::default(),
            news: Vec::new(),
            vigil: self.is_alone.then(Vigil::start),
            began: Offset::default(),
            init: None,
            current: None,
            since: Offset::default(),
            unaudited: 0,
            audit: None,
            closes: false,
            over: false,
        };
        let passed = day.pass(first, cancel).await;
        leave(sandbox).await;
        // Each process enters the files of the environment a moment after its start, so they must last longer.
        drop(lasting);
        passed
    }

    /// The director of an environment.
    fn desk(&self, case: &Case, function: Function) -> Desk {
        Desk::new(DeskOptions {
            mode: case.mode,
            function,
            log_format: log_format_of(case, self.stage),
            extensions: case.actors.iter().map(|actor| actor.name.clone()).collect(),
            timeout_ms: self.timeout_ms,
            init_ms: self.init_ms,
        })
    }
}

/// The format in which the function logs, as its variables say.
fn log_format_of(case: &Case, stage: &Stage) -> LogFormat {
    let own = stage.env.get("AWS_LAMBDA_LOG_FORMAT").map(String::as_str);
    LogFormat::said(own, case.mode)
}
