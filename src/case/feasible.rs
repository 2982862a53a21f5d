//! Scripts that no runtime could come through, whatever it does: refused when read, since the runtime would be blamed.

use std::collections::BTreeSet;

use super::{Address, Case, Step, What};
use crate::protocol::Mode;

/// The place of a step in its list, a pointer that begins in the step, and what is wrong.
type Fault = (usize, String, String);

/// What of a list of steps cannot be met.
pub(super) fn of_steps(case: &Case, steps: &[Step]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut before = Before::new(case);
    for (index, step) in steps.iter().enumerate() {
        if let Some((pointer, message)) = before.fault(step) {
            faults.push((index, pointer.to_owned(), message));
        }
        before.pass(step);
    }
    faults
}

/// What came before a step.
pub(super) struct Before {
    deadline_ms: u64,
    /// Whether anybody listens to the runtime.
    is_heard: bool,
    is_concurrent: bool,
    /// How long the script has waited since the first call, in milliseconds.
    waited_ms: u64,
    called: bool,
    /// The name of the event that was served last.
    latest: Option<String>,
    /// The names of those before, which are over where one invocation is in flight at a time.
    over: BTreeSet<String>,
    exited: bool,
    pub(super) served: bool,
    pub(super) polled: bool,
    pub(super) measured: bool,
}

impl Before {
    fn new(case: &Case) -> Self {
        Self {
            deadline_ms: case.deadline_ms,
            is_heard: case.address != Address::Refused,
            is_concurrent: match case.mode {
                Mode::OnDemand | Mode::SnapStart => false,
                Mode::ManagedInstances { .. } => true,
            },
            waited_ms: 0,
            called: false,
            exited: false,
            served: false,
            latest: None,
            over: BTreeSet::new(),
            polled: false,
            measured: false,
        }
    }

    /// Why a step cannot be met from here.
    fn fault(&self, step: &Step) -> Option<(&'static str, String)> {
        let needs_call = step.facts().needs_call;
        if needs_call && self.exited {
            let message =
                "no call comes after the end of the process, for which the script waits before";
            return Some(("", message.to_owned()));
        }
        if needs_call && !self.is_heard {
            let message = "no call comes, since nobody listens at the `address` of the case";
            return Some(("", message.to_owned()));
        }
        step.infeasible(self).or_else(|| self.too_late(step))
    }

    /// The waits of the script alone would end the case.
    fn too_late(&self, step: &Step) -> Option<(&'static str, String)> {
        let deadline = self.deadline_ms;
        let (facts, first) = (step.facts(), self.waited_ms < deadline);
        let waited = self.waited_ms.saturating_add(facts.wait.in_all_ms());
        let counts = self.called || facts.needs_call;
        (counts && first && waited >= deadline).then(|| {
            let message = format!(
                "with this the script waits {waited} ms, and the case ends after {deadline} ms: give it a longer `deadline_ms`"
            );
            (facts.wait.at, message)
        })
    }

    /// The invocation that is meant is over.
    pub(super) fn too_late_for(&self, of: Option<&str>) -> Option<(&'static str, String)> {
        let name = of.filter(|name| self.over.contains(*name))?;
        let message = format!(
            "no answer to `{name}` is taken any more: the script has served another event since, and in this `mode` one invocation is in flight at a time"
        );
        Some(("/expect/of", message))
    }

    fn pass(&mut self, step: &Step) {
        let facts = step.facts();
        self.called |= facts.needs_call;
        if self.called && facts.wait.holds_up {
            self.waited_ms = self.waited_ms.saturating_add(facts.wait.in_all_ms());
        }
        if facts.event.is_some() {
            self.served = true;
            if !self.is_concurrent {
                self.over.extend(self.latest.take());
            }
            self.latest = facts.name.map(str::to_owned);
            self.over.retain(|name| self.latest.as_ref() != Some(name));
        }
        self.polled |= facts.takes_poll;
        self.exited |= facts.call == Some(What::Exit);
        self.measured |= facts.measures;
    }
}
