//! The ruling: findings, faults and the baseline become verdicts, and verdicts an exit code.
//!
//! Pure; the date is given. [`rule`] is the one place where a verdict is made.

mod baseline;
mod conclusion;
mod date;
mod matrix;
mod untried;

pub use baseline::{
    Accepted, Baseline, BaselineFault, BaselineProblem, EditFault, Known, ProblemKind, Removed,
    Terms, reconcile,
};
pub use conclusion::{Conclusion, Report, Strictness, Summary};
pub use date::Date;
pub use matrix::{Maker, Matrix, Missing, Row, RowState, Standing, Tally};
pub use untried::{Untried, untried};

use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::check::Finding;
use crate::law::Level;

/// The ruling on one case.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything that the case tries holds.
    Pass,
    /// It failed, and passed when it was played again; the findings are those of the failure.
    Flaky,
    /// A MUST or a SHOULD is broken; the findings say which.
    Fail,
    /// Broken, and every breach is in the baseline.
    ExpectedFailure,
    /// The baseline says that it fails, and it does not.
    UnexpectedPass,
    /// Not run, for a reason.
    Skip,
    /// The runtime never came to the point that the case is about, through no breach of it.
    Inconclusive,
    /// ricspec or the machine failed.
    Error,
}

impl Verdict {
    /// All verdicts, in the order in which reports count them.
    pub const ALL: [Self; 8] = [
        Self::Pass,
        Self::Flaky,
        Self::Fail,
        Self::ExpectedFailure,
        Self::UnexpectedPass,
        Self::Skip,
        Self::Inconclusive,
        Self::Error,
    ];

    /// The word that reports use.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Flaky => "flaky",
            Self::Fail => "fail",
            Self::ExpectedFailure => "expected failure",
            Self::UnexpectedPass => "unexpected pass",
            Self::Skip => "skip",
            Self::Inconclusive => "inconclusive",
            Self::Error => "error",
        }
    }
}

/// What came of one case, before the baseline is heard.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The transcript was judged.
    Judged {
        /// Breaches and remarks.
        findings: Vec<Finding>,
        /// Why the runtime never came to the point that the case is about, if it did not.
        inconclusive: Option<String>,
    },
    /// ricspec or the machine failed, and how.
    Fault(String),
    /// Not run, and why.
    Skipped(String),
}

/// What [`rule`] says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ruling {
    /// The verdict.
    pub verdict: Verdict,
    /// The breaches that the baseline knows.
    pub known: Vec<KnownBreach>,
    /// Why, for verdicts that are not the findings' own; empty otherwise.
    pub reason: String,
}

/// A breach that the baseline knows.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KnownBreach {
    /// The finding's code.
    pub code: String,
    /// Why it is accepted, in the words of the baseline.
    pub reason: String,
}

/// Rules on one case, given the entries of the baseline that name it and are still in force.
pub fn rule(outcome: &Outcome, entries: &[&Known]) -> Ruling {
    let plain = |verdict, reason: &str| Ruling {
        verdict,
        known: Vec::new(),
        reason: reason.to_owned(),
    };
    let (findings, inconclusive) = match outcome {
        // A fault on our side wins over everything: what was seen besides proves nothing against the target.
        Outcome::Fault(reason) => return plain(Verdict::Error, reason),
        Outcome::Skipped(reason) => return plain(Verdict::Skip, reason),
        Outcome::Judged {
            findings,
            inconclusive,
        } => (findings, inconclusive),
    };
    let (known, new): (Vec<&Finding>, Vec<&Finding>) = findings
        .iter()
        .filter(|finding| is_breach(finding))
        .partition(|finding| entries.iter().any(|entry| entry.code == finding.code));
    let known = known_breaches(&known, entries);
    match (new.as_slice(), known.as_slice(), inconclusive, entries) {
        ([_, ..], _, _, _) => Ruling {
            verdict: Verdict::Fail,
            known,
            reason: String::new(),
        },
        ([], [_, ..], _, _) => Ruling {
            verdict: Verdict::ExpectedFailure,
            known,
            reason: String::new(),
        },
        // Nothing is known of a case that did not come to its point, not even that its failure has gone.
        ([], [], Some(reason), _) => plain(Verdict::Inconclusive, reason),
        ([], [], None, [entry, ..]) => plain(
            Verdict::UnexpectedPass,
            &format!("the baseline says that it fails with `{}`", entry.code),
        ),
        ([], [], None, []) => plain(Verdict::Pass, ""),
    }
}

