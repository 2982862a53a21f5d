//! The steps of a case. Each kind has a file of its own, which says all that is known of the kind: its form in the case
//! file, what it cites, how long it takes, what it may find, and how it is told in words.
//!
//! How a step is acted is in `service`, and how it is judged in `check`.

mod ack;
mod check;
mod expect;
mod freeze;
mod measure;
mod quiet;
mod refuse;
mod serve;
mod signal;

pub use ack::Ack;
pub use check::Check;
pub use expect::{ExitCode, Expect, What};
pub use freeze::{Freeze, Written};
pub use measure::{Growth, Measure};
pub use quiet::Quiet;
pub use refuse::Refuse;
pub use serve::Serve;
pub use signal::Signal;

use std::sync::Arc;

use serde::Deserialize;

use super::blackbox::Swap;
use super::bounds::Faults;
use super::feasible::Before;
use super::possible::{Polled, PossibleFinding};
use super::{Payload, Shape};

/// One thing that the service does or waits for. A step that is repeated stands in memory once.
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
    /// Stop the runtime with SIGSTOP, and let it go on with SIGCONT.
    Freeze(Arc<Freeze>),
    /// Look at what the runtime's processes hold.
    Measure(Arc<Measure>),
}

/// Does the same with a step of each kind: `each_step!(step, it => it.facts())`.
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
        }
    };
}
pub(crate) use each_step;

/// What is known of a step before it is played. By default it is a step to which no call belongs.
#[derive(Default)]
pub struct Facts<'a> {
    /// The requirements that it cites.
    pub cites: Vec<&'a str>,
    /// How long the script itself waits at it.
    pub wait: Wait,
    /// Whether only a call of the runtime meets it.
    pub needs_call: bool,
    /// Whether a poll meets it, or may meet it.
    pub takes_poll: bool,
    /// What it waits for, if it waits for something of the runtime.
    pub call: Option<What>,
    /// What must hold of the thing that it waits for.
    pub checks: &'a [Check],
    /// The event that it delivers.
    pub event: Option<&'a Payload>,
    /// The name that it gives to the invocation of this event.
    pub name: Option<&'a str>,
    /// The earlier invocation that it means by name.
    pub of: Option<&'a str>,
    /// Its payloads outside of checks, each with the JSON Pointer to it in the step.
    pub payloads: Vec<(&'static str, &'a Payload)>,
    /// How the reply looks that it sends.
    pub shape: Option<&'a Shape>,
    /// How it answers a POST.
    pub ack: Option<&'a Ack>,
    /// Whether it gives a conformant runtime a reason to end.
    pub provokes_exit: bool,
    /// Whether it looks at what the processes hold.
    pub measures: bool,
    /// A limit of its own, tighter than that of the case, in milliseconds.
    pub within_ms: Option<u64>,
}

/// How long the script itself waits at a step.
#[derive(Clone, Copy, Default)]
pub struct Wait {
    /// JSON Pointer to the time, in the step.
    pub at: &'static str,
    /// How long, in milliseconds.
    pub ms: u64,
    /// How long the reply takes to be written after that, in milliseconds.
    pub writing_ms: u64,
    /// Whether the next step begins only after it. A reply that is kept back does not hold up the script.
    pub holds_up: bool,
}

impl Wait {
    /// A wait that holds up the script.
    const fn of_script(at: &'static str, ms: u64) -> Self {
        Self {
            at,
            ms,
            writing_ms: 0,
            holds_up: true,
        }
    }

    /// With the time in which the reply is written, in milliseconds.
    pub(super) fn in_all_ms(self) -> u64 {
        self.ms.saturating_add(self.writing_ms)
    }
}

/// What each kind of step says of itself.
pub(super) trait StepFacts {
    fn facts(&self) -> Facts<'_>;

    /// What the service does, and what the runtime must do, in one or two sentences.
    fn told(&self) -> String;

    /// The findings that it can lead to.
    fn possible(&self, _polled: Polled) -> Vec<PossibleFinding> {
        Vec::new()
    }

    /// Adds the values that no service can act; payloads and checks are looked at by the caller.
    fn faults(&self, _faults: &mut Faults) {}

    /// Why no runtime can meet it after these steps, if that is so, with the JSON Pointer to what is wrong.
    fn infeasible(&self, _before: &Before) -> Option<(&'static str, String)> {
        None
    }

    /// The step for a function that is not a fixture, where it is another one, or why there is none. `_answer` is the wait
    /// that follows.
    fn without_fixture(
        &self,
        _swap: &mut Swap<'_>,
        _answer: Option<&Expect>,
    ) -> Result<Option<Step>, String> {
        Ok(None)
    }

    /// The texts in which `{trap}` stands for the address of the trap.
    fn trap_texts(_this: &mut Arc<Self>) -> Vec<&mut String>
    where
        Self: Sized,
    {
        Vec::new()
    }
}

impl Step {
    /// What is known of it before it is played.
    pub fn facts(&self) -> Facts<'_> {
        each_step!(self, step => step.facts())
    }

    /// What the service does, and what the runtime must do, in one or two sentences.
    pub fn told(&self) -> String {
        each_step!(self, step => step.told())
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

    pub(super) fn without_fixture(
        &self,
        swap: &mut Swap<'_>,
        answer: Option<&Expect>,
    ) -> Result<Self, String> {
        let other = each_step!(self, step => step.without_fixture(swap, answer))?;
        Ok(other.unwrap_or_else(|| self.clone()))
    }

    pub(super) fn trap_texts(&mut self) -> Vec<&mut String> {
        each_step!(self, step => StepFacts::trap_texts(step))
    }
}

/// `, after 5 ms`, or nothing.
fn held(ms: u64) -> String {
    match ms {
        0 => String::new(),
        ms => format!(", after {ms} ms"),
    }
}
