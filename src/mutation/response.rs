//! Mutants: responses, identity and order.

use std::borrow::Cow;
use std::process::exit;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::{Method, StatusCode};
use serde_json::Value;

use super::change::{
    Again, BeforePolls, Body, BodyText, Decided, DiesOfReply, Drops, Encoded, EndsOn, Forged,
    RepostsAfterCut, Request, Taken, Then, is_response, of_the_other_kind, unchanged,
};
use super::forge::{LAST_CHUNK, chunked, length, replace};
use super::mutant::Mutant;
use super::repeated::{ADDS_NEWLINE, ANSWERS_TWICE, FIRST_ID, PREVIOUS_ID};

use crate::protocol::{RESPONSE_BYTES_MAX, header, percent_decode};
use crate::reference::client::{Call, Client, Reply};
use crate::reference::failure::Failure;
use crate::reference::fixture::Returned;
use crate::reference::hooks::{Delivered, Hooks, Later, Replied, at_once};
use crate::reference::invocation::Invocation;
use crate::reference::log::{Log, Stream};
use crate::reference::settings::{LogFormat, Settings};
use crate::reference::wire::Way;

mutants! {
    "posts-previous-id": "Answers with the id of the previous invocation.",
        breaks ["NEXT-05", "LOG-06"] => PREVIOUS_ID;
    "posts-first-id": "Answers with the id of the first invocation forever.",
        breaks ["NEXT-05"] => FIRST_ID;
    "posts-lower-case-id": "Answers with the request id in lower case.",
        breaks ["NEXT-05"] => Taken(|invocation, _| invocation.id.make_ascii_lowercase());
    "posts-upper-case-id": "Answers with the request id in upper case.",
        breaks ["NEXT-05"] => Taken(|invocation, _| invocation.id.make_ascii_uppercase());
    "posts-short-id": "Answers with the first 36 bytes of the request id.",
        breaks ["NEXT-05"] => Taken(|invocation, _| invocation.id.truncate(36));
    "posts-long-ids-only": "Refuses an event with a request id of one letter.",
        breaks ["NEXT-05"] => DiesOfReply(|reply| reply.headers.get(header::REQUEST_ID).is_some_and(|id| id.len() < 2));
    "posts-raw-id": "Does not percent-encode the request id.",
        breaks ["RESP-19"] => Forged(|call, bytes| replace(bytes, &call.path, &percent_decode(&call.path)));
    "posts-twice": "Sends every response twice.",
        breaks ["RESP-02"] => ANSWERS_TWICE;
    "posts-error-after-response": "Sends an error after each response.",
        breaks ["ERR-12"] => Again(|answer| !answer.failed && answer.status.is_success(), of_the_other_kind);
    "posts-at-start": "Answers an invented id before the first poll.",
        breaks ["RESP-15"] => BeforePolls(|client, _| Box::pin(async {
            let path = "/invocation/00000000-0000-4000-8000-000000000000/response";
            drop(client.send(&Call::post(path, "{}")).await);
        }));
    "posts-before-the-end": "Answers while the function still runs.",
        breaks ["RESP-15", "RESP-02"] => AnswersWithoutWaiting;
    "posts-nothing-for-null": "Does not answer when the function returns nothing.",
        breaks ["NEXT-10"] => Decided(|outcome| outcome.as_ref().map_or(true, |body| body != b"null"));
    "response-by-put": "Sends responses with PUT.",
        breaks ["RESP-01"] => Request(|call| if is_response(call) { call.method = Method::PUT });
    "response-envelope": "Wraps the result in an envelope with a status code.",
        breaks ["RESP-03"] => BodyText(|text| format!(r#"{{"statusCode":200,"body":{text}}}"#));
    "response-base64": "Sends the result in base64.",
        breaks ["RESP-03", "RESP-07"] => Body(|body| format!("\"{}\"", STANDARD.encode(body)).into_bytes());
    "response-quoted": "Sends the JSON of the result as a JSON string.",
        breaks ["RESP-03"] => BodyText(|text| Value::String(text).to_string());
    "response-adds-newline": "Ends the response with a newline.",
        breaks ["RESP-03"] => ADDS_NEWLINE;
    "response-strips-newlines": "Drops the newlines of the result.",
        breaks ["RESP-03", "NEXT-07"] => BodyText(|text| text.replace("\\n", ""));
    "response-raw-controls": "Writes control characters into the JSON without escapes.",
        breaks ["RESP-04", "RESP-03"] => BodyText(|text| text.replace("\\u0007", "\u{7}"));
    "response-adds-bom": "Begins the response with a byte order mark.",
        breaks ["RESP-03", "RESP-04"] => Body(|body| [b"\xef\xbb\xbf".to_vec(), body].concat());
    "response-none": "Sends the word None when the function returns nothing.",
        breaks ["RESP-04"] => Body(|body| if body == b"null" { b"None".to_vec() } else { body });
    "response-latin-1": "Sends the response in Latin-1.",
        breaks ["RESP-04", "RESP-03"] => Body(|body| {
            let latin1 = |letter: char| u8::try_from(u32::from(letter)).unwrap_or(b'?');
            String::from_utf8_lossy(&body).chars().map(latin1).collect()
        });
    "response-cut": "Cuts responses off at a mebibyte.",
        breaks ["RESP-07", "RESP-03", "RESP-04"] => Body(|body| body.into_iter().take(1024 * 1024).collect());
    "response-limited": "Exits when a response has 4 to 8 MiB.",
        breaks ["RESP-07"] => Body(|body| if (4..8).contains(&(body.len() >> 20)) { exit(1) } else { body });
    "response-no-content-type": "Sends responses without a Content-Type.",
        breaks ["RESP-05"] => Request(|call| if is_response(call) { call.remove("Content-Type") });
    "response-form-content-type": "Labels its responses as form data.",
        breaks ["RESP-05"] =>
            Request(|call| if is_response(call) { call.replace("Content-Type", "application/x-www-form-urlencoded") });
    "response-length-in-characters": "Counts the Content-Length in characters.",
        breaks ["RESP-06"] => Forged(|call, bytes| {
            let body = call.body.as_deref().unwrap_or_default();
            let characters = String::from_utf8_lossy(body).chars().count();
            replace(bytes, &length(call), &format!("Content-Length: {characters}\r\n"))
        });
    "response-two-framings": "Frames a body both by Content-Length and in chunks.",
        breaks ["RESP-06"] => Forged(|call, bytes| {
            chunked(
                call,
                bytes,
                &format!("{}Transfer-Encoding: chunked\r\n", length(call)),
                LAST_CHUNK,
            )
        });
    "response-unterminated": "Sends a body in chunks and leaves the last one out.",
        breaks ["RESP-06", "INIT-01", "INIT-02", "INIT-03"] =>
            Forged(|call, bytes| chunked(call, bytes, "Transfer-Encoding: chunked\r\n", "\r\n"));
    "response-mode-buffered": "Sends the response mode buffered.",
        breaks ["RESP-18"] => Request(|call| if is_response(call) { call.add(header::RESPONSE_MODE, "buffered") });
    "response-dies-of-413": "Exits when a response was too large.",
        breaks ["RESP-08"] => EndsOn(|reply, _| reply.status == 413, Then::Exits(1));
    "response-reposts-on-413": "Sends a too large response again.",
        breaks ["RESP-20"] => Again(|answer| answer.status == 413, unchanged);
    "response-error-after-413": "Sends an error after a too large response.",
        breaks ["RESP-20"] => Again(|answer| answer.status == 413, of_the_other_kind);
    "response-dies-of-early-413": "Writes the whole of a large response before it reads, and exits when the service hangs up meanwhile.",
        breaks ["RESP-08"] => WritesFirst;
    "response-dies-of-400": "Exits when an answer is refused with 400.",
        breaks ["RESP-11"] => EndsOn(|reply, _| reply.status == 400, Then::Exits(1));
    "response-reposts-on-400": "Sends an answer again that was refused with 400.",
        breaks ["RESP-20"] => Again(|answer| answer.status == 400, unchanged);
    "response-reposts-on-403": "Sends an answer again that was refused with 403.",
        breaks ["RESP-20"] => Again(|answer| answer.status == 403, unchanged);
    "response-dies-of-410": "Exits when an answer is refused with 410.",
        breaks ["RESP-13", "INVID-05", "LMI-08"] => EndsOn(|reply, _| reply.status == 410, Then::Exits(1));
    "response-reposts-on-410": "Sends an answer again that was refused with 410.",
        breaks ["RESP-20"] => Again(|answer| answer.status == 410, unchanged);
    "response-survives-500": "Polls again when an answer gets 500.",
        breaks ["RESP-14"] => Survives500;
    "response-hangs-on-500": "Neither polls nor exits when an answer gets 500.",
        breaks ["RESP-14"] => EndsOn(|reply, _| reply.status == 500, Then::Hangs);
    "response-exits-zero-on-500": "Exits with code 0 when an answer gets 500.",
        breaks ["RESP-14"] => EndsOn(|reply, _| reply.status == 500, Then::Exits(0));
    "response-reposts-on-500": "Sends an answer again that got 500, then exits.",
        breaks ["RESP-14"] => Again(|answer| answer.status == 500, unchanged);
    "response-needs-json-ack": "Exits when the reply to an answer is not JSON.",
        breaks ["RESP-10"] =>
            EndsOn(|reply, _| serde_json::from_slice::<Value>(body_of(reply)).is_err(), Then::Exits(1));
    "response-needs-ack-body": "Exits when the reply to an answer is empty.",
        breaks ["RESP-10"] => EndsOn(|reply, _| body_of(reply).is_empty(), Then::Exits(1));
    "response-needs-ack-length": "Exits when the reply to an answer comes in chunks.",
        breaks ["RESP-10", "BOOT-12"] =>
            EndsOn(|reply, _| reply.headers.contains_key("transfer-encoding"), Then::Exits(1));
    "response-needs-200": "Accepts only 200 as success, and exits on 202.",
        breaks [
            "LIFE-01", "ERR-08", "INVID-05", "NEXT-11", "RESP-08", "RESP-11", "RESP-13", "BOOT-11", "BOOT-17",
            "RESP-09", "RESP-10", "BOOT-12", "BOOT-13", "NEXT-03",
        ] => EndsOn(|reply, _| reply.status != 200, Then::Exits(1));
    "response-reposts-after-cut":
        "Opens a connection for each answer, and sends the answer again when the connection broke before its reply.",
        breaks ["RESP-23"] => RepostsAfterCut(|answer| answer.cut);
    "response-dies-of-unserializable": "Exits without an answer when a result has no JSON form.",
        breaks ["RESP-17"] => Encoded(|returned| match returned {
            Returned::Opaque => exit(1),
            other @ (Returned::Json(_) | Returned::Number(_) | Returned::Stream(_)) => other.encode(),
        });
    "response-null-for-unserializable": "Answers null when a result has no JSON form.",
        breaks ["RESP-17"] => Encoded(|returned| match returned {
            Returned::Opaque => Ok(b"null".to_vec()),
            other @ (Returned::Json(_) | Returned::Number(_) | Returned::Stream(_)) => other.encode(),
        });
    "response-drops-unserializable": "Polls again without an answer when a result has no JSON form.",
        breaks ["NEXT-10"] => Drops(|failure| failure.kind == "MarshalError");
    "response-nan": "Writes the bare word NaN.",
        breaks ["RESP-21"] => Encoded(|returned| match returned {
            Returned::Number(_) => Ok(b"NaN".to_vec()),
            other @ (Returned::Json(_) | Returned::Opaque | Returned::Stream(_)) => other.encode(),
        });
    "response-hangs-on-403": "Hangs when an answer is refused with 403.",
        breaks ["RESP-12"] => EndsOn(|reply, _| reply.status == 403, Then::Hangs);
    "response-with-output": "Puts what the function prints before the response.",
        breaks ["ERR-14", "RESP-04"] => PutsOutputIntoBody;
}

fn body_of(reply: &Reply) -> &[u8] {
    reply.body.as_deref().unwrap_or_default()
}

struct AnswersWithoutWaiting;

impl Hooks for AnswersWithoutWaiting {
    fn before_work<'a>(
        &'a self,
        client: &'a mut Client,
        _: Log,
        _: &'a Settings,
        invocation: &'a Invocation,
    ) -> Later<'a, ()> {
        Box::pin(async {
            let event = String::from_utf8_lossy(&invocation.event);
            let ms = event.split("\"ms\":").nth(1).unwrap_or_default();
            let ms: String = ms.trim().chars().take_while(char::is_ascii_digit).collect();
            if !ms.is_empty() {
                let body = format!("{{\"slept_ms\":{ms}}}");
                let call = Call::post(&invocation.path("response"), body);
                drop(client.send(&call).await);
            }
        })
    }
}