/// Whether a finding is a failure, not only a remark.
pub fn is_breach(finding: &Finding) -> bool {
    match finding.level {
        Level::Must | Level::Should => true,
        Level::May | Level::Info => false,
    }
}

/// Whether a finding is a breach of a MUST.
pub fn breaks_a_must(finding: &Finding) -> bool {
    finding.level == Level::Must
}

fn known_breaches(findings: &[&Finding], entries: &[&Known]) -> Vec<KnownBreach> {
    entries
        .iter()
        .filter(|entry| findings.iter().any(|finding| finding.code == entry.code))
        .map(|entry| KnownBreach {
            code: entry.code.clone(),
            reason: entry.reason.clone(),
        })
        .collect()
}

/// All that is known of one case after the run.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// The case's id.
    pub id: String,
    /// What a conformant runtime does.
    pub title: String,
    /// Why it matters.
    pub why: String,
    /// The strongest level among its requirements, as far as the case can show it.
    pub level: Level,
    /// The requirements that it tries.
    pub requirements: Vec<String>,
    /// Why the real service never does what it does in this case, if that is so.
    pub beyond: Option<String>,
    /// The ruling.
    pub verdict: Verdict,
    /// Wall time, in milliseconds; 0 for what was not run.
    pub duration_ms: u64,
    /// How much of it the script of the case waits at least.
    pub waits_ms: u64,
    /// Breaches, and remarks of level MAY and INFO, strongest first.
    pub findings: Vec<Finding>,
    /// Breaches that the baseline knows, with its reason.
    pub known: Vec<KnownBreach>,
    /// Why it was skipped, was flaky or inconclusive, passed unexpectedly or went wrong on our side; empty otherwise.
    pub reason: String,
    /// The last output of the process, for failures; at most some dozens of lines.
    pub output: Vec<String>,
    /// How near a passing case came to a limit, one line each.
    pub headroom: Vec<String>,
    /// One shell command that runs this case alone; empty where there is none.
    pub reproduce: String,
}

impl CaseResult {
    /// The result of a case, before the baseline is heard; the caller adds output, headroom and reproduction.
    pub fn new(case: &Case, outcome: Outcome, duration_ms: u64) -> Self {
        let Ruling {
            verdict,
            known,
            reason,
        } = rule(&outcome, &[]);
        let mut findings = match outcome {
            Outcome::Judged { findings, .. } => findings,
            Outcome::Fault(_) | Outcome::Skipped(_) => Vec::new(),
        };
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
        Self {
            id: case.id.clone(),
            title: case.title.clone(),
            why: case.why.clone(),
            level: case.level(),
            requirements: case.requirements.clone(),
            beyond: case.beyond.clone(),
            verdict,
            duration_ms,
            waits_ms: case.least_ms(),
            findings,
            known,
            reason,
            output: Vec::new(),
            headroom: Vec::new(),
            reproduce: String::new(),
        }
    }

    /// The part of the id before the slash.
    pub fn area(&self) -> &str {
        self.id.split('/').next().unwrap_or_default()
    }

