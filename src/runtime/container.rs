//! A container target: one container for each case, through the command line of docker or podman.
//!
//! A container is created first and then started, attached, so that a refusal by the engine is never taken for an end of the
//! runtime. The engine's init is process 1, as Lambda's is, because the kernel ignores default signals for process 1.

#[cfg(feature = "containers")]
mod archive;
mod candidates;
mod containers;
mod creation;
mod engine;
mod holder;
mod inspect;
mod lease;
mod network;
mod overlay;
mod premises;
mod sandbox;
mod supply;
mod variables;

pub use candidates::networks;
pub use containers::{Containers, Tuning};
pub use engine::{Engine, EngineError, EngineName};
pub use inspect::{Pull, architecture, describe, files};
pub use lease::Lease;
pub use network::{Fit, Network, NetworkChoice};
pub use overlay::Overlay;
pub use premises::Premises;
pub use sandbox::Sandbox;
pub use supply::Networks;

use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::NamedTempFile;
use tokio::process::Child;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::leak::{has_mark, marked_init};
use super::output::{Drain, finish};
use super::peak::Peak;
use super::stat::pids;
use super::usage::wanting;
use super::{Ending, Launch, LaunchError, StopFault, Stopped};

/// How long the engine's client may take to end after its container has ended.
const CLIENT_MAX: Duration = Duration::from_secs(5);

/// What the engine must do with a container.
#[derive(Clone, Copy, Debug)]
enum Order {
    Terminate,
    Kill,
    Freeze,
    Thaw,
}

/// What is known of the end.
#[derive(Clone, Copy, Debug)]
enum End {
    /// It ran, and ended.
    Ended(Ending),
    /// It never ran, or we removed it: the caller knows which.
    NeverStarted,
}

/// A runtime at work in a container.
#[derive(Debug)]
pub(super) struct Container {
    containers: Arc<Containers>,
    name: String,
    mark: String,
    peak: Mutex<Peak>,
    _network: Option<Arc<Lease>>,
    _sandbox: Option<Arc<Sandbox>>,
    end: watch::Receiver<Option<End>>,
    orders: mpsc::UnboundedSender<(Order, oneshot::Sender<()>)>,
    fault: Arc<Mutex<Option<EngineError>>>,
    /// From here on, we end the container.
    removed: CancellationToken,
    stdout: Option<Drain>,
    stderr: Option<Drain>,
    _waiting: AbortOnDropHandle<()>,
    _obeying: AbortOnDropHandle<()>,
}

