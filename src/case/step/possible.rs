//! A finding that a step can lead to, and on what that depends.

use crate::law::Code;

/// A finding that a case can lead to.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct PossibleFinding {
    /// The requirement that is then broken.
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

    /// One for each of these codes.
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
