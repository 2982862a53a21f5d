//! In one line, what a case shows that does not fail the run, for formats that can only call it "skipped".

use super::text::one_line;
use crate::verdict::{CaseResult, Verdict};

/// `SHOULD ERR-04 (missing-header): no such header; it counts only with --strict`
pub fn lenient(case: &CaseResult) -> String {
    let what = match case.verdict {
        Verdict::Inconclusive | Verdict::Flaky => {
            format!("{}: {}", case.verdict.word(), case.reason)
        }
        Verdict::Pass
        | Verdict::Fail
        | Verdict::ExpectedFailure
        | Verdict::UnexpectedPass
        | Verdict::Skip
        | Verdict::Error => {
            let mut breaches = case.new_breaches();
            let first = breaches.next().map(|finding| {
                format!(
                    "{} {} ({}): {}",
                    finding.level, finding.requirement, finding.code, finding.actual
                )
            });
            let first = first.unwrap_or_else(|| case.title.clone());
            match breaches.count() {
                0 => first,
                more => format!("{first} (and {more} more)"),
            }
        }
    };
    one_line(&format!("{what}; it counts only with --strict"))
}
