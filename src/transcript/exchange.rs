//! A request and its reply.

use serde::{Deserialize, Serialize};

use super::{Body, Header, Offset};

/// A request and its reply.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// Whose it is, as a place among the actors; `None` where that could not be told.
    pub actor: Option<usize>,
    /// Who asked.
    pub direction: Direction,
    /// Index of the connection.
    pub connection: usize,
    /// When the head of the request was complete.
    pub at: Offset,
    /// When the whole request was.
    pub complete: Option<Offset>,
    /// The request line and headers, byte for byte.
    pub head: Body,
    /// The method, as sent.
    pub method: String,
    /// The request target, as sent.
    pub target: String,
    /// The minor version of HTTP/1.
    pub minor: u8,
    /// Header lines in order, in the case in which they were sent.
    pub headers: Vec<Header>,
    /// The body, without its framing.
    pub body: Body,
    /// Its chunks, if it was chunked.
    pub chunks: Option<Box<Chunks>>,
    /// Trailer lines.
    pub trailers: Vec<Header>,
    /// What was wrong with the framing of the body, if anything.
    pub broken: Option<String>,
    /// The answer.
    pub reply: Option<Reply>,
    /// When the runtime gave up waiting for the reply.
    pub dropped: Option<Offset>,
    /// The invocation that was delivered in the reply, as an index.
    pub delivered: Option<usize>,
}

/// Who sends the request of an exchange.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// An actor: it calls the service.
    #[default]
    Inbound,
    /// The service: it delivers something to an actor.
    Outbound,
}

/// The chunks of a body.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Chunks {
    /// The first ones.
    pub first: Vec<Chunk>,
    /// How many came after them.
    pub more: u64,
}

/// A chunk of a body.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Chunk {
    /// When its size had come.
    pub at: Offset,
    /// Its size.
    pub bytes: u64,
}

/// What was answered.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// Just before its first byte was written, or when it was read.
    pub at: Offset,
    /// The status.
    pub status: u16,
    /// The first bytes on the wire, head and some of the body.
    pub wire: Body,
    /// How the case bent it, if it did.
    pub bent: Option<String>,
}

impl Exchange {
    /// Whether it is the runtime's, as far as is known.
    pub fn is_of_runtime(&self) -> bool {
        self.actor.is_none_or(|place| place == 0)
    }

    /// The values of all headers of this name, in any case.
    pub fn header_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        values(&self.headers, name)
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value.as_str())
    }

    /// The first trailer of this name, in any case.
    pub fn trailer<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        values(&self.trailers, name).next()
    }
}

fn values<'a>(headers: &'a [Header], name: &'a str) -> impl Iterator<Item = &'a str> {
    headers
        .iter()
        .filter(move |header| header.name.eq_ignore_ascii_case(name))
        .map(|header| header.value.as_str())
}
