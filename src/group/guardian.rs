//! The guardian: a process that lives a moment longer than ricspec. If ricspec is killed by SIGKILL, it ends ricspec's
//! processes.
//!
//! It is a shell, because the program that uses this library may not be able to start itself again as its own guardian. Its
//! standard input is a pipe. The pipe closes when ricspec has ended, and also its forked children that have not called exec
//! yet; by then all started processes can be found. Its standard output is the list of what must end: a file in memory,
//! which it reads only then, so that the list is cheap and needs no disk. It has its own group, so that Ctrl-C does not
//! reach it, and holds no stream of ours, so that nobody waits for it.

use std::fmt::Display;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use rustix::fs::{MemfdFlags, memfd_create};

/// A word of digits is the number of a group; a word that begins with an equals sign is the tag of processes, wherever they
/// are; any other word is a mark in their environment. A killed process may have forked before, so the script repeats until
/// none is found, or until there is no hope. A tag stays on a zombie that its parent has not reaped.
const SCRIPT: &str = r#"
trap '' HUP INT QUIT TERM
set -f
exec 3<&1 1>&2
while read -r nothing; do :; done
tags=none
for word in $(cat <&3); do
    case $word in
        =*) tags="$tags|${word#=}" ;;
        *[!0-9]*) set -- "$@" -e "$word" ;;
        *) kill -KILL "-$word" ;;
    esac
