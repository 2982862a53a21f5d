//! The same report again: from saved JSON, from transcripts, and measured by another set.

use super::{Desk, RUN, every_profile};

/// All formats, with the endings of their files.
const FORMATS: [&str; 11] = [
    "json=r.json",
    "junit=r.xml",
    "html=r.html",
    "markdown=r.md",
    "github=r.txt",
    "compliance=c.html",
    "attestation=a.json",
    "ctrf=ctrf.json",
    "sarif=r.sarif",
    "tap=r.tap",
    "badge=r.svg",
];

/// The options that write all formats into a folder.
fn formats(folder: &str) -> Vec<String> {
    let option = |format: &&str| {
        let (name, file) = format.split_once('=').expect("a name");
        ["--report".to_owned(), format!("{name}={folder}/{file}")]
    };
    FORMATS.iter().flat_map(option).collect()
}

fn words<'a>(first: &[&'a str], more: &'a [String]) -> Vec<&'a str> {
    first
        .iter()
        .copied()
        .chain(more.iter().map(String::as_str))
        .collect()
}

#[track_caller]
fn same(desk: &Desk, one: &str, other: &str) {
    for format in FORMATS {
        let (_, file) = format.split_once('=').expect("a name");
        let (one, other) = (format!("{one}/{file}"), format!("{other}/{file}"));
        assert!(!desk.read(&one).is_empty(), "{one}");
        assert!(
            desk.read(&one) == desk.read(&other),
            "{one} and {other} differ"
        );
    }
}

#[test]
fn a_saved_report_gives_every_format_of_its_run() {
    let desk = Desk::new();
    let planted = ["--mutant", "next-with-body", "--transcripts", "seen"];
    let run = [&every_profile()[..], &planted].concat();
    desk.ends(0, &words(&run, &formats("run")));
    let again = formats("again");
    desk.ends(0, &words(&["report", "run/r.json"], &again));
    same(&desk, "run", "again");
    let other = desk.ricspec_at(
        "86400",
        &["report", "run/r.json", "--report", "html=r.html"],
    );
    assert_eq!(other.code, 0, "{}", other.err);
    let (first, second) = (desk.read("run/r.html"), desk.read("r.html"));
    assert_ne!(first, second);
    assert_eq!(first.replace("1970-01-01", "1970-01-02"), second);
    let printed = desk.ends(0, &["report", "run/r.json"]);
    assert!(printed.out.contains("NEXT-02"), "{}", printed.out);
}

#[test]
fn recordings_always_give_the_same_report() {
    let desk = Desk::new();
    desk.ends(0, &RUN);
    let (one, other) = (formats("one"), formats("other"));
    desk.ends(0, &words(&["judge", "seen"], &one));
    desk.ends(0, &words(&["judge", "seen"], &other));
    same(&desk, "one", "other");
}

/// A set with only this requirement at this level.
fn set(id: &str, level: &str) -> String {
    format!(
        r#"{{"$schema": "", "name": "mine", "requirements": [{{"id": "{id}", "level": "{level}", "text": "A rule"}}]}}"#
    )
}

#[test]
fn a_set_decides_what_counts() {
    let desk = Desk::new();
    desk.write("must.json", &set("NEXT-02", "must"));
    desk.write("may.json", &set("NEXT-02", "may"));
    desk.write("other.json", &set("NEXT-01", "must"));
    let run = [&RUN[..], &["--report", "json=r.json", "--strict"]].concat();
    desk.ends(1, &run);
    let check = |file: &str, code: i32| {
        desk.ends(code, &[&RUN[..], &["--strict", "--set", file]].concat());
        desk.ends(code, &["judge", "seen", "--strict", "--set", file]);
        desk.ends(
            0,
            &[
                "report",
                "r.json",
                "--set",
                file,
                "--report",
                "json=again.json",
            ],
        );
        let again: serde_json::Value =
            serde_json::from_str(&desk.read("again.json")).expect("JSON");
        assert_eq!(again["exit_code"], code, "{file}");
        assert_eq!(again["set"]["name"], "mine");
    };
    check("must.json", 1);
    check("may.json", 0);
    check("other.json", 0);
    let old = set("NEXT-02", "must").replace("}]}", r#"}], "cases": ["next/empty_event"]}"#);
    desk.write("old.json", &old);
    newer_cases_do_not_count(&desk);
    desk.ricspec(&["report", "r.json", "--set", "runtime-api-1999-01"])
        .is_refusal(2, &["no such set", "runtime-api-2026-11"]);
    desk.ricspec(&["report", "again.json", "--set", "runtime-api-2026-11"])
        .is_refusal(2, &["measured by `mine` only"]);
    desk.ricspec(&[&RUN[..], &["--set", "extensions-api-2026-11"]].concat())
        .is_refusal(2, &["no such set"]);
}

/// The case is newer than the set: it fails neither a run, nor recordings, nor a saved report.
fn newer_cases_do_not_count(desk: &Desk) {
    let old = ["--strict", "--set", "old.json"];
    let out = |report: &str| ["--report".to_owned(), format!("json={report}")];
    let ends = |command: &[&str], options: &[&str], report: &str| {
        let out = out(report);
        let done = desk.ricspec(&[command, options, &[&out[0], &out[1]]].concat());
        let report: serde_json::Value = serde_json::from_str(&desk.read(report)).expect("JSON");
        assert_eq!(report["cases"], serde_json::json!([]), "{}", done.out);
        let left_out = report["left_out"].as_array().expect("a list");
        let newer = left_out
            .iter()
            .find(|case| case["id"] == "next/five_in_a_row");
        assert_eq!(newer.expect("the case")["because"], "set");
    };
    ends(&["judge", "seen"], &old, "judged.json");
    ends(&["report", "r.json"], &old[1..], "reported.json");
    ends(&RUN, &old, "run.json");
}
