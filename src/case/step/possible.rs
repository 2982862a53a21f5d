//! A possible finding of a step.

use crate::law::Code;

/// A possible finding of a case.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct PossibleFinding {
    /// The requirement that it breaks.
    pub requirement: String,
    /// The code of the finding.
    pub code: String,
}

impl PossibleFinding {
    pub(in crate::case) fn new(requirement: &str, code: impl Into<String>) -> Self {
        Self {
            requirement: requirement.to_owned(),
            code: code.into(),
        }
    }

    /// One finding for each of these codes.
    pub(in crate::case) fn all(requirement: &str, codes: &[Code]) -> Vec<Self> {
        let codes = codes.iter();
        codes.map(|code| Self::new(requirement, *code)).collect()
    }
}

/// Whether the runtime has polled when a step begins.
#[derive(Clone, Copy)]
pub(in crate::case) enum Polled {
    Not,
    Before,
}
