//! Finds processes that outlived the runtime: by the log stream in their environment, which is unique to the case, or by the
//! tag of their group.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal};

use super::stat::{Stat, file, pids};
use crate::cut::cut;
use crate::group::tag_of;

/// How many of the processes that were left are named.
const NAMED_MAX: usize = 16;

/// How much of each command is shown, in bytes.
const NAMED_BYTES_MAX: usize = 256;

/// How much of a command line is read: input from outside must have a limit.
const COMMAND_MAX: u64 = 256;

/// How often to look: a killed process may have forked before.
const SWEEPS_MAX: u32 = 200;

/// How long killed processes may take to end before the next look.
const BETWEEN_SWEEPS: Duration = Duration::from_millis(5);

/// The processes that a runtime left.
pub(super) struct Left {
    /// `pid command`, for some of them.
    pub(super) named: Vec<String>,
    /// Whether there may be more.
    pub(super) may_live: bool,
}

/// Ends all living processes with this mark or its tag that are not in `group`; the members of the group are ending already.
pub(super) async fn end_survivors(mark: &str, group: Pid) -> Left {
    let mut found = BTreeMap::new();
    let mut may_live = true;
    for _ in 0..SWEEPS_MAX {
        let before = found.len();
        may_live = sweep(mark, group, &mut found);
        if !may_live {
            break;
        }
        // We may not signal one that stays; looking again does not change that.
        let stubborn =
            found.len() == before && found.values().all(|seen| seen.times > SWEEPS_MAX / 4);
        if stubborn {
            break;
        }
        tokio::time::sleep(BETWEEN_SWEEPS).await;
    }
    let more = found.len().saturating_sub(NAMED_MAX);
    let mut named: Vec<String> = found.into_values().map(|seen| seen.text).collect();
    named.truncate(NAMED_MAX);
    if more > 0 {
        named.push(format!("{more} more"));
    }
    Left { named, may_live }
}

/// A process that was left.
struct Seen {
    text: String,
    times: u32,
}

/// Kills all that are found; says whether there were any.
fn sweep(mark: &str, group: Pid, found: &mut BTreeMap<i32, Seen>) -> bool {
    let tag = tag_of(mark);
    let mut any = false;
    for raw in pids() {
        let Some(pid) = Pid::from_raw(raw) else {
            continue;
        };
        // A zombie may keep its tag until its parent reaps it.
        let outside = |stat: Stat| stat.memory > 0 && stat.group != group.as_raw_nonzero().get();
        let is_left =
            || Stat::of(raw).is_some_and(outside) && (has_mark(raw, mark) || has_tag(raw, tag));
        if !is_left() {
            continue;
        }
        // The handle comes before the second look, so that the number cannot go to another process before the kill.
        let hold = pidfd_open(pid, PidfdFlags::empty());
        if !is_left() {
            continue;
        }
        any = true;
        let seen = found.entry(raw).or_insert_with(|| Seen {
            text: cut(&format!("{raw} {}", command(raw)), NAMED_BYTES_MAX),
            times: 0,
        });
        seen.times += 1;
        // It may have ended by itself since it was seen.
        let _ = match hold {
            Ok(hold) => pidfd_send_signal(hold, Signal::KILL),
            Err(_) => kill_process(pid, Signal::KILL),
        };
    }
    any
}

/// Process 1 of the container whose processes have this text in their environment, if it can be seen from here.
pub(super) fn marked_init(mark: &str) -> Option<i32> {
    pids().find(|pid| has_mark(*pid, mark) && is_first_of_its_namespace(*pid))
}

fn is_first_of_its_namespace(raw: i32) -> bool {
    let status = fs::read_to_string(format!("/proc/{raw}/status")).unwrap_or_default();
    let ids = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
    let ids: Vec<&str> = ids.unwrap_or_default().split_whitespace().collect();
    matches!(ids.as_slice(), [_, .., "1"])
}

/// Whether a process has this text in its environment.
pub(super) fn has_mark(raw: i32, mark: &str) -> bool {
    // Processes of other users cannot be read; a zombie has no environment.
    let environment = file(raw, "environ").unwrap_or_default();
    environment
        .windows(mark.len())
        .any(|window| window == mark.as_bytes())
}

fn has_tag(raw: i32, tag: u64) -> bool {
    limit(raw) == Some(tag)
}

/// The tag of a process, if it has one.
pub(super) fn limit(raw: i32) -> Option<u64> {
    let limits = String::from_utf8(file(raw, "limits")?).ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max file locks"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

pub(super) fn command(raw: i32) -> String {
    let mut command = Vec::new();
    // A process that is gone has no command any more.
    let _ = File::open(format!("/proc/{raw}/cmdline"))
        .and_then(|file| file.take(COMMAND_MAX).read_to_end(&mut command));
    String::from_utf8_lossy(&command)
        .replace('\0', " ")
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::Command;

    /// A runtime with very many children, and one that hides its environment.
    #[tokio::test]
    async fn what_was_left_behind_is_ended_and_some_of_it_named() {
        let mark = format!("ricspec-leak-test-{}", std::process::id());
        let mut sleepers: Vec<_> = (0..NAMED_MAX + 3)
            .map(|_| {
                let mut command = Command::new("sleep");
                let command = command.arg("60").env("MARK", &mark).process_group(0);
                command.spawn().expect("sleep")
            })
            .collect();
        let left = end_survivors(&mark, Pid::INIT).await;
        assert!(!left.may_live);
        assert_eq!(left.named.len(), NAMED_MAX + 1, "{:?}", left.named);
        assert_eq!(left.named.last().map(String::as_str), Some("3 more"));
        for sleeper in &mut sleepers {
            assert_eq!(sleeper.wait().expect("its end").signal(), Some(9));
        }
    }
}
