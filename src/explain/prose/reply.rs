//! What the service sends, in plain words.

use std::collections::BTreeMap;

use crate::case::{Ack, Close, CutHow, Framing, Names, Payload, Shape};
use crate::check::shortened;

/// The most bytes that are shown as they are.
const SHOWN_BYTES: usize = 200;

/// The bytes of a body: all of them if they are few, else how many, and how they begin.
pub(super) fn payload(payload: &Payload) -> String {
    let bytes = payload.bytes().unwrap_or_default();
    if bytes.is_empty() {
        return "nothing at all".to_owned();
    }
    let head = bytes.get(..SHOWN_BYTES).unwrap_or(&bytes);
    let text = String::from_utf8_lossy(head);
    let shown = match payload {
        // As it stands in the file, save for its line breaks.
        Payload::Json(_) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Payload::Text(_) | Payload::Base64(_) | Payload::Repeat(_) => shortened(&text),
    };
    match bytes.len() > SHOWN_BYTES {
        true => format!("{} bytes, {shown}...", bytes.len()),
        false => shown,
    }
}

/// Headers of an event that differ from the usual ones.
pub(super) fn event_headers(headers: &BTreeMap<String, Option<String>>) -> Vec<String> {
    let told = headers.iter().map(|(name, value)| match value {
        Some(value) => format!("{name}: {}", shortened(value)),
        None => format!("no {name}"),
    });
    told.collect()
}

/// Headers of a refusal.
pub(super) fn refusal_headers(headers: &BTreeMap<String, String>) -> Vec<String> {
    let told = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", shortened(value)));
    told.collect()
}

/// How a reply is bent, in parts that follow `with`.
pub(super) fn shape(shape: &Shape) -> Vec<String> {
    let mut parts = Vec::new();
    if let Framing::Chunked(sizes) = &shape.framing {
        let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
        parts.push(format!("a body in chunks of {} bytes", sizes.join(", ")));
    }
    if shape.http_1_0 {
        parts.push("HTTP/1.0, and the connection closed afterwards".to_owned());
    }
    if shape.dateless {
        parts.push("no Date".to_owned());
    }
    match shape.names {
        Names::Canonical => {}
        Names::Lower => parts.push("header names in lower case".to_owned()),
        Names::Upper => parts.push("header names in upper case".to_owned()),
    }
    if let Some(segment) = shape.segment {
        let bytes = segment.bytes;
        parts.push(match segment.delay_ms {
            0 => format!("pieces of {bytes} bytes"),
            delay => format!("pieces of {bytes} bytes, {delay} ms apart"),
        });
    }
    if let Some(cut) = shape.cut {
        let how = match cut.how {
            CutHow::Close => "the connection closed",
            CutHow::Reset => "the connection reset",
        };
        parts.push(match cut.head_bytes {
            Some(bytes) => format!("{how} after {bytes} bytes of the head"),
            None => format!("{how} after {} bytes of the body", cut.body_bytes),
        });
    }
    if let Some(raw) = &shape.raw {
        parts.push(format!(
            "these bytes in place of the reply: {}",
            payload(raw)
        ));
    }
    match shape.close {
        Close::Never => {}
        Close::Announced => parts.push("Connection: close".to_owned()),
        Close::Half => {
            parts.push("the connection closed afterwards, in this direction only".to_owned())
        }
        Close::Silent => parts.push("the connection closed afterwards without a word".to_owned()),
    }
    parts
}

/// How a POST is answered, without a full stop; nothing if it is answered as usual.
pub(super) fn ack(ack: &Ack) -> Option<String> {
    let mut parts = Vec::new();
    parts.extend(ack.status.map(|status| status.to_string()));
    if let Some(body) = &ack.body {
        parts.push(format!("the body {}", payload(body)));
    }
    parts.extend(event_headers(&ack.headers));
    parts.extend(shape(&ack.shape));
    let held = match ack.hold_ms {
        0 => String::new(),
        ms => format!(" after {ms} ms"),
    };
    match (parts.is_empty(), held.is_empty()) {
        (true, true) => None,
        (true, false) => Some(format!("Answers it{held}")),
        (false, _) => Some(format!("Answers it with {}{held}", super::listed(&parts))),
    }
}
