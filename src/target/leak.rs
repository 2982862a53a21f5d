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
pub(super) fn survivors(mark: &str, group: Pid) -> Vec<Survivor> {
    pids()
        .filter_map(|pid| survivor(pid, mark))
        .filter(|survivor| getpgid(Some(survivor.pid)) != Ok(group))
        .collect()
}

/// Process 1 of the container whose processes have this text in their environment, as far as it can be seen from here.
pub(super) fn marked_init(mark: &str) -> Option<i32> {
    pids().find(|pid| has_mark(*pid, mark) && is_first_of_its_namespace(*pid))
}

fn is_first_of_its_namespace(raw: i32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{raw}/status")).unwrap_or_default();
    let ids = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
    let ids: Vec<&str> = ids.unwrap_or_default().split_whitespace().collect();
    matches!(ids.as_slice(), [_, .., "1"])
}

/// Whether a process has this text in its environment.
pub(super) fn has_mark(raw: i32, mark: &str) -> bool {
    // Others' processes cannot be read; a zombie has no environment.
    let environment = std::fs::read(format!("/proc/{raw}/environ")).unwrap_or_default();
    environment
        .windows(mark.len())
        .any(|window| window == mark.as_bytes())
}

fn survivor(raw: i32, mark: &str) -> Option<Survivor> {
    let pid = Pid::from_raw(raw)?;
    if !has_mark(raw, mark) {
        return None;
    }
    let command = std::fs::read(format!("/proc/{raw}/cmdline")).unwrap_or_default();
    let command = String::from_utf8_lossy(&command).replace('\0', " ");
    Some(Survivor {
        pid,
        text: format!("{raw} {}", command.trim()),
    })
}
