//! The run: cases played side by side, each judged as it ends.
//!
//! I/O. Results come through a callback as cases end; no planned case is lost.

mod pool;
mod probe;
mod single;
mod slots;
mod turns;

pub use pool::{Turn, pool};
pub use probe::{Probe, ProbeFault, probe, probe_case, probe_ordinary};
pub use single::{Played, chain, last_output, outcome_of, play_and_judge, result_of};
pub use slots::Slots;
pub use turns::{Retry, Work, play_work};

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::case::Case;
use crate::plan::Plan;
use crate::play::Stage;
use crate::verdict::{CaseResult, Strictness};
use single::skipped;

/// How cases are played.
#[derive(Clone, Debug)]
pub struct RunConfig {
    /// How many cases are in play at a time.
    pub slots: Slots,
    /// How often each case is played, each time with other ids; the worst result counts.
    pub repeat: u32,
    /// After how many cases that fail the run no new case is started.
    pub max_fail: Option<usize>,
    /// How often a case that does not pass is played again.
    pub retries: u32,
    /// The codes of each case's known failures; a case with only these is not played again.
    pub known: BTreeMap<String, Vec<String>>,
    /// Which breaches fail the run.
    pub strictness: Strictness,
}

impl RunConfig {
    /// How a case is played again.
    pub fn retry(&self, id: &str) -> Retry {
        Retry {
            times: self.retries,
            known: self.known.get(id).cloned().unwrap_or_default(),
        }
    }
}

/// Progress of a run.
#[derive(Debug)]
pub enum Progress<'a> {
    /// A case of this id is in play.
    Began(&'a str),
    /// A case has ended.
    Ended(&'a mut Played),
    /// A case was not played, because the run was stopped.
    NotPlayed(&'a mut Played),
}

/// Plays a plan. `on` is called for each case, also for skipped and unplayed ones, and may change its result.
///
/// # Examples
/// ```
/// use std::sync::Arc;
///
/// use ricspec::{plan::Plan, play::Stage, run, verdict::CaseResult};
/// use tokio_util::sync::CancellationToken;
///
/// async fn results(plan: Plan, stage: &Arc<Stage>, config: &run::RunConfig) -> Vec<CaseResult> {
///     run::run(plan, stage, config, &CancellationToken::new(), |_| {}).await
/// }
/// ```
pub async fn run(
    plan: Plan,
    stage: &Arc<Stage>,
    run_config: &RunConfig,
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
        repeat: run_config.repeat,
        retry: run_config.retry(&case.id),
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
        run_config.slots,
        cancel,
        &enough,
        |progress| match progress {
            Turn::Began(work) => on(Progress::Began(&work.case.id)),
            Turn::Ended(work, mut played) => {
                unplayed.remove(work.case.id.as_str());
                on(Progress::Ended(&mut played));
                failed += usize::from(played.result.counts(run_config.strictness));
                if run_config.max_fail.is_some_and(|max| failed >= max) {
                    enough.cancel();
                }
                results.push(played.result);
            }
        },
    )
    .await;
    let why = match (cancel.is_cancelled(), run_config.max_fail) {
        (true, _) => "not played to the end: the run was interrupted".to_owned(),
        (false, None | Some(1)) => {
            "not started: an earlier case failed, and --fail-fast was given".to_owned()
        }
        (false, Some(max)) => {
            format!("not started: {max} cases failed, and --max-fail {max} was given")
        }
    };
    for case in unplayed.into_values() {
        let mut played = skipped(case, why.clone());
        on(Progress::NotPlayed(&mut played));
        results.push(played.result);
    }
    results
}
