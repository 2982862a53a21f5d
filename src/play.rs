//! The stage: one case from bind to transcript. The only room that knows service and target.

mod fault;
mod folder;
mod patience;
mod recorder;
mod setting;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::case::Case;
use crate::protocol::{Function, Route, header};
use crate::service::{
    Action, Arrival, Clock, Note, Reach, Script, ScriptOptions, Service, Stimulus, Timer, Trap,
};
use crate::target::{
    Ending, EngineError, Fit, Network, Running, Site, can_be_read_only, was_not_confined,
};
use crate::transcript::{EndReason, Exit, Transcript};

pub use fault::StageFault;
use folder::Moved;
use patience::{Limit, Patience, crowd};
use recorder::Recorder;
use setting::{earlier_life, function, launch, script_options, set_trap};

/// What every case of a run shares.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Program and arguments; an argument that equals `handler` names the handler.
    pub command: Vec<String>,
    /// `_HANDLER`
    pub handler: String,
    /// The working directory and `LAMBDA_TASK_ROOT`.
    pub task_root: PathBuf,
    /// Variables on top of the documented environment.
    pub env: BTreeMap<String, String>,
    /// How long the runtime may take to its first call.
    pub startup: Duration,
    /// Stretches deadlines.
    pub time_scale: f64,
    /// Makes ids; the same seed gives the same ids.
    pub seed: u64,
    /// How many runtimes may start at a time: starting is what costs processor time.
    pub boots: Arc<Semaphore>,
    /// The port to listen on; a fresh one for each case by default.
    pub port: Option<u16>,
    /// What the runtime is started as.
    pub site: Site,
    /// The memory of the function, in MB.
    pub memory_mb: u32,
}

/// A timer that comes later than this shows that the machine, not the runtime, kept a case from going on.
const LATE_MAX: Duration = Duration::from_secs(1);

/// How long a runtime may take to end after SIGTERM; the service gives 300 ms when an extension is registered (LIFE-04).
const TERM_GRACE: Duration = Duration::from_millis(300);

/// How the service takes leave of a process.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Farewell {
    /// SIGTERM, some time, SIGKILL.
    Term,
    /// SIGKILL, as after a time-out.
    Kill,
}

/// Acts one case and gives the record of it.
pub async fn play(
    case: &Case,
    stage: &Stage,
    cancel: &CancellationToken,
) -> Result<Transcript, StageFault> {
    if let Some(reason) = lacking(case, &stage.site) {
        return Err(StageFault::Lacking(reason));
    }
    let moved = Moved::of(case, stage)?;
    let stage = moved.as_ref().map_or(stage, |moved| &moved.stage);
    let function = function(case, stage);
    let mut earlier = Vec::new();
    if !case.earlier.is_empty() {
        let before = earlier_life(case);
        let options = script_options(&before, stage, &function, 0);
        let record = live(&before, stage, &function, options, Farewell::Kill, cancel).await?;
        let given = record.invocations.into_iter();
        earlier.extend(given.map(|delivery| delivery.request_id));
    }
    let options = script_options(case, stage, &function, earlier.len());
    let record = live(case, stage, &function, options, Farewell::Term, cancel).await?;
    Ok(Transcript {
        earlier,
        time_scale: stage.time_scale,
        ..record
    })
}

/// Why a case cannot be played on a site, if it cannot.
fn lacking(case: &Case, site: &Site) -> Option<&'static str> {
    match site {
        Site::Machine if case.read_only.is_some() && !can_be_read_only() => {
            Some("this machine cannot make files read-only for one process")
        }
        Site::Container(_) if !case.earlier.is_empty() => {
            Some("each container is an environment of its own, with one process")
        }
        Site::Container(containers) if case.read_only.is_some() && containers.tuning.writable => {
            Some("--writable was given")
        }
        Site::Machine | Site::Container(_) => None,
    }
}

