//! The resources of a process group, as the proc file system shows them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Pid;

use super::leak::has_mark;
use super::stat::{Stat, TICK, pids};
use crate::transcript::Usage;

/// The sum over all processes of the group.
pub(super) fn usage(group: Pid) -> Option<Usage> {
    // A process that ends meanwhile counts as nothing.
    let held: Vec<Usage> = members(group)
        .filter_map(|stat| of_process(stat.pid))
        .collect();
    let processor_ms = processor_time(group).map(|time| time.as_millis());
    (!held.is_empty()).then(|| Usage {
        files: held.iter().map(|usage| usage.files).sum(),
        threads: held.iter().map(|usage| usage.threads).sum(),
        memory_kib: held.iter().map(|usage| usage.memory_kib).sum(),
        peak_kib: held.iter().map(|usage| usage.peak_kib).sum(),
        processor_ms: processor_ms.and_then(|ms| u64::try_from(ms).ok()),
    })
}

/// The processor time of all processes of the group, with that of children which they have waited for.
pub(super) fn processor_time(group: Pid) -> Option<Duration> {
    let ticks: Vec<u64> = members(group).map(|stat| stat.ticks).collect();
    (!ticks.is_empty()).then(|| TICK * u32::try_from(ticks.iter().sum::<u64>()).unwrap_or(u32::MAX))
}

/// How many threads want to run, in the processes of the group and in those with the mark.
pub(super) fn wanting(group: Option<Pid>, mark: &str) -> u32 {
    let group = group.map(|group| group.as_raw_nonzero().get());
    let ours = |pid: &i32| {
        let known = group.is_some() && Stat::of(*pid).map(|stat| stat.group) == group;
        known || has_mark(*pid, mark)
    };
    let threads = pids().filter(ours).flat_map(threads);
    u32::try_from(threads.filter(|thread| wants_to_run(thread)).count()).unwrap_or(u32::MAX)
}

/// The folders of a process's threads.
fn threads(pid: i32) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path()))
}

/// Field 3 of `stat`, after the name: `R` means running or waiting for a processor.
fn wants_to_run(thread: &Path) -> bool {
    let stat = fs::read_to_string(thread.join("stat")).unwrap_or_default();
    let state = stat.rsplit_once(')').map(|(_, after)| after.trim_start());
    state.is_some_and(|state| state.starts_with('R'))
}

pub(super) fn members(group: Pid) -> impl Iterator<Item = Stat> {
    let group = group.as_raw_nonzero().get();
    pids()
        .filter_map(Stat::of)
        .filter(move |stat| stat.group == group)
}

fn of_process(pid: i32) -> Option<Usage> {
    let status = status(pid)?;
    let files = fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
    Some(Usage {
        files: files.count() as u64,
        threads: number(&status, "Threads:")?,
        memory_kib: number(&status, "VmRSS:").unwrap_or(0),
        peak_kib: number(&status, "VmHWM:"),
        processor_ms: None,
    })
}

fn status(pid: i32) -> Option<String> {
    fs::read_to_string(format!("/proc/{pid}/status")).ok()
}

/// The number of a line of a process's status.
pub(super) fn number(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};

    use rustix::process::{Signal, kill_process_group};

    use super::*;

    #[test]
    fn threads_that_want_to_run_are_counted_by_group_or_mark() {
        let mark = "ricspec-usage-test-of-busy-children";
        let busy = "while :; do :; done & while :; do :; done & echo begun; wait";
        let mut shell = Command::new("sh")
            .args(["-c", busy])
            .env("MARK", mark)
            .process_group(0)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut line = String::new();
        let output = shell.stdout.take().expect("a pipe");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let group = Pid::from_raw(shell.id().cast_signed()).expect("a group");
        let counts = [wanting(Some(group), "no such mark"), wanting(None, mark)];
        let strangers = wanting(None, "no such mark");
        kill_process_group(group, Signal::KILL).expect("it lives");
        shell.wait().expect("its end");
        // The shell itself may not wait yet.
        assert!(
            counts.iter().all(|count| (2..=3).contains(count)),
            "{counts:?}"
        );
        assert_eq!(strangers, 0);
    }
}
