//! A process target: its own process group, the given environment and no other, closed stdin.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use thiserror::Error;
use tokio::process::{Child, Command};

use super::leak::survivors;
use super::output::Drain;
use super::read_only::wrap;
use super::usage::usage;
use crate::case::ReadOnly;
use crate::transcript::{Output, Usage, Written};

/// How to start a runtime.
#[derive(Clone, Debug)]
pub struct Launch {
    /// Program and arguments.
    pub command: Vec<String>,
    /// The whole environment.
    pub env: Vec<(String, String)>,
    /// The working directory.
    pub folder: PathBuf,
    /// A text in the environment that no other process has.
    pub mark: String,
    /// What it may not write to; see [`super::can_be_read_only`].
    pub read_only: Option<ReadOnly>,
}

/// The runtime could not be started: not its fault in any case.
#[derive(Debug, Error)]
pub enum LaunchError {
    /// There is no command.
    #[error("no command was given")]
    Empty,
    /// The system refused.
    #[error("cannot start `{program}` in `{folder}`")]
    Spawn {
        /// The program.
        program: String,
        /// The working directory.
        folder: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// How a process ended, and what is left of it.
#[derive(Debug)]
pub struct Stopped {
    /// Its exit code or signal, where the system told.
    pub status: Option<ExitStatus>,
    /// Processes that had left its group, now ended.
    pub leaked: Vec<String>,
    /// Its standard output.
    pub stdout: Output,
    /// Its standard error.
    pub stderr: Output,
}

/// How long the output of a dead process group may take to its end: only a process that left the group can hold it.
const DRAIN_MAX: Duration = Duration::from_millis(200);

/// A runtime at work. Dropping it kills the whole process group.
#[derive(Debug)]
pub struct Running {
    child: Child,
    group: Group,
    mark: String,
    stdout: Option<Drain>,
    stderr: Option<Drain>,
}

#[derive(Debug)]
struct Group(Option<Pid>);

impl Group {
    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.0 {
            // The group may be gone already.
            let _ = kill_process_group(pid, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

impl std::fmt::Debug for Drain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Drain")
    }
}

impl Launch {
    /// Starts the runtime.
    pub fn start(self) -> Result<Running, LaunchError> {
        let command = match self.read_only {
            Some(what) => wrap(&self.command, what, &self.folder),
            None => self.command,
        };
        let (program, arguments) = command.split_first().ok_or(LaunchError::Empty)?;
        let mut child = Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(self.env)
            .current_dir(&self.folder)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|source| LaunchError::Spawn {
                program: program.clone(),
                folder: self.folder.display().to_string(),
                source,
            })?;
        let pid = child
            .id()
            .and_then(|pid| i32::try_from(pid).ok())
            .and_then(Pid::from_raw);
        let stdout = child.stdout.take().map(Drain::start);
        let stderr = child.stderr.take().map(Drain::start);
        Ok(Running {
            child,
            group: Group(pid),
            mark: self.mark,
            stdout,
            stderr,
        })
    }
}

impl Running {
    /// Waits for the end of the leading process. Cancel safe.
    pub async fn ended(&mut self) -> Option<ExitStatus> {
        self.child.wait().await.ok()
    }

    /// SIGTERM to the group.
    pub fn terminate(&self) {
        self.group.signal(Signal::TERM);
    }

    /// SIGSTOP to the group.
    pub fn freeze(&self) {
        self.group.signal(Signal::STOP);
    }

    /// SIGCONT to the group.
    pub fn thaw(&self) {
        self.group.signal(Signal::CONT);
    }

    /// What the processes of the group hold; `None` where the system does not tell.
    pub fn usage(&self) -> Option<Usage> {
        usage(self.group.0?)
    }

    /// How much output has come by now.
    pub fn written(&self) -> Written {
        let bytes = |drain: &Option<Drain>| drain.as_ref().map_or(0, Drain::bytes);
        Written {
            stdout: bytes(&self.stdout),
            stderr: bytes(&self.stderr),
        }
    }

    /// SIGKILL to the group, then to what had left it; collects the output.
    pub async fn kill(mut self) -> Stopped {
        self.group.signal(Signal::KILL);
        let status = self.child.wait().await.ok();
        // What still carries the mark and is in another group has left ours.
        let left = survivors(&self.mark, self.group.0);
        left.iter().for_each(super::leak::Survivor::kill);
        let leaked = left.into_iter().map(|survivor| survivor.text).collect();
        Stopped {
            status,
            leaked,
            stdout: finish(self.stdout.take()).await,
            stderr: finish(self.stderr.take()).await,
        }
    }
}

async fn finish(drain: Option<Drain>) -> Output {
    let Some(mut drain) = drain else {
        return Output::default();
    };
    // A timeout here means that a process which left the group holds the pipe: the leak check has named it.
    let _ = tokio::time::timeout(DRAIN_MAX, drain.ended()).await;
    drain.finish()
}

/// Exit code and signal of a status.
pub(crate) fn code_and_signal(status: ExitStatus) -> (Option<i32>, Option<i32>) {
    (status.code(), status.signal())
}
