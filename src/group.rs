//! Process groups that end when they are dropped, and also with ricspec, however ricspec ends.
//!
//! I/O. The leader of a group is not reaped while the group may still get a signal: until then the system gives its number
//! to no other process, so no stranger is ever killed.

mod guardian;
mod tag;

pub use guardian::fault;
pub use tag::{own_limit, tag_of};

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, WaitIdStatus, getpgid, kill_process,
    kill_process_group, pidfd_open, pidfd_send_signal, waitid,
};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::signal::unix::{self, SignalKind};

/// How long a process may take to end after SIGKILL: one that swaps or writes to a slow disk needs some time, and one that
/// we may not signal, such as a program of another user, never ends.
const END_MAX: Duration = Duration::from_secs(10);

/// A process that leads its own process group.
#[derive(Debug)]
pub struct Group {
    leader: Child,
    /// A handle on the leader that never means another process; an old kernel has none.
    hold: Option<OwnedFd>,
    /// The number of the group is that of its leader.
    pub number: Pid,
    deaths: unix::Signal,
    /// Whether the leader may have ended since the system was asked: a child of ours has ended since.
    in_doubt: bool,
}

impl Group {
    /// Starts the leader. `mark` is a word that only its environment holds; its [tag](tag_of) follows from the mark. A
    /// process that inherits one of them ends with ricspec, in the group or not, unless it is [forgotten](forget).
    ///
    /// # Errors
    /// The system cannot start the program.
    pub fn start(command: &mut Command, mark: &str) -> io::Result<Self> {
        // Created before the process, so that no SIGCHLD is missed.
        let deaths = unix::signal(SignalKind::child())?;
        // Before the start: if ricspec is killed before it knows the number of the group, the guardian has the mark.
        guardian::note(mark);
        guardian::note_tag(tag_of(mark));
        let leader = command.process_group(0).spawn();
        let leader = leader.inspect_err(|_| forget(mark))?;
        let number = leader.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let number = number.expect("it has not been waited for");
        guardian::note(number.as_raw_nonzero());
        tag::put_on(number, mark);
        Ok(Self {
            leader,
            hold: pidfd_open(number, PidfdFlags::empty()).ok(),
            number,
            deaths,
            in_doubt: true,
        })
    }

    /// Standard output and standard error, if they are pipes; only the first call gives them.
    pub fn output(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.leader.stdout.take(), self.leader.stderr.take())
    }

    /// Waits for the end of the leader, and does not reap it. Cancel safe.
    ///
    /// # Errors
    /// The system cannot wait for the process.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        let how = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        loop {
            // This is asked for with everything that happens elsewhere, so the system is asked only when it may have news.
            if self.in_doubt {
                if let Some(found) = waitid(WaitId::Pid(self.number), how)? {
                    return Ok(exit_status(&found));
                }
                self.in_doubt = false;
            }
            self.deaths.recv().await;
            self.in_doubt = true;
        }
    }

    /// A signal to all members, and to the leader wherever it is.
    pub fn signal(&self, signal: Signal) {
        // Perhaps only a leader that has ended is left.
        let _ = kill_process_group(self.number, signal);
        // A leader that went to another group does not get this signal. No process may get a signal twice that it may
        // handle.
        let has_left = getpgid(Some(self.number)) != Ok(self.number);
        if has_left || signal == Signal::KILL {
            // It may have ended meanwhile.
            let _ = match &self.hold {
                Some(hold) => pidfd_send_signal(hold, signal),
                None => kill_process(self.number, signal),
            };
        }
    }

    /// SIGKILL to all members. Gives how the leader ended, and `None` if it does not end.
    pub async fn kill(&mut self) -> Option<ExitStatus> {
        self.signal(Signal::KILL);
        let ended = tokio::time::timeout(END_MAX, self.ended()).await;
        // If another part has reaped it, its exit status is lost.
        ended.map(Result::unwrap_or_default).ok()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        // In this order: after the leader is reaped, another process may get the number.
        guardian::forget(self.number.as_raw_nonzero());
        // A leader that has not ended yet is reaped later, by tokio.
        let _ = self.leader.try_wait();
    }
}

/// No process with this mark or its tag is left, or those that are left may stay.
pub fn forget(mark: &str) {
    guardian::forget(mark);
    guardian::forget_tag(tag_of(mark));
}

/// The same type as in calls that reap.
fn exit_status(found: &WaitIdStatus) -> ExitStatus {
    let code = found.exit_status().unwrap_or(0);
    let signal = found.terminating_signal().unwrap_or(0);
    ExitStatus::from_raw(code << 8 | signal)
}
