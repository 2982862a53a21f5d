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

/// A result that the function is still writing.
#[derive(Debug)]
pub(crate) struct Written {
    /// Its content type.
    pub(crate) kind: String,
    /// What the caller by HTTP gets in addition, as JSON: then the stream has the type of the HTTP integration.
    pub(crate) prelude: Option<Vec<u8>>,
    pub(crate) parts: Parts,
}

/// What separates the prelude from the body.
pub(crate) const NULS: [u8; 8] = [0; 8];

/// The result of an invocation.
pub(crate) enum Worked {
    /// It is complete.
    Whole(Outcome),
    /// It comes piece by piece.
    Stream(Written),
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
