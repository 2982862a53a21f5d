//! The networks that the containers of a run get.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::network::Network;

/// The networks that the containers of a run get.
#[derive(Debug)]
pub struct Networks {
    /// Their name, for people.
    pub shown: String,
    pub(super) supply: Supply,
}

#[derive(Debug)]
pub(super) enum Supply {
    /// The same for all.
    One(Arc<Network>),
    /// One for all, with one container at a time. A podman bridge takes its hardware address from its containers, so the
    /// others lose it for a minute when one comes or goes.
    InTurn(Arc<Network>, Arc<Semaphore>),
    /// One for each, for the same reason.
    Pool {
        free: Mutex<Vec<Arc<Network>>>,
        /// Held while one is created: two at the same time would get the same subnet.
        making: tokio::sync::Mutex<()>,
    },
}

impl Networks {
    /// The same network for all.
    pub(super) fn one(network: Network) -> Self {
        Self {
            shown: network.shown.clone(),
            supply: Supply::One(Arc::new(network)),
        }
    }

    /// The same network for all, one after the other.
    pub(super) fn in_turn(network: Network) -> Self {
        Self {
            shown: format!("{}, one container at a time", network.shown),
            supply: Supply::InTurn(Arc::new(network), Arc::new(Semaphore::new(1))),
        }
    }

    /// A network for each; the first exists already.
    pub(super) fn pool(first: Network) -> Self {
        Self {
            shown: "an internal network of its own, service on its gateway".to_owned(),
            supply: Supply::Pool {
                free: Mutex::new(vec![Arc::new(first)]),
                making: tokio::sync::Mutex::new(()),
            },
        }
    }

    /// Takes back a network whose container has gone.
    pub(super) fn give_back(&self, network: Arc<Network>) {
        match &self.supply {
            Supply::One(_) | Supply::InTurn(..) => {}
            Supply::Pool { free, .. } => free
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(network),
        }
    }
}
