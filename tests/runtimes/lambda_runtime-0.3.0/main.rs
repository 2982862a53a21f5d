//! The function as lambda_runtime 0.3 takes it: a handler of the event and its context.

mod fixture;

use lambda_runtime::{Error, handler_fn, run};

/// What the fixture calls the crate and its context.
mod runtime {
    pub use lambda_runtime::Context;
    pub const NAME: &str = "lambda_runtime";
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    fixture::init().await?;
    run(handler_fn(fixture::handler)).await
}
