//! The places at which the behaviour of the external extension can be changed. Each method of [`Extending`] is one place, and
//! does the right thing; an extension that does one thing differently overrides one method.

use std::future::ready;
use std::time::Duration;

use hyper::body::Bytes;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::call::{Call, CallError, Later, Reply};
use super::client::Client;
use super::ways::RIGHT;
use crate::protocol::header;

/// Where the Extensions API begins.
const API: &str = "/2020-01-01/extension";

/// The events that it asks for.
pub(crate) const ALL_EVENTS: &str = r#"{"events":["INVOKE","SHUTDOWN"]}"#;

/// The pauses before a call is repeated whose connection ended without a reply (EXT-22).
const AGAIN_AFTER: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(200)];

/// An external extension, as far as it has come.
pub(crate) struct Life {
    pub(crate) client: Client,
    /// The name of its file.
    pub(crate) file: String,
    /// Its identifier, once it has registered.
    pub(crate) identifier: String,
    /// How many events have come.
    pub(crate) events: u32,
}

/// The reply to a poll, or why there is none.
pub(crate) type Polled = Result<Reply, CallError>;

/// Why there is no event.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The service refused the call.
    Refused(StatusCode),
    /// The connection failed.
    Lost(CallError),
    /// The reply cannot be read.
    Unreadable,
}

impl Life {
    /// One that has not called yet.
    pub(crate) fn new(api: &str, file: String) -> Self {
        Self {
            client: Client::new(api, &RIGHT),
            file,
            identifier: String::new(),
            events: 0,
        }
    }

    /// The registration under the name of the file (EXT-02).
    pub(crate) fn registration(&self) -> Call {
        let mut call = self.call(Method::POST, "/register");
        call.body = Some(ALL_EVENTS.into());
        call.replace("Content-Type", "application/json");
        call.replace(header::EXTENSION_NAME, &self.file);
        call
    }

    /// The wait for an event.
    pub(crate) fn poll(&self) -> Call {
        self.call(Method::GET, "/event/next")
    }

    /// A report of a failure (EXT-17, EXT-18).
    pub(crate) fn report(&self, path: &str, error_type: &str, message: &str) -> Call {
        let document =
            json!({ "errorMessage": message, "errorType": error_type, "stackTrace": [] });
        let mut call = self.call(Method::POST, path);
        call.body = Some(document.to_string().into());
        call.replace("Content-Type", "application/json");
        call.replace(header::EXTENSION_ERROR_TYPE, error_type);
        call
    }

    /// A call with the identifier, if there is one (EXT-07).
    pub(crate) fn call(&self, method: Method, path: &str) -> Call {
        let mut call = Call::get("");
        call.method = method;
        call.path = format!("{API}{path}");
        call.body = (call.method != Method::GET).then(Bytes::new);
        if !self.identifier.is_empty() {
            call.add(header::EXTENSION_IDENTIFIER, &self.identifier);
        }
        call
    }
}

fn at_once<'a>() -> Later<'a, ()> {
    Box::pin(ready(()))
}

/// The extension's behaviour at each place.
pub(crate) trait Extending: Sync {
    /// Runs before the registration.
    fn start<'a>(&'a self, _life: &'a mut Life) -> Later<'a, ()> {
        at_once()
    }

    /// Changes a call before it is sent.
    fn request(&self, _call: &mut Call, _life: &Life) {}

    /// Reads a reply first.
    fn read(&self, _reply: &mut Reply) {}

    /// The identifier in the reply to the registration.
    fn identifier(&self, reply: &Reply) -> Option<String> {
        let value = reply.headers.get(header::EXTENSION_IDENTIFIER)?;
        value.to_str().ok().map(str::to_owned)
    }

    /// Runs between the registration and the first poll.
    fn registered<'a>(&'a self, _life: &'a mut Life) -> Later<'a, ()> {
        at_once()
    }

    /// Sends the registration or a poll, without a time limit (EXT-08).
    fn send<'a>(&'a self, client: &'a mut Client, call: &'a Call) -> Later<'a, Polled> {
        Box::pin(client.send(call))
    }

    /// Runs after an invocation has begun, before the next poll.
    fn worked<'a>(&'a self, _life: &'a mut Life, _event: &'a Value) -> Later<'a, ()> {
        at_once()
    }

    /// Runs when an event is of an unknown type.
    fn puzzled<'a>(&'a self, _life: &'a mut Life) -> Later<'a, ()> {
        at_once()
    }

    /// Runs when the environment ends, before the extension does.
    fn shut_down<'a>(&'a self, _life: &'a mut Life, _event: &'a Value) -> Later<'a, ()> {
        at_once()
    }

    /// Runs when its subscription is not accepted.
    fn refused(&self) -> Later<'_, ()> {
        at_once()
    }

    /// The status of the answer to a batch of telemetry (TEL-05).
    fn answer<'a>(&'a self, _batch: &'a str) -> Later<'a, u16> {
        Box::pin(ready(200))
    }

    /// How long to wait before a call is repeated whose connection ended, if it is.
    fn again(&self, tries: usize) -> Option<Duration> {
        AGAIN_AFTER.get(tries).copied()
    }

    /// Runs when the registration or a poll has failed, before the report.
    fn failed<'a>(&'a self, _life: &'a mut Life, _why: &'a Failed) -> Later<'a, ()> {
        at_once()
    }

    /// Runs after the report of a failure.
    fn reported<'a>(&'a self, _life: &'a mut Life) -> Later<'a, ()> {
        at_once()
    }

    /// The exit code.
    fn exit_code(&self, code: u8) -> u8 {
        code
    }
}
