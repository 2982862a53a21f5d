//! Mutants: requests that only a strict server refuses, and replies that only a strict client reads.

use std::process::exit;
use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};

use super::change::{
    AfterPoll, DiesOfJump, EndsOn, Forged, Late, PollTimesOut, Received, RepostsAfterCut, Taken,
    Then, after_head, head_of, is_chunked,
};
use super::forge::{LAST_CHUNK, chunked, replace};
use super::mutant::{Mutant, When};
use super::past::LARGE_BYTES;
use super::repeated::CUTS_EVENT;
use crate::reference::hooks::PollEnd;

mutants! {
    "wire-two-codings": "Names the transfer coding twice.",
        breaks ["RESP-06"] => Forged(|call, bytes| {
            chunked(
                call,
                bytes,
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                LAST_CHUNK,
            )
        });
    "wire-other-coding": "Declares its bodies both compressed and chunked.",
        breaks ["RESP-06"] =>
            Forged(|call, bytes| chunked(call, bytes, "Transfer-Encoding: gzip, chunked\r\n", LAST_CHUNK));
    "wire-blank-line-first": "Sends an empty line before each request.",
        breaks ["BOOT-03"] => Forged(|_, bytes| [b"\r\n".to_vec(), bytes].concat());
    "wire-user-in-host": "Puts a user into the Host header.",
        breaks ["BOOT-03"] => Forged(|_, bytes| replace(bytes, "Host: ", "Host: user@"));
    "wire-reposts-error-after-cut":
        "Opens a connection for each answer, and reports a failure again when the connection broke before the acknowledgement.",
        breaks ["RESP-23"] => RepostsAfterCut(|answer| answer.cut && answer.failed);
    // More pieces than its size needs.

    "wire-needs-ack-at-once": "Neither polls nor exits after an acknowledgement that came in many pieces.",
        breaks ["RESP-10"] => EndsOn(|reply, _| reply.reads > 4 && reply.raw.len() < 1024, Then::Hangs);
    "wire-plain-chunks-only": "Exits when a chunk size is not just a few lower-case digits.",
        breaks ["BOOT-13"] => Received(|reply| if is_chunked(reply) && !is_plain(&after_head(reply)) { exit(1) });
    "wire-case-sensitive-coding": "Does not recognise `transfer-encoding` in lower case.",
        breaks ["BOOT-12"] => Received(|reply| if is_chunked(reply) && !head_of(reply).contains("Transfer-Encoding: ") {
            reply.body = Some(after_head(reply).into());
        });
    "wire-dies-of-empty-header": "Exits when an unknown header is empty.",
        breaks ["NEXT-15"] => Received(|reply| if reply.headers.iter().any(is_unknown_and_empty) { exit(1) });
    "wire-obeys-keep-alive-hint": "Gives up a poll after the time in Keep-Alive.",
        breaks ["NEXT-03"] => PollTimesOut(|client| client.idle_s.map(Duration::from_secs), Late::PollsOnce);
    "wire-cuts-whole-buffers": "Loses the last byte of an event that exactly fills its buffers.",
        breaks ["NEXT-09"] => Taken(|invocation, _| if invocation.event.len().is_multiple_of(4096) {
            let kept = invocation.event.len().saturating_sub(1);
            invocation.event.truncate(kept);
        });
    "wire-cuts-id-at-sign": "Cuts request ids off at a colon, a comma or a semicolon.",
        breaks ["NEXT-05"] => Taken(|invocation, _| {
            let end = invocation.id.iter().position(|byte| b":,;".contains(byte));
            invocation.id.truncate(end.unwrap_or(usize::MAX));
        });
    "wire-numeric-id": "Drops the leading zeros of a request id of digits.",
        breaks ["NEXT-05"] => Taken(|invocation, _| if invocation.id.iter().all(u8::is_ascii_digit) {
            let zeros = invocation.id.iter().take_while(|byte| **byte == b'0');
            invocation.id.drain(..zeros.count());
        });
    "wire-hyphenated-id": "Puts hyphens into a request id of 32 digits.",
        breaks ["NEXT-05"] => Taken(|invocation, _| if invocation.id.len() == 32 {
            for at in [8, 13, 18, 23] {
                invocation.id.insert(at, b'-');
            }
        });
    "wire-long-id": "Cuts request ids off at 255 letters.",
        breaks ["NEXT-05"] => Taken(|invocation, _| invocation.id.truncate(255));
    "wire-dies-of-large-after-error": "Exits on a large event after the function has failed.",
        breaks ["LIFE-01"] =>
            Taken(|invocation, past| if past.failures > 0 && invocation.event.len() >= LARGE_BYTES { exit(1) });
    "wire-repeats-for-empty": "Runs the previous event again when an event is empty.",
        breaks ["NEXT-20"] => Taken(|invocation, past| if invocation.event.is_empty() {
            let before = past.previous.as_ref().map(|former| former.event.clone());
            invocation.event = before.unwrap_or_default();
        });
    "wire-polls-for-ever-on-403": "Polls again at once, forever, when a poll is refused with 403.",
        breaks ["NEXT-18"] => AfterPoll(|end| match end == PollEnd::Refused(StatusCode::FORBIDDEN) {
            true => Then::Again,
            false => Then::Ends,
        });
    "wire-polls-for-ever-on-503": "Polls again at once, forever, when a poll is refused with 503.",
        breaks ["NEXT-18"] => AfterPoll(
            |end| match end == PollEnd::Refused(StatusCode::SERVICE_UNAVAILABLE) {
                true => Then::Again,
                false => Then::Ends,
            },
        );
    "wire-dies-of-long-thaw": "Exits when the clock jumped by three seconds while it polled.",
        breaks ["NEXT-04"] => DiesOfJump(3000);
    "wire-cuts-large-chunked-event": "Cuts off chunked events at a mebibyte.",
        breaks ["BOOT-13"] when(When::Chunked) => CUTS_EVENT;
}

fn is_unknown_and_empty((name, value): (&HeaderName, &HeaderValue)) -> bool {
    value.is_empty() && !name.as_str().starts_with("lambda-runtime-")
}

/// Whether the first chunk size is just a few lower-case digits.
fn is_plain(body: &str) -> bool {
    let size = body.lines().next().unwrap_or_default();
    let digit = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase();
    !size.starts_with('0') && size.bytes().all(digit)
}
