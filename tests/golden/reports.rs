//! One report with every verdict, as text for people, as JSON and as JUnit XML, compared with files.
//!
//! Its requirements have numbers that the law does not have, so that a change of the law changes nothing here.

use std::fs;

use ricspec::check::{Evidence, Finding};
use ricspec::law::Level;
use ricspec::report::{Detail, Failures, Style, github, human, json, junit};
use ricspec::verdict::{
    BaselineProblem, CaseResult, KnownBreach, ProblemKind, Report, Strictness, Untried, Verdict,
};

use super::{check_valid, golden, text};

/// If set, it writes the files instead of comparing them.
const BLESS: &str = "RICSPEC_BLESS";

const TARGET: &str = r#"{"kind": "process", "command": ["./bootstrap", "a b"], "runtime": "golden/1.0",
    "verbs": ["describe", "echo"]}"#;

const STEP: &str = r#"{"number": 2, "file": "cases/next/what_is_wanted.json", "line": 9}"#;

fn finding(requirement: &str, level: Level, code: &str) -> Finding {
    Finding {
        requirement: requirement.to_owned(),
        level,
        code: code.to_owned(),
        expected: "a value between <1> and 10 & no other".to_owned(),
        actual: "\"11\", and a bell \u{7}".to_owned(),
        evidence: Evidence {
            exchange: Some(1),
            lines: vec![
                "      1 ms > POST /2018-06-01/runtime/invocation/r-1/response HTTP/1.1".to_owned(),
                "           > {\"value\":11}".to_owned(),
                "      2 ms < HTTP/1.1 202 Accepted".to_owned(),
            ],
        },
        step: serde_json::from_str(STEP).ok(),
    }
}

fn case(id: &str, verdict: Verdict) -> CaseResult {
    CaseResult {
        id: id.to_owned(),
        file: Some(format!("cases/{id}.json")),
        title: format!("What {id} wants"),
        why: String::new(),
        level: Level::Must,
        requirements: vec!["NEXT-00".to_owned()],
        profile: "core".to_owned(),
        beyond: None,
        verdict,
        duration_ms: 12,
        findings: Vec::new(),
        known: Vec::new(),
        reason: String::new(),
        output: Vec::new(),
        headroom: Vec::new(),
        waits_ms: 0,
        reproduce: String::new(),
        complete: true,
        transcript: None,
    }
}

fn broken(id: &str, verdict: Verdict, level: Level, code: &str) -> CaseResult {
    CaseResult {
        level,
        findings: vec![finding("NEXT-00", level, code)],
        ..case(id, verdict)
    }
}

fn because(id: &str, verdict: Verdict, reason: &str) -> CaseResult {
    CaseResult {
        reason: reason.to_owned(),
        ..case(id, verdict)
    }
}

fn flaky() -> CaseResult {
    CaseResult {
        reason: "it passed in play 2, and not before: NEXT-00 no-next".to_owned(),
        ..broken("next/at_times", Verdict::Flaky, Level::Must, "no-next")
    }
}

const EXPECTED: Verdict = Verdict::ExpectedFailure;

fn known() -> CaseResult {
    let known = KnownBreach {
        code: "no-next".to_owned(),
        reason: "mended in the next release".to_owned(),
        until: None,
    };
    CaseResult {
        known: vec![known],
        ..broken("next/known", EXPECTED, Level::Must, "no-next")
    }
}

fn cases() -> Vec<CaseResult> {
    let first_line = format!("stdout: {}", "z".repeat(3000));
    vec![
        CaseResult {
            headroom: vec!["it answered 40 ms before the deadline".to_owned()],
            ..case("response/passes", Verdict::Pass)
        },
        CaseResult {
            findings: vec![finding("INIT-00", Level::Info, "worth-knowing")],
            ..case("init/passes_with_a_remark", Verdict::Pass)
        },
        CaseResult {
            why: "Whoever waits for the value waits for ever.".to_owned(),
            duration_ms: 1234,
            output: vec![first_line, "stderr: \u{1b}[31mred\u{1b}[0m".to_owned()],
            reproduce: "ricspec run --filter response/breaks_a_must -- ./bootstrap".to_owned(),
            ..broken(
                "response/breaks_a_must",
                Verdict::Fail,
                Level::Must,
                "wrong-value",
            )
        },
        CaseResult {
            beyond: Some("The service says <always>.".to_owned()),
            ..broken(
                "next/breaks_a_should",
                Verdict::Fail,
                Level::Should,
                "user-agent",
            )
        },
        known(),
        flaky(),
        because(
            "next/mended",
            Verdict::UnexpectedPass,
            "the baseline says that it fails with `no-next`",
        ),
        CaseResult {
            duration_ms: 0,
            ..because(
                "init/skipped",
                Verdict::Skip,
                "the fixture lacks `init-fail`",
            )
        },
        because(
            "init/unclear",
            Verdict::Inconclusive,
            "the runtime never polled",
        ),
        because(
            "response/our_fault",
            Verdict::Error,
            "cannot start the command:\nno such file",
        ),
    ]
}

