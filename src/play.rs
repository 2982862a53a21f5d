//! The stage: one case from bind to transcript. The only room that knows service and target.

mod deadline;
mod fault;
mod folder;
mod lacking;
mod launch;
mod recorder;
mod replies;
mod stage;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{SemaphorePermit, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::case::{Case, Step};
use crate::protocol::Actor;
use crate::runtime::{Ending, Running, StopFault, was_not_confined};
use crate::service::{Clock, Command, Decoy, Event, Note, Script, ScriptOptions, Service, Timer};
use crate::transcript::{EndReason, Exit, Offset, Signal, Transcript};

use deadline::{DeadlineExtension, Limit, crowd, sleep_until};
pub use fault::StageFault;
use folder::Moved;
pub use lacking::Surroundings;
use lacking::lacking;
use launch::{
    Environment, addresses, doorkeeper, earlier_life, function, launch, request_ids,
    script_options, set_decoy,
};
use recorder::Recorder;
use replies::{Replies, record};
pub use stage::Stage;

/// How long a runtime may take to end after SIGTERM; the service gives 300 ms when an extension is registered (LIFE-04).
const TERM_GRACE: Duration = Duration::from_millis(300);

/// How a process is stopped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Farewell {
    /// SIGTERM, some time, SIGKILL.
    Term,
    /// SIGKILL, as after a time-out.
    Kill,
}

/// The further steps of a case whose own are all met, by the record so far.
pub type Sequel<'a> = &'a (dyn Fn(&Transcript) -> Vec<Step> + Sync);

/// Acts one case and gives the record of it.
pub async fn play(
    case: &Case,
    stage: &Stage,
    cancel: &CancellationToken,
) -> Result<Transcript, StageFault> {
    play_on(case, None, stage, cancel).await
}

/// As [`play`], and in the same process what follows from the record.
pub async fn play_on(
    case: &Case,
    sequel: Option<Sequel<'_>>,
    stage: &Stage,
    cancel: &CancellationToken,
) -> Result<Transcript, StageFault> {
    let record = act(case, sequel, stage, cancel).await;
    match stage.gone() {
        // What it did without its files says nothing: in Lambda it has them always.
        Some(path) => Err(StageFault::Gone(path.display().to_string())),
        None => record,
    }
}

async fn act(
    case: &Case,
    sequel: Option<Sequel<'_>>,
    stage: &Stage,
    cancel: &CancellationToken,
) -> Result<Transcript, StageFault> {
    if let Some(reason) = lacking(case, &stage.site) {
        return Err(StageFault::Lacking(reason));
    }
    let moved = Moved::of(case, stage)?;
    let stage = moved.as_ref().map_or(stage, |moved| &moved.stage);
    let mut environment = Environment {
        function: function(case, stage),
        lasting: None,
    };
    let mut earlier = Vec::new();
    if !case.earlier.is_empty() {
        environment.lasting = Some(Arc::default());
        let before = earlier_life(case);
        let options = script_options(&before, stage, &environment.function, 0);
        let life = Life {
            case: &before,
            sequel: None,
            options,
            farewell: Farewell::Kill,
        };
        let record = live(life, stage, &environment, cancel).await?;
        let given = record.invocations.into_iter();
        earlier.extend(given.map(|delivery| delivery.request_id));
    }
    let options = script_options(case, stage, &environment.function, earlier.len());
    let life = Life {
        case,
        sequel,
        options,
        farewell: Farewell::Term,
    };
    let record = live(life, stage, &environment, cancel).await?;
    Ok(Transcript {
        earlier,
        time_scale: stage.time_scale,
        ..record
    })
}

/// What happens to one process.
struct Life<'a> {
    case: &'a Case,
    sequel: Option<Sequel<'a>>,
    options: ScriptOptions,
    farewell: Farewell,
}

