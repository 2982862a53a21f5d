//! Extensions inside the runtime: a runtime that registers one must also wait for its events.

use super::super::reached::{identifier, reached, status};
use super::super::timeline::Timeline;
use super::{Breach, Code, Proof, Scope, Weight};
use crate::case::Step;
use crate::cut::shortened;
use crate::law::Level;
use crate::protocol::{Actor, Endpoint, Mode, header};
use crate::transcript::{EndReason, Exchange};

pub(super) const SCOPE: Scope = Scope::RUNTIME;

pub(super) fn breaches(timeline: &Timeline<'_>) -> impl Iterator<Item = Breach<'static>> {
    let registrations = refused_registrations(timeline);
    registrations.chain(not_waiting(timeline))
}

/// Registrations of the runtime that the service refuses: they come too late, or ask for what an internal extension cannot get.
fn refused_registrations(timeline: &Timeline<'_>) -> impl Iterator<Item = Breach<'static>> {
    let mode = timeline.transcript.mode;
    let refused = timeline.calls_of(Actor::Runtime).filter(move |(_, call)| {
        reached(mode, call) == Some(Endpoint::Register) && status(call) == Some(403)
    });
    refused.filter_map(|(index, call)| {
        let reply = call.reply.as_ref()?.wire.text();
        let (breach, expected) = if reply.contains("Extension.RegistrationClosed") {
            let breach = ("EXTI-06", Code::RegisteredTooLate);
            (breach, "the registration before the first GET /invocation/next")
        } else if reply.contains("Extension.InvalidEventType") {
            let expected = "a registration for INVOKE at most, or for nothing; on Managed Instances for nothing";
            (("EXTI-02", Code::EventNotAllowed), expected)
        } else {
            return None;
        };
        let actual = format!("`{}`, which the service refuses with 403", shortened(&call.body.text()));
        Some(Breach::at(index, breach, expected, actual).remark())
    })
}

/// The runtime waits for an event, but an extension of its own does not, so the service delivers none.
fn not_waiting(timeline: &Timeline<'_>) -> Option<Breach<'static>> {
    let mut calls = timeline.calls.iter().rev();
    let poll = calls.find(|call| call.is_next());
    let is_held = poll.is_some_and(|poll| poll.exchange.reply.is_none());
    let by_time = timeline.transcript.end.reason == EndReason::Deadline;
    if !by_time || !is_held || !waits_for_extensions(timeline) {
        return None;
    }
    let registration = deaf(timeline)?;
    Some(Breach {
        weight: Weight::Cause,
        requirement: "EXTI-03",
        most: Level::Must,
        code: Code::ExtensionNotWaiting.name(),
        expected: "GET /extension/event/next after the registration, and again after each event"
            .to_owned(),
        actual: "it did not come, so that the runtime's own poll got no event".to_owned(),
        proof: Proof::Silence(Some(registration)),
    })
}

/// Whether the script is at a point where the service waits for all extensions.
fn waits_for_extensions(timeline: &Timeline<'_>) -> bool {
    let case = timeline.case;
    let states = &timeline.transcript.steps;
    let of_runtime = case.lines().filter(|(actor, _)| *actor == Actor::Runtime);
    let mut unmet = of_runtime.filter_map(|(_, line)| {
        let mut steps = case
            .steps
            .iter()
            .zip(states)
            .skip(line.start)
            .take(line.len());
        steps.find(|(_, state)| state.met.is_none())
    });
    unmet.any(|(step, _)| match step {
        Step::Serve(_) | Step::Shutdown(_) => true,
        Step::Refuse(_)
        | Step::Expect(_)
        | Step::Quiet(_)
        | Step::Signal(_)
        | Step::Freeze(_)
        | Step::Measure(_)
        | Step::Deliver(_) => false,
    })
}

/// The registration of an extension that does not wait for an event.
fn deaf(timeline: &Timeline<'_>) -> Option<usize> {
    let mode = timeline.transcript.mode;
    let calls = || timeline.calls_of(Actor::Runtime);
    let mut deaf = calls().filter(|(_, exchange)| {
        let is_registered =
            reached(mode, exchange) == Some(Endpoint::Register) && status(exchange) == Some(200);
        let identifier = identifier(exchange);
        let is_own = |given: String| given.eq_ignore_ascii_case(&identifier);
        let mut own = calls().filter(|(_, other)| {
            other
                .header(header::EXTENSION_IDENTIFIER)
                .is_some_and(is_own)
        });
        is_registered && !own.any(|(_, call)| frees(mode, call))
    });
    deaf.next().map(|(index, _)| index)
}

/// Whether the service waits no longer for an extension after this call. For one that has reported an error it does.
fn frees(mode: Mode, exchange: &Exchange) -> bool {
    status(exchange).is_none() && reached(mode, exchange) == Some(Endpoint::EventNext)
}
