//! Formats of others: each report keeps the rules of its format.

use super::{Desk, RUN, check_valid, is_valid, json};

const REPORTS: [&str; 12] = [
    "--report",
    "ctrf=c.json",
    "--report",
    "sarif=s.sarif",
    "--report",
    "tap=t.tap",
    "--report",
    "badge=b.svg",
    "--report",
    "badge=b.json",
    "--report",
    "json=r.json",
];

/// A run of a mutant with one broken SHOULD, with these options.
fn reported(options: &[&str], code: i32) -> Desk {
    let desk = Desk::new();
    desk.write(
        "known.toml",
        "[[known]]\ncase = \"next/five_in_a_row\"\ncode = \"body-on-next\"\nreason = \"a # b\"\n",
    );
    desk.ends(code, &[&RUN[..], options, &REPORTS].concat());
    desk
}

#[test]
fn ctrf_keeps_its_rules() {
    let desk = reported(&["--strict"], 1);
    let report = json(&desk.read("c.json"));
    check_valid("tests/report/rules/ctrf.json", &report);
    assert_eq!(report["results"]["summary"]["failed"], 1);
    assert_eq!(report["results"]["tests"][0]["suite"][0], "next");
    let usual = json(&reported(&[], 0).read("c.json"));
    assert_eq!(usual["results"]["summary"]["other"], 1);
    let mut wrong = report;
    wrong["results"]["tests"][0]["status"] = "good".into();
    assert!(!is_valid("tests/report/rules/ctrf.json", &wrong));
}

#[test]
fn sarif_keeps_its_rules() {
    let desk = reported(&["--baseline", "known.toml"], 0);
    let log = json(&desk.read("s.sarif"));
    check_valid("tests/report/rules/sarif.json", &log);
    let result = &log["runs"][0]["results"][0];
    assert_eq!(
        (&result["ruleId"], &result["level"]),
        (&"NEXT-02".into(), &"warning".into())
    );
    assert_eq!(result["suppressions"][0]["justification"], "a # b");
    assert_eq!(
        log["runs"][0]["tool"]["driver"]["rules"][0]["id"],
        "NEXT-02"
    );
    let mut wrong = log.clone();
    wrong["runs"][0]["results"][0]["level"] = "must".into();
    assert!(!is_valid("tests/report/rules/sarif.json", &wrong));
}

/// The faults of a stream by the rules of TAP 14.
fn faults(text: &str) -> Vec<String> {
    let mut lines = text.lines();
    let mut faults = Vec::new();
    if lines.next() != Some("TAP version 14") {
        faults.push("the first line is not the version".to_owned());
    }
    let plan = lines.next().and_then(|line| line.strip_prefix("1.."));
    let mut tests = 0;
    let mut is_in_block = false;
    for line in lines {
        match (line, is_in_block) {
            ("  ---", false) => is_in_block = true,
            ("  ...", true) => is_in_block = false,
            (line, true) if line.starts_with("  ") && line.contains(": \"") => {}
            (line, false) => {
                tests += 1;
                let rest = line.strip_prefix("not ").unwrap_or(line);
                let named = rest.strip_prefix(&format!("ok {tests} - "));
                let directive = named.and_then(|name| name.split_once(" # "));
                let known = directive
                    .is_none_or(|(_, word)| word.starts_with("SKIP") || word.starts_with("TODO"));
                if named.is_none() || !known {
                    faults.push(format!("not a test: {line}"));
                }
            }
            (line, true) => faults.push(format!("not YAML: {line}")),
        }
    }
    if plan.and_then(|plan| plan.parse().ok()) != Some(tests) || is_in_block {
        faults.push("the plan does not fit".to_owned());
    }
    faults
}

#[test]
fn tap_keeps_its_rules() {
    let check = |options: &[&str], code: i32, part: &str| {
        let text = reported(options, code).read("t.tap");
        assert!(faults(&text).is_empty(), "{:?}\n{text}", faults(&text));
        assert!(text.contains(part), "{text}");
    };
    check(&["--strict"], 1, "not ok 1 - next/five_in_a_row\n  ---\n");
    check(
        &[],
        0,
        "not ok 1 - next/five_in_a_row # TODO SHOULD NEXT-02",
    );
    check(&["--baseline", "known.toml"], 0, "# TODO known: a \\# b");
    assert!(!faults("TAP version 14\n1..2\nok 1 - a\n").is_empty());
    assert!(!faults("TAP version 14\n1..1\nfine 1 - a\n").is_empty());
}

#[test]
fn a_badge_is_an_image_or_the_answer_of_an_endpoint() {
    let desk = reported(&[], 0);
    let answer = json(&desk.read("b.json"));
    check_valid("tests/report/rules/badge.json", &answer);
    assert_eq!(answer["label"], "runtime-api-2026-11");
    let svg = desk.read("b.svg");
    let mut reader = quick_xml::Reader::from_str(&svg);
    loop {
        match reader.read_event().expect("XML") {
            quick_xml::events::Event::Eof => break,
            _ => continue,
        }
    }
    assert!(
        svg.contains(answer["message"].as_str().expect("a message")),
        "{svg}"
    );
}
