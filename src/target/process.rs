//! A process target: its own process group, the given environment and no other, closed stdin.

use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};

use super::leak::survivors;
use super::output::{Drain, finish};
use super::read_only::wrap;
use super::usage::{processor_time, usage};
use super::{Ending, Launch, LaunchError, Stopped};
use crate::transcript::Usage;

/// A runtime at work. Dropping it kills the whole process group.
#[derive(Debug)]
pub(super) struct Process {
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

impl Process {
    /// Starts the runtime.
    pub(super) fn start(launch: Launch) -> Result<Self, LaunchError> {
        let command = match launch.read_only {
            Some(what) => wrap(&launch.command, what, &launch.folder),
            None => launch.command.clone(),
        };
        let (program, arguments) = command.split_first().ok_or(LaunchError::Empty)?;
        let mut child = Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(launch.env)
            .current_dir(&launch.folder)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|source| LaunchError::Spawn {
                program: program.clone(),
                folder: launch.folder.display().to_string(),
                source,
            })?;
        let pid = child
            .id()
            .and_then(|pid| i32::try_from(pid).ok())
            .and_then(Pid::from_raw);
        let stdout = child.stdout.take().map(Drain::start);
        let stderr = child.stderr.take().map(Drain::start);
        Ok(Self {
            child,
            group: Group(pid),
            mark: launch.mark,
            stdout,
            stderr,
        })
    }

    /// Waits for the end of the leading process. Cancel safe.
    pub(super) async fn ended(&mut self) -> Ending {
        self.child
            .wait()
            .await
            .map(Ending::from)
            .unwrap_or_default()
    }

    /// SIGTERM to the group.
    pub(super) fn terminate(&self) {
        self.group.signal(Signal::TERM);
    }

    /// SIGSTOP to the group.
    pub(super) fn freeze(&self) {
        self.group.signal(Signal::STOP);
    }

    /// SIGCONT to the group.
    pub(super) fn thaw(&self) {
        self.group.signal(Signal::CONT);
    }

    /// What the processes of the group hold; `None` where the system does not tell.
    pub(super) fn usage(&self) -> Option<Usage> {
        usage(self.group.0?)
    }

    /// The processor time of the group; `None` where the system does not tell.
    pub(super) fn processor_time(&self) -> Option<Duration> {
        processor_time(self.group.0?)
    }

    /// Standard output and standard error.
    pub(super) fn streams(&self) -> (Option<&Drain>, Option<&Drain>) {
        (self.stdout.as_ref(), self.stderr.as_ref())
    }

    /// SIGKILL to the group, then to what had left it; collects the output.
    pub(super) async fn kill(mut self) -> Stopped {
        self.group.signal(Signal::KILL);
        let ending = self.ended().await;
        // What still carries the mark and is in another group has left ours.
        let left = survivors(&self.mark, self.group.0);
        left.iter().for_each(super::leak::Survivor::kill);
        let leaked = left.into_iter().map(|survivor| survivor.text).collect();
        Stopped {
            ending,
            leaked,
            fault: None,
            stdout: finish(self.stdout.take()).await,
            stderr: finish(self.stderr.take()).await,
        }
    }
}

impl From<ExitStatus> for Ending {
    fn from(status: ExitStatus) -> Self {
        Self {
            code: status.code(),
            signal: status.signal(),
            out_of_memory: false,
        }
    }
}