pub(super) fn report() -> Report {
    Report {
        tool: "ricspec".to_owned(),
        version: "0.0.0".to_owned(),
        target: serde_json::from_str(TARGET).expect("a target"),
        cases: cases(),
        deselected: 3,
        left_out: Vec::new(),
        set: None,
        day: None,
        baseline_problems: vec![BaselineProblem {
            kind: ProblemKind::Expired,
            path: "known.toml".to_owned(),
            line: 7,
            case: "next/known".to_owned(),
            code: "no-next".to_owned(),
            text: "the entry for `next/known` has expired".to_owned(),
        }],
        untried: vec![Untried {
            requirement: "INIT-01".to_owned(),
            reasons: vec!["the fixture lacks `init-fail`".to_owned()],
            cases: vec!["init/skipped".to_owned()],
        }],
        notes: vec!["the target is not in its usual mode".to_owned()],
        strictness: Strictness::Usual,
        duration_ms: 61_234,
        interrupted: false,
        reproduce: String::new(),
        lost: Vec::new(),
    }
}

/// Compares a text with its file, or writes the file.
#[track_caller]
pub(super) fn check_text(name: &str, shown: &str) {
    let path = golden("reports").join(name);
    if std::env::var_os(BLESS).is_some_and(|value| value == "1") {
        fs::create_dir_all(golden("reports")).expect("a folder");
        fs::write(&path, shown).expect("a file");
        return;
    }
    let kept = text(&path);
    let differs = kept
        .lines()
        .zip(shown.lines())
        .position(|(one, other)| one != other);
    let line = differs.unwrap_or_else(|| kept.lines().count().min(shown.lines().count()));
    assert!(
        kept == shown,
        "{name} differs from line {} on; {BLESS}=1 cargo test --test golden writes it anew\n\
         kept:  {:?}\nshown: {:?}",
        line + 1,
        kept.lines().nth(line).unwrap_or("(the end)"),
        shown.lines().nth(line).unwrap_or("(the end)"),
    );
}

fn told(report: &Report, style: Style) -> String {
    let mut text = String::new();
    for case in &report.cases {
        text.push_str(&human::line(case, style).to_string());
    }
    for case in &report.cases {
        if case.verdict != Verdict::Pass {
            text.push_str(&format!("\n{}", human::failure(case, style)));
        }
    }
    text.push_str("\nBy cause:\n");
    let report = human::report(report, style.into(), Failures::ByCause, Detail::Verbose);
    text + &report.to_string()
}

#[test]
fn every_verdict_is_in_the_report() {
    for verdict in Verdict::ALL {
        assert!(
            cases().iter().any(|case| case.verdict == verdict),
            "{verdict:?}"
        );
    }
}

#[test]
fn the_report_for_people_reads_as_it_did() {
    let plain = told(&report(), Style::Plain);
    check_text("human.txt", &plain);
    assert!(!plain.contains('\u{1b}'), "an escape got through");
    let mut coloured = told(&report(), Style::Colour);
    for code in ["\u{1b}[0m", "\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m"] {
        coloured = coloured.replace(code, "");
    }
    assert_eq!(coloured, plain, "colour changes more than the colour");
}

#[test]
fn the_report_in_json_reads_as_it_did() {
    let shown = json::render(&report());
    check_text("report.json", &shown);
    let value = serde_json::from_str(&shown).expect("JSON");
    check_valid("report.schema.json", None, &value);
    let back = json::read(&shown).expect("a report");
    assert_eq!(
        json::render(&back),
        shown,
        "it is not read as it was written"
    );
}

