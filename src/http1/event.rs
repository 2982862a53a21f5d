//! What the reader sees on a connection, in order.

use super::{Body, Head, Header};

/// What the reader saw.
#[derive(Clone, Debug)]
pub enum Event {
    /// A request line and its headers.
    Head(Head),
    /// Part of the body came.
    Data {
        /// How many bytes, without their framing.
        bytes: u64,
        /// The sizes of the chunks that began with them, only for the first chunks of a body.
        chunks: Vec<u64>,
        /// The bytes, if the reader gives them.
        data: Vec<u8>,
    },
    /// The rest of the request.
    End {
        /// The body, without its framing.
        body: Body,
        /// How many chunks it had, if it was chunked.
        chunks: Option<u64>,
        /// Trailer lines.
        trailers: Vec<Header>,
        /// What was wrong with the framing.
        broken: Option<String>,
    },
    /// No request can be found from here on. A refusal says that a request was not accepted; without one, its body broke
    /// off.
    Lost(Option<Refusal>),
    /// The bytes that are not a request, when the connection ended.
    Garbage(Body),
}

/// Why a server does not accept a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// It is not HTTP/1, or its framing is ambiguous.
    Malformed,
    /// The head is larger than the limit.
    HeadTooLarge,
    /// The body has a coding whose end cannot be found.
    UnknownCoding,
}

impl Event {
    /// How many bytes it holds.
    pub fn kept(&self) -> usize {
        match self {
            Self::Head(head) => head.bytes.kept.len(),
            Self::End { body, .. } | Self::Garbage(body) => body.kept.len(),
            Self::Data { .. } | Self::Lost(_) => 0,
        }
    }
}
