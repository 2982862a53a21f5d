//! The stage: one case from bind to transcript. The only room that knows service and target.

mod recorder;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio::sync::{Semaphore, SemaphorePermit, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::case::{Case, Step, What};
use crate::protocol::{Function, Route, documented_environment, header};
use crate::service::{
    Action, Arrival, BindError, Clock, Note, Script, ScriptOptions, Service, Stimulus, Timer, Trap,
};
use crate::target::{Launch, LaunchError, Running};
use crate::transcript::{EndReason, Exit, Transcript};

use recorder::Recorder;

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
}

/// The stage broke: never the target's fault.
#[derive(Debug, Error)]
pub enum StageFault {
    /// No port.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// No port for the trap.
    #[error("cannot listen for calls to the wrong place")]
    Trap(#[from] std::io::Error),
    /// No process.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// What was measured says nothing about the runtime.
    #[error(
        "the machine was too busy: a timer came {late_ms} ms late; run fewer cases at a time (--jobs)"
    )]
    Busy {
        /// By how much.
        late_ms: u128,
    },
}

/// A timer that comes later than this shows that the machine, not the runtime, kept a case from going on.
const LATE_MAX: Duration = Duration::from_secs(1);

/// How long a runtime may take to end after SIGTERM; the service gives 300 ms when an extension is registered (LIFE-04).
const TERM_GRACE: Duration = Duration::from_millis(300);

/// Acts one case and gives the record of it.
pub async fn play(
    case: &Case,
    stage: &Stage,
    cancel: &CancellationToken,
) -> Result<Transcript, StageFault> {
    let boot = stage.boots.acquire().await.ok();
    let clock = Clock::start();
    let (sender, notes) = mpsc::unbounded_channel();
    let service = Service::bind(case.address, stage.port, clock, sender.clone()).await?;
    let trap = match &case.trap {
        Some(_) => Some(Trap::bind(service.host, clock, sender).await?),
        None => None,
    };
    let case = &trap
        .as_ref()
        .map_or_else(|| case.clone(), |trap| set_trap(case, &trap.address));
    let function = function(case, stage);
    let launch = launch(case, stage, &function, &service.api);
    let recorder = Recorder::new(case, &launch, &service.api, clock);
    let script = Script::new(case, script_options(case, stage, &function));
    let running = launch.start()?;
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
    };
    let (transcript, late) = act.perform(cancel).await;
    if late > LATE_MAX {
        return Err(StageFault::Busy {
            late_ms: late.as_millis(),
        });
    }
    Ok(transcript)
}

/// Where a case says `{trap}`, in a variable or in a header of a reply, its address.
fn set_trap(case: &Case, address: &str) -> Case {
    let set = |text: &mut String| *text = text.replace("{trap}", address);
    let mut case = case.clone();
    case.env.values_mut().flatten().for_each(set);
    for step in &mut case.steps {
        match step {
            Step::Refuse(refuse) => refuse.headers.values_mut().for_each(set),
            Step::Expect(expect) => {
                let headers = expect
                    .ack
                    .iter_mut()
                    .flat_map(|ack| ack.headers.values_mut());
                headers.flatten().for_each(set);
            }
            Step::Serve(_)
            | Step::Quiet(_)
            | Step::Signal(_)
            | Step::Freeze(_)
            | Step::Measure(_) => {}
        }
    }
    case
}

fn function(case: &Case, stage: &Stage) -> Function {
    // The same case may be in play several times at once, and the log stream marks the processes of each.
    static PLAYS: AtomicU64 = AtomicU64::new(0);
    let unique = digest(&[
        &case.id,
        &stage.seed.to_string(),
        &std::process::id().to_string(),
        &PLAYS.fetch_add(1, Ordering::Relaxed).to_string(),
        "log stream",
    ]);
    Function {
        name: "ricspec-function".to_owned(),
        version: "$LATEST".to_owned(),
        memory_mb: 512,
        handler: case
            .handler
            .clone()
            .unwrap_or_else(|| stage.handler.clone()),
        task_root: stage.task_root.display().to_string(),
        log_stream: format!(
            "2026/01/01/[$LATEST]{}",
            unique.get(..32).unwrap_or(&unique)
        ),
    }
}

fn launch(case: &Case, stage: &Stage, function: &Function, api: &str) -> Launch {
    let mut env: BTreeMap<String, String> =
        documented_environment(function, api).into_iter().collect();
    env.extend(stage.env.clone());
    for (name, value) in &case.env {
        match value {
            Some(value) => env.insert(name.clone(), value.clone()),
            None => env.remove(name),
        };
    }
    let rename = |argument: &String| match &case.handler {
        Some(handler) if *argument == stage.handler => handler.clone(),
        _ => argument.clone(),
    };
    Launch {
        command: stage.command.iter().map(rename).collect(),
        env: env.into_iter().collect(),
        folder: stage.task_root.clone(),
        mark: function.log_stream.clone(),
    }
}

