//! Rules that hold the runtime's wall clock against ours, and what becomes of them when somebody sets that clock.

use crate::case::{Case, Check, Rule, Step};
use crate::transcript::Transcript;

/// Whether a rule is about what the runtime read from the wall clock.
pub(super) fn is_read(rule: &Rule) -> bool {
    match rule {
        Rule::Remaining { .. } | Rule::Exceeds { .. } => true,
        Rule::Range { at, .. } => at.ends_with("remaining_ms"),
        _ => false,
    }
}

/// Why a case proves nothing about time, if it was to prove something: the clock was set while it was in play.
pub fn clock_fault(case: &Case, transcript: &Transcript) -> Option<String> {
    let set_by_ms = transcript.clock_set_by_ms()?;
    let reads = |check: &Check| is_read(&check.rule);
    let about_time = case.steps.iter().any(|step| match step {
        Step::Expect(expect) => expect.checks.iter().any(reads),
        _ => false,
    });
    let way = if set_by_ms < 0 { "back" } else { "forward" };
    about_time.then(|| {
        format!(
            "the wall clock of this machine was set {way} by {} ms during the case, which is about time; play it again",
            set_by_ms.unsigned_abs()
        )
    })
}
