//! One connection: what the runtime sends is read and noted as it comes, and each request gets its reply in turn.

mod writing;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::caller::{Caller, REFUSAL, page};
use super::distort::{Operation, distort, refused};
use super::note::Note;
use super::outgoing::Outgoing;
use super::pace::Pace;
use super::piece::{Data, Room};
use super::traffic::Traffic;
use crate::http1::{Asked, Body, Event, Reader, Refusal};
use crate::protocol::RESPONSE_BYTES_MAX;
use crate::transcript::{Side, Stranger};
use writing::{Fate, beginning, carry_out};

/// How much is read at a time, in bytes.
const READ_BYTES: usize = 64 * 1024;
/// How long a connection that is closed in the middle of a request stays until what is left of it is refused, so that the
/// reply can be read first. Go's server, which is below the service, waits as long, and reads nothing meanwhile.
const LINGER: Duration = Duration::from_millis(500);

/// The interim reply to a client that waits with its body.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// What the connection owes next.
enum Turn {
    /// The reply to a request.
    Reply(Due),
    /// The end: nothing more can be read. First, bytes that were not a request are refused.
    Lost {
        /// Its exchange, where the head could be read.
        exchange: Option<usize>,
        refusal: Option<Refusal>,
    },
}

/// A request whose head has come, and where its reply will come from.
struct Due {
    exchange: usize,
    asked: Asked,
    /// Whether the client waits for `100 Continue`.
    waits: bool,
    reply: oneshot::Receiver<Outgoing>,
}

struct Connection {
    index: usize,
    traffic: Arc<Traffic>,
    caller: Caller,
    hangup: CancellationToken,
    /// Set before the first byte of a reply that ends the connection: what the runtime sends after it comes too late.
    deaf: AtomicBool,
    /// Whether a request has begun that has not come to its end.
    midway: AtomicBool,
    /// Whether nothing more is read.
    stalled: AtomicBool,
}

/// Serves a connection until either side closes it or the case ends.
pub(super) async fn serve(
    mut stream: TcpStream,
    index: usize,
    traffic: Arc<Traffic>,
    caller: Caller,
) {
    // Segments are to leave as the case wrote them.
    let _ = stream.set_nodelay(true);
    let hangup = traffic.cancel.child_token();
    let connection = Connection {
        index,
        traffic,
        caller,
        hangup,
        deaf: AtomicBool::new(false),
        midway: AtomicBool::new(false),
        stalled: AtomicBool::new(false),
    };
    let pace = connection.traffic.pace;
    let pace = pace.map(|reads| Pace::begin(reads, &stream));
    let (read, write) = stream.split();
    let (sender, turns) = mpsc::unbounded_channel();
    let ((), fate) = tokio::join!(
        biased;
        connection.listen(read, sender, pace),
        connection.answer(write, turns),
    );
    if matches!(fate, Fate::Reset) {
        // Closing with a linger time of zero sends RST instead of FIN.
        let _ = rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO));
    }
}

/// How far the requests of a connection have been read.
struct Incoming {
    reader: Reader,
    /// The exchange whose request has begun.
    exchange: usize,
    /// Whether it cannot be read, so that it is refused.
    broken: bool,
    turns: mpsc::UnboundedSender<Turn>,
}

