//! The result of the function as a stream, and how it ends.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Bytes;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::sync::mpsc;

use super::failure::{Failure, Outcome};
use crate::protocol::header;

/// What the function writes, and how it fails if it does.
pub(crate) type Parts = mpsc::Receiver<Result<Bytes, Failure>>;

/// The result of an invocation.
pub(crate) enum Worked {
    /// It is complete.
    Whole(Outcome),
    /// It comes piece by piece.
    Stream(Parts),
}

/// The trailers that report a failure after a stream: its type, and its document in base64 (STREAM-08).
pub(crate) fn trailers(failure: &Failure) -> HeaderMap {
    let document = STANDARD.encode(failure.document());
    let lines = [
        (header::ERROR_TYPE, failure.type_header()),
        (header::ERROR_BODY, document),
    ];
    let line = |(name, value): (&str, String)| {
        let name = HeaderName::try_from(name).ok()?;
        Some((name, HeaderValue::try_from(value).ok()?))
    };
    lines.into_iter().filter_map(line).collect()
}
