//! The baseline: known failures, accepted with a reason, and best with a last day.

mod edit;
mod read;

pub use edit::{Accepted, EditFault, Terms};
pub use read::BaselineFault;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CaseResult, Date, Known, Outcome, Verdict, rule};

/// An entry that was removed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Removed {
    /// The entry.
    pub entry: Known,
    /// Why: the code of a [`ProblemKind`], or `unknown-case`.
    pub why: &'static str,
}

/// The known failures of a target.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Baseline {
    /// The file, for messages.
    pub path: String,
    /// Its entries, in the order of the file.
    pub known: Vec<Known>,
}

/// Why an entry no longer fits after the run.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// The case passes.
    UnexpectedPass,
    /// The case fails, but with other codes.
    Unmatched,
    /// Its day is past.
    Expired,
}

impl ProblemKind {
    /// A stable name, in kebab case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnexpectedPass => "unexpected-pass",
            Self::Unmatched => "unmatched",
            Self::Expired => "expired",
        }
    }
}

/// An entry that no longer fits the runtime. It fails the run.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineProblem {
    /// What is wrong.
    pub kind: ProblemKind,
    /// The file.
    pub path: String,
    /// The line of the entry.
    pub line: usize,
    /// The entry's case.
    pub case: String,
    /// The entry's code.
    pub code: String,
    /// What is wrong and how to fix it.
    pub text: String,
}

impl fmt::Display for BaselineProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.text)
    }
}

impl Baseline {
    /// The entries for a case, also expired ones.
    pub fn entries<'a>(&'a self, case: &'a str) -> impl Iterator<Item = &'a Known> {
        self.known.iter().filter(move |entry| entry.case == case)
    }

    /// The codes that it knows for each case, without expired entries.
    pub fn known_codes(&self, today: Date) -> BTreeMap<String, Vec<String>> {
        let mut codes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for entry in self.known.iter().filter(|entry| entry.in_force(today)) {
            codes
                .entry(entry.case.clone())
                .or_default()
                .push(entry.code.clone());
        }
        codes
    }

    /// Applies the baseline to one result. To do it twice changes nothing.
    pub fn apply(&self, result: &mut CaseResult, today: Date) {
        if !is_settled(result.verdict) {
            return;
        }
        let in_force: Vec<&Known> = self
            .entries(&result.id)
            .filter(|entry| entry.in_force(today))
            .collect();
        let outcome = Outcome::Judged {
            findings: result.findings.clone(),
            inconclusive: None,
        };
        let ruling = rule(&outcome, &in_force);
        (result.verdict, result.known) = (ruling.verdict, ruling.known);
        // Other remarks, such as how many plays failed, stay.
        if !ruling.reason.is_empty() {
            result.reason = ruling.reason;
        }
    }

    fn problem(&self, entry: &Known, result: &CaseResult, today: Date) -> Option<BaselineProblem> {
        let Known { case, code, .. } = entry;
        let breached = result
            .findings
            .iter()
            .any(|finding| super::is_breach(finding) && finding.code == *code);
        let any = result.findings.iter().any(super::is_breach);
        let (kind, text) = match (breached, any, entry.until) {
            (true, _, Some(until)) if today > until => (
                ProblemKind::Expired,
                format!(
                    "`{case}` may fail with `{code}` until {until}, but still fails; fix the \
                     runtime, or choose a later day"
                ),
            ),
            (true, ..) => return None,
            (false, true, _) => (
                ProblemKind::Unmatched,
                format!(
                    "`{case}` fails, but not with `{code}`; remove the entry, or name a code that \
                     the report shows"
                ),
            ),
            (false, false, _) => (
                ProblemKind::UnexpectedPass,
                format!("`{case}` no longer fails with `{code}`; remove the entry"),
            ),
        };
        Some(BaselineProblem {
            kind,
            path: self.path.clone(),
            line: entry.line,
            case: case.clone(),
            code: code.clone(),
            text,
        })
    }
}

/// Whether the case showed what it is about. If not, its entries are left alone.
fn is_settled(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Pass | Verdict::Fail | Verdict::ExpectedFailure | Verdict::UnexpectedPass => true,
        Verdict::Skip | Verdict::Flaky | Verdict::Inconclusive | Verdict::Error => false,
    }
}

