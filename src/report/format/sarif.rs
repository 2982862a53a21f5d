//! SARIF 2.1.0, as code scanning services read it: a rule for each requirement, a result for each breach in a case.
//!
//! A known failure is suppressed, with its reason. The place of a result is the line of its step in the file
//! of the case.

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

/// The file of a case, as a reference that a URI may hold.
fn uri(case: &CaseResult) -> String {
    let file = case.file.clone();
    let file = file.unwrap_or_else(|| format!("cases/{}.json", case.id));
    let mut uri = match file.starts_with('/') {
        true => "file://".to_owned(),
        false => String::new(),
    };
    for byte in file.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' | b'~' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
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
    let mut place = json!({"artifactLocation": {"uri": uri(case)}});
    let line = finding.step.as_ref().and_then(|step| step.line);
    if let Some(line) = line {
        place["region"] = json!({"startLine": line});
    }
    let key = format!("{} {} {}", case.id, finding.requirement, finding.code);
    let mut result = json!({
        "ruleId": finding.requirement,
        "level": level(finding.level),
        "message": {"text": message},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"caseRequirementCode/v1": sha256(&key)},
        "properties": {"code": finding.code, "wire": finding.evidence.lines},
    });
    if let Some(step) = &finding.step {
        result["properties"]["step"] = step.number.into();
    }
    if !suppressions.is_empty() {
        result["suppressions"] = suppressions.into();
    }
    result
}
