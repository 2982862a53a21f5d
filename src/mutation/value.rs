//! Mutants: values that are read as something else, and faults in a later turn.

use std::future::pending;
use std::process::exit;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use super::change::{
    AtTerm, Body, EventJson, Printed, Sent, Spawned, Taken, ascii, json_of, parts,
};
use super::mutant::{Mutant, When};
use super::past::{self};
use super::repeated::LOST_STDOUT;
use crate::protocol::percent_decode;
use crate::reference::client::{Call, Client};
use crate::reference::failure::Failure;
use crate::reference::fixture::Returned;
use crate::reference::hooks::{Hooks, Later, Replied};
use crate::reference::invocation::Invocation;

mutants! {
    "value-one-word-for-empty": "Turns empty objects into empty arrays, and drops members that are null.",
        breaks ["NEXT-07", "RESP-03"] should() => EventJson(one_word);
    "next-revives-dates": "Rewrites texts that look like dates.",
        breaks ["NEXT-07"] => Misread(|value| text(value, |text| text.replace("0Z", "Z")));
    "next-decodes-texts": "Replaces a text that is JSON by its value.",
        breaks ["NEXT-07", "RESP-03"] => Misread(|value| match value {
            Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
            other => other,
        });
    "next-fills-patterns": "Uses texts as patterns, and replaces $& and %s.",
        breaks ["NEXT-07"] => Misread(|value| text(value, |text| text.replace("$&", "").replace("%s", "")));
    "next-decodes-percents": "Decodes percent-encoded parts of a text.",
        breaks ["NEXT-07"] => Misread(|value| text(value, percent_decode));
    "next-composes-letters": "Combines a letter and its accent into one letter.",
        breaks ["NEXT-07"] => Misread(|value| text(value, |text| text.replace("e\u{301}", "\u{e9}")));
    "next-splits-lines": "Turns Unicode line separators into newlines.",
        breaks ["NEXT-07"] =>
            Misread(|value| text(value, |text| text.replace(['\u{2028}', '\u{2029}', '\u{85}'], "\n")));
    "next-unix-lines": "Turns CRLF in texts into LF.",
        breaks ["NEXT-07"] => Misread(|value| text(value, |text| text.replace("\r\n", "\n")));
    "next-drops-controls": "Drops DEL, C1 controls and byte order marks from texts.",
        breaks ["NEXT-07"] =>
            Misread(|value| text(value, |text| text.replace(['\u{7f}', '\u{80}', '\u{9f}', '\u{feff}'], "")));
    "next-folds-names": "Keeps one of several members whose names differ only in case.",
        breaks ["NEXT-07"] => Misread(|value| members(value, |had, name, value| {
            let is_new = !had.keys().any(|other| other.eq_ignore_ascii_case(&name));
            is_new.then_some((name, value))
        }));
    "next-cuts-names": "Cuts names of members off at 255 letters.",
        breaks ["NEXT-07"] =>
            Misread(|value| members(value, |_, name, value| Some((name.chars().take(NAME_LETTERS).collect(), value))));
    "next-drops-proto": "Drops members of the name __proto__.",
        breaks ["NEXT-07"] =>
            Misread(|value| members(value, |_, name, value| (name != "__proto__").then_some((name, value))));
    "next-drops-false": "Drops members whose value is false.",
        breaks ["NEXT-07"] =>
            Misread(|value| members(value, |_, name, value| (value != Value::Bool(false)).then_some((name, value))));
    "next-fixed-decimals": "Rounds numbers to six decimals.",
        breaks ["NEXT-07"] => Misread(|value| float(value, |float| Value::from((float * 1e6).round() / 1e6)));
    "next-single-floats": "Reads numbers as floats of 32 bits.",
        breaks ["NEXT-07"] => Misread(|value| float(value, |float| {
            let text = format!("{float:.6e}");
            text.parse().map_or(Value::Null, |float: f64| float.into())
        }));
    "next-cuts-items": "Cuts arrays off at 65535 items.",
        breaks ["NEXT-07"] => Misread(|value| match value {
            Value::Array(items) => items.into_iter().take(ITEMS).collect(),
            other => other,
        });
    "posts-id-as-number": "Answers with an id of digits as a number.",
        breaks ["NEXT-05"] => Taken(|invocation, _| if let Ok(number) = invocation.id_text().parse::<f64>() {
            invocation.id = number.to_string().into_bytes();
        });
    "posts-true-ids-only": "Exits when the request id is 0 or null.",
        breaks ["NEXT-05"] => Taken(|invocation, _| if [&b"0"[..], b"null"].contains(&&*invocation.id) { exit(1) });
    "response-cuts-full-buffer": "Loses the last byte of a response of exactly 64 KiB.",
        breaks ["RESP-03"] => Body(|mut body| {
            if body.len() == BUFFER_BYTES {
                body.pop();
            }
            body
        });
    "response-decodes-in-pieces": "Decodes a response in pieces of 64 KiB.",
        breaks ["NEXT-07"] => Body(|body| {
            let pieces = body.chunks(BUFFER_BYTES).map(String::from_utf8_lossy);
            pieces.collect::<String>().into_bytes()
        });
    "response-errors-by-shape": "Sends a result with an errorMessage to /error.",
        breaks ["RESP-01"] => Sent(|call, failure| {
            let shown = json_of(call.body.as_deref().unwrap_or_default());
            let looks = shown.is_some_and(|shown| shown.get("errorMessage").is_some());
            if failure.is_none() && looks {
                call.path = call.path.replace("/response", "/error");
            }
        });
    "response-opens-replies": "Sends only the body of a result that has a status code.",
        breaks ["RESP-03"] => Body(|body| match json_of(&body) {
            Some(Value::Object(reply)) if reply.contains_key("statusCode") => {
                reply.get("body").map_or(body, |inner| inner.to_string().into_bytes())
            }
            Some(_) | None => body,
        });
    "response-unquotes-json": "Sends a text that is JSON without its quotes.",
        breaks ["RESP-03"] => Body(|body| match json_of(&body) {
            Some(Value::String(text)) if json_of(text.as_bytes()).is_some() => text.into_bytes(),
            Some(_) | None => body,
        });
    "response-times-out": "Sends an answer again that is not acknowledged within three seconds.",
        breaks ["RESP-23"] => PostTimesOut;
    "process-ends-with-child": "Exits when a child of the function has ended.",
        breaks ["LIFE-01"] => Spawned(|mut child| drop(tokio::spawn(async move {
            let _ = child.wait().await;
            // Long enough to send the answer first.
            tokio::time::sleep(Duration::from_millis(100)).await;
            exit(0)
        })));
    "process-keeps-timer": "Fails an event when the deadline of the previous one passes.",
        breaks ["RESP-01"] => KeepsTimer;
    "process-forgets-term": "Forgets a SIGTERM that came during an event.",
        breaks ["LIFE-05"] => AtTerm(|_| Box::pin(async {
            if past::with(|past| past.busy) {
                pending().await
            }
        }));
    "log-first-turn-only": "Loses what the function writes to stdout from the second invocation on.",
        breaks ["LOG-01"] when(When::From(2)) => LOST_STDOUT;
    "log-ascii": "Writes question marks for non-ASCII letters.",
        breaks ["LOG-01"] => Printed(|_, _, text| Some(ascii(text).into()));
    "log-cuts-lines": "Cuts lines off at 4 KiB.",
        breaks ["LOG-01"] => Printed(|_, _, text| Some(text.get(..LINE_BYTES).unwrap_or(text).into()));
}

