//! Limits of a case, and single values that no service can use: all are refused when the file is read.

use super::limits::{Fault, Faults, member, too_long};
use super::{Case, Payload, Step};

/// How long a case file may be, in bytes.
pub(super) const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How many steps a list may have, with all repeated steps counted.
pub(super) const STEPS_MAX: usize = 250_000;
/// How many bytes the events of a case may have together.
const EVENTS_BYTES_MAX: usize = 256 * 1024 * 1024;
/// The faults of a case outside its steps, and of all its steps together.
pub(super) fn of_case(case: &Case) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut fault = |pointer: String, message: String| faults.push((pointer, message));
    if let Some(message) = too_long(case.deadline_ms) {
        fault("/deadline_ms".to_owned(), message);
    }
    for (name, value) in &case.env {
        let pointer = member("/env", name);
        if name.is_empty() || name.contains(['=', '\0']) {
            let message = "no variable can have this name".to_owned();
            fault(pointer.clone(), message);
        }
        if value.as_ref().is_some_and(|value| value.contains('\0')) {
            fault(pointer, "no variable can hold a zero byte".to_owned());
        }
    }
    if case
        .handler
        .as_ref()
        .is_some_and(|handler| handler.contains('\0'))
    {
        let message = "no variable can hold a zero byte, and the name of the handler goes into one";
        fault("/handler".to_owned(), message.to_owned());
    }
    let events = case.earlier.iter().chain(&case.steps);
    let events = events.filter_map(|step| step.facts().event);
    let bytes = events.map(Payload::len).fold(0, usize::saturating_add);
    if bytes > EVENTS_BYTES_MAX {
        let message = format!(
            "the events have {bytes} bytes together; at most {EVENTS_BYTES_MAX} are kept for a case"
        );
        fault("/steps".to_owned(), message);
    }
    faults
}

/// The faults of one step; the pointers start in the step.
pub(super) fn of_step(step: &Step) -> Vec<Fault> {
    let mut faults = Faults::default();
    step.faults(&mut faults);
    let facts = step.facts();
    for (pointer, payload) in facts.payloads {
        faults.payload(pointer, payload);
    }
    for (index, check) in facts.checks.iter().enumerate() {
        let pointer = format!("/expect/checks/{index}/rule");
        check.rule.faults(&pointer, &mut faults);
        if let Some((member, payload)) = check.rule.facts().payload {
            faults.payload(&format!("{pointer}/{member}"), payload);
        }
    }
    faults.0
}
