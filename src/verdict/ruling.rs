//! The ruling on one case: its findings, and the known failures that name it, become a verdict.

use serde::{Deserialize, Serialize};

use super::Date;
use crate::check::Finding;
use crate::law::Level;

/// The ruling on one case.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All requirements that the case tries are met.
    Pass,
    /// It failed, and passed when it was played again; the findings are those of the failure.
    Flaky,
    /// A MUST or a SHOULD is broken; the findings say which.
    Fail,
    /// Broken, and every breach is in the baseline.
    ExpectedFailure,
    /// The baseline says that it fails, but it does not.
    UnexpectedPass,
    /// Not run, with a reason.
    Skip,
    /// The runtime never did what the case is about, but broke nothing.
    Inconclusive,
    /// ricspec or the machine failed.
    Error,
}

impl Verdict {
    /// Whether the case failed, known or not.
    pub fn failed(self) -> bool {
        match self {
            Self::Fail | Self::ExpectedFailure => true,
            Self::Pass
            | Self::Flaky
            | Self::UnexpectedPass
            | Self::Skip
            | Self::Inconclusive
            | Self::Error => false,
        }
    }

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

    /// The word in reports.
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

/// The outcome of one case, before the baseline is applied.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The transcript was judged.
    Judged {
        /// Breaches and remarks.
        findings: Vec<Finding>,
        /// Why the runtime never did what the case is about, if so.
        inconclusive: Option<String>,
    },
    /// ricspec or the machine failed; how.
    Fault(String),
    /// Not run; why.
    Skipped(String),
}

/// The ruling of [`rule`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ruling {
    /// The verdict.
    pub verdict: Verdict,
    /// The breaches that the baseline knows.
    pub known: Vec<KnownBreach>,
    /// The reason, for verdicts without findings of their own; otherwise empty.
    pub reason: String,
}

/// A breach that the baseline knows.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KnownBreach {
    /// The finding's code.
    pub code: String,
    /// Why it is accepted, as the baseline says.
    pub reason: String,
    /// The last day on which it is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// Rules on one case, with the entries of the baseline that name it and are not expired.
pub fn rule(outcome: &Outcome, entries: &[&Known]) -> Ruling {
    let plain = |verdict, reason: &str| Ruling {
        verdict,
        known: Vec::new(),
        reason: reason.to_owned(),
    };
    let (findings, inconclusive) = match outcome {
        // A fault on our side outranks everything: other findings then prove nothing against the target.
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
        // An inconclusive case shows nothing, not even that its failure is gone.
        ([], [], Some(reason), _) => plain(Verdict::Inconclusive, reason),
        ([], [], None, [entry, ..]) => plain(
            Verdict::UnexpectedPass,
            &format!("the baseline says that it fails with `{}`", entry.code),
        ),
        ([], [], None, []) => plain(Verdict::Pass, ""),
    }
}

/// Whether a finding is a failure, and not only a remark.
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
            until: entry.until,
        })
        .collect()
}

/// A known failure.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Known {
    /// The case's id.
    pub case: String,
    /// The code of the finding.
    pub code: String,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is accepted.
    pub until: Option<Date>,
    /// The line of the entry, from 1.
    pub line: usize,
}

impl Known {
    pub(super) fn in_force(&self, today: Date) -> bool {
        self.until.is_none_or(|until| today <= until)
    }
}
