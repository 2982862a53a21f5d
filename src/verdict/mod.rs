//! The ruling: findings, faults and the baseline become verdicts, and verdicts become an exit code.
//!
//! Pure; the caller gives the date. Only [`rule`] makes a verdict.

mod baseline;
mod compare;
mod conclusion;
mod conformity;
mod date;
mod matrix;
mod merge;
mod result;
mod ruling;
mod trend;
mod under;
mod untried;

pub use baseline::{
    Accepted, Baseline, BaselineFault, BaselineProblem, EditFault, ProblemKind, Removed, Terms,
    reconcile,
};
pub use compare::{Breach, Change, Comparison, Single, compare};
pub use conclusion::{Conclusion, Report, Summary};
pub use conformity::{CORE, Clause, Conformity, shown_profiles};
pub use date::Date;
pub use matrix::{Maker, Matrix, Missing, Row, RowState, Standing, Tally};
pub use merge::{MergeFault, merge};
pub use result::{Artifact, CaseResult, Strictness, TargetInfo};
pub use ruling::{Known, KnownBreach, Outcome, Ruling, Verdict, breaks_a_must, is_breach, rule};
pub use trend::{Course, Point, Score, trend};
pub use untried::{Untried, untried};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Evidence;
    use crate::check::Finding;
    use crate::law::Level;

    pub(super) fn finding(code: &str, level: Level) -> Finding {
        Finding {
            requirement: "RESP-01".to_owned(),
            level,
            code: code.to_owned(),
            expected: "one answer".to_owned(),
            actual: "two answers".to_owned(),
            evidence: Evidence::default(),
            step: None,
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
            target: TargetInfo::new("process", Vec::new()),
            cases,
            deselected: 0,
            left_out: Vec::new(),
            set: None,
            day: None,
            baseline_problems: Vec::new(),
            untried: Vec::new(),
            notes: Vec::new(),
            strictness: Strictness::Usual,
            duration_ms: 0,
            interrupted: false,
            reproduce: String::new(),
            lost: Vec::new(),
        }
    }

    /// The result of a case about these requirements.
    pub(super) fn about(id: &str, outcome: Outcome, requirements: &[&str]) -> CaseResult {
        let mut result = result(id, outcome);
        result.requirements = requirements.iter().map(|id| (*id).to_owned()).collect();
        result
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
        // A remark is not a failure, so an entry for it is stale.
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
            until: None,
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
