//! The same calls with other bytes, other headers or more headers.

use std::time::Duration;

use hyper::Method;
use serde_json::{Map, Value, json};

use super::super::change::{Document, Forged, is_response};
use super::super::json::rewritten;
use crate::protocol::header;
use crate::reference::client::Call;
use crate::reference::failure::Failure;
use crate::reference::hooks::{Delivered, Hooks, Later, Replied};
use crate::reference::report;
use crate::reference::wire::Way;

/// The largest chunk; the first has one byte, and each later one has twice as many as the one before.
const CHUNK_BYTES_MAX: usize = 64 * 1024;

/// Frames of a long stack: well below the limit for an error document (ERR-16).
const FRAMES: usize = 2000;

/// The length at which a terse runtime cuts a message (ERR-10).
const MESSAGE_CHARS_MAX: usize = 32 * 1024;

/// The lines before the empty one, as one letter for each byte, and the rest.
pub(super) fn split(bytes: &[u8]) -> (String, &[u8]) {
    let end = bytes.windows(4).position(|end| end == b"\r\n\r\n");
    let (head, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
    let body = rest.get(4..).unwrap_or_default();
    (head.iter().copied().map(char::from).collect(), body)
}

/// The bytes of lines that [`split`] has read.
pub(super) fn joined(lines: &[String]) -> Vec<u8> {
    let head = lines.join("\r\n") + "\r\n\r\n";
    head.chars()
        .filter_map(|letter| u8::try_from(letter).ok())
        .collect()
}

/// A header line with its name in upper case; the first line has no name.
pub(super) fn upper_case_name(line: &str) -> String {
    match line.split_once(": ") {
        Some((name, value)) => format!("{}: {value}", name.to_ascii_uppercase()),
        None => line.to_owned(),
    }
}

/// A body in chunks.
pub(super) fn in_chunks(call: &Call, bytes: Vec<u8>) -> Vec<u8> {
    if call.body.is_none() {
        return bytes;
    }
    let (head, body) = split(&bytes);
    let head = head.lines().map(|line| match line.split_once(": ") {
        Some(("Content-Length", _)) => "Transfer-Encoding: chunked".to_owned(),
        Some(_) | None => line.to_owned(),
    });
    [joined(&head.collect::<Vec<_>>()), chunks(body)].concat()
}

fn chunks(mut body: &[u8]) -> Vec<u8> {
    let (mut out, mut size) = (Vec::new(), 1);
    while !body.is_empty() {
        let (chunk, rest) = body.split_at(size.min(body.len()));
        out.extend_from_slice(format!("{:X}\r\n", chunk.len()).as_bytes());
        out.extend_from_slice(chunk);
        out.extend_from_slice(b"\r\n");
        (body, size) = (rest, CHUNK_BYTES_MAX.min(size * 2));
    }
    out.extend_from_slice(b"0\r\n\r\n");
    out
}

pub(super) struct Streams;

impl Hooks for Streams {
    fn request(&self, call: &mut Call) {
        if is_response(call) && call.body.is_some() {
            call.add(header::RESPONSE_MODE, "streaming");
            call.add(
                "Trailer",
                "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
            );
        }
    }

    fn way(&self, call: &Call) -> Way {
        Way {
            last: is_response(call),
            ..Forged(in_chunks).way(call)
        }
    }
}

pub(super) struct SlowCalls;

impl Hooks for SlowCalls {
    fn pause(&self) -> Duration {
        Duration::from_millis(5)
    }
}

/// Writes the body of a call as other text.
pub(super) fn rewrite(call: &mut Call, write: fn(&str) -> Option<String>) {
    let body = call.body.as_ref();
    if let Some(body) = body.and_then(|body| rewritten(body, write)) {
        call.body = Some(body.into());
    }
}

/// Adds unnecessary headers.
pub(super) fn further_headers(call: &mut Call) {
    call.replace(
        "User-Agent",
        "some-runtime/1.0 (Linux; x86_64; \"quoted\") library/2.3 (+compatible)",
    );
    for (name, value) in [
        ("Accept", "text/html, image/gif, *; q=.2, */*; q=.2"),
        ("Accept-Encoding", "gzip, deflate, br"),
        ("Connection", "keep-alive"),
        ("Keep-Alive", "timeout=60"),
        ("Cache-Control", "no-cache"),
        ("Lambda-Runtime-Features", "streaming tenants"),
        ("X-Request-Start", "t=1"),
        ("X-Empty", ""),
    ] {
        call.add(name, value);
    }
    if call.method == Method::GET {
        call.add("Content-Length", "0");
    }
}

/// A path with its escapes in lower case.
pub(super) fn lower_case_escapes(path: &str) -> String {
    let mut parts = path.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        out.push('%');
        out.push_str(&digits.to_ascii_lowercase());
        out.push_str(rest);
    }
    out
}

