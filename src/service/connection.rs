//! One connection: the runtime's bytes go through the scanner to hyper, hyper's replies through the bend to the wire.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::bend::{Operation, bend, head_end};
use super::caller::{Caller, REFUSAL, page};
use super::listen::Shared;
use super::note::Note;
use super::outgoing::Outgoing;
use super::render::{ReplyBody, render};
use crate::case::Framing;
use crate::transcript::{Body, HEAD_BYTES_READ, HEADER_LINES_READ, ScanEvent, Scanner, Side};

/// How much passes between the wire and hyper at a time, in bytes.
const PIPE_BYTES: usize = 256 * 1024;
/// How much is read at a time, in bytes.
const READ_BYTES: usize = 16 * 1024;
/// How much of a reply is kept as evidence, in bytes.
const WIRE_KEPT: usize = 2048;

/// A request that the scanner has seen to its end, and where its reply will come from.
struct Ticket {
    exchange: usize,
    reply: oneshot::Receiver<Outgoing>,
}

/// A reply on its way through hyper.
struct Passing {
    exchange: usize,
    outgoing: Outgoing,
    method: Method,
}

#[derive(Default)]
struct Lane {
    tickets: VecDeque<Ticket>,
    passing: Option<Passing>,
}

struct Connection {
    index: usize,
    shared: Arc<Shared>,
    caller: Caller,
    lane: Mutex<Lane>,
    arrived: tokio::sync::Notify,
    hangup: CancellationToken,
    /// Set before the first byte of a reply that ends the connection: what the runtime sends after it comes too late.
    deaf: AtomicBool,
}

/// Serves a connection until either side closes it or the case ends.
pub(super) async fn serve(stream: TcpStream, index: usize, shared: Arc<Shared>, caller: Caller) {
    // Segments are to leave as the case wrote them.
    let _ = stream.set_nodelay(true);
    let hangup = shared.cancel.child_token();
    let connection = Arc::new(Connection {
        index,
        shared,
        caller,
        lane: Mutex::default(),
        arrived: tokio::sync::Notify::new(),
        hangup,
        deaf: AtomicBool::new(false),
    });
    let (read, write) = stream.into_split();
    let (ours, theirs) = tokio::io::duplex(PIPE_BYTES);
    let (from_hyper, to_hyper) = tokio::io::split(ours);
    let incoming = connection.clone().pump_in(read, to_hyper);
    let outgoing = connection.clone().pump_out(from_hyper, write);
    let http = connection.clone().speak_http(theirs);
    tokio::join!(incoming, outgoing, http);
}

impl Connection {
    fn lane(&self) -> std::sync::MutexGuard<'_, Lane> {
        self.lane.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The runtime's bytes: scanned first, then handed to hyper.
    async fn pump_in(
        self: Arc<Self>,
        mut read: OwnedReadHalf,
        mut to_hyper: WriteHalf<DuplexStream>,
    ) {
        let mut scanner = Scanner::default();
        let mut exchange = None;
        let mut buffer = vec![0; READ_BYTES];
        // How many bytes of this connection are in the record, and how many are held in all.
        let (mut kept, mut held) = (0, 0);
        let by = loop {
            let count = tokio::select! {
                count = read.read(&mut buffer) => count.unwrap_or(0),
                () = self.hangup.cancelled() => break Side::Service,
            };
            let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else {
                break Side::Runtime;
            };
            if self.deaf.load(Ordering::Acquire) {
                continue;
            }
            let events = scanner.feed(bytes);
            if let Some(stranger) = page(&self.caller, &self.shared, &events) {
                // It may not read that.
                let _ = read.as_ref().try_write(REFUSAL);
                self.shared.note(Note::Stranger(stranger));
                self.hangup.cancel();
                scanner = Scanner::default();
                break Side::Service;
            }
            for event in events {
                kept += event.kept();
                self.scanned(&mut exchange, event);
            }
            let before = std::mem::replace(&mut held, kept + scanner.held());
            if !self.shared.hold(held, before) {
                // The case is over.
                self.hangup.cancel();
                break Side::Service;
            }
            // hyper takes no more once it has refused a request or replied with a close: the record goes on.
            let handed = to_hyper.write_all(bytes);
            tokio::select! {
                _ = handed => {}
                () = self.hangup.cancelled() => break Side::Service,
            }
        };
        if let Some(event) = scanner.finish() {
            self.scanned(&mut exchange, event);
        }
        let at = self.shared.clock.now();
        self.shared.note(Note::Closed {
            connection: self.index,
            at,
            by,
        });
        let _ = to_hyper.shutdown().await;
        self.shared.ended();
    }

