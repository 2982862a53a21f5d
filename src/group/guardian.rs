//! The guardian: a process that outlives ricspec by a moment, and ends what ricspec, killed by SIGKILL, could not.
//!
//! It is a shell, since a user of this library may be a program that cannot be started once more to be its guardian. Its
//! standard input is a pipe, which ends with ricspec, and with what ricspec has forked and has not become another program
//! yet, so that by then all that was started can be found. Its standard output is the list of what is to end, a file in
//! memory that it reads only then: to keep the list costs next to nothing, and needs no disk. It has a group of its own, for no Ctrl-C to reach it, and holds
//! no stream of ours, for nobody to wait for it.

use std::fmt::Display;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use rustix::fs::{MemfdFlags, memfd_create};

/// A word of digits is the number of a group, one with an equals sign before it the tag of processes wherever they have
/// gone; any other is a mark in their environment. What is killed may have forked before, so they are looked for until there
/// is none, or until it is hopeless. A tag stays on a process that has ended and that its parent has not asked about.
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

/// The bytes of a line of the list, its line feed included: more than any word has.
const LINE: usize = 128;

/// From now on, what this means is to end with ricspec: the number of a process group, or a mark.
pub(super) fn note(word: impl Display) {
    if let Ok(guardian) = guardian() {
        guardian.note(word);
    }
}

/// The same of the tag of processes.
pub(super) fn note_tag(tag: u64) {
    note(tag_word(tag));
}

/// No longer.
pub(super) fn forget_tag(tag: u64) {
    forget(tag_word(tag));
}

fn tag_word(tag: u64) -> String {
    format!("={tag}")
}

/// No longer. To be called while the number of a group is still its own.
pub(super) fn forget(word: impl Display) {
    if let Ok(guardian) = guardian() {
        guardian.forget(word);
    }
}

/// Why there is no guardian, if there is none. That is nobody's fault but the machine's, and nothing else depends on it.
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
    /// What stands in each line of the list.
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

    /// Puts a word in the place of another, in the first line where that stands.
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
        // Where memory is short the word is missing, as it is without a guardian.
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

        /// How it ended, which it must.
        fn signal(mut self) -> Option<i32> {
            self.0.wait().expect("its end").signal()
        }

        fn end(mut self) {
            assert_eq!(self.0.try_wait().expect("its state"), None);
            self.0.kill().expect("it lives");
            self.0.wait().expect("its end");
        }
    }

    /// What comes of two sleepers with these marks, if this is what the guardian hears of the first and the second.
    fn guarded(marks: [&str; 2], tell: impl FnOnce(&Guardian, [u32; 2])) -> [Sleeper; 2] {
        let sleepers = marks.map(Sleeper::new);
        let mut guardian = Guardian::start().expect("a guardian");
        tell(&guardian, [0, 1].map(|index| sleepers[index].0.id()));
        drop(guardian.shell.stdin.take());
        assert!(guardian.shell.wait().expect("its end").success());
        sleepers
    }

    /// A text like those by which runtimes are told apart, of this process alone.
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
