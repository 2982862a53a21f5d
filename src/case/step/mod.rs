//! The steps of a case. Each kind has its own file with everything about the kind: its form in the case file, what it cites,
//! how long it takes, its possible findings, and its text.
//!
//! The room `service` acts a step, `check` judges it.

mod ack;
mod before;
mod check;
mod deliver;
mod expect;
mod facts;
mod freeze;
mod kind;
mod measure;
mod possible;
mod quiet;
mod refuse;
mod serve;
mod shutdown;
mod signal;
mod what;

pub use ack::Ack;
pub(super) use before::Before;
pub use check::Check;
pub use deliver::Deliver;
pub use expect::{ExitCode, Expect};
pub use facts::{Facts, Wait};
pub use freeze::{Freeze, Written};
pub use measure::{Growth, Measure};
pub(super) use possible::Polled;
pub use possible::PossibleFinding;
pub use quiet::Quiet;
pub use refuse::Refuse;
pub use serve::{Origin, Serve};
pub use shutdown::{Reason, Shutdown};
pub use signal::Signal;
pub use what::What;

use std::sync::Arc;

use serde::Deserialize;

use super::limits::Faults;
use super::ordinary::Swap;
use kind::{StepFacts, held};

/// One thing that the service does or waits for. A repeated step is in memory only once.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Deliver an event on the next poll.
    Serve(Arc<Serve>),
    /// Answer the next poll with something that is not an event.
    Refuse(Arc<Refuse>),
    /// Wait for a call or for the end of the process.
    Expect(Arc<Expect>),
    /// Let time pass in which the runtime must make no call.
    Quiet(Arc<Quiet>),
    /// Send a signal to the runtime.
    Signal(Arc<Signal>),
    /// Stop the runtime with SIGSTOP, and continue it with SIGCONT.
    Freeze(Arc<Freeze>),
    /// Measure the resources of the runtime's processes.
    Measure(Arc<Measure>),
    /// End the environment.
    Shutdown(Arc<Shutdown>),
    /// Deliver a batch of telemetry.
    Deliver(Arc<Deliver>),
}

/// Evaluates the same expression for a step of each kind: `each_step!(step, it => it.facts())`.
macro_rules! each_step {
    ($step:expr, $it:ident => $what:expr) => {
        match $step {
            $crate::case::Step::Serve($it) => $what,
            $crate::case::Step::Refuse($it) => $what,
            $crate::case::Step::Expect($it) => $what,
            $crate::case::Step::Quiet($it) => $what,
            $crate::case::Step::Signal($it) => $what,
            $crate::case::Step::Freeze($it) => $what,
            $crate::case::Step::Measure($it) => $what,
            $crate::case::Step::Shutdown($it) => $what,
            $crate::case::Step::Deliver($it) => $what,
        }
    };
}
pub(crate) use each_step;

impl Step {
    /// What is known of it before it is played.
    pub fn facts(&self) -> Facts<'_> {
        each_step!(self, step => step.facts())
    }

    /// What the service does, and what the runtime must do, in one or two sentences.
    pub fn told(&self) -> String {
        each_step!(self, step => step.told())
    }

    /// What it waits for, if it is a wait.
    pub fn expect(&self) -> Option<&Expect> {
        match self {
            Self::Expect(expect) => Some(expect),
            Self::Serve(_)
            | Self::Refuse(_)
            | Self::Quiet(_)
            | Self::Signal(_)
            | Self::Freeze(_)
            | Self::Measure(_)
            | Self::Shutdown(_)
            | Self::Deliver(_) => None,
        }
    }

    /// Whether it delivers an event.
    pub fn serves(&self) -> bool {
        self.facts().event.is_some()
    }

    pub(super) fn possible(&self, polled: Polled) -> Vec<PossibleFinding> {
        each_step!(self, step => step.possible(polled))
    }

    pub(super) fn faults(&self, faults: &mut Faults) {
        each_step!(self, step => step.faults(faults));
    }

    pub(super) fn infeasible(&self, before: &Before) -> Option<(&'static str, String)> {
        each_step!(self, step => step.infeasible(before))
    }

    /// The step for a function that is not a fixture, or why there is none. `answer` is the wait that follows.
    pub(super) fn without_fixture(
        &self,
        swap: &mut Swap<'_>,
        answer: Option<&Self>,
    ) -> Result<Self, String> {
        let (mut step, answer) = (self.clone(), answer.map(Self::facts));
        each_step!(&mut step, it => StepFacts::without_fixture(it, swap, answer.as_ref()))?;
        Ok(step)
    }

    pub(super) fn decoy_texts(&mut self) -> Vec<&mut String> {
        each_step!(self, step => StepFacts::decoy_texts(step))
    }
}