/// One process, from its start to its end.
async fn live(
    case: &Case,
    stage: &Stage,
    function: &Function,
    options: ScriptOptions,
    farewell: Farewell,
    cancel: &CancellationToken,
) -> Result<Transcript, StageFault> {
    let boot = stage.boots.acquire().await.ok();
    let network = stage.site.network().await?;
    let reach = reach(network.as_ref().map(|lease| &*lease.network));
    let clock = Clock::start();
    let (sender, notes) = mpsc::unbounded_channel();
    let service = Service::bind(case, &reach, stage.port, clock, sender.clone()).await?;
    let trap = match &case.trap {
        Some(_) => Some(Trap::bind(&service, clock, sender).await?),
        None => None,
    };
    let with_trap = trap.as_ref().map(|trap| set_trap(case, &trap.address));
    let case = with_trap.as_ref().unwrap_or(case);
    let mut launch = launch(case, stage, function, &service);
    launch.network = network.map(Arc::new);
    let recorder = Recorder::new(case, &launch, &service.api, clock);
    let script = Script::new(case, options);
    let running = launch.start().await?;
    let act = Act {
        service,
        notes,
        recorder,
        script,
        running,
        _trap: trap,
        timers: Vec::new(),
        clock,
        exited: None,
        boot,
        late: Duration::ZERO,
        patience: Patience::default(),
        starved: false,
        farewell,
    };
    let (transcript, fault) = act.perform(cancel).await;
    if let Some(fault) = fault {
        return Err(fault);
    }
    if was_not_confined(&transcript.process.stderr) {
        return Err(StageFault::NotConfined);
    }
    Ok(transcript)
}

/// How a runtime in a network finds the service.
fn reach(network: Option<&Network>) -> Reach {
    match network.map(|network| &network.fit) {
        None | Some(Fit::Shared) => Reach::Shared,
        Some(Fit::Across {
            listen,
            known_as,
            hostname,
        }) => Reach::Across {
            listen: *listen,
            known_as: known_as.clone(),
            hostname: hostname.clone(),
        },
    }
}

/// A case in play.
struct Act<'a> {
    service: Service,
    notes: mpsc::UnboundedReceiver<Note>,
    recorder: Recorder,
    script: Script,
    running: Running,
    _trap: Option<Trap>,
    timers: Vec<(Instant, Timer)>,
    clock: Clock,
    exited: Option<Exit>,
    boot: Option<SemaphorePermit<'a>>,
    /// How late the latest timer came.
    late: Duration,
    patience: Patience,
    /// Whether a limit came that the machine kept the runtime from meeting.
    starved: bool,
    farewell: Farewell,
}

