//! One environment that serves callers, from its start to its end.

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::alarm::Alarm;
use super::callers::Callers;
use super::calls::{Calls, next};
use super::current::{Current, since};
use super::happening::Happening;
use super::untold::Untold;
use super::vigil::Vigil;
use crate::play::StageFault;
use crate::play::cast::Cast;
use crate::play::recorder::Recorder;
use crate::play::replies::{Replies, record};
use crate::play::timers::Timers;
use crate::protocol::Actor;
use crate::runtime::{Ending, Listener, Running, Sound};
use crate::service::{Answered, Called, Clock, Command, Desk, Event, News, Note, Served, Service};
use crate::transcript::{EndReason, Offset, Signal};

/// One environment at work.
pub(super) struct Day<'a> {
    pub(super) edition: watch::Receiver<u64>,
    /// Whether the function has changed since the environment began.
    pub(super) is_old: bool,
    pub(super) calls: &'a Calls,
    pub(super) tell: &'a (dyn Fn(Happening<'_>) + Sync),
    pub(super) service: Service,
    pub(super) notes: mpsc::UnboundedReceiver<Note>,
    pub(super) recorder: Recorder,
    pub(super) replies: Replies,
    pub(super) desk: Desk,
    pub(super) cast: Cast,
    pub(super) listener: Listener,
    pub(super) timers: Timers,
    pub(super) alarm: Alarm,
    pub(super) clock: Clock,
    pub(super) to_start: Vec<Actor>,
    pub(super) callers: Callers,
    pub(super) untold: Untold,
    /// What subscribers to telemetry have not been told.
    pub(super) news: Vec<News>,
    /// Keeps the event loop awake, if this environment has it for itself.
    pub(super) vigil: Option<Vigil>,
    /// When the runtime was started.
    pub(super) began: Offset,
    /// How long the start took, until it was told.
    pub(super) init: Option<Duration>,
    pub(super) current: Option<Current>,
    /// Up to when all was audited.
    pub(super) since: Offset,
    /// How many invocations are over and not audited.
    pub(super) unaudited: usize,
    /// When they are audited.
    pub(super) audit: Option<Instant>,
    pub(super) over: bool,
    /// Whether the whole record is kept.
    pub(super) records: bool,
    /// Whether it ends because it is no longer needed.
    pub(super) closes: bool,
    pub(super) hurry: &'a CancellationToken,
}

