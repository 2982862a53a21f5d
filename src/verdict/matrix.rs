//! Many runtimes side by side: a row for each, with the counts of its cases, and the total.

mod alone;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CaseResult, Conclusion, Date, Report, Verdict, is_breach};
use crate::law::Level;

/// Runtimes side by side.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// `ricspec`
    pub tool: String,
    /// Its version.
    pub version: String,
    /// The day of the run.
    pub day: Date,
    /// A row for each runtime, in any order.
    pub rows: Vec<Row>,
    /// Whether a missing row is accepted.
    pub missing: Missing,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
    /// Reports of it that could not be written, and why.
    pub lost: Vec<String>,
}

/// What a missing row means for the exit code.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Missing {
    /// The exit code says so.
    #[default]
    Counts,
    /// It is accepted.
    Accepted,
}

/// Who makes a runtime.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Maker {
    /// AWS.
    Official,
    /// Others, for everybody.
    Community,
    /// You, or ricspec itself.
    #[default]
    Ours,
    /// Unknown.
    #[serde(skip_deserializing)]
    Unsaid,
}

impl Maker {
    /// The word in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Community => "community",
            Self::Ours => "ours",
            Self::Unsaid => "",
        }
    }
}

/// One runtime.
#[derive(Clone, Debug)]
pub struct Row {
    /// Name and version.
    pub name: String,
    /// Who makes it.
    pub kind: Maker,
    /// The language of its functions.
    pub language: String,
    /// A description.
    pub about: String,
    /// Its result.
    pub state: RowState,
}

/// The result of a runtime.
#[derive(Clone, Debug)]
pub enum RowState {
    /// Its cases were played.
    Judged(Box<Report>),
    /// It could not be installed, started or probed; the reason.
    Missing(String),
}

impl Row {
    /// The report, if there is one.
    pub fn report(&self) -> Option<&Report> {
        match &self.state {
            RowState::Judged(report) => Some(report),
            RowState::Missing(_) => None,
        }
    }

    /// The counts of all its cases; `None` for a missing row.
    pub fn tally(&self) -> Tally {
        Tally::of(self.report().into_iter().flat_map(|report| &report.cases))
    }
}

/// What a case shows of a runtime, whatever its baseline says; later ones matter more.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Standing {
    /// It was not played.
    Skip,
    /// It passes.
    Pass,
    /// It is inconclusive.
    Inconclusive,
    /// ricspec or the machine failed. Nothing is known, so this must not hide a breach.
    Error,
    /// A SHOULD is broken.
    Should,
    /// A MUST is broken.
    Must,
}

impl Standing {
    /// All of them, the worst first.
    pub const ALL: [Self; 6] = [
        Self::Must,
        Self::Should,
        Self::Error,
        Self::Inconclusive,
        Self::Pass,
        Self::Skip,
    ];

    /// What a case shows.
    pub fn of(case: &CaseResult) -> Self {
        match case.verdict {
            Verdict::Error => Self::Error,
            Verdict::Skip => Self::Skip,
            Verdict::Inconclusive => Self::Inconclusive,
            Verdict::Pass | Verdict::UnexpectedPass => Self::Pass,
            Verdict::Fail | Verdict::ExpectedFailure | Verdict::Flaky => {
                let breaches = case.findings.iter().filter(|finding| is_breach(finding));
                match breaches.map(|finding| finding.level).max() {
                    Some(Level::Must) => Self::Must,
                    Some(_) => Self::Should,
                    // It is flaky, and was inconclusive in some play.
                    None => Self::Inconclusive,
                }
            }
        }
    }

    /// A count in words: `2 cases break a MUST`.
    pub fn words(self, number: usize) -> String {
        let (one, many) = match self {
            Self::Error => (
                "case could not be judged, which is not the runtime's fault",
                "cases could not be judged, which is not the runtime's fault",
            ),
            Self::Must => ("case breaks a MUST", "cases break a MUST"),
            Self::Should => ("case breaks a SHOULD", "cases break a SHOULD"),
            Self::Inconclusive => ("case is inconclusive", "cases are inconclusive"),
            Self::Pass => ("case passes", "cases pass"),
            Self::Skip => ("case is skipped", "cases are skipped"),
        };
        format!("{number} {}", if number == 1 { one } else { many })
    }
}

/// How many cases have which standing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tally(BTreeMap<Standing, usize>);

impl Tally {
    /// Counts cases.
    pub fn of<'a>(cases: impl IntoIterator<Item = &'a CaseResult>) -> Self {
        let mut tally = Self::default();
        for case in cases {
            *tally.0.entry(Standing::of(case)).or_default() += 1;
        }
        tally
    }

    /// How many have this standing.
    pub fn count(&self, standing: Standing) -> usize {
        self.0.get(&standing).copied().unwrap_or_default()
    }

    /// The sum.
    pub fn total(&self) -> usize {
        self.0.values().sum()
    }

    /// The worst of them, if there are any.
    pub fn worst(&self) -> Option<Standing> {
        self.0.keys().next_back().copied()
    }
}

