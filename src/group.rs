//! Process groups that are not left behind: a group ends when it is dropped, and with ricspec, however that ends.
//!
//! I/O. The leader of a group stays unreaped while anybody may signal the group, since so long the system gives its number
//! to nobody else: no stranger is ever killed.

mod guardian;

pub use guardian::fault;

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process_group, waitid,
};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::signal::unix::{self, SignalKind};

/// A process that was started as the leader of a group of its own.
#[derive(Debug)]
pub struct Group {
    leader: Child,
    /// The number of the group is that of its leader.
    pub number: Pid,
    deaths: unix::Signal,
}

impl Group {
    /// Starts the leader. `mark` is a word that its environment holds and no other's: whatever inherits that ends with
    /// ricspec, in the group or not, unless it is [forgotten](forget).
    pub fn start(command: &mut Command, mark: &str) -> io::Result<Self> {
        // Listened for from before there can be one, so that none is missed.
        let deaths = unix::signal(SignalKind::child())?;
        // Before the start: should ricspec be killed before it knows the number of the group, there is the mark.
        guardian::note(mark);
        let leader = command.process_group(0).spawn();
        let leader = leader.inspect_err(|_| forget(mark))?;
        let number = leader.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let number = number.expect("it has not been waited for");
        guardian::note(number.as_raw_nonzero());
        Ok(Self {
            leader,
            number,
            deaths,
        })
    }

    /// Standard output and standard error, if they are pipes, and the first time.
    pub fn output(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.leader.stdout.take(), self.leader.stderr.take())
    }

    /// Waits for the end of the leader, and does not reap it. Cancel safe.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        let how = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        loop {
            if let Some(found) = waitid(WaitId::Pid(self.number), how)? {
                return Ok(exit_status(&found));
            }
            self.deaths.recv().await;
        }
    }

    /// A signal to all members.
    pub fn signal(&self, signal: Signal) {
        // It may be that none is left but a leader that has ended.
        let _ = kill_process_group(self.number, signal);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        // In this order: once the leader has been reaped, the number may be another's.
        guardian::forget(self.number.as_raw_nonzero());
        // A leader that is still about to end is reaped later, by tokio.
        let _ = self.leader.try_wait();
    }
}

/// Nothing that has this mark is left, or it may stay.
pub fn forget(mark: &str) {
    guardian::forget(mark);
}

/// The same in the form in which the system gives it to those that reap.
fn exit_status(found: &WaitIdStatus) -> ExitStatus {
    let code = found.exit_status().unwrap_or(0);
    let signal = found.terminating_signal().unwrap_or(0);
    ExitStatus::from_raw(code << 8 | signal)
}
