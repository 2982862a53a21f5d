//! The parts of a run, merged; and two runs, compared.

use serde_json::Value;

use super::{Desk, check_valid, json};

/// What a run shows, without times: names of cases and all that says how they ended.
fn essence(report: &Value) -> Value {
    let mut report = report.clone();
    let of_run = ["summary", "reproduce"];
    for name in of_run {
        report.as_object_mut().expect("an object").remove(name);
    }
    for case in report["cases"].as_array_mut().expect("cases") {
        let case = case.as_object_mut().expect("a case");
        for name in ["duration_ms", "transcript", "margins", "output"] {
            case.remove(name);
        }
        for finding in case["findings"].as_array_mut().expect("findings") {
            finding
                .as_object_mut()
                .expect("a finding")
                .remove("evidence");
        }
    }
    report
}

/// The words that merge these reports.
fn merge<'a>(files: &[&'a str]) -> Vec<&'a str> {
    [&["merge"], files, &["--report", "json=merged.json"]].concat()
}

const MUTANT: [&str; 8] = [
    "run",
    "--reference",
    "--mutant",
    "next-with-body",
    "--filter",
    "next/i*",
    "--filter",
    "next/five*",
];

#[test]
fn five_shards_are_the_whole_run() {
    let desk = Desk::new();
    desk.write(
        "known.toml",
        "[[known]]\ncase = \"next/five_in_a_row\"\ncode = \"body-on-next\"\nreason = \"x\"\n",
    );
    let run = |more: &[&str], file: &str| {
        let report = format!("json={file}");
        let options = [
            &MUTANT[..],
            &["--baseline", "known.toml", "--report", &report],
            more,
        ]
        .concat();
        desk.ends(0, &options);
    };
    run(&[], "whole.json");
    let files: Vec<String> = (1..=5).map(|part| format!("{part}.json")).collect();
    for (index, file) in files.iter().enumerate() {
        run(&["--shard", &format!("{}/5", index + 1)], file);
    }
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    desk.ends(0, &merge(&files));
    let (whole, merged) = (
        json(&desk.read("whole.json")),
        json(&desk.read("merged.json")),
    );
    assert_eq!(essence(&whole), essence(&merged));
    check_valid("specs/schemas/report.schema.json", &merged);
    let four = desk.ends(3, &merge(&files[..4]));
    assert!(four.out.contains("in no shard"), "{}", four.out);
    let twice = [&files[..], &["1.json"]].concat();
    desk.ricspec(&merge(&twice))
        .is_refusal(2, &["more than one shard"]);
}

#[test]
fn a_comparison_names_what_was_planted() {
    let desk = Desk::new();
    let run = |more: &[&str], file: &str| {
        let report = format!("json={file}");
        let options = ["run", "--reference", "--report", &report];
        let done = desk.ricspec(&[&options[..], more].concat());
        assert!(done.code < 2, "{}", done.err);
    };
    let two = [
        "--filter",
        "next/five_in_a_row",
        "--filter",
        "error/document",
    ];
    run(&two, "good.json");
    run(
        &[&two[..], &["--mutant", "next-with-body"]].concat(),
        "bad.json",
    );
    run(
        &[
            "--filter",
            "next/five_in_a_row",
            "--filter",
            "error/reported",
        ],
        "other.json",
    );
    let same = desk.ends(0, &["compare", "good.json", "good.json"]);
    assert!(
        same.out
            .contains("0 worse, 0 better, 0 new, 0 gone, 2 the same"),
        "{}",
        same.out
    );
    let worse = desk.ends(1, &["compare", "good.json", "bad.json", "--format", "json"]);
    let worse = json(&worse.out);
    check_valid("specs/schemas/comparison.schema.json", &worse);
    assert!(
        worse["worse"].as_array().is_some_and(|all| !all.is_empty()),
        "{worse}"
    );
    assert_eq!(worse["worse"][0]["added"][0]["code"], "body-on-next");
    desk.ends(0, &["compare", "bad.json", "good.json"]);
    let other = desk.ends(
        0,
        &["compare", "good.json", "other.json", "--format", "markdown"],
    );
    for part in ["**new**", "error/reported", "**gone**", "error/document"] {
        assert!(other.out.contains(part), "{part}: {}", other.out);
    }
}

#[test]
fn a_fleet_says_which_shard_this_is() {
    let desk = Desk::new();
    let part = |index: &str| {
        let mut command = std::process::Command::new(super::RICSPEC);
        command
            .args(MUTANT)
            .args(["--shard", "auto", "--report", "json=r.json"]);
        command
            .env("TEST_SHARD_INDEX", index)
            .env("TEST_TOTAL_SHARDS", "3");
        command.env("TEST_SHARD_STATUS_FILE", "status");
        let done = super::Done::of(desk.place(&mut command));
        assert_eq!(done.code, 0, "{}", done.err);
        json(&desk.read("r.json"))["cases"]
            .as_array()
            .expect("cases")
            .clone()
    };
    let (first, last) = (part("0"), part("2"));
    assert!(!first.is_empty() && first != last);
    assert!(desk.path().join("status").is_file());
    desk.ricspec(&[&MUTANT[..], &["--shard", "auto"]].concat())
        .is_refusal(2, &["TEST_SHARD_INDEX", "JOB_COMPLETION_INDEX"]);
}
