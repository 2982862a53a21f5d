//! The prelude of a stream for a caller by HTTP: a JSON document with status, headers and cookies, eight zero bytes, and then
//! the body.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::{Number, UrlAnswer, headers_of};

/// What ends a prelude.
const END: [u8; 8] = [0; 8];

/// The longest prelude that is read, in bytes: far more than headers can have.
const BYTES_MAX: usize = 1024 * 1024;

/// The media type of a stream that does not say its own.
pub const STREAM_TYPE: &str = "application/octet-stream";

/// A prelude as it comes.
#[derive(Debug, Default)]
pub struct Prelude(Vec<u8>);

/// What a prelude says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    #[serde(default)]
    status_code: Option<Number>,
    #[serde(default)]
    headers: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
}

impl Prelude {
    /// More of the stream. Once the prelude is complete: the answer, with the start of its body; or that of a gateway if it
    /// says nothing that can be sent.
    pub fn push(&mut self, data: &[u8]) -> Option<UrlAnswer> {
        // The end may lie across two pieces.
        let from = self.0.len().saturating_sub(END.len() - 1);
        self.0.extend_from_slice(data);
        let fresh = self.0.get(from..).unwrap_or_default();
        let found = fresh.windows(END.len()).position(|part| part == END);
        match found {
            Some(at) => {
                let body = self.0.split_off(from + at);
                let body = body.get(END.len()..).unwrap_or_default();
                let answer = answer(&self.0, Bytes::copy_from_slice(body));
                Some(answer.unwrap_or_else(UrlAnswer::bad_gateway))
            }
            None => (self.0.len() > BYTES_MAX).then(UrlAnswer::bad_gateway),
        }
    }
}

fn answer(prelude: &[u8], body: Bytes) -> Option<UrlAnswer> {
    // Otherwise an array would do.
    let object = prelude.trim_ascii_start().starts_with(b"{");
    let said: Said = serde_json::from_slice(prelude).ok().filter(|_| object)?;
    let headers = said.headers.unwrap_or_default();
    Some(UrlAnswer {
        status: said.status_code.map_or(200, |status| status.0),
        headers: headers_of(headers, said.cookies.unwrap_or_default(), STREAM_TYPE)?,
        body,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &[u8] = b"{\"statusCode\":404,\"headers\":{\"Content-Type\":\"text/plain\"},\"cookies\":[\"a=1\"]}\0\0\0\0\0\0\0\0gone";

    #[test]
    fn a_prelude_in_any_pieces_is_read_once_it_is_complete() {
        for size in 1..STREAM.len() {
            let (mut prelude, mut answer) = (Prelude::default(), None);
            let mut body = Vec::new();
            for piece in STREAM.chunks(size) {
                match &answer {
                    Some(_) => body.extend_from_slice(piece),
                    None => answer = prelude.push(piece),
                }
            }
            let answer = answer.expect("it is complete");
            assert_eq!(answer.status, 404);
            let cookie = ("Set-Cookie".to_owned(), "a=1".to_owned());
            assert_eq!(answer.headers.last(), Some(&cookie));
            assert_eq!([&answer.body[..], &body].concat(), b"gone", "{size}");
        }
    }

    #[test]
    fn what_says_nothing_is_told_as_by_a_gateway() {
        let whole = |text: &[u8]| Prelude::default().push(&[text, &END].concat());
        for text in [&b"{"[..], b"[]", b"{\"statusCode\":99}"] {
            assert_eq!(whole(text).map(|answer| answer.status), Some(502));
        }
        let empty = whole(b"{}").expect("it is complete");
        assert_eq!(
            (empty.status, empty.headers[0].1.as_str()),
            (200, STREAM_TYPE)
        );
        let endless = Prelude::default().push(&vec![b'a'; BYTES_MAX + 1]);
        assert_eq!(endless.map(|answer| answer.status), Some(502));
    }
}
