//! Requests with other headers, and error documents of another make.

use hyper::Method;
use serde_json::{Map, Value, json};

use super::super::client::Call;
use super::super::fault::{Fault, Flaw};
use super::super::variant::Quirk;
use super::json::rewrite;
use crate::protocol::header;

/// Frames of a long stack: well below what an error document may hold (ERR-16).
const FRAMES: usize = 2000;

/// Where a terse runtime cuts a message (ERR-10).
const MESSAGE_CHARS_MAX: usize = 32 * 1024;

/// Changes a call on its way out.
pub(in super::super) fn shape(flaw: Flaw, call: &mut Call) {
    let Some(Fault::Quirk(quirk)) = flaw.0 else {
        return;
    };
    let poll = call.method == Method::GET;
    if let Some(body) = call.body.as_ref().and_then(|body| rewrite(quirk, body)) {
        call.body = Some(body.into());
    }
    match quirk {
        Quirk::FurtherHeaders => {
            further_headers(call);
            if poll {
                call.add("Content-Length", "0");
            }
        }
        Quirk::OffersUpgrade => {
            call.add("Connection", "Upgrade, HTTP2-Settings");
            call.add("Upgrade", "h2c");
            call.add("HTTP2-Settings", "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA");
        }
        Quirk::OtherMediaTypes if !poll => {
            call.remove("Content-Type");
            call.add(
                "Content-Type",
                match call.path.ends_with("/error") {
                    true => "application/vnd.aws.lambda.error+json",
                    false => "application/json; charset=utf-8",
                },
            );
        }
        Quirk::Streams if call.path.ends_with("/response") => {
            call.add(header::RESPONSE_MODE, "streaming");
            call.add(
                "Trailer",
                "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
            );
        }
        Quirk::LowerCaseEscapes => call.path = lower_case_escapes(&call.path),
        _ => {}
    }
}

/// Whether a call is the last of its connection, and says so by the end of this side.
pub(in super::super) fn parts(flaw: Flaw, call: &Call) -> bool {
    flaw.has(Quirk::HalfCloses) && call.method != Method::GET
}

fn further_headers(call: &mut Call) {
    call.remove("User-Agent");
    call.add(
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
}

fn lower_case_escapes(path: &str) -> String {
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

/// Changes the report of a failure.
pub(in super::super) fn report(flaw: Flaw, call: &mut Call) {
    let Some(Fault::Quirk(quirk)) = flaw.0 else {
        return;
    };
    match quirk {
        Quirk::OtherMediaTypes => {
            call.remove(header::ERROR_TYPE);
            call.add(header::ERROR_TYPE, "Runtime.Unhandled");
        }
        Quirk::BareErrors => call.remove(header::XRAY_ERROR_CAUSE),
        _ => {}
    }
    let body = call.body.as_deref().unwrap_or_default();
    let document: Option<Map<String, Value>> = serde_json::from_slice(body).ok();
    if let Some(document) = document.and_then(|document| redraw(quirk, document)) {
        call.body = Some(Value::Object(document).to_string().into());
    }
}

fn redraw(quirk: Quirk, mut document: Map<String, Value>) -> Option<Map<String, Value>> {
    match quirk {
        Quirk::BareErrors => {
            document.remove("stackTrace");
            if let Some(Value::String(message)) = document.get_mut("errorMessage") {
                *message = message.chars().take(MESSAGE_CHARS_MAX).collect();
            }
        }
        Quirk::RichErrors => {
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
                let frame =
                    |number| format!("at frame {number} (/var/task/function.rs:1:{number})");
                let frames: Vec<String> = (0..FRAMES).map(frame).collect();
                document.insert("stackTrace".to_owned(), json!(frames));
            }
        }
        _ => return None,
    }
    Some(document)
}