/// One process, from its start to its end.
async fn live(
    life: Life<'_>,
    stage: &Stage,
    environment: &Environment,
    cancel: &CancellationToken,
) -> Result<Transcript, StageFault> {
    let case = life.case;
    let boot = stage.boots.acquire().await.ok();
    let network = stage.site.network().await?;
    let addresses = addresses(network.as_ref().map(|lease| &*lease.network));
    let clock = Clock::start();
    let (sender, notes) = mpsc::unbounded_channel();
    let service = Service::bind(case, &addresses, stage.port, clock, sender.clone()).await?;
    let decoy = match &case.trap {
        Some(_) => Some(Decoy::bind(&service, clock, sender).await?),
        None => None,
    };
    let with_decoy = decoy.as_ref().map(|decoy| set_decoy(case, &decoy.address));
    let case = with_decoy.as_ref().unwrap_or(case);
    let mut launch = launch(case, stage, &environment.function, &service);
    launch.network = network.map(Arc::new);
    launch.lasting.clone_from(&environment.lasting);
    if let Some(doorkeeper) = doorkeeper(&launch) {
        service.guard(doorkeeper);
    }
    let recorder = Recorder::new(case, &launch, &service.api, clock);
    let script = Script::new(case, life.options);
    let running = launch.start().await?;
    let act = Act {
        service,
        notes,
        recorder,
        replies: Replies::new(case.mode),
        script,
        running,
        _decoy: decoy,
        timers: Vec::new(),
        clock,
        exited: None,
        boot,
        extension: DeadlineExtension::default(),
        farewell: life.farewell,
        hurry: &stage.hurry,
        sequel: life.sequel,
        ids: &|used, number| request_ids(&case.id, stage, used, number),
    };
    let (transcript, fault) = act.perform(cancel).await;
    if let Some(fault) = fault {
        return Err(fault);
    }
    if was_not_confined(&transcript.runtime().stderr) {
        return Err(StageFault::NotConfined);
    }
    Ok(transcript)
}

/// A case in play.
struct Act<'a> {
    service: Service,
    notes: mpsc::UnboundedReceiver<Note>,
    recorder: Recorder,
    replies: Replies,
    script: Script,
    running: Running,
    _decoy: Option<Decoy>,
    timers: Vec<(Instant, Timer)>,
    clock: Clock,
    exited: Option<Exit>,
    boot: Option<SemaphorePermit<'a>>,
    extension: DeadlineExtension,
    farewell: Farewell,
    hurry: &'a CancellationToken,
    sequel: Option<Sequel<'a>>,
    /// Makes request ids: how many were made before, and how many are wanted.
    ids: &'a (dyn Fn(usize, usize) -> Vec<String> + Sync),
}