    fn scanned(&self, exchange: &mut Option<usize>, event: ScanEvent) {
        if matches!(event, ScanEvent::Head { .. }) {
            *exchange = Some(self.shared.note_head(self.index, event));
            return;
        }
        let at = self.shared.clock.now();
        let mut reply = None;
        let index = match &event {
            ScanEvent::End { broken, .. } => {
                let index = exchange.take().unwrap_or_default();
                if broken.is_none() {
                    let (sender, receiver) = oneshot::channel();
                    reply = Some(sender);
                    self.lane().tickets.push_back(Ticket {
                        exchange: index,
                        reply: receiver,
                    });
                    self.arrived.notify_one();
                }
                index
            }
            ScanEvent::Head { .. } | ScanEvent::Garbage(_) => 0,
        };
        self.shared.note(Note::Scanned {
            connection: self.index,
            exchange: index,
            at,
            event,
            reply,
        });
    }

    async fn speak_http(self: Arc<Self>, theirs: DuplexStream) {
        let handler = Arc::clone(&self);
        let service = service_fn(move |request| handler.clone().respond(request));
        let http = hyper::server::conn::http1::Builder::new()
            // An idle kept-alive connection must not time out while a slow handler works.
            .header_read_timeout(None)
            // A runtime that has sent all it has to say may end its side, and still waits for the reply.
            .half_close(true)
            .title_case_headers(true)
            .auto_date_header(false)
            .max_buf_size(HEAD_BYTES_READ + 8192)
            .max_headers(HEADER_LINES_READ)
            .serve_connection(TokioIo::new(theirs), service);
        tokio::select! {
            // A malformed request is on record by the scanner; hyper's own opinion of it adds nothing.
            _ = http => {}
            () = self.hangup.cancelled() => {}
        }
    }

