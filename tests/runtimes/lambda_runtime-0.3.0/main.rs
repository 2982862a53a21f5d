//! The fixture as a program of lambda_runtime 0.3.0 of 2021.

mod fixture;

use lambda_runtime::{Error, handler_fn, run};

#[tokio::main]
async fn main() -> Result<(), Error> {
    fixture::init().await?;
    run(handler_fn(fixture::handler)).await
}
