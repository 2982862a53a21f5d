//! Signals that end a run: the first stops it, later ones hurry the runtimes, and the results so far are written.

#[expect(dead_code, reason = "its other half is for tests of bad input")]
mod desk;

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use desk::{Desk, Done, RICSPEC};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;

fn case(name: &str, members: &str) -> String {
    format!(
        r#"{{"$schema": "case.schema.json", "id": "mine/{name}", "title": "A case", "why": "To try it.", {members}}}"#
    )
}

const ECHO: &str = r#""requirements": ["RESP-01"], "steps": [
    {"serve": {"event": {"json": {"ricspec": 1, "do": "echo", "value": 1}}}},
    {"expect": {"call": "response", "cites": "RESP-01"}}]"#;

const STAYS: &str = r#""requirements": ["NEXT-03"], "deadline_ms": 600000,
    "steps": [{"quiet": {"ms": 500000, "cites": "NEXT-03"}}]"#;

/// A run in which each process of the runtime reports its id through a FIFO.
struct Run {
    desk: Desk,
    child: Child,
    started: BufReader<File>,
}

impl Run {
    fn start(cases: &[(&str, &str)], runtime: &str, more: &[&str]) -> Self {
        let desk = Desk::new();
        for (name, members) in cases {
            desk.write(&format!("cases/mine/{name}.json"), &case(name, members));
        }
        let fifo = desk.path().join("pids");
        let made = Command::new("mkfifo").arg(&fifo).status();
        assert!(made.expect("mkfifo").success());
        let script = format!("echo $$ >> pids; {runtime}");
        let mut command = Command::new(RICSPEC);
        command
            .args([
                "run",
                "--cases",
                "cases",
                "--filter",
                "mine",
                "--transcripts",
                "transcripts",
            ])
            .args(["--report", "json=r.json"])
            .args(more)
            .args(["--", "sh", "-c", &script])
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let child = desk.place(&mut command).spawn().expect("ricspec starts");
        // Opened for reading and writing, so that it does not end between two writers.
        let both = OpenOptions::new().read(true).write(true).open(fifo);
        Self {
            desk,
            child,
            started: BufReader::new(both.expect("a fifo")),
        }
    }

    /// Waits for the next process of the runtime.
    fn next_process(&mut self) -> Pid {
        let mut line = String::new();
        self.started.read_line(&mut line).expect("a line");
        let raw = line.trim().parse().expect("a number");
        Pid::from_raw(raw).expect("a process id")
    }

    fn send(&self, signal: Signal) {
        let raw = i32::try_from(self.child.id()).expect("small");
        let own = Pid::from_raw(raw).expect("a process id");
        kill_process(own, signal).expect("it lives");
    }

    /// The next line that ricspec prints.
    fn out(&mut self) -> BufReader<std::process::ChildStdout> {
        BufReader::new(self.child.stdout.take().expect("a pipe"))
    }

    fn report(&self) -> Value {
        serde_json::from_str(&self.desk.read("r.json")).expect("a report")
    }
}

fn verdict<'a>(report: &'a Value, id: &str) -> &'a Value {
    let mut cases = report["cases"].as_array().expect("cases").iter();
    cases.find(|case| case["id"] == id).expect("the case")
}

fn reference() -> String {
    format!("exec {RICSPEC} reference")
}

/// Two signals at once, as `timeout -s INT` and shells send them.
#[track_caller]
fn check_two(signal: Signal) {
    let cases = [("echo", ECHO), ("stays", STAYS)];
    let mut run = Run::start(&cases, &reference(), &[]);
    let mut out = run.out();
    let processes: Vec<Pid> = (0..3).map(|_| run.next_process()).collect();
    let mut passed = String::new();
    out.read_line(&mut passed).expect("a line");
    assert!(passed.contains("mine/echo"), "{passed}");
    run.send(signal);
    run.send(signal);
    let rest: Vec<String> = out.lines().map_while(Result::ok).collect();
    assert_eq!(
        run.child.wait().expect("its end").code(),
        Some(130),
        "{rest:?}"
    );
    for process in processes {
        assert!(test_kill_process(process).is_err(), "{process:?} lives on");
    }
    let report = run.report();
    assert_eq!(report["interrupted"], true);
    assert_eq!(verdict(&report, "mine/echo")["verdict"], "pass");
    assert_eq!(verdict(&report, "mine/stays")["verdict"], "skip");
    let mut judge = Command::new(RICSPEC);
    judge.args(["judge", "transcripts", "--cases", "cases"]);
    let judged = Done::of(run.desk.place(&mut judge));
    assert_eq!(judged.code, 0, "{}{}", judged.out, judged.err);
    let line_of_skipped = rest.iter().find(|line| line.contains("mine/stays"));
    assert_eq!(line_of_skipped, None, "what was not played is only counted");
}

#[test]
fn two_interrupts_at_once_lose_nothing() {
    check_two(Signal::INT);
}

#[test]
fn two_terminations_at_once_lose_nothing() {
    check_two(Signal::TERM);
}

#[test]
fn two_hang_ups_at_once_lose_nothing() {
    check_two(Signal::HUP);
}

#[test]
fn a_second_signal_kills_a_runtime_that_takes_its_time() {
    // It ignores SIGTERM, and the grace period is long enough for both signals.
    let runtime = format!("trap '' TERM; {RICSPEC} reference");
    let mut run = Run::start(&[("stays", STAYS)], &runtime, &[]);
    let (_probe, stays) = (run.next_process(), run.next_process());
    run.send(Signal::INT);
    run.send(Signal::TERM);
    assert_eq!(run.child.wait().expect("its end").code(), Some(130));
    assert!(test_kill_process(stays).is_err(), "it lives on");
    assert_eq!(run.report()["interrupted"], true);
}

#[test]
fn an_interrupted_repetition_keeps_what_was_played() {
    let mut run = Run::start(&[("echo", ECHO)], &reference(), &["--repeat", "100000"]);
    // The probe, two plays, and the beginning of a third.
    for _ in 0..4 {
        run.next_process();
    }
    run.send(Signal::INT);
    assert_eq!(run.child.wait().expect("its end").code(), Some(130));
    let report = run.report();
    let echo = verdict(&report, "mine/echo");
    assert_eq!(echo["verdict"], "pass", "{echo}");
    let reason = echo["reason"].as_str().expect("a reason");
    assert!(reason.contains("of 100000 times"), "{reason}");
    assert!(fs::exists(run.desk.path().join("transcripts/mine/echo.json")).expect("a folder"));
}

#[test]
fn an_interrupted_probe_still_writes_the_report() {
    let mut run = Run::start(&[("echo", ECHO)], "exec sleep 60", &[]);
    run.next_process();
    run.send(Signal::INT);
    run.send(Signal::INT);
    assert_eq!(run.child.wait().expect("its end").code(), Some(130));
    assert_eq!(verdict(&run.report(), "mine/echo")["verdict"], "skip");
}
