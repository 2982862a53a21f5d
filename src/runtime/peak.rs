//! The most memory of some processes: asked for after each invocation, so it must cost little.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use super::usage::number;

/// How often new processes are looked for: that reads a file of every process of the machine.
const SEARCH_EVERY: Duration = Duration::from_secs(1);

/// Longer than the part of a status that tells of memory.
const STATUS_BYTES: usize = 4096;

/// The most memory so far.
#[derive(Debug, Default)]
pub(super) struct Peak {
    /// The status of each process that is known. The file of a process that has ended cannot be read.
    statuses: Vec<File>,
    searched: Option<Instant>,
    kib: u64,
}

impl Peak {
    /// The most resident memory that each living process had so far, together, in KiB: the greatest such sum. `members` finds
    /// them.
    pub(super) fn kib<M: Iterator<Item = i32>>(
        &mut self,
        members: impl FnOnce() -> M,
    ) -> Option<u64> {
        let is_new = |searched: Instant| searched.elapsed() < SEARCH_EVERY;
        if !self.searched.is_some_and(is_new) {
            let files = members().map(|pid| File::open(format!("/proc/{pid}/status")));
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
        let pid = shell.id().cast_signed();
        let group = || std::iter::once(pid);
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
