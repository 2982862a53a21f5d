//! What a variant does otherwise, kept apart from the runtime that does it plainly: hooks like those of [`sabotage`], and
//! nothing that the law forbids.
//!
//! [`sabotage`]: super::sabotage

mod calls;
mod json;
mod other_apis;
mod process;
mod wire;

pub(super) use calls::{parts, report, shape};
pub(super) use json::escaped;
pub(super) use process::{attend, exit_code, fill_pool, help, unpack, wrap};
pub(super) use wire::forge;

use std::time::Duration;

use hyper::StatusCode;
use serde_json::value::RawValue;

use super::client::{Call, CallError, Client, Reply};
use super::failure::Failure;
use super::fault::Flaw;
use super::fixture::Returned;
use super::invocation::{Invocation, object};
use super::log::{Entry, Log};
use super::settings::{LogLevel, Settings};
use super::variant::Quirk;
use crate::protocol::header;

/// How long a slow start takes.
const SLOW_START: Duration = Duration::from_millis(500);

/// How long a slow runtime thinks before a call.
const SLOW_CALL: Duration = Duration::from_millis(5);

/// How much a talkative runtime says at once: as much as a pipe holds.
const MUCH_BYTES: usize = 64 * 1024;

/// Pauses before a refused poll is made again.
const POLL_AGAIN_AFTER: [Duration; 3] = [
    Duration::from_millis(100),
    Duration::from_millis(300),
    Duration::from_millis(900),
];

/// Pauses before another try to connect.
const CONNECT_AGAIN_AFTER: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(300)];

/// What a variant does when it starts.
pub(super) async fn start(flaw: Flaw, log: Log, client: &mut Client, settings: &Settings) {
    say_much(flaw, log, None).await;
    if flaw.has(Quirk::StartsSlowly) {
        let api = settings.api.as_deref().unwrap_or_default();
        drop(tokio::net::TcpStream::connect(api).await);
        tokio::time::sleep(SLOW_START).await;
    }
    other_apis::call(flaw, client, settings).await;
}

/// What a variant does with the reply to its answer: after a 400 to a response it reports an error, as the invocation is
/// still open. Gives the reply to its last call.
pub(super) async fn after_answer(
    flaw: Flaw,
    client: &mut Client,
    call: &Call,
    reply: Result<Reply, CallError>,
) -> Result<Reply, CallError> {
    let refused = reply.as_ref().is_ok_and(|reply| reply.status == 400);
    let Some(path) = call.path.strip_suffix("/response") else {
        return reply;
    };
    if !flaw.has(Quirk::ReportsRefusal) || !refused {
        return reply;
    }
    let failure = Failure::of_runtime("ResponseRefused", "the service refused the response");
    let mut report = super::report("", &failure);
    report.path = format!("{path}/error");
    let echo = |(name, _): &&(String, Vec<u8>)| name == header::INVOCATION_ID;
    report
        .headers
        .extend(call.headers.iter().find(echo).cloned());
    client.send(&report).await
}

/// Logs at length.
pub(super) async fn say_much(flaw: Flaw, log: Log, request_id: Option<&str>) {
    if flaw.has(Quirk::LogsMuch) {
        log.note(entry(&"x".repeat(MUCH_BYTES), request_id)).await;
    }
    if flaw.has(Quirk::LogsOddly) {
        log.noise().await;
    }
}

/// A line that the function logs.
pub(super) fn logger_line(flaw: Flaw, line: String) -> String {
    let read = serde_json::from_str::<serde_json::Value>(&line);
    match (flaw.has(Quirk::NestsRequestId), read) {
        (true, Ok(mut read)) => {
            read["requestId"] = serde_json::json!({ "id": read["requestId"] });
            format!("{read}\n")
        }
        _ => line,
    }
}

/// Logs a reply. The body of an event is the caller's own and stays out (LOG-05).
pub(super) async fn log_reply(flaw: Flaw, log: Log, reply: &Reply, is_event: bool) {
    if !flaw.has(Quirk::LogsReplies) {
        return;
    }
    let mut words = format!("{} {:?}", reply.status, reply.headers);
    if let Some(body) = reply.body.as_ref().filter(|_| !is_event) {
        let decoded: Option<serde_json::Value> = serde_json::from_slice(body).ok();
        let text = String::from_utf8_lossy(body);
        words = format!("{words}\n{text}\n{}", decoded.unwrap_or_default());
    }
    log.note(entry(&words, None)).await;
}

