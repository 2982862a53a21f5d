//! Waits that were not met: what was to come, and what came instead.

use super::{Judge, finding};
use crate::case::{Step, each_step};
use crate::check::Finding;
use crate::check::evidence::{self, exit_words};
use crate::check::timeline::{Call, Timeline};
use crate::law::Code;
use crate::transcript::EndReason;

/// What a step finds that was not met.
pub(super) fn unmet(timeline: &Timeline<'_>, step: &Step) -> Option<Finding> {
    match timeline.transcript.end.reason {
        EndReason::Cancelled | EndReason::Excess => return None,
        EndReason::Deadline if timeline.is_under_way(step) => return None,
        EndReason::Deadline
        | EndReason::Complete
        | EndReason::Exited
        | EndReason::NeverCalled
        | EndReason::Flood => {}
    }
    let facts = step.facts();
    // What came last before a poll that did not come; what is unanswered, for an answer that did not.
    let last = match facts.takes_poll && facts.call.is_none() {
        true => timeline.calls.last().map(|call| call.index),
        false => last_delivery(timeline),
    };
    Some(Finding {
        evidence: evidence::of_silence(timeline.transcript, last),
        ..each_step!(step, step => step.unmet(timeline))
    })
}

/// The exchange that delivered the latest invocation, else the last one of all.
fn last_delivery(timeline: &Timeline<'_>) -> Option<usize> {
    let delivered = timeline.transcript.invocations.last();
    delivered
        .and_then(|delivery| delivery.polls.first().copied())
        .or_else(|| timeline.calls.last().map(|call| call.index))
}

pub(super) fn ending(timeline: &Timeline<'_>) -> String {
    match timeline.transcript.process.exit {
        Some(exit) => format!("the process {}", exit_words(exit)),
        None => {
            let ms = timeline.transcript.end.at.ms();
            format!(
                "nothing within {ms} ms{}{}",
                put_off(timeline),
                refused(timeline)
            )
        }
    }
}

/// That others called, whose calls are not the runtime's.
fn refused(timeline: &Timeline<'_>) -> String {
    let strangers = &timeline.transcript.strangers;
    let told = strangers.first().map(|stranger| {
        let (calls, who) = (strangers.len(), &stranger.who);
        format!(", though {calls} calls of others were refused, such as `{who}`, which the command has not started")
    });
    told.unwrap_or_default()
}

/// That limits were put off, and why, if they were.
fn put_off(timeline: &Timeline<'_>) -> String {
    let strain = timeline.transcript.strain.iter();
    let told = strain.filter(|strain| strain.times > 0).map(|strain| {
        format!(
            ", though the limit was put off by {} ms, since {:.0} tasks of others wanted to run for each processor",
            strain.put_off_ms, strain.tasks
        )
    });
    told.collect()
}

pub(super) fn never_called(timeline: &Timeline<'_>) -> Finding {
    let api = &timeline.transcript.api;
    let ending = match timeline.transcript.process.exit {
        Some(exit) => format!("the process {}", exit_words(exit)),
        None => format!("no call came within the start-up time{}", put_off(timeline)),
    };
    finding(
        "BOOT-01",
        Code::NeverCalled,
        format!("calls to the address in AWS_LAMBDA_RUNTIME_API, here {api}"),
        ending,
    )
}

/// No poll came for the next event. `cites` is what is broken then, where the case says it.
pub(super) fn no_poll(timeline: &Timeline<'_>, cites: Option<&str>) -> Finding {
    let exited = timeline.transcript.process.exit.is_some();
    let answered = timeline.calls.iter().any(|call| call.answers().is_some());
    let polled = timeline.calls.iter().any(Call::is_next);
    if timeline.is_silent() && !timeline.says_why_silent(cites) {
        return never_called(timeline);
    }
    let (usual, code) = match (polled, answered, exited) {
        (false, _, true) => ("NEXT-01", Code::ExitedBeforeNext),
        (false, _, false) => ("NEXT-01", Code::NoNext),
        (true, true, false) => ("NEXT-11", Code::NoNext),
        (true, _, true) => ("LIFE-01", Code::ExitInHealth),
        (true, false, false) => ("NEXT-11", Code::NoNext),
    };
    let expected = "GET /next, ready for an event";
    finding(cites.unwrap_or(usual), code, expected, ending(timeline))
}
