//! How long the end of an environment may take, and the runtime's part of it.

use super::state::State;
use super::{Extension, Extensions};

/// With an external extension, with only internal ones, and with none, in milliseconds.
const BUDGETS_MS: [u64; 3] = [2000, 500, 0];

/// The part of a runtime after which other processes end, in percent. On Managed Instances it is always this part.
const BEFORE_OTHERS_PERCENT: u64 = 30;

impl Extensions {
    /// How long the end of the environment may take, in milliseconds: 0 if no extension has registered. On Managed Instances
    /// any extension counts as an external one.
    pub fn shutdown_ms(&self) -> u64 {
        let [external, internal, none] = BUDGETS_MS;
        match (self.have_long(), self.registered().next().is_some()) {
            (true, _) => external,
            (false, true) => internal,
            (false, false) => none,
        }
    }

    /// How much of that time the runtime has, in milliseconds: all of it, unless extensions end after it.
    pub fn runtime_ms(&self, budget_ms: u64) -> u64 {
        match self.have_long() {
            true => budget_ms * BEFORE_OTHERS_PERCENT / 100,
            false => budget_ms,
        }
    }

    fn registered(&self) -> impl Iterator<Item = &Extension> {
        let all = self.all.iter();
        all.filter(|extension| extension.state != State::Started)
    }

    /// Whether one has registered that ends after the runtime, or counts as such.
    fn have_long(&self) -> bool {
        let is_concurrent = self.mode.is_concurrent();
        let mut registered = self.registered();
        registered.any(|extension| extension.started.is_some() || is_concurrent)
    }
}
