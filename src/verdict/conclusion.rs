//! The whole run: its results, their counts, and its conclusion.

use serde::{Deserialize, Serialize};

use super::{BaselineProblem, CaseResult, Date, Strictness, TargetInfo, Untried, Verdict};
use crate::case::LeftOut;
use crate::law::InForce;

/// All data of a report.
#[derive(Clone, Debug)]
pub struct Report {
    /// `ricspec`
    pub tool: String,
    /// Its version.
    pub version: String,
    /// The target.
    pub target: TargetInfo,
    /// The cases of the plan, in any order.
    pub cases: Vec<CaseResult>,
    /// How many cases the selection left out.
    pub deselected: usize,
    /// These cases.
    pub left_out: Vec<LeftOut>,
    /// The requirements by which it is measured; `None` in a report of an older version.
    pub set: Option<InForce>,
    /// The day of the run; `None` in a report of an older version.
    pub day: Option<Date>,
    /// What is wrong with the baseline.
    pub baseline_problems: Vec<BaselineProblem>,
    /// MUST requirements that no case tried.
    pub untried: Vec<Untried>,
    /// Notes for the reader of the results.
    pub notes: Vec<String>,
    /// What could not be written or played, and why; the notes say it too.
    pub lost: Vec<String>,
    /// Which breaches fail the run.
    pub strictness: Strictness,
    /// Wall time of the run, in milliseconds.
    pub duration_ms: u64,
    /// Whether the run was stopped before its end.
    pub interrupted: bool,
    /// One shell command that plays the run again; empty if it is not known.
    pub reproduce: String,
}

/// How many cases have which verdict.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// [`Verdict::Pass`]
    pub pass: usize,
    /// [`Verdict::Flaky`]
    #[serde(default)]
    pub flaky: usize,
    /// [`Verdict::Fail`], whatever the level.
    pub fail: usize,
    /// [`Verdict::Skip`]
    pub skip: usize,
    /// [`Verdict::Inconclusive`]
    pub inconclusive: usize,
    /// [`Verdict::Error`]
    pub error: usize,
    /// [`Verdict::ExpectedFailure`]
    pub expected_failure: usize,
    /// [`Verdict::UnexpectedPass`]
    pub unexpected_pass: usize,
    /// Wall time of the run, in milliseconds.
    pub duration_ms: u64,
}

impl Summary {
    /// Counts results.
    pub fn of<'a>(cases: impl IntoIterator<Item = &'a CaseResult>, duration_ms: u64) -> Self {
        let mut summary = Self {
            duration_ms,
            ..Self::default()
        };
        for case in cases {
            *summary.slot(case.verdict) += 1;
        }
        summary
    }

    /// How many have this verdict.
    pub fn count(mut self, verdict: Verdict) -> usize {
        *self.slot(verdict)
    }

    /// The sum.
    pub fn total(self) -> usize {
        Verdict::ALL
            .iter()
            .map(|verdict| self.count(*verdict))
            .sum()
    }

    fn slot(&mut self, verdict: Verdict) -> &mut usize {
        match verdict {
            Verdict::Pass => &mut self.pass,
            Verdict::Flaky => &mut self.flaky,
            Verdict::Fail => &mut self.fail,
            Verdict::Skip => &mut self.skip,
            Verdict::Inconclusive => &mut self.inconclusive,
            Verdict::Error => &mut self.error,
            Verdict::ExpectedFailure => &mut self.expected_failure,
            Verdict::UnexpectedPass => &mut self.unexpected_pass,
        }
    }
}

/// The conclusion of the run, with its exit code: the only place that defines exit codes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Conclusion {
    /// 0: all as expected.
    AsExpected,
    /// 1: a MUST is broken, an unexpected pass, or a baseline that no longer fits; with `--strict` also a broken SHOULD, or
    /// a flaky or inconclusive case.
    Failed,
    /// 2: usage, or a bad case, baseline or configuration. The command line gives it, no run does.
    BadInput,
    /// 3: ricspec or the machine failed, something could not be written, or the target could not be launched.
    OurFault,
    /// 4: nothing was selected, or nothing could be judged; such a run is not green.
    NothingJudged,
    /// 130: interrupted.
    Interrupted,
}

impl Conclusion {
    /// The exit code.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::AsExpected => 0,
            Self::Failed => 1,
            Self::BadInput => 2,
            Self::OurFault => 3,
            Self::NothingJudged => 4,
            Self::Interrupted => 130,
        }
    }
}

