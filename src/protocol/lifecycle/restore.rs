//! The state of an environment that is copied after its initialisation, and restored: before and after, it is as on demand.

use super::on_demand::{OnDemand, State};
use super::{Call, Invocation, Lifecycle, Moment, Ruling};

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Phase {
    /// As on demand: before `/restore/next`, without it, or after the runtime's first poll.
    #[default]
    Usual,
    /// `/restore/next` is held.
    RestoreReady,
    /// It was answered; the runtime prepares, and then polls.
    Restoring,
    /// The runtime failed.
    RestoreError,
}

/// One execution environment.
#[derive(Debug, Default)]
pub(super) struct Restore {
    phase: Phase,
    inner: OnDemand,
}

impl Restore {
    fn state_name(&self) -> &'static str {
        match self.phase {
            Phase::Usual => self.inner.state().name(),
            Phase::RestoreReady => "RestoreReady",
            Phase::Restoring => "Restoring",
            Phase::RestoreError => "RuntimeRestoreErrorState",
        }
    }
}

impl Lifecycle for Restore {
    fn take(&mut self, call: Call<'_>) -> Ruling {
        let fresh = self.phase == Phase::Usual && self.inner.state() == State::Started;
        match (call, self.phase) {
            (Call::RestoreNext, _) if fresh => {
                self.phase = Phase::RestoreReady;
                Ruling::Hold
            }
            (Call::RestoreError | Call::InitError, Phase::Restoring) => {
                self.phase = Phase::RestoreError;
                Ruling::Accept
            }
            (Call::Next, Phase::Restoring) => {
                self.phase = Phase::Usual;
                self.inner.take(call)
            }
            // An answer is refused because of its id: none has been delivered yet.
            (Call::Answer(_), _) => self.inner.take(call),
            (Call::RestoreNext, _) => Ruling::out_of_turn(self.state_name(), "RestoreReady"),
            (Call::RestoreError, _) => {
                Ruling::out_of_turn(self.state_name(), "RuntimeRestoreErrorState")
            }
            (Call::Next | Call::InitError, Phase::Usual) => self.inner.take(call),
            (Call::Next, Phase::RestoreReady | Phase::RestoreError) => {
                Ruling::out_of_turn(self.state_name(), "Ready")
            }
            (Call::InitError, Phase::RestoreReady | Phase::RestoreError) => {
                Ruling::out_of_turn(self.state_name(), "InitError")
            }
        }
    }

    fn overrule(&mut self, status: u16) {
        self.inner.overrule(status);
    }

    fn dispatch(&mut self, invocation: Invocation) {
        self.inner.dispatch(invocation);
    }

    fn is_open(&self, request_id: &str) -> bool {
        self.inner.is_open(request_id)
    }

    fn moment(&self) -> Moment {
        self.inner.moment()
    }

    fn restore(&mut self) -> bool {
        let held = self.phase == Phase::RestoreReady;
        if held {
            self.phase = Phase::Restoring;
        }
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(ruling: &Ruling) -> u16 {
        match ruling {
            Ruling::Hold => 0,
            Ruling::Redeliver => 200,
            Ruling::Accept => 202,
            Ruling::Refuse { status, .. } => *status,
        }
    }

    #[test]
    fn a_restore_ends_with_a_poll() {
        let mut restore = Restore::default();
        assert_eq!(status(&restore.take(Call::RestoreError)), 403);
        assert_eq!(restore.take(Call::RestoreNext), Ruling::Hold);
        for call in [
            Call::Next,
            Call::InitError,
            Call::RestoreError,
            Call::RestoreNext,
        ] {
            assert_eq!(status(&restore.take(call)), 403, "{call:?}");
        }
        assert!(restore.restore());
        assert!(!restore.restore());
        assert_eq!(restore.take(Call::Next), Ruling::Hold);
        assert_eq!(status(&restore.take(Call::RestoreNext)), 403);
        assert_eq!(status(&restore.take(Call::RestoreError)), 403);
    }

    #[test]
    fn either_error_ends_a_restore() {
        for error in [Call::RestoreError, Call::InitError] {
            let mut restore = Restore::default();
            restore.take(Call::RestoreNext);
            restore.restore();
            assert_eq!(restore.take(error), Ruling::Accept);
            assert_eq!(status(&restore.take(Call::RestoreError)), 403);
            assert_eq!(status(&restore.take(Call::Next)), 403);
        }
    }

    #[test]
    fn who_never_asks_for_it_is_ready_all_the_same() {
        let mut restore = Restore::default();
        assert_eq!(restore.take(Call::Next), Ruling::Hold);
        assert!(!restore.restore());
    }
}
