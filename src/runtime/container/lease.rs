//! Which container is in which network.

use std::sync::{Arc, PoisonError};

use tokio::sync::OwnedSemaphorePermit;

use super::containers::Containers;
use super::engine::EngineError;
use super::network::{Network, podman_internal};
use super::supply::Supply;

/// A network, for as long as its container needs it.
#[derive(Debug)]
pub struct Lease {
    /// The network.
    pub network: Arc<Network>,
    containers: Arc<Containers>,
    _turn: Option<OwnedSemaphorePermit>,
}

impl Lease {
    /// Takes a network; creates one if none is free.
    pub(in crate::runtime) async fn take(containers: Arc<Containers>) -> Result<Self, EngineError> {
        let (network, turn) = match &containers.networks.supply {
            Supply::One(network) => (Arc::clone(network), None),
            Supply::InTurn(network, turns) => {
                let turn = Arc::clone(turns).acquire_owned().await.ok();
                (Arc::clone(network), turn)
            }
            Supply::Pool { free, making } => {
                let first = free.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let network = match first {
                    Some(network) => network,
                    None => {
                        let _one = making.lock().await;
                        let (engine, premises) = (&containers.engine, &containers.premises);
                        Arc::new(podman_internal(engine, premises).await?)
                    }
                };
                (network, None)
            }
        };
        Ok(Self {
            network,
            containers,
            _turn: turn,
        })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.containers
            .networks
            .give_back(Arc::clone(&self.network));
    }
}
