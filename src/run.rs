//! The run: cases played side by side, each judged as it ends.
//!
//! I/O. Results come through a callback in the order in which cases end; nothing that was planned vanishes.

mod pool;
mod probe;
mod turns;

pub use pool::{Turn, Work, pool};
pub use probe::{Probe, ProbeFault, probe, probe_case, probe_ordinary};
pub use turns::{Retry, play_work};

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::case::Case;
use crate::check::{clock_fault, headroom, is_in_hand, judge};
use crate::cut::cut;
use crate::cut::shortened;
use crate::mask::Mask;
use crate::plan::Plan;
use crate::play::{Sequel, Stage, StageFault, play_on};
use crate::protocol::{Endpoint, Mode, Route};
use crate::service::BindError;
use crate::transcript::{EndReason, Output, Transcript};
use crate::verdict::{CaseResult, Outcome, Strictness, Verdict, is_breach};

/// How to go about a run.
#[derive(Clone, Debug)]
pub struct Manner {
    /// How many cases are in play at a time.
    pub jobs: usize,
    /// How often each case is played, each time with other ids; the worst result counts.
    pub repeat: u32,
    /// After how many cases that fail the run no further one is begun.
    pub max_fail: Option<usize>,
    /// How often a case that does not pass is played again.
    pub retries: u32,
    /// The failures of each case, by their codes, that are known and not played again.
    pub known: BTreeMap<String, Vec<String>>,
    /// What counts as such.
    pub strictness: Strictness,
}

impl Manner {
    /// How a case is played again.
    pub fn retry(&self, id: &str) -> Retry {
        Retry {
            times: self.retries,
            known: self.known.get(id).cloned().unwrap_or_default(),
        }
    }
}

/// A case that has ended.
#[derive(Debug)]
pub struct Played {
    /// What came of it.
    pub result: CaseResult,
    /// The record; `None` when there is none, for a fault on our side.
    pub transcript: Option<Transcript>,
}

