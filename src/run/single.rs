//! One case: played once, and judged.

use std::borrow::Cow;
use std::collections::HashMap;

use tokio_util::sync::CancellationToken;

use crate::case::Case;
use crate::check::{clock_fault, headroom, intrusion, is_in_hand, judge, lack};
use crate::cut::cut;
use crate::cut::shortened;
use crate::mask::Mask;
use crate::play::{Sequel, Stage, StageFault, play_on};
use crate::protocol::{Actor, Endpoint, Mode, Route};
use crate::service::BindError;
use crate::transcript::{ActorKind, EndReason, Output, Transcript};
use crate::verdict::{CaseResult, Outcome, Verdict, is_breach};
/// A case that has ended.
#[derive(Debug)]
pub struct Played {
    /// Its result.
    pub result: CaseResult,
    /// The transcript; `None` after a fault on our side.
    pub transcript: Option<Transcript>,
}

/// Plays one case and judges it; `None` if it was cancelled.
pub async fn play_and_judge(
    case: &Case,
    stage: &Stage,
    cancel: &CancellationToken,
) -> Option<Played> {
    play_on_and_judge(case, None, stage, cancel).await
}

/// Like [`play_and_judge`], with steps that follow in the same process.
pub(super) async fn play_on_and_judge(
    case: &Case,
    sequel: Option<Sequel<'_>>,
    stage: &Stage,
    cancel: &CancellationToken,
) -> Option<Played> {
    let began = tokio::time::Instant::now();
    let record = play_on(case, sequel, stage, cancel).await;
    let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let transcript = match record {
        Ok(transcript) => transcript,
        Err(StageFault::Bind(lacking @ (BindError::Lacking(_) | BindError::Beyond(_)))) => {
            return Some(skipped(case, lacking.to_string()));
        }
        Err(lacking @ (StageFault::Lacking(_) | StageFault::Gone(_))) => {
            return Some(skipped(case, lacking.to_string()));
        }
        Err(StageFault::NoFreeze(reason)) => return Some(skipped(case, reason)),
        Err(fault) => {
            let reason = stage.mask.text(&chain(&fault));
            return Some(fault_of(case, reason, duration_ms));
        }
    };
    if transcript.end.reason == EndReason::Cancelled {
        return None;
    }
    let mut whole = Cow::Borrowed(case);
    if let Some(sequel) = sequel.filter(|_| transcript.steps.len() > case.steps.len()) {
        whole.to_mut().steps.extend(sequel(&transcript));
    }
    Some(judged(&whole, transcript, duration_ms, &stage.mask))
}

/// Judges the transcript, and then masks secret values in it.
fn judged(case: &Case, mut transcript: Transcript, duration_ms: u64, mask: &Mask) -> Played {
    let mut result = result_of(case, &transcript, duration_ms);
    if mask.transcript(&mut transcript) {
        let again = result_of(case, &transcript, duration_ms);
        if again.is_alike(&result) {
            // Its evidence is cut after the values were masked, so that no part of a value is left.
            result = again;
        } else {
            let note = "this verdict depends on masked values of --env: `ricspec judge` needs a recording with --show-env";
            let words = [result.reason.as_str(), note];
            let words = words.into_iter().filter(|words| !words.is_empty());
            result.reason = words.collect::<Vec<_>>().join("; ");
        }
    }
    mask.result(&mut result);
    Played {
        result,
        transcript: Some(transcript),
    }
}

/// The result of a case with a transcript.
pub fn result_of(case: &Case, transcript: &Transcript, duration_ms: u64) -> CaseResult {
    let mut result = CaseResult::new(case, outcome_of(case, transcript), duration_ms);
    result.complete =
        transcript.end.reason == EndReason::Complete || has_done_all(case, transcript);
    match result.verdict == Verdict::Pass {
        true => result.headroom = headroom(case, transcript),
        false => result.output = last_output(transcript),
    }
    result
}

/// The outcome of a transcript: the same for a case just played and for a recording.
pub fn outcome_of(case: &Case, transcript: &Transcript) -> Outcome {
    if let Some(fault) = intrusion(transcript) {
        return Outcome::Fault(fault);
    }
    let mut findings = judge(case, transcript);
    if let Some(fault) = doubt(transcript) {
        findings.retain(|finding| is_in_hand(case, finding));
        return match findings.iter().any(is_breach) {
            true => Outcome::Judged {
                findings,
                inconclusive: None,
            },
            false => Outcome::Fault(fault),
        };
    }
    let mut inconclusive = None;
    if !findings.iter().any(is_breach) {
        if let Some(reason) = cannot(transcript) {
            return Outcome::Skipped(reason);
        }
        if let Some(reason) = clock_fault(case, transcript) {
            return Outcome::Fault(reason);
        }
        let is_short =
            transcript.end.reason != EndReason::Complete && !has_done_all(case, transcript);
        inconclusive = is_short.then(|| not_reached(transcript));
    }
    Outcome::Judged {
        findings,
        inconclusive,
    }
}

