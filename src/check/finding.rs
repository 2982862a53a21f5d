//! A breach, with the bytes that prove it.

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
