//! The colour of a verdict, and the label of its reason.

use crate::report::style::Hue;
use crate::verdict::{CaseResult, Strictness, Verdict};

/// Red is what fails the usual run, yellow what should be looked at.
pub(super) fn hue(verdict: Verdict, counts: bool) -> Hue {
    match verdict {
        Verdict::Pass => Hue::Green,
        Verdict::Fail | Verdict::UnexpectedPass | Verdict::Error if counts => Hue::Red,
        Verdict::Fail
        | Verdict::UnexpectedPass
        | Verdict::Error
        | Verdict::ExpectedFailure
        | Verdict::Flaky
        | Verdict::Inconclusive => Hue::Yellow,
        Verdict::Skip => Hue::None,
    }
}

pub(super) fn hue_of(case: &CaseResult) -> Hue {
    hue(case.verdict, case.counts(Strictness::Usual))
}

/// Why a case failed without a breach, and the label of this reason.
pub(super) fn reason(verdict: Verdict, reason: &str) -> (&'static str, String) {
    let fault = "This is a fault of ricspec or of the machine, not of the runtime.";
    match verdict {
        Verdict::Error => ("error", format!("{reason}\n{fault}")),
        Verdict::Pass
        | Verdict::Flaky
        | Verdict::Fail
        | Verdict::ExpectedFailure
        | Verdict::UnexpectedPass
        | Verdict::Skip
        | Verdict::Inconclusive => ("reason", reason.to_owned()),
    }
}
