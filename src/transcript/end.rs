//! How a script ended.

use serde::{Deserialize, Serialize};

use super::Offset;

/// How the script ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// When.
    pub at: Offset,
    /// Why.
    pub reason: EndReason,
    /// What the wall clock said then, in milliseconds since the Unix epoch; offsets are of a clock that nobody sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unix_ms: Option<u64>,
}

/// Why the script ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// All steps were met, and the runtime was ready for more.
    Complete,
    /// The process ended before the steps were met.
    Exited,
    /// The runtime made no call within the start-up time.
    NeverCalled,
    /// A step was not met in time.
    Deadline,
    /// The runtime called without pause.
    Flood,
    /// The runtime sent or opened more than ricspec takes in one case.
    Excess,
    /// ricspec was told to stop.
    Cancelled,
}
