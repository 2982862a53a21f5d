//! What a process group holds, as the proc file system tells it.

use std::fs;

use rustix::process::Pid;

use super::pids;
use crate::transcript::Usage;

/// The sum over all processes of the group.
pub(super) fn usage(group: Pid) -> Option<Usage> {
    let members = pids().filter(|pid| group_of(*pid) == Some(group.as_raw_nonzero().get()));
    // A process that ends while it is looked at holds nothing.
    let held: Vec<Usage> = members.filter_map(of_process).collect();
    (!held.is_empty()).then(|| Usage {
        files: held.iter().map(|usage| usage.files).sum(),
        threads: held.iter().map(|usage| usage.threads).sum(),
        memory_kib: held.iter().map(|usage| usage.memory_kib).sum(),
    })
}

/// Field 5 of `/proc/PID/stat`; the second one, the name, may hold anything.
fn group_of(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(2)?.parse().ok()
}

fn of_process(pid: i32) -> Option<Usage> {
    let folder = format!("/proc/{pid}");
    let status = fs::read_to_string(format!("{folder}/status")).ok()?;
    let number = |name: &str| -> Option<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    Some(Usage {
        files: fs::read_dir(format!("{folder}/fd")).ok()?.count() as u64,
        threads: number("Threads:")?,
        memory_kib: number("VmRSS:").unwrap_or(0),
    })
}