impl Container {
    /// Creates and starts it.
    pub(super) async fn start(
        launch: Launch,
        containers: Arc<Containers>,
    ) -> Result<Self, LaunchError> {
        let name = containers.premises.name();
        let engine = &containers.engine;
        let file = variables::in_a_file(&launch.env).map_err(LaunchError::Variables)?;
        let words = containers.creation(&name, &launch, file.as_ref().map(NamedTempFile::path));
        let env: Vec<(String, String)> = variables::passed_on(&launch.env).cloned().collect();
        engine.ask_with(&words, &env).await?;
        let mut client = engine
            .command(&["start", "--attach", &name])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|source| EngineError::Spawn {
                program: engine.program,
                source,
            })?;
        let (stdout, stderr) = (client.stdout.take(), client.stderr.take());
        let stdout = stdout.map(|stream| Drain::start(stream, launch.ear.clone()));
        let stderr = stderr.map(|stream| Drain::start(stream, launch.ear));
        let (tell, end) = watch::channel(None);
        let removed = CancellationToken::new();
        let told = wait(client, engine.clone(), name.clone(), removed.clone());
        let waiting = tokio::spawn(async move {
            // The receiver ends with the container.
            let _ = tell.send(Some(told.await));
        });
        let fault = Arc::default();
        let (orders, given) = mpsc::unbounded_channel();
        let obeying = tokio::spawn(obey(
            engine.clone(),
            name.clone(),
            launch.mark.clone(),
            given,
            Arc::clone(&fault),
        ));
        Ok(Self {
            name,
            mark: launch.mark,
            peak: Mutex::default(),
            _network: launch.network,
            _sandbox: launch.sandbox,
            end,
            orders,
            fault,
            removed,
            stdout,
            stderr,
            _waiting: AbortOnDropHandle::new(waiting),
            _obeying: AbortOnDropHandle::new(obeying),
            containers,
        })
    }

    /// Waits for the end. Cancel safe.
    pub(super) async fn ended(&mut self) -> Ending {
        match self.end.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(End::Ended(ending))) => *ending,
            Ok(Some(End::NeverStarted) | None) | Err(_) => Ending::default(),
        }
    }

    /// The engine may know of an end before its attached client reports it.
    pub(super) async fn unheard_end(&mut self) -> Option<Ending> {
        let asked = ["inspect", "--format", "{{.State.Status}}", &self.name];
        let state = self.containers.engine.ask(&asked).await.ok()?;
        if !["dead", "exited", "stopped"].contains(&state.as_str()) {
            return None;
        }
        // A client that does not notice is left behind: the engine's answer is enough.
        let heard = tokio::time::timeout(CLIENT_MAX, self.ended()).await;
        if let Ok(ending) = heard {
            return Some(ending);
        }
        match state_of(&self.containers.engine, &self.name).await {
            End::Ended(ending) => Some(ending),
            End::NeverStarted => None,
        }
    }

    /// How many of its threads want to run, as far as this can be seen from here.
    pub(super) fn wanting(&self) -> u32 {
        wanting(None, &self.mark)
    }

    /// The most memory of its processes so far, in KiB, as far as they can be seen from here.
    pub(super) fn peak_kib(&self) -> Option<u64> {
        let mut peak = self.peak.lock().unwrap_or_else(PoisonError::into_inner);
        peak.kib(|| pids().filter(|pid| has_mark(*pid, &self.mark)))
    }

    /// Standard output and standard error.
    pub(super) fn streams(&self) -> (Option<&Drain>, Option<&Drain>) {
        (self.stdout.as_ref(), self.stderr.as_ref())
    }

    pub(super) fn terminate(&self) -> oneshot::Receiver<()> {
        self.order(Order::Terminate)
    }

    pub(super) fn end_now(&self) -> oneshot::Receiver<()> {
        self.order(Order::Kill)
    }

    pub(super) fn freeze(&self) -> oneshot::Receiver<()> {
        self.order(Order::Freeze)
    }

    pub(super) fn thaw(&self) -> oneshot::Receiver<()> {
        self.order(Order::Thaw)
    }

    fn order(&self, order: Order) -> oneshot::Receiver<()> {
        let (done, told) = oneshot::channel();
        // The task that carries out orders lives as long as this container.
        let _ = self.orders.send((order, done));
        told
    }

    /// Removes it with all of its processes, and collects the output.
    pub(super) async fn kill(mut self) -> Stopped {
        let end = *self.end.borrow();
        self.removed.cancel();
        let engine = &self.containers.engine;
        let words = [premises::removal(engine), &[self.name.as_str()]].concat();
        let removed = engine.ask(&words).await;
        // The client ends with its container; until then it may still have output.
        let _ = tokio::time::timeout(CLIENT_MAX, self.ended()).await;
        let (stdout, stderr) = (
            finish(self.stdout.take()).await,
            finish(self.stderr.take()).await,
        );
        let mut fault = self
            .fault
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
            .or(removed.err())
            .map(StopFault::Engine);
        let ending = match end {
            Some(End::Ended(ending)) => ending,
            Some(End::NeverStarted) => {
                fault = Some(StopFault::Engine(EngineError::NotStarted {
                    said: engine::last_line(stderr.last().as_bytes()),
                }));
                Ending::default()
            }
            None => Ending {
                signal: Some(Signal::KILL.as_raw()),
                ..Ending::default()
            },
        };
        Stopped {
            ending,
            // What it leaves behind ends with the container.
            leaked: Vec::new(),
            stdout,
            stderr,
            fault,
        }
    }
}

/// Waits for the attached client, then asks how its container ended.
async fn wait(mut client: Child, engine: Engine, name: String, removed: CancellationToken) -> End {
    // The engine knows the end better than the client.
    let _ = client.wait().await;
    if removed.is_cancelled() {
        return End::NeverStarted;
    }
    state_of(&engine, &name).await
}