impl Day<'_> {
    /// Serves until the environment is over, or `cancel`. A call may be there from the start.
    pub(super) async fn pass(
        mut self,
        first: Option<Called>,
        cancel: &CancellationToken,
    ) -> Result<(), StageFault> {
        let commands = self.desk.begin(self.now_unix_ms());
        self.carry_out(commands);
        if let Some(called) = first {
            self.take_call(called);
        }
        while !self.over {
            for actor in std::mem::take(&mut self.to_start) {
                self.began = self.clock.now();
                self.recorder.started(actor, self.began);
                self.cast.start(actor).await?;
            }
            self.turn(cancel).await;
            let is_needless = cancel.is_cancelled() || self.is_old && self.desk.is_idle();
            if is_needless && !self.closes {
                self.closes = true;
                self.audit();
                let commands = self.desk.retire(self.now_unix_ms());
                self.carry_out(commands);
            }
        }
        self.end().await;
        Ok(())
    }

    /// Waits for the next thing that happens, and acts on it.
    async fn turn(&mut self, cancel: &CancellationToken) {
        let later = [self.timers.next(), self.untold.due, self.audit];
        self.alarm.set(later.into_iter().flatten().min());
        let is_free = self.desk.is_free();
        tokio::select! {
            biased;
            () = cancel.cancelled(), if !self.closes => {}
            () = self.hurry.cancelled() => self.over = true,
            Some(note) = self.notes.recv() => self.take_notes(note).await,
            Some(heard) = self.listener.next() => self.take_heard(heard),
            (actor, ending) = self.cast.ended() => self.take_end(actor, ending).await,
            () = self.alarm.rings() => self.fire(),
            Ok(()) = self.edition.changed(), if !self.is_old => self.is_old = true,
            call = next(self.calls), if is_free => self.take_call(call),
        }
        for news in std::mem::take(&mut self.news) {
            self.happened(Event::Telemetry(news));
        }
    }

    fn now_unix_ms(&self) -> u64 {
        self.clock.began_unix_ms + self.clock.now().ms()
    }

    fn take_call(&mut self, called: Called) {
        self.vigil.iter().for_each(Vigil::stay);
        self.callers
            .take(called.invoke.caller, called.returns, called.wants_log);
        self.happened(Event::Invoke(called.invoke));
    }

    /// Takes a note, and those that have come with it: only those of now, since more may come forever.
    async fn take_notes(&mut self, first: Note) {
        self.vigil.iter().for_each(Vigil::stay);
        let more = self.notes.len();
        self.take_note(first).await;
        for _ in 0..more {
            if let Ok(note) = self.notes.try_recv() {
                self.take_note(note).await;
            }
        }
    }

    async fn take_note(&mut self, mut note: Note) {
        let begun = self.callers.look(&mut note);
        let has_gone_out = matches!(note, Note::Replied { .. });
        for event in record(note, &mut self.replies, &mut self.recorder) {
            if matches!(event, Event::End { .. }) {
                self.before_the_end().await;
            }
            self.happened(event);
        }
        self.callers.begun(begun, &self.desk);
        if has_gone_out && self.untold.waits_for_the_event() {
            self.catch_up();
        }
    }

    /// A call is complete, perhaps an answer.
    async fn before_the_end(&mut self) {
        self.hear_out().await;
        let kib = self.cast.runtime().filter(|_| self.desk.is_watched());
        if let Some(kib) = kib.and_then(Running::peak_kib) {
            let mb = kib.div_ceil(1024);
            self.happened(Event::Telemetry(News::Used { mb }));
        }
    }

    /// What the runtime printed before its answer, or before its end, belongs to the log of the invocation.
    async fn hear_out(&mut self) {
        if self.callers.want_log()
            && let Some(runtime) = self.cast.runtime()
        {
            runtime.heard_out().await;
        }
    }

    /// What has been printed already.
    fn hear_waiting(&mut self) {
        while let Some(heard) = self.listener.waiting() {
            self.take_heard(heard);
        }
    }

    async fn take_end(&mut self, actor: Actor, ending: Ending) {
        self.cast.note_end(actor);
        // Otherwise it is stopped.
        if !self.closes {
            self.recorder.exit(actor, ending, self.clock.now());
        }
        self.service.settle(Some(actor)).await;
        while let Ok(note) = self.notes.try_recv() {
            self.take_note(note).await;
        }
        if actor == Actor::Runtime {
            self.hear_out().await;
        }
        self.happened(Event::Exited(actor));
    }

    fn fire(&mut self) {
        let now = Instant::now();
        for (_, timer) in self.timers.take_due(now) {
            self.happened(Event::Timer(timer));
        }
        if self.untold.due.is_some_and(|due| due <= now) {
            self.catch_up();
        }
        if self.audit.is_some_and(|due| due <= now) {
            self.audit();
        }
    }

    fn happened(&mut self, event: Event) {
        let was_up = self.desk.is_up();
        let is_end = matches!(event, Event::Exited(Actor::Runtime));
        let commands = self.desk.on(event, self.now_unix_ms());
        if self.desk.is_up() && !was_up {
            self.init = Some(since(self.began, self.clock.now()));
        }
        // The caller gets the log of the invocation before that is over.
        self.carry_out(commands);
        let is_over = is_end || !self.desk.is_busy();
        if let Some(current) = self.current.take_if(|_| is_over) {
            self.over(current);
        }
    }

    fn carry_out(&mut self, commands: Vec<Command>) {
        for command in commands {
            match command {
                Command::Reply { exchange, reply } => self.replies.send(exchange, reply),
                Command::Deliver { exchange, served } => self.deliver(exchange, served),
                Command::Return { caller, returned } => {
                    self.hear_waiting();
                    let returned = self.callers.outcome(caller, returned);
                    let mut log = Vec::new();
                    if let Some(current) = &mut self.current {
                        current.returned = Some(returned.clone());
                        log = current.log();
                    }
                    self.callers.give(caller, Answered { returned, log });
                }
                Command::Arm { timer, after_ms } => self.timers.arm(timer, after_ms),
                Command::Post(post) => self.service.post(post),
                Command::Launch(actor) => self.to_start.push(actor),
                Command::Terminate(actor) => self.signal(actor, Signal::Term),
                Command::Kill(actor) => self.signal(actor, Signal::Kill),
                Command::End(_) => self.over = true,
                // Only a script does these.
                Command::Visit(_)
                | Command::Freeze
                | Command::Thaw
                | Command::HangUp
                | Command::Measure
                | Command::Began { .. }
                | Command::Met { .. } => {}
            }
        }
    }

    fn deliver(&mut self, exchange: usize, served: Served) {
        self.recorder.delivered(exchange, &served);
        let (request_id, event) = (served.request_id.clone(), served.reply.body.clone());
        self.replies.send(exchange, served.reply);
        self.untold.began(request_id, event);
        let at = self.clock.now();
        self.current = Some(Current::new(served.request_id, served.invocation, at));
    }

    fn signal(&mut self, actor: Actor, signal: Signal) {
        let at = self.clock.now();
        self.cast.signal(actor, signal, &mut self.recorder, at);
    }

    /// Ends what is left of the environment, and tells it, unless it is no longer needed.
    async fn end(mut self) {
        self.catch_up();
        let Self {
            mut recorder,
            mut listener,
            ..
        } = self;
        let (at, tell, closes) = (self.clock.now(), self.tell, self.closes);
        let reason = match closes {
            true => EndReason::Complete,
            false => EndReason::Exited,
        };
        let stopped = self.cast.kill().await;
        self.service.close().await;
        while let Some(heard) = listener.waiting() {
            if let Sound::Line(line) = &heard.what {
                let request_id = None;
                tell(Happening::Printed { line, request_id });
            }
        }
        for (actor, stopped) in stopped {
            recorder.stopped(actor, stopped, at);
        }
        recorder.end(reason, at);
        if !closes {
            tell(Happening::Ended {
                transcript: recorder.record(),
                since: self.since,
            });
        }
        if self.records {
            tell(Happening::Recorded {
                transcript: recorder.record(),
            });
        }
    }
}
