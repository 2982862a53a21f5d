//! Replies, as the script decides them.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::case::{Ack, Close, Framing, Names, Refuse, Shape};
use crate::protocol::{ErrorBody, OtherReply};

/// A reply: its content, and how the case distorts it on the wire.
#[derive(Clone, Debug, Default)]
pub struct Outgoing {
    /// The status.
    pub status: u16,
    /// Headers in addition to `Date` and those of the framing, in order.
    pub headers: Vec<(String, String)>,
    /// The body, which is shared: an event may have mebibytes.
    pub body: Bytes,
    /// Its shape on the wire.
    pub shape: Shape,
}

impl From<OtherReply> for Outgoing {
    fn from(reply: OtherReply) -> Self {
        let headers = reply.headers.into_iter();
        Self {
            status: reply.status,
            headers: headers
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            body: reply.body.into(),
            ..Self::default()
        }
    }
}

const JSON: (&str, &str) = ("Content-Type", "application/json");
const TEXT: (&str, &str) = ("Content-Type", "text/plain; charset=utf-8");

impl Outgoing {
    /// The value of the first header of this name, in any case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn json(status: u16, body: Vec<u8>) -> Self {
        Self {
            status,
            headers: vec![own(JSON)],
            body: body.into(),
            ..Self::default()
        }
    }

    /// 202 `{"status":"OK"}`, the answer to a POST that was accepted.
    pub fn accepted() -> Self {
        Self::json(202, b"{\"status\":\"OK\"}\n".to_vec())
    }

    /// An error document.
    pub fn error(status: u16, error: &ErrorBody) -> Self {
        Self::json(status, error.render())
    }

    /// 404, as for any unknown path.
    pub fn not_found() -> Self {
        let headers = vec![own(TEXT), own(("X-Content-Type-Options", "nosniff"))];
        Self {
            status: 404,
            headers,
            body: Bytes::from_static(b"404 page not found\n"),
            ..Self::default()
        }
    }

    /// 405, as for a known path with another method.
    pub fn wrong_method(allow: &str) -> Self {
        Self {
            status: 405,
            headers: vec![own(("Allow", allow))],
            ..Self::default()
        }
    }

    /// 431, as for a head above [`crate::protocol::HEAD_BYTES_MAX`]; the connection is closed after it.
    pub fn head_too_large() -> Self {
        Self {
            status: 431,
            headers: vec![own(TEXT)],
            body: Bytes::from_static(b"431 Request Header Fields Too Large"),
            shape: Shape {
                close: Close::Announced,
                ..Shape::default()
            },
        }
    }

    /// 200 `pong`.
    pub fn pong() -> Self {
        Self {
            status: 200,
            headers: vec![own(TEXT)],
            body: Bytes::from_static(b"pong"),
            ..Self::default()
        }
    }

    /// An empty 200, for a call that waited until the environment was restored.
    pub fn restored(close: Close) -> Self {
        Self {
            status: 200,
            shape: Shape {
                close,
                ..Shape::default()
            },
            ..Self::default()
        }
    }

    /// An event with its headers.
    pub fn event(headers: Vec<(String, String)>, body: Bytes, shape: Shape) -> Self {
        Self {
            status: 200,
            headers,
            body,
            shape,
        }
    }

    /// A reply to a poll that is not an event.
    pub fn refusal(refuse: &Refuse) -> Self {
        let mut reply = match &refuse.body {
            None => Self::error(refuse.status, &ErrorBody::of_status(refuse.status)),
            Some(payload) => Self::json(refuse.status, payload.bytes().unwrap_or_default()),
        };
        let headers = refuse
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), Some(value.clone())))
            .collect();
        override_headers(&mut reply.headers, &headers);
        reply.shape = refuse.shape.clone();
        reply
    }

    /// This reply in the shape that the case asks for.
    pub fn overridden(self, ack: &Ack) -> Self {
        let mut reply = match ack.status {
            None => self,
            Some(202) => Self::accepted(),
            Some(status) => Self::error(status, &ErrorBody::of_status(status)),
        };
        if let Some(payload) = &ack.body {
            reply.body = payload.bytes().unwrap_or_default().into();
        }
        if !ack.members.is_empty() {
            reply.body = with_members(&reply.body, &ack.members);
        }
        override_headers(&mut reply.headers, &ack.headers);
        reply.shape = ack.shape.clone();
        reply
    }

    /// How the case distorts it, in words; `None` for an ordinary reply.
    pub fn distortion(&self) -> Option<String> {
        let shape = &self.shape;
        let mut words = Vec::new();
        match shape.names {
            Names::Canonical => {}
            Names::Lower => words.push("header names in lower case".to_owned()),
            Names::Upper => words.push("header names in upper case".to_owned()),
        }
        if let Framing::Chunked(sizes) = &shape.framing {
            words.push(format!("body chunked in sizes {sizes:?}"));
        }
        if let Some(segment) = shape.segment {
            words.push(format!(
                "in segments of {} bytes, {} ms apart",
                segment.bytes, segment.delay_ms
            ));
        }
        if let Some(cut) = shape.cut {
            words.push(format!("cut off: {cut:?}"));
        }
        if shape.http_1_0 {
            words.push("HTTP/1.0".to_owned());
        }
        if shape.raw.is_some() {
            words.push("raw bytes instead of the reply".to_owned());
        }
        if shape.close != Close::Never {
            words.push(format!("connection closed after it ({:?})", shape.close).to_lowercase());
        }
        (!words.is_empty()).then(|| words.join(", "))
    }
}

/// A JSON object with other members; `null` leaves one out.
fn with_members(body: &Bytes, members: &BTreeMap<String, Value>) -> Bytes {
    let mut object: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    for (name, value) in members {
        match value.is_null() {
            true => drop(object.remove(name)),
            false => drop(object.insert(name.clone(), value.clone())),
        }
    }
    Value::Object(object).to_string().into()
}

/// Replaces headers with the same name, in upper or lower case; `None` removes one.
pub(super) fn override_headers(
    headers: &mut Vec<(String, String)>,
    with: &BTreeMap<String, Option<String>>,
) {
    for (name, value) in with {
        let at = headers
            .iter()
            .position(|(known, _)| known.eq_ignore_ascii_case(name));
        match (at, value) {
            (Some(at), Some(value)) => {
                if let Some(header) = headers.get_mut(at) {
                    *header = (name.clone(), value.clone());
                }
            }
            (Some(at), None) => {
                headers.remove(at);
            }
            (None, Some(value)) => headers.push((name.clone(), value.clone())),
            (None, None) => {}
        }
    }
}

pub(super) fn own((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
