//! What the system says about a process: the files in `/proc/PID`, and the line of one of them, `stat`.

use std::fs::{self, File};
use std::io::Read;
use std::time::Duration;

/// How much of such a file is read at once: mostly all of it.
const AT_ONCE: usize = 16 * 1024;

/// A file of a process, if it can be read. All processes are checked after each case, so each file is read at once; the
/// usual function asks for its length, which is 0, and reads it in small pieces.
pub(super) fn file(pid: i32, name: &str) -> Option<Vec<u8>> {
    let mut file = File::open(format!("/proc/{pid}/{name}")).ok()?;
    let mut text = vec![0; AT_ONCE];
    let count = file.read(&mut text).ok()?;
    text.truncate(count);
    if count == AT_ONCE {
        file.read_to_end(&mut text).ok()?;
    }
    Some(text)
}

/// The unit of times in `stat`, the same on all of today's Linux.
pub(super) const TICK: Duration = Duration::from_millis(10);

/// The fields that matter here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stat {
    pub(super) pid: i32,
    pub(super) parent: i32,
    pub(super) group: i32,
    /// Its processor time, with that of children which it has waited for.
    pub(super) ticks: u64,
    /// When it was started, since the start of the machine.
    pub(super) started: u64,
    /// Its memory, in bytes. A zombie has none, and neither has the kernel.
    pub(super) memory: u64,
}

impl Stat {
    /// The values of a living process.
    pub(super) fn of(pid: i32) -> Option<Self> {
        let stat = file(pid, "stat")?;
        Self::parse(pid, &String::from_utf8_lossy(&stat))
    }

    /// Fields 4, 5, 14 to 17, 22 and 23; the second field, the name, may contain anything.
    fn parse(pid: i32, stat: &str) -> Option<Self> {
        let (_, after_name) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
        Some(Self {
            pid,
            parent: fields.get(1)?.parse().ok()?,
            group: fields.get(2)?.parse().ok()?,
            ticks: (14..=17).filter_map(number).sum(),
            started: number(22)?,
            memory: number(23)?,
        })
    }
}

/// All processes, as far as the system shows them.
pub(super) fn pids() -> impl Iterator<Item = i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        let text =
            "7 (a) R 9 (b) S 3 5 5 0 -1 4194304 107 8 0 0 1 2 3 4 20 0 1 0 61905 2973696 98 9";
        let stat = Stat::parse(7, text).expect("a line");
        assert_eq!((stat.parent, stat.group, stat.ticks), (3, 5, 10));
        assert_eq!((stat.started, stat.memory), (61905, 2_973_696));
        assert!(stat.pid == 7);
        let own = Stat::of(std::process::id().cast_signed()).expect("this one");
        assert!(own.memory > 0);
    }
}
