//! Values of `--env` are the user's: no report, transcript or line of output contains one, and no verdict changes.

mod desk;

use std::fs;
use std::path::Path;
use std::process::Command;

use desk::{Desk, Done, RICSPEC};
use serde_json::Value;

const TOKEN: &str = "hunter2\"hunter2/\u{e9}";

/// The mask of [`TOKEN`] in its plain form.
const HIDDEN: &str = "*******\"*******/\u{b7}";

/// The runtime prints its environment instead of its usual text.
const TELLS: &str = r#"{
  "$schema": "case.schema.json", "id": "mine/tells", "title": "It tells", "why": "To see it.",
  "requirements": ["RESP-03"],
  "steps": [
    {"serve": {"event": {"json": {"ricspec": 1, "do": "env", "names": ["TOKEN", "OTHER"]}}}},
    {"expect": {"call": "response", "cites": "RESP-01", "checks": [
      {"cites": "RESP-03", "rule": {"equals": {"at": "/TOKEN", "value": "nothing"}}}
    ]}}
  ]
}"#;

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("cases/mine/tells.json", TELLS);
    desk
}

/// The reference runtime, which prints the value as well.
fn run(desk: &Desk, more: &[&str]) -> Done {
    let script = format!("echo \"token $TOKEN\" >&2; exec {RICSPEC} reference");
    let mut command = Command::new(RICSPEC);
    command
        .args(["run", "--cases", "cases", "--transcripts", "transcripts"])
        .args(more)
        .args(["--", "sh", "-c", &script]);
    Done::of(desk.place(&mut command).env("TOKEN", TOKEN))
}

fn files_below(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => texts.extend(files_below(&path)),
            false => texts.push(fs::read_to_string(&path).expect("text")),
        }
    }
    texts
}

#[track_caller]
fn shows_nothing(text: &str) {
    let lower = text.to_lowercase();
    assert!(!lower.contains("hunter2"), "{text}");
}

const REPORTS: [&str; 10] = [
    "--report",
    "json=out/r.json",
    "--report",
    "junit=out/r.xml",
    "--report",
    "html=out/r.html",
    "--report",
    "markdown=out/r.md",
    "--report",
    "github=out/r.txt",
];

#[test]
fn a_value_is_in_no_report_and_no_transcript() {
    let desk = desk();
    let pair = format!("TOKEN={TOKEN}");
    let wanted = ["--filter", "mine", "--env", &pair, "--env", "OTHER=short"];
    let done = run(&desk, &[&wanted[..], &REPORTS].concat());
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    for text in [&done.out, &done.err] {
        shows_nothing(text);
    }
    let mut texts = files_below(&desk.path().join("out"));
    assert_eq!(texts.len(), 5);
    texts.extend(files_below(&desk.path().join("transcripts")));
    assert_eq!(texts.len(), 6);
    texts.iter().for_each(|text| shows_nothing(text));
    let report: Value = serde_json::from_str(&desk.read("out/r.json")).expect("JSON");
    let case = &report["cases"][0];
    let output = case["output"].as_array().expect("lines");
    let printed = Value::from(format!("stderr: token {HIDDEN}"));
    assert!(output.contains(&printed), "{output:?}");
    let actual = case["findings"][0]["actual"].as_str().expect("words");
    assert!(actual.contains("*******"), "{actual}");
    let reproduce = case["reproduce"].as_str().expect("a command");
    assert!(
        reproduce.contains("--env TOKEN --env OTHER "),
        "{reproduce}"
    );
    let transcript: Value =
        serde_json::from_str(&desk.read("transcripts/mine/tells.json")).expect("JSON");
    assert_eq!(transcript["actors"][0]["env"]["TOKEN"], HIDDEN);
    assert_eq!(transcript["actors"][0]["env"]["OTHER"], "short");
}

#[test]
fn show_env_keeps_it() {
    let desk = desk();
    let done = run(&desk, &["--filter", "mine", "--env", "TOKEN", "--show-env"]);
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    assert!(done.out.contains("hunter2"), "{}", done.out);
    let transcript = desk.read("transcripts/mine/tells.json");
    let transcript: Value = serde_json::from_str(&transcript).expect("JSON");
    assert_eq!(transcript["actors"][0]["env"]["TOKEN"], TOKEN);
}