    /// What becomes of this failure when the case passes in the last of so many plays.
    #[must_use]
    pub fn flaky(mut self, plays: u32) -> Self {
        let breaches = self.findings.iter().filter(|finding| is_breach(finding));
        let kinds = breaches.map(|finding| format!("{} {}", finding.requirement, finding.code));
        let mut kinds: Vec<String> = kinds.collect();
        kinds.dedup();
        let what = match kinds.is_empty() {
            true => self.reason,
            false => kinds.join(", "),
        };
        self.reason = format!("it passed in play {plays}, and not before: {what}");
        self.verdict = Verdict::Flaky;
        self
    }

    /// Whether the same was found in both, in whatever words.
    pub fn is_alike(&self, other: &Self) -> bool {
        let kinds = |result: &Self| -> Vec<(String, Level, String)> {
            let kind = |finding: &Finding| {
                let Finding {
                    requirement,
                    level,
                    code,
                    ..
                } = finding;
                (requirement.clone(), *level, code.clone())
            };
            result.findings.iter().map(kind).collect()
        };
        self.verdict == other.verdict && kinds(self) == kinds(other)
    }

    /// The breaches that the baseline does not know.
    pub fn new_breaches(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| is_breach(finding) && !self.is_known(finding))
    }

    /// Whether the baseline knows the finding.
    pub fn is_known(&self, finding: &Finding) -> bool {
        self.known.iter().any(|known| known.code == finding.code)
    }

    /// Whether the run fails by this case.
    pub fn counts(&self, strictness: Strictness) -> bool {
        match (self.verdict, strictness) {
            (Verdict::Pass | Verdict::ExpectedFailure | Verdict::Skip, _) => false,
            (Verdict::UnexpectedPass | Verdict::Error, _) => true,
            (Verdict::Fail | Verdict::Flaky | Verdict::Inconclusive, Strictness::Strict) => true,
            (Verdict::Flaky | Verdict::Inconclusive, Strictness::Usual) => false,
            (Verdict::Fail, Strictness::Usual) => self
                .new_breaches()
                .any(|finding| finding.level == Level::Must),
        }
    }
}

