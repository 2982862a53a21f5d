//! Finds processes that outlived the runtime, by the log stream in their environment, which no other case shares.

use rustix::process::{Pid, Signal, getpgid, kill_process};

use super::pids;

/// A process that carries a case's mark.
pub(super) struct Survivor {
    pid: Pid,
    /// `pid command`
    pub(super) text: String,
}

impl Survivor {
    pub(super) fn kill(&self) {
        // It may have ended by itself since it was seen.
        let _ = kill_process(self.pid, Signal::KILL);
    }
}

/// All living processes with this text in their environment that are not in `group`, whose members are dying already.
pub(super) fn survivors(mark: &str, group: Option<Pid>) -> Vec<Survivor> {
    pids()
        .filter_map(|pid| survivor(pid, mark))
        .filter(|survivor| getpgid(Some(survivor.pid)).ok() != group)
        .collect()
}

fn survivor(raw: i32, mark: &str) -> Option<Survivor> {
    let pid = Pid::from_raw(raw)?;
    // Others' processes cannot be read; a zombie has no environment.
    let environment = std::fs::read(format!("/proc/{raw}/environ")).ok()?;
    let marked = environment
        .windows(mark.len())
        .any(|window| window == mark.as_bytes());
    if !marked {
        return None;
    }
    let command = std::fs::read(format!("/proc/{raw}/cmdline")).unwrap_or_default();
    let command = String::from_utf8_lossy(&command).replace('\0', " ");
    Some(Survivor {
        pid,
        text: format!("{raw} {}", command.trim()),
    })
}
