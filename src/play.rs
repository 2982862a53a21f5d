//! The stage: one case from bind to transcript. The only room that knows service and target.

mod cast;
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
use crate::transcript::{EndReason, Offset, Signal, Transcript};

use cast::Cast;
use deadline::{DeadlineExtension, Limit, crowd};
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
    if !case.earlier.is_empty() || !case.actors.is_empty() {
        environment.lasting = Some(Arc::default());
    }
    if !case.earlier.is_empty() {
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
    let mut recorder = Recorder::new(case, &launch, &service.api, clock);
    let script = Script::new(case, life.options);
    let cast = Cast::new(case, stage, launch)?;
    for (actor, launch) in case.actors.iter().zip(cast.extensions()) {
        recorder.beside(&actor.name, launch);
    }
    if let Some(doorkeeper) = doorkeeper(&cast) {
        service.guard(doorkeeper);
    }
    let act = Act {
        case,
        service,
        notes,
        recorder,
        replies: Replies::new(case.mode),
        script,
        cast,
        to_start: Vec::new(),
        _decoy: decoy,
        timers: Vec::new(),
        clock,
        boot,
        extension: DeadlineExtension::default(),
        farewell: life.farewell,
        hurry: &stage.hurry,
        sequel: life.sequel,
        ids: &|used, number| request_ids(&case.id, stage, used, number),
    };
    let transcript = act.perform(cancel).await?;
    if was_not_confined(&transcript.runtime().stderr) {
        return Err(StageFault::NotConfined);
    }
    Ok(transcript)
}

/// A case in play.
struct Act<'a> {
    case: &'a Case,
    service: Service,
    notes: mpsc::UnboundedReceiver<Note>,
    recorder: Recorder,
    replies: Replies,
    script: Script,
    cast: Cast,
    /// Those that the script has said to start.
    to_start: Vec<Actor>,
    _decoy: Option<Decoy>,
    timers: Vec<(Instant, Timer)>,
    clock: Clock,
    boot: Option<SemaphorePermit<'a>>,
    extension: DeadlineExtension,
    farewell: Farewell,
    hurry: &'a CancellationToken,
    sequel: Option<Sequel<'a>>,
    /// Makes request ids: how many were made before, and how many are wanted.
    ids: &'a (dyn Fn(usize, usize) -> Vec<String> + Sync),
}