/// What happens while a run goes on.
#[derive(Debug)]
pub enum Progress<'a> {
    /// A case of this id is in play.
    Began(&'a str),
    /// A case has ended.
    Ended(&'a mut Played),
    /// A case was not played, since the run was stopped.
    NotPlayed(&'a mut Played),
}

/// Plays a plan. What `on` makes of a result is what is returned; skipped and unplayed cases are among the results.
pub async fn run(
    plan: Plan,
    stage: &Arc<Stage>,
    manner: &Manner,
    cancel: &CancellationToken,
    mut on: impl FnMut(Progress<'_>),
) -> Vec<CaseResult> {
    let mut results = Vec::new();
    for (case, reason) in &plan.skipped {
        let mut played = skipped(case, reason.to_string());
        on(Progress::Ended(&mut played));
        results.push(played.result);
    }
    let cases: Vec<Arc<Case>> = plan.run.into_iter().map(Arc::new).collect();
    let enough = CancellationToken::new();
    let work = cases.iter().map(|case| Work {
        case: Arc::clone(case),
        stage: Arc::clone(stage),
        repeat: manner.repeat,
        retry: manner.retry(&case.id),
        alone: case.alone,
        mark: (),
    });
    let mut failed = 0;
    let mut unplayed: BTreeMap<&str, &Case> = cases
        .iter()
        .map(|case| (case.id.as_str(), case.as_ref()))
        .collect();
    pool(
        work,
        manner.jobs,
        cancel,
        &enough,
        |progress| match progress {
            Turn::Began(work) => on(Progress::Began(&work.case.id)),
            Turn::Ended(work, mut played) => {
                unplayed.remove(work.case.id.as_str());
                on(Progress::Ended(&mut played));
                failed += usize::from(played.result.counts(manner.strictness));
                if manner.max_fail.is_some_and(|max| failed >= max) {
                    enough.cancel();
                }
                results.push(played.result);
            }
        },
    )
    .await;
    let why = match (cancel.is_cancelled(), manner.max_fail) {
        (true, _) => "not played to the end: the run was interrupted".to_owned(),
        (false, None | Some(1)) => {
            "not begun: an earlier case failed, and --fail-fast was given".to_owned()
        }
        (false, Some(max)) => {
            format!("not begun: {max} cases failed, and --max-fail {max} was given")
        }
    };
    for case in unplayed.into_values() {
        let mut played = skipped(case, why.clone());
        on(Progress::NotPlayed(&mut played));
        results.push(played.result);
    }
    results
}

/// The cases that need much memory are in play one at a time, until they are judged.
static HEAVY: Semaphore = Semaphore::const_new(1);

/// Plays one case and judges it; `None` if it was cancelled.
pub async fn play_and_judge(
    case: &Case,
    stage: &Stage,
    cancel: &CancellationToken,
) -> Option<Played> {
    play_on_and_judge(case, None, stage, cancel).await
}

/// As [`play_and_judge`], with what follows in the same process.
async fn play_on_and_judge(
    case: &Case,
    sequel: Option<Sequel<'_>>,
    stage: &Stage,
    cancel: &CancellationToken,
) -> Option<Played> {
    let heavy = async {
        match case.is_heavy() {
            true => HEAVY.acquire().await.ok(),
            false => None,
        }
    };
    let _turn = tokio::select! {
        turn = heavy => turn,
        () = cancel.cancelled() => return None,
    };
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

/// Judges what was seen, and then hides what nobody should read of it.
fn judged(case: &Case, mut transcript: Transcript, duration_ms: u64, mask: &Mask) -> Played {
    let mut result = result_of(case, &transcript, duration_ms);
    if mask.transcript(&mut transcript) {
        let again = result_of(case, &transcript, duration_ms);
        if again.is_alike(&result) {
            // Its evidence is cut to length after the values were hidden, so that no end of one is left.
            result = again;
        } else {
            let note = "the values of --env make a difference here: `ricspec judge` needs a recording with --show-env";
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

/// The result of a case of which there is a record.
pub fn result_of(case: &Case, transcript: &Transcript, duration_ms: u64) -> CaseResult {
    let mut result = CaseResult::new(case, outcome_of(case, transcript), duration_ms);
    match result.verdict {
        Verdict::Pass => result.headroom = headroom(case, transcript),
        _ => result.output = last_output(transcript),
    }
    result
}

/// What a record comes to: the same for a case just played and for a recording.
pub fn outcome_of(case: &Case, transcript: &Transcript) -> Outcome {
    let mut findings = judge(case, transcript);
    if let Some(fault) = doubt(transcript) {
        findings.retain(|finding| is_in_hand(case, finding));
        return match findings.iter().any(is_breach) {
            true => Outcome::Judged {
                findings,
                inconclusive: None,
            },
            false => Outcome::Fault(fault.clone()),
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
        let is_short = transcript.end.reason != EndReason::Complete;
        inconclusive = is_short.then(|| not_reached(transcript));
    }
    Outcome::Judged {
        findings,
        inconclusive,
    }
}

/// Why what a record does not show may have been there, if it may.
fn doubt(transcript: &Transcript) -> Option<&String> {
    let strain = transcript.strain.as_ref();
    let strained = strain.and_then(|strain| strain.fault.as_ref());
    let is_whole = transcript.end.reason == EndReason::Complete;
    strained.or_else(|| transcript.excess.as_ref().filter(|_| !is_whole))
}

/// Why a case ended before its point, through no breach.
fn not_reached(transcript: &Transcript) -> String {
    let met = transcript.steps.iter().filter(|step| step.met.is_some());
    format!(
        "the runtime came as far as step {} of {}, and broke no requirement on the way",
        met.count(),
        transcript.steps.len()
    )
}

/// What the fixture said that it cannot do here, by an answer of `{"cannot": REASON}`.
fn cannot(transcript: &Transcript) -> Option<String> {
    let answers = transcript.exchanges.iter().filter_map(|call| {
        match Route::of(Mode::OnDemand, &call.method, &call.target) {
            Route::Known(Endpoint::Response(id)) => Some((id, call.body.json()?)),
            Route::Known(_) | Route::Other(_) | Route::WrongMethod { .. } | Route::NotFound => None,
        }
    });
    let mut refusals = answers.filter_map(|(id, answer)| {
        let only = answer.as_object().filter(|members| members.len() == 1)?;
        Some((id, only.get("cannot")?.as_str()?.to_owned()))
    });
    refusals.find_map(|(id, reason)| {
        let mut given = transcript.invocations.iter();
        let event = given
            .find(|delivery| delivery.request_id == id)?
            .event
            .json()?;
        let verb = event.get("do")?.as_str().filter(|verb| *verb != "echo")?;
        let (verb, reason) = (shortened(verb), shortened(&reason));
        Some(format!("the fixture cannot do `{verb}` here: {reason}"))
    })
}

/// A case that is not played, and why.
fn skipped(case: &Case, reason: String) -> Played {
    Played {
        result: CaseResult::new(case, Outcome::Skipped(reason), 0),
        transcript: None,
    }
}

/// A fault on our side.
fn fault_of(case: &Case, reason: String, duration_ms: u64) -> Played {
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

/// How much of the process' output a failure shows.
const OUTPUT_LINES_MAX: usize = 20;

/// How much of a line of it, in bytes.
const OUTPUT_LINE_BYTES_MAX: usize = 1800;

/// The last lines of both streams, each marked with its stream.
pub fn last_output(transcript: &Transcript) -> Vec<String> {
    let process = &transcript.process;
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
