//! The same request in other bytes.

use super::super::client::Call;
use super::super::fault::{Fault, Flaw};
use super::super::variant::Quirk;
use super::super::wire::Forge;

/// The largest chunk; the first has one byte, and each later one twice as many as the one before.
const CHUNK_BYTES_MAX: usize = 64 * 1024;

/// What becomes of the bytes of a request.
pub(in super::super) fn forge(flaw: Flaw, call: &Call) -> Option<Forge> {
    let Some(Fault::Quirk(quirk)) = flaw.0 else {
        return None;
    };
    let with_body = call.body.is_some();
    Some(match quirk {
        Quirk::ReversedHeaders => with_head(|lines| {
            lines
                .into_iter()
                .rev()
                .map(|line| match line.split_once(':') {
                    Some((name, value)) => format!("{}:{value}", name.to_ascii_uppercase()),
                    None => line,
                })
                .collect()
        }),
        Quirk::Chunks | Quirk::Streams if with_body => Box::new(|bytes| {
            let (head, body) = split(&bytes);
            let head = head.lines().map(|line| match line.split_once(": ") {
                Some(("Content-Length", _)) => "Transfer-Encoding: chunked".to_owned(),
                _ => line.to_owned(),
            });
            [joined(&head.collect::<Vec<_>>()), chunks(body)].concat()
        }),
        _ => return None,
    })
}

/// Changes the header lines of a request.
fn with_head(change: fn(Vec<String>) -> Vec<String>) -> Forge {
    Box::new(move |bytes| {
        let (head, body) = split(&bytes);
        let mut lines = head.lines().map(str::to_owned);
        let first = lines.next().unwrap_or_default();
        let lines = change(lines.collect());
        let head = joined(&[&[first], lines.as_slice()].concat());
        [&head, body].concat()
    })
}

/// The lines before the empty one, a letter for each byte, and what follows it.
fn split(bytes: &[u8]) -> (String, &[u8]) {
    let end = bytes.windows(4).position(|end| end == b"\r\n\r\n");
    let (head, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
    let body = rest.get(4..).unwrap_or_default();
    (head.iter().copied().map(char::from).collect(), body)
}

/// The bytes of lines that [`split`] has read.
fn joined(lines: &[String]) -> Vec<u8> {
    let head = lines.join("\r\n") + "\r\n\r\n";
    head.chars()
        .filter_map(|letter| u8::try_from(letter).ok())
        .collect()
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
