//! The most memory of a process group: asked for after each invocation, so it must cost little.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use rustix::process::Pid;

use super::usage::{members, number};

/// How often new processes of the group are looked for: that reads a file of every process of the machine.
const SEARCH_EVERY: Duration = Duration::from_secs(1);

/// Longer than the part of a status that tells of memory.
const STATUS_BYTES: usize = 4096;

/// The most memory of a group so far.
#[derive(Debug, Default)]
pub(super) struct Peak {
    /// The status of each process that is known. The file of a process that has ended cannot be read.
    statuses: Vec<File>,
    searched: Option<Instant>,
    kib: u64,
}

impl Peak {
    /// The most resident memory that each living process of the group had so far, together, in KiB: the greatest such sum.
    pub(super) fn kib(&mut self, group: Pid) -> Option<u64> {
        let is_new = |searched: Instant| searched.elapsed() < SEARCH_EVERY;
        if !self.searched.is_some_and(is_new) {
            let files = members(group).map(|stat| File::open(format!("/proc/{}/status", stat.pid)));
            self.statuses = files.filter_map(Result::ok).collect();
            self.searched = Some(Instant::now());
        }
        let sum = self.statuses.iter().filter_map(of_process).sum();
        self.kib = self.kib.max(sum);
        (self.kib > 0).then_some(self.kib)
    }
}

fn of_process(status: &File) -> Option<u64> {
    let mut text = [0; STATUS_BYTES];
    let count = status.read_at(&mut text, 0).ok()?;
    let text = text.get(..count)?;
    number(&String::from_utf8_lossy(text), "VmHWM:")
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn the_peak_stays_when_the_memory_is_free_again() {
        let takes = "echo up; read -r line; x=$(head -c 20000000 /dev/zero | tr '\\0' a); echo had; unset x; read -r line";
        let mut shell = Command::new("bash")
            .args(["-c", takes])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut output = BufReader::new(shell.stdout.take().expect("a pipe")).lines();
        let mut input = shell.stdin.take().expect("a pipe");
        let group = Pid::from_raw(shell.id().cast_signed()).expect("a group");
        let mut peak = Peak::default();
        output.next();
        let before = peak.kib(group).expect("it lives");
        writeln!(input).expect("it reads");
        output.next();
        let after = peak.kib(group).expect("it lives");
        drop(input);
        shell.wait().expect("its end");
        assert!(after >= before + 10_000, "{before} {after}");
        assert_eq!(peak.kib(group), Some(after), "it is the greatest");
    }
}
