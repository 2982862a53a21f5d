//! An extension on the crate `lambda-extension`. The name of its file says what it processes.

use std::env;

use lambda_extension::{
    Error, Extension, LambdaEvent, LambdaLog, LambdaTelemetry, SharedService, service_fn,
};

async fn event(_: LambdaEvent) -> Result<(), Error> {
    Ok(())
}

async fn logs(_: Vec<LambdaLog>) -> Result<(), Error> {
    Ok(())
}

async fn telemetry(_: Vec<LambdaTelemetry>) -> Result<(), Error> {
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let name = env::args().next().unwrap_or_default();
    let extension = Extension::new().with_events_processor(service_fn(event));
    match name.rsplit('-').next() {
        Some("logs") => {
            let logs = SharedService::new(service_fn(logs));
            extension.with_logs_processor(logs).run().await
        }
        Some("telemetry") => {
            let telemetry = SharedService::new(service_fn(telemetry));
            extension.with_telemetry_processor(telemetry).run().await
        }
        _ => extension.run().await,
    }
}
