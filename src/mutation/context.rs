//! Mutants: the context and the invocation id.

use std::process::exit;

use serde_json::{Map, Value, json};

use super::change::{
    DiesOfReply, Drops, Request, Seen, Sent, Shown, Taken, deadline, is_poll, json_of, raw,
};
use super::mutant::Mutant;
use super::repeated::{
    NO_INVOCATION_ID, STALE_IDENTITY, STALE_REQUEST_ID, STALE_TRACE, TRACE_ONCE,
};
use crate::protocol::header;
use crate::reference::failure::Failure;
use crate::reference::hooks::Hooks;
use crate::reference::invocation::{Context, Invocation};

mutants! {
    "context-refuses-typed-custom": "Reports an error for a client context with a custom value that is not text.",
        breaks ["CTX-06"] => RefusesTypedCustom;
    "context-needs-custom": "Exits on a client context without the member `custom`.",
        breaks ["LIFE-02"] => DiesOfClientContext(|members, _| !members.contains_key("custom"));
    "context-needs-known-members": "Exits on a client context with an unknown member.",
        breaks ["LIFE-02"] => DiesOfClientContext(|members, _| {
            let known = |name: &String| ["client", "custom", "env"].contains(&name.as_str());
            !members.keys().all(known)
        });
    "context-needs-text-custom": "Exits on a client context with a custom value that is not text.",
        breaks ["LIFE-02"] => DiesOfClientContext(|members, _| is_typed(members));
    "context-needs-no-null": "Exits on a client context with a member that is null.",
        breaks ["LIFE-02"] => DiesOfClientContext(|members, _| members.values().any(Value::is_null));
    "context-needs-ascii": "Exits on a client context with non-ASCII letters.",
        breaks ["LIFE-02"] => DiesOfClientContext(|_, text| !text.is_ascii());
    "context-no-request-id": "Does not show the request id.",
        breaks ["CTX-01"] => Shown(|view| view["request_id"] = Value::Null);
    "context-stale-request-id": "Shows the request id of the first invocation forever.",
        breaks ["CTX-01", "LOG-06"] => STALE_REQUEST_ID;
    "context-deadline-in-seconds": "Shows the deadline in seconds.",
        breaks ["CTX-02"] => Seen(|context, _| context.deadline_ms = context.deadline_ms.map(|ms| ms / 1000));
    "context-deadline-as-duration": "Shows the deadline as the remaining time.",
        breaks ["CTX-02", "CTX-03"] => Shown(|view| view["remaining_ms"] = view["deadline_ms"].clone());
    "context-stale-deadline": "Shows the deadline of the first invocation forever.",
        breaks ["CTX-02"] => Seen(|context, past| context.deadline_ms = past.first.as_ref().and_then(deadline));
    "context-local-deadline": "Reads the deadline as a local time.",
        breaks ["CTX-02"] => Seen(|context, _| {
            let hours_west = match context.variable("TZ") {
                Some("Asia/Tokyo") => -9,
                Some("America/Los_Angeles") => 8,
                Some("Pacific/Auckland") => -12,
                _ => 0,
            };
            context.deadline_ms = context.deadline_ms.map(|ms| ms + hours_west * 3_600_000);
        });
    "context-fixed-remaining": "Computes the remaining time only once for each invocation.",
        breaks ["CTX-03"] => Shown(|view| {
            if view["remaining_later_ms"].is_number() {
                view["remaining_later_ms"] = view["remaining_ms"].clone()
            }
        });
    "context-stale-arn": "Shows the function ARN of the first invocation forever.",
        breaks ["CTX-04"] => Seen(|context, past| {
            context.function_arn = past.first.as_ref().and_then(|first| first.function_arn.clone())
        });
    "context-no-function-name": "Does not show the name of the function.",
        breaks ["CTX-05"] => Shown(|view| view["function_name"] = Value::Null);
    "context-memory-in-bytes": "Shows the memory in bytes.",
        breaks ["CTX-05"] =>
            Shown(|view| view["memory_limit_mb"] = json!(view["memory_limit_mb"].as_u64().unwrap_or(0) << 20));
    "context-no-log-group": "Does not show the log group.",
        breaks ["CTX-05"] => Shown(|view| view["log_group"] = Value::Null);
    "context-swaps-log-names": "Shows the log stream for the log group and vice versa.",
        breaks ["CTX-05"] => Shown(|view| {
            let group = view["log_group"].take();
            view["log_group"] = std::mem::replace(&mut view["log_stream"], group);
        });
    "context-no-client-context": "Does not show the client context.",
        breaks ["CTX-06"] => Seen(|context, _| context.client_context = None);
    "context-base64-client-context": "Decodes the client context as base64.",
        breaks ["CTX-06"] =>
            Shown(|view| if view["client_context"].is_object() { view["client_context"] = Value::Null });
    "context-string-custom-values": "Turns the custom values of the client context into texts.",
        breaks ["CTX-06"] =>
            Shown(|view| if let Some(Value::Object(custom)) = view["client_context"].get_mut("custom") {
                for (_, value) in custom.iter_mut().filter(|(_, value)| !value.is_string()) {
                    *value = Value::String(value.to_string());
                }
            });
    "context-capital-custom": "Shows the custom values under a name with a capital letter.",
        breaks ["CTX-06"] => Shown(|view| if let Some(custom) = view["client_context"].get("custom").cloned() {
            view["client_context"] = json!({ "Custom": custom });
        });
    "context-wrong-identity-names": "Shows the identity under other member names.",
        breaks ["CTX-07"] => Shown(|view| if view["identity"].is_object() {
            view["identity"] = json!({
                "identityId": view["identity"]["cognitoIdentityId"],
                "identityPoolId": view["identity"]["cognitoIdentityPoolId"],
            });
        });
    "context-no-identity": "Does not show the identity.",
        breaks ["CTX-07"] => Seen(|context, _| context.identity = None);
    "context-dies-of-bad-client-context": "Exits without an answer when it cannot decode the client context.",
        breaks ["CTX-08"] should() => DiesOfBad(|invocation| invocation.client_context.is_some());
    "context-dies-of-bad-identity": "Exits without an answer when it cannot decode the identity.",
        breaks ["CTX-08"] should() => DiesOfBad(|invocation| invocation.identity.is_some());
    "context-drops-bad-client-context": "Polls again without an answer when it cannot decode the client context.",
        breaks ["NEXT-10"] => Drops(|failure| failure.kind == "InvalidContext");
    "context-stale-client-context": "Keeps the client context for an invocation without one.",
        breaks ["CTX-09"] => Seen(|context, past| if context.client_context.is_none() {
            context.client_context = raw(past.previous.as_ref().and_then(|former| former.client_context.clone()));
        });
    "context-stale-identity": "Keeps the identity for an invocation without one.",
        breaks ["CTX-09"] => STALE_IDENTITY;
    "context-stale-tenant": "Keeps the tenant id for an invocation without one.",
        breaks ["CTX-09"] => Seen(|context, past| if context.tenant_id.is_none() {
            context.tenant_id = past.previous.as_ref().and_then(|former| former.tenant_id.clone());
        });
    "context-no-tenant": "Does not show the tenant id.",
        breaks ["CTX-10"] => Seen(|context, _| context.tenant_id = None);
    "trace-once": "Shows the trace id of the first invocation forever.",
        breaks ["XRAY-01", "XRAY-02"] => TRACE_ONCE;
    "trace-stale": "Keeps the trace id for an invocation without one.",
        breaks ["XRAY-02"] => STALE_TRACE;
    "trace-none": "Does not show the trace id.",
        breaks ["XRAY-01"] => Seen(|context, _| context.trace_id = None);
    "trace-short": "Drops unknown fields of the trace id.",
        breaks ["XRAY-03"] => Seen(|context, _| {
            let short = |trace: String| trace.split(";Lineage").next().unwrap_or_default().to_owned();
            context.trace_id = context.trace_id.take().map(short);
        });
    "trace-not-in-variable": "Does not set _X_AMZN_TRACE_ID.",
        breaks ["XRAY-01"] => TraceInAccessorOnly;
    "invocation-id-none": "Does not echo the invocation id.",
        breaks ["INVID-01", "INVID-02"] => NO_INVOCATION_ID;
    "invocation-id-not-on-errors": "Does not echo the invocation id on errors.",
        breaks ["INVID-02"] => Sent(|call, failure| if failure.is_some() { call.remove(header::INVOCATION_ID) });
    "invocation-id-invented": "Sends the request id as invocation id when none came.",
        breaks ["INVID-03"] => Taken(|invocation, _| {
            if invocation.invocation_id.is_none() {
                invocation.invocation_id = Some(invocation.id.clone())
            }
        });
    "invocation-id-empty": "Sends an empty invocation id when none came.",
        breaks ["INVID-03"] =>
            Taken(|invocation, _| if invocation.invocation_id.is_none() { invocation.invocation_id = Some(Vec::new()) });
    "invocation-id-emptied": "Echoes the name of the invocation id without its value.",
        breaks ["INVID-04", "INVID-07"] =>
            Taken(|invocation, _| if invocation.invocation_id.is_some() { invocation.invocation_id = Some(Vec::new()) });
    "invocation-id-stale": "Echoes the invocation id of the previous invocation.",
        breaks ["INVID-04"] => Taken(|invocation, past| {
            let previous = past.previous.as_ref().and_then(|former| former.invocation_id.clone());
            if invocation.invocation_id.is_some() && previous.is_some() {
                invocation.invocation_id = previous;
            }
        });
    "invocation-id-first": "Echoes the invocation id of the first invocation forever.",
        breaks ["INVID-04"] => Taken(|invocation, past| if invocation.invocation_id.is_some() {
            invocation.invocation_id = past.first.as_ref().and_then(|first| first.invocation_id.clone());
        });
    "invocation-id-on-polls": "Sends an invocation id with its polls.",
        breaks ["INVID-06"] => Request(|call| if is_poll(call) { call.add(header::INVOCATION_ID, "1") });
    "invocation-id-upper-case": "Echoes the invocation id in upper case.",
        breaks ["INVID-04", "INVID-07"] =>
            Taken(|invocation, _| if let Some(id) = &mut invocation.invocation_id { id.make_ascii_uppercase() });
    "invocation-id-dies-of-odd": "Exits when an invocation id has non-ASCII bytes.",
        breaks ["INVID-07"] => DiesOfReply(|reply| {
            let id = reply.headers.get(header::INVOCATION_ID);
            id.is_some_and(|id| id.to_str().is_err())
        });
}

