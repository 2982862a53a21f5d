//! Events of a run, one JSON object a line: what `specs/schemas/event.schema.json` describes.
//!
//! A run writes each line as it happens. Made later from a report, the lines are the same but for those of cases that begin,
//! and in the order of case ids.

use serde::Serialize;

use super::json::{Case, Name, Tool, case, name};
use crate::case::LeftOut;
use crate::verdict::{
    BaselineProblem, CaseResult, Date, Report, Strictness, Summary, TargetInfo, Untried,
};

/// The version of this format.
const EVENT_SCHEMA: u32 = 1;

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event<'a> {
    RunBegan { schema: u32, tool: Tool },
    CaseBegan { id: &'a str },
    CaseEnded { case: Box<Case> },
    RunEnded(Box<Ended<'a>>),
}

/// All of a report but its cases and what follows from them.
#[derive(Serialize)]
struct Ended<'a> {
    date: Option<Date>,
    set: Option<Name>,
    target: &'a TargetInfo,
    strict: bool,
    interrupted: bool,
    exit_code: u8,
    reproduce: &'a str,
    deselected: usize,
    summary: Summary,
    baseline_problems: &'a [BaselineProblem],
    untried: &'a [Untried],
    notes: &'a [String],
    lost: &'a [String],
    left_out: &'a [LeftOut],
}

/// The line before all others.
pub fn run_began(tool: &str, version: &str) -> String {
    line(&Event::RunBegan {
        schema: EVENT_SCHEMA,
        tool: Tool {
            name: tool.to_owned(),
            version: version.to_owned(),
        },
    })
}

/// A case is in play.
pub fn case_began(id: &str) -> String {
    line(&Event::CaseBegan { id })
}

/// A case has ended.
pub fn case_ended(result: &CaseResult, strictness: Strictness) -> String {
    line(&Event::CaseEnded {
        case: Box::new(case(result, strictness)),
    })
}

/// The line after all others.
pub fn run_ended(report: &Report) -> String {
    line(&Event::RunEnded(Box::new(Ended {
        date: report.day,
        set: name(report),
        target: &report.target,
        strict: report.strictness == Strictness::Strict,
        interrupted: report.interrupted,
        exit_code: report.conclusion().exit_code(),
        reproduce: &report.reproduce,
        deselected: report.deselected,
        summary: report.summary(),
        baseline_problems: &report.baseline_problems,
        untried: &report.untried,
        notes: &report.notes,
        lost: &report.lost,
        left_out: &report.left_out,
    })))
}

/// The reports as events, one run after the other.
pub fn render(reports: &[(&Report, Date)]) -> String {
    let runs = reports.iter().map(|(report, _)| {
        let cases = report.by_id().into_iter();
        let cases: String = cases
            .map(|case| case_ended(case, report.strictness))
            .collect();
        run_began(&report.tool, &report.version) + &cases + &run_ended(report)
    });
    runs.collect()
}

fn line(event: &Event<'_>) -> String {
    let mut line = serde_json::to_string(event)
        .expect("no map with keys that are not text, and no writer that fails");
    line.push('\n');
    line
}
