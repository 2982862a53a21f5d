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
            // The service names the state in which it would be after the restore.
            (Call::RestoreNext, _) => Ruling::out_of_turn(self.state_name(), "Ready"),
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

    fn refuse_restore(&mut self) {
        if self.phase == Phase::RestoreReady {
            self.phase = Phase::Usual;
        }
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

    /// The texts of the service in each state, as they were seen.
    #[test]
    fn a_call_out_of_turn_is_refused_in_the_words_of_the_service() {
        let text = |ruling: Ruling| match ruling {
            Ruling::Refuse { error, .. } => String::from_utf8_lossy(&error.render()).into_owned(),
            other => format!("{other:?}"),
        };
        let check = |ruling, transition: &str| {
            let text = text(ruling);
            assert!(
                text.contains(&format!("transition from {transition} failed")),
                "{text}"
            );
        };
        let mut restore = Restore::default();
        check(
            restore.take(Call::RestoreError),
            "Started to RuntimeRestoreErrorState",
        );
        restore.take(Call::RestoreNext);
        check(restore.take(Call::RestoreNext), "RestoreReady to Ready");
        check(restore.take(Call::InitError), "RestoreReady to InitError");
        check(restore.take(Call::Next), "RestoreReady to Ready");
        restore.restore();
        restore.take(Call::Next);
        check(
            restore.take(Call::RestoreError),
            "Ready to RuntimeRestoreErrorState",
        );
        check(restore.take(Call::RestoreNext), "Ready to Ready");
        let mut failed = Restore::default();
        failed.take(Call::RestoreNext);
        failed.restore();
        failed.take(Call::RestoreError);
        let twice = "RuntimeRestoreErrorState to RuntimeRestoreErrorState";
        check(failed.take(Call::RestoreError), twice);
        check(failed.take(Call::Next), "RuntimeRestoreErrorState to Ready");
    }

    #[test]
    fn a_refusal_leaves_the_environment_as_it_was() {
        let mut restore = Restore::default();
        assert_eq!(restore.take(Call::RestoreNext), Ruling::Hold);
        restore.refuse_restore();
        assert_eq!(restore.take(Call::RestoreNext), Ruling::Hold);
        restore.refuse_restore();
        assert_eq!(restore.take(Call::InitError), Ruling::Accept);
        assert_eq!(status(&restore.take(Call::RestoreNext)), 403);
    }

    #[test]
    fn who_never_asks_for_it_is_ready_all_the_same() {
        let mut restore = Restore::default();
        assert_eq!(restore.take(Call::Next), Ruling::Hold);
        assert!(!restore.restore());
    }
}
