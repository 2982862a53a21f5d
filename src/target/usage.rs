//! What a process group holds, as the proc file system tells it.

use std::fs;

use rustix::process::{Pid, getpgid};

use crate::transcript::Usage;

/// The sum over all processes of the group.
pub(super) fn usage(group: Pid) -> Option<Usage> {
    let entries = fs::read_dir("/proc").ok()?;
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    let members = pids
        .filter_map(Pid::from_raw)
        .filter(|pid| getpgid(Some(*pid)).ok() == Some(group));
    // A process that ends while it is looked at holds nothing.
    let held: Vec<Usage> = members.filter_map(of_process).collect();
    (!held.is_empty()).then(|| Usage {
        files: held.iter().map(|usage| usage.files).sum(),
        threads: held.iter().map(|usage| usage.threads).sum(),
        memory_kib: held.iter().map(|usage| usage.memory_kib).sum(),
    })
}

fn of_process(pid: Pid) -> Option<Usage> {
    let folder = format!("/proc/{}", pid.as_raw_nonzero());
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
