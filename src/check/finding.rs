//! A breach, with the bytes that prove it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::law::Level;

/// One breach of one requirement.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The requirement.
    pub requirement: String,
    /// Its level here: that of the requirement, or a lower one that the case states. It is SHOULD at most if the real
    /// service never does what the case does.
    pub level: Level,
    /// The kind of breach, in kebab case; stable, so that baselines can name it.
    pub code: String,
    /// What a conformant runtime does.
    pub expected: String,
    /// What this runtime did.
    pub actual: String,
    /// The proof.
    pub evidence: Evidence,
    /// The step of the case that it is about; `None` if it is about no single step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Place>,
}

/// A step of a case, and where it stands.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The number of the step, from 1, as `ricspec explain` counts.
    pub number: usize,
    /// The file of the case; `None` if the step is in no file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line in it, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number)?;
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, ", {file}:{line}"),
            (Some(_) | None, _) => Ok(()),
        }
    }
}

/// The place of the proof in the transcript, and its lines.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Index of the exchange, if it is one.
    pub exchange: Option<usize>,
    /// The lines: `>` from the runtime, `<` from the service, `*` an event of a process or connection, each with its time in
    /// milliseconds.
    pub lines: Vec<String>,
}
