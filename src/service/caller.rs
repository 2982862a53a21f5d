//! Who calls: the runtime, as far as is known, or a stranger, who is told so and is none of a case's business.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::connection;
use super::listen::Shared;
use super::note::Note;
use crate::http1::{Body, Event};
use crate::transcript::Stranger;

/// Who calls.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Caller {
    /// The runtime, or a process of its own.
    Runtime,
    /// The runtime, for all that is known.
    Unknown,
    /// A process that is not of the runtime: which.
    Stranger(String),
}

/// Knows by the address of a caller, and by the one called, who it is. It may take its time.
pub type Doorkeeper = Arc<dyn Fn(SocketAddr, SocketAddr) -> Caller + Send + Sync>;

/// How much of what a stranger sends is noted, and for how long it is waited for.
const NOTED_MAX: usize = 2048;
const FIRST_BYTES_MAX: Duration = Duration::from_secs(1);

/// What a stranger is told.
pub(super) const REFUSAL: &[u8] =
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Content-Length: 78\r\nConnection: close\r\n\r\n\
    ricspec plays the Runtime API here, for the processes of one runtime only.\r\n\r\n";

/// Serves a connection that was taken, if it is the runtime's.
pub(super) async fn admit(stream: TcpStream, shared: Arc<Shared>) {
    let at = shared.clock.now();
    let caller = tokio::select! {
        caller = who(&stream, &shared) => caller,
        () = shared.cancel.cancelled() => return shared.ended(),
    };
    if let Caller::Stranger(who) = caller {
        tokio::select! {
            first = refuse(stream) => shared.note(Note::Stranger(Stranger { at, who, first })),
            () = shared.cancel.cancelled() => {}
        }
        return shared.ended();
    }
    let index = shared.open(at);
    connection::serve(stream, index, shared, caller).await;
}

async fn who(stream: &TcpStream, shared: &Shared) -> Caller {
    let (Some(doorkeeper), Ok(from), Ok(to)) = (
        shared.doorkeeper.get(),
        stream.peer_addr(),
        stream.local_addr(),
    ) else {
        return Caller::Unknown;
    };
    // One at a time: a crowd of callers is not to become a crowd of threads.
    let _turn = shared.turns.lock().await;
    let doorkeeper = Arc::clone(doorkeeper);
    let asked = tokio::task::spawn_blocking(move || doorkeeper(from, to)).await;
    asked.unwrap_or(Caller::Unknown)
}

async fn refuse(mut stream: TcpStream) -> Body {
    let mut first = vec![0; NOTED_MAX];
    let read = tokio::time::timeout(FIRST_BYTES_MAX, stream.read(&mut first)).await;
    let bytes = read.ok().and_then(Result::ok).unwrap_or(0);
    // One that has gone needs no refusal.
    let _ = stream.write_all(REFUSAL).await;
    Body::from(first.get(..bytes).unwrap_or_default())
}

/// The page in a browser from which a request comes, if one does: it may not be told apart from a runtime in another way.
pub(super) fn page(caller: &Caller, shared: &Shared, events: &[Event]) -> Option<Stranger> {
    let first = events.iter().find_map(|event| match event {
        Event::Head(head) => {
            let is_page = head.values("origin").next().is_some();
            is_page.then(|| head.bytes.clone())
        }
        Event::Data { .. } | Event::End { .. } | Event::Lost(_) | Event::Garbage(_) => None,
    });
    first
        .filter(|_| *caller != Caller::Runtime)
        .map(|first| Stranger {
            at: shared.clock.now(),
            who: "a page in a browser".to_owned(),
            first,
        })
}
