//! The Extensions API for internal extensions: their registration, and the replies to their calls.
//!
//! They never get an event: their polls stay open until the environment ends. An internal extension cannot register for
//! SHUTDOWN, and for one that registers for INVOKE nothing waits.

use serde_json::{Map, Value, json};

use super::other_api::{OtherCall, OtherReply, OtherRuling};
use super::{ErrorBody, Function, header};

/// How many may register.
const EXTENSIONS_MAX: usize = 10;

/// States, with the names in the service's error texts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Registered,
    /// It waits for an event.
    Ready,
    InitError,
    ExitError,
}

#[derive(Debug)]
struct Extension {
    name: String,
    identifier: String,
    state: State,
}

/// The extensions of one environment.
#[derive(Debug)]
pub(super) struct Extensions {
    function: Function,
    registered: Vec<Extension>,
    closed: bool,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Registered => "Registered",
            Self::Ready => "Ready",
            Self::InitError => "InitError",
            Self::ExitError => "ExitError",
        }
    }

    /// Whether the service allows an extension this transition.
    fn may_become(self, next: Self) -> bool {
        match next {
            Self::Registered => false,
            Self::Ready => self == Self::Registered,
            Self::InitError => matches!(self, Self::Registered | Self::InitError),
            Self::ExitError => self != Self::InitError,
        }
    }
}

impl Extension {
    fn transit(&mut self, next: State) -> Result<(), OtherReply> {
        if !self.state.may_become(next) {
            let message = format!(
                "State transition from {} to {} failed for extension {}. Error: State transition is not allowed",
                self.state.name(),
                next.name(),
                self.identifier
            );
            return Err(refusal("Extension.InvalidExtensionState", message));
        }
        self.state = next;
        Ok(())
    }
}

impl Extensions {
    pub(super) fn new(function: Function) -> Self {
        Self {
            function,
            registered: Vec::new(),
            closed: false,
        }
    }

    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// POST `register`: checks the name, then the body, then the environment.
    pub(super) fn register(&mut self, call: &OtherCall) -> OtherReply {
        self.try_register(call)
            .unwrap_or_else(std::convert::identity)
    }

    fn try_register(&mut self, call: &OtherCall) -> Result<OtherReply, OtherReply> {
        let name = given(call.name.as_ref())
            .ok_or_else(|| refusal("Extension.InvalidExtensionName", "Empty extension name"))?;
        let events = events(&call.body).map_err(|fault| refusal("InvalidRequestFormat", fault))?;
        for event in &events {
            let fault = match event.as_str() {
                "INVOKE" => continue,
                "SHUTDOWN" => "ShutdownEventNotSupportedForInternalExtension",
                _ => "ErrorInvalidEventType",
            };
            let message = format!("{event}: {fault}");
            return Err(refusal("Extension.InvalidEventType", message));
        }
        if self.closed {
            let message = "Extension registration closed already";
            return Err(refusal("Extension.RegistrationClosed", message));
        }
        if self.registered.len() >= EXTENSIONS_MAX {
            let message = format!("Extension limit ({EXTENSIONS_MAX}) reached");
            return Err(refusal("Extension.TooManyExtensions", message));
        }
        if self.registered.iter().any(|known| known.name == *name) {
            let message = "Extension with this name already registered";
            return Err(refusal("Extension.InvalidExtensionState", message));
        }
        let identifier = identifier(self.registered.len());
        self.registered.push(Extension {
            name: name.to_owned(),
            identifier: identifier.clone(),
            state: State::Registered,
        });
        let mut reply = OtherReply::json(200, &self.function_document(call));
        reply
            .headers
            .push((header::EXTENSION_IDENTIFIER, identifier));
        Ok(reply)
    }

    fn function_document(&self, call: &OtherCall) -> Value {
        let mut document = Map::new();
        let features = call.features.as_deref().unwrap_or_default();
        if features
            .split(',')
            .any(|feature| feature.trim() == "accountId")
        {
            document.insert("accountId".to_owned(), json!(self.function.account));
        }
        for (member, value) in [
            ("functionName", &self.function.name),
            ("functionVersion", &self.function.version),
            ("handler", &self.function.handler),
        ] {
            document.insert(member.to_owned(), json!(value));
        }
        Value::Object(document)
    }

