//! The compliance report for machines; `specs/schemas/compliance.schema.json` describes it.

use serde::Serialize;
use serde_json::{Value, json};

use super::model::{Compliance, Counts};
use crate::law::Level;
use crate::verdict::Clause;

/// The version of this format.
const COMPLIANCE_SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Levels {
    must: Counts,
    should: Counts,
}

/// One report as a document, or several as a list of them.
pub(super) fn document(all: &[Compliance<'_>]) -> String {
    let value = match all {
        [one] => value(one),
        all => Value::Array(all.iter().map(value).collect()),
    };
    format!("{value:#}\n")
}

fn value(one: &Compliance<'_>) -> Value {
    let levels = |profile: Option<&str>| Levels {
        must: one.counts(Level::Must, profile),
        should: one.counts(Level::Should, profile),
    };
    let profiles = one.profiles().into_iter();
    let profiles: Vec<Value> = profiles
        .map(|profile| json!({"name": profile, "counts": levels(Some(profile))}))
        .collect();
    let report = one.report;
    json!({
        "schema": COMPLIANCE_SCHEMA,
        "name": one.name,
        "sentence": one.sentence(),
        "date": one.day,
        "tool": {"name": report.tool, "version": report.version},
        "set": {
            "name": one.set(),
            "sha256": one.set_digest(),
            "chosen": report.set.as_ref().is_some_and(|set| set.chosen),
        },
        "target": report.target,
        "interrupted": report.interrupted,
        "transcripts": one.transcripts().map(|(sha256, number)| json!({"sha256": sha256, "number": number})),
        "reproduce": report.reproduce,
        "counts": levels(None),
        "profiles": profiles,
        "unseen": one.unseen(),
        "requirements": clauses(one, &one.clauses),
        "newer": clauses(one, &one.newer),
    })
}

fn clauses(one: &Compliance<'_>, clauses: &[Clause]) -> Vec<Value> {
    let clause = |clause: &Clause| {
        let evidence = one.evidence(clause).map(|(case, finding)| {
            json!({
                "case": case.id, "code": finding.code, "expected": finding.expected, "actual": finding.actual,
                "lines": finding.evidence.lines, "reproduce": case.reproduce,
            })
        });
        let known = one.known(clause).into_iter();
        let known: Vec<Value> = known
            .map(|(known, cases)| {
                json!({"code": known.code, "reason": known.reason, "until": known.until, "cases": cases})
            })
            .collect();
        json!({
            "id": clause.id, "level": clause.level, "text": clause.text, "profile": clause.profile,
            "conformity": clause.conformity, "broken_at": clause.broken_at, "reasons": clause.reasons,
            "cases": clause.cases, "evidence": evidence, "known": known,
        })
    };
    clauses.iter().map(clause).collect()
}
