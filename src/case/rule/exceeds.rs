//! `exceeds`: a number is greater than another one.

use serde::Deserialize;

use super::{Code, Facts, Faults, RuleFacts, place};

/// The number at one pointer is greater than that at another, by an amount in a range.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exceeds {
    /// The greater one.
    pub at: String,
    /// The smaller one.
    pub other: String,
    /// The least difference.
    pub min: i64,
    /// The greatest difference.
    pub max: i64,
}

impl RuleFacts for Exceeds {
    fn facts(&self) -> Facts<'_> {
        Facts {
            reads_clock: true,
            ..Facts::of_member(&self.at, &[Code::WrongType, Code::OutOfRange])
        }
    }

    fn told(&self) -> String {
        let Self { min, max, .. } = self;
        let (at, other) = (place(&self.at), place(&self.other));
        format!("{at} exceeds {other} by {min} to {max}")
    }

    fn faults(&self, at: &str, faults: &mut Faults) {
        faults.range(&format!("{at}/exceeds"), self.min, self.max);
    }
}
