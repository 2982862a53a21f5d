//! A reply of the script as hyper takes it.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::SystemTime;

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Frame};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

use super::outgoing::Outgoing;
use crate::case::{Close, Framing};

pub(super) type ReplyBody = BoxBody<Bytes, Infallible>;

/// The reply, with `Date` and framing as its shape has them.
pub(super) fn render(outgoing: &Outgoing) -> Response<ReplyBody> {
    let mut response = Response::new(body(outgoing));
    *response.status_mut() =
        StatusCode::from_u16(outgoing.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &outgoing.headers {
        let parsed = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_bytes(value.as_bytes()),
        );
        // Case files with impossible headers are refused by the reader.
        if let (Ok(name), Ok(value)) = parsed {
            response.headers_mut().append(name, value);
        }
    }
    let date = httpdate::fmt_http_date(SystemTime::now());
    if let (false, Ok(date)) = (outgoing.shape.dateless, HeaderValue::from_str(&date)) {
        response.headers_mut().insert(hyper::header::DATE, date);
    }
    if outgoing.shape.close == Close::Announced {
        response
            .headers_mut()
            .insert(hyper::header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn body(outgoing: &Outgoing) -> ReplyBody {
    match &outgoing.shape.framing {
        Framing::Length => Full::new(outgoing.body.clone()).boxed(),
        Framing::Chunked(sizes) => {
            let mut rest = outgoing.body.clone();
            let mut chunks = VecDeque::new();
            for size in sizes.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                chunks.push_back(rest.split_to((*size).clamp(1, rest.len())));
            }
            Chunks(chunks).boxed()
        }
    }
}

/// A body of unknown length, so that hyper sends it chunked: a chunk for each item.
struct Chunks(VecDeque<Bytes>);

impl hyper::body::Body for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|chunk| Ok(Frame::data(chunk))))
    }
}
