//! Cases played again: those that do not pass, and those that failed last; no new case after too many failures.

mod desk;

use std::fs;
use std::process::Command;

use desk::{Desk, Done, RICSPEC};
use serde_json::Value;

/// What `error/document` fails for.
const MUTANT: &str = "error-without-message";

impl Desk {
    /// Checks a runtime that is the mutant as long as this shell command succeeds, otherwise the reference.
    fn check(&self, broken_if: &str, more: &[&str]) -> Done {
        let script = format!(
            "echo >> plays; if {broken_if}; then exec {RICSPEC} reference --mutant {MUTANT}; fi; exec {RICSPEC} reference"
        );
        let mut command = Command::new(RICSPEC);
        command
            .args(["run", "--report", "json=r.json", "--report", "junit=r.xml"])
            .args(more)
            .args(["--", "sh", "-c", &script]);
        Done::of(self.place(&mut command))
    }

    fn report(&self) -> Value {
        serde_json::from_str(&self.read("r.json")).expect("JSON")
    }

    /// The ids of the cases that were played or planned.
    fn ids(&self) -> Vec<String> {
        let report = self.report();
        let cases = report["cases"].as_array().expect("cases").iter();
        cases
            .map(|case| case["id"].as_str().expect("an id").to_owned())
            .collect()
    }
}

const ONE: [&str; 2] = ["--filter", "error/document"];

/// In the first play after the probe.
const AT_FIRST: &str = "[ $(wc -l < plays) = 2 ]";

