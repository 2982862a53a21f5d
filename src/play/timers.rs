//! The timers of an environment in play.

use std::time::Duration;

use tokio::time::Instant;

use crate::service::Timer;

/// The timers of an environment in play.
#[derive(Debug, Default)]
pub(super) struct Timers(Vec<(Instant, Timer)>);

impl Timers {
    /// Starts one. Those that it supersedes no longer matter, and a case may have thousands of steps.
    pub(super) fn arm(&mut self, timer: Timer, after_ms: u64) {
        self.0.retain(|(_, known)| !timer.supersedes(*known));
        self.again(timer, Instant::now() + Duration::from_millis(after_ms));
    }

    /// One that was due waits until later.
    pub(super) fn again(&mut self, timer: Timer, at: Instant) {
        self.0.push((at, timer));
    }

    /// So much more time for one of them.
    pub(super) fn extend(&mut self, timer: Timer, by: Duration) {
        let meant = self.0.iter_mut().filter(|(_, known)| *known == timer);
        meant.for_each(|(due, _)| *due += by);
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.iter().map(|(due, _)| *due).min()
    }

    /// Takes those that are due.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<(Instant, Timer)> {
        let (due, later) = self.0.drain(..).partition(|(due, _)| *due <= now);
        self.0 = later;
        due
    }
}
