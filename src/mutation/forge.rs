//! Bytes of requests that no HTTP library writes.

use crate::reference::client::Call;

/// The last chunk of a body.
pub(super) const LAST_CHUNK: &str = "\r\n0\r\n\r\n";

/// The header line with the length of a call's body.
pub(super) fn length(call: &Call) -> String {
    let body = call.body.as_deref().unwrap_or_default();
    format!("Content-Length: {}\r\n", body.len())
}

/// The body of a request as one chunk, with these header lines for its length and this end.
pub(super) fn chunked(call: &Call, bytes: Vec<u8>, lines: &str, end: &str) -> Vec<u8> {
    let body = call.body.as_deref().unwrap_or_default();
    if body.is_empty() {
        return bytes;
    }
    let size = format!("{:x}\r\n", body.len()).into_bytes();
    let mut head = replace(bytes, &length(call), lines);
    let end_of_head = find(&head, b"\r\n\r\n").map_or(head.len(), |end| end + 4);
    head.truncate(end_of_head);
    [&head, &size, body, end.as_bytes()].concat()
}

/// Replaces the first occurrence.
pub(super) fn replace(bytes: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    let Some(start) = find(&bytes, from.as_bytes()) else {
        return bytes;
    };
    let (before, rest) = bytes.split_at(start);
    [before, to.as_bytes(), &rest[from.len()..]].concat()
}

/// Removes a header line.
pub(super) fn without_line(bytes: Vec<u8>, name: &str) -> Vec<u8> {
    let Some(start) = find(&bytes, name.as_bytes()) else {
        return bytes;
    };
    let (before, rest) = bytes.split_at(start);
    let end = find(rest, b"\r\n").map_or(rest.len(), |end| end + 2);
    [before, &rest[end..]].concat()
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}
