//! A TCP connection that keeps the first bytes of the current reply.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How much of a reply is kept: a usual head.
const KEPT_BYTES: usize = 8 * 1024;

/// The first bytes of the current reply, shared between a connection and its user. hyper reports the same error for a
/// connection that ended before the reply and for one that ended in its head; these bytes tell them apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tap(Arc<Mutex<Kept>>);

/// Changes the first bytes of a request when they are sent.
pub(crate) type Forge = Box<dyn FnOnce(Vec<u8>) -> Vec<u8> + Send>;

/// How a request is sent.
#[derive(Default)]
pub(crate) struct Way {
    /// The change of its first bytes.
    pub(crate) forge: Option<Forge>,
    /// Whether a byte of the reply must come before the body is sent.
    pub(crate) patient: bool,
    /// Whether the head is sent byte by byte.
    pub(crate) crumbles: bool,
    /// Whether this side of the connection is closed after it.
    pub(crate) half_closes: bool,
    /// Whether it uses a new connection.
    pub(crate) fresh: bool,
    /// Whether the connection is not used again.
    pub(crate) last: bool,
    /// Whether it is used again after a stream, too.
    pub(crate) keeps: bool,
    /// Whether it is sent once more if a used connection gave no byte of a reply.
    pub(crate) sends_again: bool,
    /// Whether nothing of the reply is read before all of the request is written.
    pub(crate) writes_first: bool,
    /// Whether the call ends if the service has closed the current connection.
    pub(crate) only_open: bool,
}

#[derive(Default)]
struct Kept {
    bytes: Vec<u8>,
    /// How the rest of the request is sent.
    way: Way,
    /// How often a part of the reply came.
    reads: u32,
    /// Whether a byte of the request has been sent.
    wrote: bool,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.bytes).finish()
    }
}

impl Tap {
    /// Forgets the last reply, before a request that is sent like this.
    pub(crate) fn clear(&self, way: Way) {
        self.with(|kept| {
            *kept = Kept {
                way,
                ..Kept::default()
            }
        });
    }

    /// The bytes so far.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.with(|kept| kept.bytes.clone())
    }

    /// The number of pieces.
    pub(crate) fn reads(&self) -> u32 {
        self.with(|kept| kept.reads)
    }

    fn keep(&self, bytes: &[u8]) {
        self.with(|kept| {
            let room = KEPT_BYTES.saturating_sub(kept.bytes.len());
            kept.bytes.extend(bytes.iter().take(room));
            kept.reads += u32::from(!bytes.is_empty());
            kept.way.patient &= bytes.is_empty();
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut Kept) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A connection with its tap.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    tap: Tap,
    /// Forged bytes that must still be sent.
    forged: Vec<u8>,
    /// Bytes that wait for the reply.
    held: Vec<u8>,
}

impl Wire {
    /// Writes the rest of forged bytes, and those that need not wait any longer.
    fn drain(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.tap.with(|kept| kept.way.patient) {
            self.forged.append(&mut self.held);
        }
        while !self.forged.is_empty() {
            let count =
                std::task::ready!(Pin::new(&mut self.stream).poll_write(context, &self.forged))?;
            self.forged.drain(..count);
        }
        Poll::Ready(Ok(()))
    }

    /// Puts a tap on a connection.
    pub(crate) fn new(stream: TcpStream, tap: Tap) -> Self {
        Self {
            stream,
            tap,
            forged: Vec::new(),
            held: Vec::new(),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.tap.with(|kept| kept.way.writes_first) {
            // The end of the writing wakes it.
            return Poll::Pending;
        }
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
        std::task::ready!(self.drain(context))?;
        self.tap.with(|kept| kept.wrote = true);
        if let Some(forge) = self.tap.with(|kept| kept.way.forge.take()) {
            self.forged = forge(bytes.to_vec());
            return Poll::Ready(Ok(bytes.len()));
        }
        if self.tap.with(|kept| kept.way.crumbles) {
            let ended = bytes.starts_with(b"\r\n\r\n");
            self.tap.with(|kept| kept.way.crumbles = !ended);
            let (first, _) = bytes.split_at(bytes.len().min(if ended { 4 } else { 1 }));
            return Pin::new(&mut self.stream).poll_write(context, first);
        }
        if self.tap.with(|kept| kept.way.patient) {
            let head = bytes.windows(4).position(|end| end == b"\r\n\r\n");
            let head = head.filter(|_| self.held.is_empty());
            let (head, body) = bytes.split_at(head.map_or(0, |at| at + 4));
            self.forged.extend_from_slice(head);
            self.held.extend_from_slice(body);
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        std::task::ready!(self.drain(context))?;
        if self.tap.with(|kept| kept.way.half_closes && kept.wrote) {
            return Pin::new(&mut self.stream).poll_shutdown(context);
        }
        let has_written =
            |kept: &mut Kept| kept.wrote && std::mem::take(&mut kept.way.writes_first);
        if self.tap.with(has_written) {
            context.waker().wake_by_ref();
        }
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
