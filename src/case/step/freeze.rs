//! `freeze`: the environment stands still, as in Lambda between invocations.

use serde::Deserialize;

use super::{Facts, Faults, Polled, PossibleFinding, StepFacts, Wait};
use crate::case::Close;
use crate::law::Code;

/// A freeze of the environment.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    /// How long, in milliseconds.
    pub ms: u64,
    /// What the process must have written before the freeze.
    #[serde(default)]
    pub written: Option<Written>,
    /// What becomes of the connections of the runtime meanwhile: those without a call are closed at once, that of a call which
    /// waits for the restore with its reply.
    #[serde(default)]
    pub close: Close,
}

/// A text that the output must contain before the freeze.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// The requirement that is broken if it does not.
    pub cites: String,
    /// The text.
    pub text: String,
}

impl StepFacts for Freeze {
    fn facts(&self) -> Facts<'_> {
        let written = self.written.iter();
        Facts {
            cites: written.map(|written| &*written.cites).collect(),
            wait: Wait::of_script("/freeze/ms", self.ms),
            ..Facts::default()
        }
    }

    fn told(&self) -> String {
        let ms = self.ms;
        let close = match self.close {
            Close::Never => "",
            Close::Announced | Close::Silent | Close::Half => {
                ", and closes its connections meanwhile"
            }
        };
        match &self.written {
            None => format!("Freezes the runtime for {ms} ms{close}."),
            Some(Written { cites, text }) => {
                format!(
                    "Freezes the runtime for {ms} ms{close}; `{text}` must be in its output by then ({cites})."
                )
            }
        }
    }

    fn possible(&self, _polled: Polled) -> Vec<PossibleFinding> {
        let written = self.written.iter();
        let found =
            written.map(|written| PossibleFinding::new(&written.cites, Code::OutputKeptBack));
        found.collect()
    }

    fn faults(&self, faults: &mut Faults) {
        faults.time("/freeze/ms", self.ms);
    }
}
