//! The functions of each kind of step.

use std::sync::Arc;

use super::{Before, Facts, Polled, PossibleFinding};
use crate::case::limits::Faults;
use crate::case::ordinary::Swap;

/// The functions of each kind of step.
pub(super) trait StepFacts {
    fn facts(&self) -> Facts<'_>;

    /// What the service does, and what the runtime must do, in one or two sentences.
    fn told(&self) -> String;

    /// The findings that it can give.
    fn possible(&self, _polled: Polled) -> Vec<PossibleFinding> {
        Vec::new()
    }

    /// Adds the values that no service can use; the caller checks payloads and rules.
    fn faults(&self, _faults: &mut Faults) {}

    /// Why no runtime can complete it after these steps, if so, with the JSON Pointer to what is wrong.
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

    /// The texts in which `{trap}` stands for the address of the decoy.
    fn decoy_texts(_this: &mut Arc<Self>) -> Vec<&mut String>
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
