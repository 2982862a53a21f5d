//! Faults in values: events and results that are taken for more than they are, or that lose a part.

use std::process::exit;

use hyper::body::Bytes;
use serde_json::{Map, Value};

use super::super::client::Call;
use super::super::fault::Fault;
use super::super::invocation::Invocation;
use crate::protocol::percent_decode;

/// The longest name that a reader holds.
const NAME_BYTES: usize = 255;

/// The most items that a reader holds.
const ITEMS: usize = 65_535;

/// The size of a buffer.
const BUFFER_BYTES: usize = 65_536;

/// Misreads an id, or the value in an event.
pub(super) fn event(fault: Fault, invocation: &mut Invocation) {
    match fault {
        Fault::IdAsNumber => {
            let number = invocation.id_text().parse::<f64>();
            if let Ok(number) = number {
                invocation.id = number.to_string().into_bytes();
            }
        }
        Fault::NeedsTrueId if [&b"0"[..], b"null"].contains(&&*invocation.id) => exit(1),
        _ => value(fault, &mut invocation.event),
    }
}

/// Only what is echoed: a message of an error is another matter.
fn value(fault: Fault, event: &mut Bytes) {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(event) else {
        return;
    };
    let Some(before) = members.get("value").cloned() else {
        return;
    };
    let after = misread(fault, before.clone());
    if after != before {
        members.insert("value".to_owned(), after);
        *event = Value::Object(members).to_string().into();
    }
}

fn misread(fault: Fault, value: Value) -> Value {
    match value {
        Value::String(text) => misread_text(fault, text),
        Value::Number(number) if number.is_f64() => match (fault, number.as_f64()) {
            (Fault::FixedDecimals, Some(float)) => Value::from((float * 1e6).round() / 1e6),
            (Fault::SingleFloats, Some(float)) => single(float),
            _ => Value::Number(number),
        },
        Value::Array(items) => {
            let most = match fault {
                Fault::CutsItems => ITEMS,
                _ => usize::MAX,
            };
            let items = items.into_iter().take(most);
            items.map(|item| misread(fault, item)).collect()
        }
        Value::Object(members) => Value::Object(misread_members(fault, members)),
        other => other,
    }
}

/// A number as a float of 32 bits holds it.
fn single(float: f64) -> Value {
    let text = format!("{:.6e}", float);
    text.parse().map_or(Value::Null, |float: f64| float.into())
}

fn misread_text(fault: Fault, text: String) -> Value {
    let changed = match fault {
        Fault::RevivesDates => text.replace("0Z", "Z"),
        Fault::DecodesTexts => return serde_json::from_str(&text).unwrap_or(Value::String(text)),
        Fault::FillsPatterns => text.replace("$&", "").replace("%s", ""),
        Fault::DecodesPercents => percent_decode(&text),
        Fault::ComposesLetters => text.replace("e\u{301}", "\u{e9}"),
        Fault::SplitsLines => text.replace(['\u{2028}', '\u{2029}', '\u{85}'], "\n"),
        Fault::UnixLines => text.replace("\r\n", "\n"),
        Fault::DropsControls => text.replace(['\u{7f}', '\u{80}', '\u{9f}', '\u{feff}'], ""),
        _ => text,
    };
    Value::String(changed)
}

fn misread_members(fault: Fault, members: Map<String, Value>) -> Map<String, Value> {
    let mut kept = Map::new();
    for (name, value) in members {
        let folded = |other: &String| other.eq_ignore_ascii_case(&name);
        let dropped = match fault {
            Fault::FoldsNames => kept.keys().any(folded),
            Fault::DropsProto => name == "__proto__",
            Fault::DropsFalse => value == Value::Bool(false),
            _ => false,
        };
        let name = match fault {
            Fault::CutsNames => name.chars().take(NAME_BYTES).collect(),
            _ => name,
        };
        if !dropped {
            kept.insert(name, misread(fault, value));
        }
    }
    kept
}

/// Takes a result for more than it is, or loses a part of it.
pub(super) fn result(fault: Fault, body: Vec<u8>) -> Vec<u8> {
    let changed = match fault {
        Fault::CutsFullBuffers if body.len() == BUFFER_BYTES => body.split_last().map(first),
        Fault::DecodesInPieces => {
            let pieces = body.chunks(BUFFER_BYTES).map(String::from_utf8_lossy);
            Some(pieces.collect::<String>().into_bytes())
        }
        Fault::OpensReplies => match serde_json::from_slice(&body) {
            Ok(Value::Object(reply)) if reply.contains_key("statusCode") => reply
                .get("body")
                .map(|inner| inner.to_string().into_bytes()),
            _ => None,
        },
        Fault::UnquotesJson => match serde_json::from_slice(&body) {
            Ok(Value::String(text)) if serde_json::from_str::<Value>(&text).is_ok() => {
                Some(text.into_bytes())
            }
            _ => None,
        },
        _ => None,
    };
    changed.unwrap_or(body)
}

fn first((_, rest): (&u8, &[u8])) -> Vec<u8> {
    rest.to_vec()
}

/// Sends a result that looks like an error where errors go.
pub(super) fn reroute(fault: Fault, call: &mut Call) {
    let body = call.body.as_deref().unwrap_or_default();
    let looks = |value: Value| value.get("errorMessage").is_some();
    if fault == Fault::ErrorsByShape && serde_json::from_slice(body).is_ok_and(looks) {
        call.path = call.path.replace("/response", "/error");
    }
}
