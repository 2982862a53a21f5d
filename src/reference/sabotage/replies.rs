//! Faults in reading replies whose bytes are lawful and unusual.

use std::process::exit;

use hyper::header::{HeaderName, HeaderValue};

use super::super::client::Reply;
use super::super::fault::Fault;

/// Reads of this number are more than a reply of the usual size comes in.
const MANY_READS: u32 = 4;

/// Misreads a reply to a poll.
pub(super) fn read(fault: Fault, reply: &mut Reply) {
    let head = String::from_utf8_lossy(&reply.raw).into_owned();
    let (head, after_head) = head.split_once("\r\n\r\n").unwrap_or((&head, ""));
    let chunked = reply.headers.contains_key("transfer-encoding");
    match fault {
        Fault::PlainChunksOnly if chunked && !is_plain(after_head) => exit(1),
        Fault::CaseSensitiveCoding if chunked && !head.contains("Transfer-Encoding: ") => {
            reply.body = Some(after_head.to_owned().into());
        }
        Fault::DiesOfEmptyHeader if reply.headers.iter().any(is_unknown_and_empty) => exit(1),
        _ => {}
    }
}

fn is_unknown_and_empty((name, value): (&HeaderName, &HeaderValue)) -> bool {
    value.is_empty() && !name.as_str().starts_with("lambda-runtime-")
}

/// Whether a reply came in more pieces than its size explains.
pub(super) fn in_many_pieces(reply: &Reply) -> bool {
    reply.reads > MANY_READS && reply.raw.len() < 1024
}

/// Whether the first chunk size is a few digits in lower case.
fn is_plain(body: &str) -> bool {
    let size = body.lines().next().unwrap_or_default();
    let digit = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase();
    !size.starts_with('0') && size.bytes().all(digit)
}
