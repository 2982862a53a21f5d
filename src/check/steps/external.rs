//! Waits for an extension under test that were not met: what it should have done, and which requirement this is about.

use super::unmet::{ending, finding};
use crate::case::{Expect, What};
use crate::check::Finding;
use crate::check::reached::{is_report, reached, status};
use crate::check::timeline::Timeline;
use crate::law::Code;
use crate::protocol::{Actor, Endpoint};
use crate::transcript::{Exchange, Signal, SignalRecord};

/// Requirements about polls: an exit where one is due is a matter of its own.
const POLLS: [&str; 2] = ["EXT-05", "EXT-06"];

/// What an extension should have done, and what it did instead.
pub(super) fn unmet(expect: &Expect, timeline: &Timeline<'_>) -> Finding {
    let target = timeline.transcript.target();
    let killed = |signal: &SignalRecord| signal.signal == Signal::Kill;
    let exited = target.exit.is_some() && !target.signals.iter().any(killed);
    let poll = "GET /extension/event/next";
    let (code, expected) = match (expect.call, exited) {
        (What::Register, _) if timeline.is_silent() => {
            (Code::NeverCalled, "POST /extension/register")
        }
        (What::Register, _) => (Code::NotRegistered, "POST /extension/register"),
        (What::Subscribe, _) => (Code::NotSubscribed, "a subscription that the service takes"),
        (What::Batch, _) => (Code::BatchNotTaken, "an answer to the batch"),
        (What::Exit, _) => (Code::StillRunning, "the process ends by itself"),
        (What::ExitOrNext, _) => (Code::Stuck, "the next poll, or the end of the process"),
        (
            What::Next
            | What::Response
            | What::Error
            | What::Answer
            | What::InitError
            | What::RestoreNext
            | What::RestoreError
            | What::AnswerOrExit
            | What::Returned,
            _,
        ) => match exited {
            true => (Code::Exited, poll),
            false => (Code::NoNext, poll),
        },
    };
    let cites = match (expect.call, exited) {
        (What::Next, true) if POLLS.contains(&&*expect.cites) => "EXT-10",
        // It waits for one more event, whatever the last one said.
        (What::Exit, _) if !expect.wants_failure() && polls_after_shutdown(timeline) => "EXT-11",
        (What::Exit, _) => cites_of_exit(expect, timeline),
        (
            What::Next
            | What::Register
            | What::Subscribe
            | What::Batch
            | What::ExitOrNext
            | What::Response
            | What::Error
            | What::Answer
            | What::InitError
            | What::RestoreNext
            | What::RestoreError
            | What::AnswerOrExit
            | What::Returned,
            _,
        ) => &expect.cites,
    };
    finding(cites, code, expected, ending(timeline))
}

/// What a wrong end is about: after a report of a failure, this report.
pub(super) fn cites_of_exit<'a>(expect: &'a Expect, timeline: &Timeline<'_>) -> &'a str {
    let about_failure = expect.wants_failure() && timeline.target != Actor::Runtime;
    match about_failure && has_reported(timeline) {
        true => "EXT-19",
        false => &expect.cites,
    }
}

/// Whether it gets no telemetry because it has never asked for any, which it need not.
pub(super) fn has_no_batches(expect: &Expect, timeline: &Timeline<'_>) -> bool {
    let about_batches = [What::Subscribe, What::Batch].contains(&expect.call);
    about_batches && timeline.target != Actor::Runtime && !has_asked_for_batches(timeline)
}

fn has_asked_for_batches(timeline: &Timeline<'_>) -> bool {
    let subscriptions = [Endpoint::Telemetry, Endpoint::Logs];
    let transcript = timeline.transcript;
    let mut calls = transcript.exchanges.iter();
    calls.any(|exchange| {
        let endpoint = reached(transcript.mode, exchange);
        let asks = endpoint.is_some_and(|endpoint| subscriptions.contains(&endpoint));
        asks && exchange.is_of(timeline.target)
    })
}

/// Whether it did not end because it has not asked to be told: then the audit knows more.
pub(super) fn was_not_told(expect: &Expect, timeline: &Timeline<'_>) -> bool {
    let about_shutdown = expect.call == What::Exit && !expect.wants_failure();
    about_shutdown && timeline.target != Actor::Runtime && !asked_for_shutdown(timeline)
}

fn asked_for_shutdown(timeline: &Timeline<'_>) -> bool {
    let mut calls = timeline.calls_of(timeline.target);
    calls.any(|(_, call)| {
        let registers = reached(timeline.transcript.mode, call) == Some(Endpoint::Register);
        registers && status(call) == Some(200) && call.body.text().contains("SHUTDOWN")
    })
}

fn polls_after_shutdown(timeline: &Timeline<'_>) -> bool {
    let mode = timeline.transcript.mode;
    let is_poll = |call: &Exchange| reached(mode, call) == Some(Endpoint::EventNext);
    let mut calls = timeline.calls_of(timeline.target);
    let told = |call: &Exchange| {
        let reply = call.reply.as_ref();
        reply.is_some_and(|reply| reply.wire.text().contains("\"SHUTDOWN\""))
    };
    calls.any(|(_, call)| is_poll(call) && told(call)) && calls.any(|(_, call)| is_poll(call))
}

fn has_reported(timeline: &Timeline<'_>) -> bool {
    let mut calls = timeline.calls_of(timeline.target);
    calls.any(|(_, call)| {
        let reached = reached(timeline.transcript.mode, call);
        reached.as_ref().is_some_and(is_report) && status(call) == Some(202)
    })
}
