//! Bodies of answers that go out as they come.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::Either;
use hyper::Response;
use hyper::body::{Body, Frame};
use hyper::header::CONTENT_TYPE;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::protocol::AnswerKind;
use crate::protocol::event_stream::{Complete, MEDIA_TYPE, invoke_complete, payload_chunk};
use crate::protocol::invoke::EXECUTED_VERSION;
use crate::service::door::{Answer, Gone, Pieces};
use crate::service::piece::{Answered, Piece};

/// What the SDKs call the failure of a function.
const UNHANDLED: &str = "Unhandled";

/// The answer to a caller of the Invoke API who reads it as it comes.
pub(super) fn streamed(pieces: UnboundedReceiver<Piece>, wants_log: bool) -> Answer {
    let body = Pieces::new(EventStream {
        pieces,
        wants_log,
        has_begun: false,
        is_over: false,
    });
    let answer = Response::builder()
        .header(CONTENT_TYPE, MEDIA_TYPE)
        .header(EXECUTED_VERSION, "$LATEST")
        .body(Either::Right(body));
    answer.expect("names and values of headers that are known")
}

/// An answer as events.
struct EventStream {
    pieces: UnboundedReceiver<Piece>,
    wants_log: bool,
    has_begun: bool,
    is_over: bool,
}

impl EventStream {
    fn event(&mut self, piece: &Piece) -> Vec<u8> {
        match piece {
            Piece::Begun { .. } => {
                self.has_begun = true;
                Vec::new()
            }
            Piece::Data(data) => payload_chunk(&data.bytes),
            Piece::End(answered) => {
                self.is_over = true;
                self.end(answered)
            }
        }
    }

    fn end(&self, Answered { returned, log }: &Answered) -> Vec<u8> {
        let text = String::from_utf8_lossy(&returned.body);
        let (failure, whole) = match returned.kind {
            AnswerKind::Error => (Some(&*text), None),
            AnswerKind::Response => (None, Some(&returned.body).filter(|_| !self.has_begun)),
        };
        let log = self.wants_log.then(|| STANDARD.encode(log));
        let complete = Complete {
            error_code: failure.map(|_| UNHANDLED),
            error_details: failure,
            log_result: log.as_deref(),
        };
        let whole = whole.map(|body| payload_chunk(body));
        [whole.unwrap_or_default(), invoke_complete(complete)].concat()
    }
}

impl Body for EventStream {
    type Data = Bytes;
    type Error = Gone;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Gone>>> {
        while !self.is_over {
            let Some(piece) = ready!(self.pieces.poll_recv(context)) else {
                self.is_over = true;
                return Poll::Ready(Some(Err(Gone)));
            };
            let event = self.event(&piece);
            if !event.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(event.into()))));
            }
        }
        Poll::Ready(None)
    }
}

/// The body of an answer by HTTP: bytes as they come. After a failure it breaks off, since its status is out.
pub(super) struct Bytewise {
    /// What has come already.
    first: Bytes,
    pieces: UnboundedReceiver<Piece>,
    /// Whether it breaks off, once what has come is on its way.
    breaks_off: bool,
    is_over: bool,
}

impl Bytewise {
    pub(super) fn new(first: Bytes, pieces: UnboundedReceiver<Piece>) -> Self {
        Self {
            first,
            pieces,
            breaks_off: false,
            is_over: false,
        }
    }
}

impl Body for Bytewise {
    type Data = Bytes;
    type Error = Gone;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Gone>>> {
        if !self.first.is_empty() {
            let first = std::mem::take(&mut self.first);
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if self.breaks_off {
            return Poll::Ready(Some(Err(Gone)));
        }
        while !self.is_over {
            match ready!(self.pieces.poll_recv(context)) {
                Some(Piece::Begun { .. }) => {}
                Some(Piece::Data(data)) => {
                    return Poll::Ready(Some(Ok(Frame::data(data.bytes.clone()))));
                }
                Some(Piece::End(answered)) if answered.returned.kind == AnswerKind::Response => {
                    self.is_over = true;
                }
                Some(Piece::End(_)) | None => {
                    // Who sends it drops what has not gone out when it meets the error.
                    self.breaks_off = true;
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(None)
    }
}