impl Report {
    /// The cases in the order of their ids, as in every report.
    pub fn by_id(&self) -> Vec<&CaseResult> {
        let mut cases: Vec<&CaseResult> = self.cases.iter().collect();
        cases.sort_by(|one, other| one.id.cmp(&other.id));
        cases
    }

    /// The counts.
    pub fn summary(&self) -> Summary {
        Summary::of(&self.cases, self.duration_ms)
    }

    /// The conclusion. An error of ours outranks a failure: play again on a healthy machine before you blame the runtime.
    pub fn conclusion(&self) -> Conclusion {
        let summary = self.summary();
        if self.interrupted {
            Conclusion::Interrupted
        } else if summary.error > 0 || !self.lost.is_empty() {
            Conclusion::OurFault
        } else if self.cases.iter().any(|case| case.counts(self.strictness))
            || !self.baseline_problems.is_empty()
        {
            Conclusion::Failed
        } else if summary.skip + summary.inconclusive == summary.total() {
            Conclusion::NothingJudged
        } else {
            Conclusion::AsExpected
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{self, judged, result};
    use super::super::{Outcome, ProblemKind};
    use super::*;
    use crate::law::Level;

    fn report(outcomes: Vec<Outcome>) -> Report {
        let cases = outcomes.into_iter();
        tests::report(cases.map(|outcome| result("next/a", outcome)).collect())
    }

    fn unclear() -> Outcome {
        Outcome::Judged {
            findings: Vec::new(),
            inconclusive: Some("no poll came".to_owned()),
        }
    }

    #[test]
    fn each_conclusion_has_its_code() {
        let check = |outcomes: Vec<Outcome>, usual: u8, strict: u8| {
            let mut report = report(outcomes);
            assert_eq!(report.conclusion().exit_code(), usual);
            report.strictness = Strictness::Strict;
            assert_eq!(report.conclusion().exit_code(), strict);
            report.interrupted = true;
            assert_eq!(report.conclusion().exit_code(), 130);
        };
        let must = || judged(&[("a", Level::Must)]);
        let should = || judged(&[("a", Level::Should)]);
        let skipped = || Outcome::Skipped("x".to_owned());
        let fault = || Outcome::Fault("x".to_owned());
        let mut flaky = report(vec![must()]);
        flaky.cases = flaky.cases.into_iter().map(|case| case.flaky(2)).collect();
        assert_eq!(flaky.conclusion(), Conclusion::AsExpected);
        flaky.strictness = Strictness::Strict;
        assert_eq!(flaky.conclusion(), Conclusion::Failed);
        check(vec![judged(&[])], 0, 0);
        check(vec![judged(&[]), skipped()], 0, 0);
        check(vec![must()], 1, 1);
        check(vec![should()], 0, 1);
        check(vec![judged(&[]), unclear()], 0, 1);
        check(vec![unclear()], 4, 1);
        check(vec![fault(), must()], 3, 3);
        check(vec![], 4, 4);
        check(vec![skipped()], 4, 4);
    }

    #[test]
    fn a_baseline_problem_fails_the_run() {
        let mut report = report(vec![judged(&[])]);
        report.baseline_problems.push(BaselineProblem {
            kind: ProblemKind::Expired,
            path: "known.toml".to_owned(),
            line: 1,
            case: "next/a".to_owned(),
            code: "a".to_owned(),
            text: "expired".to_owned(),
        });
        assert_eq!(report.conclusion(), Conclusion::Failed);
    }

    #[test]
    fn a_run_that_lost_something_is_not_green() {
        let mut report = report(vec![judged(&[])]);
        report
            .lost
            .push("1 of 1 transcripts are not kept".to_owned());
        assert_eq!(report.conclusion(), Conclusion::OurFault);
    }

    #[test]
    fn the_summary_counts_every_verdict_once() {
        let report = report(vec![
            judged(&[]),
            judged(&[("a", Level::Should)]),
            Outcome::Skipped(String::new()),
            Outcome::Fault(String::new()),
            unclear(),
        ]);
        let summary = report.summary();
        assert_eq!(summary.total(), 5);
        for verdict in Verdict::ALL {
            let wanted = match verdict {
                Verdict::ExpectedFailure | Verdict::UnexpectedPass | Verdict::Flaky => 0,
                Verdict::Pass
                | Verdict::Fail
                | Verdict::Skip
                | Verdict::Inconclusive
                | Verdict::Error => 1,
            };
            assert_eq!(summary.count(verdict), wanted, "{verdict:?}");
        }
    }
}
