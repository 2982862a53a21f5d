//! The results of a run, also if no case could be played.

use super::judge_fact;
use crate::case::{Case, LeftOut};
use crate::check::Finding;
use crate::image::Image;
use crate::plan::Plan;
use crate::run::{self, ProbeFault};
use crate::verdict::{CaseResult, Outcome, TargetInfo};

/// The results of a run.
pub(super) struct Ended {
    pub(super) cases: Vec<CaseResult>,
    pub(super) target: TargetInfo,
    pub(super) left_out: Vec<LeftOut>,
    /// Why nothing could be judged, if so.
    pub(super) trouble: Option<String>,
    /// Notes for the reader of the results.
    pub(super) notes: Vec<String>,
    /// What could not be written or played, and why.
    pub(super) lost: Vec<String>,
}

/// Facts about the image are judged even if the other cases are skipped.
fn unplayed(plan: &Plan, image: Option<&Image>, reason: &str) -> Vec<CaseResult> {
    let result = |case: &Case| match case.fact {
        Some(_) => judge_fact(case, image),
        None => CaseResult::new(case, Outcome::Skipped(reason.to_owned()), 0),
    };
    plan.run.iter().map(result).collect()
}

/// A run whose image cannot be started: the case about this has the finding.
pub(super) fn unstartable(
    plan: &Plan,
    target: TargetInfo,
    image: Option<&Image>,
    finding: &Finding,
) -> Ended {
    let reason = format!("the image cannot be started: {}", finding.actual);
    Ended {
        cases: unplayed(plan, image, &reason),
        target,
        left_out: plan.left_out.clone(),
        trouble: None,
        notes: Vec::new(),
        lost: Vec::new(),
    }
}

/// A run that ended at the probe: one message, and a report that lists every case.
pub(super) fn unprobed(
    plan: &Plan,
    target: TargetInfo,
    image: Option<&Image>,
    fault: ProbeFault,
) -> Ended {
    let mut cases = unplayed(plan, image, "the runtime could not be probed");
    let message = fault.to_string();
    let trouble = match fault {
        ProbeFault::Breach(played) => {
            cases.push(played.result);
            None
        }
        ProbeFault::Cancelled => None,
        ProbeFault::Stage(_)
        | ProbeFault::Silent { .. }
        | ProbeFault::NoFixture { .. }
        | ProbeFault::Unanswered { .. } => {
            cases.push(CaseResult::new(
                &run::probe_case(),
                Outcome::Fault(message.clone()),
                0,
            ));
            Some(message)
        }
    };
    Ended {
        cases,
        target,
        left_out: plan.left_out.clone(),
        trouble,
        notes: Vec::new(),
        lost: Vec::new(),
    }
}
