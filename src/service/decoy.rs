//! An address that no process should call: it accepts connections, notes how they begin, and refuses.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

use super::listen::Service;
use super::note::{Clock, Note};
use super::traffic::PAUSE;
use crate::transcript::{Body, Caught};

/// How many bytes of a connection are noted.
const NOTED_MAX: usize = 4096;

/// How many connections are accepted: one shows enough.
const CAUGHT_MAX: usize = 200;

/// How long the first bytes of a connection may take: a client that sends none has still called the wrong address.
const FIRST_BYTES_MAX: Duration = Duration::from_secs(1);

/// The reply of a proxy or a server that cannot help.
const REFUSAL: &[u8] =
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// A decoy that listens until it is dropped.
#[derive(Debug)]
pub struct Decoy {
    /// `HOST:PORT`
    pub address: String,
    _accepting: AbortOnDropHandle<()>,
}

impl Decoy {
    /// Listens on a fresh port next to a service.
    ///
    /// # Errors
    /// The system gives no port.
    pub async fn bind(
        service: &Service,
        clock: Clock,
        notes: mpsc::UnboundedSender<Note>,
    ) -> io::Result<Self> {
        let listener = service.listener(SocketAddr::new(service.host, 0))?;
        let address = service.seen(listener.local_addr()?);
        let accepting = tokio::spawn(async move {
            let mut caught = JoinSet::new();
            // A client that calls more often is kept waiting.
            for _ in 0..CAUGHT_MAX {
                match listener.accept().await {
                    Ok((stream, _)) => drop(caught.spawn(catch(stream, clock, notes.clone()))),
                    Err(_) => tokio::time::sleep(PAUSE).await,
                }
            }
            while caught.join_next().await.is_some() {}
            // If a connection cannot be accepted, it is unknown whether the client called the wrong address.
            std::future::pending::<()>().await;
        });
        Ok(Self {
            address,
            _accepting: AbortOnDropHandle::new(accepting),
        })
    }
}

async fn catch(mut stream: TcpStream, clock: Clock, notes: mpsc::UnboundedSender<Note>) {
    let at = clock.now();
    let mut first = vec![0; NOTED_MAX];
    let read = tokio::time::timeout(FIRST_BYTES_MAX, stream.read(&mut first)).await;
    let bytes = match read {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) | Err(_) => 0,
    };
    // The receiver outlives the decoy.
    let _ = notes.send(Note::Caught(Caught {
        at,
        first: Body::from(first.get(..bytes).unwrap_or_default()),
    }));
    // A client that has gone needs no refusal.
    let _ = stream.write_all(REFUSAL).await;
}