#[test]
fn a_masked_transcript_is_judged_as_the_run_was() {
    let desk = desk();
    // Parts of what every case is made of are not secret, whoever passes them; a runtime's own words may be.
    let env = [
        "TOKEN",
        "REGION=us-east-1",
        "TYPE=application/json",
        "LETTERS=xxxxxxxxxxxx",
        "HOST=127.0.0.1",
        "KIND=RicspecError",
        "NAME=fixture.handler",
        "AGENT=ricspec-reference",
        "WORDS=as asked to fail",
    ];
    let env: Vec<&str> = env.iter().flat_map(|text| ["--env", text]).collect();
    let filter = ["mine", "context", "error", "response/*large*"];
    let filter = filter.iter().flat_map(|glob| ["--filter", glob]);
    let mut wanted: Vec<&str> = filter.collect();
    wanted.extend(["--time-scale", "3", "--report", "json=r.json"]);
    let done = run(&desk, &[wanted, env].concat());
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    let report: Value = serde_json::from_str(&desk.read("r.json")).expect("JSON");
    let mut command = Command::new(RICSPEC);
    command.args(["judge", "transcripts", "--cases", "cases"]);
    let judged = Done::of(desk.place(&mut command));
    let cases = report["cases"].as_array().expect("cases");
    let mut compared = 0;
    for case in cases.iter().filter(|case| case["verdict"] != "skip") {
        let id = case["id"].as_str().expect("an id");
        let word = case["verdict"].as_str().expect("a verdict");
        let line = judged
            .out
            .lines()
            .find(|line| line.split_whitespace().nth(3) == Some(id));
        let line = line.unwrap_or_else(|| panic!("no {id} in {}", judged.out));
        assert!(line.starts_with(word), "{word}, and then {line}");
        compared += 1;
    }
    assert!(compared > 40, "{compared}");
}

#[test]
fn a_name_alone_takes_the_value_from_here() {
    let desk = desk();
    let done = run(&desk, &["--filter", "mine", "--env", "TOKEN"]);
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    let transcript = desk.read("transcripts/mine/tells.json");
    let transcript: Value = serde_json::from_str(&transcript).expect("JSON");
    assert_eq!(transcript["actors"][0]["env"]["TOKEN"], HIDDEN);
}

#[test]
fn a_name_that_is_not_set_is_refused() {
    let unset = run(&desk(), &["--filter", "mine", "--env", "RICSPEC_NOT_SET"]);
    unset.is_refusal(2, &["--env RICSPEC_NOT_SET: it is not set here"]);
    run(&desk(), &["--env", "=x"]).is_refusal(2, &["--env `=x`: write NAME=VALUE"]);
}

#[test]
fn values_of_the_configuration_are_masked_as_well() {
    let desk = desk();
    desk.write("ricspec.toml", "env = { OTHER = 'hunter2-of-the-file' }\n");
    let done = run(&desk, &["--filter", "mine"]);
    shows_nothing(&done.out);
    shows_nothing(&desk.read("transcripts/mine/tells.json"));
    let reproduce = done.out.lines().find(|line| line.contains("reproduce"));
    let reproduce = reproduce.expect("a command");
    assert!(!reproduce.contains("--env"), "{reproduce}");
}

#[test]
fn values_of_a_manifest_are_masked_as_well() {
    let desk = desk();
    desk.write(
        "runtimes/one/runtime.toml",
        "name = 'one'\nlanguage = 'rust'\ntask_root = '.'\ncommand = ['{ricspec}', 'reference']\n\
         env = { TOKEN = 'hunter2-of-the-manifest' }\n",
    );
    let check = |more: &[&str]| {
        let mut command = Command::new(RICSPEC);
        command
            .args([
                "matrix", "runtimes", "--cache", "cache", "--cases", "cases", "--filter", "mine",
            ])
            .args([
                "--transcripts",
                "transcripts",
                "--report",
                "json=r.json",
                "-v",
            ])
            .args(more);
        let done = Done::of(desk.place(&mut command));
        assert_eq!(done.code, 1, "{}{}", done.out, done.err);
        let transcript = desk.read("transcripts/one/mine/tells.json");
        [done.out, desk.read("r.json"), transcript]
    };
    check(&[]).iter().for_each(|text| shows_nothing(text));
    assert!(
        check(&["--show-env"])
            .iter()
            .all(|text| text.contains("hunter2"))
    );
}
