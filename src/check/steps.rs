//! The case's own expectations: waits that were not met, and rules that do not hold.

mod expect;
mod others;
mod unmet;

use std::collections::BTreeMap;

use super::timeline::Timeline;
use super::{Evidence, Finding};
use crate::case::{Step, each_step, is_basic};
use crate::law;
use crate::transcript::{StepRecord, Transcript};
use unmet::{no_poll, unmet};

/// Whether the audit knows why the case did not go on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Cause {
    Known,
    Unknown,
}

/// How a step of each kind is judged.
trait Judge {
    /// What is wrong with it, once it is met.
    fn met(&self, _bench: &mut Bench<'_>, _state: &StepRecord) {}

    /// What is missing, when it is not met.
    fn unmet(&self, timeline: &Timeline<'_>) -> Finding {
        no_poll(timeline, None)
    }

    /// How near the runtime came to its limits, in words. So many measures came before it.
    fn headroom(&self, _transcript: &Transcript, _state: &StepRecord, _nth: usize) -> Vec<String> {
        Vec::new()
    }
}

/// Steps being judged, in order.
struct Bench<'a> {
    timeline: &'a Timeline<'a>,
    found: Found,
    /// Whether bodies are misframed, so that checks of what came prove nothing.
    misframed: bool,
    /// How many measures were judged.
    measured: usize,
    /// How many freezes were judged.
    frozen: usize,
}

/// What the steps of a case find; where bodies are misframed, checks of what came prove nothing.
pub(super) fn findings(timeline: &Timeline<'_>, cause: Cause, misframed: bool) -> Vec<Finding> {
    let mut bench = Bench {
        timeline,
        found: Found::default(),
        misframed,
        measured: 0,
        frozen: 0,
    };
    for (_, line) in timeline.case.lines() {
        let all = timeline.case.steps.iter().zip(&timeline.transcript.steps);
        for (step, state) in all.skip(line.start).take(line.len()) {
            if state.met.is_none() {
                // What comes after the first unmet step of a line was never tried.
                let missing = unmet(timeline, step).filter(|_| cause == Cause::Unknown);
                bench.found.take(missing);
                break;
            }
            each_step!(step, step => step.met(&mut bench, state));
        }
    }
    bench.found.findings()
}

/// How near a runtime came to the limits of a step that it has met, after so many measures.
pub(super) fn headroom(
    step: &Step,
    transcript: &Transcript,
    state: &StepRecord,
    measures: usize,
) -> Vec<String> {
    each_step!(step, step => step.headroom(transcript, state, measures))
}

/// How many findings of one kind are told one by one; a case of thousands of steps may find as many.
const ALIKE_MAX: usize = 64;

/// What steps have found.
#[derive(Default)]
struct Found {
    findings: Vec<Finding>,
    /// How many there were of each kind, and where the last one stands that is told.
    kinds: BTreeMap<(String, String), (usize, usize)>,
    /// Whether a basic fault of a body was found.
    spoiled: bool,
}

impl Found {
    fn take(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            self.prove(finding, |finding| finding);
        }
    }

    /// Takes a finding in; `proven` gives it its evidence.
    fn prove(&mut self, finding: Finding, proven: impl FnOnce(Finding) -> Finding) {
        self.spoiled |= is_basic(&finding.requirement);
        let kind = (finding.requirement.clone(), finding.code.clone());
        let (count, last) = self.kinds.entry(kind).or_default();
        *count += 1;
        if *count <= ALIKE_MAX {
            *last = self.findings.len();
            self.findings.push(proven(finding));
        }
    }

    /// All that is told; the last one of many says how many more there were.
    fn findings(mut self) -> Vec<Finding> {
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

fn finding(
    cites: &str,
    code: impl Into<String>,
    expected: impl Into<String>,
    actual: impl Into<String>,
) -> Finding {
    Finding {
        requirement: cites.to_owned(),
        level: law::level_of(cites),
        code: code.into(),
        expected: expected.into(),
        actual: actual.into(),
        evidence: Evidence::default(),
    }
}
