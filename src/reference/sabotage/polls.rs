//! Faults in what the runtime makes of the replies to its polls.

use std::io::Write;
use std::net::TcpStream;
use std::process::exit;

use hyper::StatusCode;

use super::super::client::Reply;
use super::super::fault::{Fault, Flaw};
use super::super::log;
use super::{field, replies};
use crate::protocol::header;

/// Misreads a reply.
pub(in super::super) fn reply(flaw: Flaw, reply: &mut Reply) {
    let Some(fault) = flaw.0 else { return };
    field::headers(fault, reply);
    let had = |reply: &Reply, name: &str| reply.headers.contains_key(name);
    let dies = match fault {
        Fault::NeedsDate => !had(reply, "date"),
        Fault::NeedsContentLength => !had(reply, "content-length"),
        Fault::NeedsTrace => !had(reply, header::TRACE_ID),
        Fault::NeedsArn => !had(reply, header::FUNCTION_ARN),
        Fault::NeedsDeadline => !had(reply, header::DEADLINE_MS),
        Fault::NeedsKnownHeaders => reply.headers.keys().any(|name| unknown(name.as_str())),
        Fault::NeedsShortHeaders => reply.headers.values().any(|value| value.len() > 4096),
        Fault::NeedsFewHeaders => reply.headers.len() > 32,
        Fault::NeedsAsciiHeaders => reply.headers.values().any(|value| value.to_str().is_err()),
        Fault::NeedsLongId => reply
            .headers
            .get(header::REQUEST_ID)
            .is_some_and(|id| id.len() < 2),
        Fault::DiesOfOddInvocationId => reply
            .headers
            .get(header::INVOCATION_ID)
            .is_some_and(|id| id.to_str().is_err()),
        _ => false,
    };
    if dies && reply.status == StatusCode::OK {
        log::complain("the event has a header too many or too few");
        exit(1);
    }
    let hide = match fault {
        Fault::CaseSensitiveId | Fault::CaseSensitiveIdToInit => header::REQUEST_ID,
        Fault::CaseSensitiveTrace => header::TRACE_ID,
        Fault::CaseSensitiveArn => header::FUNCTION_ARN,
        Fault::CaseSensitiveDeadline => header::DEADLINE_MS,
        Fault::CaseSensitiveInvocationId => header::INVOCATION_ID,
        _ => "",
    };
    let head = String::from_utf8_lossy(&reply.raw);
    if !hide.is_empty() && !head.contains(&format!("{hide}:")) {
        reply.headers.remove(hide);
    }
    let chunked = had(reply, "transfer-encoding");
    let after_head = head.split_once("\r\n\r\n").map_or("", |(_, rest)| rest);
    match fault {
        Fault::RawChunks if chunked => reply.body = Some(after_head.to_owned().into()),
        Fault::FirstChunkOnly if chunked => {
            let chunk = after_head.split("\r\n").nth(1).unwrap_or_default();
            reply.body = Some(chunk.to_owned().into());
        }
        Fault::FollowsRedirects => follow(reply),
        Fault::RunsRefusals if reply.status != StatusCode::OK => pretend(reply),
        _ => replies::read(fault, reply),
    }
}

/// Whether a runtime that has some of a body pays no heed to the rest.
pub(in super::super) fn ignores(flaw: Flaw, had: &[u8], whole: Option<u64>) -> bool {
    flaw.is(Fault::FirstPieceOnly) && !had.is_empty() && whole.is_some_and(|bytes| bytes < 4096)
}

/// Whether a mutant polls again at once when a poll ended without a reply; it may not come back.
pub(in super::super) async fn closed(flaw: Flaw) -> bool {
    match flaw.is(Fault::HangsOnClosedPoll) {
        true => std::future::pending().await,
        false => flaw.is(Fault::ReconnectsForEver),
    }
}

/// Asks the place that a redirect names; no answer of it is an event.
fn follow(reply: &Reply) {
    let location = reply.headers.get("location").map(|place| place.to_str());
    let Some(Ok(location)) = location else { return };
    let place = location.strip_prefix("http://").unwrap_or(location);
    let (host, path) = place.split_once('/').unwrap_or((place, ""));
    if let Ok(mut other) = TcpStream::connect(host) {
        // Whoever listens there need not read it.
        let _ = write!(other, "GET /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    }
}

fn pretend(reply: &mut Reply) {
    reply.status = StatusCode::OK;
    if !reply.headers.contains_key(header::REQUEST_ID) {
        let id = hyper::header::HeaderValue::from_static("none");
        reply.headers.insert(header::REQUEST_ID, id);
    }
}

fn unknown(name: &str) -> bool {
    name.starts_with("lambda-runtime-")
        && !header::OF_EVENTS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
}

/// How a mutant takes the end of its polling.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum Refused {
    /// It ends, as it should.
    Ends,
    /// It polls again at once.
    Again,
    /// It neither polls nor ends.
    Hangs,
}

/// What follows a poll that was refused, or one that broke off.
pub(in super::super) fn refused(flaw: Flaw, status: Option<StatusCode>) -> Refused {
    match (flaw.0, status.is_some()) {
        (Some(Fault::PollsForEverOn403), _) if status == Some(StatusCode::FORBIDDEN) => {
            Refused::Again
        }
        (Some(Fault::PollsForEverOn503), _) if status == Some(StatusCode::SERVICE_UNAVAILABLE) => {
            Refused::Again
        }
        (Some(Fault::PollsForEver), true) => Refused::Again,
        (Some(Fault::HangsOnRefusedPoll), true) => Refused::Hangs,
        (Some(Fault::HangsOnBrokenPoll), false) => Refused::Hangs,
        (Some(Fault::ExitsZeroOnRefusedPoll), true) => exit(0),
        (Some(Fault::ExitsZeroOnBrokenPoll), false) => exit(0),
        _ => Refused::Ends,
    }
}
