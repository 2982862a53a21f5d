//! `shutdown`: the service ends the environment.

use serde::Deserialize;

use super::{Facts, Faults, StepFacts};

/// The end of the environment, in the service's order: first the runtime, then the extensions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shutdown {
    /// The reason that the extensions get.
    #[serde(default)]
    pub reason: Reason,
    /// How long it may take, in milliseconds; the default is the service's own. The runtime has 30 % of it if external
    /// extensions end after it, and otherwise all of it.
    #[serde(default)]
    pub budget_ms: Option<u64>,
}

/// Why an environment ends.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It is no longer needed.
    #[default]
    Spindown,
    /// An invocation took too long.
    Timeout,
    /// A process failed.
    Failure,
}

impl Reason {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Spindown => "spindown",
            Self::Timeout => "timeout",
            Self::Failure => "failure",
        }
    }
}

impl StepFacts for Shutdown {
    fn facts(&self) -> Facts<'_> {
        Facts {
            provokes_exit: true,
            ends_environment: true,
            ..Facts::default()
        }
    }

    fn told(&self) -> String {
        let reason = self.reason.word();
        let within = self.budget_ms.map(|ms| format!(", within {ms} ms"));
        let within = within.unwrap_or_default();
        format!(
            "Ends the environment ({reason}){within}: with an extension by SIGTERM, then SHUTDOWN to each extension; without one by SIGKILL."
        )
    }

    fn faults(&self, faults: &mut Faults) {
        faults.time("/shutdown/budget_ms", self.budget_ms.unwrap_or_default());
    }
}
