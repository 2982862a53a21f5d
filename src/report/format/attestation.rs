//! An in-toto statement with the test-result predicate, to be signed: which requirements of the set the target meets.
//!
//! A test is a requirement. A broken MUST fails it, also a known one; a broken SHOULD, or a MUST that was not tried, is a
//! warning.

use serde_json::{Value, json};

use crate::law::Level;
use crate::report::digest::{of_set, sha256, transcripts};
use crate::verdict::{Clause, Conformity, Date, Report, shown_profiles};

/// One statement; of several runs a list of statements, one line each.
pub fn render(reports: &[(&Report, Date)]) -> String {
    let all: Vec<Value> = reports
        .iter()
        .map(|(report, _)| statement(report))
        .collect();
    match all.as_slice() {
        [one] => format!("{one:#}\n"),
        all => all.iter().map(|one| format!("{one}\n")).collect(),
    }
}

fn statement(report: &Report) -> Value {
    let mut clauses = report.clauses();
    clauses.retain(|clause| clause.in_set && is_binding(clause));
    let named = |wanted: Standing| {
        let all = clauses
            .iter()
            .filter(|clause| standing(clause) == Some(wanted));
        all.map(|clause| clause.id.as_str()).collect::<Vec<_>>()
    };
    let (passed, warned, failed) = (
        named(Standing::Passed),
        named(Standing::Warned),
        named(Standing::Failed),
    );
    let shown = shown_profiles(&clauses);
    let untried = clauses.iter().any(|clause| {
        let profile = clause.profile.as_deref();
        clause.level == Level::Must
            && clause.conformity == Conformity::NotTried
            && profile.is_some_and(|profile| shown.contains(profile))
    });
    let result = match (failed.as_slice(), warned.as_slice()) {
        ([_, ..], _) => "FAILED",
        ([], []) if !untried && !passed.is_empty() => "PASSED",
        ([], _) => "WARNED",
    };
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subjects(report),
        "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
        "predicate": {
            "result": result,
            "configuration": configuration(report),
            "passedTests": passed,
            "warnedTests": warned,
            "failedTests": failed,
        },
    })
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Standing {
    Passed,
    Warned,
    Failed,
}

fn is_binding(clause: &Clause) -> bool {
    match clause.level {
        Level::Must | Level::Should => true,
        Level::May | Level::Info => false,
    }
}

fn standing(clause: &Clause) -> Option<Standing> {
    match clause.conformity {
        Conformity::Conforms => Some(Standing::Passed),
        Conformity::Breaks if clause.broken_at == Some(Level::Must) => Some(Standing::Failed),
        Conformity::Breaks => Some(Standing::Warned),
        Conformity::NotTried | Conformity::NotApplicable => None,
    }
}

/// The files that the user names; otherwise what was started.
fn subjects(report: &Report) -> Vec<Value> {
    let artifacts = report.target.artifacts.iter();
    let mut all: Vec<Value> = artifacts
        .filter_map(|artifact| {
            let digest = artifact.digest.strip_prefix("sha256:")?;
            Some(json!({"name": artifact.name, "digest": {"sha256": digest}}))
        })
        .collect();
    if all.is_empty() {
        all.push(subject(report));
    }
    all
}

/// What was checked: the image or the program; if its digest is not known, what was recorded of it.
fn subject(report: &Report) -> Value {
    let target = &report.target;
    let name = match target.kind.as_str() {
        "image" | "process" | "extension" => target.command.first().cloned(),
        _ => None,
    };
    let name = name.unwrap_or_else(|| target.told());
    let own = target.digest.as_deref();
    let own = own.and_then(|digest| digest.strip_prefix("sha256:"));
    match own {
        Some(digest) => json!({"name": name, "digest": {"sha256": digest}}),
        None => json!({
            "name": format!("transcripts of {}", target.told()),
            "digest": {"sha256": transcripts(report).map_or_else(|| sha256(""), |(digest, _)| digest)},
        }),
    }
}

/// What it was measured by, and with what.
fn configuration(report: &Report) -> Vec<Value> {
    let mut all = Vec::new();
    if let Some(set) = &report.set {
        all.push(json!({"name": set.set.name, "digest": {"sha256": of_set(set)}}));
    }
    let (tool, version) = (&report.tool, &report.version);
    all.push(json!({
        "name": tool,
        "uri": format!("pkg:cargo/{tool}@{version}"),
        "annotations": {
            "command": report.target.command,
            "runtime": report.target.runtime,
            "architecture": report.target.architecture,
            "reproduce": report.reproduce,
        },
    }));
    all.extend(transcripts(report).map(|(digest, number)| {
        json!({"name": "transcripts", "digest": {"sha256": digest}, "annotations": {"number": number}})
    }));
    all
}
