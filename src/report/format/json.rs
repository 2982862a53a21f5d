//! The report for machines, written and read. `specs/schemas/report.schema.json` describes it; members are only added.

mod matrix;

pub use matrix::render_matrix;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::to_raw_value;
use thiserror::Error;

use std::sync::Arc;

use crate::case::LeftOut;
use crate::check::Finding;
use crate::law::{InForce, Level, Member, SET_SCHEMA, Set};
use crate::report::digest::of_set;
use crate::verdict::{
    BaselineProblem, CaseResult, Clause, Date, KnownBreach, Report, Strictness, Summary,
    TargetInfo, Untried, Verdict,
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
    #[serde(default)]
    date: Option<Date>,
    #[serde(default)]
    set: Option<Name>,
    target: TargetInfo,
    strict: bool,
    interrupted: bool,
    exit_code: u8,
    #[serde(default)]
    reproduce: String,
    deselected: usize,
    summary: Summary,
    cases: Vec<Case>,
    baseline_problems: Vec<BaselineProblem>,
    #[serde(default)]
    untried: Vec<Untried>,
    #[serde(default)]
    notes: Vec<String>,
    #[serde(default)]
    lost: Vec<String>,
    #[serde(default, serialize_with = "in_lines")]
    requirements: Vec<Clause>,
    #[serde(default, serialize_with = "in_lines")]
    left_out: Vec<LeftOut>,
}

/// The set by which a run is measured.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Name {
    name: String,
    chosen: bool,
    #[serde(default)]
    sha256: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tool {
    pub(super) name: String,
    pub(super) version: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    title: String,
    why: String,
    level: Level,
    requirements: Vec<String>,
    #[serde(default = "core")]
    profile: String,
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
    #[serde(default = "complete")]
    complete: bool,
    #[serde(default)]
    transcript: Option<String>,
}

/// A list of many short things, each on one line: a report of few cases has hundreds of them.
fn in_lines<S: Serializer, T: Serialize>(items: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    let line = |item: &T| to_raw_value(item).expect("our own types are JSON");
    serializer.collect_seq(items.iter().map(line))
}

fn core() -> String {
    "core".to_owned()
}

const fn complete() -> bool {
    true
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
        date: report.day,
        set: name(report),
        target: report.target.clone(),
        strict: report.strictness == Strictness::Strict,
        interrupted: report.interrupted,
        exit_code: report.conclusion().exit_code(),
        reproduce: report.reproduce.clone(),
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
        lost: report.lost.clone(),
        requirements: report.clauses(),
        left_out: report.left_out.clone(),
    }
}

/// The name of the set by which a run is measured.
pub(super) fn name(report: &Report) -> Option<Name> {
    report.set.as_ref().map(|set| Name {
        name: set.set.name.clone(),
        chosen: set.chosen,
        sha256: Some(of_set(set)),
    })
}

/// The set, from the requirements of a report.
fn in_force(name: Name, clauses: Vec<Clause>) -> InForce {
    let member = |clause: Clause| Member {
        id: clause.id,
        level: clause.level,
        text: clause.text,
    };
    let (own, newer): (Vec<Clause>, Vec<Clause>) =
        clauses.into_iter().partition(|clause| clause.in_set);
    InForce {
        set: Arc::new(Set {
            schema: SET_SCHEMA.to_owned(),
            name: name.name,
            requirements: own.into_iter().map(member).collect(),
            cases: Vec::new(),
        }),
        newer: newer.into_iter().map(member).collect(),
        chosen: name.chosen,
        digest: name.sha256,
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
        left_out: document.left_out,
        set: document
            .set
            .map(|name| in_force(name, document.requirements)),
        day: document.date,
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
        reproduce: document.reproduce,
        lost: document.lost,
    })
}

pub(super) fn case(result: &CaseResult, strictness: Strictness) -> Case {
    let reason = Some(result.reason.clone()).filter(|reason| !reason.is_empty());
    let (skip_reason, reason) = if result.verdict == Verdict::Skip {
        (reason, None)
    } else {
        (None, reason)
    };
    Case {
        id: result.id.clone(),
        file: result.file.clone(),
        title: result.title.clone(),
        why: result.why.clone(),
        level: result.level,
        requirements: result.requirements.clone(),
        profile: result.profile.clone(),
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
        complete: result.complete,
        transcript: result.transcript.clone(),
    }
}

fn result(case: Case) -> CaseResult {
    CaseResult {
        id: case.id,
        file: case.file,
        title: case.title,
        why: case.why,
        level: case.level,
        requirements: case.requirements,
        profile: case.profile,
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
        complete: case.complete,
        transcript: case.transcript,
    }
}
