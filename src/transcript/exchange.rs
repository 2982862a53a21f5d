//! A request and its reply.

use serde::{Deserialize, Serialize};

use super::alike::{Alike, Models};
use super::{Body, Header, Offset};
use crate::http1::{Head, value_of};
use crate::protocol::{Actor, Mode, Route};

/// A request and its reply.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(from = "Written", into = "Written")]
pub struct Exchange {
    /// Whose it is, as an index of an actor; `None` if this is unknown.
    pub actor: Option<usize>,
    /// Who asked.
    pub direction: Direction,
    /// Index of the connection.
    pub connection: usize,
    /// When the head of the request was complete.
    pub at: Offset,
    /// When the whole request was.
    pub complete: Option<Offset>,
    /// The request line and headers.
    pub request: Request,
    /// The body, without its framing.
    pub body: Body,
    /// What few bodies have.
    pub rare: Option<Box<Rare>>,
    /// The answer.
    pub reply: Option<Reply>,
    /// When the runtime gave up waiting for the reply.
    pub dropped: Option<Offset>,
    /// The invocation that was delivered in the reply, as an index.
    pub delivered: Option<u32>,
}

/// What few bodies have.
#[derive(Clone, Debug, Default)]
pub struct Rare {
    /// The chunks, if it was chunked.
    pub chunks: Option<Chunks>,
    /// Trailer lines.
    pub trailers: Vec<Header>,
    /// What was wrong with the framing, if anything.
    pub broken: Option<String>,
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
    pub wire: Alike,
    /// How the case distorted it, if it did.
    #[serde(rename = "bent")]
    pub distortion: Option<Box<str>>,
}

/// The request line and headers, kept in little space.
#[derive(Clone, Debug)]
pub struct Request(Form);

#[derive(Clone, Debug)]
enum Form {
    /// As the bytes are read.
    Read(Alike),
    /// What the record says is not what its bytes say.
    Told(Box<Head>),
}

impl Request {
    /// Keeps a head by the models that came before.
    pub fn new(head: Head, models: &mut Models) -> Self {
        Self(match read(&head.bytes.kept).as_ref() == Some(&head) {
            true => Form::Read(models.keep(&head.bytes.kept)),
            false => Form::Told(Box::new(head)),
        })
    }

    /// Keeps a head as it came over the wire: whole, it is what its bytes say.
    pub fn received(head: Head, models: &mut Models) -> Self {
        Self(match head.bytes.sha256 {
            None => Form::Read(models.keep(&head.bytes.kept)),
            Some(_) => Form::Told(Box::new(head)),
        })
    }

    /// The head.
    pub fn head(&self) -> Head {
        match &self.0 {
            Form::Read(bytes) => read(&bytes.bytes()).expect("they were read before"),
            Form::Told(head) => (**head).clone(),
        }
    }
}

fn read(bytes: &[u8]) -> Option<Head> {
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
    Head::read(bytes, lines).ok()?
}

impl Exchange {
    /// Whether it is a call of this actor, as far as is known: an unknown caller counts as the runtime.
    pub fn is_of(&self, actor: Actor) -> bool {
        self.direction == Direction::Inbound && self.actor.unwrap_or_default() == actor.place()
    }

    /// The request line and headers.
    pub fn head(&self) -> Head {
        self.request.head()
    }

    /// The chunks of the body, if it was chunked.
    pub fn chunks(&self) -> Option<&Chunks> {
        self.rare.as_ref()?.chunks.as_ref()
    }

    /// Trailer lines.
    pub fn trailers(&self) -> &[Header] {
        self.rare.as_ref().map_or(&[], |rare| &rare.trailers)
    }

    /// What was wrong with the framing of the body, if anything.
    pub fn broken(&self) -> Option<&str> {
        self.rare.as_ref()?.broken.as_deref()
    }

    /// Where the request leads, in a mode.
    pub fn route(&self, mode: Mode) -> Route {
        let head = self.head();
        Route::of(mode, &head.method, &head.target)
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<String> {
        self.head().header(name).map(str::to_owned)
    }

    /// The first trailer with this name, in upper or lower case.
    pub fn trailer(&self, name: &str) -> Option<&str> {
        value_of(self.trailers(), name)
    }
}

/// An exchange as it is written down.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written {
    actor: Option<usize>,
    direction: Direction,
    connection: usize,
    at: Offset,
    complete: Option<Offset>,
    head: Body,
    method: String,
    target: String,
    minor: u8,
    headers: Vec<Header>,
    body: Body,
    chunks: Option<Chunks>,
    trailers: Vec<Header>,
    broken: Option<String>,
    reply: Option<Reply>,
    dropped: Option<Offset>,
    delivered: Option<u32>,
}

impl From<Exchange> for Written {
    fn from(exchange: Exchange) -> Self {
        let head = exchange.head();
        let rare = exchange.rare.map_or_else(Rare::default, |rare| *rare);
        Self {
            actor: exchange.actor,
            direction: exchange.direction,
            connection: exchange.connection,
            at: exchange.at,
            complete: exchange.complete,
            head: head.bytes,
            method: head.method,
            target: head.target,
            minor: head.minor,
            headers: head.headers,
            body: exchange.body,
            chunks: rare.chunks,
            trailers: rare.trailers,
            broken: rare.broken,
            reply: exchange.reply,
            dropped: exchange.dropped,
            delivered: exchange.delivered,
        }
    }
}

impl From<Written> for Exchange {
    fn from(written: Written) -> Self {
        let head = Head {
            bytes: written.head,
            method: written.method,
            target: written.target,
            minor: written.minor,
            headers: written.headers,
        };
        let rare = Rare {
            chunks: written.chunks,
            trailers: written.trailers,
            broken: written.broken,
        };
        let is_rare = rare.chunks.is_some() || !rare.trailers.is_empty() || rare.broken.is_some();
        Self {
            actor: written.actor,
            direction: written.direction,
            connection: written.connection,
            at: written.at,
            complete: written.complete,
            request: Request::new(head, &mut Models::default()),
            body: written.body,
            rare: is_rare.then(|| Box::new(rare)),
            reply: written.reply,
            dropped: written.dropped,
            delivered: written.delivered,
        }
    }
}
