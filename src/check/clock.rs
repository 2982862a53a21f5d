//! Rules that compare the runtime's wall clock with ours, and what happens if that clock is set.

use crate::case::Case;
use crate::transcript::Transcript;

/// Why a case about time proves nothing, if so: the clock was set while the case was played.
pub fn clock_fault(case: &Case, transcript: &Transcript) -> Option<String> {
    let set_by_ms = transcript.clock_set_by_ms()?;
    let mut checks = case.steps.iter().flat_map(|step| step.facts().checks);
    let about_time = checks.any(|check| check.rule.facts().reads_clock);
    let way = if set_by_ms < 0 { "back" } else { "forward" };
    about_time.then(|| {
        format!(
            "the wall clock of this machine was set {way} by {} ms during the case, which is about time; play it again",
            set_by_ms.unsigned_abs()
        )
    })
}
