//! What a terminal shows, and what happens if a stream is full, closed or no longer read.

mod desk;

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use desk::{Desk, Done, RICSPEC};

const COLUMNS: u16 = 80;

/// Cases of some seconds each, so that the live line has more to tell than fits.
const SLOW: [&str; 4] = [
    "next/frozen_for_four_seconds",
    "next/idle_without_work",
    "next/keep_alive_hint",
    "next/poll_held_again",
];

/// Runs a command on a terminal, and gives everything that it wrote there.
#[track_caller]
fn on_a_terminal(command: &mut Command) -> String {
    let main = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&main).expect("it is ours");
    unlockpt(&main).expect("it opens");
    let name = ptsname(&main, Vec::new()).expect("it has a name");
    let path = name.to_str().expect("UTF-8");
    let open = || OpenOptions::new().read(true).write(true).open(path);
    let side = open().expect("its other side");
    let size = Winsize {
        ws_row: 24,
        ws_col: COLUMNS,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&side, size).expect("a width");
    let mut child = command
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .stdin(Stdio::null())
        .stdout(side.try_clone().expect("a copy"))
        .stderr(side)
        .spawn()
        .expect("it starts");
    // The command still holds the other side.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut bytes = Vec::new();
    // When nobody holds the other side, reading ends with an error.
    let _ = File::from(main).read_to_end(&mut bytes);
    child.wait().expect("it ends");
    String::from_utf8(bytes).expect("UTF-8")
}

/// The text on the screen at the end, with everything that has scrolled out.
fn screen(text: &str) -> String {
    let mut parser = vt100::Parser::new(2000, COLUMNS, 0);
    parser.process(text.as_bytes());
    parser.screen().contents()
}

#[test]
fn no_live_line_stays_on_the_screen() {
    let desk = Desk::new();
    let mut command = Command::new(RICSPEC);
    command.args(["run", "--reference", "--jobs", "4"]);
    for case in SLOW {
        command.args(["--filter", case]);
    }
    let text = on_a_terminal(desk.place(&mut command));
    let drawn: Vec<&str> = text
        .split("\r\u{1b}[2K")
        .filter(|part| part.contains(" in play"))
        .collect();
    assert!(!drawn.is_empty(), "no live line was drawn: {text}");
    assert!(
        drawn.iter().any(|line| line.contains("slow: ")),
        "{drawn:?}"
    );
    for line in drawn {
        assert!(line.chars().count() < COLUMNS.into(), "{line:?}");
        assert!(!line.contains('\n'), "{line:?}");
    }
    let shown = screen(&text);
    assert!(!shown.contains("in play"), "{shown}");
    assert!(shown.contains("4 cases: 4 pass"), "{shown}");
    let first = shown.lines().next().unwrap_or_default();
    assert!(first.starts_with("pass "), "{shown}");
}

#[test]
fn without_a_terminal_there_is_neither_live_line_nor_colour() {
    let desk = Desk::new();
    let mut command = Command::new(RICSPEC);
    command.args(["run", "--reference", "--filter", SLOW[0]]);
    let done = Done::of(desk.place(&mut command));
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{}", done.out);
    assert!(!done.out.contains(['\u{1b}', '\r']), "{}", done.out);
}

#[test]
fn a_report_fits_the_terminal() {
    let desk = Desk::new();
    let mut command = Command::new(RICSPEC);
    command.args(["run", "--reference", "--mutant", "posts-first-id"]);
    command.args([
        "--filter",
        "next/five_in_a_row",
        "--filter",
        "next/identical_events",
    ]);
    let text = on_a_terminal(desk.place(&mut command));
    let shown = screen(&text);
    let report: Vec<&str> = shown
        .lines()
        .skip_while(|line| !line.starts_with('\u{2500}'))
        .take_while(|line| !line.contains("reproduce"))
        .collect();
    assert!(report.len() > 10, "{shown}");
    assert!(report[0].contains("NEXT-05  MUST  stale-id"), "{shown}");
    // The terminal would have wrapped a line that is too wide to its left edge.
    for line in &report[1..] {
        assert!(
            line.is_empty() || line.starts_with("  "),
            "{line:?} in: {shown}"
        );
    }
    let fix = report
        .iter()
        .position(|line| line.trim_start().starts_with("fix "));
    assert!(fix.is_some_and(|at| at < 8), "{shown}");
    assert!(
        text.contains("\u{1b}[31m\u{2500}"),
        "the rule is red: {text}"
    );
}

