//! The function as lambda_runtime 0.2 takes it: it is synchronous, and fails with an error of the crate's.

mod fixture;

use std::env;
use std::error::Error;
use std::thread;
use std::time::Duration;

use lambda_runtime::error::HandlerError;
use lambda_runtime::{Context, lambda};
use serde_json::{Value, json};

use fixture::{Answer, Event};

fn shown(event: &Event, context: &Context) -> Value {
    let remaining = context.get_time_remaining_millis();
    let later = event.wait_ms.map(|ms| {
        thread::sleep(Duration::from_millis(ms));
        context.get_time_remaining_millis()
    });
    let client_context = context.client_context.as_ref().map(|shown| {
        let client = json!({
            "installation_id": shown.client.installation_id,
            "app_title": shown.client.app_title,
            "app_version_name": shown.client.app_version_name,
            "app_version_code": shown.client.app_version_code,
            "app_package_name": shown.client.app_package_name,
        });
        json!({ "client": client, "custom": shown.custom, "env": shown.environment })
    });
    let identity = context.identity.as_ref();
    json!({
        "request_id": context.aws_request_id,
        "deadline_ms": context.deadline,
        "remaining_ms": remaining,
        "remaining_later_ms": later,
        "invoked_function_arn": context.invoked_function_arn,
        "function_name": context.function_name,
        "function_version": context.function_version,
        "memory_limit_mb": context.memory_limit_in_mb,
        "log_group": context.log_group_name,
        "log_stream": context.log_stream_name,
        "client_context": client_context,
        "identity": identity.map(|shown| json!({
            "cognitoIdentityId": shown.identity_id, "cognitoIdentityPoolId": shown.identity_pool_id,
        })),
        "tenant_id": null,
        "trace_id": env::var("_X_AMZN_TRACE_ID").ok().or(context.xray_trace_id.clone()),
    })
}

fn handler(event: Event, context: Context) -> Result<Answer, HandlerError> {
    let shown = shown(&event, &context);
    fixture::handler("lambda_runtime/0.2.1", event, Some(shown))
        .map_err(|error| HandlerError::from(error.to_string().as_str()))
}

fn main() -> Result<(), Box<dyn Error>> {
    fixture::init();
    lambda!(handler);
    Ok(())
}
