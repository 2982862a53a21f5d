//! Restores: one call to `/restore/next`, where there is a restore, before the first poll and never given up.

use super::super::timeline::{Call, Timeline};
use super::{Breach, Code, Scope};
use crate::protocol::{Endpoint, Mode, Route};
use crate::transcript::{Head, Offset};

pub(super) const SCOPE: Scope = Scope::RUNTIME;

pub(super) fn breaches(timeline: &Timeline<'_>) -> Vec<Breach<'static>> {
    let calls = timeline.calls.iter();
    let mut found: Vec<Breach<'static>> = calls.filter_map(elsewhere).collect();
    if timeline.transcript.mode != Mode::SnapStart {
        return found;
    }
    let first = timeline.calls.iter().find(|call| is_restore_next(call));
    found.extend(first.and_then(|first| given_up(timeline, first)));
    for call in &timeline.calls {
        let at = call.at();
        found.extend(match call.endpoint() {
            Some(Endpoint::RestoreNext) => {
                after_report(timeline, call).or_else(|| again(first, call))
            }
            Some(Endpoint::Next) => [
                first.and_then(|first| meanwhile(first, call)),
                after_failed_restore(timeline, call, at),
            ]
            .into_iter()
            .flatten()
            .next(),
            Some(
                Endpoint::Response(_)
                | Endpoint::Error(_)
                | Endpoint::InitError
                | Endpoint::RestoreError
                | Endpoint::Ping
                | Endpoint::Register
                | Endpoint::EventNext
                | Endpoint::ExtensionInitError
                | Endpoint::ExtensionExitError
                | Endpoint::Telemetry
                | Endpoint::Logs
                | Endpoint::Metadata
                | Endpoint::Credentials,
            )
            | None => None,
        });
    }
    found
}

/// Whether it is a call of an environment that is restored, in another one.
pub(super) fn is_elsewhere(call: &Call<'_>, head: &Head) -> bool {
    let route = Route::of(Mode::SnapStart, &head.method, &head.target);
    call.route == Route::NotFound
        && matches!(
            route,
            Route::Known(Endpoint::RestoreNext | Endpoint::RestoreError)
        )
}

fn elsewhere(call: &Call<'_>) -> Option<Breach<'static>> {
    let head = call.exchange.head();
    is_elsewhere(call, &head).then(|| {
        Breach::at(
            call.index,
            ("SNAP-02", Code::RestoreNextElsewhere),
            "no such call unless AWS_LAMBDA_INITIALIZATION_TYPE is snap-start",
            format!(
                "{} {}, which the service answers with 404",
                head.method, head.target
            ),
        )
        .remark()
    })
}

fn is_restore_next(call: &Call<'_>) -> bool {
    call.endpoint() == Some(&Endpoint::RestoreNext)
}

/// When it was answered with 200.
fn restored_at(call: &Call<'_>) -> Option<Offset> {
    let reply = call.exchange.reply.as_ref()?;
    (reply.status == 200).then_some(reply.at)
}

fn given_up(timeline: &Timeline<'_>, call: &Call<'_>) -> Option<Breach<'static>> {
    let held = timeline.given_up(call, call.exchange.dropped?)?;
    Some(Breach::at(
        call.index,
        ("SNAP-03", Code::RestoreNextGivenUp),
        "the runtime waits in /restore/next for as long as the service holds it",
        format!("it closed the connection after {held} ms"),
    ))
}

/// A call after the setup, or a hook before the snapshot, had failed.
fn after_report(timeline: &Timeline<'_>, call: &Call<'_>) -> Option<Breach<'static>> {
    let mut earlier = timeline
        .calls
        .iter()
        .take_while(|other| other.at() < call.at());
    let reported = earlier.any(|other| other.is_init_error() && other.status() < 400);
    reported.then(|| {
        Breach::at(
            call.index,
            ("SNAP-05", Code::RestoreNextAfterReport),
            "no /restore/next after /init/error",
            "GET /restore/next came",
        )
    })
}

fn again(first: Option<&Call<'_>>, call: &Call<'_>) -> Option<Breach<'static>> {
    let restored = restored_at(first?)?;
    (restored < call.at()).then(|| {
        Breach::at(
            call.index,
            ("SNAP-04", Code::RestoreNextAgain),
            "GET /invocation/next after the restore",
            "another GET /restore/next",
        )
    })
}

/// A poll while `/restore/next` is held.
fn meanwhile(first: &Call<'_>, call: &Call<'_>) -> Option<Breach<'static>> {
    let over = first.exchange.reply.as_ref().map(|reply| reply.at);
    let over = over.or(first.exchange.dropped);
    let held = first.at() < call.at() && over.is_none_or(|over| over > call.at());
    held.then(|| {
        Breach::at(
            call.index,
            ("SNAP-01", Code::NextBeforeRestore),
            "no /invocation/next before the reply to /restore/next",
            "GET /invocation/next came while it was held",
        )
    })
}

fn after_failed_restore(
    timeline: &Timeline<'_>,
    call: &Call<'_>,
    at: Offset,
) -> Option<Breach<'static>> {
    let failed = |other: &Call<'_>| {
        other.endpoint() == Some(&Endpoint::RestoreError) && other.status() == 202
    };
    let mut earlier = timeline.calls.iter().take_while(|other| other.at() < at);
    earlier.any(failed).then(|| {
        Breach::at(
            call.index,
            ("SNAP-06", Code::NextAfterRestoreError),
            "an exit once the failed restore is reported",
            "GET /invocation/next came",
        )
    })
}
