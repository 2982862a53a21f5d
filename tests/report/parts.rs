//! The parts of a run, merged; and two runs, compared.

use serde_json::Value;

use super::{Desk, PROFILES, check_valid, every_profile, json};

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

/// The cases of a report that are not in a profile, by id.
fn outside(report: &Value, profile: &str) -> Vec<String> {
    let cases = report["cases"].as_array().expect("cases");
    let outside = cases.iter().filter(|case| case["profile"] != profile);
    outside.map(|case| case["id"].to_string()).collect()
}

#[test]
fn five_shards_are_the_whole_run() {
    let desk = Desk::new();
    desk.write(
        "known.toml",
        "[[known]]\ncase = \"next/five_in_a_row\"\ncode = \"body-on-next\"\nreason = \"x\"\n",
    );
    let run = |more: &[&str], file: &str| {
        let report = format!("json={file}");
        let planted = ["--mutant", "next-with-body", "--baseline", "known.toml"];
        let options = [&every_profile()[..], &planted, &["--report", &report], more].concat();
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
    for profile in PROFILES.iter().filter(|name| **name != "slow") {
        let all = whole["cases"].as_array().expect("cases").len();
        assert!(outside(&whole, profile).len() < all, "{profile}: no case");
    }
    check_valid("specs/schemas/report.schema.json", &merged);
    let four = desk.ends(3, &merge(&files[..4]));
    assert!(four.out.contains("in no shard"), "{}", four.out);
    let twice = [&files[..], &["1.json"]].concat();
    desk.ricspec(&merge(&twice))
        .is_refusal(2, &["more than one shard"]);
}

/// The cases of a part of a comparison, each with the codes of its breaches.
fn changed(comparison: &Value, part: &str) -> Vec<(String, Vec<String>)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let changes = comparison[part].as_array().expect("a list");
    let codes = |change: &Value| {
        let added = change["added"].as_array().into_iter().flatten();
        added.map(|breach| text(&breach["code"])).collect()
    };
    let all = changes.iter();
    all.map(|change| (text(&change["case"]), codes(change)))
        .collect()
}

#[test]
fn a_comparison_names_what_was_planted() {
    let desk = Desk::new();
    let run = |more: &[&str], file: &str| {
        let report = format!("json={file}");
        let options = [&every_profile()[..], &["--report", &report], more].concat();
        let done = desk.ricspec(&options);
        assert!(done.code < 2, "{}", done.err);
    };
    run(&["--skip", "next/id_long"], "good.json");
    run(
        &["--skip", "next/id_long", "--mutant", "stream-without-mode"],
        "bad.json",
    );
    run(&["--skip", "managed"], "other.json");
    let same = desk.ends(0, &["compare", "good.json", "good.json"]);
    assert!(
        same.out.contains("0 worse, 0 better, 0 new, 0 gone"),
        "{}",
        same.out
    );
    let worse = desk.ends(1, &["compare", "good.json", "bad.json", "--format", "json"]);
    let worse = json(&worse.out);
    check_valid("specs/schemas/comparison.schema.json", &worse);
    let codes = vec!["missing-header".to_owned()];
    let planted = [("streaming/says_that_it_streams".to_owned(), codes)];
    assert_eq!(changed(&worse, "worse"), planted);
    for part in ["better", "new", "gone"] {
        assert!(changed(&worse, part).is_empty(), "{part}");
    }
    let better = desk.ends(0, &["compare", "bad.json", "good.json", "--format", "json"]);
    assert_eq!(changed(&json(&better.out), "better").len(), planted.len());
    let other = desk.ends(
        0,
        &["compare", "good.json", "other.json", "--format", "markdown"],
    );
    for part in ["**new**", "next/id\\_long", "**gone**", "managed/answers"] {
        assert!(other.out.contains(part), "{part}: {}", other.out);
    }
}

const FEW: [&str; 6] = [
    "run",
    "--reference",
    "--filter",
    "next/i*",
    "--filter",
    "next/five*",
];

#[test]
fn a_fleet_says_which_shard_this_is() {
    let desk = Desk::new();
    let part = |index: &str| {
        let mut command = std::process::Command::new(super::RICSPEC);
        command
            .args(FEW)
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
    desk.ricspec(&[&FEW[..], &["--shard", "auto"]].concat())
        .is_refusal(2, &["TEST_SHARD_INDEX", "JOB_COMPLETION_INDEX"]);
}
