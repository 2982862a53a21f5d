//! What the scanner saw, in the order in which it came.

use crate::transcript::{Body, Header};

/// What the scanner saw.
#[derive(Clone, Debug)]
pub enum Event {
    /// A request line and its headers.
    Head {
        /// The bytes, with the empty line.
        bytes: Body,
        /// The method.
        method: String,
        /// The request target.
        target: String,
        /// HTTP/1.`minor`
        minor: u8,
        /// The header lines.
        headers: Vec<Header>,
    },
    /// The rest of the request.
    End {
        /// The body, without its framing.
        body: Body,
        /// Chunk sizes, if it was chunked.
        chunks: Option<Vec<u64>>,
        /// Trailer lines.
        trailers: Vec<Header>,
        /// What was wrong with the framing.
        broken: Option<String>,
    },
    /// The bytes are no request; the rest of the connection is not read.
    Garbage(Body),
}

impl Event {
    /// How many bytes it holds.
    pub fn kept(&self) -> usize {
        match self {
            Self::Head { bytes, .. } => bytes.kept.len(),
            Self::End { body, .. } => body.kept.len(),
            Self::Garbage(body) => body.kept.len(),
        }
    }
}

impl From<&httparse::Header<'_>> for Header {
    fn from(header: &httparse::Header<'_>) -> Self {
        let value = header.value.iter().map(|byte| char::from(*byte)).collect();
        Self {
            name: header.name.to_owned(),
            value,
        }
    }
}