/// The longest name that a reader keeps.
const NAME_LETTERS: usize = 255;

/// The most items that a reader keeps.
const ITEMS: usize = 65_535;

/// The size of a buffer.
const BUFFER_BYTES: usize = 65_536;

/// How many bytes of a line a buffer keeps.
const LINE_BYTES: usize = 4096;

/// How long a runtime that gives up waits for an acknowledgement.
const WAIT_MAX: Duration = Duration::from_secs(3);

/// Changes each part of an echoed value; a message of an error is not changed.
struct Misread(fn(Value) -> Value);

impl Hooks for Misread {
    fn take(&self, invocation: &mut Invocation) {
        let Some(Value::Object(mut members)) = json_of(&invocation.event) else {
            return;
        };
        let Some(before) = members.get("value").cloned() else {
            return;
        };
        let after = parts(before.clone(), self.0);
        if after != before {
            members.insert("value".to_owned(), after);
            invocation.event = Value::Object(members).to_string().into();
        }
    }
}

fn text(value: Value, change: fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(&text)),
        other => other,
    }
}

fn float(value: Value, change: fn(f64) -> Value) -> Value {
    match value.as_f64().filter(|_| value.is_f64()) {
        Some(float) => change(float),
        None => value,
    }
}

type Member = (String, Value);

/// An object of the kept members; `change` sees those before.
fn members(
    value: Value,
    change: fn(&Map<String, Value>, String, Value) -> Option<Member>,
) -> Value {
    let Value::Object(members) = value else {
        return value;
    };
    let mut kept = Map::new();
    for (name, value) in members {
        kept.extend(change(&kept, name, value));
    }
    Value::Object(kept)
}

/// A value as in a language with one kind of container and no members without a value.
fn one_word(value: Value) -> Value {
    parts(value, |part| match part {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(_, value)| !value.is_null());
            let kept: Map<String, Value> = kept.collect();
            match kept.is_empty() {
                true => Value::Array(Vec::new()),
                false => Value::Object(kept),
            }
        }
        other => other,
    })
}

struct PostTimesOut;

impl Hooks for PostTimesOut {
    fn deliver<'a>(
        &'a self,
        client: &'a mut Client,
        call: &'a mut Call,
        _: Option<&'a Failure>,
    ) -> Later<'a, Option<Replied>> {
        Box::pin(async {
            Some(
                match tokio::time::timeout(WAIT_MAX, client.send(call)).await {
                    Ok(reply) => reply,
                    Err(_) => client.send(call).await,
                },
            )
        })
    }
}

struct KeepsTimer;

impl Hooks for KeepsTimer {
    fn work(
        &self,
        call: Later<'static, Result<Returned, Failure>>,
    ) -> Later<'static, Result<Returned, Failure>> {
        let Some(left) = past::with(|past| time_left(past.previous.as_ref()?)) else {
            return call;
        };
        Box::pin(async move {
            let in_time = tokio::time::timeout(left, call).await;
            in_time.unwrap_or_else(|_| Err(Failure::of_runtime("Timeout", "the time is over")))
        })
    }
}

/// The time until the deadline of an invocation, if it has not passed.
fn time_left(invocation: &Invocation) -> Option<Duration> {
    let deadline_ms = invocation.deadline_ms.as_ref()?;
    let deadline = Duration::from_millis(deadline_ms.parse().ok()?);
    deadline.checked_sub(SystemTime::now().duration_since(UNIX_EPOCH).ok()?)
}
