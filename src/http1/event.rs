//! What the reader sees on a connection, in the order in which it comes.

use super::{Body, Header};

/// What the reader saw.
#[derive(Clone, Debug)]
pub enum Event {
    /// A request line and its headers.
    Head(Head),
    /// Part of the body came.
    Data {
        /// How many bytes, without their framing.
        bytes: u64,
        /// The sizes of the chunks that began with them, of the first chunks of a body only.
        chunks: Vec<u64>,
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
    /// No request can be found in what follows. A refusal says that a request was not taken; without one, its body broke off.
    Lost(Option<Refusal>),
    /// The bytes that are not a request, when the connection ended.
    Garbage(Body),
}

/// The head of a request.
#[derive(Clone, Debug)]
pub struct Head {
    /// The bytes, with the empty line.
    pub bytes: Body,
    /// The method.
    pub method: String,
    /// The request target.
    pub target: String,
    /// HTTP/1.`minor`
    pub minor: u8,
    /// The header lines.
    pub headers: Vec<Header>,
}

/// Why a server does not take a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// It is no HTTP/1, or its framing means two things.
    Malformed,
    /// The head is larger than what is read.
    HeadTooLarge,
    /// The body has a coding behind which its end cannot be found.
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

impl Head {
    /// The values of all headers of this name, in any case.
    pub fn values(&self, name: &'static str) -> impl DoubleEndedIterator<Item = &str> {
        let named = move |header: &&Header| header.name.eq_ignore_ascii_case(name);
        self.headers
            .iter()
            .filter(named)
            .map(|header| header.value.as_str())
    }

    /// Whether the client waits for `100 Continue` before it sends the body.
    pub fn expects_continue(&self) -> bool {
        let last = self.values("expect").next_back();
        self.minor > 0 && last.is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
    }

    /// Whether the client may send another request on the connection. A body that is framed in two ways ends it
    /// (RFC 9112, section 6.3).
    pub fn keeps_alive(&self) -> bool {
        let says = |word: &str| {
            let mut words = self.values("connection").flat_map(|value| value.split(','));
            words.any(|said| said.trim().eq_ignore_ascii_case(word))
        };
        let framed = |name| self.values(name).next().is_some();
        match (framed("transfer-encoding"), framed("content-length")) {
            (true, true) => false,
            _ if says("close") => false,
            _ => self.minor > 0 || says("keep-alive"),
        }
    }
}
