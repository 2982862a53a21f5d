//! `signal`: the runtime gets a signal.

use serde::Deserialize;

use super::{Facts, StepFacts};

/// A signal to the runtime's process group.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "UPPERCASE")]
pub enum Signal {
    /// SIGTERM, as at a shutdown with a registered extension.
    Term,
}

impl StepFacts for Signal {
    fn facts(&self) -> Facts<'_> {
        Facts {
            provokes_exit: true,
            ..Facts::default()
        }
    }

    fn told(&self) -> String {
        let name = match self {
            Self::Term => "SIGTERM",
        };
        format!("Sends {name} to the runtime.")
    }
}
