//! One invocation as it was delivered, and the context that the function sees of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use hyper::body::Bytes;
use hyper::header::HeaderMap;
use serde_json::value::RawValue;

use super::failure::Failure;
use super::settings::{Settings, TRACE_VARIABLE};
use super::working::Working;
use crate::protocol::header;

/// An event with its headers.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    /// The request id, byte for byte.
    pub(crate) id: Vec<u8>,
    /// The id of this attempt, byte for byte, if the service gave one.
    pub(crate) invocation_id: Option<Vec<u8>>,
    pub(crate) deadline_ms: Option<String>,
    pub(crate) function_arn: Option<String>,
    pub(crate) trace_id: Option<String>,
    pub(crate) client_context: Option<String>,
    pub(crate) identity: Option<String>,
    pub(crate) tenant_id: Option<String>,
    pub(crate) event: Bytes,
    /// Whether it came in chunks.
    pub(crate) chunked: bool,
}

/// The context of an invocation.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) request_id: String,
    pub(crate) deadline_ms: Option<i64>,
    pub(crate) function_arn: Option<String>,
    pub(crate) client_context: Option<Box<RawValue>>,
    pub(crate) identity: Option<Box<RawValue>>,
    pub(crate) tenant_id: Option<String>,
    /// `_X_AMZN_TRACE_ID` is here and not in the process, because the environment of a process cannot be changed safely.
    pub(crate) trace_id: Option<String>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) ways: &'static dyn Working,
}

impl Invocation {
    /// Reads an event; without a request id it is not one. An empty header counts as absent.
    pub(crate) fn read(headers: &HeaderMap, event: Bytes) -> Option<Self> {
        let bytes = |name: &str| {
            let value = headers.get(name)?.as_bytes();
            (!value.is_empty()).then(|| value.to_vec())
        };
        let text = |name: &str| bytes(name).map(decode);
        Some(Self {
            id: bytes(header::REQUEST_ID)?,
            invocation_id: bytes(header::INVOCATION_ID),
            deadline_ms: text(header::DEADLINE_MS),
            function_arn: text(header::FUNCTION_ARN),
            trace_id: text(header::TRACE_ID),
            client_context: text(header::CLIENT_CONTEXT),
            identity: text(header::COGNITO_IDENTITY),
            tenant_id: text(header::TENANT_ID),
            event,
            chunked: headers.contains_key("transfer-encoding"),
        })
    }

    /// The request id, for people to read.
    pub(crate) fn id_text(&self) -> String {
        String::from_utf8_lossy(&self.id).into_owned()
    }

    /// The path of an answer: the id as one segment (RESP-19).
    pub(crate) fn path(&self, verb: &str) -> String {
        format!("/invocation/{}/{verb}", segment(&self.id))
    }
}

impl Context {
    /// The context of an invocation; a header that is not JSON but should be is a failure of this invocation (CTX-08).
    pub(crate) fn of(
        invocation: &Invocation,
        settings: &Arc<Settings>,
        ways: &'static dyn Working,
    ) -> Result<Self, Failure> {
        let object = |text: &Option<String>, name: &str| match text {
            None => Ok(None),
            Some(text) => object(text).map(Some).ok_or_else(|| {
                Failure::of_runtime("InvalidContext", format!("{name} is not a JSON object"))
            }),
        };
        Ok(Self {
            request_id: invocation.id_text(),
            deadline_ms: deadline(invocation.deadline_ms.as_deref()),
            function_arn: invocation.function_arn.clone(),
            client_context: object(&invocation.client_context, header::CLIENT_CONTEXT)?,
            identity: object(&invocation.identity, header::COGNITO_IDENTITY)?,
            tenant_id: invocation.tenant_id.clone(),
            trace_id: invocation.trace_id.clone(),
            settings: Arc::clone(settings),
            ways,
        })
    }

    /// The time left, by the wall clock, now; negative after the deadline.
    pub(crate) fn remaining_ms(&self) -> Option<i64> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        let now_ms = i64::try_from(now.as_millis()).ok()?;
        self.deadline_ms?.checked_sub(now_ms)
    }

    /// A variable as the function sees it.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        if name == TRACE_VARIABLE {
            return self.ways.trace(self.trace_id.as_deref());
        }
        self.settings.variables.get(name).map(String::as_str)
    }
}

fn deadline(text: Option<&str>) -> Option<i64> {
    text?.trim().parse().ok()
}

/// JSON text of an object, unchanged.
pub(crate) fn object(text: &str) -> Option<Box<RawValue>> {
    let members: Result<BTreeMap<String, &RawValue>, _> = serde_json::from_str(text);
    members.ok()?;
    RawValue::from_string(text.to_owned()).ok()
}

/// The text of a header value: UTF-8, otherwise Latin-1, which can read any bytes.
fn decode(value: Vec<u8>) -> String {
    String::from_utf8(value)
        .unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect())
}

/// Bytes as a path segment: characters that RFC 3986 allows stay, the rest is escaped.
fn segment(bytes: &[u8]) -> String {
    use std::fmt::Write;

    let mut out = String::with_capacity(bytes.len());
    for &byte in bytes {
        let plain = byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte);
        if plain {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::percent_decode;

    #[test]
    fn an_id_survives_the_path() {
        assert_eq!(segment(b"8476a536-e9f4-11e8"), "8476a536-e9f4-11e8");
        for id in ["a b/c?d#e%2Ff", "\u{e9}\"<>", "%%%"] {
            let segment = segment(id.as_bytes());
            assert_eq!(percent_decode(&segment), id);
            assert!(!segment.contains(['/', '?', '#', ' ']), "{segment}");
        }
    }

    #[test]
    fn context_headers_must_be_objects() {
        let raw = |text| object(text).map(|raw| raw.get().to_owned());
        let kept = r#"{"custom":{"n":9007199254740993}}"#;
        assert_eq!(raw(kept).as_deref(), Some(kept));
        for bad in ["", "null", "[]", "{", "eyJhIjoxfQ=="] {
            assert_eq!(raw(bad), None, "{bad}");
        }
    }

    #[test]
    fn header_bytes_are_read_as_utf8_or_else_latin1() {
        assert_eq!(decode("é".into()), "é");
        assert_eq!(decode(vec![0xe9]), "é");
    }
}