impl Matrix {
    /// The rows, the worst first: by broken MUSTs, then by broken SHOULDs; missing rows last.
    pub fn worst_first(&self) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        rows.sort_by_cached_key(|row| {
            let tally = row.tally();
            (
                row.report().is_none(),
                Reverse(tally.count(Standing::Must)),
                Reverse(tally.count(Standing::Should)),
                row.name.clone(),
            )
        });
        rows
    }

    /// The areas of all cases, in order.
    pub fn areas(&self) -> Vec<&str> {
        let cases = self.rows.iter().filter_map(Row::report);
        let mut areas: Vec<&str> = cases
            .flat_map(|report| &report.cases)
            .map(CaseResult::area)
            .collect();
        areas.sort_unstable();
        areas.dedup();
        areas
    }

    /// With how many cases the runtimes were measured.
    pub fn cases(&self) -> usize {
        let totals = self.rows.iter().map(|row| row.tally().total());
        totals.max().unwrap_or_default()
    }

    /// The conclusion. As in a run, a fault outranks a failure; a missing row is a fault unless it is accepted, and so is a
    /// report that could not be written.
    pub fn conclusion(&self) -> Conclusion {
        let ends: Vec<Conclusion> = self
            .rows
            .iter()
            .filter_map(Row::report)
            .map(Report::conclusion)
            .collect();
        let hole = self.missing == Missing::Counts && ends.len() < self.rows.len();
        let any = |wanted| ends.contains(&wanted);
        if self.interrupted || any(Conclusion::Interrupted) {
            Conclusion::Interrupted
        } else if hole || !self.lost.is_empty() || any(Conclusion::OurFault) {
            Conclusion::OurFault
        } else if any(Conclusion::Failed) {
            Conclusion::Failed
        } else if any(Conclusion::AsExpected) {
            Conclusion::AsExpected
        } else {
            Conclusion::NothingJudged
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::super::tests::{judged, report, result};
    use super::*;

    fn row(name: &str, outcomes: Vec<Outcome>) -> Row {
        let cases = outcomes.into_iter();
        let report = report(cases.map(|outcome| result("next/a", outcome)).collect());
        Row {
            state: RowState::Judged(Box::new(report)),
            ..missing(name)
        }
    }

    fn missing(name: &str) -> Row {
        Row {
            name: name.to_owned(),
            kind: Maker::Ours,
            language: "shell".to_owned(),
            about: String::new(),
            state: RowState::Missing("no such tool".to_owned()),
        }
    }

    fn matrix(rows: Vec<Row>) -> Matrix {
        Matrix {
            tool: "ricspec".to_owned(),
            version: "0.0.0".to_owned(),
            day: Date::from_unix_seconds(0),
            rows,
            missing: Missing::Counts,
            interrupted: false,
            lost: Vec::new(),
        }
    }

    fn must() -> Outcome {
        judged(&[("a", Level::Should), ("b", Level::Must)])
    }

    fn should() -> Outcome {
        judged(&[("a", Level::Should)])
    }

    #[test]
    fn the_worst_comes_first_and_the_missing_last() {
        let matrix = matrix(vec![
            missing("absent"),
            row("good", vec![judged(&[])]),
            row("shoulds", vec![should(), should(), should()]),
            row("must", vec![must(), judged(&[])]),
            row("must and should", vec![must(), should()]),
        ]);
        let names: Vec<_> = matrix.worst_first().iter().map(|row| &row.name).collect();
        assert_eq!(
            names,
            ["must and should", "must", "shoulds", "good", "absent"]
        );
        assert_eq!(matrix.cases(), 3);
        assert_eq!(matrix.areas(), ["next"]);
    }

    #[test]
    fn each_end_has_its_code() {
        let check = |rows: Vec<Row>, counts: u8, accepted: u8| {
            let mut matrix = matrix(rows);
            assert_eq!(matrix.conclusion().exit_code(), counts);
            matrix.missing = Missing::Accepted;
            assert_eq!(matrix.conclusion().exit_code(), accepted);
            matrix.interrupted = true;
            assert_eq!(matrix.conclusion().exit_code(), 130);
        };
        let good = || row("good", vec![judged(&[])]);
        let skipped = || row("skipped", vec![Outcome::Skipped("x".to_owned())]);
        let fault = || row("fault", vec![Outcome::Fault("x".to_owned())]);
        check(vec![good(), skipped()], 0, 0);
        check(vec![good(), row("must", vec![must()])], 1, 1);
        check(vec![good(), missing("absent")], 3, 0);
        check(vec![row("must", vec![must()]), missing("absent")], 3, 1);
        check(vec![fault(), row("must", vec![must()])], 3, 3);
        check(vec![missing("absent")], 3, 4);
        check(vec![skipped()], 4, 4);
    }

    #[test]
    fn a_tally_counts_the_worst_of_each_case() {
        let row = row(
            "a",
            vec![
                must(),
                should(),
                judged(&[]),
                Outcome::Skipped(String::new()),
            ],
        );
        let tally = row.tally();
        let counts = Standing::ALL.map(|standing| tally.count(standing));
        assert_eq!(counts, [1, 1, 0, 0, 1, 1]);
        assert_eq!(tally.worst(), Some(Standing::Must));
        assert_eq!(missing("b").tally().worst(), None);
    }
}
