//! Starts and probes the target, or says why that failed.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::ask::{Asked, ask};
use super::{Prepared, Settings};
use crate::check::Finding;
use crate::image::prevents_start;
use crate::play::Stage;
use crate::run::ProbeFault;
use crate::runtime::{Site, shares_tmp};

/// A target that answers.
pub(crate) struct Ready {
    /// Where the cases are played.
    pub(crate) stage: Arc<Stage>,
    /// What the function can do.
    pub(crate) asked: Asked,
}

impl Ready {
    /// A target that is not started, where no case is played.
    pub(crate) fn unasked(settings: &Settings, prepared: &Prepared) -> Self {
        let stage = prepared.stages.first().unwrap_or(&settings.stage);
        Self {
            stage: Arc::clone(stage),
            asked: Asked::default(),
        }
    }
}

/// Why no case can be played.
pub(crate) enum Unready {
    /// The image cannot be started.
    Image(Box<Finding>),
    /// The target does not answer as it must.
    Probe(ProbeFault),
}

/// Finds the stage on which the target answers, and asks what its function can do. `on` is called with each stage before it
/// is tried.
pub(crate) async fn ready(
    settings: &Settings,
    prepared: &Prepared,
    cancel: &CancellationToken,
    mut on: impl FnMut(&Stage),
) -> Result<Ready, Unready> {
    if let Some(finding) = prepared.image.as_ref().and_then(prevents_start) {
        return Err(Unready::Image(Box::new(finding)));
    }
    let mut ready = Ready::unasked(settings, prepared);
    let mut others = prepared.stages.iter().skip(1);
    loop {
        on(&ready.stage);
        match (ask(settings, &ready.stage, cancel).await, others.next()) {
            (Ok(asked), _) => return Ok(Ready { asked, ..ready }),
            // If nothing starts in one network, the next may work.
            (Err(ProbeFault::Stage(_)), Some(next)) => ready.stage = Arc::clone(next),
            (Err(fault), _) => return Err(Unready::Probe(fault)),
        }
    }
}

/// Why parallel processes see the same `/tmp`, if they do; two environments of Lambda never do.
pub(crate) fn shared_tmp(stage: &Stage) -> Option<&'static str> {
    match &stage.site {
        Site::Machine => shares_tmp(&stage.task_root),
        Site::Container(_) | Site::Attached => None,
    }
}