/// Exits on a client context that is an object, but not as expected.
struct DiesOfClientContext(fn(&Map<String, Value>, &str) -> bool);

impl Hooks for DiesOfClientContext {
    fn context(
        &self,
        _: &Invocation,
        context: Result<Context, Failure>,
    ) -> Result<Context, Failure> {
        if is_odd(&context, self.0) {
            exit(1);
        }
        context
    }
}

struct RefusesTypedCustom;

impl Hooks for RefusesTypedCustom {
    fn context(
        &self,
        _: &Invocation,
        context: Result<Context, Failure>,
    ) -> Result<Context, Failure> {
        if is_odd(&context, |members, _| is_typed(members)) {
            let message = "the client context has a custom value that is not text";
            return Err(Failure::of_runtime("InvalidContext", message));
        }
        context
    }
}

fn is_odd(context: &Result<Context, Failure>, odd: fn(&Map<String, Value>, &str) -> bool) -> bool {
    let text = context
        .as_ref()
        .ok()
        .and_then(|context| context.client_context.as_deref());
    text.is_some_and(|text| match json_of(text.get().as_bytes()) {
        Some(Value::Object(members)) => odd(&members, text.get()),
        Some(_) | None => false,
    })
}

/// Whether a custom value is not text.
fn is_typed(members: &Map<String, Value>) -> bool {
    let custom = members.get("custom").and_then(Value::as_object);
    custom.is_some_and(|custom| !custom.values().all(Value::is_string))
}

/// Exits on such an invocation when its context cannot be read.
struct DiesOfBad(fn(&Invocation) -> bool);

impl Hooks for DiesOfBad {
    fn context(
        &self,
        invocation: &Invocation,
        context: Result<Context, Failure>,
    ) -> Result<Context, Failure> {
        if context.is_err() && (self.0)(invocation) {
            exit(1);
        }
        context
    }
}

struct TraceInAccessorOnly;

impl Hooks for TraceInAccessorOnly {
    fn trace<'a>(&self, _: Option<&'a str>) -> Option<&'a str> {
        None
    }
}