struct WritesFirst;

/// Whether the service does not read all of this.
fn is_too_large(call: &Call) -> bool {
    let body = call.body.as_ref();
    body.is_some_and(|body| body.len() as u64 > RESPONSE_BYTES_MAX)
}

impl Hooks for WritesFirst {
    fn way(&self, call: &Call) -> Way {
        Way {
            writes_first: is_too_large(call),
            ..Way::default()
        }
    }

    fn answered<'a>(&'a self, sent: Delivered<'a>) -> Later<'a, Replied> {
        if is_too_large(sent.call) && sent.reply.is_err() {
            exit(1);
        }
        at_once(sent.reply)
    }
}

struct Survives500;

impl Hooks for Survives500 {
    fn ends_on(&self, _: StatusCode, _: Option<&Failure>) -> bool {
        false
    }
}

struct PutsOutputIntoBody;

static PRINTED: Mutex<String> = Mutex::new(String::new());

impl Hooks for PutsOutputIntoBody {
    fn printed<'a>(&self, _: LogFormat, _: Stream, text: &'a str) -> Option<Cow<'a, str>> {
        text.clone_into(&mut PRINTED.lock().unwrap_or_else(PoisonError::into_inner));
        Some(text.into())
    }

    fn body(&self, body: Vec<u8>) -> Vec<u8> {
        let mut printed = PRINTED.lock().unwrap_or_else(PoisonError::into_inner);
        [std::mem::take(&mut *printed).into_bytes(), body].concat()
    }
}