/// Why something may have happened that the transcript does not show, if so.
fn doubt(transcript: &Transcript) -> Option<String> {
    let strain = transcript.strain.as_ref();
    let strained = strain.and_then(|strain| strain.fault.as_ref());
    let is_whole = transcript.end.reason == EndReason::Complete;
    let excess = transcript.excess.as_ref().filter(|_| !is_whole);
    strained.or(excess).cloned().or_else(|| lack(transcript))
}

/// Whether an extension under test has done all that the case waits for. Its end may cut off what is beside it.
fn has_done_all(case: &Case, transcript: &Transcript) -> bool {
    let target = case.target();
    let own = case.lines().filter(|(actor, _)| *actor == target);
    let is_met = |step: usize| {
        let step = transcript.steps.get(step);
        step.is_some_and(|step| step.met.is_some())
    };
    target != Actor::Runtime && own.flat_map(|(_, line)| line).all(is_met)
}

/// Why a case ended early without a breach.
fn not_reached(transcript: &Transcript) -> String {
    let met = transcript.steps.iter().filter(|step| step.met.is_some());
    format!(
        "the {} reached step {} of {}, and broke no requirement before",
        match transcript.target().kind {
            ActorKind::Runtime | ActorKind::LaterRuntime => "runtime",
            ActorKind::Extension => "extension",
        },
        met.count(),
        transcript.steps.len()
    )
}

/// What the fixture cannot do here, by its answer `{"cannot": REASON}`.
fn cannot(transcript: &Transcript) -> Option<String> {
    let answers = transcript
        .exchanges
        .iter()
        .filter_map(|call| match call.route(Mode::OnDemand) {
            Route::Known(Endpoint::Response(id)) => Some((id, call.body.json()?)),
            Route::Known(_) | Route::Other(_) | Route::WrongMethod { .. } | Route::NotFound => None,
        });
    let refusals = answers.filter_map(|(id, answer)| {
        let only = answer.as_object().filter(|members| members.len() == 1)?;
        Some((id, only.get("cannot")?.as_str()?.to_owned()))
    });
    let mut refusals = refusals.peekable();
    refusals.peek()?;
    // A runtime may get many events and refuse each.
    let mut events = HashMap::new();
    for delivery in &transcript.invocations {
        let id = delivery.request_id.as_str();
        events.entry(id).or_insert(&delivery.event);
    }
    refusals.find_map(|(id, reason)| {
        let event = events.get(id.as_str())?.json()?;
        let verb = event.get("do")?.as_str().filter(|verb| *verb != "echo")?;
        let (verb, reason) = (shortened(verb), shortened(&reason));
        Some(format!("the fixture cannot do `{verb}` here: {reason}"))
    })
}

/// Whether there is no verdict because the machine was too busy.
pub(super) fn was_too_busy(played: &Played) -> bool {
    let transcript = played.transcript.as_ref();
    let strain = transcript.and_then(|transcript| transcript.strain.as_ref());
    played.result.verdict == Verdict::Error && strain.is_some_and(|strain| strain.fault.is_some())
}

/// A case that is not played, and why.
pub(super) fn skipped(case: &Case, reason: String) -> Played {
    Played {
        result: CaseResult::new(case, Outcome::Skipped(reason), 0),
        transcript: None,
    }
}

/// A fault on our side.
pub(super) fn fault_of(case: &Case, reason: String, duration_ms: u64) -> Played {
    Played {
        result: CaseResult::new(case, Outcome::Fault(reason), duration_ms),
        transcript: None,
    }
}

/// An error with all its causes, on one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// How many lines of the process's output a failure shows.
const OUTPUT_LINES_MAX: usize = 20;

/// How much of such a line, in bytes.
const OUTPUT_LINE_BYTES_MAX: usize = 1800;

/// The last lines of both streams, each marked with its stream.
pub fn last_output(transcript: &Transcript) -> Vec<String> {
    let process = transcript.target();
    let mut lines = tail("stdout", &process.stdout);
    lines.extend(tail("stderr", &process.stderr));
    lines
}

fn tail(stream: &str, output: &Output) -> Vec<String> {
    let lines: Vec<&str> = output.last().lines().collect();
    let from = lines.len().saturating_sub(OUTPUT_LINES_MAX);
    lines
        .iter()
        .skip(from)
        .map(|line| format!("{stream}: {}", cut(line, OUTPUT_LINE_BYTES_MAX)))
        .collect()
}
