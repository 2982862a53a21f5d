//! The function as lambda_runtime 0.6 takes it: a service of events that hold their context.

mod fixture;

use lambda_runtime::{Error, LambdaEvent, run, service_fn};

/// What the fixture calls the crate and its context.
mod runtime {
    pub use lambda_runtime::Context;
    pub const NAME: &str = "lambda_runtime";
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    fixture::init().await?;
    let handler = |event: LambdaEvent<_>| fixture::handler(event.payload, event.context);
    run(service_fn(handler)).await
}
