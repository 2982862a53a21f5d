//! Waits that were not met: what should have come, and what came instead.

use crate::check::evidence::exit_words;
use crate::check::timeline::{Call, Timeline};
use crate::check::{Evidence, Finding};
use crate::law::{self, Code};

pub(super) fn finding(
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
        step: None,
    }
}

pub(super) fn ending(timeline: &Timeline<'_>) -> String {
    match timeline.transcript.target().exit {
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

/// Mentions that calls of other processes were refused.
fn refused(timeline: &Timeline<'_>) -> String {
    let strangers = &timeline.transcript.strangers;
    let told = strangers.first().map(|stranger| {
        let (calls, who) = (strangers.len(), &stranger.who);
        format!(", though {calls} calls of others were refused, such as `{who}`, which the command has not started")
    });
    told.unwrap_or_default()
}

/// Mentions that limits were extended, and why.
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
    let ending = match timeline.transcript.target().exit {
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

/// No poll came for the next event. `cites` is the requirement that this breaks, if the case names one.
pub(super) fn no_poll(timeline: &Timeline<'_>, cites: Option<&str>) -> Finding {
    let exited = timeline.transcript.target().exit.is_some();
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