    /// GET `event/next`
    pub(super) fn event_next(&mut self, call: &OtherCall) -> OtherRuling {
        let unknown = |identifier: &str| format!("Unknown extension {identifier}");
        let ready = self
            .find(call, unknown)
            .and_then(|extension| extension.transit(State::Ready));
        match ready {
            Ok(()) => OtherRuling::Hold,
            Err(refusal) => refusal.into(),
        }
    }

    /// POST `init/error`
    pub(super) fn init_error(&mut self, call: &OtherCall) -> OtherReply {
        self.fail(call, State::InitError)
            .unwrap_or_else(std::convert::identity)
    }

    /// POST `exit/error`
    pub(super) fn exit_error(&mut self, call: &OtherCall) -> OtherReply {
        self.fail(call, State::ExitError)
            .unwrap_or_else(std::convert::identity)
    }

    /// The identifier is checked before the error type, and the error type before the extension.
    fn fail(&mut self, call: &OtherCall, next: State) -> Result<OtherReply, OtherReply> {
        identified(call)?;
        if given(call.error_type.as_ref()).is_none() {
            let message = format!("{} not found", header::EXTENSION_ERROR_TYPE);
            return Err(refusal("Extension.MissingHeader", message));
        }
        let unknown = |_: &str| format!("Unknown {}", header::EXTENSION_IDENTIFIER);
        self.find(call, unknown)?.transit(next)?;
        Ok(OtherReply::json(202, &json!({ "status": "OK" })))
    }

    fn find(
        &mut self,
        call: &OtherCall,
        unknown: impl Fn(&str) -> String,
    ) -> Result<&mut Extension, OtherReply> {
        let identifier = identified(call)?;
        let mut registered = self.registered.iter_mut();
        let found = registered.find(|known| known.identifier == identifier);
        let type_name = "Extension.UnknownExtensionIdentifier";
        found.ok_or_else(|| refusal(type_name, unknown(&identifier)))
    }
}

fn refusal(error_type: &str, message: impl Into<String>) -> OtherReply {
    OtherReply::error(403, &ErrorBody::new(error_type, message))
}

/// A header; an empty one counts as absent.
fn given(value: Option<&String>) -> Option<&String> {
    value.filter(|value| !value.is_empty())
}

/// The identifier in a call, as a UUID in lower case.
fn identified(call: &OtherCall) -> Result<String, OtherReply> {
    let Some(identifier) = given(call.identifier.as_ref()) else {
        let message = "Missing Lambda-Extension-Identifier header";
        return Err(refusal("Extension.MissingExtensionIdentifier", message));
    };
    let message = "Invalid Lambda-Extension-Identifier";
    uuid(identifier).ok_or_else(|| refusal("Extension.InvalidExtensionIdentifier", message))
}

/// A UUID in its usual form.
fn uuid(text: &str) -> Option<String> {
    let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let fits = |(at, byte): (usize, u8)| match dash(at) {
        true => byte == b'-',
        false => byte.is_ascii_hexdigit(),
    };
    let right = text.len() == 36 && text.bytes().enumerate().all(fits);
    right.then(|| text.to_ascii_lowercase())
}

/// The identifier of an extension, by the order of their registration.
fn identifier(index: usize) -> String {
    format!("e7e45101-0000-4000-a000-{index:012x}")
}

/// The events in the body of a registration; `Err` says what is wrong with it.
fn events(body: &[u8]) -> Result<Vec<String>, String> {
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

/// Go's message for a body that is not JSON, for the two ways in which bodies are wrong.
fn no_json(body: &[u8], error: &serde_json::Error) -> String {
    let text = String::from_utf8_lossy(body);
    match text.trim_start().chars().next() {
        Some(first) if !error.is_eof() => {
            format!("invalid character '{first}' looking for beginning of value")
        }
        _ => "unexpected end of JSON input".to_owned(),
    }
}

#[cfg(test)]
mod tests;
