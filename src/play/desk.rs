//! Serves callers with one environment after the other: the live half of `ricspec serve`.
//!
//! An environment lives until its runtime ends or an invocation times out. The next one starts when a caller needs it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::cast::Cast;
use super::deadline::sleep_until;
use super::launch::{addresses, doorkeeper, function, launch};
use super::recorder::Recorder;
use super::replies::{Replies, record};
use super::{Stage, StageFault};
use crate::case::Case;
use crate::protocol::Actor;
use crate::protocol::invoke::LOG_RESULT_BYTES_MAX;
use crate::runtime::{Ending, Heard, Listener, Running, Sound};
use crate::service::{
    Answered, Called, Clock, Command, Desk, DeskOptions, Event, Note, Served, Service, Timer,
};
use crate::transcript::{EndReason, Offset, Signal, Transcript};

/// What callers bring, for whichever environment is free.
pub type Calls = Arc<Mutex<mpsc::Receiver<Called>>>;

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
    /// What callers bring.
    pub calls: Calls,
    /// Is told what happens.
    pub tell: &'a (dyn Fn(Happening<'_>) + Sync),
}

/// Something that happened to an environment.
#[derive(Debug)]
pub enum Happening<'a> {
    /// A process printed a line.
    Printed(&'a str),
    /// An event went to the runtime.
    Started {
        /// The request id.
        request_id: &'a str,
    },
    /// An invocation is over.
    Over {
        /// What was measured.
        measured: Measured<'a>,
        /// All that passed in this environment so far.
        transcript: &'a Transcript,
        /// The time of the invocation.
        window: (Offset, Offset),
    },
    /// The environment is over.
    Ended {
        /// All that passed.
        transcript: &'a Transcript,
        /// When the last invocation was over.
        since: Offset,
    },
}

/// What was measured of an invocation.
#[derive(Clone, Copy, Debug)]
pub struct Measured<'a> {
    /// The request id.
    pub request_id: &'a str,
    /// From the event to the next poll, or to the end.
    pub duration: Duration,
    /// From the start of the runtime to its first poll; only of the first invocation.
    pub init: Option<Duration>,
    /// The most memory that the runtime's processes had, in KiB, if the system says it.
    pub memory_kib: Option<u64>,
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
        let (case, stage) = (self.case, self.stage);
        let network = stage.site.network().await?;
        let addresses = addresses(network.as_ref().map(|lease| &*lease.network));
        let clock = Clock::start();
        let (sender, notes) = mpsc::unbounded_channel();
        let service = Service::bind(case, &addresses, None, clock, sender).await?;
        let function = function(case, stage);
        let mut launch = launch(case, stage, &function, &service);
        launch.network = network.map(Arc::new);
        let recorder = Recorder::new(case, &launch, &service.api, clock);
        let listener = Listener::default();
        let mut cast = Cast::new(case, stage, launch)?;
        cast.heard_by(&listener);
        if let Some(doorkeeper) = doorkeeper(&cast) {
            service.guard(doorkeeper);
        }
        let desk = Desk::new(DeskOptions {
            mode: case.mode,
            function,
            extensions: Vec::new(),
            timeout_ms: self.timeout_ms,
            init_ms: self.init_ms,
        });
        let day = Day {
            attendant: self,
            service,
            notes,
            recorder,
            replies: Replies::to_callers(case.mode),
            desk,
            cast,
            listener,
            timers: Vec::new(),
            clock,
            to_start: Vec::new(),
            callers: BTreeMap::new(),
            began: Offset::default(),
            init: None,
            current: None,
            since: Offset::default(),
            over: false,
        };
        day.pass(first, cancel).await
    }
}

async fn next(calls: &Calls) -> Called {
    let call = calls.lock().await.recv().await;
    match call {
        Some(call) => call,
        // The door is closed: nobody comes any more.
        None => std::future::pending().await,
    }
}

/// An invocation in progress.
struct Current {
    request_id: String,
    at: Offset,
    /// The end of what was printed meanwhile.
    log: VecDeque<u8>,
}

/// One environment at work.
struct Day<'a> {
    attendant: &'a Attendant<'a>,
    service: Service,
    notes: mpsc::UnboundedReceiver<Note>,
    recorder: Recorder,
    replies: Replies,
    desk: Desk,
    cast: Cast,
    listener: Listener,
    timers: Vec<(Instant, Timer)>,
    clock: Clock,
    to_start: Vec<Actor>,
    callers: BTreeMap<usize, oneshot::Sender<Answered>>,
    /// When the runtime was started.
    began: Offset,
    /// How long the start took, until it was told.
    init: Option<Duration>,
    current: Option<Current>,
    /// When the last invocation was over.
    since: Offset,
    over: bool,
}