#[test]
fn an_interrupted_run_tells_counts() {
    let desk = Desk::new();
    let mut command = Command::new(RICSPEC);
    let mut child = desk
        .place(command.args(["run", "--reference", "--jobs", "2"]))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut text = String::new();
    out.read_line(&mut text).expect("a line");
    let pid = Pid::from_child(&child);
    kill_process(pid, Signal::INT).expect("it is there");
    out.read_to_string(&mut text).expect("UTF-8");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    let told = text.matches("the run was interrupted").count();
    assert_eq!(told, 1, "once for all cases: {text}");
    assert!(text.lines().count() < 60, "{text}");
    let counts = text.lines().find(|line| line.contains(" cases: "));
    assert!(counts.is_some_and(|line| line.contains(" skip")), "{text}");
}

/// Runs a shell line with `$R` as ricspec, and gives the result.
#[track_caller]
fn shell(desk: &Desk, line: &str) -> Done {
    let mut command = Command::new("sh");
    desk.place(command.args(["-c", line]).env("R", RICSPEC));
    let done = Done::of(&mut command);
    let said = format!("{}{}", done.out, done.err);
    assert!(!said.contains("panicked"), "{line}: {said}");
    done
}

/// A case that this mutant fails: exit code 1.
const FAILS: &str = "$R run --reference --mutant error-as-response --filter error/reported";

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let desk = Desk::new();
    desk.write("ricspec.toml", "reference = true\n");
    let check = |command: &str, code: &str| {
        for reader in ["head -1", ":"] {
            let line = format!("{{ {command}; echo $? >code; }} | {reader}");
            let done = shell(&desk, &line);
            assert_eq!(desk.read("code").trim(), code, "{line}: {}", done.err);
            assert!(!done.err.contains("error"), "{line}: {}", done.err);
        }
    };
    check("$R list", "0");
    check("$R list --json", "0");
    check("$R explain NEXT-05", "0");
    check("$R test --list", "0");
    check("$R test error/reported", "0");
    check("$R --help", "0");
    check("$R fixture python", "0");
    check("$R completions bash", "0");
    check(FAILS, "1");
    check(&format!("{FAILS} --report json=- 2>err"), "1");
}

#[test]
fn a_full_output_is_said_on_the_other_stream_and_loses_no_report() {
    let desk = Desk::new();
    desk.write("ricspec.toml", "reference = true\n");
    let full = "cannot write to standard output: No space left";
    for command in [
        "$R list",
        "$R explain NEXT-05",
        "$R test --list",
        "$R --help",
        "$R man",
        "$R run --filter error/reported --report json=r.json",
    ] {
        let done = shell(&desk, &format!("{command} >/dev/full"));
        assert_eq!(done.code, 3, "{command}: {}", done.err);
        assert_eq!(done.err.matches(full).count(), 1, "{command}: {}", done.err);
    }
    assert!(desk.read("r.json").contains("\"error/reported\""));
    let done = shell(
        &desk,
        "$R run --filter error/reported --report json=- >/dev/full",
    );
    assert_eq!(done.code, 3, "{}", done.err);
    assert!(done.err.contains("No space left"), "{}", done.err);
}

#[test]
fn a_full_error_stream_changes_no_verdict() {
    let desk = Desk::new();
    let done = shell(&desk, &format!("{FAILS} --report json=r.json 2>/dev/full"));
    assert_eq!(done.code, 1, "{}", done.out);
    assert!(desk.read("r.json").contains("\"error/reported\""));
    shell(&desk, "$R run --reference --shard 0").is_refusal(2, &["shard"]);
    let bad = shell(&desk, "$R run --reference --shard 0 2>/dev/full");
    assert_eq!(bad.code, 2, "{}", bad.out);
    assert!(bad.out.contains("error: "), "{}", bad.out);
    // Standard output has a report, and nothing else.
    let report = shell(&desk, &format!("{FAILS} --report json=- 2>/dev/full"));
    assert_eq!(report.code, 1, "{}", report.out);
    serde_json::from_str::<serde_json::Value>(&report.out).expect("JSON");
}

#[test]
fn a_closed_stream_changes_no_verdict() {
    let desk = Desk::new();
    for closed in [">&-", "2>&-", ">&- 2>&-", "<&-"] {
        let done = shell(&desk, &format!("{FAILS} --report json=r.json {closed}"));
        assert_eq!(done.code, 1, "{closed}: {}{}", done.out, done.err);
        assert!(
            desk.read("r.json").contains("\"error/reported\""),
            "{closed}"
        );
    }
}