pub(super) struct OtherMediaTypes;

impl Hooks for OtherMediaTypes {
    fn request(&self, call: &mut Call) {
        let is_error = call.path.ends_with("/error");
        for (name, value) in &mut call.headers {
            // The function's own type says what the answer is.
            if name.eq_ignore_ascii_case("Content-Type") && value == b"application/json" {
                *value = match is_error {
                    true => b"application/vnd.aws.lambda.error+json".to_vec(),
                    false => b"application/json; charset=utf-8".to_vec(),
                };
            }
        }
    }

    fn report(&self, _: &Failure, _: bool, call: &mut Call) {
        call.replace(header::ERROR_TYPE, "Runtime.Unhandled");
    }
}

pub(super) struct BareErrors;

impl Hooks for BareErrors {
    fn report(&self, failure: &Failure, init: bool, call: &mut Call) {
        call.remove(header::XRAY_ERROR_CAUSE);
        let bare = Document(|_, _, document| {
            document.remove("stackTrace");
            if let Some(Value::String(message)) = document.get_mut("errorMessage") {
                *message = message.chars().take(MESSAGE_CHARS_MAX).collect();
            }
        });
        bare.report(failure, init, call);
    }
}

/// Adds to an error document.
pub(super) fn enrich(document: &mut Map<String, Value>) {
    let cause = json!({ "errorMessage": "deeper", "errorType": "Cause", "cause": null });
    document.insert("cause".to_owned(), cause);
    document.insert("requestId".to_owned(), json!("elsewhere"));
    document.insert("trace".to_owned(), json!(["at one", "at two"]));
    document.insert("code".to_owned(), json!(7));
    if let Some(Value::String(kind)) = document.get_mut("errorType") {
        kind.insert_str(0, "com.example.");
    }
    let short = |message: &Value| message.as_str().is_some_and(|text| text.len() < 1000);
    if document.get("errorMessage").is_some_and(short) {
        let frame = |number| format!("at frame {number} (/var/task/function.rs:1:{number})");
        let frames: Vec<String> = (0..FRAMES).map(frame).collect();
        document.insert("stackTrace".to_owned(), json!(frames));
    }
}

/// After a 400 to a response it reports an error, because the invocation is still open.
pub(super) struct ReportsRefusal;

impl Hooks for ReportsRefusal {
    fn answered<'a>(&'a self, sent: Delivered<'a>) -> Later<'a, Replied> {
        Box::pin(async move {
            let Delivered {
                client,
                call,
                reply,
                ..
            } = sent;
            let path = call.path.strip_suffix("/response");
            let refused = reply.as_ref().is_ok_and(|reply| reply.status == 400);
            let Some(path) = path.filter(|_| refused) else {
                return reply;
            };
            let message = "the service refused the response";
            let mut report = report("", &Failure::of_runtime("ResponseRefused", message));
            report.path = format!("{path}/error");
            let echo = |(name, _): &&(String, Vec<u8>)| name == header::INVOCATION_ID;
            report
                .headers
                .extend(call.headers.iter().find(echo).cloned());
            client.send(&report).await
        })
    }
}