impl Day<'_> {
    async fn pass(
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
            if cancel.is_cancelled() {
                break;
            }
        }
        self.end(cancel).await;
        Ok(())
    }

    /// Waits for the next thing that happens, and acts on it.
    async fn turn(&mut self, cancel: &CancellationToken) {
        let due = self.timers.iter().map(|(due, _)| *due).min();
        let is_free = self.desk.is_free();
        tokio::select! {
            biased;
            () = cancel.cancelled() => {}
            Some(note) = self.notes.recv() => self.take_note(note),
            Some(heard) = self.listener.next() => self.take_heard(&heard),
            (actor, ending) = self.cast.ended() => self.take_end(actor, ending).await,
            () = sleep_until(due) => self.fire(),
            call = next(&self.attendant.calls), if is_free => self.take_call(call),
        }
    }

    fn now_unix_ms(&self) -> u64 {
        self.clock.began_unix_ms + self.clock.now().ms()
    }

    fn take_call(&mut self, called: Called) {
        if let Some(returns) = called.returns {
            self.callers.insert(called.invoke.caller, returns);
        }
        self.happened(Event::Invoke(called.invoke));
    }

    fn take_note(&mut self, note: Note) {
        for event in record(note, &mut self.replies, &mut self.recorder) {
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
        (self.attendant.tell)(Happening::Printed(line));
    }

    /// What has been printed already.
    fn hear_waiting(&mut self) {
        while let Some(heard) = self.listener.waiting() {
            self.take_heard(&heard);
        }
    }

    async fn take_end(&mut self, actor: Actor, ending: Ending) {
        self.cast.note_end(actor);
        self.recorder.exit(actor, ending, self.clock.now());
        self.service.settle(Some(actor)).await;
        while let Ok(note) = self.notes.try_recv() {
            self.take_note(note);
        }
        self.happened(Event::Exited(actor));
    }

    fn fire(&mut self) {
        let now = Instant::now();
        let (due, later): (Vec<_>, Vec<_>) =
            self.timers.drain(..).partition(|(due, _)| *due <= now);
        self.timers = later;
        for (_, timer) in due {
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
        let is_over = is_end || !self.desk.is_busy();
        if let Some(current) = self.current.take_if(|_| is_over) {
            self.told_over(&current);
        }
        self.carry_out(commands);
    }

    /// An invocation is over: what was measured of it is told.
    fn told_over(&mut self, current: &Current) {
        let now = self.clock.now();
        self.recorder.end(EndReason::Complete, now);
        let memory_kib = self.cast.runtime().and_then(Running::peak_kib);
        (self.attendant.tell)(Happening::Over {
            measured: Measured {
                request_id: &current.request_id,
                duration: since(current.at, now),
                init: self.init.take(),
                memory_kib,
            },
            transcript: self.recorder.record(),
            window: (self.since, now),
        });
        self.since = now;
        self.recorder.forget();
    }

    fn carry_out(&mut self, commands: Vec<Command>) {
        for command in commands {
            match command {
                Command::Reply { exchange, reply } => self.replies.send(exchange, reply),
                Command::Deliver { exchange, served } => self.deliver(exchange, served),
                Command::Return { caller, returned } => {
                    self.hear_waiting();
                    let current = self.current.as_ref();
                    let log = current.map(|current| current.log.iter().copied().collect());
                    let log = log.unwrap_or_default();
                    if let Some(place) = self.callers.remove(&caller) {
                        // The caller may have gone.
                        let _ = place.send(Answered { returned, log });
                    }
                }
                Command::Arm { timer, after_ms } => {
                    self.timers.retain(|(_, known)| !timer.supersedes(*known));
                    let due = Instant::now() + Duration::from_millis(after_ms);
                    self.timers.push((due, timer));
                }
                Command::Post(post) => self.service.post(post),
                Command::Launch(actor) => self.to_start.push(actor),
                Command::Terminate(actor) => self.signal(actor, Signal::Term),
                Command::Kill(actor) => self.signal(actor, Signal::Kill),
                Command::End(_) => self.over = true,
                // Only a script does these.
                Command::Visit(_)
                | Command::Freeze
                | Command::Thaw
                | Command::Measure
                | Command::Began { .. }
                | Command::Met { .. } => {}
            }
        }
    }

    fn deliver(&mut self, exchange: usize, served: Served) {
        self.recorder.delivered(exchange, &served);
        (self.attendant.tell)(Happening::Started {
            request_id: &served.request_id,
        });
        self.current = Some(Current {
            request_id: served.request_id.clone(),
            at: self.clock.now(),
            log: VecDeque::new(),
        });
        self.replies.send(exchange, served.reply);
    }

    fn signal(&mut self, actor: Actor, signal: Signal) {
        let Some(running) = self.cast.get(actor) else {
            return;
        };
        let at = self.clock.now();
        self.recorder.signal(actor, signal, running.written(), at);
        drop(match signal {
            Signal::Term => running.terminate(),
            Signal::Kill => running.end_now(),
            Signal::Stop => running.freeze(),
            Signal::Cont => running.thaw(),
        });
    }

    /// Ends what is left of the environment, and tells it, unless ricspec itself ends.
    async fn end(self, cancel: &CancellationToken) {
        let Self {
            mut recorder,
            mut listener,
            ..
        } = self;
        let (at, tell) = (self.clock.now(), self.attendant.tell);
        let stopped = self.cast.kill().await;
        self.service.close().await;
        while let Some(heard) = listener.waiting() {
            if let Sound::Line(line) = &heard.what {
                tell(Happening::Printed(line));
            }
        }
        for (actor, stopped) in stopped {
            recorder.stopped(actor, stopped, at);
        }
        recorder.end(EndReason::Exited, at);
        if !cancel.is_cancelled() {
            tell(Happening::Ended {
                transcript: recorder.record(),
                since: self.since,
            });
        }
    }
}

fn since(from: Offset, to: Offset) -> Duration {
    Duration::from_micros(to.us().saturating_sub(from.us()))
}
