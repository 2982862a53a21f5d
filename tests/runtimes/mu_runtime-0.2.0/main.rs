//! The function as mu_runtime takes it: its errors must be errors of one type, such as the crate's own.

mod fixture;

use mu_runtime::{Error, RuntimeResult, listen_events};

/// What the fixture calls the crate and its context.
mod runtime {
    pub use mu_runtime::Context;
    pub const NAME: &str = "mu_runtime";
}

#[tokio::main]
async fn main() -> RuntimeResult {
    let text = |error: fixture::Error| Error::from(error.to_string());
    fixture::init().await.map_err(text)?;
    listen_events(|event, shown| async { fixture::handler(event, shown).await.map_err(text) }).await
}
