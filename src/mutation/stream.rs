//! Mutants: results that the function writes piece by piece.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Frame;
use hyper::header::HeaderValue;
use tokio::sync::mpsc;

use super::change::{Forged, LastFrame};
use super::forge::without_line;
use super::mutant::Mutant;
use crate::protocol::header;
use crate::reference::hooks::{Hooks, Later};
use crate::reference::parts::{Parts, trailers};

mutants! {
    "stream-collected": "Sends a stream only once the function has written all of it.",
        breaks ["STREAM-03"] => Collected;
    "stream-not-announced": "Sends trailers behind a stream without announcing them.",
        breaks ["STREAM-09"] => Forged(|_, bytes| without_line(bytes, "Trailer:"));
    "stream-without-trailers": "Ends a stream that fails like one that is whole.",
        breaks ["STREAM-08"] => LastFrame(|_| None);
    "stream-trailer-as-json": "Sends the error document behind a stream as JSON, and not in base64.",
        breaks ["STREAM-08"] => LastFrame(|failure| {
            let mut lines = trailers(failure);
            let document = HeaderValue::try_from(failure.document()).ok()?;
            *lines.get_mut(header::ERROR_BODY)? = document;
            Some(Frame::trailers(lines))
        });
    "stream-trailers-as-text": "Writes the trailers into the stream as text.",
        breaks ["STREAM-08", "STREAM-10"] => LastFrame(|failure| {
            let (kind, document) = (failure.type_header(), STANDARD.encode(failure.document()));
            let text = format!("{}: {kind}\r\n{}: {document}\r\n", header::ERROR_TYPE, header::ERROR_BODY);
            Some(Frame::data(text.into()))
        });
}

struct Collected;

impl Hooks for Collected {
    fn parts(&self, mut parts: Parts) -> Later<'static, Parts> {
        Box::pin(async move {
            let (collector, collected) = mpsc::channel(PARTS_MAX);
            while let Some(part) = parts.recv().await {
                let _ = collector.send(part).await;
            }
            collected
        })
    }
}

/// More parts than any case has.
const PARTS_MAX: usize = 1024;