/// A time as another zone without fractions writes it; an hour that would leave its day stays.
pub(super) fn other_time(utc: &str) -> String {
    let (hour, rest) = (utc.get(11..13), utc.get(13..19).unwrap_or_default());
    let hour: u32 = hour.and_then(|hour| hour.parse().ok()).unwrap_or_default();
    let day = utc.get(..10).unwrap_or_default();
    match hour {
        23 => format!("{day}t{hour:02}{rest}z"),
        _ => format!("{day}T{:02}{rest}+01:00", hour + 1),
    }
}

fn entry<'a>(message: &'a str, request_id: Option<&'a str>) -> Entry<'a> {
    Entry {
        level: LogLevel::Debug,
        message,
        error_type: None,
        request_id,
    }
}

/// Takes an invocation without what cannot be decoded (CTX-08, INVID-07).
pub(super) fn take(flaw: Flaw, invocation: &mut Invocation) {
    if flaw.has(Quirk::LenientContext) {
        let is_object = |text: &String| object(text).is_some();
        invocation.client_context = invocation.client_context.take().filter(is_object);
        invocation.identity = invocation.identity.take().filter(is_object);
        let is_ascii = |id: &Vec<u8>| id.is_ascii();
        invocation.invocation_id = invocation.invocation_id.take().filter(is_ascii);
    }
    if flaw.has(Quirk::EmptyNotNull) && invocation.deadline_ms.is_none() {
        // The last second of the year 9999.
        invocation.deadline_ms = Some("253402300799000".to_owned());
    }
}

/// Changes what the function reports of its context. It stays text, so that no number is touched.
pub(super) fn view(flaw: Flaw, view: Box<RawValue>) -> Box<RawValue> {
    if !flaw.has(Quirk::EmptyNotNull) {
        return view;
    }
    let mut text = view.get().to_owned();
    let texts = [
        "tenant_id",
        "trace_id",
        "log_group",
        "log_stream",
        "invoked_function_arn",
    ];
    for (name, empty) in texts
        .map(|name| (name, "\"\""))
        .into_iter()
        .chain(["client_context", "identity"].map(|name| (name, "{}")))
    {
        text = text.replace(&format!("\"{name}\":null"), &format!("\"{name}\":{empty}"));
    }
    RawValue::from_string(text).unwrap_or(view)
}

/// What a function returns that cannot read its event.
pub(super) fn without_event(flaw: Flaw, failure: Failure) -> Result<Vec<u8>, Failure> {
    match flaw.has(Quirk::OddEventsAreNothing) {
        true => Ok(b"null".to_vec()),
        false => Err(failure),
    }
}

/// Encodes what the function returned.
pub(super) fn encode(flaw: Flaw, returned: Returned) -> Result<Vec<u8>, Failure> {
    match returned {
        Returned::Number(_) if flaw.has(Quirk::NothingIsEmpty) => Ok(b"null".to_vec()),
        Returned::Json(json) if flaw.has(Quirk::NothingIsEmpty) && json.get() == "null" => {
            Ok(Vec::new())
        }
        other => other.encode(),
    }
}

/// Whether a refused poll is made again, after so many tries; waits before it is.
pub(super) async fn polls_again(flaw: Flaw, tries: usize) -> bool {
    tries_again(flaw, POLL_AGAIN_AFTER.get(tries)).await
}

/// Whether a connection is tried again, after so many tries; waits before it is.
pub(super) async fn connects_again(flaw: Flaw, tries: usize) -> bool {
    tries_again(flaw, CONNECT_AGAIN_AFTER.get(tries)).await
}

async fn tries_again(flaw: Flaw, pause: Option<&Duration>) -> bool {
    match pause {
        Some(pause) if flaw.has(Quirk::TriesAgain) => {
            tokio::time::sleep(*pause).await;
            true
        }
        _ => false,
    }
}

/// Whether a refused answer is the end (RESP-12), or what the function has done (ERR-09).
pub(super) fn ends_on(flaw: Flaw, status: StatusCode, failure: Option<&Failure>) -> bool {
    let panicked = failure.is_some_and(|failure| failure.kind == "Panic");
    flaw.has(Quirk::EndsEarly) && (status == StatusCode::FORBIDDEN || panicked)
}

/// Thinks before a call.
pub(super) async fn pause(flaw: Flaw) {
    if flaw.has(Quirk::SlowCalls) {
        tokio::time::sleep(SLOW_CALL).await;
    }
}
