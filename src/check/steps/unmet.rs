//! Waits that were not met: what was to come, and what came instead.

use super::finding;
use crate::case::{Expect, Serve, Step, What};
use crate::check::Finding;
use crate::check::code::Code;
use crate::check::evidence::{self, exit_words};
use crate::check::timeline::{Call, Timeline};
use crate::transcript::EndReason;

/// What a step finds that was not met.
pub(super) fn unmet(timeline: &Timeline<'_>, step: &Step) -> Option<Finding> {
    let finding = match (step, timeline.transcript.end.reason) {
        (_, EndReason::Cancelled | EndReason::Excess) => return None,
        (_, EndReason::Deadline) if timeline.is_under_way(step) => return None,
        (Step::Expect(expect), reason) => expected_in_vain(timeline, expect, reason),
        (Step::Serve(serve), _) => no_poll(timeline, Some(serve)),
        (
            Step::Refuse(_) | Step::Quiet(_) | Step::Signal(_) | Step::Freeze(_) | Step::Measure(_),
            _,
        ) => no_poll(timeline, None),
    };
    // What came last before a poll that did not come; what is unanswered, for an answer that did not.
    let last = match step {
        Step::Serve(_) | Step::Refuse(_) => timeline.calls.last().map(|call| call.index),
        _ => last_delivery(timeline),
    };
    Some(Finding {
        evidence: evidence::of_silence(timeline.transcript, last),
        ..finding
    })
}

/// The exchange that delivered the latest invocation, else the last one of all.
fn last_delivery(timeline: &Timeline<'_>) -> Option<usize> {
    let delivered = timeline.transcript.invocations.last();
    delivered
        .and_then(|delivery| delivery.polls.first().copied())
        .or_else(|| timeline.calls.last().map(|call| call.index))
}

fn ending(timeline: &Timeline<'_>) -> String {
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

fn expected_in_vain(timeline: &Timeline<'_>, expect: &Expect, reason: EndReason) -> Finding {
    let exited = timeline.transcript.process.exit.is_some();
    let silent = timeline.is_silent();
    let ending = ending(timeline);
    let (code, expected, actual) = match (expect.call, exited) {
        (What::Response | What::Error | What::Answer, true) => (
            Code::InvocationLost,
            answer_words(expect.call),
            format!("{ending}, and no answer was sent"),
        ),
        (What::Response | What::Error | What::Answer, false) => {
            (Code::NoAnswer, answer_words(expect.call), ending)
        }
        (What::InitError, true) => (
            Code::InitFailureNotReported,
            "POST /init/error, then an exit",
            format!("{ending} without it"),
        ),
        (What::InitError, false) => (
            Code::InitFailureNotReported,
            "POST /init/error, then an exit",
            ending,
        ),
        (What::Exit, _) => (Code::StillRunning, "the process ends by itself", ending),
        (What::AnswerOrExit, _) => (Code::Stuck, "an answer, or the end of the process", ending),
        (What::ExitOrNext, _) => (
            Code::Stuck,
            "the next poll, or the end of the process",
            ending,
        ),
        (What::Next, true) => (Code::Exited, "GET /next", ending),
        (What::Next, false) => (Code::NoNext, "GET /next", ending),
    };
    if silent && (exited || reason == EndReason::NeverCalled) && expect.call == What::Next {
        return never_called(timeline);
    }
    finding(&expect.cites, code, expected, actual)
}

fn answer_words(call: What) -> &'static str {
    match call {
        What::Response => "POST /response for the invocation",
        What::Error => "POST /error for the invocation",
        _ => "POST /response or /error for the invocation",
    }
}

fn never_called(timeline: &Timeline<'_>) -> Finding {
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

/// No poll came for the next event.
fn no_poll(timeline: &Timeline<'_>, serve: Option<&Serve>) -> Finding {
    let exited = timeline.transcript.process.exit.is_some();
    let cites = serve.and_then(|serve| serve.cites.as_deref());
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
