//! Mutants: faults that mix up callers, or the messages of failures.

use serde_json::{Value, json};

use super::change::{
    Decided, Hidden, JsonLine, Logged, Message, Seen, Shown, first_id, json_of, raw,
};
use super::mutant::{Mutant, When};
use super::past::{self, Past};
use super::repeated::{
    DIES_AFTER_ERROR, INIT_EACH_EVENT, LEAKS_FILES, STALE_IDENTITY, STALE_TRACE,
};
use crate::reference::hooks::{Hooks, Wish};
use crate::reference::invocation::Context;
use crate::reference::log::{self, Entry};
use crate::reference::settings::LogLevel;

mutants! {
    "message-after-its-type": "Puts a word and a colon before the message of an error.",
        breaks ["ERR-10"] should() => Message(|message| match message.len() < LONG_BYTES {
            true => format!("Error: {message}").into(),
            false => message.into(),
        });
    "caller-merged": "Merges the client contexts of callers.",
        breaks ["CTX-09"] => Seen(|context, past| {
            let before = past.previous.as_ref().and_then(|former| former.client_context.as_deref());
            if let (Some(now), Some(before)) = (&context.client_context, before) {
                context.client_context = raw(merged(before, now.get()));
            }
        });
    "caller-first-identity": "Shows the identity of the first caller to each that has one.",
        breaks ["CTX-09"] => Seen(|context, past| if context.identity.is_some() {
            let identity = past.first.as_ref().and_then(|first| first.identity.clone());
            context.identity = raw(identity).or(context.identity.take());
        });
    "caller-identity-or-tenant": "Does not show the identity to a caller with a tenant.",
        breaks ["CTX-07"] => Seen(|context, _| if context.tenant_id.is_some() { context.identity = None });
    "caller-arn-or-tenant": "Does not show the ARN to a caller with a tenant.",
        breaks ["CTX-04"] => Seen(|context, _| if context.tenant_id.is_some() { context.function_arn = None });
    "caller-no-tenant-id-with-identity": "Does not show the tenant id to a caller with an identity.",
        breaks ["CTX-10"] => Seen(|context, _| if context.identity.is_some() { context.tenant_id = None });
    "caller-identity-after-error": "Keeps the identity for an invocation without one after the function has failed.",
        breaks ["CTX-09"] when(When::AfterFailures(1)) => STALE_IDENTITY;
    "caller-trace-after-error": "Keeps the trace id for an invocation without one after the function has failed.",
        breaks ["XRAY-02"] when(When::AfterFailures(1)) => STALE_TRACE;
    "caller-trace-sampled": "Shows every trace as sampled.",
        breaks ["XRAY-03"] => Seen(|context, _| {
            if let Some(trace) = &mut context.trace_id {
                *trace = trace.replace("Sampled=0", "Sampled=1")
            }
        });
    "caller-trace-cut": "Cuts the trace id after 128 letters.",
        breaks ["XRAY-03"] =>
            Seen(|context, _| if let Some(trace) = &mut context.trace_id { *trace = trace.chars().take(128).collect() });
    "caller-id-lower-case": "Shows the request id in lower case.",
        breaks ["CTX-01"] => Seen(|context, _| context.request_id.make_ascii_lowercase());
    "caller-id-short": "Shows the first 36 letters of the request id.",
        breaks ["CTX-01"] => Seen(|context, _| context.request_id = context.request_id.chars().take(36).collect());
    "caller-stale-after-malformed": "Keeps the context after an event that is not JSON.",
        breaks ["CTX-01", "CTX-04"] => Seen(|context, past| stays_after(context, past, |event| event.is_none()));
    "caller-stale-after-null": "Keeps the context after an event without a result.",
        breaks ["CTX-01", "CTX-04"] =>
            Seen(|context, past| stays_after(context, past, |event| event.is_some_and(|event| event["do"] == "null")));
    "caller-stale-after-unserializable": "Keeps the context after a result that cannot be serialised.",
        breaks ["CTX-01", "CTX-04"] => Seen(|context, past| {
            stays_after(context, past, |event| {
                event.is_some_and(|event| event["do"] == "unserializable")
            })
        });
    "caller-remaining-absolute": "Shows the distance to the deadline, also after it has passed.",
        breaks ["CTX-02"] => Shown(|view| {
            if let Some(remaining) = view["remaining_ms"].as_i64() {
                view["remaining_ms"] = json!(remaining.abs())
            }
        });
    "caller-name-from-arn": "Takes the name of the function from the ARN.",
        breaks ["CTX-05"] => Shown(|view| {
            let arn = view["invoked_function_arn"].as_str().unwrap_or_default();
            let name = arn.split(':').nth(6).map(str::to_owned);
            view["function_name"] = json!(name);
        });
    "caller-version-constant": "Shows $LATEST as the version, whatever it is.",
        breaks ["CTX-05"] => Shown(|view| view["function_version"] = json!("$LATEST"));
    "caller-log-group-from-name": "Makes the log group from the name of the function.",
        breaks ["CTX-05", "BOOT-18"] => Shown(|view| {
            let name = view["function_name"].as_str().unwrap_or_default();
            view["log_group"] = json!(format!("/aws/lambda/{name}"));
        });
    "message-trimmed": "Trims messages.",
        breaks ["ERR-10"] => Message(|message| message.trim().into());
    "message-after-colon": "Uses the part before a colon as the type.",
        breaks ["ERR-10", "ERR-19"] => Message(|message| message.rsplit(": ").next().unwrap_or_default().into());
    "message-decoded": "Decodes a message that looks like JSON.",
        breaks ["ERR-10", "ERR-02"] =>
            Message(|message| serde_json::from_str(message).unwrap_or_else(|_| message.into()));
    "message-escaped": "Escapes messages as in HTML.",
        breaks ["ERR-10"] => Message(|message| message.replace('&', "&amp;").replace('<', "&lt;").into());
    "message-formatted": "Uses messages as format strings.",
        breaks ["ERR-10"] => Message(|message| message.replace("%s", "").replace("%d", "0").into());
    "message-composed": "Puts letters and accents of messages together.",
        breaks ["ERR-10"] => Message(|message| message.replace("e\u{301}", "\u{e9}").into());
    "error-exit-after-sixth": "Exits after its sixth report of a failure.",
        breaks ["ERR-08"] when(When::FromFailure(6)) => DIES_AFTER_ERROR;
    "error-exit-after-twelfth": "Exits after its twelfth report of a failure.",
        breaks ["ERR-08"] when(When::FromFailure(12)) => DIES_AFTER_ERROR;
    "error-leaks-files": "Opens a file in each invocation, and closes none after the function has failed.",
        breaks ["NEXT-12"] when(When::AfterFailures(1)) => LEAKS_FILES;
    "error-sets-up-again": "Runs the static code for each event after the function has failed.",
        breaks ["INIT-12"] when(When::AfterFailures(1)) => INIT_EACH_EVENT;
    "panic-not-logged": "Writes nothing about a panic to its output.",
        breaks ["ERR-15"] => SilentPanics;
    "log-prints-failed-events": "Prints the event when the invocation fails.",
        breaks ["LOG-05", "LOG-02"] => Decided(|outcome| { if outcome.is_err() { print_event() } true });
    "log-prints-malformed-events": "Prints an event that it cannot read.",
        breaks ["LOG-05"] => Decided(|outcome| {
            if outcome
                .as_ref()
                .is_err_and(|failure| failure.kind == "UnmarshalError")
            {
                print_event()
            }
            true
        });
    "log-unescaped": "Does not escape quotes and tabs in its JSON log lines.",
        breaks ["LOG-02", "LOG-06"] => JsonLine(|line| line.replace("\\\"", "\"").replace("\\t", "\t"));
    "log-stale-id": "Writes the first request id into all its JSON log lines.",
        breaks ["LOG-02", "LOG-06"] =>
            Logged(|_, _, line| line.request_id = line.request_id.take().map(|id| first_id(&id)));
    "log-level-exclusive": "Writes only JSON log lines above the configured level.",
        breaks ["ERR-15"] => Hidden(|entry, level| entry.level <= level && level > LogLevel::Trace);
    "log-level-warn-hides-all": "Writes nothing with the level WARN.",
        breaks ["ERR-15"] => Hidden(|_, level| level == LogLevel::Warn);
    "log-level-debug-hides-all": "Writes nothing with the level DEBUG.",
        breaks ["ERR-15"] => Hidden(|_, level| level == LogLevel::Debug);
}

/// A message of this size or more may have been cut, and is not changed.
const LONG_BYTES: usize = 64 * 1024;

/// Both client contexts in one; the later one wins.
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

/// Keeps the context after this kind of event; `None` is an event that is not JSON.
fn stays_after(context: &mut Context, past: &Past, is_odd: fn(Option<Value>) -> bool) {
    let odd = past.previous.as_ref();
    if let Some(former) = odd.filter(|former| is_odd(json_of(&former.event))) {
        context.request_id = former.id_text();
        context.function_arn.clone_from(&former.function_arn);
    }
}

/// Prints the current event.
fn print_event() {
    past::with(|past| {
        if let Some(now) = &past.current {
            let event = String::from_utf8_lossy(&now.event);
            log::complain(&format!("event: {event}"));
        }
    });
}

struct SilentPanics;

impl Hooks for SilentPanics {
    fn hides(&self, entry: &Entry<'_>, _: LogLevel) -> bool {
        entry.error_type == Some("Panic")
    }

    fn wish(&self, wish: Wish<'_>) {
        if let Wish::Panic(message) = wish {
            // This avoids the hook for output.
            std::panic::resume_unwind(Box::new(message.to_owned()));
        }
    }
}
