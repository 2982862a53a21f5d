//! A case played more than once: N times, where the worst result counts, or until it passes.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::single::{Played, play_and_judge, was_too_busy};
use crate::case::Case;
use crate::play::Stage;
use crate::verdict::{CaseResult, Verdict, is_breach};

/// How a case that does not pass is played again.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Retry {
    /// The greatest number of plays.
    pub times: u32,
    /// The codes of known failures: a case with only these is not played again.
    pub known: Vec<String>,
}

impl Retry {
    fn is_wanted(&self, result: &CaseResult) -> bool {
        let mut breaches = result.findings.iter().filter(|finding| is_breach(finding));
        match result.verdict {
            Verdict::Fail => breaches.any(|finding| !self.known.contains(&finding.code)),
            Verdict::Inconclusive | Verdict::Error => true,
            Verdict::Pass
            | Verdict::Flaky
            | Verdict::ExpectedFailure
            | Verdict::UnexpectedPass
            | Verdict::Skip => false,
        }
    }
}

/// A case to be played on a stage.
#[derive(Clone, Debug)]
pub struct Work<M> {
    /// The case.
    pub case: Arc<Case>,
    /// Where it is played.
    pub stage: Arc<Stage>,
    /// How often; the worst result counts.
    pub repeat: u32,
    /// How it is played again when it does not pass.
    pub retry: Retry,
    /// Whether no other case may be in play at the same time.
    pub alone: bool,
    /// The caller's own data.
    pub mark: M,
}

/// Plays a case N times; `None` if it was cancelled in its first play.
pub async fn play_work<M>(work: &Work<M>, cancel: &CancellationToken) -> Option<Played> {
    match work.retry.times {
        0 => repeated(work, cancel).await,
        _ => retried(work, cancel).await,
    }
}

/// Plays a case once, each time with other ids; if the machine was too busy to tell, once more.
async fn play_turn<M>(work: &Work<M>, turn: u32, cancel: &CancellationToken) -> Option<Played> {
    let stage = Stage {
        seed: work.stage.seed.wrapping_add(u64::from(turn)),
        ..work.stage.as_ref().clone()
    };
    let played = play_and_judge(&work.case, &stage, cancel).await?;
    match was_too_busy(&played) {
        true => Some(instead(played, play_and_judge(&work.case, &stage, cancel)).await),
        false => Some(played),
    }
}

/// The result of another play, which says what was wrong with the first one; the first one if the other was cancelled.
async fn instead(first: Played, again: impl Future<Output = Option<Played>>) -> Played {
    match again.await {
        Some(now) => after(first, now, 2),
        None => first,
    }
}

/// If the results differ, the result says so.
async fn repeated<M>(work: &Work<M>, cancel: &CancellationToken) -> Option<Played> {
    let mut worst: Option<Played> = None;
    let mut verdicts: Vec<Verdict> = Vec::new();
    for turn in 0..work.repeat.max(1) {
        let Some(played) = play_turn(work, turn, cancel).await else {
            break;
        };
        verdicts.push(played.result.verdict);
        if worst
            .as_ref()
            .is_none_or(|worst| played.result.verdict > worst.result.verdict)
        {
            worst = Some(played);
        }
    }
    let mut played = worst?;
    let verdict = played.result.verdict;
    let same = verdicts.iter().filter(|other| **other == verdict).count();
    let mut words = Vec::new();
    if same < verdicts.len() {
        words.push(format!(
            "in {same} of {} plays: {}",
            verdicts.len(),
            verdict.word()
        ));
    }
    if (verdicts.len() as u64) < u64::from(work.repeat) {
        words.push(format!(
            "interrupted when it had been played {} of {} times",
            verdicts.len(),
            work.repeat
        ));
    }
    if !words.is_empty() {
        played.result.reason = words.join("; ");
    }
    Some(played)
}

/// Plays a case until it passes.
async fn retried<M>(work: &Work<M>, cancel: &CancellationToken) -> Option<Played> {
    let mut failed: Option<Played> = None;
    let mut plays = 0;
    for turn in 0..=work.retry.times {
        let Some(played) = play_turn(work, turn, cancel).await else {
            break;
        };
        plays += 1;
        let wanted = work.retry.is_wanted(&played.result);
        failed = match failed {
            Some(before) if !wanted => return Some(after(before, played, plays)),
            Some(before) if weight(&before) >= weight(&played) => Some(before),
            None if !wanted => return Some(played),
            Some(_) | None => Some(played),
        };
    }
    let mut failed = failed?;
    if failed.result.reason.is_empty() && plays > 1 {
        failed.result.reason = format!("it passed in none of {plays} plays");
    }
    Some(failed)
}

/// How much a failure says about the runtime.
fn weight(played: &Played) -> u8 {
    match played.result.verdict {
        Verdict::Fail => 2,
        Verdict::Inconclusive => 1,
        Verdict::Pass
        | Verdict::Flaky
        | Verdict::ExpectedFailure
        | Verdict::UnexpectedPass
        | Verdict::Skip
        | Verdict::Error => 0,
    }
}

/// The result of a case that passed after it had failed. It keeps the bytes of the failure, as the proof.
fn after(failed: Played, mut now: Played, plays: u32) -> Played {
    match (failed.result.verdict, now.result.verdict) {
        // This is a fault of ours, and says nothing about the runtime.
        (Verdict::Error, _) => {
            let before = &failed.result.reason;
            if now.result.reason.is_empty() {
                now.result.reason =
                    format!("played {plays} times; before, ricspec failed: {before}");
            }
            now
        }
        (_, Verdict::Skip) => failed,
        (_, _) => Played {
            result: failed.result.flaky(plays),
            transcript: failed.transcript,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::single::fault_of;
    use super::*;
    use crate::case::{embedded, read};
    use crate::verdict::Outcome;

    #[tokio::test]
    async fn a_play_on_a_busy_machine_is_replaced_and_told_of() {
        let cases = read(&embedded()).expect("cases");
        let case = cases.first().expect("a case");
        let first = || fault_of(case, "the machine was too busy".to_owned(), 1);
        let passes = Played {
            result: CaseResult::new(
                case,
                Outcome::Judged {
                    findings: Vec::new(),
                    inconclusive: None,
                },
                1,
            ),
            transcript: None,
        };
        let now = instead(first(), async { Some(passes) }).await;
        assert_eq!(now.result.verdict, Verdict::Pass);
        assert_eq!(
            now.result.reason,
            "played 2 times; before, ricspec failed: the machine was too busy"
        );
        let cancelled = instead(first(), async { None }).await;
        assert_eq!(cancelled.result.verdict, Verdict::Error);
    }
}
