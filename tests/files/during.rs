//! Files during a run: no drafts stay, nothing is lost, and runtimes may get in the way.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::RICSPEC;
use super::outputs::is_report;
use crate::desk::Desk;

/// A shell runtime that first does this.
fn runtime(desk: &Desk, script: &str) -> Vec<String> {
    let text = format!("#!/bin/sh\n{script}\nexec {RICSPEC} reference\n");
    desk.write("bootstrap", &text).set_mode("bootstrap", 0o755);
    let run = ["run", "--cases", "cases", "--filter", "mine"];
    let target = ["--", "./bootstrap"];
    let outputs = ["--report", "json=out/r.json", "--transcripts", "t"];
    let words = [&run[..], &outputs, &target].concat();
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[track_caller]
fn run(desk: &Desk, words: &[String]) -> crate::desk::Done {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    desk.ricspec(&words)
}

#[test]
fn nothing_lies_about_during_a_run() {
    let desk = Desk::with_case();
    let words = runtime(&desk, "find . | sort >seen");
    let mut before = desk.names();
    assert_eq!(run(&desk, &words).code, 0);
    let seen = desk.read("seen");
    let mut seen: Vec<&str> = seen
        .lines()
        .filter_map(|line| line.strip_prefix("./"))
        .collect();
    before.extend(["out", "seen", "t"].map(str::to_owned));
    before.sort();
    seen.sort_unstable();
    assert_eq!(seen, before, "no draft, and no report before its time");
    let mut after = before;
    after.extend(["out/r.json", "t/mine", "t/mine/echo.json"].map(str::to_owned));
    after.sort();
    assert_eq!(desk.names(), after, "and no draft afterwards");
}

#[test]
fn what_is_killed_leaves_nothing_behind() {
    let desk = Desk::with_case();
    let words = runtime(&desk, "kill -KILL $PPID");
    let before = desk.names();
    let mut command = Command::new(RICSPEC);
    let status = desk
        .place(command.args(&words))
        .stdout(Stdio::null())
        .status();
    let status = status.expect("it starts");
    assert_eq!(status.code(), None, "a signal ended it");
    let mut after = desk.names();
    after.retain(|name| !["out", "t"].contains(&name.as_str()));
    assert_eq!(after, before);
}

#[test]
fn a_transcript_that_cannot_be_written_is_said() {
    let desk = Desk::with_case();
    // It gets in the way after the places have been checked.
    let words = runtime(&desk, "[ -e t/mine ] || : >t/mine");
    let done = run(&desk, &words);
    done.is_refusal(
        3,
        &["1 of 1 transcripts are not kept", "`t/mine/echo.json`"],
    );
    assert!(done.out.contains("1 pass"), "{}", done.out);
    is_report(&desk.read("out/r.json"));
    assert!(desk.read("out/r.json").contains("transcripts are not kept"));
    // A transcript is private, so it goes only into a file.
    let desk = Desk::with_case();
    let words = runtime(
        &desk,
        "[ -e t/mine ] || { mkdir t/mine; mkfifo t/mine/echo.json; }",
    );
    let done = run(&desk, &words);
    done.is_refusal(
        3,
        &["1 of 1 transcripts are not kept", "not a regular file"],
    );
}

#[test]
fn a_report_whose_place_is_taken_is_said() {
    let desk = Desk::with_case();
    let words = runtime(&desk, "mkdir -p out/r.json");
    let done = run(&desk, &words);
    done.is_refusal(
        3,
        &["cannot write `out/r.json`", "no longer a regular file"],
    );
    assert!(!done.out.contains("all as expected"), "{}", done.out);
    assert!(desk.path().join("t/mine/echo.json").exists());
}

#[test]
fn a_folder_that_a_runtime_takes_away_is_made_again() {
    let desk = Desk::with_case();
    let words = runtime(&desk, "rm -rf out t");
    let done = run(&desk, &words);
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    is_report(&desk.read("out/r.json"));
    assert!(desk.path().join("t/mine/echo.json").exists());
}

#[test]
fn a_runtime_that_deletes_its_own_folder_is_one_message() {
    let desk = Desk::with_case();
    for name in ["two", "three"] {
        let case = super::ECHO.replace("mine/echo", &format!("mine/{name}"));
        desk.write(&format!("cases/mine/{name}.json"), &case);
    }
    desk.write("function/x", "");
    // The probe comes first.
    let script =
        format!("[ ! -e ../probed ] || rm -r ../function; : >../probed; exec {RICSPEC} reference");
    desk.write("function/bootstrap", &format!("#!/bin/sh\n{script}\n"));
    desk.set_mode("function/bootstrap", 0o755);
    let run = ["run", "--cases", "cases", "--filter", "mine", "--jobs", "1"];
    let more = ["--report", "json=r.json", "--task-root", "function"];
    let target = ["--", "function/bootstrap"];
    let done = desk.ricspec(&[&run[..], &more, &target].concat());
    done.is_refusal(
        3,
        &[
            "disappeared while `mine/",
            "3 cases could not be judged",
            "put them back",
        ],
    );
    let report: Value = serde_json::from_str(&desk.read("r.json")).expect("JSON");
    assert_eq!(report["summary"]["error"], 0, "none is ours");
    assert_eq!(
        report["summary"]["skip"], 3,
        "none is blamed for what Lambda forbids"
    );
    assert_eq!(report["exit_code"], 3);
    assert!(done.out.contains("has deleted it"), "{}", done.out);
}

#[test]
fn a_runtime_that_deletes_its_own_program_is_one_message() {
    let desk = Desk::with_case();
    let words = runtime(&desk, "rm \"$0\"");
    let done = run(&desk, &words);
    done.is_refusal(3, &["bootstrap` is gone", "deleted it"]);
    // As a test, this is a failure; the test is not left out.
    let desk = Desk::with_case();
    runtime(&desk, "[ ! -e probed ] || rm \"$0\"; : >probed");
    let text = "command = [\"./bootstrap\"]\ncases = [\"cases\"]\nfilter = [\"mine\"]\n";
    desk.write("ricspec.toml", text);
    let done = desk.ricspec(&["test"]);
    assert_eq!(done.code, 101, "{}{}", done.out, done.err);
    assert!(done.out.contains("has deleted it"), "{}", done.out);
}

#[test]
fn a_matrix_loses_nothing_silently() {
    let desk = Desk::with_case();
    let target = |name: &str, script: &str| {
        let text = format!("#!/bin/sh\n{script}\nexec {RICSPEC} reference\n");
        desk.write(&format!("{name}/bootstrap"), &text);
        desk.set_mode(&format!("{name}/bootstrap"), 0o755);
        format!(
            "[[target]]\nname = \"{name}\"\nlanguage = \"none\"\ntask_root = \"{name}\"\n\
             command = [\"./bootstrap\"]\nbaseline = \"{name}.toml\"\n"
        )
    };
    let whole = target("whole", ":");
    let lossy = target("lossy", "mkdir -p ../t/lossy; : >../t/lossy/mine");
    desk.write("ricspec.toml", &(whole + &lossy));
    desk.fifo("fifo");
    let matrix = [
        "matrix",
        "--cases",
        "cases",
        "--filter",
        "mine",
        "--transcripts",
        "t",
    ];
    let reports = ["--report", "json=m.json", "--report", "junit=/dev/full"];
    let done = desk.ricspec(&[&matrix[..], &reports].concat());
    assert_eq!(done.code, 3, "{}{}", done.out, done.err);
    for part in [
        "lossy: 1 of 1 transcripts are not kept",
        "cannot write `/dev/full`",
    ] {
        assert!(done.err.contains(part), "{part}: {}", done.err);
    }
    let last = done.out.lines().last().unwrap_or_default();
    assert!(last.starts_with("exit 3: "), "{last}");
    assert!(last.ends_with("1 report not written"), "{last}");
    let report: Value = serde_json::from_str(&desk.read("m.json")).expect("JSON");
    assert_eq!(report["exit_code"], 3);
    assert_eq!(desk.mode("t/whole/mine/echo.json"), 0o600);
    for name in ["whole", "lossy"] {
        let note = format!("{name}.toml` yet");
        assert!(done.out.contains(&note), "{note}: {}", done.out);
    }
}