impl Connection {
    /// Reads what the runtime sends, and notes it.
    async fn listen(
        &self,
        mut read: ReadHalf<'_>,
        turns: mpsc::UnboundedSender<Turn>,
        mut pace: Option<Pace>,
    ) {
        let passes_on = self.traffic.passes_on.load(Ordering::Relaxed);
        let room = Room::new(passes_on);
        let mut incoming = Incoming {
            reader: Reader::keeping(RESPONSE_BYTES_MAX).giving(passes_on),
            exchange: 0,
            broken: false,
            turns,
        };
        let mut buffer = vec![0; READ_BYTES];
        // How many bytes of this connection are in the transcript, and how many are held in total.
        let (mut kept, mut held) = (0, 0);
        let by = loop {
            if self.stalled.load(Ordering::Acquire) {
                self.hangup.cancelled().await;
                break Side::Service;
            }
            let count = tokio::select! {
                count = self.more(&mut read, &mut buffer) => count.unwrap_or(0),
                () = self.hangup.cancelled() => break Side::Service,
            };
            let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else {
                break Side::Peer;
            };
            if self.deaf.load(Ordering::Acquire) {
                continue;
            }
            let events = incoming.reader.feed(bytes);
            if let Some(first) = page(&self.caller, &events) {
                self.refuse_page(&read, first);
                incoming.reader = Reader::keeping(0);
                break Side::Service;
            }
            let pause = pace.as_mut().and_then(|pace| pace.pause(&events));
            let mut events = events.into_iter().peekable();
            while let Some(mut event) = events.next() {
                kept += event.kept();
                let data = room.admit(&mut event, &self.hangup).await;
                self.take(event, data, events.peek(), &mut incoming);
            }
            let before = std::mem::replace(&mut held, kept + incoming.reader.held());
            if !self.traffic.hold(held, before) {
                // The case is over.
                self.hangup.cancel();
                break Side::Service;
            }
            if let Some(pause) = pause {
                // What comes meanwhile waits in the window, and then on the side of the runtime.
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = self.hangup.cancelled() => break Side::Service,
                }
            }
        };
        if let Some(event) = incoming.reader.finish() {
            self.take(event, None, None, &mut incoming);
        }
        let at = self.traffic.clock.now();
        self.traffic.note(Note::Closed {
            connection: self.index,
            at,
            by,
        });
        self.traffic.ended(self.caller.actor());
    }

    async fn more(&self, read: &mut ReadHalf<'_>, buffer: &mut [u8]) -> io::Result<usize> {
        if self.midway.load(Ordering::Acquire) {
            // A reply that is due goes first, however fast the rest of the request comes.
            tokio::task::yield_now().await;
        }
        read.read(buffer).await
    }

    /// Refuses a page in a browser, which begins like this.
    fn refuse_page(&self, read: &ReadHalf<'_>, first: Body) {
        // It may not read the reply.
        let _ = read.as_ref().try_write(REFUSAL);
        self.traffic.note(Note::Stranger(Stranger {
            at: self.traffic.clock.now(),
            who: "a page in a browser".to_owned(),
            first,
        }));
        self.hangup.cancel();
    }

    /// Notes what came, and says what is owed for it; `next` came in the same read.
    fn take(
        &self,
        event: Event,
        data: Option<Data>,
        next: Option<&Event>,
        incoming: &mut Incoming,
    ) {
        match &event {
            Event::Head(_) => self.midway.store(true, Ordering::Release),
            Event::End { .. } => self.midway.store(false, Ordering::Release),
            Event::Data { .. } | Event::Lost(_) | Event::Garbage(_) => {}
        }
        let turn = match &event {
            Event::Head(head) => {
                incoming.broken = matches!(
                    next,
                    Some(Event::End {
                        broken: Some(_),
                        ..
                    })
                );
                let asked = Asked::from(head);
                let waits = next.is_none() && head.expects_continue();
                let (sender, reply) = oneshot::channel();
                let sender = (!incoming.broken).then_some(sender);
                incoming.exchange = self.traffic.note_head(self.index, event, sender);
                if incoming.broken {
                    // What is lost with it follows.
                    return;
                }
                Turn::Reply(Due {
                    exchange: incoming.exchange,
                    asked,
                    waits: waits && !self.traffic.withhold_continue,
                    reply,
                })
            }
            Event::Lost(refusal) => Turn::Lost {
                exchange: incoming.broken.then_some(incoming.exchange),
                refusal: *refusal,
            },
            Event::Data { .. } | Event::End { .. } | Event::Garbage(_) => {
                return self.traffic.note(Note::Read {
                    connection: self.index,
                    exchange: incoming.exchange,
                    at: self.traffic.clock.now(),
                    event,
                    reply: None,
                    data,
                });
            }
        };
        // The one who answers may have closed the connection.
        let _ = incoming.turns.send(turn);
    }

    /// Writes replies until the connection ends, and ends it.
    async fn answer(
        &self,
        mut write: WriteHalf<'_>,
        mut turns: mpsc::UnboundedReceiver<Turn>,
    ) -> Fate {
        let fate = tokio::select! {
            fate = self.reply_in_turn(&mut write, &mut turns) => fate,
            () = self.hangup.cancelled() => Fate::Closed,
        };
        if fate != Fate::Reset {
            let _ = write.shutdown().await;
        }
        if fate != Fate::HalfClosed {
            self.hangup.cancel();
        }
        fate
    }

    /// Writes the replies in the order of the requests, each as soon as it exists.
    async fn reply_in_turn(
        &self,
        write: &mut WriteHalf<'_>,
        turns: &mut mpsc::UnboundedReceiver<Turn>,
    ) -> Fate {
        let mut ahead = None;
        loop {
            let turn = match ahead.take() {
                Some(turn) => turn,
                None => tokio::select! {
                    biased;
                    turn = turns.recv() => match turn {
                        Some(turn) => turn,
                        None => return Fate::Closed,
                    },
                    () = self.traffic.hang_up.notified() => return Fate::Closed,
                },
            };
            let fate = match turn {
                Turn::Reply(mut due) => {
                    if due.waits && write.write_all(CONTINUE).await.is_err() {
                        return Fate::Closed;
                    }
                    match (&mut due.reply).await {
                        Ok(outgoing) => {
                            ahead = turns.try_recv().ok();
                            self.reply(&due, &outgoing, ahead.as_ref(), write).await
                        }
                        // The runtime is gone, its request broke off, or the case is over.
                        Err(_) => Fate::Closed,
                    }
                }
                Turn::Lost { exchange, refusal } => self.refuse(exchange, refusal, write).await,
            };
            if fate != Fate::Open {
                return fate;
            }
        }
    }

    async fn reply(
        &self,
        due: &Due,
        outgoing: &Outgoing,
        ahead: Option<&Turn>,
        write: &mut WriteHalf<'_>,
    ) -> Fate {
        let date = httpdate::fmt_http_date(SystemTime::now());
        let mut operations = distort(outgoing, due.asked, &date);
        let carries_on =
            |operation: &Operation| matches!(operation, Operation::Write(_) | Operation::Pause(_));
        if !operations.iter().all(carries_on) {
            self.deaf.store(true, Ordering::Release);
        }
        self.traffic.note(Note::Replying {
            exchange: due.exchange,
            at: self.traffic.clock.now(),
            wire: beginning(&operations),
            distortion: outgoing.distortion(),
            status: outgoing.status,
        });
        if let Some(Turn::Lost {
            exchange: None,
            refusal: Some(refusal),
        }) = ahead
            && let Some(Operation::Write(bytes)) = operations.last_mut()
        {
            // Otherwise the runtime might take this refusal for the reply to its next request.
            bytes.extend(refused(*refusal).1);
            operations.push(Operation::Close);
        }
        let fate = carry_out(&operations, write).await;
        if matches!(fate, Fate::Closed | Fate::HalfClosed) {
            // The end of the connection belongs to the reply.
            let _ = write.shutdown().await;
        }
        self.traffic.note(Note::Replied {
            exchange: due.exchange,
        });
        let is_whole = outgoing.shape.cut.is_none();
        if fate == Fate::Closed && is_whole && self.midway.load(Ordering::Acquire) {
            self.stalled.store(true, Ordering::Release);
            tokio::time::sleep(LINGER).await;
        }
        fate
    }

    /// Refuses bytes that are not a request, as the server below the service does.
    async fn refuse(
        &self,
        exchange: Option<usize>,
        refusal: Option<Refusal>,
        write: &mut WriteHalf<'_>,
    ) -> Fate {
        let Some(refusal) = refusal else {
            return Fate::Closed;
        };
        let (status, bytes) = refused(refusal);
        if let Some(exchange) = exchange {
            self.traffic.note(Note::Replying {
                exchange,
                at: self.traffic.clock.now(),
                wire: bytes.clone(),
                distortion: None,
                status,
            });
        }
        // The sender may have gone.
        let _ = write.write_all(&bytes).await;
        Fate::Closed
    }
}

#[cfg(test)]
mod tests;
