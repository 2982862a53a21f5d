//! Who calls: the runtime, as far as is known, or a stranger, who gets a refusal and does not belong to the case.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::http1::{Body, Event};
use crate::protocol::Actor;

/// Who calls.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Caller {
    /// An actor of the case, or a process of its own.
    Actor(Actor),
    /// Perhaps the runtime.
    Unknown,
    /// A process that is of none of them: which.
    Stranger(String),
}

impl Caller {
    /// The actor that calls, where that is known.
    pub(super) fn actor(&self) -> Option<Actor> {
        match self {
            Self::Actor(actor) => Some(*actor),
            Self::Unknown | Self::Stranger(_) => None,
        }
    }
}

/// Identifies a caller by its address and the address that it called. This may take some time.
pub type Doorkeeper = Arc<dyn Fn(SocketAddr, SocketAddr) -> Caller + Send + Sync>;

/// How much of a stranger's bytes is noted, and how long we wait for it.
const NOTED_MAX: usize = 2048;
const FIRST_BYTES_MAX: Duration = Duration::from_secs(1);

/// The reply to a stranger.
pub(super) const REFUSAL: &[u8] =
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Content-Length: 78\r\nConnection: close\r\n\r\n\
    ricspec plays the Runtime API here, for the processes of one runtime only.\r\n\r\n";

/// Reads the start of a stranger's request, and refuses it.
pub(super) async fn refuse(mut stream: TcpStream) -> Body {
    let mut first = vec![0; NOTED_MAX];
    let read = tokio::time::timeout(FIRST_BYTES_MAX, stream.read(&mut first)).await;
    let bytes = read.ok().and_then(Result::ok).unwrap_or(0);
    // A caller that has gone needs no refusal.
    let _ = stream.write_all(REFUSAL).await;
    Body::from(first.get(..bytes).unwrap_or_default())
}

/// The start of a request of a browser's page, if it is one: nothing else may distinguish it from a runtime.
pub(super) fn page(caller: &Caller, events: &[Event]) -> Option<Body> {
    let first = events.iter().find_map(|event| match event {
        Event::Head(head) => {
            let is_page = head.values("origin").next().is_some();
            is_page.then(|| head.bytes.clone())
        }
        Event::Data { .. } | Event::End { .. } | Event::Lost(_) | Event::Garbage(_) => None,
    });
    first.filter(|_| caller.actor().is_none())
}
