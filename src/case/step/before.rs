//! What a script did before a step, to find scripts that no runtime can complete.

use std::collections::BTreeSet;

use super::{Facts, What};
use crate::protocol::Mode;

/// What a script did before a step.
pub(in crate::case) struct Before {
    deadline_ms: u64,
    is_concurrent: bool,
    pub(super) restores: bool,
    /// How long the script has waited since the first call, in milliseconds.
    waited_ms: u64,
    called: bool,
    /// The name of the event that was served last.
    latest: Option<String>,
    /// The names of earlier events, whose invocations are over if only one may be in flight.
    over: BTreeSet<String>,
    pub(in crate::case) exited: bool,
    pub(in crate::case) served: bool,
    pub(in crate::case) polled: bool,
    pub(in crate::case) measured: bool,
    /// Whether a caller has brought an event.
    pub(super) called_in: bool,
}

impl Before {
    pub(in crate::case) fn new(deadline_ms: u64, mode: Mode) -> Self {
        Self {
            deadline_ms,
            is_concurrent: mode.is_concurrent(),
            restores: mode == Mode::SnapStart,
            waited_ms: 0,
            called: false,
            exited: false,
            served: false,
            latest: None,
            over: BTreeSet::new(),
            polled: false,
            measured: false,
            called_in: false,
        }
    }

    /// A step that makes the script wait longer than the case may take.
    pub(in crate::case) fn too_late(&self, facts: &Facts<'_>) -> Option<(&'static str, String)> {
        let deadline = self.deadline_ms;
        let first = self.waited_ms < deadline;
        let waited = self.waited_ms.saturating_add(facts.wait.in_all_ms());
        let counts = self.called || facts.needs_call;
        (counts && first && waited >= deadline).then(|| {
            let message = format!(
                "with this step the script waits {waited} ms, but the case ends after {deadline} ms: give it a longer `deadline_ms`"
            );
            (facts.wait.at, message)
        })
    }

    /// The named invocation is over.
    pub(in crate::case) fn too_late_for(&self, of: Option<&str>) -> Option<(&'static str, String)> {
        let name = of.filter(|name| self.over.contains(*name))?;
        let message = format!(
            "no answer to `{name}` is accepted here: the script has served another event since, and this `mode` has one invocation in flight at a time"
        );
        Some(("/expect/of", message))
    }

    pub(in crate::case) fn pass(&mut self, facts: &Facts<'_>) {
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
        self.exited |= facts.call == Some(What::Exit) || facts.ends_environment;
        self.measured |= facts.measures;
        self.called_in |= facts.by_caller;
    }
}
