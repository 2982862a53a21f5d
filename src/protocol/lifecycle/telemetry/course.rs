//! How far an environment has come.

use super::happening::Run;

/// How far the environment has come.
#[derive(Debug, Default)]
pub(super) struct Course {
    pub(super) began_ms: u64,
    /// Whether the runtime has asked for its first event, or for its restore.
    pub(super) is_ready: bool,
    /// Why the initialisation or the restore failed, as the runtime says.
    pub(super) failed: Option<String>,
    pub(super) is_initialised: bool,
    /// How long the initialisation took, until a report has told it.
    pub(super) init_ms: Option<u64>,
    pub(super) restoring_since: Option<u64>,
    pub(super) restore_ms: Option<u64>,
    pub(super) runs: Vec<Run>,
}
