//! Several workers.

use std::sync::Arc;

use super::Runtime;
use super::client::Client;
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
}
