//! The order of calls: one poll at a time, never before the answer was accepted, and never given up.

use std::collections::VecDeque;

use super::super::timeline::{Call, Timeline};
use super::{Breach, Code, Proof, Scope, Weight};
use crate::law::Level;
use crate::protocol::Mode;
use crate::transcript::{EndReason, Offset};

/// The end of one connection and the first request on another may be recorded in the wrong order if they are this close, in
/// microseconds: two tasks read them.
pub(super) const CROSSING_US: u64 = 100_000;

pub(super) const SCOPE: Scope = Scope::RUNTIME_ONE_AT_A_TIME;

pub(super) fn breaches(timeline: &Timeline<'_>) -> impl Iterator<Item = Breach<'static>> {
    let mut before = Before::default();
    let calls = timeline.calls.iter();
    calls
        .flat_map(move |call| {
            let found = match (call.is_next(), timeline.transcript.mode) {
                (true, Mode::OnDemand | Mode::SnapStart) => [
                    given_up(timeline, call),
                    second_poll(before.held(call), call),
                    before_ack(before.answer, call),
                    without_answer(timeline, call),
                ],
                // Several workers poll in parallel.
                (true, Mode::ManagedInstances { .. }) => {
                    [given_up(timeline, call), None, None, None]
                }
                (false, _) => [const { None }; 4],
            };
            before.note(call);
            found.into_iter().flatten()
        })
        .chain(no_next(timeline))
}

/// What came before a call.
#[derive(Default)]
struct Before<'a> {
    /// Polls that may still be held, oldest first.
    polls: VecDeque<&'a Call<'a>>,
    /// The last answer to an invocation.
    answer: Option<&'a Call<'a>>,
}

impl<'a> Before<'a> {
    fn note(&mut self, call: &'a Call<'a>) {
        if call.is_next() {
            self.polls.push_back(call);
        } else if call.addressed().is_some() {
            self.answer = Some(call);
        }
    }

    /// The oldest poll that is still held when a call comes. Polls that are over are removed.
    fn held(&mut self, call: &Call<'_>) -> Option<&'a Call<'a>> {
        while self
            .polls
            .front()
            .is_some_and(|poll| is_over(poll, call.at()))
        {
            self.polls.pop_front();
        }
        self.polls.front().copied()
    }
}

/// Whether a poll was answered by a time, or given up.
fn is_over(poll: &Call<'_>, at: Offset) -> bool {
    let reply = poll.exchange.reply.as_ref();
    let answered = reply.is_some_and(|reply| reply.at <= at);
    // A poll that was given up about then belongs to `given_up`.
    let dropped = poll.exchange.dropped;
    answered || dropped.is_some_and(|dropped| dropped.us() <= at.us().saturating_add(CROSSING_US))
}

/// A poll that the runtime gave up, although it went on.
fn given_up(timeline: &Timeline<'_>, call: &Call<'_>) -> Option<Breach<'static>> {
    let held = timeline.given_up(call, call.at())?;
    Some(Breach::at(
        call.index,
        ("NEXT-03", Code::PollGivenUp),
        "the runtime waits in /next for as long as the service holds it",
        format!("it closed the connection after {held} ms"),
    ))
}

/// A poll while another one is held.
fn second_poll(held: Option<&Call<'_>>, call: &Call<'_>) -> Option<Breach<'static>> {
    let held = held?;
    Some(Breach::at(
        call.index,
        ("NEXT-10", Code::SecondPoll),
        "at most one /next at a time",
        format!(
            "a second one while that of {} ms was still held",
            held.at().ms()
        ),
    ))
}

/// A poll after an answer was sent, but before the service accepted it.
fn before_ack(answer: Option<&Call<'_>>, call: &Call<'_>) -> Option<Breach<'static>> {
    let answer = answer?;
    let acked = answer.exchange.reply.as_ref().map(|reply| reply.at);
    let waits = acked.is_none_or(|acked| acked > call.at());
    if !waits || answer.exchange.broken().is_some() {
        return None;
    }
    let (requirement, actual) = match answer.is_stream() {
        true => (
            "STREAM-11",
            "it came before that, and the answer is a stream",
        ),
        false => ("NEXT-10", "it came before that"),
    };
    let expected = "the next poll only after the service has answered the POST";
    let code = (requirement, Code::NextBeforeAck);
    let breach = Breach::at(call.index, code, expected, actual).remark();
    let ended = answer.exchange.complete;
    let at = call.at().us();
    if !answer.is_stream() || ended.is_none_or(|ended| ended.us() > at + CROSSING_US) {
        return Some(breach);
    }
    // The whole stream has come, and the service takes the poll. A reply that comes at the same time shows nothing.
    let crosses = acked.is_some_and(|acked| acked.us() <= at + CROSSING_US);
    (!crosses).then(|| breach.should())
}

/// A poll while an invocation has no answer, and none was tried.
fn without_answer(timeline: &Timeline<'_>, call: &Call<'_>) -> Option<Breach<'static>> {
    let mut active = timeline.active(call.at()).into_iter();
    active.find_map(|invocation| unanswered(timeline, call, invocation))
}

fn unanswered(
    timeline: &Timeline<'_>,
    call: &Call<'_>,
    invocation: usize,
) -> Option<Breach<'static>> {
    let delivered = timeline.delivered_last(invocation, call.at())?;
    let tried = timeline
        .other_after(delivered)
        .is_some_and(|other| other.at() < call.at());
    if timeline.loses_answer(invocation) {
        return None;
    }
    if tried || timeline.has_garbage() {
        return None;
    }
    let answer = timeline.answer_after(invocation, call.at());
    let crosses = |answer: &Call<'_>| {
        answer.is_stream()
            && answer.exchange.connection != call.exchange.connection
            && answer.at().us() <= call.at().us() + CROSSING_US
    };
    if answer.is_some_and(crosses) {
        // A stream has a connection of its own, and may have begun before the poll.
        return None;
    }
    let (code, actual) = match answer.is_some() {
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
    Some(Breach::at(call.index, ("NEXT-10", code), expected, actual))
}

/// The case is complete, but the runtime does not poll again.
fn no_next(timeline: &Timeline<'_>) -> Option<Breach<'static>> {
    let transcript = timeline.transcript;
    let all_met = transcript.steps.iter().all(|step| step.met.is_some());
    if !all_met || transcript.end.reason != EndReason::Deadline {
        return None;
    }
    let last = timeline
        .calls
        .iter()
        .rfind(|call| call.answers().is_some())?;
    Some(Breach {
        weight: Weight::Cause,
        requirement: "NEXT-11",
        most: Level::Must,
        code: Code::NoNext.name(),
        expected: "GET /next after each answer: the invocation is not complete until then"
            .to_owned(),
        actual: "no further poll came, and the process is still running".to_owned(),
        proof: Proof::Silence(Some(last.index)),
    })
}
