//! Mutants: polling and events.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use hyper::header::HeaderValue;
use hyper::{Method, StatusCode};
use serde_json::{Number, Value};

use super::change::{
    AfterPoll, DiesOfEvent, DiesOfJump, DiesOfReply, Drops, EventJson, EventText, Late,
    PollTimesOut, Received, Request, Sent, Taken, Then, ends_of_jump, is_poll, json_of, parts,
};
use super::mutant::Mutant;
use super::past::LARGE_BYTES;
use super::repeated::{CUTS_EVENT, PollsWhileAtWork, READS_LATIN_1};
use crate::protocol::header;
use crate::reference::RIGHT;
use crate::reference::client::{Call, Client, Reply};
use crate::reference::failure::Failure;
use crate::reference::fixture::Returned;
use crate::reference::hooks::{Hooks, Later, PollEnd, Replied};
use crate::reference::invocation::Invocation;

mutants! {
    "next-by-post": "Polls with POST.",
        breaks ["NEXT-02"] => Request(|call| if is_poll(call) { call.method = Method::POST });
    "next-with-body": "Sends a body with its polls.",
        breaks ["NEXT-02"] should() => Request(|call| if is_poll(call) { call.body = Some("{}".into()) });
    "next-times-out": "Gives a poll up after two seconds and polls again.",
        breaks ["NEXT-03"] => PollTimesOut(|_| Some(WAIT_MAX), Late::PollsOnce);
    "next-timeout-is-fatal": "Exits when a poll brings nothing for two seconds.",
        breaks ["NEXT-03", "LIFE-01", "NEXT-04"] => PollTimesOut(|_| Some(WAIT_MAX), Late::Exits);
    "next-dies-of-thaw": "Exits when the clock jumped while it polled.",
        breaks ["NEXT-04"] => DiesOfJump(900);
    "next-dies-of-thaw-at-work": "Exits when the clock jumped while the function ran.",
        breaks ["NEXT-04"] => DiesOfJumpAtWork;
    "next-needs-trace": "Refuses an event without a trace id.",
        breaks ["NEXT-06"] => DiesOfReply(|reply| !has(reply, header::TRACE_ID));
    "next-needs-arn": "Refuses an event without a function ARN.",
        breaks ["NEXT-06"] should() => DiesOfReply(|reply| !has(reply, header::FUNCTION_ARN));
    "next-needs-deadline": "Refuses an event without a deadline.",
        breaks ["NEXT-19"] => DiesOfReply(|reply| !has(reply, header::DEADLINE_MS));
    "next-needs-known-headers": "Refuses an event with an unknown Lambda-Runtime header.",
        breaks ["NEXT-15"] => DiesOfReply(|reply| reply.headers.keys().any(|name| is_unknown(name.as_str())));
    "next-needs-short-headers": "Refuses an event with a header of more than 4 KiB.",
        breaks ["NEXT-15"] => DiesOfReply(|reply| reply.headers.values().any(|value| value.len() > 4096));
    "next-needs-few-headers": "Refuses an event with more than 32 headers.",
        breaks ["NEXT-15"] => DiesOfReply(|reply| reply.headers.len() > 32);
    "next-needs-ascii-headers": "Refuses an event with a non-ASCII header.",
        breaks ["NEXT-15", "INVID-07", "LIFE-02"] =>
            DiesOfReply(|reply| reply.headers.values().any(|value| value.to_str().is_err()));
    "next-polls-for-ever": "Polls again at once, forever, when a poll is refused.",
        breaks ["NEXT-18"] => AfterPoll(|end| match end {
            PollEnd::Refused(_) => Then::Again,
            PollEnd::Closed | PollEnd::NoId | PollEnd::Broken => Then::Ends,
        });
    "next-reconnects-for-ever": "Polls again at once, forever, when a poll ends without a reply.",
        breaks ["NEXT-18"] => AfterPoll(|end| match end {
            PollEnd::Closed => Then::Again,
            PollEnd::Refused(_) | PollEnd::NoId | PollEnd::Broken => Then::Ends,
        });
    "next-follows-redirects": "Follows a redirect of /next, and ends.",
        breaks ["NEXT-13"] => Received(|reply| follow(reply));
    "next-hangs-on-refusal": "Neither polls nor exits once a poll was refused.",
        breaks ["NEXT-13"] => AfterPoll(|end| match end {
            PollEnd::Refused(_) => Then::Hangs,
            PollEnd::Closed | PollEnd::NoId | PollEnd::Broken => Then::Ends,
        });
    "next-exits-zero-on-refusal": "Exits with code 0 when a poll is refused.",
        breaks ["NEXT-13"] => AfterPoll(|end| match end {
            PollEnd::Refused(_) => Then::Exits(0),
            PollEnd::Closed | PollEnd::NoId | PollEnd::Broken => Then::Ends,
        });
    "next-hangs-on-broken-poll": "Neither polls nor exits once the reply to a poll broke off.",
        breaks ["NEXT-14"] => AfterPoll(|end| match end {
            PollEnd::NoId | PollEnd::Broken => Then::Hangs,
            PollEnd::Refused(_) | PollEnd::Closed => Then::Ends,
        });
    "next-hangs-on-closed-poll": "Neither polls nor exits once a poll ended without a reply.",
        breaks ["NEXT-14"] => AfterPoll(|end| match end {
            PollEnd::Closed => Then::Hangs,
            PollEnd::Refused(_) | PollEnd::NoId | PollEnd::Broken => Then::Ends,
        });
    "next-exits-zero-on-broken-poll": "Exits with code 0 when the reply to a poll breaks off.",
        breaks ["NEXT-14"] => AfterPoll(|end| match end {
            PollEnd::NoId | PollEnd::Broken => Then::Exits(0),
            PollEnd::Refused(_) | PollEnd::Closed => Then::Ends,
        });
    "next-runs-partial-events": "Runs the function on an event that broke off.",
        breaks ["NEXT-16"] => RunsPartialEvents;
    "next-runs-refusals": "Runs the function on the body of a refusal.",
        breaks ["NEXT-21", "NEXT-18", "RESP-15"] =>
            Received(|reply| if reply.status != StatusCode::OK { pretend(reply) });
    "next-while-at-work": "Polls before it runs the function.",
        breaks ["NEXT-10"] => PollsWhileAtWork;
    "next-before-ack": "Polls without waiting for the reply to an answer of at most 64 KiB.",
        breaks ["NEXT-10", "RESP-14"] => PollsBeforeAck;
    "next-drops-four-byte-letters": "Turns letters of four bytes in UTF-8 into question marks.",
        breaks ["NEXT-07", "ERR-10", "RESP-03"] =>
            EventText(|text| text.chars().map(|letter| if letter.len_utf8() == 4 { '?' } else { letter }).collect());
    "next-reads-latin-1": "Reads the bytes of the event as Latin-1.",
        breaks ["NEXT-07", "ERR-10", "RESP-03", "RESP-07"] => READS_LATIN_1;
    "next-rounds-numbers": "Reads large integers as floating-point numbers.",
        breaks ["NEXT-07"] => EventJson(rounded);
    "next-clamps-numbers": "Reads integers as 32-bit numbers.",
        breaks ["NEXT-07"] => EventJson(clamped);
    "next-drops-nul": "Drops NUL characters from the texts of the event.",
        breaks ["NEXT-07"] => EventText(|text| text.replace("\\u0000", ""));
    "next-trims-strings": "Drops a space at the end of a text.",
        breaks ["NEXT-07", "ERR-10"] => EventText(|text| text.replace(" \"", "\""));
    "next-drops-empty-strings": "Turns empty texts into null.",
        breaks ["NEXT-07", "RESP-03"] => EventText(|text| text.replace("\"\"", "null"));
    "next-limits-depth": "Refuses an event that is nested more than 64 levels deep.",
        breaks ["NEXT-07"] => Taken(|invocation, _| {
            if invocation.event.windows(64).any(|part| part == [b'['; 64]) {
                invocation.event = "deep".into()
            }
        });
    "next-cuts-event": "Cuts events off at a mebibyte.",
        breaks ["NEXT-09", "BOOT-13", "LIFE-01", "RESP-07"] => CUTS_EVENT;
    "next-dies-of-malformed-event": "Exits without an answer when an event is not JSON.",
        breaks ["NEXT-08"] => DiesOfEvent(|event| !event.is_empty() && json_of(event).is_none());
    "next-malformed-event-to-init": "Reports an event that is not JSON on /init/error.",
        breaks ["ERR-13", "NEXT-20"] =>
            Sent(|call, failure| if failure.is_some_and(|failure| failure.kind == "UnmarshalError") { to_init(call) });
    "next-drops-malformed-event": "Polls again without an answer when an event is not JSON.",
        breaks ["NEXT-10"] => Drops(|failure| failure.kind == "UnmarshalError");
    "next-dies-of-empty-event": "Exits without an answer when an event is empty.",
        breaks ["NEXT-20"] => DiesOfEvent(<[u8]>::is_empty);
    "next-dies-of-nul-escape": "Exits without an answer when a text in the event has a NUL.",
        breaks ["NEXT-08", "ERR-19", "RESP-01"] =>
            DiesOfEvent(|event| String::from_utf8_lossy(event).contains("\\u0000"));
    "next-runs-larger-event-again": "Runs the previous event again if it was large and this one is small.",
        breaks ["NEXT-07"] => Taken(|invocation, past| {
            let is_larger = |former: &&Invocation| {
                let bytes = former.event.len();
                (65_536..LARGE_BYTES).contains(&bytes) && bytes > invocation.event.len()
            };
            if let Some(former) = past.previous.as_ref().filter(is_larger) {
                invocation.event = former.event.clone();
            }
        });
    "next-dies-of-scalar-event": "Exits without an answer when an event is JSON but not an object.",
        breaks ["NEXT-07"] => DiesOfEvent(|event| json_of(event).is_some_and(|json| !json.is_object()));
}

