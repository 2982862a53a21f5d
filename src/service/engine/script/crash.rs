//! An extension ends by itself before the environment does.

use super::Script;
use crate::case::{Reason, Shutdown};
use crate::protocol::{Actor, Companion};
use crate::service::engine::command::Command;

impl Script {
    /// Ends the environment if an extension has crashed, as the service does. If the case wants the crash, it says when, so
    /// that this does not depend on how fast the runtime is.
    pub(super) fn end_after_crash(&mut self, now_unix_ms: u64, commands: &mut Vec<Command>) {
        let ends = self.environment.ending.is_some();
        if !ends && self.crashed().is_some() {
            let failure = Shutdown {
                reason: Reason::Failure,
                budget_ms: None,
            };
            self.shut_down(&failure, now_unix_ms, commands);
        }
    }

    /// The extension that has crashed, if the case does not want that.
    pub(super) fn crashed(&self) -> Option<Actor> {
        let is_wanted = |actor: &Actor| match actor {
            Actor::Runtime => false,
            Actor::Extension(place) => {
                let companion = self.companions.get(*place);
                companion.is_some_and(|companion| companion.crashes())
            }
        };
        self.environment.crashed.filter(|actor| !is_wanted(actor))
    }

    /// Whether the case wants a crash that has not come yet.
    pub(super) fn awaits_crash(&self) -> bool {
        let mut companions = self.companions.iter().copied();
        self.environment.crashed.is_none() && companions.any(Companion::crashes)
    }
}
