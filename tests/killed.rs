//! After ricspec is killed, nothing is left.

#[expect(dead_code, reason = "its other half is for tests of bad input")]
mod desk;

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use desk::{Desk, RICSPEC};

/// Far longer than anything here takes.
const LIMIT: Duration = Duration::from_secs(60);

/// A running ricspec, in its own process group. Every process that it starts holds the writing end of a FIFO, as descriptor
/// 4: the FIFO ends with the last of them.
struct Run {
    ricspec: Child,
    fifo: File,
    lines: mpsc::Receiver<String>,
    heard: Vec<Pid>,
}

impl Run {
    fn start(desk: &Desk, arguments: &[&str]) -> Self {
        let path = desk.path().join("fifo");
        let made = Command::new("mkfifo").arg(&path).status().expect("mkfifo");
        assert!(made.success());
        // Open for reading and writing, so that nobody waits for another end, and it does not end early.
        let fifo = File::options().read(true).write(true).open(&path);
        let reader = BufReader::new(File::open(&path).expect("a fifo"));
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            let lines = reader.lines().map_while(Result::ok);
            // A failed test has dropped the receiver.
            lines.for_each(|line| drop(sender.send(line)));
        });
        let mut command = Command::new("sh");
        command
            .args(["-c", "exec 4>fifo; exec \"$@\"", "sh", RICSPEC])
            .args(arguments)
            .process_group(0)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Self {
            ricspec: desk.place(&mut command).spawn().expect("it starts"),
            fifo: fifo.expect("a fifo"),
            lines,
            heard: Vec::new(),
        }
    }

    /// Waits until a process has reported its id.
    fn hear(&mut self) -> Pid {
        let line = self.lines.recv_timeout(LIMIT).expect("a line in time");
        let pid = Pid::from_raw(line.parse().expect("a number")).expect("a process id");
        self.heard.push(pid);
        pid
    }

    /// Kills ricspec and everything in its group, as a terminal may do.
    fn kill(&mut self) {
        kill_process_group(pid(&self.ricspec), Signal::KILL).expect("it lives");
        self.ricspec.wait().expect("its end");
    }

    /// After ricspec has ended, no process is left.
    #[track_caller]
    fn leaves_nothing(self) {
        drop(self.fifo);
        let last = self.lines.recv_timeout(LIMIT);
        if last != Err(RecvTimeoutError::Disconnected) {
            for pid in &self.heard {
                let _ = kill_process_group(*pid, Signal::KILL);
            }
            panic!("of {:?}, some live on: {last:?}", self.heard);
        }
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).expect("small")).expect("a process id")
}

/// A runtime that never calls, given as a script whose processes report so many ids, ends with ricspec.
#[track_caller]
fn ends_with_ricspec(script: &str, processes: usize) {
    let desk = Desk::new();
    let mut run = Run::start(
        &desk,
        &["run", "--startup-timeout", "600", "--", "sh", "-c", script],
    );
    for _ in 0..processes {
        run.hear();
    }
    run.kill();
    run.leaves_nothing();
}

#[test]
fn a_runtime_that_hangs() {
    ends_with_ricspec("echo $$ >&4; exec sleep 600", 1);
}

#[test]
fn a_runtime_that_heeds_no_signal() {
    ends_with_ricspec(
        "trap '' HUP INT QUIT TERM; echo $$ >&4; while :; do sleep 600; done",
        1,
    );
}

#[test]
fn a_child_in_the_group() {
    ends_with_ricspec(
        "sh -c 'echo $$ >&4; exec sleep 600' & echo $$ >&4; exec sleep 600",
        2,
    );
}

#[test]
fn a_child_that_has_left_the_group() {
    ends_with_ricspec(
        "setsid sh -c 'echo $$ >&4; exec sleep 600' & echo $$ >&4; exec sleep 600",
        2,
    );
}

/// Nothing in its environment says to whom it belongs, and only root could read the environment anyway.
#[test]
fn a_daemon_with_an_empty_environment() {
    ends_with_ricspec(
        "(env -i PATH=\"$PATH\" setsid sh -c 'echo $$ >&4; exec sleep 600' &); echo $$ >&4; exec sleep 600",
        2,
    );
}

