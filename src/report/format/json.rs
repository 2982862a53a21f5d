//! The report for machines, written and read. `specs/schemas/report.schema.json` describes it; members are only added.

mod matrix;

pub use matrix::render_matrix;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::check::Finding;
use crate::law::Level;
use crate::verdict::{
    BaselineProblem, CaseResult, KnownBreach, Report, Strictness, Summary, TargetInfo, Untried,
    Verdict,
};

/// The version of this format.
pub const REPORT_SCHEMA: u32 = 1;

/// A text that is not a report.
#[derive(Debug, Error)]
pub enum ReportError {
    /// Not JSON, or not of this shape.
    #[error("not a report: {0}")]
    Shape(#[from] serde_json::Error),
    /// Another schema.
    #[error("a report of schema {found}, but this ricspec reads schema {REPORT_SCHEMA}")]
    Version {
        /// The version in the text.
        found: u32,
    },
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: u32,
    tool: Tool,
    target: TargetInfo,
    strict: bool,
    interrupted: bool,
    exit_code: u8,
    deselected: usize,
    summary: Summary,
    cases: Vec<Case>,
    baseline_problems: Vec<BaselineProblem>,
    #[serde(default)]
    untried: Vec<Untried>,
    #[serde(default)]
    notes: Vec<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Tool {
    name: String,
    version: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    title: String,
    why: String,
    level: Level,
    requirements: Vec<String>,
    #[serde(default)]
    beyond: Option<String>,
    verdict: Verdict,
    counts: bool,
    duration_ms: u64,
    #[serde(default)]
    waits_ms: u64,
    findings: Vec<Finding>,
    known: Vec<KnownBreach>,
    skip_reason: Option<String>,
    reason: Option<String>,
    output: Vec<String>,
    margins: Vec<String>,
    reproduce: String,
}

/// The report as JSON, with a line feed at its end.
///
/// # Examples
/// ```
/// use ricspec::{report::json, verdict::Report};
///
/// fn copy(report: &Report) -> Report {
///     json::read(&json::render(report)).expect("a report")
/// }
/// ```
pub fn render(report: &Report) -> String {
    written(&document(report))
}

fn written(document: &impl Serialize) -> String {
    let mut json = serde_json::to_string_pretty(document)
        .expect("no map with keys that are not text, and no writer that fails");
    json.push('\n');
    json
}

fn document(report: &Report) -> Document {
    Document {
        schema: REPORT_SCHEMA,
        tool: Tool {
            name: report.tool.clone(),
            version: report.version.clone(),
        },
        target: report.target.clone(),
        strict: report.strictness == Strictness::Strict,
        interrupted: report.interrupted,
        exit_code: report.conclusion().exit_code(),
        deselected: report.deselected,
        summary: report.summary(),
        cases: report
            .by_id()
            .into_iter()
            .map(|result| case(result, report.strictness))
            .collect(),
        baseline_problems: report.baseline_problems.clone(),
        untried: report.untried.clone(),
        notes: report.notes.clone(),
    }
}

/// Reads what [`render`] wrote. Values that follow from others, such as the counts, are computed again.
///
/// # Errors
/// The text is not a report, or has another schema.
pub fn read(text: &str) -> Result<Report, ReportError> {
    #[derive(Deserialize)]
    struct Version {
        schema: u32,
    }
    let Version { schema } = serde_json::from_str(text)?;
    if schema != REPORT_SCHEMA {
        return Err(ReportError::Version { found: schema });
    }
    let document: Document = serde_json::from_str(text)?;
    Ok(Report {
        tool: document.tool.name,
        version: document.tool.version,
        target: document.target,
        cases: document.cases.into_iter().map(result).collect(),
        deselected: document.deselected,
        baseline_problems: document.baseline_problems,
        untried: document.untried,
        notes: document.notes,
        strictness: if document.strict {
            Strictness::Strict
        } else {
            Strictness::Usual
        },
        duration_ms: document.summary.duration_ms,
        interrupted: document.interrupted,
        lost: Vec::new(),
    })
}

fn case(result: &CaseResult, strictness: Strictness) -> Case {
    let reason = Some(result.reason.clone()).filter(|reason| !reason.is_empty());
    let (skip_reason, reason) = if result.verdict == Verdict::Skip {
        (reason, None)
    } else {
        (None, reason)
    };
    Case {
        id: result.id.clone(),
        title: result.title.clone(),
        why: result.why.clone(),
        level: result.level,
        requirements: result.requirements.clone(),
        beyond: result.beyond.clone(),
        verdict: result.verdict,
        counts: result.counts(strictness),
        duration_ms: result.duration_ms,
        waits_ms: result.waits_ms,
        findings: result.findings.clone(),
        known: result.known.clone(),
        skip_reason,
        reason,
        output: result.output.clone(),
        margins: result.headroom.clone(),
        reproduce: result.reproduce.clone(),
    }
}

fn result(case: Case) -> CaseResult {
    CaseResult {
        id: case.id,
        title: case.title,
        why: case.why,
        level: case.level,
        requirements: case.requirements,
        beyond: case.beyond,
        verdict: case.verdict,
        duration_ms: case.duration_ms,
        waits_ms: case.waits_ms,
        findings: case.findings,
        known: case.known,
        reason: case.skip_reason.or(case.reason).unwrap_or_default(),
        output: case.output,
        headroom: case.margins,
        reproduce: case.reproduce,
    }
}