/// Asks the engine how a container ended.
async fn state_of(engine: &Engine, name: &str) -> End {
    let asked = [
        "inspect",
        "--type",
        "container",
        "--format",
        "{{.State.ExitCode}} {{.State.OOMKilled}} {{.State.StartedAt}}",
        name,
    ];
    let state = engine.ask(&asked).await.unwrap_or_default();
    end_of(&state)
}

/// `CODE OOM STARTED`, as the engine prints them.
fn end_of(state: &str) -> End {
    let mut words = state.split_whitespace();
    let code = words.next().and_then(|word| word.parse::<i32>().ok());
    let told = words.next() == Some("true");
    // The zero time means never.
    let started = words.next().is_some_and(|time| !time.starts_with("0001-"));
    if !started {
        return End::NeverStarted;
    }
    let signal = code
        .filter(|code| SIGNALLED.contains(code))
        .map(|code| code - SIGNALLED.start());
    End::Ended(Ending {
        code: code.filter(|_| signal.is_none()),
        signal,
        // Engines miss it when the kernel ends a process other than process 1; no other process in the container sends this
        // signal.
        out_of_memory: told || signal == Some(Signal::KILL.as_raw()),
    })
}

/// Exit codes that mean an end by signal, by the convention of shells and engines: 128 and the signal's number.
const SIGNALLED: std::ops::RangeInclusive<i32> = 128..=192;

/// Carries out orders one after the other; keeps the first failure while the container runs.
async fn obey(
    engine: Engine,
    name: String,
    mark: String,
    mut orders: mpsc::UnboundedReceiver<(Order, oneshot::Sender<()>)>,
    fault: Arc<Mutex<Option<EngineError>>>,
) {
    while let Some((order, done)) = orders.recv().await {
        let obeyed = match order {
            Order::Terminate if terminated(&mark) => Ok(String::new()),
            Order::Terminate => engine.ask(&["kill", "--signal", "TERM", &name]).await,
            Order::Kill => engine.ask(&["kill", &name]).await,
            Order::Freeze => engine.ask(&["pause", &name]).await.map_err(cannot_freeze),
            Order::Thaw => engine.ask(&["unpause", &name]).await,
        };
        if let Err(error) = obeyed {
            let running = ["inspect", "--format", "{{.State.Running}}", &name];
            if engine.ask(&running).await.is_ok_and(|text| text == "true") {
                fault
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert(error);
            }
        }
        // Perhaps nobody waits for it.
        let _ = done.send(());
    }
}

fn cannot_freeze(error: EngineError) -> EngineError {
    let EngineError::Refused { said, .. } = error else {
        return error;
    };
    EngineError::CannotFreeze { said }
}

/// The short way, if this process may signal the container's: an engine needs a tenth of a second and more.
fn terminated(mark: &str) -> bool {
    marked_init(mark)
        .and_then(Pid::from_raw)
        .is_some_and(|pid| kill_process(pid, Signal::TERM).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(state: &str, code: Option<i32>, signal: Option<i32>, out_of_memory: bool) {
        match end_of(state) {
            End::Ended(ending) => {
                let expected = Ending {
                    code,
                    signal,
                    out_of_memory,
                };
                assert_eq!(ending, expected, "{state}");
            }
            End::NeverStarted => panic!("{state}"),
        }
    }

    #[test]
    fn the_state_tells_code_signal_and_memory() {
        check("0 false 2026-11-26T14:11:02.4Z", Some(0), None, false);
        check(
            "3 false 2026-11-26 14:11:02 +0000 UTC",
            Some(3),
            None,
            false,
        );
        check("143 false 2026-11-26T14:11:02.4Z", None, Some(15), false);
        check("137 false 2026-11-26T14:11:02.4Z", None, Some(9), true);
        check("1 true 2026-11-26T14:11:02.4Z", Some(1), None, true);
        for state in [
            "127 false 0001-01-01T00:00:00Z",
            "125 false 0001-01-01 00:00:00 +0000 UTC",
            "",
        ] {
            assert!(matches!(end_of(state), End::NeverStarted), "{state}");
        }
    }
}
