//! What each kind of step says of itself.

use std::sync::Arc;

use super::{Before, Facts, Polled, PossibleFinding};
use crate::case::limits::Faults;
use crate::case::ordinary::Swap;

/// What each kind of step says of itself.
pub(super) trait StepFacts {
    fn facts(&self) -> Facts<'_>;

    /// What the service does, and what the runtime must do, in one or two sentences.
    fn told(&self) -> String;

    /// The findings that it can lead to.
    fn possible(&self, _polled: Polled) -> Vec<PossibleFinding> {
        Vec::new()
    }

    /// Adds the values that no service can act; payloads and checks are looked at by the caller.
    fn faults(&self, _faults: &mut Faults) {}

    /// Why no runtime can meet it after these steps, if that is so, with the JSON Pointer to what is wrong.
    fn infeasible(&self, _before: &Before) -> Option<(&'static str, String)> {
        None
    }

    /// Rewrites the step for a function that is not a fixture, or says why that is not possible. `_answer` is the wait that
    /// follows.
    fn without_fixture(
        _this: &mut Arc<Self>,
        _swap: &mut Swap<'_>,
        _answer: Option<&Facts<'_>>,
    ) -> Result<(), String>
    where
        Self: Sized,
    {
        Ok(())
    }

    /// The texts in which `{trap}` stands for the address of the trap.
    fn trap_texts(_this: &mut Arc<Self>) -> Vec<&mut String>
    where
        Self: Sized,
    {
        Vec::new()
    }
}

/// `, after 5 ms`, or nothing.
pub(super) fn held(ms: u64) -> String {
    match ms {
        0 => String::new(),
        ms => format!(", after {ms} ms"),
    }
}
