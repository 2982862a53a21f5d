//! Reports of the shards of one run, merged: equal to the report of the whole run, but for durations.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::{CaseResult, Report, untried};
use crate::case::{Because, LeftOut};

/// Why reports are not parts of one run.
#[derive(Debug, Error)]
pub enum MergeFault {
    /// There is no report.
    #[error("nothing to merge")]
    Nothing,
    /// They differ in something that is the same for the whole run.
    #[error("report {place} differs from the first in its {what}; merge only shards of one run")]
    Differs {
        /// Its place in the list, from 1.
        place: usize,
        /// In what.
        what: &'static str,
    },
    /// A case was played in two of them.
    #[error("`{case}` was played in more than one shard; merge each shard once")]
    Twice {
        /// The case.
        case: String,
    },
}

/// The first word of the ids of what ricspec asks before it judges; each shard asks this.
const PROBE: &str = "probe/";

/// Merges the reports of all shards of a run.
///
/// # Errors
/// They are not parts of one run.
pub fn merge(reports: Vec<Report>) -> Result<Report, MergeFault> {
    for (index, other) in reports.iter().enumerate() {
        if let Some(what) = reports.first().and_then(|first| difference(first, other)) {
            let place = index + 1;
            return Err(MergeFault::Differs { place, what });
        }
    }
    let left_out = left_out(&reports);
    let mut reports = reports.into_iter();
    let mut whole = reports.next().ok_or(MergeFault::Nothing)?;
    for other in reports {
        whole.cases.extend(other.cases);
        whole.baseline_problems.extend(other.baseline_problems);
        whole.duration_ms = whole.duration_ms.max(other.duration_ms);
        whole.interrupted |= other.interrupted;
        whole.day = whole.day.max(other.day);
        add_new(&mut whole.notes, other.notes);
        add_new(&mut whole.lost, other.lost);
        add_new(&mut whole.target.verbs, other.target.verbs);
    }
    whole.cases = each_once(whole.cases)?;
    let problems = &mut whole.baseline_problems;
    problems.sort_by(|one, other| {
        (&one.path, one.line, one.kind.code()).cmp(&(&other.path, other.line, other.kind.code()))
    });
    problems.dedup();
    let played: BTreeSet<&str> = whole.cases.iter().map(|case| case.id.as_str()).collect();
    whole.left_out = left_out;
    whole
        .left_out
        .retain(|case| !played.contains(case.id.as_str()));
    whole.deselected = whole.left_out.len();
    whole.untried = untried(&whole.cases, &whole.left_out, whole.set.as_ref());
    whole.reproduce = without_shard(&whole.reproduce);
    if let Some(lack) = lack(&whole.left_out) {
        whole.notes.push(lack.clone());
        whole.lost.push(lack);
    }
    Ok(whole)
}

/// In what two reports differ that is the same for all shards of a run.
fn difference(one: &Report, other: &Report) -> Option<&'static str> {
    let (first, second) = (&one.target, &other.target);
    let all = [
        (
            (&one.tool, &one.version) == (&other.tool, &other.version),
            "version of ricspec",
        ),
        (
            first.kind == second.kind && first.command == second.command,
            "target",
        ),
        (first.runtime == second.runtime, "runtime"),
        (first.digest == second.digest, "digest of the target"),
        (one.set == other.set, "set of requirements"),
        (one.strictness == other.strictness, "strictness"),
    ];
    let found = all.into_iter().find(|(same, _)| !same);
    found.map(|(_, what)| what)
}

/// The cases that every shard leaves out, with the reason that says most.
fn left_out(reports: &[Report]) -> Vec<LeftOut> {
    let mut all: BTreeMap<&str, (usize, &LeftOut)> = BTreeMap::new();
    for case in reports.iter().flat_map(|report| &report.left_out) {
        let (times, known) = all.entry(&case.id).or_insert((0, case));
        *times += 1;
        if known.because == Because::Shard {
            *known = case;
        }
    }
    let everywhere = all
        .into_values()
        .filter(|(times, _)| *times == reports.len());
    let mut left_out: Vec<LeftOut> = everywhere.map(|(_, case)| case.clone()).collect();
    left_out.sort_by(|one, other| one.id.cmp(&other.id));
    left_out
}

fn add_new<T: PartialEq>(known: &mut Vec<T>, others: Vec<T>) {
    for other in others {
        if !known.contains(&other) {
            known.push(other);
        }
    }
}

