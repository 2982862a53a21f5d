//! The Common Test Report Format (CTRF): one document in JSON, which several CI services read.
//!
//! As in JUnit XML, only what fails the run is `failed`.

use serde_json::{Value, json};

use crate::report::lenient;
use crate::report::text::one_line;
use crate::verdict::{CaseResult, Date, Report, Verdict};

/// The version of the format.
const SPEC_VERSION: &str = "0.0.0";

/// The reports as one document.
pub fn render(reports: &[(&Report, Date)]) -> String {
    let many = reports.len() > 1;
    let of_run = |(report, _): &(&Report, Date)| {
        let name = many.then(|| report.target.told());
        let cases = report.by_id().into_iter();
        cases
            .map(|case| test(case, report, name.as_deref()))
            .collect::<Vec<_>>()
    };
    let tests: Vec<Value> = reports.iter().flat_map(of_run).collect();
    let count = |status: &str| tests.iter().filter(|test| test["status"] == status).count();
    let flaky = tests.iter().filter(|test| test["flaky"] == true).count();
    let first = reports.first();
    let start = first.map_or(0, |(_, day)| day.unix_seconds() * 1000);
    let duration: u64 = reports.iter().map(|(report, _)| report.duration_ms).sum();
    let tool = first.map_or((String::new(), String::new()), |(report, _)| {
        (report.tool.clone(), report.version.clone())
    });
    let document = json!({
        "reportFormat": "CTRF",
        "specVersion": SPEC_VERSION,
        "generatedBy": tool.0,
        "results": {
            "tool": {"name": tool.0, "version": tool.1},
            "summary": {
                "tests": tests.len(),
                "passed": count("passed"),
                "failed": count("failed"),
                "skipped": count("skipped"),
                "pending": count("pending"),
                "other": count("other"),
                "flaky": flaky,
                "start": start,
                "stop": start + duration,
                "duration": duration,
            },
            "tests": tests,
        },
    });
    format!("{document:#}\n")
}

fn test(case: &CaseResult, report: &Report, run: Option<&str>) -> Value {
    let status = match (case.verdict, case.counts(report.strictness)) {
        (Verdict::Pass, _) | (Verdict::Flaky, false) => "passed",
        (Verdict::Skip, _) => "skipped",
        (
            Verdict::Flaky
            | Verdict::Fail
            | Verdict::ExpectedFailure
            | Verdict::UnexpectedPass
            | Verdict::Inconclusive
            | Verdict::Error,
            true,
        ) => "failed",
        (
            Verdict::Fail
            | Verdict::ExpectedFailure
            | Verdict::UnexpectedPass
            | Verdict::Inconclusive
            | Verdict::Error,
            false,
        ) => "other",
    };
    let suite: Vec<&str> = run.into_iter().chain([case.area()]).collect();
    let mut test = json!({
        "name": case.id,
        "status": status,
        "duration": case.duration_ms,
        "rawStatus": case.verdict.word(),
        "suite": suite,
        "type": "conformance",
        "tags": case.requirements,
        "flaky": case.verdict == Verdict::Flaky,
        "filePath": case.file.clone().unwrap_or_else(|| format!("cases/{}.json", case.id)),
        "extra": {"level": case.level, "reproduce": case.reproduce},
    });
    let message = match case.new_breaches().next() {
        Some(_) => lenient(case),
        None => one_line(&case.reason),
    };
    if !message.is_empty() {
        test["message"] = message.into();
    }
    let lines = case
        .findings
        .first()
        .map(|finding| finding.evidence.lines.join("\n"));
    if let Some(lines) = lines.filter(|lines| !lines.is_empty()) {
        test["trace"] = lines.into();
    }
    test
}
