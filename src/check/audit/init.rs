//! Initialisation: `/init/error` once, before the first poll, and nothing after it.

use super::super::timeline::{Call, Timeline};
use super::{Breach, Code, Scope};
use crate::case::rule::About;
use crate::case::{Check, Step, What};

pub(super) const SCOPE: Scope = Scope::RUNTIME_ONE_AT_A_TIME;

pub(super) fn breaches(timeline: &Timeline<'_>) -> Vec<Breach<'static>> {
    // A report that comes after a poll is in the wrong place; the polls after it are not at fault.
    let first = timeline
        .calls
        .iter()
        .position(|call| call.is_init_error() || call.is_next())
        .filter(|first| timeline.calls.get(*first).is_some_and(Call::is_init_error));
    let reports = timeline.calls.iter().filter(|call| call.is_init_error());
    let mut found: Vec<Breach<'static>> = reports
        .enumerate()
        .filter_map(|(nth, call)| misplaced(timeline, call, nth))
        .collect();
    let polls = timeline
        .calls
        .iter()
        .enumerate()
        .filter(|(_, call)| call.is_next());
    for (position, poll) in polls {
        let code = match first {
            Some(first) if first < position => ("INIT-04", Code::NextAfterInitError),
            None if timeline.setup_fails() => ("INIT-15", Code::NextAfterFailedInit),
            Some(_) | None => continue,
        };
        let expected = "no /next once the setup has failed: report it and exit";
        let breach = Breach::at(poll.index, code, expected, "GET /next came");
        // A runtime that looks up its handler at the first event reports each event as failed, and every caller learns why.
        let late = first.is_none() && timeline.case.handler.is_some();
        found.push(if late { breach.should() } else { breach });
    }
    found
}

fn misplaced(timeline: &Timeline<'_>, call: &Call<'_>, nth: usize) -> Option<Breach<'static>> {
    let polled = timeline.has_polled_before(call.at());
    let at_work = timeline.is_at_work(call.at());
    let (code, expected, actual) = if at_work {
        let expected = "the failure of an invocation on /invocation/{id}/error";
        (
            ("ERR-13", Code::InitErrorInInvocation),
            expected,
            "POST /init/error during an invocation",
        )
    } else if polled {
        let expected = "no /init/error once /next was called";
        (
            ("INIT-06", Code::InitErrorAfterNext),
            expected,
            "POST /init/error after the setup was complete",
        )
    } else if nth > 0 {
        let expected = "one /init/error";
        (
            ("INIT-05", Code::InitErrorTwice),
            expected,
            "a second one, which the service answers with 403",
        )
    } else {
        return None;
    };
    let breach = Breach::at(call.index, code, expected, actual);
    // If the function has not failed, the step of the case says better what went wrong.
    Some(match at_work && waits_for_result(timeline) {
        true => breach.remark(),
        false => breach,
    })
}

/// Whether the case waits for a result of the function that does not come, and not for the report of a failure, which may
/// come to the wrong place.
fn waits_for_result(timeline: &Timeline<'_>) -> bool {
    let states = timeline.transcript.steps.iter();
    let mut steps = states.zip(&timeline.case.steps);
    let unmet = steps.find(|(state, _)| state.met.is_none());
    let Some((_, Step::Expect(expect))) = unmet else {
        return false;
    };
    let asks = |check: &Check| {
        let rule = check.rule.facts();
        rule.about == About::Body && !rule.wants_absence
    };
    let area = expect.cites.split('-').next();
    if matches!(area, Some("RESP" | "ERR")) {
        return false;
    }
    match expect.call {
        What::Response => true,
        What::Answer => expect.checks.iter().any(asks),
        What::Next
        | What::Error
        | What::InitError
        | What::RestoreNext
        | What::RestoreError
        | What::Register
        | What::Subscribe
        | What::Batch
        | What::Exit
        | What::ExitOrNext
        | What::AnswerOrExit
        | What::Returned => false,
    }
}
