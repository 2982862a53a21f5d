//! The APIs that an environment offers next to the Runtime API: their paths, and what a call to one of them gets.

use serde::Serialize;

use super::extension::Extensions;
use super::{ErrorBody, Function, metadata};

/// A path of one of these APIs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OtherApi {
    /// POST `/2020-01-01/extension/register`
    Register,
    /// GET `/2020-01-01/extension/event/next`
    EventNext,
    /// POST `/2020-01-01/extension/init/error`
    ExtensionInitError,
    /// POST `/2020-01-01/extension/exit/error`
    ExtensionExitError,
    /// PUT `/2022-07-01/telemetry`
    Telemetry,
    /// PUT `/2020-08-15/logs`
    Logs,
    /// GET `/2026-01-15/metadata/execution-environment`
    Metadata,
    /// Below a path of these APIs, and none of theirs.
    Nowhere,
}

/// A request to one of these APIs, as far as they look at it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OtherCall {
    /// The method.
    pub method: String,
    /// `Lambda-Extension-Name`
    pub name: Option<String>,
    /// `Lambda-Extension-Identifier`
    pub identifier: Option<String>,
    /// `Lambda-Extension-Accept-Feature`
    pub features: Option<String>,
    /// `Lambda-Extension-Function-Error-Type`
    pub error_type: Option<String>,
    /// `Authorization`
    pub authorization: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// What such a call gets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum OtherRuling {
    /// Nothing, for as long as the environment lives.
    Hold,
    /// A reply.
    Reply(OtherReply),
}

/// A reply of one of these APIs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OtherReply {
    /// The status.
    pub status: u16,
    /// Headers beyond `Date` and those of the framing, in order.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Whether an environment offers the APIs for extensions.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ForExtensions {
    /// As Lambda does.
    #[default]
    Offered,
    /// Not at all, as some emulators do it: each call gets 404.
    Missing,
}

/// What is known to all of these APIs of one environment.
#[derive(Debug)]
pub struct OtherApis {
    extensions: Extensions,
    for_extensions: ForExtensions,
}

const JSON: (&str, &str) = ("Content-Type", "application/json");
const TEXT: (&str, &str) = ("Content-Type", "text/plain; charset=utf-8");

impl OtherApi {
    /// The API that a path belongs to, if it is one of these.
    pub(super) fn at(path: &str) -> Option<Self> {
        let version = path.strip_prefix('/')?.split('/').next()?;
        Some(match path {
            "/2020-01-01/extension/register" => Self::Register,
            "/2020-01-01/extension/event/next" => Self::EventNext,
            "/2020-01-01/extension/init/error" => Self::ExtensionInitError,
            "/2020-01-01/extension/exit/error" => Self::ExtensionExitError,
            "/2022-07-01/telemetry" => Self::Telemetry,
            "/2020-08-15/logs" => Self::Logs,
            metadata::PATH => Self::Metadata,
            _ if VERSIONS.contains(&version) => Self::Nowhere,
            _ => return None,
        })
    }

    /// The one method that it takes.
    fn method(self) -> &'static str {
        match self {
            Self::EventNext | Self::Metadata | Self::Nowhere => "GET",
            Self::Register | Self::ExtensionInitError | Self::ExtensionExitError => "POST",
            Self::Telemetry | Self::Logs => "PUT",
        }
    }
}

/// The first parts of their paths.
const VERSIONS: [&str; 4] = ["2020-01-01", "2020-08-15", "2022-07-01", "2026-01-15"];

impl OtherApis {
    /// Those of a fresh environment.
    pub fn new(function: Function, for_extensions: ForExtensions) -> Self {
        Self {
            extensions: Extensions::new(function),
            for_extensions,
        }
    }

    /// The runtime asks for its first event: nobody can register any more.
    pub fn close_registration(&mut self) {
        self.extensions.close();
    }