impl Act<'_> {
    /// Plays to the end: the record, and what keeps it from saying something about the runtime.
    async fn perform(mut self, cancel: &CancellationToken) -> (Transcript, Option<StageFault>) {
        let actions = self.script.begin(self.now_unix_ms());
        self.carry_out(actions);
        while !self.recorder.has_ended() {
            self.turn(cancel).await;
        }
        self.boot = None;
        let busy = self.busy();
        let (transcript, fault) = self.stop().await;
        (transcript, fault.map(StageFault::from).or(busy))
    }

    fn busy(&self) -> Option<StageFault> {
        let late_ms = self.late.as_millis();
        if self.late > LATE_MAX {
            Some(StageFault::Busy { late_ms })
        } else {
            self.starved.then_some(StageFault::Starved)
        }
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
        self.exited = Some(self.recorder.exit(ending, self.clock.now()));
        self.service.settle().await;
        self.take_waiting_notes();
        self.stimulate(Stimulus::Exited);
    }

    async fn fire(&mut self) {
        // What has come already came before the time was up.
        self.take_waiting_notes();
        let now = Instant::now();
        let (due, later): (Vec<_>, Vec<_>) =
            self.timers.drain(..).partition(|(due, _)| *due <= now);
        self.timers = later;
        for (at, timer) in due {
            self.late = self.late.max(now.saturating_duration_since(at));
            let is_limit = matches!(timer, Timer::Startup | Timer::Case | Timer::Step(_));
            if is_limit && self.exited.is_none() {
                if self.running.is_gone().await {
                    let ending = self.running.ended().await;
                    self.take_end(ending).await;
                } else if let Some(later) = self.put_off(timer) {
                    self.timers.push((now + later, timer));
                    continue;
                }
            }
            self.stimulate(Stimulus::Timer(timer));
        }
    }

    /// How much longer a limit waits, if it does.
    fn put_off(&mut self, timer: Timer) -> Option<Duration> {
        if !self.script.is_patient(timer) {
            return None;
        }
        let used = self.running.processor_time();
        match self.patience.weigh(crowd(), used, Instant::now()) {
            Limit::PutOff(later) => return Some(later),
            Limit::Starved => self.starved = true,
            Limit::Holds => {}
        }
        None
    }

    fn stimulate(&mut self, stimulus: Stimulus) {
        let actions = self.script.on(stimulus, self.now_unix_ms());
        self.carry_out(actions);
    }

    fn take_waiting_notes(&mut self) {
        while let Ok(note) = self.notes.try_recv() {
            self.take_note(note);
        }
    }

    fn take_note(&mut self, note: Note) {
        let stimuli = self.recorder.take(note);
        if !stimuli.is_empty() {
            // The first call is what a boot is for.
            self.boot = None;
        }
        for stimulus in stimuli {
            self.stimulate(stimulus);
        }
    }

    fn carry_out(&mut self, actions: Vec<Action>) {
        // All of them happen at once: what answers a signal comes after the step that follows it has begun.
        let at = self.clock.now();
        for action in actions {
            match action {
                Action::Reply { exchange, reply } => self.recorder.reply(exchange, reply),
                Action::Deliver {
                    exchange,
                    invocation,
                    step,
                    reply,
                } => {
                    let served = self.script.served().get(invocation).cloned();
                    self.recorder
                        .deliver(exchange, invocation, step, served.as_ref(), reply);
                }
                Action::Arm { timer, after_ms } => {
                    self.timers
                        .push((Instant::now() + Duration::from_millis(after_ms), timer));
                }
                Action::Terminate => {
                    self.recorder.signal("TERM", self.running.written(), at);
                    self.running.terminate();
                }
                Action::Freeze => {
                    self.recorder.signal("STOP", self.running.written(), at);
                    self.running.freeze();
                }
                Action::Thaw => {
                    self.recorder.signal("CONT", self.running.written(), at);
                    self.running.thaw();
                }
                Action::Measure => self.recorder.measure(self.running.usage(), at),
                Action::Began { step } => self.recorder.began(step, at),
                Action::Met { step, exchange } => self.recorder.met(step, exchange, at),
                Action::End(reason) => self.recorder.end(reason, at),
            }
        }
    }

    /// With [`Farewell::Term`], SIGTERM first, with the polls still open, so that no runtime takes the end of the service
    /// for a fault; then SIGKILL to the whole group.
    async fn stop(mut self) -> (Transcript, Option<EngineError>) {
        if self.exited.is_none() && self.farewell == Farewell::Term {
            let mut sent = self.running.terminate();
            let mut until = None;
            loop {
                tokio::select! {
                    Some(note) = self.notes.recv() => self.take_note(note),
                    _ = self.running.ended() => break,
                    _ = &mut sent, if until.is_none() => until = Some(Instant::now() + TERM_GRACE),
                    () = sleep_until(until) => break,
                }
            }
        }
        let mut stopped = self.running.kill().await;
        let fault = stopped.fault.take();
        self.service.settle().await;
        while let Ok(note) = self.notes.try_recv() {
            self.recorder.take(note);
        }
        self.service.close().await;
        let exited = self.exited.is_some();
        (
            self.recorder.finish(stopped, exited, self.clock.now()),
            fault,
        )
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// A request as the script looks at it.
fn arrival(exchange: usize, recorded: &crate::transcript::Exchange) -> Arrival {
    Arrival {
        exchange,
        route: Route::of(&recorded.method, &recorded.target),
        invocation_id: recorded.header(header::INVOCATION_ID).map(str::to_owned),
        response_mode: recorded.header(header::RESPONSE_MODE).map(str::to_owned),
        head_bytes: recorded.head.bytes,
        body_bytes: recorded.body.bytes,
    }
}
