//! A case in play: events go to the script, and its commands are carried out.

use std::time::Duration;

use tokio::sync::{SemaphorePermit, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::StageFault;
use super::cast::Cast;
use super::deadline::{DeadlineExtension, Limit, crowd, sleep_until};
use super::recorder::Recorder;
use super::replies::{Replies, record};
use super::timers::Timers;
use crate::case::{Case, Step};
use crate::protocol::Actor;
use crate::runtime::{Ending, Heard, Listener, Running, Sound, StopFault};
use crate::service::{Clock, Command, Decoy, Event, News, Note, Script, Service, Timer};
use crate::transcript::{EndReason, Offset, Signal, Transcript};

/// How long a runtime may take to end after SIGTERM; the service gives 300 ms when an extension is registered (LIFE-04).
const TERM_GRACE: Duration = Duration::from_millis(300);

/// How a process is stopped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Teardown {
    /// SIGTERM, some time, SIGKILL.
    Term,
    /// SIGKILL, as after a time-out.
    Kill,
}

/// More steps for a case whose own steps are all met, chosen by the transcript so far.
pub type Sequel<'a> = &'a (dyn Fn(&Transcript) -> Vec<Step> + Sync);

/// A case in play.
pub(super) struct Act<'a> {
    pub(super) case: &'a Case,
    pub(super) service: Service,
    pub(super) notes: mpsc::UnboundedReceiver<Note>,
    pub(super) recorder: Recorder,
    pub(super) replies: Replies,
    pub(super) script: Script,
    pub(super) cast: Cast,
    pub(super) listener: Listener,
    /// Those that the script wants to start.
    pub(super) to_start: Vec<Actor>,
    pub(super) _decoy: Option<Decoy>,
    pub(super) timers: Timers,
    pub(super) clock: Clock,
    pub(super) boot: Option<SemaphorePermit<'a>>,
    pub(super) extension: DeadlineExtension,
    pub(super) teardown: Teardown,
    pub(super) hurry: &'a CancellationToken,
    pub(super) sequel: Option<Sequel<'a>>,
    /// Makes request ids: how many were made before, and how many are needed.
    pub(super) ids: &'a (dyn Fn(usize, usize) -> Vec<String> + Sync),
}

