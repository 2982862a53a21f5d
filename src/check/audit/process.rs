//! The process: no hot loop, no children left, no exit while all is well.

use super::super::evidence::{self, exit_words};
use super::super::timeline::Timeline;
use super::{Breach, Code, Proof, Scope, Weight};
use crate::law::Level;
use crate::protocol::Endpoint;
use crate::transcript::{EndReason, Signal};

pub(super) const SCOPE: Scope = Scope::RUNTIME_ONE_AT_A_TIME;

pub(super) fn breaches(timeline: &Timeline<'_>) -> impl Iterator<Item = Breach<'static>> {
    [
        hot_loop(timeline),
        left_behind(timeline),
        exit_in_health(timeline),
    ]
    .into_iter()
    .flatten()
}

/// The runtime calls without a pause although the service refuses.
fn hot_loop(timeline: &Timeline<'_>) -> Option<Breach<'static>> {
    if timeline.transcript.end.reason != EndReason::Flood {
        return None;
    }
    let mut refused = timeline.calls.iter().filter(|call| call.status() >= 400);
    let first = refused.next()?;
    let more = refused.count();
    // A runtime that gets the same event again and again is at fault because it does not answer.
    (more * 2 > timeline.calls.len()).then(|| {
        let seconds = timeline
            .transcript
            .end
            .at
            .us()
            .saturating_sub(first.at().us())
            / 1_000_000;
        // The loop of a runtime that waits for its restore is about that.
        let requirement = match first.endpoint() {
            Some(Endpoint::RestoreNext) => "SNAP-13",
            Some(_) | None => "NEXT-18",
        };
        Breach::at(
            first.index,
            (requirement, Code::HotLoop),
            "a bounded number of tries with back-off, then exit with a message",
            format!("{} refused calls within {seconds} s", more + 1),
        )
    })
}

fn left_behind(timeline: &Timeline<'_>) -> Option<Breach<'static>> {
    let leaked = &timeline.transcript.runtime().leaked;
    // An ordinary function may have started them itself.
    (!leaked.is_empty() && !timeline.case.blackbox).then(|| Breach {
        weight: Weight::Remark,
        requirement: "LIFE-06",
        most: Level::Must,
        code: Code::ProcessLeftBehind.name(),
        expected: "no process outside the runtime's process group".to_owned(),
        actual: format!("{} outlived it; ricspec has ended it", leaked.join(", ")),
        proof: Proof::Shown(evidence::of_process(
            timeline.transcript,
            &leaked.join(", "),
        )),
    })
}

/// Everything was answered, nothing was refused, and the process ended.
fn exit_in_health(timeline: &Timeline<'_>) -> Option<Breach<'static>> {
    let transcript = timeline.transcript;
    let exit = transcript.runtime().exit?;
    let answered = transcript.invocations.len();
    let last = timeline
        .calls
        .iter()
        .rfind(|call| call.answers().is_some())?;
    let mut active = timeline.active(exit.at).into_iter();
    let at_work = active.any(|invocation| timeline.count_answers(invocation) == 0);
    // Bytes that are not a request also get 400, and the runtime may take that for the reply to its next call.
    let refused = timeline.has_refused() || timeline.has_garbage();
    // After a freeze it is chance whether the event comes before the end: the wait for the next poll judges that.
    let thawed = transcript.runtime().signals.iter().any(|signal| {
        signal.signal == Signal::Cont && signal.at > last.at() && signal.at <= exit.at
    });
    if timeline.is_provoked() || at_work || thawed || refused || answered == 0 {
        return None;
    }
    let ((requirement, code), expected) = match last.is_error() {
        true => (
            ("ERR-08", Code::ExitAfterError),
            "after an error of the function the runtime takes the next invocation",
        ),
        false => (
            ("LIFE-01", Code::ExitInHealth),
            "the runtime goes on for as long as it is healthy: any exit is a crash to the service",
        ),
    };
    Some(Breach {
        weight: Weight::Cause,
        requirement,
        most: Level::Must,
        code: code.name(),
        expected: expected.to_owned(),
        actual: format!("the process {} after its answer", exit_words(exit)),
        proof: Proof::Silence(Some(last.index)),
    })
}
