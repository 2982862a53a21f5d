//! Why a script does not go on: who is waited for, and who is gone.

use super::Script;
use crate::case::Step;
use crate::protocol::Actor;
use crate::service::engine::track::Track;

impl Script {
    /// The process beside the target that keeps the script from going on, if it is not the target that does.
    pub fn held_up_by(&self) -> Option<Actor> {
        if let Some(crashed) = self.crashed().filter(|crashed| *crashed != self.target) {
            return Some(crashed);
        }
        match self.target {
            Actor::Runtime => self.held_up_beside_runtime(),
            Actor::Extension(place) => self.held_up_beside_extension(place),
        }
    }

    /// While the extension under test waits for an event, the others must go on.
    fn held_up_beside_extension(&self, target: usize) -> Option<Actor> {
        let is_waiting = self.environment.extensions().is_waiting(target);
        let is_waiting = is_waiting && !self.environment.has_ended_itself(self.target);
        let unmet = self.tracks.iter().filter(|track| track.current().is_some());
        let mut others = unmet.filter(|track| track.actor != self.target);
        let other = others.next().filter(|_| is_waiting);
        other.map(|track| track.actor)
    }

    fn held_up_beside_runtime(&self) -> Option<Actor> {
        let unmet = self.tracks.iter().filter(|track| track.current().is_some());
        let (of_runtime, beside): (Vec<&Track>, Vec<&Track>) =
            unmet.partition(|track| track.actor == Actor::Runtime);
        let awaited = self.environment.extensions().awaited_external();
        if !self.environment.is_launched() {
            return awaited.map(Actor::Extension);
        }
        if of_runtime.is_empty() {
            return beside.first().map(|track| track.actor);
        }
        // These two wait for extensions as well.
        let waits =
            |track: &&Track| matches!(track.current(), Some(Step::Serve(_) | Step::Shutdown(_)));
        let has_polled = self.environment.first_poll().is_some();
        let awaited = awaited.filter(|_| has_polled && of_runtime.iter().any(waits));
        awaited.map(Actor::Extension)
    }

    /// Whether an extension under test has ended by itself before its steps were met. The runtime is known to be gone when the
    /// environment is over.
    pub(super) fn target_is_gone(&self) -> bool {
        let mut tracks = self.tracks.iter();
        let has_steps = |track: &Track| track.actor == self.target && track.current().is_some();
        self.target != Actor::Runtime
            && self.environment.has_ended_itself(self.target)
            && tracks.any(has_steps)
    }

    /// Whether nothing can come any more that a step waits for: from no process, and no batch of telemetry.
    pub(super) fn is_at_end(&self) -> bool {
        let is_over = self.environment.is_over() && !self.environment.telemetry().is_busy();
        is_over || self.target_is_gone()
    }
}
