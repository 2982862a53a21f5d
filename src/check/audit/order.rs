//! The order of calls: one poll at a time, never before the answer was taken, never given up.

use super::super::evidence;
use super::super::record::{Call, Record};
use super::{Breach, Code, Weight};
use crate::spec::Level;
use crate::transcript::EndReason;

/// How far apart the end of one connection and the first request on another may be recorded in the wrong order, in
/// microseconds: two tasks read them.
const CROSSING_US: u64 = 100_000;

pub(super) fn breaches<'a>(record: &Record<'a>) -> Vec<Breach<'a>> {
    let mut found = Vec::new();
    for call in record.calls.iter().filter(|call| call.is_next()) {
        found.extend(given_up(record, call));
        found.extend(second_poll(record, call));
        found.extend(before_ack(record, call));
        found.extend(without_answer(record, call));
    }
    found.extend(no_next(record));
    found
}

/// A poll that the runtime stopped waiting on, and lived on.
fn given_up(record: &Record<'_>, call: &Call<'_>) -> Option<Breach<'static>> {
    let dropped = call.exchange.dropped?;
    let transcript = record.transcript;
    let signalled = transcript
        .signals
        .iter()
        .any(|signal| signal.signal == "TERM" && signal.at <= dropped);
    let lived_on = record.calls.iter().any(|later| later.at() > call.at())
        || transcript.process.exit.is_none();
    if signalled || !lived_on || dropped >= transcript.end.at || call.exchange.reply.is_some() {
        return None;
    }
    let held = dropped.0.saturating_sub(call.at().0) / 1000;
    Some(Breach::at(
        record,
        call.index,
        ("NEXT-03", Code::PollGivenUp),
        "the runtime waits in /next for as long as the service holds it",
        format!("it closed the connection after {held} ms"),
    ))
}

/// A poll while another one is held.
fn second_poll(record: &Record<'_>, call: &Call<'_>) -> Option<Breach<'static>> {
    let at = call.at();
    let held = record.calls.iter().find(|other| {
        let answered = other
            .exchange
            .reply
            .as_ref()
            .is_some_and(|reply| reply.at <= at);
        // A poll that was given up about then is the matter of `given_up`.
        let dropped = other
            .exchange
            .dropped
            .is_some_and(|dropped| dropped.0 <= at.0 + CROSSING_US);
        other.is_next() && other.index < call.index && !answered && !dropped
    })?;
    Some(Breach::at(
        record,
        call.index,
        ("NEXT-10", Code::SecondPoll),
        "at most one /next at a time",
        format!(
            "a second one while that of {} ms was still held",
            held.at().ms()
        ),
    ))
}

/// A poll after an answer was sent, but before the service had taken it.
fn before_ack(record: &Record<'_>, call: &Call<'_>) -> Option<Breach<'static>> {
    let answer = record.calls.iter().rfind(|other| {
        other.answers().is_some() && other.index < call.index && record.addressed(other).is_some()
    })?;
    let acked = answer.exchange.reply.as_ref().map(|reply| reply.at);
    let waits = acked.is_none_or(|acked| acked > call.at());
    (waits && answer.exchange.broken.is_none()).then(|| {
        Breach::at(
            record,
            call.index,
            ("NEXT-10", Code::NextBeforeAck),
            "the next poll only after the service has answered the POST",
            "it came before that",
        )
        .remark()
    })
}

/// A poll while the invocation at hand has no answer, and none was tried.
fn without_answer(record: &Record<'_>, call: &Call<'_>) -> Option<Breach<'static>> {
    let invocation = record.current(call.at())?;
    let delivered = record.delivered_last(invocation, call.at())?;
    let tried = record
        .calls
        .iter()
        .any(|other| !other.is_next() && other.at() > delivered && other.at() < call.at());
    if record.loses_answer(invocation) {
        return None;
    }
    let garbage = record
        .transcript
        .connections
        .iter()
        .any(|connection| connection.garbage.is_some());
    if tried || garbage {
        return None;
    }
    let late = record
        .answers_to(invocation)
        .any(|answer| answer.at() > call.at());
    let (code, actual) = match late {
        true => (
            Code::EarlyNext,
            "a poll came while the invocation was still at work",
        ),
        false => (
            Code::InvocationDropped,
            "the runtime polled again and answered nothing",
        ),
    };
    let expected = "an answer to the invocation before the next poll";
    Some(Breach::at(
        record,
        call.index,
        ("NEXT-10", code),
        expected,
        actual,
    ))
}

/// The case is through, and the runtime does not come back for more.
fn no_next(record: &Record<'_>) -> Option<Breach<'static>> {
    let transcript = record.transcript;
    let all_met = transcript.steps.iter().all(|step| step.met.is_some());
    if !all_met || transcript.end.reason != EndReason::Deadline {
        return None;
    }
    let last = record.calls.iter().rfind(|call| call.answers().is_some())?;
    Some(Breach {
        weight: Weight::Cause,
        requirement: "NEXT-11",
        most: Level::Must,
        code: Code::NoNext.name(),
        expected: "GET /next after each answer: the invocation is not complete until then"
            .to_owned(),
        actual: "no further poll came, and the process is still running".to_owned(),
        evidence: evidence::of_silence(transcript, Some(last.index)),
    })
}
