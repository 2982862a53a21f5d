//! Faults in what the function sees of its invocation.

use std::process::exit;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::super::failure::Failure;
use super::super::fault::{Fault, Flaw};
use super::super::invocation::{Context, Invocation};
use super::{Memory, callers};

/// Changes the context, or dies of it.
pub(in super::super) fn context(
    flaw: Flaw,
    invocation: &Invocation,
    context: Result<Context, Failure>,
    memory: &Memory,
) -> Result<Context, Failure> {
    let context = context.map(|mut context| {
        context.flaw = flaw;
        context
    });
    let Some(fault) = flaw.0 else { return context };
    let mut context = match (context, fault) {
        (Ok(context), _) => context,
        (Err(_), Fault::DiesOfBadClientContext) if invocation.client_context.is_some() => exit(1),
        (Err(_), Fault::DiesOfBadIdentity) if invocation.identity.is_some() => exit(1),
        (Err(failure), _) => return Err(failure),
    };
    let client_context = context.client_context.as_deref();
    if client_context.is_some_and(|text| callers::is_too_odd(fault, text.get())) {
        let message = "the client context has a custom value that is no text";
        match fault {
            Fault::RefusesTypedCustom => {
                return Err(Failure::of_runtime("InvalidContext", message));
            }
            _ => exit(1),
        }
    }
    change(fault, &mut context, memory);
    callers::change(fault, &mut context, memory);
    Ok(context)
}

fn change(fault: Fault, context: &mut Context, memory: &Memory) {
    let first = memory.first.as_ref();
    let previous = memory.previous.as_ref();
    let raw = |text: Option<String>| text.and_then(|text| RawValue::from_string(text).ok());
    match fault {
        Fault::StaleRequestId => {
            context.request_id = first.map(Invocation::id_text).unwrap_or_default();
        }
        Fault::StaleDeadline => {
            let deadline = first.and_then(|first| first.deadline_ms.as_deref()?.parse().ok());
            context.deadline_ms = deadline;
        }
        Fault::DeadlineInSeconds => context.deadline_ms = context.deadline_ms.map(|ms| ms / 1000),
        Fault::LocalDeadline => context.deadline_ms = local_deadline(context),
        Fault::StaleArn => {
            context.function_arn = first.and_then(|first| first.function_arn.clone())
        }
        Fault::NoTenant => context.tenant_id = None,
        Fault::StaleTenant if context.tenant_id.is_none() => {
            context.tenant_id = previous.and_then(|former| former.tenant_id.clone());
        }
        Fault::StaleClientContext if context.client_context.is_none() => {
            context.client_context = raw(previous.and_then(|former| former.client_context.clone()));
        }
        Fault::StaleIdentity if context.identity.is_none() => {
            context.identity = raw(previous.and_then(|former| former.identity.clone()));
        }
        Fault::NoTrace => context.trace_id = None,
        Fault::TraceOnce => context.trace_id = first.and_then(|first| first.trace_id.clone()),
        Fault::StaleTrace if context.trace_id.is_none() => {
            context.trace_id = previous.and_then(|former| former.trace_id.clone());
        }
        Fault::ShortTrace => {
            let short = |trace: String| {
                trace
                    .split(";Lineage")
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            };
            context.trace_id = context.trace_id.take().map(short);
        }
        Fault::DiesOfOverdueEvent if context.remaining_ms().is_some_and(|ms| ms < 0) => exit(1),
        Fault::FearsEarlierDeadlines => {
            let of = |call: &Invocation| call.deadline_ms.as_ref()?.parse::<i64>().ok();
            let now = context.deadline_ms.unwrap_or(i64::MAX);
            if previous
                .and_then(of)
                .is_some_and(|before| now < before - 1000)
            {
                exit(1);
            }
        }
        Fault::DiesAtDeadline => {
            // A deadline that had passed before the event came kills nothing: whether the answer would get out first is
            // chance.
            let left = context.remaining_ms().and_then(|ms| u64::try_from(ms).ok());
            if let Some(left) = left.filter(|left| *left > 0) {
                tokio::spawn(async move {
                    tokio::time::sleep(std::time::Duration::from_millis(left)).await;
                    exit(1);
                });
            }
        }
        Fault::NoClientContext => context.client_context = None,
        Fault::NoIdentity => context.identity = None,
        _ => {}
    }
}

fn local_deadline(context: &Context) -> Option<i64> {
    let hours_west = match context.variable("TZ") {
        Some("Asia/Tokyo") => -9,
        Some("America/Los_Angeles") => 8,
        Some("Pacific/Auckland") => -12,
        _ => 0,
    };
    context.deadline_ms.map(|ms| ms + hours_west * 3_600_000)
}

/// Changes what the function reports of its context.
pub(in super::super) fn view(flaw: Flaw, view: Box<RawValue>) -> Box<RawValue> {
    let Some(fault) = flaw.0 else { return view };
    let Ok(mut value) = serde_json::from_str::<Value>(view.get()) else {
        return view;
    };
    match fault {
        Fault::NoRequestId => value["request_id"] = Value::Null,
        Fault::NoFunctionName => value["function_name"] = Value::Null,
        Fault::NoLogGroup => value["log_group"] = Value::Null,
        Fault::MemoryInBytes => {
            value["memory_limit_mb"] = json!(value["memory_limit_mb"].as_u64().unwrap_or(0) << 20);
        }
        Fault::SwapsLogNames => {
            let group = value["log_group"].take();
            value["log_group"] = std::mem::replace(&mut value["log_stream"], group);
        }
        Fault::FixedRemaining if value["remaining_later_ms"].is_number() => {
            value["remaining_later_ms"] = value["remaining_ms"].clone();
        }
        Fault::DeadlineAsDuration => {
            value["remaining_ms"] = value["deadline_ms"].clone();
        }
        Fault::Base64ClientContext if value["client_context"].is_object() => {
            value["client_context"] = Value::Null;
        }
        Fault::CapitalCustom => {
            if let Some(custom) = value["client_context"].get("custom").cloned() {
                value["client_context"] = json!({ "Custom": custom });
            }
        }
        Fault::StringCustomValues => {
            if let Some(Value::Object(custom)) = value["client_context"].get_mut("custom") {
                for (_, value) in custom.iter_mut().filter(|(_, value)| !value.is_string()) {
                    *value = Value::String(value.to_string());
                }
            }
        }
        Fault::WrongIdentityNames if value["identity"].is_object() => {
            value["identity"] = json!({
                "identityId": value["identity"]["cognitoIdentityId"],
                "identityPoolId": value["identity"]["cognitoIdentityPoolId"],
            });
        }
        _ if callers::view(fault, &mut value) => {}
        _ => return view,
    }
    RawValue::from_string(value.to_string()).unwrap_or(view)
}
