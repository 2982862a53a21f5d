//! The step of the case that a finding is about, and its line in the file.

use super::{Finding, Place};
use crate::case::Case;
use crate::transcript::Transcript;

impl Place {
    /// A step of a case, from 0.
    pub(super) const fn in_case(step: usize) -> Self {
        Self {
            number: step + 1,
            file: None,
            line: None,
        }
    }
}

/// Gives the place of the step to a finding. What the audit found in an exchange is about the step that waited for it.
pub(super) fn give(case: &Case, transcript: &Transcript, finding: &mut Finding) {
    if finding.step.is_none() {
        let exchange = finding.evidence.exchange;
        let met_by = |index: usize| {
            let mut steps = transcript.steps.iter();
            steps.position(|step| step.exchange == Some(index))
        };
        finding.step = exchange.and_then(met_by).map(Place::in_case);
    }
    let Some(place) = &mut finding.step else {
        return;
    };
    place.line = case.line_of_step(place.number.saturating_sub(1));
    let file = case.file.as_ref().filter(|_| place.line.is_some());
    place.file = file.map(|file| file.path.clone());
}