#[track_caller]
fn check_schema(report: &Value) {
    let schema = include_str!("../specs/schemas/report.schema.json");
    let schema = serde_json::from_str(schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let faults: Vec<String> = validator
        .iter_errors(report)
        .map(|fault| fault.to_string())
        .collect();
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn a_case_that_passes_when_it_is_played_again_is_flaky() {
    let desk = Desk::new();
    let transcripts = [
        "--retries",
        "2",
        "--transcripts",
        "transcripts",
        "--report",
        "html=r.html",
        "--report",
        "github=r.txt",
    ];
    let done = desk.check(AT_FIRST, &[&ONE[..], &transcripts].concat());
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert!(done.out.contains("flaky"), "{}", done.out);
    let report = desk.report();
    check_schema(&report);
    assert_eq!(report["summary"]["flaky"], 1);
    let case = &report["cases"][0];
    assert_eq!(
        (&case["verdict"], &case["counts"]),
        (&Value::from("flaky"), &Value::from(false))
    );
    let reason = case["reason"].as_str().expect("a reason");
    assert!(
        reason.starts_with("it passed in play 2, and not before: ERR-"),
        "{reason}"
    );
    let junit = desk.read("r.xml");
    assert!(
        junit.contains("<flakyFailure") && junit.contains("failures=\"0\""),
        "{junit}"
    );
    assert!(desk.read("r.html").contains("flaky"));
    assert!(
        desk.read("r.txt").contains("::warning title=flaky"),
        "{}",
        desk.read("r.txt")
    );
    // The bytes that prove the failure are kept.
    let mut judge = Command::new(RICSPEC);
    let judged = Done::of(desk.place(judge.args(["judge", "transcripts"])));
    assert_eq!(judged.code, 1, "{}{}", judged.out, judged.err);
}

#[test]
fn a_flaky_case_fails_a_strict_run() {
    let desk = Desk::new();
    let done = desk.check(
        AT_FIRST,
        &[&ONE[..], &["--retries", "1", "--strict"]].concat(),
    );
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    assert!(done.out.contains("1 case is flaky"), "{}", done.out);
    assert!(
        desk.read("r.xml").contains("<failure"),
        "{}",
        desk.read("r.xml")
    );
}

#[test]
fn a_case_that_never_passes_fails() {
    let desk = Desk::new();
    let done = desk.check("true", &[&ONE[..], &["--retries", "2"]].concat());
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    let report = desk.report();
    let case = &report["cases"][0];
    assert_eq!(case["verdict"], "fail");
    assert_eq!(case["reason"], "it passed in none of 3 plays");
    // The probe comes before them.
    assert_eq!(desk.read("plays").lines().count(), 4);
}

#[test]
fn a_known_failure_is_not_played_again() {
    let desk = Desk::new();
    desk.write(
        "known.toml",
        "[[known]]\ncase = 'error/document'\ncode = 'missing-member'\nreason = 'made so'\n",
    );
    let retries = ["--retries", "5", "--baseline", "known.toml"];
    let done = desk.check("true", &[&ONE[..], &retries].concat());
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert_eq!(desk.read("plays").lines().count(), 2);
}

#[test]
fn tests_of_a_crate_are_played_again_as_well() {
    let desk = Desk::new();
    let script = format!(
        "echo >> plays; if {AT_FIRST}; then exec {RICSPEC} reference --mutant {MUTANT}; fi; exec {RICSPEC} reference"
    );
    let config = |strict: bool| {
        fs::remove_file(desk.path().join("plays")).ok();
        let text = format!("retries = 1\nstrict = {strict}\ncommand = ['sh', '-c', '{script}']\n");
        desk.write("ricspec.toml", &text);
        let mut command = Command::new(RICSPEC);
        command.args(["test", "--exact", "error/document"]);
        Done::of(desk.place(&mut command)).code
    };
    assert_eq!(config(false), 0);
    assert_ne!(config(true), 0);
}

/// A runtime that is broken as long as a file exists.
const WHILE_THERE: &str = "[ -f broken ]";

const AREA: [&str; 6] = [
    "--filter",
    "error/document",
    "--filter",
    "context/trace_in_each_turn",
    "--jobs",
    "1",
];

#[test]
fn what_failed_last_is_played_alone() {
    let desk = Desk::new();
    desk.write("broken", "");
    let with = |more: &[&str]| desk.check(WHILE_THERE, &[&AREA[..], more].concat());
    let again = "remembers no failure of this target";
    let first = with(&["--last-failed"]);
    assert!(first.out.contains(again), "{}", first.out);
    let all = desk.ids();
    let report = desk.report();
    let cases = report["cases"].as_array().expect("cases").iter();
    let failed: Vec<&str> = cases
        .filter(|case| case["verdict"] == "fail")
        .filter_map(|case| case["id"].as_str())
        .collect();
    assert!(
        !failed.is_empty() && failed.len() < all.len(),
        "{failed:?} of {all:?}"
    );

    let second = with(&["--last-failed"]);
    assert_eq!(second.code, 1, "{}{}", second.out, second.err);
    assert_eq!(desk.ids(), failed);

    let third = with(&["--failed-first"]);
    let line = third.out.lines().next().expect("a line");
    assert!(
        line.contains(failed[0]) && line.starts_with("fail"),
        "{}",
        third.out
    );
    assert_eq!(desk.ids(), all);

    // Cases that were not played stay remembered.
    with(&["--skip", failed[0]]);
    assert_eq!(with(&["--last-failed"]).code, 1);
    fs::remove_file(desk.path().join("broken")).expect("it is there");
    assert_eq!(with(&["--last-failed"]).code, 0);
    assert_eq!(desk.ids(), failed);
    let last = with(&["--last-failed"]);
    assert!(last.out.contains(again), "{}", last.out);
    assert_eq!(desk.ids(), all);
    let kept = fs::read_dir(desk.path().join(".cache/ricspec/last")).expect("a folder");
    assert_eq!(kept.count(), 0);
    assert!(!desk.path().join("ricspec").exists());
}

#[test]
fn a_broken_memory_is_as_good_as_none() {
    let desk = Desk::new();
    desk.write("broken", "");
    desk.check(WHILE_THERE, &AREA);
    for entry in fs::read_dir(desk.path().join(".cache/ricspec/last")).expect("a folder") {
        fs::write(entry.expect("an entry").path(), "{").expect("it is written");
    }
    let done = desk.check(WHILE_THERE, &[&AREA[..], &["--last-failed"]].concat());
    assert!(
        done.out.contains("no failure of this target"),
        "{}",
        done.out
    );
    assert_eq!(done.code, 1);
}

#[test]
fn no_case_begins_after_too_many_failures() {
    let desk = Desk::new();
    let area = ["--filter", "error", "--jobs", "1", "--max-fail", "2"];
    let done = desk.check("true", &area);
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    let report = desk.report();
    let cases = report["cases"].as_array().expect("cases").iter();
    assert_eq!(cases.filter(|case| case["counts"] == true).count(), 2);
    let lines = || done.out.lines();
    let note = "cases not started: 2 cases failed, and --max-fail 2 was given";
    assert_eq!(
        lines().filter(|line| line.contains(note)).count(),
        1,
        "{}",
        done.out
    );
    assert!(
        !lines().any(|line| line.starts_with("skip ")),
        "{}",
        done.out
    );
}

#[test]
fn numbers_that_mean_nothing_are_refused() {
    let desk = Desk::new();
    let none = desk.check("true", &["--max-fail", "0"]);
    none.is_refusal(2, &["--max-fail must be at least 1"]);
    desk.write("ricspec.toml", "repeat = 3\n");
    let both = desk.check("true", &["--retries", "1"]);
    both.is_refusal(2, &["--repeat and --retries exclude each other"]);
}
