//! From a target that was asked for to one that answers, or to the reason why it does not.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::run::{Ended, Session};
use super::{Asked, ask, judge_fact};
use crate::case::{Address, Case};
use crate::check::Finding;
use crate::group;
use crate::image::{Image, is_about_facts, prevents_start};
use crate::plan::Plan;
use crate::play::Stage;
use crate::report::Printable;
use crate::run::{self, ProbeFault};
use crate::runtime::{Site, shares_tmp};
use crate::verdict::{CaseResult, Outcome, TargetInfo};

impl Session<'_> {
    /// Finds the stage on which the target answers, and what its fixture honours.
    pub(super) async fn ready(
        &mut self,
        whole: &Plan,
        stages: Vec<Arc<Stage>>,
        image: Option<&Image>,
        cancel: &CancellationToken,
    ) -> Result<Ready, Unready> {
        let settings = self.settings;
        let mut stages = stages.into_iter();
        let mut ready = Ready {
            stage: stages.next().unwrap_or_else(|| Arc::clone(&settings.stage)),
            asked: Asked::default(),
        };
        if whole.run.iter().all(is_about_facts) {
            return Ok(ready);
        }
        if let Some(finding) = image.and_then(prevents_start) {
            return Err(Unready::Image(Box::new(finding)));
        }
        if self.options.verbose {
            self.tell_of_doors(whole, &ready.stage);
        }
        loop {
            self.tell(&ready.stage);
            match (ask(settings, &ready.stage, cancel).await, stages.next()) {
                (Ok(asked), _) => {
                    ready.asked = asked;
                    return Ok(ready);
                }
                // A network in which nothing starts leaves the next one.
                (Err(ProbeFault::Stage(_)), Some(next)) => ready.stage = next,
                (Err(fault), _) => return Err(Unready::Probe(fault)),
            }
        }
    }

    /// The service of a few cases can be called from other machines.
    fn tell_of_doors(&mut self, whole: &Plan, stage: &Stage) {
        let is_open = |case: &&Case| case.address == Address::Outer;
        let open: Vec<&str> = whole
            .run
            .iter()
            .filter(is_open)
            .map(|case| case.id.as_str())
            .collect();
        if !open.is_empty() && matches!(stage.site, Site::Machine) {
            let cases = open.join(", ");
            self.console.note(&format!(
                "other machines can reach the service of {cases}: a proxy is not used for loopback"
            ));
        }
    }

    fn tell(&mut self, stage: &Stage) {
        let shared = shared_tmp(stage).filter(|_| self.settings.manner.jobs > 1);
        if let Some(reason) = shared {
            self.console.note(&format!(
                "cases that are in play at the same time share /tmp: {reason}; --jobs 1 keeps them apart"
            ));
        }
        if !self.options.verbose {
            return;
        }
        match &stage.site {
            Site::Container(containers) => self.console.print(
                &(Printable::line(&format!(
                    "{} by {}, in {}",
                    containers.image, containers.engine.program, containers.networks.shown
                )) + "\n"),
            ),
            Site::Machine => {
                if let Some(fault) = group::fault() {
                    self.console.note(&format!(
                        "should ricspec be killed, what it started will live on: there is no guardian: {fault}"
                    ));
                }
            }
        }
    }
}

/// Why processes side by side see the same `/tmp`, which no two environments of Lambda do, if they do.
pub(crate) fn shared_tmp(stage: &Stage) -> Option<&'static str> {
    match &stage.site {
        Site::Machine => shares_tmp(&stage.task_root),
        Site::Container(_) => None,
    }
}

/// Where and with what the cases are played.
pub(super) struct Ready {
    pub(super) stage: Arc<Stage>,
    pub(super) asked: Asked,
}

/// Why no case can be played.
pub(super) enum Unready {
    /// The image cannot be started.
    Image(Box<Finding>),
    /// The target does not answer as it must.
    Probe(ProbeFault),
}

/// Facts are judged whatever becomes of the other cases, which are skipped.
fn unplayed(plan: &Plan, image: Option<&Image>, reason: &str) -> Vec<CaseResult> {
    let result = |case: &Case| match case.fact {
        Some(_) => judge_fact(case, image),
        None => CaseResult::new(case, Outcome::Skipped(reason.to_owned()), 0),
    };
    plan.run.iter().map(result).collect()
}

/// A run whose image cannot be started: the finding stands with its case.
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
        deselected: plan.deselected,
        trouble: None,
        notes: Vec::new(),
        lost: Vec::new(),
    }
}

/// A run that ended at the probe: one message, and a report in which no case is missing.
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
        deselected: plan.deselected,
        trouble,
        notes: Vec::new(),
        lost: Vec::new(),
    }
}
