//! Modes other than one invocation at a time: several workers, and a restore.

use std::sync::Arc;

use hyper::StatusCode;

use super::Runtime;
use super::client::{Call, Client};
use super::fatal::Fatal;

impl Runtime {
    /// The same function with a connection of its own (LMI-04).
    pub(super) fn worker(&self) -> Result<Self, Fatal> {
        let api = self.settings.api.as_deref().ok_or(Fatal::NoApi)?;
        let client = Client::new(&self.ways.address(&self.settings, api), self.ways.0);
        Ok(Self {
            settings: Arc::clone(&self.settings),
            log: self.log,
            client,
            fixture: self.fixture.clone(),
            ways: self.ways,
        })
    }

    /// Waits at the point where the environment may be copied, until it is restored (SNAP-01, SNAP-04).
    pub(super) async fn await_restore(&mut self) -> Result<(), Fatal> {
        if self.settings.variable("AWS_LAMBDA_INITIALIZATION_TYPE") != Some("snap-start") {
            return Ok(());
        }
        let reply = self.client.send(&Call::get("/restore/next")).await;
        let status = reply.map_err(Fatal::Poll)?.status;
        if status != StatusCode::OK {
            return Err(Fatal::PollRefused(status));
        }
        self.ways.restored(&self.settings).await;
        Ok(())
    }
}