    async fn respond(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<ReplyBody>, Gone> {
        let method = request.method().clone();
        let mut body = request.into_body();
        while let Some(frame) = body.frame().await {
            if frame.is_err() {
                return Err(Gone);
            }
        }
        let ticket = loop {
            let arrived = self.arrived.notified();
            if let Some(ticket) = self.lane().tickets.pop_front() {
                break ticket;
            }
            arrived.await;
        };
        let outgoing = ticket.reply.await.map_err(|_| Gone)?;
        let response = render(&outgoing);
        self.lane().passing = Some(Passing {
            exchange: ticket.exchange,
            outgoing,
            method,
        });
        Ok(response)
    }

    /// hyper's bytes: a reply is gathered whole, bent, and written.
    async fn pump_out(
        self: Arc<Self>,
        mut from_hyper: ReadHalf<DuplexStream>,
        mut write: OwnedWriteHalf,
    ) {
        let mut gathered = Vec::new();
        let mut buffer = vec![0; READ_BYTES];
        loop {
            let count = tokio::select! {
                count = from_hyper.read(&mut buffer) => count.unwrap_or(0),
                () = self.hangup.cancelled() => 0,
            };
            let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else {
                break;
            };
            gathered.extend_from_slice(bytes);
            if let Some(interim) = take_interim(&mut gathered)
                && !self.shared.withhold_continue
                && !self.write(&interim, &mut write).await
            {
                break;
            }
            let Some(passing) = self.whole_reply(&gathered) else {
                continue;
            };
            let reply = std::mem::take(&mut gathered);
            let operations = match &passing {
                Some(passing) => bend(reply, &passing.outgoing.shape),
                None => vec![Operation::Write(reply)],
            };
            let carries_on = |operation: &Operation| {
                matches!(operation, Operation::Write(_) | Operation::Pause(_))
            };
            if !operations.iter().all(carries_on) {
                self.deaf.store(true, Ordering::Release);
            }
            if let Some(passing) = &passing {
                self.tell_reply(passing, &operations);
            }
            let fate = self.carry_out(operations, &mut write).await;
            if let Some(Passing { exchange, .. }) = passing {
                self.shared.note(Note::Replied { exchange });
            }
            match fate {
                Fate::Open => {}
                Fate::Closed => break,
                Fate::HalfClosed => {
                    let _ = write.shutdown().await;
                    return self.hangup.cancelled().await;
                }
                Fate::Reset => {
                    // Closing with a linger time of zero sends RST in place of FIN.
                    let stream: &TcpStream = write.as_ref();
                    let _ = rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO));
                    write.forget();
                    self.hangup.cancel();
                    return;
                }
            }
        }
        let _ = write.shutdown().await;
        self.hangup.cancel();
    }

    /// The reply that `gathered` is the whole of; `Some(None)` for bytes of hyper's own, `None` while more must come.
    fn whole_reply(&self, gathered: &[u8]) -> Option<Option<Passing>> {
        let mut lane = self.lane();
        let Some(passing) = &lane.passing else {
            return Some(None);
        };
        let head = head_end(gathered)?;
        let whole = match &passing.outgoing.shape.framing {
            _ if passing.outgoing.is_bodiless(passing.method.as_str()) => true,
            Framing::Length => gathered.len() >= head + passing.outgoing.body.len(),
            Framing::Chunked(_) if is_chunked(gathered.get(..head).unwrap_or_default()) => {
                gathered.ends_with(b"0\r\n\r\n")
            }
            // hyper sends no chunks to a client of HTTP/1.0.
            Framing::Chunked(_) => gathered.len() >= head + passing.outgoing.body.len(),
        };
        whole.then(|| lane.passing.take())
    }

    fn tell_reply(&self, passing: &Passing, operations: &[Operation]) {
        let mut wire = Vec::new();
        for operation in operations {
            if let Operation::Write(bytes) = operation {
                let room = WIRE_KEPT.saturating_sub(wire.len()).min(bytes.len());
                wire.extend_from_slice(bytes.get(..room).unwrap_or_default());
            }
        }
        self.shared.note(Note::Replying {
            exchange: passing.exchange,
            at: self.shared.clock.now(),
            wire: Body::from(wire.as_slice()),
            bent: passing.outgoing.bent(),
            status: passing.outgoing.status,
        });
    }

    /// Whether all could be written: a runtime may read nothing, and then it is waited for until the case is over.
    async fn write(&self, bytes: &[u8], write: &mut OwnedWriteHalf) -> bool {
        tokio::select! {
            written = write.write_all(bytes) => written.is_ok(),
            () = self.hangup.cancelled() => false,
        }
    }

    async fn carry_out(&self, operations: Vec<Operation>, write: &mut OwnedWriteHalf) -> Fate {
        for operation in operations {
            let done = match operation {
                Operation::Write(bytes) => self.write(&bytes, write).await,
                Operation::Pause(ms) => tokio::select! {
                    () = tokio::time::sleep(Duration::from_millis(ms)) => true,
                    () = self.hangup.cancelled() => false,
                },
                Operation::Close => false,
                Operation::Reset => return Fate::Reset,
                Operation::CloseHalf => return Fate::HalfClosed,
            };
            if !done {
                return Fate::Closed;
            }
        }
        Fate::Open
    }
}

/// The `100 Continue` that hyper says of its own accord, ahead of a reply.
fn take_interim(gathered: &mut Vec<u8>) -> Option<Vec<u8>> {
    if !gathered.starts_with(b"HTTP/1.1 100 ") {
        return None;
    }
    let end = head_end(gathered)?;
    Some(gathered.drain(..end).collect())
}

fn is_chunked(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    head.contains("\r\ntransfer-encoding: chunked\r\n")
}

/// What became of a connection after a reply.
enum Fate {
    Open,
    Closed,
    HalfClosed,
    Reset,
}

/// The runtime is gone, or the case is over: hyper closes the connection without a reply.
#[derive(Debug, thiserror::Error)]
#[error("nobody waits for this reply")]
struct Gone;
