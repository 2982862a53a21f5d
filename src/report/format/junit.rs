//! JUnit XML, as CI systems read it: one suite for each area, one test case for each case.
//!
//! Readers look only at child elements. So what fails the run has a `<failure>` or an `<error>`, and nothing else has one.
//! The strictest reader is the xUnit plug-in of Jenkins, which refuses members that its schema does not know:
//! `tests/junit.rs` checks every report against it.

use std::collections::BTreeMap;
use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestRerun, TestSuite};

use crate::report::style::Style;
use crate::report::text::{one_line, visible};
use crate::report::{human, lenient};
use crate::verdict::{BaselineProblem, CaseResult, Matrix, Report, RowState, Strictness, Verdict};

/// The report as JUnit XML.
pub fn render(report: &Report) -> String {
    let mut junit = quick_junit::Report::new(report.tool.as_str());
    junit.set_time(Duration::from_millis(report.duration_ms));
    add(&mut junit, report, "");
    text_of(&junit)
}

/// Many runtimes as JUnit XML: the suites of each begin with its name, and a missing row is an error.
pub fn render_matrix(matrix: &Matrix) -> String {
    let mut junit = quick_junit::Report::new(matrix.tool.as_str());
    for row in matrix.worst_first() {
        let name = one_line(&row.name);
        match &row.state {
            RowState::Judged(report) => add(&mut junit, report, &format!("{name}: ")),
            RowState::Missing(reason) => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
                status.set_type("missing").set_message(one_line(reason));
                let mut suite = TestSuite::new(&name);
                suite.add_test_case(TestCase::new("it can be judged", status));
                junit.add_test_suite(suite);
            }
        }
    }
    text_of(&junit)
}

fn text_of(junit: &quick_junit::Report) -> String {
    let text = junit
        .to_string()
        .expect("all text is made visible, so that XML can hold it, and no writer fails");
    // The library writes the number of skipped tests at the root; the plug-in does not accept it there.
    text.replacen(&format!(" skipped=\"{}\"", junit.skipped), "", 1)
}

/// Adds the suites of a run, with `before` before their names.
fn add(junit: &mut quick_junit::Report, report: &Report, before: &str) {
    let mut suites: BTreeMap<&str, Vec<&CaseResult>> = BTreeMap::new();
    for case in report.by_id() {
        suites.entry(case.area()).or_default().push(case);
    }
    for (area, cases) in suites {
        let mut suite = TestSuite::new(format!("{before}{area}"));
        suite.set_time(Duration::from_millis(
            cases.iter().map(|case| case.duration_ms).sum(),
        ));
        for case in cases {
            suite.add_property((visible(&case.id).as_str(), about(case).as_str()));
            suite.add_test_case(test_case(case, report.strictness));
        }
        junit.add_test_suite(suite);
    }
    for mut suite in [untried_suite(report), baseline_suite(report)]
        .into_iter()
        .flatten()
    {
        suite.name = format!("{before}{}", suite.name.as_str()).into();
        junit.add_test_suite(suite);
    }
}

fn test_case(case: &CaseResult, strictness: Strictness) -> TestCase {
    let mut test = TestCase::new(visible(&case.id), status(case, strictness));
    test.set_classname(visible(case.area()));
    test.set_time(Duration::from_millis(case.duration_ms));
    if let Some(note) = note(case, strictness) {
        test.set_system_out(note);
    }
    test
}

/// What a case is about, as a property of its suite: a test case has no properties.
fn about(case: &CaseResult) -> String {
    let about = format!("{}: {}", case.level, case.requirements.join(" "));
    match &case.beyond {
        Some(beyond) => one_line(&format!("{about}; beyond: {beyond}")),
        None => one_line(&about),
    }
}

