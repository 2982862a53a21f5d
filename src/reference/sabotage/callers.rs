//! Faults that mix callers up, or change a context in ways that only an unusual one shows.

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::super::fault::Fault;
use super::super::invocation::{Context, Invocation};
use super::Memory;

/// Changes the context by what earlier callers sent, or loses a part of it because of another.
pub(super) fn change(fault: Fault, context: &mut Context, memory: &Memory) {
    let first = memory.first.as_ref();
    let previous = memory.previous.as_ref();
    let raw = |text: String| RawValue::from_string(text).ok();
    match fault {
        Fault::MergesClientContexts => {
            let before = previous.and_then(|former| former.client_context.as_deref());
            if let (Some(now), Some(before)) = (&context.client_context, before) {
                context.client_context = merged(before, now.get()).and_then(raw);
            }
        }
        Fault::FirstIdentity if context.identity.is_some() => {
            let identity = first.and_then(|first| first.identity.clone());
            context.identity = identity.and_then(raw).or(context.identity.take());
        }
        Fault::TenantForIdentity if context.tenant_id.is_some() => context.identity = None,
        Fault::TenantForArn if context.tenant_id.is_some() => context.function_arn = None,
        Fault::IdentityForTenant if context.identity.is_some() => context.tenant_id = None,
        Fault::SampledTrace => {
            let sampled = |trace: String| trace.replace("Sampled=0", "Sampled=1");
            context.trace_id = context.trace_id.take().map(sampled);
        }
        Fault::CutTrace => {
            let cut = |trace: String| trace.chars().take(128).collect();
            context.trace_id = context.trace_id.take().map(cut);
        }
        Fault::LowerCaseContextId => context.request_id.make_ascii_lowercase(),
        Fault::ShortContextId => {
            context.request_id = context.request_id.chars().take(36).collect();
        }
        Fault::StaleAfterMalformed | Fault::StaleAfterNull | Fault::StaleAfterUnserializable => {
            if let Some(former) = previous.filter(|former| is_odd(fault, former)) {
                context.request_id = former.id_text();
                context.function_arn.clone_from(&former.function_arn);
            }
        }
        _ => {}
    }
}

/// Whether a reader that knows what a client context usually has in it fails on this one.
pub(super) fn is_too_odd(fault: Fault, text: &str) -> bool {
    let Ok(Value::Object(members)) = serde_json::from_str(text) else {
        return false;
    };
    match fault {
        Fault::NeedsCustom => !members.contains_key("custom"),
        Fault::NeedsKnownMembers => {
            let known = |name: &String| ["client", "custom", "env"].contains(&name.as_str());
            !members.keys().all(known)
        }
        Fault::NeedsTextCustom | Fault::RefusesTypedCustom => {
            let custom = members.get("custom").and_then(Value::as_object);
            custom.is_some_and(|custom| !custom.values().all(Value::is_string))
        }
        Fault::NeedsNoNull => members.values().any(Value::is_null),
        Fault::NeedsAsciiContext => !text.is_ascii(),
        _ => false,
    }
}

/// Both client contexts in one; of what is in both, the later one.
fn merged(before: &str, now: &str) -> Option<String> {
    let mut all: Value = serde_json::from_str(before).ok()?;
    let now: Value = serde_json::from_str(now).ok()?;
    for (name, value) in now.as_object()? {
        match (all.get_mut(name), value) {
            (Some(Value::Object(old)), Value::Object(new)) => old.extend(new.clone()),
            _ => all[name] = value.clone(),
        }
    }
    Some(all.to_string())
}

/// Whether an invocation was of the kind after which the context stays.
fn is_odd(fault: Fault, invocation: &Invocation) -> bool {
    let event = serde_json::from_slice::<Value>(&invocation.event);
    match (fault, event) {
        (Fault::StaleAfterMalformed, event) => event.is_err(),
        (Fault::StaleAfterNull, Ok(event)) => event["do"] == "null",
        (Fault::StaleAfterUnserializable, Ok(event)) => event["do"] == "unserializable",
        _ => false,
    }
}

/// Changes what the function reports of its context; says whether it did.
pub(super) fn view(fault: Fault, value: &mut Value) -> bool {
    match fault {
        Fault::AbsoluteRemaining => {
            if let Some(remaining) = value["remaining_ms"].as_i64() {
                value["remaining_ms"] = json!(remaining.abs());
            }
        }
        Fault::NameFromArn => {
            let arn = value["invoked_function_arn"].as_str().unwrap_or_default();
            let name = arn.split(':').nth(6).map(str::to_owned);
            value["function_name"] = json!(name);
        }
        Fault::WordForMissing => {
            for name in ["log_group", "log_stream"] {
                if value[name].is_null() {
                    value[name] = json!("undefined");
                }
            }
        }
        Fault::ConstantVersion => value["function_version"] = json!("$LATEST"),
        Fault::LogGroupFromName => {
            let name = value["function_name"].as_str().unwrap_or_default();
            value["log_group"] = json!(format!("/aws/lambda/{name}"));
        }
        _ => return false,
    }
    true
}
