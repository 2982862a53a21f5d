//! The attacks, and their expected results.

use std::env;
use std::fs;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

use super::roles;

type Test = fn() -> Result<(), Failed>;

/// Every attack.
pub const ALL: &[(&str, Test)] = &[
    ("a_runtime_in_the_group_of_ricspec_ends", joins),
    (
        "bodies_without_end_take_no_more_than_their_share",
        unfinished_bodies,
    ),
    ("more_connections_than_can_be_are_told_of", crowd),
    (
        "a_service_that_can_take_no_connection_waits_for_one",
        without_files,
    ),
    (
        "replies_that_nobody_reads_take_no_more_than_their_share",
        unread,
    ),
    ("a_case_ends_while_calls_still_come", flood),
    (
        "an_invocation_takes_little_memory",
        super::long::an_invocation_takes_little,
    ),
    (
        "a_stream_of_200_mb_takes_no_memory",
        super::long::a_stream_of_200_mb_takes_no_memory,
    ),
];

const RICSPEC: &str = env!("CARGO_BIN_EXE_ricspec");

/// Far longer than any attack takes.
const LIMIT: Duration = Duration::from_secs(60);

/// The result of a run.
struct Run {
    text: String,
    took: Duration,
    /// The highest memory of ricspec, in KiB.
    memory: u64,
    /// The processor time that it used.
    worked: Duration,
}

impl Run {
    /// ricspec, with a limit of open files, checks a runtime in a role, with these options.
    fn of(role: &str, files: u32, options: &[&str]) -> Result<Self, Failed> {
        let own = env::current_exe()?;
        let began = Instant::now();
        let limited = format!("ulimit -Sn {files} && exec \"$@\"");
        let mut ricspec = Command::new("sh")
            .args(["-c", &limited, "sh", RICSPEC, "run"])
            .args(["--filter", "next/five_in_a_row"])
            .args(options)
            .arg("--")
            .arg(own)
            .args([roles::WORD, role])
            .current_dir(env::temp_dir())
            .env_remove("GITHUB_ACTIONS")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let folder = format!("/proc/{}", ricspec.id());
        let (mut memory, mut worked) = (0, Duration::ZERO);
        while ricspec.try_wait()?.is_none() {
            memory = memory_of(&folder).unwrap_or(0).max(memory);
            worked = work_of(&folder).unwrap_or_default().max(worked);
            std::thread::sleep(Duration::from_millis(20));
        }
        let Output { stdout, stderr, .. } = ricspec.wait_with_output()?;
        let text = [stdout, stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Ok(Self {
            text: text.concat(),
            took: began.elapsed(),
            memory,
            worked,
        })
    }

    /// It ended in time, and printed all of this.
    fn says(&self, parts: &[&str]) -> Result<(), Failed> {
        let said = parts.iter().all(|part| self.text.contains(part));
        match said && self.took < LIMIT {
            true => Ok(()),
            false => Err(format!("{parts:?}, after {:?}: {}", self.took, self.text).into()),
        }
    }

    /// It ended in time, blamed the runtime, and took no more memory than a case may.
    fn is_bounded(&self) -> Result<(), Failed> {
        self.says(&["fail"])?;
        match self.memory {
            ..400_000 => Ok(()),
            much => Err(format!("it took {much} KiB: {}", self.text).into()),
        }
    }
}

pub(super) fn memory_of(folder: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("{folder}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn work_of(folder: &str) -> Option<Duration> {
    let stat = fs::read_to_string(format!("{folder}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    let times = after_name.split_whitespace().skip(11).take(2);
    let ticks: u64 = times.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Some(Duration::from_millis(10 * ticks))
}

fn joins() -> Result<(), Failed> {
    let run = Run::of(
        "one-who-joins-its-parent",
        1000,
        &["--startup-timeout", "1"],
    )?;
    run.says(&["joined"])
}

fn unfinished_bodies() -> Result<(), Failed> {
    Run::of("one-who-ends-no-body", 1000, &[])?.is_bounded()
}

fn unread() -> Result<(), Failed> {
    Run::of("one-who-reads-no-reply", 1000, &[])?.is_bounded()
}

fn flood() -> Result<(), Failed> {
    Run::of("one-who-never-stops", 4000, &[])?.is_bounded()
}

fn crowd() -> Result<(), Failed> {
    let run = Run::of("one-who-comes-often", 4000, &[])?;
    run.says(&["more than 1024 connections open at a time"])
}

fn without_files() -> Result<(), Failed> {
    let run = Run::of("one-who-comes-and-goes", 60, &[])?;
    run.says(&["could not be taken: Too many open files"])?;
    match run.worked < roles::STAY / 3 {
        true => Ok(()),
        false => Err(format!("it worked for {:?}: {}", run.worked, run.text).into()),
    }
}
