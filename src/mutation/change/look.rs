//! Conditions of changes, and functions that changes use.

use hyper::Method;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::reference::RIGHT;
use crate::reference::client::{Call, Client, Reply};
use crate::reference::invocation::Invocation;
use crate::reference::settings::Settings;

/// The JSON value, if it is JSON.
pub(in super::super) fn json_of(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok()
}

/// Whether a call is a poll.
pub(in super::super) fn is_poll(call: &Call) -> bool {
    call.method == Method::GET
}

/// Whether a call answers an invocation.
pub(in super::super) fn is_answer(call: &Call) -> bool {
    let of_start = ["/init/error", "/restore/error"];
    !is_poll(call) && !of_start.iter().any(|end| call.path.ends_with(end))
}

/// Whether a call is a response.
pub(in super::super) fn is_response(call: &Call) -> bool {
    call.path.ends_with("/response")
}

/// Whether a reply came in chunks.
pub(in super::super) fn is_chunked(reply: &Reply) -> bool {
    reply.headers.contains_key("transfer-encoding")
}

/// The head of a reply, byte for byte.
pub(in super::super) fn head_of(reply: &Reply) -> String {
    let text = String::from_utf8_lossy(&reply.raw).into_owned();
    text.split_once("\r\n\r\n")
        .map_or(text.clone(), |(head, _)| head.to_owned())
}

/// The bytes after the head of a reply, as far as they were kept.
pub(in super::super) fn after_head(reply: &Reply) -> String {
    let text = String::from_utf8_lossy(&reply.raw);
    text.split_once("\r\n\r\n")
        .map_or_else(String::new, |(_, rest)| rest.to_owned())
}

/// A text with question marks for non-ASCII letters.
pub(in super::super) fn ascii(text: &str) -> String {
    let plain = |letter: char| if letter.is_ascii() { letter } else { '?' };
    text.chars().map(plain).collect()
}

/// The first request id of this process.
pub(in super::super) fn first_id(id: &str) -> String {
    static FIRST: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    FIRST.get_or_init(|| id.to_owned()).clone()
}

/// A client that does everything right.
pub(in super::super) fn own_client(settings: &Settings) -> Client {
    Client::new(settings.api.as_deref().unwrap_or_default(), &RIGHT)
}

/// Calls the service without a purpose.
pub(in super::super) fn ping() -> Call {
    let mut ping = Call::get("");
    ping.path = format!("/{}/ping", crate::protocol::API_VERSION);
    ping
}

/// JSON text, unchanged.
pub(in super::super) fn raw(text: Option<String>) -> Option<Box<RawValue>> {
    text.and_then(|text| RawValue::from_string(text).ok())
}

/// The deadline of an invocation, in milliseconds since 1970.
pub(in super::super) fn deadline(invocation: &Invocation) -> Option<i64> {
    invocation.deadline_ms.as_ref()?.parse().ok()
}

/// A value with each part changed, the innermost first.
pub(in super::super) fn parts(value: Value, change: impl Copy + Fn(Value) -> Value) -> Value {
    change(match value {
        Value::Array(items) => {
            let items = items.into_iter();
            items.map(|item| parts(item, change)).collect()
        }
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (name, parts(value, change)))
            .collect(),
        other => other,
    })
}
