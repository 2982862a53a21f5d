//! Scripts that no runtime can complete: refused when they are read, so that no runtime is blamed.

use super::step::Before;
use super::{Address, Case, Step};

/// The position of a step in its list, a pointer that starts in the step, and what is wrong.
type Fault = (usize, String, String);

/// The steps of a list that no runtime can complete.
pub(super) fn of_steps(case: &Case, steps: &[Step]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut before = Before::new(case.deadline_ms, case.mode);
    for (index, step) in steps.iter().enumerate() {
        if let Some((pointer, message)) = fault(case, &before, step) {
            faults.push((index, pointer.to_owned(), message));
        }
        before.pass(&step.facts());
    }
    faults
}

/// Why a step cannot be completed after these.
fn fault(case: &Case, before: &Before, step: &Step) -> Option<(&'static str, String)> {
    let facts = step.facts();
    if facts.needs_call && before.exited {
        let message = "no call comes after the end of the process, which the script waits for or brings about first";
        return Some(("", message.to_owned()));
    }
    if facts.needs_call && case.address == Address::Refused {
        let message = "no call comes, since nobody listens at the `address` of the case";
        return Some(("", message.to_owned()));
    }
    step.infeasible(before).or_else(|| before.too_late(&facts))
}