/// What was checked.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TargetInfo {
    /// `process`, `reference` or `image`.
    pub kind: String,
    /// The command, or the mutant's name.
    pub command: Vec<String>,
    /// What the runtime calls itself: the fixture's `runtime`, else its user agent.
    pub runtime: Option<String>,
    /// The fixture verbs that it honours.
    pub verbs: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Evidence;

    pub(super) fn finding(code: &str, level: Level) -> Finding {
        Finding {
            requirement: "RESP-01".to_owned(),
            level,
            code: code.to_owned(),
            expected: "one answer".to_owned(),
            actual: "two answers".to_owned(),
            evidence: Evidence::default(),
        }
    }

    pub(super) fn result(id: &str, outcome: Outcome) -> CaseResult {
        let case = serde_json::from_str(&format!(
            r#"{{"$schema": "", "id": "{id}", "title": "", "why": "", "requirements": [], "steps": []}}"#
        ))
        .expect("a case");
        CaseResult::new(&case, outcome, 1)
    }

    pub(in super::super) fn report(cases: Vec<CaseResult>) -> Report {
        Report {
            tool: "ricspec".to_owned(),
            version: "0.0.0".to_owned(),
            target: TargetInfo {
                kind: "process".to_owned(),
                command: Vec::new(),
                runtime: None,
                verbs: Vec::new(),
            },
            cases,
            deselected: 0,
            baseline_problems: Vec::new(),
            untried: Vec::new(),
            notes: Vec::new(),
            strictness: Strictness::Usual,
            duration_ms: 0,
            interrupted: false,
            lost: Vec::new(),
        }
    }

    pub(super) fn judged(findings: &[(&str, Level)]) -> Outcome {
        Outcome::Judged {
            findings: findings
                .iter()
                .map(|(code, level)| finding(code, *level))
                .collect(),
            inconclusive: None,
        }
    }

    #[track_caller]
    fn check(outcome: &Outcome, known: &[&str], verdict: Verdict, matched: &[&str]) {
        let entries: Vec<Known> = known.iter().map(|code| Known::for_tests(code)).collect();
        let ruling = rule(outcome, &entries.iter().collect::<Vec<_>>());
        let codes: Vec<_> = ruling
            .known
            .iter()
            .map(|known| known.code.as_str())
            .collect();
        assert_eq!((ruling.verdict, codes), (verdict, matched.to_vec()));
    }

    #[test]
    fn breaches_fail_and_remarks_do_not() {
        check(&judged(&[]), &[], Verdict::Pass, &[]);
        check(
            &judged(&[("a", Level::May), ("b", Level::Info)]),
            &[],
            Verdict::Pass,
            &[],
        );
        check(&judged(&[("a", Level::Should)]), &[], Verdict::Fail, &[]);
        check(&judged(&[("a", Level::Must)]), &[], Verdict::Fail, &[]);
    }

    #[test]
    fn the_baseline_covers_the_codes_that_it_names_and_no_other() {
        let two = judged(&[("a", Level::Must), ("b", Level::Should)]);
        check(&two, &["a", "b"], Verdict::ExpectedFailure, &["a", "b"]);
        check(&two, &["a"], Verdict::Fail, &["a"]);
        check(&two, &["c"], Verdict::Fail, &[]);
        check(
            &judged(&[("a", Level::Must)]),
            &["a", "c"],
            Verdict::ExpectedFailure,
            &["a"],
        );
        check(&judged(&[]), &["a"], Verdict::UnexpectedPass, &[]);
        // A remark is no failure, so that an entry for it is stale.
        check(
            &judged(&[("a", Level::Info)]),
            &["a"],
            Verdict::UnexpectedPass,
            &[],
        );
    }

    #[test]
    fn a_fault_of_ours_and_a_point_not_reached_are_never_blamed_on_the_target() {
        check(
            &Outcome::Fault("no port".to_owned()),
            &["a"],
            Verdict::Error,
            &[],
        );
        check(
            &Outcome::Skipped("no verb".to_owned()),
            &["a"],
            Verdict::Skip,
            &[],
        );
        let inconclusive = |findings: &[(&str, Level)]| match judged(findings) {
            Outcome::Judged { findings, .. } => Outcome::Judged {
                findings,
                inconclusive: Some("no poll came".to_owned()),
            },
            other => other,
        };
        check(&inconclusive(&[]), &["a"], Verdict::Inconclusive, &[]);
        check(
            &inconclusive(&[("a", Level::Must)]),
            &[],
            Verdict::Fail,
            &[],
        );
    }

    #[test]
    fn only_a_new_must_counts_unless_strict() {
        let check = |outcome: Outcome, usual, strict| {
            let result = result("next/a", outcome);
            assert_eq!(result.counts(Strictness::Usual), usual);
            assert_eq!(result.counts(Strictness::Strict), strict);
        };
        check(judged(&[]), false, false);
        check(judged(&[("a", Level::Should)]), false, true);
        check(
            judged(&[("a", Level::Should), ("b", Level::Must)]),
            true,
            true,
        );
        check(Outcome::Fault("x".to_owned()), true, true);
        check(Outcome::Skipped("x".to_owned()), false, false);
        let unclear = Outcome::Judged {
            findings: Vec::new(),
            inconclusive: Some("x".to_owned()),
        };
        check(unclear, false, true);

        let mut known = result(
            "next/a",
            judged(&[("a", Level::Should), ("b", Level::Must)]),
        );
        known.known.push(KnownBreach {
            code: "b".to_owned(),
            reason: "x".to_owned(),
        });
        assert!(!known.counts(Strictness::Usual));
    }

    #[test]
    fn findings_come_strongest_first() {
        let result = result(
            "next/a",
            judged(&[("a", Level::Info), ("b", Level::Must), ("c", Level::Should)]),
        );
        let codes: Vec<_> = result.findings.iter().map(|f| f.code.as_str()).collect();
        assert_eq!(codes, ["b", "c", "a"]);
    }
}