    /// Answers a call.
    pub fn answer(&mut self, api: OtherApi, call: &OtherCall) -> OtherRuling {
        if api == OtherApi::Metadata {
            return metadata::answer(call).into();
        }
        if api == OtherApi::Nowhere || self.for_extensions == ForExtensions::Missing {
            return OtherReply::text(404, "404 page not found\n").into();
        }
        if call.method != api.method() {
            return OtherReply::wrong_method(api.method()).into();
        }
        match api {
            OtherApi::Register => self.extensions.register(call).into(),
            OtherApi::EventNext => self.extensions.event_next(call),
            OtherApi::ExtensionInitError => self.extensions.init_error(call).into(),
            OtherApi::ExtensionExitError => self.extensions.exit_error(call).into(),
            OtherApi::Telemetry => unsupported("Telemetry").into(),
            OtherApi::Logs => unsupported("Logs").into(),
            OtherApi::Metadata | OtherApi::Nowhere => unreachable!("answered above"),
        }
    }
}

/// Subscriptions are taken, and nothing is ever sent: the words are those of AWS's emulator.
fn unsupported(name: &str) -> OtherReply {
    let error = ErrorBody::new(
        &format!("{name}.NotSupported"),
        format!("{name} API is not supported"),
    );
    OtherReply::error(202, &error)
}

impl OtherReply {
    /// A value as one line of JSON.
    pub(super) fn json(status: u16, value: &impl Serialize) -> Self {
        let mut body = serde_json::to_vec(value).expect("texts always serialise");
        body.push(b'\n');
        let headers = vec![own(JSON)];
        Self {
            status,
            headers,
            body,
        }
    }

    pub(super) fn error(status: u16, error: &ErrorBody) -> Self {
        Self::json(status, error)
    }

    /// What Go's `http.Error` writes.
    pub(super) fn text(status: u16, text: &str) -> Self {
        Self {
            status,
            headers: vec![own(TEXT), own(("X-Content-Type-Options", "nosniff"))],
            body: text.as_bytes().to_vec(),
        }
    }

    fn wrong_method(allow: &str) -> Self {
        Self {
            status: 405,
            headers: vec![own(("Allow", allow))],
            body: Vec::new(),
        }
    }
}

impl From<OtherReply> for OtherRuling {
    fn from(reply: OtherReply) -> Self {
        Self::Reply(reply)
    }
}

fn own((name, value): (&'static str, &str)) -> (&'static str, String) {
    (name, value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Route;

    fn apis(for_extensions: ForExtensions) -> OtherApis {
        OtherApis::new(Function::of_tests(), for_extensions)
    }

    fn status(apis: &mut OtherApis, line: &str) -> u16 {
        let (method, target) = line.split_once(' ').expect("a method and a target");
        let Route::Other(api) = Route::of(method, target) else {
            panic!("{line} is of another API");
        };
        let call = OtherCall {
            method: method.to_owned(),
            ..OtherCall::default()
        };
        match apis.answer(api, &call) {
            OtherRuling::Reply(reply) => reply.status,
            OtherRuling::Hold => 0,
        }
    }

    #[test]
    fn each_path_takes_its_method() {
        let mut apis = apis(ForExtensions::Offered);
        for (line, expect) in [
            ("POST /2020-01-01/extension/register", 403),
            ("GET /2020-01-01/extension/register", 405),
            ("GET /2020-01-01/extension/event/next", 403),
            ("POST /2020-01-01/extension/init/error", 403),
            ("POST /2020-01-01/extension/exit/error?a=b", 403),
            ("PUT /2022-07-01/telemetry", 202),
            ("POST /2022-07-01/telemetry", 405),
            ("PUT /2020-08-15/logs", 202),
            ("GET /2026-01-15/metadata/execution-environment", 401),
            ("GET /2020-01-01/extension/other", 404),
        ] {
            assert_eq!(status(&mut apis, line), expect, "{line}");
        }
    }

    #[test]
    fn without_the_apis_for_extensions_the_metadata_are_there_all_the_same() {
        let mut apis = apis(ForExtensions::Missing);
        for (line, expect) in [
            ("POST /2020-01-01/extension/register", 404),
            ("PUT /2022-07-01/telemetry", 404),
            ("GET /2026-01-15/metadata/execution-environment", 401),
        ] {
            assert_eq!(status(&mut apis, line), expect, "{line}");
        }
    }
}