/// The tag that decides how a reader counts a case; empty for a pass.
#[track_caller]
fn outcome(xml: &str, id: &str) -> &'static str {
    let start = xml.find(&format!("<testcase name=\"{id}\"")).expect(id);
    let rest = xml.get(start..).unwrap_or_default();
    let own = rest.split("<testcase").nth(1).unwrap_or_default();
    let own = own.split("</testcase>").next().unwrap_or_default();
    let tags = ["failure", "error", "skipped"];
    let mut found = tags
        .into_iter()
        .filter(|tag| own.contains(&format!("<{tag} ")));
    let first = found.next().unwrap_or_default();
    assert_eq!(found.next(), None, "{id} has two outcomes");
    first
}

#[test]
fn the_report_in_junit_reads_as_it_did() {
    let usual = junit::render(&report());
    check_text("junit.xml", &usual);
    let strict = junit::render(&Report {
        strictness: Strictness::Strict,
        ..report()
    });
    let expected = [
        ("response/passes", "", ""),
        ("init/passes_with_a_remark", "", ""),
        ("response/breaks_a_must", "failure", "failure"),
        ("next/breaks_a_should", "skipped", "failure"),
        ("next/known", "skipped", "skipped"),
        ("next/mended", "failure", "failure"),
        ("init/skipped", "skipped", "skipped"),
        ("init/unclear", "skipped", "failure"),
        ("response/our_fault", "error", "error"),
        ("known.toml:7", "failure", "failure"),
    ];
    for (id, by_default, with_strict) in expected {
        assert_eq!(outcome(&usual, id), by_default, "{id}");
        assert_eq!(outcome(&strict, id), with_strict, "{id} with --strict");
    }
}

#[test]
fn what_github_shows_reads_as_it_did() {
    let commands = github::render(&report());
    check_text("github.txt", &commands);
    check_text("github.md", &github::summary(&report()));
    let of = |kind: &str, text: &str| {
        let start = format!("::{kind} ");
        text.lines().filter(|line| line.starts_with(&start)).count()
    };
    // A broken MUST, a fault of ours, and two entries of the baseline that no longer fit.
    assert_eq!(of("error", &commands), 4, "{commands}");
    assert_eq!(of("warning", &commands), 3, "{commands}");
    let strict = github::render(&Report {
        strictness: Strictness::Strict,
        ..report()
    });
    assert_eq!(of("error", &strict), 6, "{strict}");
}

#[test]
fn github_hears_of_dozens_of_failures_and_no_more() {
    let mut many = report();
    for number in 0..40 {
        let id = format!("next/number_{number:02}");
        let mut case = broken(&id, Verdict::Fail, Level::Must, "no-next");
        case.findings[0].requirement = format!("NEXT-1{number:02}");
        many.cases.push(case);
    }
    let commands = github::render(&many);
    assert_eq!(commands.lines().count(), 31);
    let last = commands.lines().last().expect("a line");
    assert_eq!(
        last,
        "::notice title=ricspec::and 17 more, which the reports have"
    );
    let summary = github::summary(&many);
    assert_eq!(summary.matches("- **MUST** NEXT-1").count(), 40);
}

#[test]
fn one_fault_is_told_once_with_all_its_cases() {
    let mut many = report();
    for number in 0..90 {
        let id = format!("next/number_{number:02}");
        many.cases
            .push(broken(&id, Verdict::Fail, Level::Must, "no-next"));
    }
    let commands = github::render(&many);
    assert!(
        commands.contains("title=fail%3A NEXT-00 in 92 cases"),
        "{commands}"
    );
    let summary = github::summary(&many);
    assert!(
        summary.contains("- **MUST** NEXT-00 no-next: 92 cases"),
        "{summary}"
    );
    let look = Style::Plain.into();
    let told = human::report(&many, look, Failures::ByCause, Detail::Usual).to_string();
    for part in [
        "NEXT-00  MUST  no-next",
        " 92 cases ",
        "and 83 more",
        "also      ",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(told.lines().count() < 80, "{told}");
    let all = human::report(&many, look, Failures::All, Detail::Usual).to_string();
    assert_eq!(all.matches("fail  next/number_").count(), 90);
}

#[test]
fn github_is_told_why_nothing_was_judged() {
    let none = Report {
        cases: Vec::new(),
        baseline_problems: Vec::new(),
        untried: Vec::new(),
        notes: Vec::new(),
        ..report()
    };
    assert_eq!(
        github::render(&none),
        "::error title=ricspec::no case was selected\n"
    );
}