/// Each case once. What the probe shows counts only if no case of any shard shows it.
fn each_once(cases: Vec<CaseResult>) -> Result<Vec<CaseResult>, MergeFault> {
    let (probes, mut cases): (Vec<CaseResult>, Vec<CaseResult>) = cases
        .into_iter()
        .partition(|case| case.id.starts_with(PROBE));
    cases.sort_by(|one, other| one.id.cmp(&other.id));
    if let Some(twice) = cases.windows(2).find(|pair| pair[0].id == pair[1].id) {
        let case = twice[0].id.clone();
        return Err(MergeFault::Twice { case });
    }
    let shown = |requirement: &str, code: &str| {
        let mut findings = cases.iter().flat_map(|case| &case.findings);
        findings.any(|found| found.requirement == requirement && found.code == code)
    };
    let mut left = Vec::new();
    for mut probe in probes {
        let had_findings = !probe.findings.is_empty();
        probe
            .findings
            .retain(|finding| !shown(&finding.requirement, &finding.code));
        let is_told = had_findings && probe.findings.is_empty();
        if !is_told && !left.iter().any(|known: &CaseResult| known.is_alike(&probe)) {
            left.push(probe);
        }
    }
    cases.extend(left);
    Ok(cases)
}

/// Says that a shard is missing.
fn lack(left_out: &[LeftOut]) -> Option<String> {
    let missing = left_out
        .iter()
        .filter(|case| case.because == Because::Shard);
    match missing.count() {
        0 => None,
        number => Some(format!(
            "{number} cases are in no shard that was merged: merge the reports of all shards"
        )),
    }
}

/// The command without its part `--shard I/N`.
fn without_shard(command: &str) -> String {
    match command.split_once(" --shard ") {
        Some((before, after)) => match after.split_once(' ') {
            Some((_, rest)) => format!("{before} {rest}"),
            None => before.to_owned(),
        },
        None => command.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::super::tests::{judged, report, result};
    use super::*;
    use crate::law::Level;

    fn case(id: &str) -> CaseResult {
        result(id, judged(&[]))
    }

    fn shard(ids: &[&str], others: &[&str]) -> Report {
        let mut report = report(ids.iter().map(|id| case(id)).collect());
        report.left_out = others
            .iter()
            .map(|id| LeftOut {
                id: (*id).to_owned(),
                profile: "core".to_owned(),
                requirements: vec!["RESP-01".to_owned()],
                because: Because::Shard,
            })
            .collect();
        report.reproduce = "ricspec run --shard 1/2 -- ./x".to_owned();
        report
    }

    #[test]
    fn shards_are_a_whole_run_together() {
        let whole =
            merge(vec![shard(&["a/b"], &["a/a"]), shard(&["a/a"], &["a/b"])]).expect("a run");
        let ids: Vec<&str> = whole.cases.iter().map(|case| case.id.as_str()).collect();
        assert_eq!(ids, ["a/a", "a/b"]);
        assert_eq!((whole.deselected, whole.lost.len()), (0, 0));
        assert_eq!(whole.reproduce, "ricspec run -- ./x");
    }

    #[test]
    fn a_missing_shard_is_not_green() {
        let part = merge(vec![shard(&["a/b"], &["a/a"])]).expect("a part");
        assert_eq!(part.deselected, 1);
        assert!(part.lost[0].contains("1 cases are in no shard"));
        assert_eq!(part.conclusion().exit_code(), 3);
    }

    #[test]
    fn what_is_no_part_of_the_run_is_refused() {
        let twice = merge(vec![shard(&["a/a"], &[]), shard(&["a/a"], &[])]);
        assert!(twice.expect_err("twice").to_string().contains("`a/a`"));
        let mut other = shard(&["a/b"], &[]);
        other.version = "9".to_owned();
        let fault = merge(vec![shard(&["a/a"], &[]), other]).expect_err("another version");
        assert!(
            fault
                .to_string()
                .contains("report 2 differs from the first in its version")
        );
        assert!(merge(Vec::new()).is_err());
    }

    #[test]
    fn what_a_probe_found_counts_once() {
        let probe = || result("probe/describe", judged(&[("a", Level::Must)]));
        let mut one = shard(&["a/a"], &[]);
        one.cases.push(probe());
        let mut other = shard(&["a/b"], &[]);
        other.cases.push(probe());
        let whole = merge(vec![one.clone(), other.clone()]).expect("a run");
        assert_eq!(whole.cases.len(), 3);
        other
            .cases
            .push(result("a/c", judged(&[("a", Level::Must)])));
        assert_eq!(
            merge(vec![one.clone(), other]).expect("a run").cases.len(),
            3
        );
        let skipped = result("a/d", Outcome::Skipped("x".to_owned()));
        one.cases.push(skipped);
        assert_eq!(merge(vec![one]).expect("a run").cases.len(), 3);
    }
}
