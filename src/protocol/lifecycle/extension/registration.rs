//! The body of a registration.

use serde_json::Value;

use crate::protocol::lifecycle::go::no_json;

/// The events of an extension.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wish {
    Invoke,
    Shutdown,
}

impl Wish {
    /// The name of the event.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Invoke => "INVOKE",
            Self::Shutdown => "SHUTDOWN",
        }
    }
}

/// Why a registration is refused.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Unfit {
    /// The body cannot be read.
    Format(String),
    /// It asks for an event that it cannot get.
    Event(String),
}

/// The events in the body of a registration. An internal extension ends at a shutdown, so it gets no event for it.
pub(super) fn wishes(body: &[u8], is_internal: bool) -> Result<Vec<Wish>, Unfit> {
    let named = named(body).map_err(Unfit::Format)?;
    let wish = |event: &String| {
        let fault = match event.as_str() {
            "INVOKE" => return Ok(Wish::Invoke),
            "SHUTDOWN" if is_internal => "ShutdownEventNotSupportedForInternalExtension",
            "SHUTDOWN" => return Ok(Wish::Shutdown),
            _ => "ErrorInvalidEventType",
        };
        Err(Unfit::Event(format!("{event}: {fault}")))
    };
    named.iter().map(wish).collect()
}

/// The names of the events; `Err` says what is wrong with the body.
fn named(body: &[u8]) -> Result<Vec<String>, String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| no_json(body, &error))?;
    let wrong = |what: &str| format!("json: cannot unmarshal {what} into Go value");
    let members = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Object(members) => members,
        _ => return Err(wrong("the body")),
    };
    let keys = members.get("configurationKeys").and_then(Value::as_array);
    if keys.is_some_and(|keys| !keys.is_empty()) {
        let fault = "configurationKeys are deprecated; use environment variables instead";
        return Err(fault.to_owned());
    }
    match members.get("events") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(events)) => events
            .iter()
            .map(|event| event.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(|| wrong("an event")),
        Some(_) => Err(wrong("events")),
    }
}
