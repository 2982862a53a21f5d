//! Variants: lawful habits of runtimes that stream.

use std::time::Duration;

use hyper::body::{Bytes, Frame};
use hyper::header::{HeaderMap, HeaderValue};
use tokio::time::timeout;

use super::super::change::{Request, Wire};
use super::super::mutant::Mutant;
use super::super::stream::{PartsOf, is_stream};
use crate::reference::hooks::Hooks;

mutants! {
    "variant-stream-halves": "Sends each piece of a stream in two halves.",
        breaks [] => PartsOf(|mut parts, further| Box::pin(async move {
            while let Some(part) = parts.recv().await {
                let halves = part.map(|mut piece| (piece.split_to(piece.len() / 2), piece));
                let (first, second) = match halves {
                    Ok((first, second)) => (Some(Ok(first)), Ok(second)),
                    Err(failure) => (None, Err(failure)),
                };
                for part in first.into_iter().chain([second]) {
                    if further.send(part).await.is_err() {
                        return;
                    }
                }
            }
        }));
    "variant-stream-joins": "Joins the pieces of a stream that come within 20 ms of each other.",
        breaks [] => PartsOf(|mut parts, further| Box::pin(async move {
            let mut next = parts.recv().await;
            while let Some(part) = next.take() {
                let Ok(piece) = part else {
                    let _ = further.send(part).await;
                    return;
                };
                let mut joined = piece.to_vec();
                let ended = loop {
                    match timeout(MOMENT, parts.recv()).await {
                        Ok(Some(Ok(piece))) if joined.len() < JOINED_MAX => joined.extend_from_slice(&piece),
                        Ok(Some(other)) => {
                            next = Some(other);
                            break false;
                        }
                        Ok(None) => break true,
                        Err(_) => break false,
                    }
                };
                if further.send(Ok(joined.into())).await.is_err() {
                    return;
                }
                if next.is_none() && !ended {
                    next = parts.recv().await;
                }
            }
        }));
    "variant-stream-other-trailers": "Ends a stream that is whole with a trailer of its own.",
        breaks [] => OtherTrailers;
    "variant-stream-without-type": "Sends a stream without a content type, if the function set none.",
        breaks [] => Request(|call| {
            if is_stream(call) {
                call.headers.retain(|(_, value)| value != b"application/octet-stream");
            }
        });
    "variant-stream-with-charset": "Names the charset of a text that it streams.",
        breaks [] => Request(|call| {
            if is_stream(call) && call.headers.iter().any(|(_, value)| value == b"text/html") {
                call.replace("Content-Type", "text/html; charset=utf-8");
            }
        });
    "variant-stream-closes": "Has a connection of its own for each stream, and closes it.",
        breaks [] => Wire(|call, way| (way.fresh, way.last) = (is_stream(call), is_stream(call)));
}

/// Pieces that come so soon after each other are one.
const MOMENT: Duration = Duration::from_millis(20);

/// A joined piece is not extended beyond this, in bytes.
const JOINED_MAX: usize = 256 * 1024;

struct OtherTrailers;

impl Hooks for OtherTrailers {
    fn whole_frame(&self) -> Option<Frame<Bytes>> {
        let value = HeaderValue::from_static("a value");
        let lines = HeaderMap::from_iter([("x-ricspec".parse().ok()?, value)]);
        Some(Frame::trailers(lines))
    }
}