/// Applies the baseline to all results, and gives the entries that no longer fit, in the order of the file.
#[must_use]
pub fn reconcile(
    results: &mut [CaseResult],
    baseline: &Baseline,
    today: Date,
) -> Vec<BaselineProblem> {
    for result in results.iter_mut() {
        baseline.apply(result, today);
    }
    baseline
        .known
        .iter()
        .filter_map(|entry| {
            let result = results
                .iter()
                .find(|result| result.id == entry.case && is_settled(result.verdict))?;
            baseline.problem(entry, result, today)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{judged, result};
    use super::*;
    use crate::law::Level;

    impl Known {
        pub(in super::super) fn for_tests(code: &str) -> Self {
            Self {
                case: "next/a".to_owned(),
                code: code.to_owned(),
                reason: "accepted".to_owned(),
                until: None,
                line: 1,
            }
        }
    }

    #[track_caller]
    fn check(text: &str, outcome: Outcome, verdict: Verdict, problems: &[&str]) {
        let baseline =
            Baseline::read("known.toml", text, &["next/a".to_owned()]).expect("a baseline");
        let today = Date::new(2026, 11, 25).expect("a day");
        let mut results = [result("next/a", outcome)];
        // The second time is at the end of the run; each result has had the baseline applied before.
        for _ in 0..2 {
            let found: Vec<_> = reconcile(&mut results, &baseline, today)
                .iter()
                .map(ToString::to_string)
                .collect();
            assert_eq!(found, problems);
            assert_eq!(results[0].verdict, verdict);
        }
    }

    const FOREVER: &str =
        "[[known]]\ncase = \"next/a\"\ncode = \"late-poll\"\nreason = \"issue 31\"\n";

    #[test]
    fn a_known_failure_is_expected() {
        let late = || judged(&[("late-poll", Level::Must)]);
        check(FOREVER, late(), Verdict::ExpectedFailure, &[]);
        for day in ["2026-11-25", "\"2027-01-31\""] {
            let text = format!("{FOREVER}until = {day}\n");
            check(&text, late(), Verdict::ExpectedFailure, &[]);
        }
    }

    #[test]
    fn a_new_breach_beside_a_known_one_still_fails() {
        let both = judged(&[("late-poll", Level::Must), ("two-answers", Level::Must)]);
        check(FOREVER, both, Verdict::Fail, &[]);
    }

    #[test]
    fn an_entry_that_no_longer_fits_is_told() {
        check(
            FOREVER,
            judged(&[]),
            Verdict::UnexpectedPass,
            &["known.toml:1: `next/a` no longer fails with `late-poll`; remove the entry"],
        );
        check(
            FOREVER,
            judged(&[("two-answers", Level::Should)]),
            Verdict::Fail,
            &[
                "known.toml:1: `next/a` fails, but not with `late-poll`; remove the entry, or name a \
               code that the report shows",
            ],
        );
        check(
            &format!("\n{FOREVER}until = 2026-11-24\n"),
            judged(&[("late-poll", Level::Must)]),
            Verdict::Fail,
            &[
                "known.toml:2: `next/a` may fail with `late-poll` until 2026-11-24, but still fails; \
               fix the runtime, or choose a later day",
            ],
        );
        check(
            &format!("{FOREVER}until = 2026-11-24\n"),
            judged(&[]),
            Verdict::Pass,
            &["known.toml:1: `next/a` no longer fails with `late-poll`; remove the entry"],
        );
    }

    #[test]
    fn entries_of_cases_that_showed_nothing_are_left_alone() {
        let unclear = Outcome::Judged {
            findings: Vec::new(),
            inconclusive: Some("x".to_owned()),
        };
        let expired = format!("{FOREVER}until = 2020-01-01\n");
        for (outcome, verdict) in [
            (Outcome::Skipped("x".to_owned()), Verdict::Skip),
            (Outcome::Fault("x".to_owned()), Verdict::Error),
            (unclear, Verdict::Inconclusive),
        ] {
            check(&expired, outcome, verdict, &[]);
        }
    }
}
