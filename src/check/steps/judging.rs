//! Steps that are being judged, and their findings.

use std::collections::BTreeMap;

use super::unmet::no_poll;
use crate::case::is_basic;
use crate::check::timeline::Timeline;
use crate::check::{Finding, Place};
use crate::transcript::{StepRecord, Transcript};

/// How a step of each kind is judged.
pub(super) trait Judge {
    /// What is wrong with it, if it is met.
    fn met(&self, _judging: &mut Judging<'_>, _state: &StepRecord) {}

    /// What is missing, if it is not met.
    fn unmet(&self, timeline: &Timeline<'_>) -> Finding {
        no_poll(timeline, None)
    }

    /// How near the runtime came to its limits, in words. So many measures came before it.
    fn headroom(&self, _transcript: &Transcript, _state: &StepRecord, _nth: usize) -> Vec<String> {
        Vec::new()
    }
}

/// Steps being judged, in order.
pub(super) struct Judging<'a> {
    pub(super) timeline: &'a Timeline<'a>,
    pub(super) found: Found,
    /// Whether bodies are misframed, so that checks of what came prove nothing.
    pub(super) misframed: bool,
    /// How many measures were judged.
    pub(super) measured: usize,
    /// How many freezes were judged.
    pub(super) frozen: usize,
}

/// How many findings of one kind are listed one by one; a case of thousands of steps may have as many.
const ALIKE_MAX: usize = 64;

/// The findings of steps.
#[derive(Default)]
pub(super) struct Found {
    findings: Vec<Finding>,
    /// The number of each kind, and the index of the last one that is listed.
    kinds: BTreeMap<(String, String), (usize, usize)>,
    /// The step that is being judged, from 0.
    pub(super) step: usize,
    /// Whether a basic fault of a body was found.
    pub(super) spoiled: bool,
}

impl Found {
    pub(super) fn take(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            self.prove(finding, |finding| finding);
        }
    }

    /// Adds a finding; `proven` gives it its evidence.
    pub(super) fn prove(&mut self, finding: Finding, proven: impl FnOnce(Finding) -> Finding) {
        self.spoiled |= is_basic(&finding.requirement);
        let kind = (finding.requirement.clone(), finding.code.clone());
        let (count, last) = self.kinds.entry(kind).or_default();
        *count += 1;
        if *count <= ALIKE_MAX {
            *last = self.findings.len();
            let finding = proven(finding);
            self.findings.push(Finding {
                step: Some(Place::in_case(self.step)),
                ..finding
            });
        }
    }

    /// All that are listed; the last of many says how many more there were.
    pub(super) fn findings(mut self) -> Vec<Finding> {
        for (count, last) in self.kinds.into_values() {
            let more = count.saturating_sub(ALIKE_MAX);
            if let Some(finding) = self.findings.get_mut(last).filter(|_| more > 0) {
                finding.actual =
                    format!("{} (and {more} times more in later steps)", finding.actual);
            }
        }
        self.findings
    }
}
