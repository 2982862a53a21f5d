//! An extension ends by itself before the environment does.

use super::Script;
use crate::case::{Reason, Shutdown, What};
use crate::protocol::Actor;
use crate::service::engine::command::Command;

impl Script {
    /// Ends the environment if an extension has crashed, as the service does.
    pub(super) fn end_after_crash(&mut self, now_unix_ms: u64, commands: &mut Vec<Command>) {
        if self.environment.crashed.is_some() && self.environment.ending.is_none() {
            let failure = Shutdown {
                reason: Reason::Failure,
                budget_ms: None,
            };
            self.shut_down(&failure, now_unix_ms, commands);
        }
    }

    /// The extension that has crashed, if the case does not want that.
    pub(super) fn crashed(&self) -> Option<Actor> {
        let crashed = self.environment.crashed?;
        let mut own = self.tracks.iter().filter(|track| track.actor == crashed);
        let is_wanted =
            own.any(|track| track.current().is_none() && track.last_waits_for(What::Exit));
        (!is_wanted).then_some(crashed)
    }
}
