//! A process target: its own process group, only the given environment, and closed stdin.

use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::process::Signal;
use tokio::process::Command;

use super::leak::end_survivors;
use super::output::{Drain, finish};
use super::peak::Peak;
use super::usage::{members, processor_time, usage, wanting};
use super::view::{Wrapped, wrap};
use super::{Ending, Launch, LaunchError, StopFault, Stopped};
use crate::group::{self, Group};
use crate::transcript::Usage;

/// A running runtime. Dropping it kills the whole process group; processes that have left the group then end with ricspec.
#[derive(Debug)]
pub(super) struct Process {
    group: Group,
    mark: String,
    peak: Mutex<Peak>,
    stdout: Option<Drain>,
    stderr: Option<Drain>,
}

impl Process {
    /// Starts the runtime.
    pub(super) fn start(launch: Launch) -> Result<Self, LaunchError> {
        let Wrapped { command, env } = wrap(&launch);
        let (program, arguments) = command.split_first().ok_or(LaunchError::Empty)?;
        let started = Group::start(
            Command::new(program)
                .args(arguments)
                .env_clear()
                .envs(env)
                .current_dir(&launch.folder)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped()),
            &launch.mark,
        );
        let mut group = started.map_err(|source| LaunchError::Spawn {
            program: program.clone(),
            folder: launch.folder.display().to_string(),
            source,
        })?;
        launch.household.led_by(group.number.as_raw_nonzero().get());
        let (stdout, stderr) = group.output();
        Ok(Self {
            group,
            mark: launch.mark,
            peak: Mutex::default(),
            stdout: stdout.map(|stream| Drain::start(stream, launch.ear.clone())),
            stderr: stderr.map(|stream| Drain::start(stream, launch.ear)),
        })
    }

    /// Waits for the end of the leading process. Cancel safe.
    pub(super) async fn ended(&mut self) -> Ending {
        let ended = self.group.ended().await;
        ended.map(Ending::from).unwrap_or_default()
    }

    /// SIGTERM to the group.
    pub(super) fn terminate(&self) {
        self.group.signal(Signal::TERM);
    }

    /// SIGKILL to the group.
    pub(super) fn end_now(&self) {
        self.group.signal(Signal::KILL);
    }

    /// SIGSTOP to the group.
    pub(super) fn freeze(&self) {
        self.group.signal(Signal::STOP);
    }

    /// SIGCONT to the group.
    pub(super) fn thaw(&self) {
        self.group.signal(Signal::CONT);
    }

    /// The resources of the group's processes; `None` if the system does not say.
    pub(super) fn usage(&self) -> Option<Usage> {
        usage(self.group.number)
    }

    /// The most memory of the group's processes so far, in KiB; `None` if the system does not say.
    pub(super) fn peak_kib(&self) -> Option<u64> {
        let mut peak = self.peak.lock().unwrap_or_else(PoisonError::into_inner);
        peak.kib(|| members(self.group.number).map(|stat| stat.pid))
    }

    /// The processor time of the group; `None` if the system does not say.
    pub(super) fn processor_time(&self) -> Option<Duration> {
        processor_time(self.group.number)
    }

    /// How many threads want to run, in the group and in processes that left it.
    pub(super) fn wanting(&self) -> u32 {
        wanting(Some(self.group.number), &self.mark)
    }

    /// Standard output and standard error.
    pub(super) fn streams(&self) -> (Option<&Drain>, Option<&Drain>) {
        (self.stdout.as_ref(), self.stderr.as_ref())
    }

    /// SIGKILL to the group, then to processes that had left it; collects the output.
    pub(super) async fn kill(mut self) -> Stopped {
        let ended = self.group.kill().await;
        // A process with the mark in another group has left ours.
        let left = end_survivors(&self.mark, self.group.number).await;
        // Otherwise ricspec looks for it again at its end.
        if !left.may_live {
            group::forget(&self.mark);
        }
        let pid = self.group.number.as_raw_nonzero().get();
        Stopped {
            ending: ended.map(Ending::from).unwrap_or_default(),
            leaked: left.named,
            fault: ended.is_none().then_some(StopFault::Immortal { pid }),
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
