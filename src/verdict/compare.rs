//! Two reports compared: what is better, worse, new and gone.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{CaseResult, Report, Standing, Verdict, is_breach};
use crate::law::Level;

/// What has changed from one report to another.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Comparison {
    /// Cases that break less.
    pub better: Vec<Change>,
    /// Cases that break more, or that no longer show anything.
    pub worse: Vec<Change>,
    /// Cases that only the second report has.
    pub new: Vec<Single>,
    /// Cases that only the first report has.
    pub gone: Vec<Single>,
    /// How many cases are the same in both.
    pub same: usize,
    /// What makes the comparison doubtful.
    pub notes: Vec<String>,
}

/// A case that has changed.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Change {
    /// The case.
    pub case: String,
    /// The verdict before.
    pub from: Verdict,
    /// The verdict now.
    pub to: Verdict,
    /// Breaches that have come, or are stronger now.
    pub added: Vec<Breach>,
    /// Breaches that are gone, or weaker now.
    pub removed: Vec<Breach>,
    /// Why the case shows nothing now, if so.
    pub reason: String,
}

/// A kind of breach in a case.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Breach {
    /// The requirement.
    pub requirement: String,
    /// The code of the finding.
    pub code: String,
    /// Its level.
    pub level: Level,
}

/// A case that one report has.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Single {
    /// The case.
    pub case: String,
    /// Its verdict.
    pub verdict: Verdict,
}

/// Compares two reports, case by case.
pub fn compare(before: &Report, now: &Report) -> Comparison {
    let old: BTreeMap<&str, &CaseResult> = by_id(before);
    let new: BTreeMap<&str, &CaseResult> = by_id(now);
    let mut comparison = Comparison {
        notes: doubts(before, now),
        ..Comparison::default()
    };
    for (id, one) in &old {
        match new.get(id) {
            None => comparison.gone.push(Single::of(one)),
            Some(other) => comparison.take(one, other),
        }
    }
    let only = new.iter().filter(|(id, _)| !old.contains_key(*id));
    comparison.new = only.map(|(_, case)| Single::of(case)).collect();
    comparison
}

fn by_id(report: &Report) -> BTreeMap<&str, &CaseResult> {
    let cases = report.cases.iter();
    cases.map(|case| (case.id.as_str(), case)).collect()
}

/// What differs in the runs themselves.
fn doubts(before: &Report, now: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    if before.version != now.version {
        notes.push(format!(
            "made by ricspec {} and {}: cases may have changed",
            before.version, now.version
        ));
    }
    let name = |report: &Report| {
        let set = report.set.as_ref();
        set.map_or_else(|| "no set".to_owned(), |set| set.set.name.clone())
    };
    let is_same = before.set == now.set;
    if !is_same {
        notes.push(format!(
            "measured by {} and {}: levels may differ",
            name(before),
            name(now)
        ));
    }
    if before.interrupted || now.interrupted {
        notes.push("a run was interrupted".to_owned());
    }
    notes
}

impl Single {
    fn of(case: &CaseResult) -> Self {
        Self {
            case: case.id.clone(),
            verdict: case.verdict,
        }
    }
}

/// Whether a case shows something about the target.
fn shows(case: &CaseResult) -> bool {
    match Standing::of(case) {
        Standing::Must | Standing::Should | Standing::Pass => true,
        Standing::Skip | Standing::Inconclusive | Standing::Error => false,
    }
}

fn breaches(case: &CaseResult) -> BTreeMap<(&str, &str), Level> {
    let mut all = BTreeMap::new();
    for finding in case.findings.iter().filter(|finding| is_breach(finding)) {
        let key = (finding.requirement.as_str(), finding.code.as_str());
        let level = all.entry(key).or_insert(finding.level);
        *level = finding.level.max(*level);
    }
    all
}

/// The breaches of one that the other does not have at this level.
fn beyond(one: &CaseResult, other: &CaseResult) -> Vec<Breach> {
    let known = breaches(other);
    let all = breaches(one).into_iter();
    let more = all.filter(|(key, level)| known.get(key).is_none_or(|known| known < level));
    more.map(|((requirement, code), level)| Breach {
        requirement: requirement.to_owned(),
        code: code.to_owned(),
        level,
    })
    .collect()
}

impl Comparison {
    /// Whether something is worse.
    pub fn is_worse(&self) -> bool {
        !self.worse.is_empty()
    }

    fn take(&mut self, before: &CaseResult, now: &CaseResult) {
        let change = Change {
            case: now.id.clone(),
            from: before.verdict,
            to: now.verdict,
            added: beyond(now, before),
            removed: beyond(before, now),
            reason: match shows(now) {
                true => String::new(),
                false => now.reason.clone(),
            },
        };
        let grew = match (shows(before), shows(now)) {
            // Nothing is known any more.
            (true, false) => true,
            (false, false) => return self.same += 1,
            (_, true) => !change.added.is_empty(),
        };
        let shrank = !change.removed.is_empty() || !shows(before);
        match (grew, shrank) {
            (true, _) => self.worse.push(change),
            (false, true) => self.better.push(change),
            (false, false) => self.same += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::super::tests::{judged, report, result};
    use super::*;

    fn told(before: Outcome, now: Outcome) -> (usize, usize, usize) {
        let one = report(vec![result("a/a", before)]);
        let other = report(vec![result("a/a", now)]);
        let found = compare(&one, &other);
        (found.better.len(), found.worse.len(), found.same)
    }

    #[test]
    fn each_change_has_its_direction() {
        const SAME: (usize, usize, usize) = (0, 0, 1);
        const BETTER: (usize, usize, usize) = (1, 0, 0);
        const WORSE: (usize, usize, usize) = (0, 1, 0);
        let must = || judged(&[("a", Level::Must)]);
        let should = || judged(&[("a", Level::Should)]);
        let skipped = || Outcome::Skipped("no verb".to_owned());
        assert_eq!(told(judged(&[]), judged(&[])), SAME);
        assert_eq!(told(must(), must()), SAME);
        assert_eq!(told(skipped(), skipped()), SAME);
        assert_eq!(told(must(), judged(&[])), BETTER);
        assert_eq!(told(must(), should()), BETTER);
        assert_eq!(told(skipped(), judged(&[])), BETTER);
        assert_eq!(told(should(), must()), WORSE);
        assert_eq!(told(must(), judged(&[("b", Level::Should)])), WORSE);
        assert_eq!(told(skipped(), must()), WORSE);
        assert_eq!(told(judged(&[]), skipped()), WORSE);
        assert_eq!(told(must(), skipped()), WORSE);
    }

    #[test]
    fn new_and_gone_cases_are_told_and_not_judged() {
        let one = report(vec![result("a/a", judged(&[]))]);
        let other = report(vec![result("a/b", judged(&[("a", Level::Must)]))]);
        let found = compare(&one, &other);
        assert_eq!(
            (found.new[0].case.as_str(), found.gone[0].case.as_str()),
            ("a/b", "a/a")
        );
        assert!(!found.is_worse());
    }
}