impl Act<'_> {
    /// Plays to the end: the transcript, or why it says nothing about the runtime.
    pub(super) async fn perform(
        mut self,
        cancel: &CancellationToken,
    ) -> Result<Transcript, StageFault> {
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
        let held_up = self.held_up();
        self.recorder.held_up(held_up);
        let (transcript, stop_fault) = self.stop().await;
        match fault.or(stop_fault.map(StageFault::from)) {
            Some(fault) => Err(fault),
            None => Ok(transcript),
        }
    }

    /// Starts the processes that the script wants. The time of a running process does not count a start.
    async fn start_due(&mut self) -> Result<(), StageFault> {
        for actor in std::mem::take(&mut self.to_start) {
            let began = Instant::now();
            self.recorder.started(actor, self.clock.now());
            self.cast.start(actor).await?;
            self.timers.extend(Timer::Startup, began.elapsed());
        }
        Ok(())
    }

    /// The process beside the target that kept the script from going on.
    fn held_up(&self) -> Option<String> {
        match self.recorder.record().end.reason {
            EndReason::Complete | EndReason::Cancelled => return None,
            EndReason::Exited
            | EndReason::NeverCalled
            | EndReason::Deadline
            | EndReason::Flood
            | EndReason::Excess => {}
        }
        match self.script.held_up_by()? {
            actor if actor == self.case.target() => None,
            Actor::Runtime => Some("runtime".to_owned()),
            Actor::Extension(place) => {
                let actor = self.case.actors.get(place)?;
                Some(actor.name.clone())
            }
        }
    }

    /// Waits for the next thing that happens, and acts on it.
    async fn turn(&mut self, cancel: &CancellationToken) {
        let due = self.timers.next();
        tokio::select! {
            Some(note) = self.notes.recv() => self.take_note(note),
            Some(heard) = self.listener.next() => self.take_heard(heard),
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
        for (at, timer) in self.timers.take_due(now) {
            self.extension.note_late(now.saturating_duration_since(at));
            let is_limit = matches!(timer, Timer::Startup | Timer::Case | Timer::Step(_));
            let target = self.case.target();
            if is_limit && !self.cast.has_ended(target) {
                if let Some(ending) = self.cast.unheard_end(target).await {
                    self.take_end(target, ending).await;
                } else if let Some(later) = self.put_off(timer) {
                    self.timers.again(timer, now + later);
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
        let target = self.cast.get(self.case.target())?;
        let used = target.processor_time();
        let crowd = crowd(target.wanting());
        match self.extension.weigh(crowd, used, Instant::now()) {
            Limit::PutOff(later) => Some(later),
            Limit::Starved | Limit::Holds => None,
        }
    }

    fn happened(&mut self, event: Event) {
        if matches!(event, Event::End { .. }) && self.script.is_watched() {
            self.tell_memory();
        }
        let commands = self.script.on(event, self.now_unix_ms());
        self.carry_out(commands);
    }

    /// Tells the subscribers how much memory the runtime has.
    fn tell_memory(&mut self) {
        if let Some(usage) = self.cast.runtime().and_then(Running::usage) {
            let mb = usage.memory_kib.div_ceil(1024);
            self.happened(Event::Telemetry(News::Used { mb }));
        }
    }

    /// A process has printed something.
    fn take_heard(&mut self, heard: Heard) {
        self.happened(Event::Telemetry(match heard.what {
            Sound::Line(text) => News::Line {
                actor: Actor::at(heard.whose),
                text,
            },
            Sound::Lost { lines, bytes } => News::Lost { lines, bytes },
            Sound::End => News::Silent,
        }));
        if !self.script.wants_lines() {
            self.listener.close();
        }
    }

    fn take_waiting_notes(&mut self) {
        // Only those of now: more may come forever.
        for _ in 0..self.notes.len() {
            if let Ok(note) = self.notes.try_recv() {
                self.take_note(note);
            }
        }
    }

    fn take_note(&mut self, note: Note) {
        for event in record(note, &mut self.replies, &mut self.recorder) {
            // The first call ends the boot.
            let has_booted = match event {
                Event::Head(_)
                | Event::Data { .. }
                | Event::Invoke(_)
                | Event::Visited { .. }
                | Event::Telemetry(_) => false,
                Event::End { .. }
                | Event::Broken { .. }
                | Event::Dropped { .. }
                | Event::Written { .. }
                | Event::Exited(_)
                | Event::Excess
                | Event::Timer(_) => true,
            };
            if has_booted && self.cast.runtime().is_some() {
                self.boot = None;
            }
            self.happened(event);
        }
    }

    fn carry_out(&mut self, commands: Vec<Command>) {
        // All of them happen at once: the answer to a signal comes after the next step has begun.
        let at = self.clock.now();
        for command in commands {
            match command {
                Command::Reply { exchange, reply } => self.replies.send(exchange, reply),
                Command::Deliver { exchange, served } => {
                    self.recorder.delivered(exchange, &served);
                    self.replies.send(exchange, served.reply);
                }
                Command::Visit(visit) => self.service.visit(visit),
                Command::Post(post) => self.service.post(post),
                Command::Return { caller, returned } => self.replies.give_back(caller, returned),
                Command::Arm { timer, after_ms } => self.timers.arm(timer, after_ms),
                Command::Launch(actor) => self.to_start.push(actor),
                Command::Terminate(actor) => self.signal(actor, Signal::Term, at),
                Command::Kill(actor) => self.signal(actor, Signal::Kill, at),
                Command::Freeze => self.signal_all(Signal::Stop, at),
                Command::Thaw => self.signal_all(Signal::Cont, at),
                Command::HangUp => self.service.hang_up(),
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

    /// Sends a signal, and records it.
    fn signal(&mut self, actor: Actor, signal: Signal, at: Offset) {
        self.cast.signal(actor, signal, &mut self.recorder, at);
    }

    fn signal_all(&mut self, signal: Signal, at: Offset) {
        let actors: Vec<Actor> = self.cast.all().map(|(actor, _)| actor).collect();
        for actor in actors {
            self.signal(actor, signal, at);
        }
    }

    /// Whether more steps follow the last one. This happens at most once.
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

    /// With [`Teardown::Term`], SIGTERM comes first, with the polls still open, so that no runtime takes the end of the
    /// service for a fault; then SIGKILL to the whole group.
    async fn stop(mut self) -> (Transcript, Option<StopFault>) {
        let exited = self.cast.has_ended(Actor::Runtime);
        let waits = !exited && self.teardown == Teardown::Term;
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
