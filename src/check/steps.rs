//! The case's own demands: waits that were not met, and rules that do not hold.

mod expect;
mod external;
mod judging;
mod others;
mod unmet;

use super::Finding;
use super::evidence;
use super::timeline::Timeline;
use crate::case::{Step, What, each_step};
use crate::law::Subject;
use crate::transcript::{EndReason, StepRecord, Transcript};
use judging::{Found, Judge, Judging};

/// Whether the audit knows why the case did not go on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Cause {
    Known,
    Unknown,
}

/// The findings of the steps of a case; if bodies are misframed, checks of what came prove nothing.
pub(super) fn findings(timeline: &Timeline<'_>, cause: Cause, misframed: bool) -> Vec<Finding> {
    let mut judging = Judging {
        timeline,
        found: Found::default(),
        misframed,
        measured: 0,
        frozen: 0,
    };
    let all = || timeline.case.steps.iter().zip(&timeline.transcript.steps);
    let by_limit = all().any(|(step, state)| ran_out(timeline, step, state));
    // What is beside the target is not judged.
    let target = timeline.case.target();
    let of_target = timeline.case.lines();
    let of_target = of_target.filter(|(actor, _)| *actor == target);
    for (_, line) in of_target {
        for ((step, state), index) in all().skip(line.start).zip(line) {
            judging.found.step = index;
            if state.met.is_none() {
                // Steps after the first unmet step of a line were never tried. If the limit of one line ended the case, what
                // the other lines waited for was not tried either.
                let tried = !by_limit || ran_out(timeline, step, state);
                let tried = tried && cause == Cause::Unknown;
                let missing = unmet(timeline, step).filter(|_| tried);
                judging.found.take(missing);
                break;
            }
            each_step!(step, step => step.met(&mut judging, state));
        }
    }
    judging.found.findings()
}

/// How near a runtime came to the limits of a step that it met, after so many measures.
pub(super) fn headroom(
    step: &Step,
    transcript: &Transcript,
    state: &StepRecord,
    measures: usize,
) -> Vec<String> {
    each_step!(step, step => step.headroom(transcript, state, measures))
}

/// Whether a step's own limit ended the case.
fn ran_out(timeline: &Timeline<'_>, step: &Step, state: &StepRecord) -> bool {
    let Transcript { end, .. } = timeline.transcript;
    let limit = step.facts().within_ms.zip(state.began);
    let is_over = limit.is_some_and(|(within_ms, began)| {
        end.at.ms_since(began) >= timeline.transcript.stretched(within_ms)
    });
    state.met.is_none() && end.reason == EndReason::Deadline && is_over
}

/// The findings of a step that was not met.
fn unmet(timeline: &Timeline<'_>, step: &Step) -> Option<Finding> {
    match timeline.transcript.end.reason {
        EndReason::Cancelled | EndReason::Excess => return None,
        EndReason::Deadline if timeline.is_under_way(step) => return None,
        EndReason::Deadline
        | EndReason::Complete
        | EndReason::Exited
        | EndReason::NeverCalled
        | EndReason::Flood => {}
    }
    if let Step::Expect(expect) = step
        && (external::was_not_told(expect, timeline) || external::has_no_batches(expect, timeline))
    {
        return None;
    }
    let facts = step.facts();
    // That a caller has no answer to an invocation that was answered is not the runtime's fault.
    let meant = match facts.of {
        Some(name) => timeline.last_named(name),
        None => timeline.transcript.invocations.len().checked_sub(1),
    };
    if facts.call == Some(What::Returned)
        && meant.is_some_and(|one| timeline.count_answers(one) > 0)
    {
        return None;
    }
    // For a missing poll: what came last. For a missing answer: what is unanswered.
    let last = match facts.takes_poll && facts.call.is_none() {
        true => timeline.calls.last().map(|call| call.index),
        false => last_delivery(timeline),
    };
    Some(Finding {
        evidence: evidence::of_silence(timeline.transcript, last),
        ..each_step!(step, step => step.unmet(timeline))
    })
}

/// The exchange that delivered the latest invocation, otherwise the last exchange.
fn last_delivery(timeline: &Timeline<'_>) -> Option<usize> {
    let delivered = match timeline.case.subject {
        Subject::Runtime | Subject::Image => timeline.transcript.invocations.last(),
        Subject::Extension => None,
    };
    delivered
        .and_then(|delivery| delivery.polls.first().copied())
        .or_else(|| timeline.calls.last().map(|call| call.index))
}
