//! How a runtime ended, and what ricspec could not do with it.

use thiserror::Error;

use super::EngineError;
use crate::transcript::Output;

/// How a runtime ended.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Ending {
    /// Its exit code, if it exited.
    pub code: Option<i32>,
    /// The signal that ended it, if one did.
    pub signal: Option<i32>,
    /// Whether it was ended because it passed its memory limit, as far as the engine says.
    pub out_of_memory: bool,
}

/// How a runtime was stopped, and what is left of it.
#[derive(Debug)]
pub struct Stopped {
    /// How it ended.
    pub ending: Ending,
    /// Processes that had left its group; they have been ended.
    pub leaked: Vec<String>,
    /// Its standard output.
    pub stdout: Output,
    /// Its standard error.
    pub stderr: Output,
    /// What ricspec could not do with it.
    pub fault: Option<StopFault>,
}

impl Stopped {
    /// Nothing is known.
    pub(super) fn unseen() -> Self {
        Self {
            ending: Ending::default(),
            leaked: Vec::new(),
            stdout: Output::default(),
            stderr: Output::default(),
            fault: None,
        }
    }
}

/// What ricspec could not do with a runtime that was started; this is not the runtime's fault.
#[derive(Debug, Error)]
pub enum StopFault {
    /// It goes on, as a program of another user may.
    #[error("the runtime, process {pid}, does not end although it was killed")]
    Immortal {
        /// Its process id.
        pid: i32,
    },
    /// The container engine refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
