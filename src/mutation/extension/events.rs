//! Mutants: faults in reading replies and events.

use std::process::exit;

use serde_json::Value;

use super::super::change::{after_head, is_chunked, json_of};
use super::super::mutant::Mutant;
use super::change::{Puzzled, Reads, ShutDown, ends, goes_on, hangs};
use crate::reference::client::Reply;

extension_mutants! {
    "extension-strict-event": "Exits when an event has a member that it does not know.",
        breaks ["EXT-13"] => Reads(|reply| if has_unknown_member(reply) { exit(1) });
    "extension-counts-headers": "Exits when a reply has many headers.",
        breaks ["EXT-14"] => Reads(|reply| if reply.headers.len() > 12 { exit(1) });
    "extension-ends-on-unknown-event": "Exits when an event is of a type that it does not know.",
        breaks ["EXT-15"] => Puzzled(|_| ends(1));
    "extension-deaf-after-unknown-event": "Does not poll again after an event of a type that it does not know.",
        breaks ["EXT-15"] => Puzzled(|_| hangs());
    "extension-needs-tracing": "Exits when an event has no tracing.",
        breaks ["EXT-16"] => Reads(|reply| if is_of_type(reply, "INVOKE", |event| event["tracing"].is_null()) { exit(1) });
    "extension-length-only": "Reads replies with Content-Length only.",
        breaks ["EXT-25"] => Reads(|reply| if is_chunked(reply) { reply.body = Some(after_head(reply).into()) });
    "extension-capital-reasons": "Ends on a SHUTDOWN only if its reason is a known one in capitals.",
        breaks ["EXT-11", "EXT-27"] => ShutDown(|_, event| if is_known(event) { goes_on() } else { hangs() });
}

/// Members of events.
const MEMBERS: [&str; 6] = [
    "eventType",
    "deadlineMs",
    "requestId",
    "invokedFunctionArn",
    "tracing",
    "shutdownReason",
];

fn has_unknown_member(reply: &Reply) -> bool {
    let event = reply.body.as_deref().and_then(json_of);
    let members = event.as_ref().and_then(Value::as_object);
    let event = members.filter(|members| members.contains_key("eventType"));
    event.is_some_and(|event| event.keys().any(|name| !MEMBERS.contains(&name.as_str())))
}

fn is_of_type(reply: &Reply, kind: &str, also: fn(&Value) -> bool) -> bool {
    let event = reply.body.as_deref().and_then(json_of);
    event.is_some_and(|event| event["eventType"] == kind && also(&event))
}

fn is_known(event: &Value) -> bool {
    let reason = event["shutdownReason"].as_str().unwrap_or_default();
    ["SPINDOWN", "TIMEOUT", "FAILURE"].contains(&reason)
}
