//! The events for extensions, in their form on the wire.

use serde::Serialize;

use crate::protocol::header;
use crate::protocol::other_call::OtherReply;

/// The parts of an invocation that extensions get.
#[derive(Clone, Copy, Debug)]
pub struct Invoke<'a> {
    /// The request id.
    pub request_id: &'a str,
    /// When it times out, in milliseconds since the Unix epoch.
    pub deadline_ms: i64,
    /// The ARN as invoked.
    pub function_arn: &'a str,
    /// The X-Ray tracing header, if it has one.
    pub trace_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InvokeDocument<'a> {
    event_type: &'static str,
    deadline_ms: i64,
    request_id: &'a str,
    invoked_function_arn: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracing: Option<Tracing<'a>>,
}

#[derive(Serialize)]
struct Tracing<'a> {
    r#type: &'static str,
    value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShutdownDocument {
    event_type: &'static str,
    deadline_ms: u64,
    shutdown_reason: &'static str,
}

impl Invoke<'_> {
    /// The event, with an identifier of its own.
    pub(super) fn reply(&self, identifier: String) -> OtherReply {
        let document = InvokeDocument {
            event_type: "INVOKE",
            deadline_ms: self.deadline_ms,
            request_id: self.request_id,
            invoked_function_arn: self.function_arn,
            tracing: self.trace_id.map(|value| Tracing {
                r#type: "X-Amzn-Trace-Id",
                value,
            }),
        };
        let headers = [
            ("Content-Type", "application/json".to_owned()),
            (header::EXTENSION_EVENT_IDENTIFIER, identifier),
        ];
        event(headers.to_vec(), &document)
    }
}

/// The end of the environment. It has no identifier, and the service does not label it as JSON.
pub(super) fn shutdown(shutdown_reason: &'static str, deadline_ms: u64) -> OtherReply {
    let document = ShutdownDocument {
        event_type: "SHUTDOWN",
        deadline_ms,
        shutdown_reason,
    };
    let text = ("Content-Type", "text/plain; charset=utf-8".to_owned());
    event(vec![text], &document)
}

fn event(headers: Vec<(&'static str, String)>, document: &impl Serialize) -> OtherReply {
    OtherReply {
        status: 200,
        headers,
        body: serde_json::to_vec(document).expect("texts always serialise"),
    }
}
