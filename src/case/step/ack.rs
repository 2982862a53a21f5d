//! How the service answers a POST.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::case::limits::Faults;
use crate::case::shape::{headers_told, listed};
use crate::case::{Framing, Payload, Shape};

/// How the service answers a POST.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ack {
    /// The status; by default that of the state machine.
    #[serde(default)]
    pub status: Option<u16>,
    /// The body; by default the service's own for the status.
    #[serde(default)]
    pub body: Option<Payload>,
    /// Headers instead of the defaults; `null` leaves one out.
    #[serde(default)]
    pub headers: BTreeMap<String, Option<String>>,
    /// Members that the JSON object in the body gets; `null` leaves one out.
    #[serde(default)]
    pub members: BTreeMap<String, Value>,
    /// The reply comes as soon as the body has so many bytes, and not at its end.
    #[serde(default)]
    pub after_bytes: Option<u64>,
    /// How long the reply is held.
    #[serde(default)]
    pub hold_ms: u64,
    /// Its shape on the wire.
    #[serde(default)]
    pub shape: Shape,
}

impl Ack {
    /// The text, without a full stop; `None` if the POST is answered as usual.
    pub(super) fn told(&self) -> Option<String> {
        let mut parts = Vec::new();
        parts.extend(self.status.map(|status| status.to_string()));
        if let Some(body) = &self.body {
            parts.push(format!("the body {}", body.told()));
        }
        parts.extend(self.members.iter().map(|(name, value)| match value {
            Value::Null => format!("no member `{name}`"),
            Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => format!("the member `{name}`"),
        }));
        parts.extend(headers_told(&self.headers));
        parts.extend(self.shape.told());
        parts.extend(
            self.after_bytes
                .map(|bytes| format!("the reply after {bytes} bytes of the body")),
        );
        let held = match self.hold_ms {
            0 => String::new(),
            ms => format!(" after {ms} ms"),
        };
        match (parts.is_empty(), held.is_empty()) {
            (true, true) => None,
            (true, false) => Some(format!("Answers it{held}")),
            (false, _) => Some(format!("Answers it with {}{held}", listed(&parts))),
        }
    }

    /// Whether a registration does not count with this reply.
    pub fn denies(&self) -> bool {
        self.status.is_some_and(|status| status >= 300) || self.shape.cut.is_some()
    }

    /// Whether it gives a conformant runtime a reason to end.
    pub(super) fn provokes_exit(&self) -> bool {
        self.status.is_some_and(|status| status >= 300)
            || self.body.is_some()
            || !self.headers.is_empty()
            || self.shape.ends_connection()
            || self.shape.framing != Framing::Length
            || self.shape.segment.is_some()
    }

    pub(super) fn faults(&self, faults: &mut Faults) {
        if let Some(status) = self.status {
            faults.status("/expect/ack/status", status, self.body.as_ref());
        }
        faults.time("/expect/ack/hold_ms", self.hold_ms);
        for (name, value) in &self.headers {
            faults.header("/expect/ack/headers", name, value.as_deref());
        }
        let body = self.body.as_ref().map_or(0, Payload::len);
        faults.shape("/expect/ack/shape", &self.shape, body);
    }

    pub(super) fn payloads(&self) -> impl Iterator<Item = (&'static str, &Payload)> {
        let payloads = [
            ("/expect/ack/body", self.body.as_ref()),
            ("/expect/ack/shape/raw", self.shape.raw.as_ref()),
        ];
        let payloads = payloads.into_iter();
        payloads.filter_map(|(at, payload)| Some((at, payload?)))
    }
}