done
[ "$#$tags" != 0none ] || exit 0
[ $# -gt 0 ] || set -- -e "no mark"
set +f
sweeps=0
while [ $((sweeps += 1)) -le 100 ]; do
    marked=$(grep -lsFz "$@" /proc/[0-9]*/environ)
    tagged=$(grep -lsE "^Max file locks +($tags) " /proc/[0-9]*/limits)
    found=
    for file in $marked $tagged; do
        folder=${file%/*}
        case $(grep -s ^State: "$folder/status") in '' | *[XZ]' ('*) continue ;; esac
        kill -KILL "${folder#/proc/}" && found=one
    done
    [ "$found" ] || exit 0
done
"#;

/// The length of a line of the list, with its line feed: longer than any word.
const LINE: usize = 128;

/// From now on, this ends with ricspec: the number of a process group, or a mark.
pub(super) fn note(word: impl Display) {
    if let Ok(guardian) = guardian() {
        guardian.note(word);
    }
}

/// The same for the tag of processes.
pub(super) fn note_tag(tag: u64) {
    note(tag_word(tag));
}

/// It no longer ends with ricspec.
pub(super) fn forget_tag(tag: u64) {
    forget(tag_word(tag));
}

fn tag_word(tag: u64) -> String {
    format!("={tag}")
}

/// It no longer ends with ricspec. Call this while the number of a group is still its own.
pub(super) fn forget(word: impl Display) {
    if let Ok(guardian) = guardian() {
        guardian.forget(word);
    }
}

/// Why there is no guardian, if so. This is the machine's fault, and nothing else depends on it.
pub fn fault() -> Option<&'static io::Error> {
    guardian().as_ref().err()
}

/// Started when there is something to guard.
fn guardian() -> &'static io::Result<Guardian> {
    static GUARDIAN: OnceLock<io::Result<Guardian>> = OnceLock::new();
    GUARDIAN.get_or_init(Guardian::start)
}

#[derive(Debug)]
struct Guardian {
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "its standard input is what it hears our end by")
    )]
    shell: Child,
    list: File,
    /// The word in each line of the list.
    words: Mutex<Vec<Option<String>>>,
}

impl Guardian {
    fn start() -> io::Result<Self> {
        let list = File::from(memfd_create("ricspec-guardian", MemfdFlags::CLOEXEC)?);
        let shell = Command::new("sh")
            .args(["-c", SCRIPT, "ricspec-guardian"])
            .current_dir("/")
            // An environment is bytes.
            .env("LC_ALL", "C")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(list.try_clone()?)
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self {
            shell,
            list,
            words: Mutex::default(),
        })
    }

    fn note(&self, word: impl Display) {
        self.replace(None, Some(word.to_string()));
    }

    fn forget(&self, word: impl Display) {
        self.replace(Some(word.to_string()), None);
    }

    /// Replaces a word by another, in the first line that holds it.
    fn replace(&self, old: Option<String>, new: Option<String>) {
        let mut words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        let line = words.iter().position(|word| *word == old);
        let line = match (line, &old) {
            (Some(line), _) => line,
            (None, Some(_)) => return,
            (None, None) => {
                words.push(None);
                words.len() - 1
            }
        };
        let text = format!(
            "{:<width$}\n",
            new.as_deref().unwrap_or_default(),
            width = LINE - 1
        );
        // If memory is short, the word is missing, as without a guardian.
        let _ = self
            .list
            .write_all_at(text.as_bytes(), (line * LINE) as u64);
        if let Some(place) = words.get_mut(line) {
            *place = new;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::os::unix::process::ExitStatusExt;

    const SIGKILL: Option<i32> = Some(9);

    struct Sleeper(Child);

    impl Sleeper {
        fn new(mark: &str) -> Self {
            let mut command = Command::new("sleep");
            let command = command.arg("60").env("MARK", mark).process_group(0);
            Self(command.spawn().expect("sleep"))
        }

        /// How it ended; it must end.
        fn signal(mut self) -> Option<i32> {
            self.0.wait().expect("its end").signal()
        }

        fn end(mut self) {
            assert_eq!(self.0.try_wait().expect("its state"), None);
            self.0.kill().expect("it lives");
            self.0.wait().expect("its end");
        }
    }

    /// What happens to two sleepers with these marks, if the guardian gets these words for the first and the second.
    fn guarded(marks: [&str; 2], tell: impl FnOnce(&Guardian, [u32; 2])) -> [Sleeper; 2] {
        let sleepers = marks.map(Sleeper::new);
        let mut guardian = Guardian::start().expect("a guardian");
        tell(&guardian, [0, 1].map(|index| sleepers[index].0.id()));
        drop(guardian.shell.stdin.take());
        assert!(guardian.shell.wait().expect("its end").success());
        sleepers
    }

    /// A text like the marks of runtimes, unique to this process.
    fn mark(name: &str) -> String {
        format!("2026/01/01/[$LATEST]{}{name}", std::process::id())
    }

    #[test]
    fn groups_that_were_not_forgotten_end() {
        let [one, other] = guarded(["", ""], |guardian, [one, other]| {
            guardian.note(other);
            guardian.note(one);
            guardian.forget(other);
            guardian.forget(other);
        });
        assert_eq!(one.signal(), SIGKILL);
        other.end();
    }

    #[test]
    fn marked_processes_end_unless_the_mark_was_forgotten() {
        let marks = ["one", "other"].map(mark);
        let [one, other] = guarded([&marks[0], &marks[1]], |guardian, _| {
            guardian.note(&marks[0]);
            guardian.note(&marks[1]);
            guardian.forget(&marks[1]);
        });
        assert_eq!(one.signal(), SIGKILL);
        other.end();
    }

    #[test]
    fn tagged_processes_end_unless_the_tag_was_forgotten() {
        let marks = ["tagged", "other tagged"].map(mark);
        let [one, other] = guarded(["", ""], |guardian, pids| {
            for (pid, mark) in pids.into_iter().zip(&marks) {
                let pid = rustix::process::Pid::from_raw(pid.cast_signed()).expect("a process id");
                super::super::tag::put_on(pid, mark);
                guardian.note(tag_word(super::super::tag_of(mark)));
            }
            guardian.forget(tag_word(super::super::tag_of(&marks[1])));
        });
        assert_eq!(one.signal(), SIGKILL);
        other.end();
    }

    #[test]
    fn without_a_word_nothing_ends() {
        for sleeper in guarded(["", ""], |_, _| {}) {
            sleeper.end();
        }
    }
}
