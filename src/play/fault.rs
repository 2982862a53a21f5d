//! What can fail on our side while a case is in play.

use thiserror::Error;

use crate::runtime::{EngineError, LaunchError, StopFault};
use crate::service::BindError;

/// The stage failed: never the target's fault.
#[derive(Debug, Error)]
pub enum StageFault {
    /// No port.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The case cannot be played here.
    #[error("{0}")]
    Lacking(&'static str),
    /// The runtime existed when the run began.
    #[error(
        "`{0}` is gone: it was there when the run began, so the runtime, or something else on this machine, has \
         deleted it"
    )]
    Gone(String),
    /// The runtime was never run.
    #[error("the runtime could not be given a /tmp of its own, or files that it cannot write to")]
    NotConfined,
    /// The function could not be put into a folder.
    #[error("the function's files cannot be put into a folder of their own")]
    Folder(#[source] std::io::Error),
    /// An extension could not be laid out.
    #[error("the file of the extension beside the runtime cannot be laid out")]
    Extension(#[source] std::io::Error),
    /// The network could not be made.
    #[error("the processes of the case could not be given a network of their own")]
    Network(#[source] std::io::Error),
    /// No port for the decoy.
    #[error("cannot listen for calls to the wrong place")]
    Decoy(#[from] std::io::Error),
    /// No process.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// This engine cannot freeze.
    #[error("{0}")]
    NoFreeze(String),
    /// The container could not be controlled.
    #[error("the container engine failed")]
    Engine(#[source] EngineError),
    /// The process does not end.
    #[error("{0}")]
    Immortal(String),
}

impl From<StopFault> for StageFault {
    fn from(fault: StopFault) -> Self {
        match fault {
            StopFault::Engine(EngineError::CannotFreeze { .. }) => {
                Self::NoFreeze(fault.to_string())
            }
            StopFault::Engine(other) => Self::Engine(other),
            StopFault::Immortal { .. } => Self::Immortal(fault.to_string()),
        }
    }
}