/// The same while ricspec lives: it finds the process when its runtime ends.
#[test]
fn a_daemon_with_an_empty_environment_ends_with_its_case() {
    let desk = Desk::new();
    let daemon = "(env -i PATH=\"$PATH\" setsid sh -c 'echo $$ >&4; exec sleep 600' &)";
    let script = format!("{daemon}; exec {RICSPEC} reference");
    let only = ["run", "--filter", "next/five_in_a_row"];
    let mut run = Run::start(&desk, &[&only[..], &["--", "sh", "-c", &script]].concat());
    run.hear();
    run.hear();
    run.ricspec.wait().expect("its end");
    run.leaves_nothing();
}

#[test]
fn a_machine_without_a_folder_for_temporary_files_has_a_guardian() {
    let desk = Desk::new();
    let mut command = Command::new(RICSPEC);
    command
        .args(["run", "--reference", "--filter", "next/five_in_a_row", "-v"])
        .env("TMPDIR", "/no/such/folder");
    let done = desk::Done::of(desk.place(&mut command));
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert!(!done.out.contains("no guardian"), "{}", done.out);
}

#[test]
fn a_runtime_that_is_frozen() {
    let desk = Desk::new();
    let case = r#"{
  "$schema": "case.schema.json",
  "id": "mine/frozen",
  "title": "A case of a user",
  "why": "So that there is a time in which to kill ricspec.",
  "requirements": ["NEXT-03"],
  "deadline_ms": 600000,
  "steps": [
    {"expect": {"call": "next", "cites": "NEXT-03"}},
    {"freeze": {"ms": 500000}}
  ]
}"#;
    desk.write("cases/mine/frozen.json", case);
    // A stopped group whose parent dies gets SIGHUP and continues; this is not what ends it here.
    let script = format!("trap '' HUP; echo $$ >&4; {RICSPEC} reference; exec sleep 600");
    let only = ["run", "--cases", "cases", "--filter", "mine"];
    let mut run = Run::start(&desk, &[&only[..], &["--", "sh", "-c", &script]].concat());
    run.hear();
    let frozen = run.hear();
    let began = Instant::now();
    while state(frozen) != Some('T') {
        assert!(began.elapsed() < LIMIT, "{:?}", state(frozen));
        std::thread::yield_now();
    }
    run.kill();
    run.leaves_nothing();
}

#[test]
fn files_that_outlast_a_process() {
    let desk = Desk::new();
    let case = r#"{
  "$schema": "case.schema.json",
  "id": "mine/second",
  "title": "A case of a user",
  "why": "So that there is a first process during which to kill ricspec.",
  "requirements": ["NEXT-03"],
  "earlier": [{"quiet": {"ms": 500000, "cites": "NEXT-03"}}],
  "steps": [{"expect": {"call": "next", "cites": "NEXT-03"}}]
}"#;
    desk.write("cases/mine/second.json", case);
    let script = format!("echo $$ >&4; exec {RICSPEC} reference");
    let only = ["run", "--cases", "cases", "--filter", "mine"];
    let mut run = Run::start(&desk, &[&only[..], &["--", "sh", "-c", &script]].concat());
    run.hear();
    run.hear();
    run.kill();
    run.leaves_nothing();
}

/// The state letter of the system; `T` means stopped.
fn state(pid: Pid) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

#[test]
fn an_installation() {
    let desk = Desk::new();
    let runtime = r#"name = "slow"
language = "shell"
install = [["sh", "-c", "echo $$ >&4; exec sleep 600"]]
command = ["true"]
"#;
    desk.write("runtimes/slow/runtime.toml", runtime);
    let mut run = Run::start(&desk, &["matrix", "runtimes", "--cache", "cache"]);
    run.hear();
    run.kill();
    run.leaves_nothing();
}

#[test]
fn an_ordinary_end_leaves_nobody_on_guard() {
    let desk = Desk::new();
    let script = format!("echo $$ >&4; exec {RICSPEC} reference");
    let only = ["run", "--filter", "next/five_in_a_row"];
    let mut run = Run::start(&desk, &[&only[..], &["--", "sh", "-c", &script]].concat());
    run.hear();
    run.hear();
    assert_eq!(run.ricspec.wait().expect("its end").code(), Some(0));
    run.leaves_nothing();
}

#[test]
fn a_machine_without_a_shell_is_told_of_and_checks_all_the_same() {
    let desk = Desk::new();
    let mut command = Command::new(RICSPEC);
    command
        .args(["run", "--reference", "--filter", "next/five_in_a_row", "-v"])
        .env("PATH", desk.path());
    let done = desk::Done::of(desk.place(&mut command));
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    for note in ["there is no guardian", "share /tmp: there is no `unshare`"] {
        assert!(done.out.contains(note), "{note}: {}{}", done.out, done.err);
    }
}
