//! The body of a registration.

use serde_json::{Map, Value};

use crate::protocol::Mode;

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

/// Who registers, and where.
#[derive(Clone, Copy)]
pub(super) struct Asker {
    pub(super) is_internal: bool,
    pub(super) mode: Mode,
}

/// The events in the body of a registration. An internal extension ends at a shutdown, so it gets no event for it. On Managed
/// Instances there are no events for invocations, so an internal one gets none at all.
pub(super) fn wishes(body: &[u8], asker: Asker) -> Result<Vec<Wish>, Unfit> {
    let named = named(body).map_err(Unfit::Format)?;
    let (is_internal, is_concurrent) = (asker.is_internal, asker.mode.is_concurrent());
    if is_internal && is_concurrent && !named.is_empty() {
        let fault = "No events allowed for internal extensions";
        return Err(Unfit::Event(fault.to_owned()));
    }
    let wish = |event: &String| {
        let fault = match event.as_str() {
            "INVOKE" if !is_concurrent => return Ok(Wish::Invoke),
            "SHUTDOWN" if is_internal => "ShutdownEventNotSupportedForInternalExtension",
            "SHUTDOWN" => return Ok(Wish::Shutdown),
            _ => "ErrorInvalidEventType",
        };
        Err(Unfit::Event(format!("{event}: {fault}")))
    };
    named.iter().map(wish).collect()
}

/// The names of the events; `Err` says what is wrong with the body, in Go's words.
fn named(body: &[u8]) -> Result<Vec<String>, String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| no_json(body, &error))?;
    let members = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Object(members) => members,
        other => {
            let known = r#"struct { handler.RegisterRequest; ConfigurationKeys []string "json:\"configurationKeys\"" }"#;
            let kind = kind(&other);
            return Err(format!(
                "json: cannot unmarshal {kind} into Go value of type {known}"
            ));
        }
    };
    let events = texts(
        &members,
        ("events", ".RegisterRequest.events", "core.Event"),
    )?;
    let keys = ("configurationKeys", ".configurationKeys", "string");
    match texts(&members, keys)?.is_empty() {
        true => Ok(events),
        false => {
            Err("configurationKeys are deprecated; use environment variables instead".to_owned())
        }
    }
}

/// A list of texts, by the name of the member and by Go's names of the field and of its type. Go's reader does not look at the
/// case of names, and takes null for an empty value.
fn texts(
    members: &Map<String, Value>,
    (name, field, of_type): (&str, &str, &str),
) -> Result<Vec<String>, String> {
    let wrong = |value: &Value, of_type: &str| {
        let kind = kind(value);
        format!("json: cannot unmarshal {kind} into Go struct field {field} of type {of_type}")
    };
    let mut members = members.iter();
    let found = members.find(|(known, _)| known.eq_ignore_ascii_case(name));
    let items = match found.map(|(_, value)| value) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(other) => return Err(wrong(other, &format!("[]{of_type}"))),
    };
    let text = |item: &Value| match item {
        Value::String(text) => Ok(text.clone()),
        Value::Null => Ok(String::new()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(wrong(item, of_type))
        }
    };
    items.iter().map(text).collect()
}

/// Go's word for the kind of a value.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
