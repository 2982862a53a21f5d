//! How a verdict is coloured, and how its reason is called.

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

/// Why a case is not green, for another reason than a breach, and how to call that.
pub(super) fn reason(verdict: Verdict, reason: &str) -> (&'static str, String) {
    let fault =
        "This is a fault of ricspec or of the machine, and says nothing against the runtime.";
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
