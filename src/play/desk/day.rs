//! One environment that serves callers, from its start to its end.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::calls::{Calls, next};
use super::happening::{Happening, Measured};
use crate::play::StageFault;
use crate::play::cast::Cast;
use crate::play::deadline::sleep_until;
use crate::play::recorder::Recorder;
use crate::play::replies::{Replies, record};
use crate::play::timers::Timers;
use crate::protocol::invoke::LOG_RESULT_BYTES_MAX;
use crate::protocol::{Actor, Returned};
use crate::runtime::{Ending, Heard, Listener, Sound};
use crate::service::{Answered, Called, Clock, Command, Desk, Event, Note, Served, Service};
use crate::transcript::{EndReason, Offset, Signal};

/// So many invocations are audited together at most, while one comes right after the other.
const TOGETHER_MAX: usize = 32;

/// So many exchanges are on record before some are forgotten.
const EXCHANGES_MAX: usize = 64;

/// The same where the record is kept: as many as one part of it has.
const PART_EXCHANGES_MAX: usize = 1000;

/// So many bytes of answers are audited together at most, about.
const TOGETHER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// After this time without an invocation, those that are over are audited: before, a caller may want the processor.
const REST: Duration = Duration::from_millis(5);

/// An invocation in progress.
pub(super) struct Current {
    request_id: String,
    /// Its number in this environment.
    number: usize,
    returned: Option<Returned>,
    at: Offset,
    /// The end of what was printed meanwhile.
    log: VecDeque<u8>,
}

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
    pub(super) clock: Clock,
    pub(super) to_start: Vec<Actor>,
    pub(super) callers: BTreeMap<usize, oneshot::Sender<Answered>>,
    /// Those of them who want the end of the log.
    pub(super) listeners: BTreeSet<usize>,
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
        let due = self.timers.next();
        let is_free = self.desk.is_free();
        tokio::select! {
            biased;
            () = cancel.cancelled(), if !self.closes => {}
            () = self.hurry.cancelled() => self.over = true,
            Some(note) = self.notes.recv() => self.take_note(note).await,
            Some(heard) = self.listener.next() => self.take_heard(&heard),
            (actor, ending) = self.cast.ended() => self.take_end(actor, ending).await,
            () = sleep_until(due) => self.fire(),
            Ok(()) = self.edition.changed(), if !self.is_old => self.is_old = true,
            call = next(self.calls), if is_free => self.take_call(call),
            () = sleep_until(self.audit) => self.audit(),
        }
    }

    fn now_unix_ms(&self) -> u64 {
        self.clock.began_unix_ms + self.clock.now().ms()
    }

    fn take_call(&mut self, called: Called) {
        if let Some(returns) = called.returns {
            self.callers.insert(called.invoke.caller, returns);
            if called.wants_log {
                self.listeners.insert(called.invoke.caller);
            }
        }
        self.happened(Event::Invoke(called.invoke));
    }

    async fn take_note(&mut self, note: Note) {
        for event in record(note, &mut self.replies, &mut self.recorder) {
            if matches!(event, Event::End { .. })
                && !self.listeners.is_empty()
                && let Some(runtime) = self.cast.runtime()
            {
                // What it printed before its answer belongs to the log of the invocation.
                runtime.heard_out().await;
            }
            self.happened(event);
        }
    }

    fn take_heard(&mut self, heard: &Heard) {
        let Sound::Line(line) = &heard.what else {
            return;
        };
        if let Some(current) = &mut self.current {
            current.log.extend(line.bytes().chain([b'\n']));
            let over = current.log.len().saturating_sub(LOG_RESULT_BYTES_MAX);
            current.log.drain(..over);
        }
        let current = self.current.as_ref();
        let request_id = current.map(|current| current.request_id.as_str());
        (self.tell)(Happening::Printed { line, request_id });
    }

    /// What has been printed already.
    fn hear_waiting(&mut self) {
        while let Some(heard) = self.listener.waiting() {
            self.take_heard(&heard);
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
        self.happened(Event::Exited(actor));
    }

    fn fire(&mut self) {
        for (_, timer) in self.timers.take_due(Instant::now()) {
            self.happened(Event::Timer(timer));
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
            self.told_over(&current);
        }
    }

    /// An invocation is over: what was measured of it is told.
    fn told_over(&mut self, current: &Current) {
        let peaks = self
            .cast
            .all()
            .filter_map(|(_, running)| running.peak_kib());
        let memory_kib = peaks.reduce(|sum, peak| sum + peak);
        let measured = Measured {
            request_id: &current.request_id,
            duration: since(current.at, self.clock.now()),
            init: self.init.take(),
            memory_kib,
        };
        if let Some(invocation) = self.recorder.invocation(current.number) {
            (self.tell)(Happening::Over {
                measured,
                returned: current.returned.as_ref(),
                transcript: self.recorder.record(),
                invocation,
            });
        }
        self.unaudited += 1;
        self.audit = Some(Instant::now() + REST);
        let (_, bytes) = self.recorder.size();
        if self.unaudited >= TOGETHER_MAX || bytes >= TOGETHER_BYTES_MAX {
            self.audit();
        }
    }

    /// The invocations that are over are audited, and what is long over is forgotten.
    fn audit(&mut self) {
        self.audit = None;
        if std::mem::take(&mut self.unaudited) == 0 {
            return;
        }
        let now = self.clock.now();
        self.recorder.end(EndReason::Complete, now);
        (self.tell)(Happening::Due {
            transcript: self.recorder.record(),
            window: (self.since, now),
        });
        self.since = now;
        let (exchanges, bytes) = self.recorder.size();
        let most = match self.records {
            true => PART_EXCHANGES_MAX,
            false => EXCHANGES_MAX,
        };
        if exchanges < most && bytes < TOGETHER_BYTES_MAX {
            return;
        }
        if self.records {
            let transcript = self.recorder.record();
            (self.tell)(Happening::Recorded { transcript });
            self.recorder.go_on_from(now);
        }
        self.recorder.forget();
        self.service.forget();
    }

    fn carry_out(&mut self, commands: Vec<Command>) {
        for command in commands {
            match command {
                Command::Reply { exchange, reply } => self.replies.send(exchange, reply),
                Command::Deliver { exchange, served } => self.deliver(exchange, served),
                Command::Return { caller, returned } => {
                    self.hear_waiting();
                    let mut log = Vec::new();
                    if let Some(current) = &mut self.current {
                        current.returned = Some(returned.clone());
                        log.extend(&current.log);
                    }
                    self.listeners.remove(&caller);
                    if let Some(place) = self.callers.remove(&caller) {
                        // The caller may have gone.
                        let _ = place.send(Answered { returned, log });
                    }
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
        (self.tell)(Happening::Started {
            request_id: &served.request_id,
            event: &served.reply.body,
        });
        self.current = Some(Current {
            request_id: served.request_id.clone(),
            number: served.invocation,
            returned: None,
            at: self.clock.now(),
            log: VecDeque::new(),
        });
        self.replies.send(exchange, served.reply);
    }

    fn signal(&mut self, actor: Actor, signal: Signal) {
        let at = self.clock.now();
        self.cast.signal(actor, signal, &mut self.recorder, at);
    }

    /// Ends what is left of the environment, and tells it, unless it is no longer needed.
    async fn end(self) {
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

fn since(from: Offset, to: Offset) -> Duration {
    Duration::from_micros(to.us().saturating_sub(from.us()))
}
