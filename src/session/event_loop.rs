//! The event loop in which cases are played.

use std::io;

use tokio::runtime::{Builder, Runtime};

use super::CliError;

/// Starts the event loop.
pub(crate) fn event_loop() -> Result<Runtime, CliError> {
    Runtime::new().map_err(fault)
}

/// Starts the event loop with so many threads: what is passed between threads takes time.
pub(crate) fn event_loop_of(threads: usize) -> Result<Runtime, CliError> {
    let mut builder = Builder::new_multi_thread();
    let builder = builder.enable_all().worker_threads(threads.max(1));
    builder.build().map_err(fault)
}

fn fault(error: io::Error) -> CliError {
    CliError::fault(format!("cannot start the event loop: {error}"))
}
