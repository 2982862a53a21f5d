//! What the function shows of its context.

use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;

use super::hooked::{random, unix_ms};
use super::invocation::Context;

/// The members of the answer to `context`.
#[derive(Serialize)]
pub(super) struct View<'a> {
    request_id: &'a str,
    deadline_ms: Option<i64>,
    remaining_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining_later_ms: Option<i64>,
    invoked_function_arn: Option<&'a str>,
    function_name: Option<&'a str>,
    function_version: Option<&'a str>,
    memory_limit_mb: Option<u64>,
    log_group: Option<&'a str>,
    log_stream: Option<&'a str>,
    client_context: Option<&'a RawValue>,
    identity: Option<&'a RawValue>,
    tenant_id: Option<&'a str>,
    trace_id: Option<&'a str>,
    random: String,
    now_ms: u64,
}

/// The context as the function shows it; with a wait, the remaining time is shown twice.
pub(super) async fn view(context: &Context, wait_ms: Option<u64>) -> View<'_> {
    let settings = &context.settings;
    let memory = settings.variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE");
    let mut view = View {
        request_id: &context.request_id,
        deadline_ms: context.deadline_ms,
        remaining_ms: context.remaining_ms(),
        remaining_later_ms: None,
        invoked_function_arn: context.function_arn.as_deref(),
        function_name: settings.variable("AWS_LAMBDA_FUNCTION_NAME"),
        function_version: settings.variable("AWS_LAMBDA_FUNCTION_VERSION"),
        memory_limit_mb: memory.and_then(|memory| memory.parse().ok()),
        log_group: settings.variable("AWS_LAMBDA_LOG_GROUP_NAME"),
        log_stream: settings.variable("AWS_LAMBDA_LOG_STREAM_NAME"),
        client_context: context.client_context.as_deref(),
        identity: context.identity.as_deref(),
        tenant_id: context.tenant_id.as_deref(),
        trace_id: context.trace_id.as_deref(),
        random: random(context.ways.random()),
        now_ms: unix_ms(),
    };
    if let Some(wait_ms) = wait_ms {
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        view.remaining_later_ms = context.remaining_ms();
    }
    view
}
