//! `remaining`: the function saw the right remaining time.

use serde::Deserialize;

use super::{Code, Facts, Faults, RuleFacts, place};

/// The remaining time at a pointer agrees with the deadline that the service sent, at the time of the answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remaining {
    /// JSON Pointer.
    pub at: String,
    /// The allowed difference, in milliseconds.
    pub tolerance_ms: i64,
}

impl RuleFacts for Remaining {
    fn facts(&self) -> Facts<'_> {
        Facts {
            reads_clock: true,
            ..Facts::of_member(&self.at, &[Code::WrongType, Code::WrongRemainingTime])
        }
    }

    fn told(&self) -> String {
        let (at, ms) = (place(&self.at), self.tolerance_ms);
        format!("{at} is the time that is left, give or take {ms} ms")
    }

    fn faults(&self, at: &str, faults: &mut Faults) {
        if self.tolerance_ms < 0 {
            let place = format!("{at}/remaining/tolerance_ms");
            faults.add(place, "a tolerance cannot be below 0");
        }
    }
}
