//! The bytes of a connection as they pass.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::http1::Head;

/// The most header lines and bytes of our own requests.
const LINES_MAX: usize = 16;
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// How much of an answer is held, in bytes.
const RECEIVED_MAX: usize = 4096;

/// Takes the head of a request once all of it is written; gives the exchange.
type Begin = Box<dyn FnOnce(Head) -> usize + Send>;

/// The exchange that has begun.
pub(super) type Begun = Arc<Mutex<Option<usize>>>;

/// Sees what passes on a connection.
#[derive(Clone, Default)]
pub(super) struct Tap(Arc<Mutex<Passed>>);

#[derive(Default)]
struct Passed {
    head: Vec<u8>,
    begin: Option<(Begin, Begun)>,
    received: Vec<u8>,
}

/// A connection with a tap.
pub(super) struct Tapped {
    stream: TcpStream,
    tap: Tap,
}

impl Tap {
    /// This connection, with the tap.
    pub(super) fn on(&self, stream: TcpStream) -> Tapped {
        Tapped {
            stream,
            tap: self.clone(),
        }
    }

    /// A request comes next; `begin` gets its head.
    pub(super) fn expect(&self, begin: impl FnOnce(Head) -> usize + Send + 'static) -> Begun {
        let begun = Begun::default();
        self.with(|passed| {
            *passed = Passed {
                begin: Some((Box::new(begin), Arc::clone(&begun))),
                ..Passed::default()
            };
        });
        begun
    }

    /// The first bytes of the answer.
    pub(super) fn received(&self, most: usize) -> Vec<u8> {
        self.with(|passed| {
            let received = &passed.received;
            received.get(..most).unwrap_or(received).to_vec()
        })
    }

    fn with<T>(&self, look: impl FnOnce(&mut Passed) -> T) -> T {
        let mut passed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        look(&mut passed)
    }

    fn wrote(&self, bytes: &[u8]) {
        self.with(|passed| {
            if passed.begin.is_none() {
                return;
            }
            let room = HEAD_BYTES_MAX.saturating_sub(passed.head.len());
            let bytes = bytes.get(..room).unwrap_or(bytes);
            passed.head.extend_from_slice(bytes);
            let Ok(Some(head)) = Head::read(&passed.head, LINES_MAX) else {
                return;
            };
            if let Some((begin, begun)) = passed.begin.take() {
                *begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(begin(head));
            }
        });
    }

    fn read(&self, bytes: &[u8]) {
        self.with(|passed| {
            let room = RECEIVED_MAX.saturating_sub(passed.received.len());
            let bytes = bytes.get(..room).unwrap_or(bytes);
            passed.received.extend_from_slice(bytes);
        });
    }
}

impl AsyncRead for Tapped {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.tap
            .read(buffer.filled().get(before..).unwrap_or_default());
        polled
    }
}

impl AsyncWrite for Tapped {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(count)) = &polled {
            self.tap.wrote(bytes.get(..*count).unwrap_or_default());
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
