//! The alarm of an environment: it rings when something may be due.
//!
//! With each event, other things are due, mostly later ones. A timer that is set anew for each of them wakes the event loop by
//! a system call. So this one rings early, and is set anew only then.

use std::pin::Pin;

use tokio::time::{Instant, Sleep, sleep_until};

/// Rings when something may be due.
pub(super) struct Alarm {
    sleep: Pin<Box<Sleep>>,
    /// When it rings, if it is set.
    at: Option<Instant>,
}

impl Alarm {
    /// Is not set.
    pub(super) fn new() -> Self {
        Self {
            sleep: Box::pin(sleep_until(Instant::now())),
            at: None,
        }
    }

    /// Rings by then. If it was set for an earlier time, it rings at that one first.
    pub(super) fn set(&mut self, due: Option<Instant>) {
        if let Some(due) = due.filter(|due| self.at.is_none_or(|at| *due < at)) {
            self.sleep.as_mut().reset(due);
            self.at = Some(due);
        }
    }

    /// Waits until it rings. Cancel safe.
    pub(super) async fn rings(&mut self) {
        match self.at {
            Some(_) => self.sleep.as_mut().await,
            None => std::future::pending().await,
        }
        self.at = None;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn it_rings_for_the_earliest_time_and_then_for_no_other_until_it_is_set() {
        let far = Some(Instant::now() + Duration::from_secs(3600));
        let mut alarm = Alarm::new();
        alarm.set(far);
        alarm.set(Some(Instant::now() + Duration::from_millis(1)));
        alarm.set(far);
        alarm.rings().await;
        for due in [None, far] {
            alarm.set(due);
            let rings = timeout(Duration::from_millis(2), alarm.rings());
            assert!(rings.await.is_err(), "{due:?}");
        }
        alarm.set(Some(Instant::now()));
        alarm.rings().await;
    }
}
