//! A TCP connection that keeps the first bytes of the current reply.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How much of a reply is kept: a usual head.
const KEPT_BYTES: usize = 8 * 1024;

/// The first bytes of the current reply, shared between a connection and its user. hyper reports a connection that
/// ended before the reply and one that ended within its head alike; whether a byte came tells them apart.
#[derive(Clone, Debug, Default)]
pub(super) struct Tap(Arc<Mutex<Vec<u8>>>);

impl Tap {
    /// Forgets the last reply.
    pub(super) fn clear(&self) {
        self.with(Vec::clear);
    }

    /// The bytes so far.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.with(|kept| kept.clone())
    }

    fn keep(&self, bytes: &[u8]) {
        self.with(|kept| {
            let room = KEPT_BYTES.saturating_sub(kept.len());
            kept.extend(bytes.iter().take(room));
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A connection with its tap.
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    tap: Tap,
}

impl Wire {
    /// Puts a tap on a connection.
    pub(super) fn new(stream: TcpStream, tap: Tap) -> Self {
        Self { stream, tap }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.tap
            .keep(buffer.filled().get(before..).unwrap_or_default());
        polled
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