fn script_options(case: &Case, stage: &Stage, function: &Function) -> ScriptOptions {
    let serves = case
        .steps
        .iter()
        .filter(|step| matches!(step, Step::Serve(_)))
        .count();
    let seed = stage.seed.to_string();
    let id = |index: usize| uuid(&digest(&[&case.id, &seed, &index.to_string()]));
    ScriptOptions {
        startup_ms: u64::try_from(stage.startup.as_millis()).unwrap_or(u64::MAX),
        time_scale: stage.time_scale,
        function_arn: format!(
            "arn:aws:lambda:us-east-1:123456789012:function:{}",
            function.name
        ),
        request_ids: (0..serves).map(id).collect(),
    }
}

fn digest(parts: &[&str]) -> String {
    Sha256::digest(parts.join("\n"))
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// 32 hex digits in the form of a random UUID (version 4).
fn uuid(hex: &str) -> String {
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-4{}-a{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
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
    late: Duration,
}

impl Act<'_> {
    /// Plays to the end: the record, and how late the latest timer came.
    async fn perform(mut self, cancel: &CancellationToken) -> (Transcript, Duration) {
        let actions = self.script.begin(self.now_unix_ms());
        self.carry_out(actions);
        while !self.recorder.has_ended() {
            self.turn(cancel).await;
        }
        self.boot = None;
        let late = self.late;
        (self.stop().await, late)
    }

    /// Waits for the next thing that happens, and acts on it.
    async fn turn(&mut self, cancel: &CancellationToken) {
        let due = self.timers.iter().map(|(due, _)| *due).min();
        tokio::select! {
            Some(note) = self.notes.recv() => self.take_note(note),
            status = self.running.ended(), if self.exited.is_none() => {
                self.exited = Some(self.recorder.exit(status, self.clock.now()));
                self.service.settle().await;
                self.take_waiting_notes();
                self.stimulate(Stimulus::Exited);
            }
            () = sleep_until(due) => self.fire(),
            () = cancel.cancelled() => self.recorder.end(EndReason::Cancelled, self.clock.now()),
        }
    }

    fn now_unix_ms(&self) -> u64 {
        self.clock.began_unix_ms + self.clock.now().ms()
    }

    fn fire(&mut self) {
        // What has come already came before the time was up.
        self.take_waiting_notes();
        let now = Instant::now();
        let (due, later): (Vec<_>, Vec<_>) =
            self.timers.drain(..).partition(|(due, _)| *due <= now);
        self.timers = later;
        for (at, timer) in due {
            self.late = self.late.max(now.saturating_duration_since(at));
            self.stimulate(Stimulus::Timer(timer));
        }
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
        for action in actions {
            let at = self.clock.now();
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
                    self.recorder.signal("TERM", at);
                    self.running.terminate();
                }
                Action::Freeze => {
                    self.recorder.signal("STOP", at);
                    self.running.freeze();
                }
                Action::Thaw => {
                    self.recorder.signal("CONT", at);
                    self.running.thaw();
                }
                Action::Measure => self.recorder.measure(self.running.usage(), at),
                Action::Began { step } => self.recorder.began(step, at),
                Action::Met { step, exchange } => self.recorder.met(step, exchange, at),
                Action::End(reason) => self.recorder.end(reason, at),
            }
        }
    }

    /// SIGTERM first, with the polls still open, so that no runtime takes the end of the service for a fault; then
    /// SIGKILL to the whole group.
    async fn stop(mut self) -> Transcript {
        if self.exited.is_none() {
            self.running.terminate();
            let until = Instant::now() + TERM_GRACE;
            loop {
                tokio::select! {
                    Some(note) = self.notes.recv() => self.take_note(note),
                    _ = self.running.ended() => break,
                    () = tokio::time::sleep_until(until) => break,
                }
            }
        }
        let stopped = self.running.kill().await;
        self.service.settle().await;
        while let Ok(note) = self.notes.try_recv() {
            self.recorder.take(note);
        }
        self.service.close().await;
        self.recorder
            .finish(stopped, self.exited.is_some(), self.clock.now())
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
        body_bytes: recorded.body.bytes,
    }
}

/// Whether a case waits for the process to end by itself.
pub fn expects_exit(case: &Case) -> bool {
    case.steps
        .iter()
        .any(|step| matches!(step, Step::Expect(expect) if expect.call == What::Exit))
}
