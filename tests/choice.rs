//! Which cases are played: by name, by the last failures, and by the command in a report.

mod desk;

use std::env;
use std::path::Path;
use std::process::Command;

use desk::{Desk, Done, RICSPEC};
use serde_json::Value;

impl Desk {
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Done {
        Done::of(self.place(Command::new(RICSPEC).args(arguments)))
    }

    fn report(&self, path: &str) -> Value {
        serde_json::from_str(&self.read(path)).expect("JSON")
    }
}

const REFERENCE: [&str; 2] = ["run", "--reference"];

#[track_caller]
fn check_note(arguments: &[&str], code: i32, note: &str) {
    let done = Desk::new().run(arguments);
    let told = format!("{}{}", done.out, done.err);
    assert_eq!(done.code, code, "{told}");
    assert!(told.contains(note), "{told}");
}

#[test]
fn a_filter_that_matches_nothing_says_what_may_be_meant() {
    let with = |glob| [&REFERENCE[..], &["--filter", glob]].concat();
    let requirement = "note: `RE-06` matches no case; did you mean `";
    check_note(&with("RE-06"), 4, requirement);
    let area = "note: `eror/*` matches no case; did you mean `error/*`?\n";
    check_note(&with("eror/*"), 4, area);
    let case = "note: `error/documnt` matches no case; did you mean `error/document`?\n";
    check_note(&with("error/documnt"), 4, case);
    check_note(&["list", "--filter", "eror/*"], 4, area);
    check_note(&["list", "RE-06", "--json"], 4, requirement);
}

#[test]
fn a_filter_takes_requirements() {
    let desk = Desk::new();
    let ids = |arguments: &[&str]| {
        let done = desk.run(arguments);
        assert_eq!(done.code, 0, "{}{}", done.out, done.err);
        let list: Value = serde_json::from_str(&done.out).expect("JSON");
        let cases = list["cases"].as_array().expect("cases").clone();
        for case in &cases {
            let named = case["requirements"].as_array().expect("requirements");
            assert!(named.iter().any(|id| id == "RESP-06"), "{case}");
        }
        cases.len()
    };
    let listed = ids(&["list", "--filter", "RESP-06", "--json"]);
    assert!(listed > 0);
    assert_eq!(ids(&["list", "RESP-06", "--json"]), listed);
    let filter = ["--filter", "RESP-06", "--report", "json=r.json"];
    let done = desk.run(&[&REFERENCE[..], &filter].concat());
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    let played = desk.report("r.json")["cases"]
        .as_array()
        .expect("cases")
        .len();
    assert!(played > 0 && played <= listed, "{played} of {listed}");
}

#[test]
fn none_at_all_is_no_number_of_times() {
    let none = [&REFERENCE[..], &["--repeat", "0"]].concat();
    let done = Desk::new().run(&none);
    done.is_refusal(2, &["--repeat must be at least 1"]);
}

/// A case of the user's own, in an area of two words so that shells need quotes.
const MINE: &str = r#"{
  "$schema": "case.schema.json", "id": "mine/env", "title": "It tells", "why": "To see it.",
  "requirements": ["RESP-03"],
  "steps": [
    {"serve": {"event": {"json": {"ricspec": 1, "do": "env", "names": ["TOKEN"]}}}},
    {"expect": {"call": "response", "cites": "RESP-01", "checks": [
      {"cites": "RESP-03", "rule": {"equals": {"at": "/TOKEN", "value": "nothing"}}}
    ]}}
  ]
}"#;

/// A folder in which every name needs quotes.
fn odd_desk() -> Desk {
    let desk = Desk::new();
    desk.write("my cases/mine/env.json", MINE)
        .write("my task/x", "")
        .write("known $failures.toml", "")
        .write("set tings.toml", "skip = ['image']\ntime-scale = 50.0\n");
    desk
}

/// A run with all options that a report's command must repeat.
fn first_run(desk: &Desk) -> Done {
    let script = format!("echo \"it's $TOKEN\" >&2; exec {RICSPEC} reference");
    let mut command = Command::new(RICSPEC);
    command
        .args(["run", "--cases", "my cases", "--filter", "mine"])
        .args([
            "--report",
            "json=r.json",
            "--env",
            TOKEN,
            "--task-root",
            "my task",
        ])
        .args([
            "--baseline",
            "known $failures.toml",
            "--seed",
            "7",
            "--time-scale",
            "2.5",
        ])
        .args([
            "--startup-timeout",
            "20",
            "--config",
            "set tings.toml",
            "--strict",
        ])
        .args(["--repeat", "2", "--jobs", "2", "--", "sh", "-c", &script]);
    Done::of(desk.place(&mut command))
}

const TOKEN: &str = "TOKEN=hunter2-of-the-test";

/// From the broken requirement to the bytes; the times differ.
fn finding(done: &Done) -> Vec<&str> {
    let lines = done
        .out
        .lines()
        .skip_while(|line| !line.contains("RESP-03"));
    lines.take_while(|line| !line.contains(" ms ")).collect()
}

#[test]
fn a_case_is_played_again_by_the_command_of_the_report() {
    let desk = odd_desk();
    let first = first_run(&desk);
    assert_eq!(first.code, 1, "{}{}", first.out, first.err);
    let report = desk.report("r.json");
    let reproduce = report["cases"][0]["reproduce"].as_str().expect("a command");
    for part in [
        "--time-scale 2.5",
        "--seed 7",
        "--repeat 2",
        "--startup-timeout 20",
        "--strict",
    ] {
        assert!(reproduce.contains(part), "{reproduce}");
    }
    let programs = Path::new(RICSPEC).parent().expect("a folder");
    let path = env::join_paths([programs, Path::new("/usr/bin"), Path::new("/bin")]);
    let mut shell = Command::new("sh");
    shell
        .args(["-c", reproduce])
        .env("PATH", path.expect("a path"));
    let unset = Done::of(desk.place(&mut shell));
    unset.is_refusal(2, &["--env TOKEN: it is not set here"]);
    let (name, value) = TOKEN.split_once('=').expect("a pair");
    let again = Done::of(desk.place(shell.env(name, value)));
    assert_eq!(again.code, first.code, "{}{}", again.out, again.err);
    assert_eq!(finding(&again), finding(&first));
    assert!(!finding(&first).is_empty(), "{}", first.out);
}

#[test]
fn the_target_of_a_configuration_is_left_to_it() {
    let desk = Desk::new();
    desk.write(
        "ricspec.toml",
        "reference = true\nmutant = 'error-without-message'\n",
    );
    let filter = [
        "run",
        "--filter",
        "error/document",
        "--report",
        "json=r.json",
    ];
    let done = desk.run(&filter);
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    let report = desk.report("r.json");
    let reproduce = &report["cases"][0]["reproduce"];
    assert_eq!(*reproduce, "ricspec run --filter error/document");
}
