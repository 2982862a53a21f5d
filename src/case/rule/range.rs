//! `range`: a number lies between two others.

use serde::Deserialize;

use super::{Code, Facts, Faults, RuleFacts, absent, place};

/// The number at a pointer lies between two, both inclusive.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// JSON Pointer.
    pub at: String,
    /// The least.
    pub min: i64,
    /// The greatest.
    pub max: i64,
    /// Whether an absent value or `null` also holds.
    #[serde(default)]
    pub or_absent: bool,
}

impl RuleFacts for Range {
    fn facts(&self) -> Facts<'_> {
        Facts {
            reads_clock: self.at.ends_with("remaining_ms"),
            ..Facts::of_member(&self.at, &[Code::WrongType, Code::OutOfRange])
        }
    }

    fn told(&self) -> String {
        let Self { at, min, max, .. } = self;
        let (at, absent) = (place(at), absent(self.or_absent));
        format!("{at} is from {min} to {max}{absent}")
    }

    fn faults(&self, at: &str, faults: &mut Faults) {
        faults.range(&format!("{at}/range"), self.min, self.max);
    }
}
