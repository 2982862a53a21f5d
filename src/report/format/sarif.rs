//! SARIF 2.1.0, as code scanning services read it: a rule for each requirement, a result for each breach in a case.
//!
//! A known failure is suppressed, with its reason. The place of a result is the file of its case.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::check::Finding;
use crate::law::{self, Level};
use crate::report::digest::sha256;
use crate::verdict::{CaseResult, Date, Report};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json";

/// The reports as one log, with a run for each.
pub fn render(reports: &[(&Report, Date)]) -> String {
    let runs: Vec<Value> = reports.iter().map(|(report, _)| run(report)).collect();
    let log = json!({"$schema": SCHEMA, "version": "2.1.0", "runs": runs});
    format!("{log:#}\n")
}

fn run(report: &Report) -> Value {
    let findings = |case: &'_ CaseResult| {
        case.findings
            .iter()
            .map(|one| one.requirement.clone())
            .collect::<Vec<_>>()
    };
    let named: BTreeSet<String> = report.cases.iter().flat_map(findings).collect();
    let rules: Vec<Value> = named.iter().map(|id| rule(id)).collect();
    let results = report.by_id().into_iter().flat_map(|case| {
        let results = case.findings.iter().map(|finding| result(case, finding));
        results.collect::<Vec<_>>()
    });
    let results: Vec<Value> = results.collect();
    json!({
        "tool": {"driver": {"name": report.tool, "version": report.version, "rules": rules}},
        "invocations": [{
            "executionSuccessful": !report.interrupted && report.lost.is_empty(),
            "exitCode": report.conclusion().exit_code(),
        }],
        "properties": {"target": report.target.told()},
        "results": results,
    })
}

fn rule(id: &str) -> Value {
    let mut rule = json!({"id": id});
    if let Some(law) = law::requirements().get(id) {
        rule["shortDescription"] = json!({"text": law.text});
        rule["defaultConfiguration"] = json!({"level": level(law.level)});
        if let Some(why) = &law.why {
            rule["fullDescription"] = json!({"text": why});
        }
        if let Some(fix) = &law.fix {
            rule["help"] = json!({"text": fix});
        }
    }
    rule
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Must => "error",
        Level::Should => "warning",
        Level::May | Level::Info => "note",
    }
}

fn result(case: &CaseResult, finding: &Finding) -> Value {
    let known = case.known.iter().filter(|known| known.code == finding.code);
    let suppressions: Vec<Value> = known
        .map(|known| json!({"kind": "external", "status": "accepted", "justification": known.reason}))
        .collect();
    let mut message = format!(
        "{}: expected {}; actual {}.",
        case.id, finding.expected, finding.actual
    );
    if !case.reproduce.is_empty() {
        message.push_str(&format!(" Reproduce: {}", case.reproduce));
    }
    let place = json!({"artifactLocation": {"uri": format!("cases/{}.json", case.id)}});
    let key = format!("{} {} {}", case.id, finding.requirement, finding.code);
    let mut result = json!({
        "ruleId": finding.requirement,
        "level": level(finding.level),
        "message": {"text": message},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"caseRequirementCode/v1": sha256(&key)},
        "properties": {"code": finding.code, "wire": finding.evidence.lines},
    });
    if !suppressions.is_empty() {
        result["suppressions"] = suppressions.into();
    }
    result
}
