//! `quiet`: the runtime must make no call for a time.

use serde::Deserialize;

use super::{Facts, Faults, Polled, PossibleFinding, StepFacts, Wait};
use crate::law::Code;

/// A time without calls.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// How long, in milliseconds.
    pub ms: u64,
    /// The requirement that a call breaks.
    pub cites: String,
}

impl StepFacts for Quiet {
    fn facts(&self) -> Facts<'_> {
        Facts {
            cites: vec![&self.cites],
            wait: Wait::of_script("/quiet/ms", self.ms),
            ..Facts::default()
        }
    }

    fn told(&self) -> String {
        format!("Expects no call for {} ms ({}).", self.ms, self.cites)
    }

    fn possible(&self, _polled: Polled) -> Vec<PossibleFinding> {
        PossibleFinding::all(&self.cites, &[Code::CallInQuiet])
    }

    fn faults(&self, faults: &mut Faults) {
        faults.time("/quiet/ms", self.ms);
    }
}
