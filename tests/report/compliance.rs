//! The compliance report in all its forms, and the statement about it.

use serde_json::Value;

use super::{Desk, RUN, check_valid, json};

/// A file of known failures with the only failure of the run.
const KNOWN: &str = r#"
[[known]]
case = "next/five_in_a_row"
code = "body-on-next"
reason = "the <proxy> needs it"
until = "2099-12-31"
"#;

/// A run with reports in all forms.
fn reported(options: &[&str]) -> Desk {
    let desk = Desk::new();
    desk.write("known.toml", KNOWN);
    let reports = [
        "--report",
        "compliance=c.html",
        "--report",
        "compliance=c.json",
        "--report",
        "compliance=c.md",
        "--report",
        "attestation=a.json",
    ];
    let done = desk.ricspec(&[&RUN[..], options, &reports].concat());
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    desk
}

fn requirement<'a>(report: &'a Value, id: &str) -> &'a Value {
    let all = report["requirements"].as_array().expect("a list");
    all.iter().find(|one| one["id"] == id).expect(id)
}

#[test]
fn each_requirement_of_the_set_has_its_result() {
    let desk = reported(&["--baseline", "known.toml"]);
    let report = json(&desk.read("c.json"));
    check_valid("specs/schemas/compliance.schema.json", &report);
    let broken = requirement(&report, "NEXT-02");
    assert_eq!(
        (&broken["conformity"], &broken["broken_at"]),
        (&"breaks".into(), &"should".into())
    );
    assert_eq!(broken["known"][0]["until"], "2099-12-31");
    assert_eq!(broken["evidence"]["case"], "next/five_in_a_row");
    assert_eq!(
        requirement(&report, "IMG-01")["conformity"],
        "not_applicable"
    );
    assert_eq!(
        requirement(&report, "ERR-04")["reasons"][0],
        "not selected by --filter, --skip or --last-failed"
    );
    let sentence = report["sentence"].as_str().expect("a sentence");
    assert!(
        sentence.contains("breaks no MUST of runtime-api-2026-11, core, but"),
        "{sentence}"
    );
    for file in ["c.html", "c.md"] {
        let text = desk.read(file);
        for part in [
            "NEXT-02",
            "2099-12-31",
            "runtime-api-2026-11",
            "Not tried",
            "&lt;proxy",
        ] {
            assert!(text.contains(part), "{file}: {part}");
        }
        assert!(text.contains(sentence), "{file}: {sentence}");
        assert!(
            !text.contains("<proxy") && !text.contains("<script"),
            "{file}"
        );
    }
}

#[test]
fn a_statement_keeps_the_published_rules() {
    let desk = reported(&[]);
    let statement = json(&desk.read("a.json"));
    check_valid("tests/report/rules/attestation.json", &statement);
    let predicate = &statement["predicate"];
    assert_eq!(predicate["result"], "WARNED");
    assert_eq!(predicate["warnedTests"], Value::from(vec!["NEXT-02"]));
    assert_eq!(predicate["configuration"][0]["name"], "runtime-api-2026-11");
    let mut wrong = statement.clone();
    wrong["predicate"]["result"] = "GOOD".into();
    assert!(!super::is_valid(
        "tests/report/rules/attestation.json",
        &wrong
    ));
}

#[test]
fn the_digest_of_a_set_is_that_of_its_file() {
    let desk = reported(&[]);
    let report = json(&desk.read("c.json"));
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/specs/sets/runtime-api-2026-11.json"
    );
    let sum = std::process::Command::new("sha256sum")
        .arg(file)
        .output()
        .expect("sha256sum");
    let sum = String::from_utf8(sum.stdout).expect("text");
    assert_eq!(
        Some(report["set"]["sha256"].as_str().expect("a digest")),
        sum.split(' ').next()
    );
    let frozen = desk.ends(0, &["list", "--freeze", "runtime-api-2026-11"]);
    assert_eq!(frozen.out, std::fs::read_to_string(file).expect("the set"));
}

#[test]
fn an_ending_without_a_form_is_refused() {
    let desk = Desk::new();
    let done = desk.ricspec(&[&RUN[..], &["--report", "compliance=c.pdf"]].concat());
    assert_eq!(done.code, 2);
    assert!(done.err.contains(".html, .json or .md"), "{}", done.err);
}
