//! A `/tmp` that outlives a process, for the next one of the same environment: a process that does nothing keeps its
//! namespace, and both enter it.

use std::sync::Arc;

use tokio::process::Child;
use tokio::sync::OnceCell;

use super::super::OwnNetwork;

/// The files of an environment with more than one process. Created when the first is started.
#[derive(Debug, Default)]
pub struct Lasting {
    pub(super) holder: OnceCell<Option<Child>>,
    /// The network of the environment, if it has its own.
    pub(super) network: Option<Arc<OwnNetwork>>,
}

impl Lasting {
    /// Those of an environment in this network, if it has its own.
    pub fn within(network: Option<Arc<OwnNetwork>>) -> Self {
        Self {
            network,
            ..Self::default()
        }
    }

    /// The network of the environment, if it has its own.
    pub fn network(&self) -> Option<&Arc<OwnNetwork>> {
        self.network.as_ref()
    }

    /// The process whose namespace it is.
    pub(super) fn process(&self) -> Option<u32> {
        self.holder.get()?.as_ref()?.id()
    }
}
