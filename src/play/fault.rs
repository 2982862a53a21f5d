//! What can break on our side while a case is in play.

use thiserror::Error;

use crate::service::BindError;
use crate::target::{EngineError, LaunchError};

/// The stage broke: never the target's fault.
#[derive(Debug, Error)]
pub enum StageFault {
    /// No port.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The case cannot be played here.
    #[error("{0}")]
    Lacking(&'static str),
    /// The files stayed writable.
    #[error("the folder of the function could not be made read-only for the runtime")]
    NotConfined,
    /// The function could not be laid into a folder.
    #[error("the function's files cannot be laid into a folder of their own")]
    Folder(#[source] std::io::Error),
    /// No port for the trap.
    #[error("cannot listen for calls to the wrong place")]
    Trap(#[from] std::io::Error),
    /// No process.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// Freezing is no business of this engine's.
    #[error("{0}")]
    NoFreeze(String),
    /// The container could not be steered.
    #[error("the container engine failed")]
    Engine(#[source] EngineError),
    /// What was measured says nothing about the runtime.
    #[error(
        "the machine was too busy: a timer came {late_ms} ms late; run fewer cases at a time (--jobs)"
    )]
    Busy {
        /// By how much.
        late_ms: u128,
    },
    /// The time was up, yet not by the runtime's fault.
    #[error(
        "the machine was too busy: the runtime was still at work when its time was long up; run fewer cases at a time (--jobs)"
    )]
    Starved,
}

impl From<EngineError> for StageFault {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::CannotFreeze { .. } => Self::NoFreeze(error.to_string()),
            other => Self::Engine(other),
        }
    }
}