impl Act<'_> {
    /// Plays to the end: the record, or what keeps it from saying something about the runtime.
    async fn perform(mut self, cancel: &CancellationToken) -> Result<Transcript, StageFault> {
        let commands = self.script.begin(self.now_unix_ms());
        self.carry_out(commands);
        let mut fault = None;
        while !self.recorder.has_ended() && fault.is_none() {
            fault = self.start_due().await.err();
            if fault.is_none() {
                self.turn(cancel).await;
            }
        }
        self.boot = None;
        self.recorder.strain(self.extension.strain());
        let fault = fault.or_else(|| self.held_up());
        let (transcript, stop_fault) = self.stop().await;
        match fault.or(stop_fault.map(StageFault::from)) {
            Some(fault) => Err(fault),
            None => Ok(transcript),
        }
    }

    /// Starts the processes that the script wants. No start takes from the time of what was started.
    async fn start_due(&mut self) -> Result<(), StageFault> {
        for actor in std::mem::take(&mut self.to_start) {
            let began = Instant::now();
            self.recorder.started(actor, self.clock.now());
            self.cast.start(actor).await?;
            let took = began.elapsed();
            for (due, timer) in &mut self.timers {
                if *timer == Timer::Startup {
                    *due += took;
                }
            }
        }
        Ok(())
    }

    /// What came of an extension beside the runtime that kept the script from going on.
    fn held_up(&self) -> Option<StageFault> {
        match self.recorder.record().end.reason {
            EndReason::Complete | EndReason::Cancelled => return None,
            EndReason::Exited
            | EndReason::NeverCalled
            | EndReason::Deadline
            | EndReason::Flood
            | EndReason::Excess => {}
        }
        match self.script.held_up_by()? {
            Actor::Runtime => None,
            Actor::Extension(place) => {
                let actor = self.case.actors.get(place)?;
                Some(StageFault::HeldUp(actor.name.clone()))
            }
        }
    }

    /// Waits for the next thing that happens, and acts on it.
    async fn turn(&mut self, cancel: &CancellationToken) {
        let due = self.timers.iter().map(|(due, _)| *due).min();
        tokio::select! {
            Some(note) = self.notes.recv() => self.take_note(note),
            (actor, ending) = self.cast.ended() => self.take_end(actor, ending).await,
            () = sleep_until(due) => self.fire().await,
            () = cancel.cancelled() => self.recorder.end(EndReason::Cancelled, self.clock.now()),
        }
    }

    fn now_unix_ms(&self) -> u64 {
        self.clock.began_unix_ms + self.clock.now().ms()
    }

    async fn take_end(&mut self, actor: Actor, ending: Ending) {
        self.cast.note_end(actor);
        self.recorder.exit(actor, ending, self.clock.now());
        self.service.settle(Some(actor)).await;
        self.take_waiting_notes();
        self.happened(Event::Exited(actor));
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
            if is_limit && !self.cast.has_ended(Actor::Runtime) {
                if let Some(ending) = self.cast.unheard_end().await {
                    self.take_end(Actor::Runtime, ending).await;
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
        let runtime = self.cast.runtime()?;
        let used = runtime.processor_time();
        let crowd = crowd(runtime.wanting());
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
                Event::Head(_) | Event::Data { .. } => {}
                // The first call is what a boot is for.
                Event::End { .. }
                | Event::Broken { .. }
                | Event::Dropped { .. }
                | Event::Written { .. }
                | Event::Exited(_)
                | Event::Excess
                | Event::Timer(_)
                    if self.cast.runtime().is_some() =>
                {
                    self.boot = None
                }
                Event::End { .. }
                | Event::Broken { .. }
                | Event::Dropped { .. }
                | Event::Written { .. }
                | Event::Exited(_)
                | Event::Excess
                | Event::Timer(_) => {}
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
                Command::Arm { timer, after_ms } => {
                    // Those of earlier steps say nothing any more, and a case may have thousands of steps.
                    self.timers.retain(|(_, known)| !timer.supersedes(*known));
                    self.timers
                        .push((Instant::now() + Duration::from_millis(after_ms), timer));
                }
                Command::Launch(actor) => self.to_start.push(actor),
                Command::Terminate(actor) => self.signal(actor, Signal::Term, at),
                Command::Kill(actor) => self.signal(actor, Signal::Kill, at),
                Command::Freeze => self.signal_all(Signal::Stop, at),
                Command::Thaw => self.signal_all(Signal::Cont, at),
                Command::Measure => {
                    let usage = self.cast.runtime().and_then(Running::usage);
                    self.recorder.measure(Actor::Runtime, usage, at);
                }
                Command::Began { step } => self.recorder.began(step, at),
                Command::Met { step, exchange } => self.recorder.met(step, exchange, at),
                Command::End(EndReason::Complete) if self.goes_on() => {}
                Command::End(reason) => self.recorder.end(reason, at),
            }
        }
    }

    /// Sends a signal, and writes it down.
    fn signal(&mut self, actor: Actor, signal: Signal, at: Offset) {
        let Some(running) = self.cast.get(actor) else {
            return;
        };
        self.recorder.signal(actor, signal, running.written(), at);
        // It is not waited for.
        drop(match signal {
            Signal::Term => running.terminate(),
            Signal::Kill => running.end_now(),
            Signal::Stop => running.freeze(),
            Signal::Cont => running.thaw(),
        });
    }

    fn signal_all(&mut self, signal: Signal, at: Offset) {
        let actors: Vec<Actor> = self.cast.all().map(|(actor, _)| actor).collect();
        for actor in actors {
            self.signal(actor, signal, at);
        }
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
        let exited = self.cast.has_ended(Actor::Runtime);
        let waits = !exited && self.farewell == Farewell::Term;
        let runtime = self.cast.runtime().filter(|_| waits);
        if let Some(mut sent) = runtime.map(Running::terminate) {
            let mut until = None;
            loop {
                tokio::select! {
                    Some(note) = self.notes.recv() => self.take_note(note),
                    (actor, _) = self.cast.ended() => match actor {
                        Actor::Runtime => break,
                        Actor::Extension(_) => self.cast.note_end(actor),
                    },
                    _ = &mut sent, if until.is_none() => until = Some(Instant::now() + TERM_GRACE),
                    () = sleep_until(until) => break,
                    () = self.hurry.cancelled() => break,
                }
            }
        }
        let mut stopped = self.cast.kill().await;
        let mut faults = stopped.iter_mut();
        let fault = faults.find_map(|(_, stopped)| stopped.fault.take());
        self.service.settle(None).await;
        self.notes.close();
        while let Ok(note) = self.notes.try_recv() {
            record(note, &mut self.replies, &mut self.recorder);
        }
        self.service.close().await;
        let at = self.clock.now();
        for (actor, stopped) in stopped {
            self.recorder.stopped(actor, stopped, at);
        }
        (self.recorder.finish(), fault)
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
