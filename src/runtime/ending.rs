//! How a runtime ended, and what could not be done with it.

use thiserror::Error;

use super::EngineError;
use crate::transcript::Output;

/// How a runtime ended.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Ending {
    /// Its exit code, if it exited.
    pub code: Option<i32>,
    /// The signal, if one ended it.
    pub signal: Option<i32>,
    /// Whether it was ended for passing its memory limit, as far as the engine tells.
    pub out_of_memory: bool,
}

/// How a runtime was stopped, and what is left of it.
#[derive(Debug)]
pub struct Stopped {
    /// How it ended.
    pub ending: Ending,
    /// Processes that had left its group, now ended.
    pub leaked: Vec<String>,
    /// Its standard output.
    pub stdout: Output,
    /// Its standard error.
    pub stderr: Output,
    /// What could not be done with it meanwhile.
    pub fault: Option<StopFault>,
}

/// What could not be done with a runtime that was started: not its fault.
#[derive(Debug, Error)]
pub enum StopFault {
    /// It runs on, as a program of another user may.
    #[error("process {pid}, the runtime, does not end though it was killed")]
    Immortal {
        /// Its number.
        pid: i32,
    },
    /// The container engine refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
