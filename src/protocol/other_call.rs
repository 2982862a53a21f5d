//! Calls to the APIs next to the Runtime API, and their replies.

use serde::Serialize;

use super::ErrorBody;
use crate::http1::Head;

/// A request to one of these APIs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OtherCall {
    /// The exchange, for a reply that must wait.
    pub exchange: usize,
    /// When it came, in milliseconds since the Unix epoch.
    pub at_unix_ms: u64,
    /// The request line and the headers.
    pub head: Head,
    /// The body.
    pub body: Vec<u8>,
}

/// The reply to such a call.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum OtherRuling {
    /// Nothing, until there is an event for the caller.
    Hold,
    /// A reply.
    Reply(OtherReply),
}

/// A reply of one of these APIs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OtherReply {
    /// The status.
    pub status: u16,
    /// Headers in addition to `Date` and those of the framing, in order.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

const JSON: (&str, &str) = ("Content-Type", "application/json");
const TEXT: (&str, &str) = ("Content-Type", "text/plain; charset=utf-8");

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

    /// Text without a form, as Go labels it.
    pub(super) fn plain(status: u16, text: &str) -> Self {
        Self {
            status,
            headers: vec![own(TEXT)],
            body: text.as_bytes().to_vec(),
        }
    }

    pub(super) fn wrong_method(allow: &str) -> Self {
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
