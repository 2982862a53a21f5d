//! The Test Anything Protocol, version 14. What does not fail the run is marked `TODO` or `SKIP`.

use crate::report::lenient;
use crate::report::text::one_line;
use crate::verdict::{CaseResult, Date, Report, Strictness, Verdict};

/// The reports as one stream, one test for each case.
pub fn render(reports: &[(&Report, Date)]) -> String {
    let many = reports.len() > 1;
    let mut lines = Vec::new();
    for (report, _) in reports {
        for case in report.by_id() {
            let before = match many {
                true => format!("{}: ", report.target.told()),
                false => String::new(),
            };
            lines.push(test(lines.len() + 1, &before, case, report.strictness));
        }
    }
    let stopped = reports.iter().any(|(report, _)| report.interrupted);
    let mut text = format!("TAP version 14\n1..{}\n", lines.len());
    text.extend(lines);
    if stopped {
        text.push_str("Bail out! interrupted\n");
    }
    text
}

fn test(number: usize, before: &str, case: &CaseResult, strictness: Strictness) -> String {
    let name = escaped(&format!("{before}{}", case.id));
    let reason = escaped(&case.reason);
    let counts = case.counts(strictness);
    let (ok, directive) = match (case.verdict, counts) {
        (Verdict::Pass, _) | (Verdict::Flaky, false) => ("ok", String::new()),
        (Verdict::Skip, _) => ("ok", format!(" # SKIP {reason}")),
        (
            Verdict::Flaky
            | Verdict::Fail
            | Verdict::UnexpectedPass
            | Verdict::Inconclusive
            | Verdict::Error,
            true,
        ) => ("not ok", String::new()),
        (Verdict::Inconclusive | Verdict::Error | Verdict::UnexpectedPass, false) => {
            ("not ok", format!(" # TODO {reason}"))
        }
        (Verdict::Fail, false) => ("not ok", format!(" # TODO {}", escaped(&lenient(case)))),
        (Verdict::ExpectedFailure, _) => {
            let known = case.known.iter().map(|known| known.reason.as_str());
            let known = known.collect::<Vec<_>>().join("; ");
            ("not ok", format!(" # TODO known: {}", escaped(&known)))
        }
    };
    let directive = directive.trim_end();
    format!("{ok} {number} - {name}{directive}\n{}", diagnostics(case))
}

/// What is wrong, as YAML: a text in JSON is a text in YAML, too.
fn diagnostics(case: &CaseResult) -> String {
    let Some(finding) = case.findings.first() else {
        return match case.reason.is_empty() || case.verdict == Verdict::Skip {
            true => String::new(),
            false => block(&[("message", &case.reason)]),
        };
    };
    let level = finding.level.to_string();
    let wire = finding.evidence.lines.join("\n");
    block(&[
        ("message", &finding.actual),
        ("severity", &level),
        ("requirement", &finding.requirement),
        ("code", &finding.code),
        ("expected", &finding.expected),
        ("wire", &wire),
        ("reproduce", &case.reproduce),
    ])
}

fn block(members: &[(&str, &str)]) -> String {
    let mut text = "  ---\n".to_owned();
    for (name, value) in members.iter().filter(|(_, value)| !value.is_empty()) {
        let value = serde_json::Value::from(*value);
        text.push_str(&format!("  {name}: {value}\n"));
    }
    text + "  ...\n"
}

/// One line in which no letter begins a directive.
fn escaped(text: &str) -> String {
    one_line(text).replace('\\', "\\\\").replace('#', "\\#")
}
