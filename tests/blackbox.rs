//! Functions that are not fixtures: which cases can be tried with them, that faults are found, and that the function is not
//! blamed.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const RICSPEC: &str = env!("CARGO_BIN_EXE_ricspec");

/// The number that issue 5 asks for.
const CASES_MIN: usize = 40;

/// A folder with events in it.
struct Desk(TempDir);

/// The result of a run.
struct Done {
    code: Option<i32>,
    report: Value,
    text: String,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let write =
            |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
        // The reference runtime runs a fixture; for it these are events that fail, succeed and end it.
        write("ordinary.json", "{\"name\": \"any\"}");
        write(
            "echo.json",
            "{\"ricspec\": 1, \"do\": \"echo\", \"value\": {\"hello\": 1}}",
        );
        write(
            "exit.json",
            "{\"ricspec\": 1, \"do\": \"exit\", \"code\": 3}",
        );
        write("broken.json", "{\"name\":\n");
        Self(folder)
    }

    fn ricspec(&self, arguments: &[&str]) -> Output {
        Command::new(RICSPEC)
            .args(arguments)
            .current_dir(self.0.path())
            .output()
            .expect("ricspec runs")
    }

    fn run(&self, arguments: &[&str]) -> Done {
        let usual = [
            "run",
            "--color",
            "never",
            "--time-scale",
            "3",
            "--report",
            "json=report.json",
        ];
        let output = self.ricspec(&[&usual, arguments].concat());
        let report = fs::read_to_string(self.0.path().join("report.json")).unwrap_or_default();
        let said = [output.stdout.as_slice(), &output.stderr].concat();
        Done {
            code: output.status.code(),
            report: serde_json::from_str(&report).unwrap_or_default(),
            text: String::from_utf8_lossy(&said).into_owned(),
        }
    }
}

impl Done {
    /// The ids of the cases with this verdict.
    fn with(&self, verdict: &str) -> BTreeSet<String> {
        let cases = self.report["cases"].as_array().expect("cases");
        let such = cases.iter().filter(|case| case["verdict"] == verdict);
        such.filter_map(|case| case["id"].as_str().map(str::to_owned))
            .collect()
    }

    fn requirements(&self) -> BTreeSet<&str> {
        let cases = self.report["cases"].as_array().expect("cases");
        let findings = cases.iter().filter_map(|case| case["findings"].as_array());
        findings
            .flatten()
            .filter_map(|finding| finding["requirement"].as_str())
            .collect()
    }
}

/// It makes no difference whether the function fails or succeeds.
#[test]
fn the_reference_runtime_passes_all_that_applies() {
    let desk = Desk::new();
    // What takes long is played with the fixture, and is no different here.
    let usual = ["--reference", "--strict", "--profile", "quick"];
    let failing = desk.run(&[&usual[..], &["--no-fixture"]].concat());
    let events = ["--event", "echo.json", "--event", "ordinary.json"];
    let working = desk.run(&[&usual[..], &events].concat());
    for done in [&failing, &working] {
        assert_eq!(done.code, Some(0), "{}", done.text);
    }
    assert_eq!(failing.with("pass"), working.with("pass"));
    let (applies, skipped) = (working.with("pass").len(), working.with("skip").len());
    println!("{applies} cases apply to a function that is not a fixture, {skipped} do not");
    assert!(applies >= CASES_MIN, "{applies}");
}

#[test]
fn mutants_are_caught() {
    let desk = Desk::new();
    let check = |mutant: &str, requirement: &str| {
        let options = ["--reference", "--mutant", mutant, "--event", "echo.json"];
        let areas = [
            "--filter",
            "boot/first*",
            "--filter",
            "response",
            "--filter",
            "next/*ve*",
            "--filter",
            "lifecycle/eight*",
        ];
        let done = desk.run(&[&options[..], &areas].concat());
        assert_eq!(done.code, Some(1), "{mutant}: {}", done.text);
        assert!(
            done.requirements().contains(requirement),
            "{mutant}: {:?}",
            done.requirements()
        );
    };
    check("posts-twice", "RESP-02");
    check("posts-previous-id", "NEXT-05");
    check("process-exits", "LIFE-01");
    check("late-early-poll", "NEXT-10");
}

#[test]
fn recordings_are_judged_as_they_were_played() {
    let desk = Desk::new();
    let options = [
        "--event",
        "echo.json",
        "--filter",
        "next/*event",
        "--transcripts",
        "records",
    ];
    let command = ["--", RICSPEC, "reference"];
    let done = desk.run(&[&options[..], &command].concat());
    assert_eq!(done.code, Some(0), "{}", done.text);
    let judged = desk.ricspec(&["judge", "--strict", "records"]);
    let lines = String::from_utf8_lossy(&judged.stdout).lines().count();
    assert_eq!(
        (judged.status.code(), lines),
        (Some(0), done.with("pass").len())
    );
}

/// It cannot be known whether the runtime or the function ended the process.
#[test]
fn a_function_that_does_not_answer_is_no_fault_of_the_runtimes() {
    let desk = Desk::new();
    let done = desk.run(&[
        "--event",
        "echo.json",
        "--event",
        "exit.json",
        "--",
        RICSPEC,
        "reference",
    ]);
    assert_eq!(done.code, Some(3), "{}", done.text);
    let said = "the function gave no answer to event 2: the process exited with code 3";
    assert!(done.text.contains(said), "{}", done.text);
    let done = desk.run(&[
        "--no-fixture",
        "--env",
        "RICSPEC_INIT=fail",
        "--",
        RICSPEC,
        "reference",
    ]);
    assert_eq!(done.code, Some(3), "{}", done.text);
    assert!(
        done.text.contains("its initialisation failed with"),
        "{}",
        done.text
    );
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let desk = Desk::new();
    let check = |options: &[&str], says: &str| {
        let done = desk.run(options);
        assert_eq!(done.code, Some(2), "{}", done.text);
        assert!(done.text.contains(says), "{}", done.text);
    };
    check(
        &["--reference", "--event", "broken.json"],
        "--event broken.json:2: an event must be JSON: EOF",
    );
    check(&["--reference", "--event", "none.json"], "none.json");
    check(
        &["--image", "any", "--fixture", "go"],
        "--fixture go: this fixture must be built",
    );
    check(
        &["--image", "any", "--fixture", "latin"],
        "--fixture latin: no such fixture; fixtures that need no build: lua",
    );
    check(
        &["--image", "any", "--fixture", "node", "--no-fixture"],
        "cannot be used with",
    );
    check(&["--reference", "--fixture", "node"], "needs --image");
    fs::write(desk.0.path().join("ricspec.toml"), "no-fixture = true\n").expect("a file");
    check(
        &["--image", "any", "--fixture", "node"],
        "leave out one side",
    );
}