impl Act<'_> {
    /// Plays to the end: the record, and what keeps it from saying something about the runtime.
    async fn perform(mut self, cancel: &CancellationToken) -> (Transcript, Option<StageFault>) {
        let commands = self.script.begin(self.now_unix_ms());
        self.carry_out(commands);
        while !self.recorder.has_ended() {
            self.turn(cancel).await;
        }
        self.boot = None;
        self.recorder.strain(self.extension.strain());
        let (transcript, fault) = self.stop().await;
        (transcript, fault.map(StageFault::from))
    }

    /// Waits for the next thing that happens, and acts on it.
    async fn turn(&mut self, cancel: &CancellationToken) {
        let due = self.timers.iter().map(|(due, _)| *due).min();
        tokio::select! {
            Some(note) = self.notes.recv() => self.take_note(note),
            ending = self.running.ended(), if self.exited.is_none() => self.take_end(ending).await,
            () = sleep_until(due) => self.fire().await,
            () = cancel.cancelled() => self.recorder.end(EndReason::Cancelled, self.clock.now()),
        }
    }

    fn now_unix_ms(&self) -> u64 {
        self.clock.began_unix_ms + self.clock.now().ms()
    }

    async fn take_end(&mut self, ending: Ending) {
        let at = self.clock.now();
        self.exited = Some(self.recorder.exit(Actor::Runtime, ending, at));
        self.service.settle().await;
        self.take_waiting_notes();
        self.happened(Event::Exited(Actor::Runtime));
    }

    async fn fire(&mut self) {
        // What has come already came before the time was up.
        self.take_waiting_notes();
        let now = Instant::now();
        let (due, later): (Vec<_>, Vec<_>) =
            self.timers.drain(..).partition(|(due, _)| *due <= now);
        self.timers = later;
        for (at, timer) in due {
            self.extension.note_late(now.saturating_duration_since(at));
            let is_limit = matches!(timer, Timer::Startup | Timer::Case | Timer::Step(_));
            if is_limit && self.exited.is_none() {
                if let Some(ending) = self.running.unheard_end().await {
                    self.take_end(ending).await;
                } else if let Some(later) = self.put_off(timer) {
                    self.timers.push((now + later, timer));
                    continue;
                }
            }
            self.happened(Event::Timer(timer));
        }
    }

    /// How much longer a limit waits, if it does.
    fn put_off(&mut self, timer: Timer) -> Option<Duration> {
        if !self.script.may_be_extended(timer) {
            return None;
        }
        let used = self.running.processor_time();
        let crowd = crowd(self.running.wanting());
        match self.extension.weigh(crowd, used, Instant::now()) {
            Limit::PutOff(later) => Some(later),
            Limit::Starved | Limit::Holds => None,
        }
    }

    fn happened(&mut self, event: Event) {
        let commands = self.script.on(event, self.now_unix_ms());
        self.carry_out(commands);
    }

    fn take_waiting_notes(&mut self) {
        // Those of now: more may come for ever.
        for _ in 0..self.notes.len() {
            if let Ok(note) = self.notes.try_recv() {
                self.take_note(note);
            }
        }
    }

    fn take_note(&mut self, note: Note) {
        for event in record(note, &mut self.replies, &mut self.recorder) {
            match event {
                Event::Head(_) | Event::Data { .. } | Event::Invoke(_) | Event::Visited { .. } => {}
                // The first call is what a boot is for.
                Event::End { .. }
                | Event::Broken { .. }
                | Event::Dropped { .. }
                | Event::Written { .. }
                | Event::Exited(_)
                | Event::Excess
                | Event::Timer(_) => self.boot = None,
            }
            self.happened(event);
        }
    }

    fn carry_out(&mut self, commands: Vec<Command>) {
        // All of them happen at once: what answers a signal comes after the step that follows it has begun.
        let at = self.clock.now();
        for command in commands {
            match command {
                Command::Reply { exchange, reply } => self.replies.send(exchange, reply),
                Command::Deliver { exchange, served } => {
                    self.recorder.delivered(exchange, &served);
                    self.replies.send(exchange, served.reply);
                }
                Command::Visit(visit) => self.service.visit(visit),
                Command::Return { caller, returned } => self.replies.give_back(caller, returned),
                Command::Arm { timer, after_ms } => {
                    // Those of earlier steps say nothing any more, and a case may have thousands of steps.
                    self.timers.retain(|(_, known)| !timer.supersedes(*known));
                    self.timers
                        .push((Instant::now() + Duration::from_millis(after_ms), timer));
                }
                Command::Terminate(_) => self.signal(Signal::Term, at),
                Command::Freeze => self.signal(Signal::Stop, at),
                Command::Thaw => self.signal(Signal::Cont, at),
                Command::Measure => self
                    .recorder
                    .measure(Actor::Runtime, self.running.usage(), at),
                Command::Began { step } => self.recorder.began(step, at),
                Command::Met { step, exchange } => self.recorder.met(step, exchange, at),
                Command::End(EndReason::Complete) if self.goes_on() => {}
                Command::End(reason) => self.recorder.end(reason, at),
            }
        }
    }

    fn signal(&mut self, signal: Signal, at: Offset) {
        let written = self.running.written();
        self.recorder.signal(Actor::Runtime, signal, written, at);
        match signal {
            Signal::Term => self.running.terminate(),
            Signal::Stop => self.running.freeze(),
            Signal::Cont => self.running.thaw(),
        };
    }

    /// Whether something follows after the last step. It does at most once.
    fn goes_on(&mut self) -> bool {
        let sequel = self.sequel.take();
        let steps = sequel.map_or_else(Vec::new, |sequel| sequel(self.recorder.record()));
        if steps.is_empty() {
            return false;
        }
        self.recorder.expect(steps.len());
        let ids = (self.ids)(self.script.served(), steps.len());
        let commands = self.script.go_on(steps, ids, self.now_unix_ms());
        self.carry_out(commands);
        true
    }

    /// With [`Farewell::Term`], SIGTERM first, with the polls still open, so that no runtime takes the end of the service
    /// for a fault; then SIGKILL to the whole group.
    async fn stop(mut self) -> (Transcript, Option<StopFault>) {
        if self.exited.is_none() && self.farewell == Farewell::Term {
            let mut sent = self.running.terminate();
            let mut until = None;
            loop {
                tokio::select! {
                    Some(note) = self.notes.recv() => self.take_note(note),
                    _ = self.running.ended() => break,
                    _ = &mut sent, if until.is_none() => until = Some(Instant::now() + TERM_GRACE),
                    () = sleep_until(until) => break,
                    () = self.hurry.cancelled() => break,
                }
            }
        }
        let mut stopped = self.running.kill().await;
        let fault = stopped.fault.take();
        self.service.settle().await;
        self.notes.close();
        while let Ok(note) = self.notes.try_recv() {
            record(note, &mut self.replies, &mut self.recorder);
        }
        self.service.close().await;
        let at = self.clock.now();
        self.recorder.stopped(Actor::Runtime, stopped, at);
        (self.recorder.finish(), fault)
    }
}