/// How long a runtime that gives up waits for an event.
const WAIT_MAX: Duration = Duration::from_millis(2000);

fn has(reply: &Reply, name: &str) -> bool {
    reply.headers.contains_key(name)
}

fn is_unknown(name: &str) -> bool {
    name.starts_with("lambda-runtime-")
        && !header::OF_EVENTS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
}

/// Calls the target of a redirect; its answer is not an event.
fn follow(reply: &Reply) {
    let location = reply.headers.get("location").map(|place| place.to_str());
    let Some(Ok(location)) = location else { return };
    let place = location.strip_prefix("http://").unwrap_or(location);
    let (host, path) = place.split_once('/').unwrap_or((place, ""));
    if let Ok(mut other) = TcpStream::connect(host) {
        // The listener there need not read it.
        let _ = write!(other, "GET /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    }
}

fn pretend(reply: &mut Reply) {
    reply.status = StatusCode::OK;
    if !reply.headers.contains_key(header::REQUEST_ID) {
        let id = HeaderValue::from_static("none");
        reply.headers.insert(header::REQUEST_ID, id);
    }
}

struct DiesOfJumpAtWork;

impl Hooks for DiesOfJumpAtWork {
    fn work(
        &self,
        call: Later<'static, Result<Returned, Failure>>,
    ) -> Later<'static, Result<Returned, Failure>> {
        Box::pin(async {
            tokio::select! {
                // The function has also ended after the freeze.
                biased;
                never = ends_of_jump(1200) => match never {},
                returned = call => returned,
            }
        })
    }
}

struct RunsPartialEvents;

impl Hooks for RunsPartialEvents {
    fn takes_parts(&self) -> bool {
        true
    }
}

struct PollsBeforeAck;

impl PollsBeforeAck {
    /// A longer answer may still be on its way when the poll comes, and then the invocation is lost.
    const BYTES_MAX: usize = 64 << 10;
}

impl Hooks for PollsBeforeAck {
    fn deliver<'a>(
        &'a self,
        client: &'a mut Client,
        call: &'a mut Call,
        _: Option<&'a Failure>,
    ) -> Later<'a, Option<Replied>> {
        Box::pin(async move {
            if call
                .body
                .as_ref()
                .is_some_and(|body| body.len() > Self::BYTES_MAX)
            {
                return Some(client.send(call).await);
            }
            let (api, early) = (client.api.clone(), call.clone());
            tokio::spawn(async move { Client::new(&api, &RIGHT).send(&early).await });
            // Long enough for the answer to be first on the wire.
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        })
    }
}

/// Numbers as in a language without integers.
fn rounded(value: Value) -> Value {
    each_number(value, |number| match number.as_f64() {
        Some(float) if float.fract() == 0.0 && float.abs() < 1e15 => Value::Number(number),
        Some(float) => Value::from(float),
        None => Value::Null,
    })
}

/// Numbers as in a language with 32-bit integers.
fn clamped(value: Value) -> Value {
    each_number(value, |number| match number.as_i64() {
        Some(whole) => Value::from(whole.clamp(i32::MIN.into(), i32::MAX.into())),
        None => Value::Number(number),
    })
}

fn each_number(value: Value, change: fn(Number) -> Value) -> Value {
    parts(value, |part| match part {
        Value::Number(number) => change(number),
        other => other,
    })
}

/// Sends a report to the path for a failed setup.
pub(super) fn to_init(call: &mut Call) {
    call.remove(header::INVOCATION_ID);
    call.path = "/2018-06-01/runtime/init/error".to_owned();
}
