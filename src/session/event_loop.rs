//! The event loop in which cases are played.

use tokio::runtime::Runtime;

use super::CliError;

/// Starts the event loop.
pub(crate) fn event_loop() -> Result<Runtime, CliError> {
    Runtime::new().map_err(|error| CliError::fault(format!("cannot start the event loop: {error}")))
}