fn status(case: &CaseResult, strictness: Strictness) -> TestCaseStatus {
    let reason = one_line(&case.reason);
    match case.verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Flaky if case.counts(strictness) => {
            not_passed(NonSuccessKind::Failure, "flaky", &reason, case)
        }
        Verdict::Flaky => flaky(case, &reason),
        Verdict::Fail if !case.counts(strictness) => skipped("should", &lenient(case)),
        Verdict::Fail => failure(case),
        Verdict::UnexpectedPass => {
            not_passed(NonSuccessKind::Failure, "unexpected-pass", &reason, case)
        }
        Verdict::Error => not_passed(NonSuccessKind::Error, "error", &reason, case),
        Verdict::Inconclusive if case.counts(strictness) => {
            not_passed(NonSuccessKind::Failure, "inconclusive", &reason, case)
        }
        Verdict::Inconclusive => skipped("inconclusive", &lenient(case)),
        Verdict::Skip => skipped("skip", &reason),
        Verdict::ExpectedFailure => {
            let known: Vec<_> = case
                .known
                .iter()
                .map(|known| format!("{}: {}", known.code, known.reason))
                .collect();
            let message = format!("expected failure: {}", one_line(&known.join("; ")));
            skipped("expected-failure", &message)
        }
    }
}

/// It passed; each earlier failure is a `<flakyFailure>`.
fn flaky(case: &CaseResult, reason: &str) -> TestCaseStatus {
    let mut before = TestRerun::new(NonSuccessKind::Failure);
    before
        .set_type("flaky")
        .set_message(reason)
        .set_description(human::failure(case, Style::Plain).to_string());
    let mut status = TestCaseStatus::success();
    status.add_rerun(before);
    status
}

fn failure(case: &CaseResult) -> TestCaseStatus {
    // The findings come strongest first, so this one matters most.
    let (code, message) = case.new_breaches().next().map_or_else(
        || ("fail", one_line(&case.title)),
        |finding| {
            let message = format!(
                "{} {}: {}",
                finding.requirement,
                finding.level,
                one_line(&finding.actual)
            );
            (finding.code.as_str(), message)
        },
    );
    not_passed(NonSuccessKind::Failure, code, &message, case)
}

fn not_passed(
    kind: NonSuccessKind,
    code: &str,
    message: &str,
    case: &CaseResult,
) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status
        .set_type(visible(code))
        .set_message(message)
        .set_description(human::failure(case, Style::Plain).to_string());
    status
}

fn skipped(code: &str, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_type(code).set_message(message);
    status
}

/// What the reader of the XML should also find, although it fails nothing.
fn note(case: &CaseResult, strictness: Strictness) -> Option<String> {
    match case.verdict {
        Verdict::Fail if !case.counts(strictness) => Some(format!(
            "This breaks no MUST that the baseline does not know, and counts only with --strict.\n\n{}",
            human::failure(case, Style::Plain)
        )),
        Verdict::Pass | Verdict::ExpectedFailure if !case.findings.is_empty() => {
            Some(human::failure(case, Style::Plain).to_string())
        }
        Verdict::Pass
        | Verdict::Flaky
        | Verdict::Fail
        | Verdict::ExpectedFailure
        | Verdict::UnexpectedPass
        | Verdict::Skip
        | Verdict::Inconclusive
        | Verdict::Error => None,
    }
}

/// MUST requirements that no case tried, each as a skipped test.
fn untried_suite(report: &Report) -> Option<TestSuite> {
    let mut suite = TestSuite::new("untried");
    for untried in &report.untried {
        let reasons = one_line(&untried.reasons.join("; "));
        let status = skipped("untried", &reasons);
        let mut test = TestCase::new(visible(&untried.requirement), status);
        test.set_classname("untried").set_time(Duration::ZERO);
        suite.add_test_case(test);
    }
    (!suite.test_cases.is_empty()).then_some(suite)
}

/// Entries of the baseline that fail the run although their case does not show it.
fn baseline_suite(report: &Report) -> Option<TestSuite> {
    let mut suite = TestSuite::new("baseline");
    let shown_by_its_case = |problem: &BaselineProblem| {
        report
            .cases
            .iter()
            .any(|case| case.id == problem.case && case.verdict == Verdict::UnexpectedPass)
    };
    for problem in &report.baseline_problems {
        if shown_by_its_case(problem) {
            continue;
        }
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status
            .set_type(problem.kind.code())
            .set_message(one_line(&problem.to_string()));
        let name = visible(&format!("{}:{}", problem.path, problem.line));
        let mut test = TestCase::new(name, status);
        test.set_classname("baseline").set_time(Duration::ZERO);
        suite.add_test_case(test);
    }
    (!suite.test_cases.is_empty()).then_some(suite)
}
