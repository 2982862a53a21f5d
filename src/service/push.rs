//! Telemetry on its way: each subscriber gets its batches one after the other, over a connection that is kept.
//!
//! Each delivery is noted as an exchange that goes out, with the bytes as they stand on the wire.

mod tap;

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::caller::Caller;
use super::engine::Post;
use super::note::{Note, Pushed, Pushing};
use super::sockets::Sockets;
use super::traffic::Traffic;
use crate::http1::{Body, BodyMeter, Head};
use crate::protocol::{Actor, Destination};
use crate::transcript::Side;
use tap::Tap;

/// How long a subscriber may take to answer a batch, or to take its bytes.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// How much of a batch and of an answer is kept, in bytes.
const BATCH_KEPT: u64 = 4 * 1024 * 1024;
const ANSWER_KEPT: usize = 2048;

/// How much of the body of an answer is read, in bytes: nothing depends on it.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// How often it is looked who listens on a port, and how long after the last time: a connection has no owner until it is
/// accepted.
const LOOKS_MAX: u32 = 10;
const LOOK_PAUSE: Duration = Duration::from_millis(2);

/// Why a batch was not taken.
type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Opens a connection to a port of the subscriber's environment.
type Reach =
    Arc<dyn Fn(u16) -> Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>> + Send + Sync>;

/// A subscriber that listens on this address.
pub(super) fn at(address: IpAddr) -> Reach {
    Arc::new(move |port| Box::pin(TcpStream::connect(SocketAddr::from((address, port)))))
}

/// A subscriber on loopback of another network.
pub(super) fn within(sockets: &Sockets) -> Reach {
    let sockets = sockets.clone();
    Arc::new(move |port| {
        let (sockets, address) = (
            sockets.clone(),
            SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        );
        Box::pin(async move {
            let socket = tokio::task::spawn_blocking(move || sockets.tcp(address));
            socket
                .await
                .map_err(io::Error::other)??
                .connect(address)
                .await
        })
    })
}

/// The subscribers of a case, as far as they get anything.
pub(super) struct Push {
    lines: BTreeMap<usize, mpsc::UnboundedSender<Post>>,
    reach: Reach,
    traffic: Arc<Traffic>,
    tracker: TaskTracker,
}

impl Push {
    pub(super) fn new(traffic: &Arc<Traffic>, tracker: &TaskTracker) -> Self {
        Self {
            lines: BTreeMap::new(),
            reach: at(Ipv4Addr::LOCALHOST.into()),
            traffic: Arc::clone(traffic),
            tracker: tracker.clone(),
        }
    }

    pub(super) fn reach_by(&mut self, reach: Reach) {
        self.reach = reach;
    }

    /// Sends a batch; a note tells what became of it.
    pub(super) fn post(&mut self, post: Post) {
        let line = self.lines.entry(post.subscription).or_insert_with(|| {
            let (line, posts) = mpsc::unbounded_channel();
            let carrier = Carrier {
                reach: Arc::clone(&self.reach),
                traffic: Arc::clone(&self.traffic),
                link: None,
            };
            self.tracker.spawn(carrier.carry(posts));
            line
        });
        // The carrier ends with the case.
        let _ = line.send(post);
    }
}

/// Carries the batches of a subscriber.
struct Carrier {
    reach: Reach,
    traffic: Arc<Traffic>,
    link: Option<Link>,
}

/// An open connection.
struct Link {
    connection: usize,
    form: Form,
}

enum Form {
    Http {
        sender: SendRequest<Full<Bytes>>,
        tap: Tap,
        _alive: AbortOnDropHandle<()>,
    },
    Tcp(TcpStream),
}

/// The answer to a batch that was sent.
struct Sent {
    status: Option<u16>,
    wire: Vec<u8>,
}

impl Carrier {
    async fn carry(mut self, mut posts: mpsc::UnboundedReceiver<Post>) {
        let traffic = Arc::clone(&self.traffic);
        let all = async {
            while let Some(post) = posts.recv().await {
                self.deliver(&post).await;
            }
        };
        tokio::select! {
            () = all => {}
            () = traffic.cancel.cancelled() => {}
        }
    }

    /// Delivers a batch, and notes the result.
    async fn deliver(&mut self, post: &Post) {
        let mut exchange = None;
        let sent = tokio::time::timeout(ANSWER_MAX, self.send(post, &mut exchange)).await;
        let (sent, fault) = match sent {
            Ok(Ok(sent)) => {
                let refused = sent.status.filter(|status| *status >= 400);
                let fault =
                    refused.map(|status| format!("http request failed with status {status}"));
                (Some(sent), fault)
            }
            Ok(Err(fault)) => (None, Some(fault.to_string())),
            Err(_) => {
                let ms = ANSWER_MAX.as_millis();
                (None, Some(format!("no answer within {ms} ms")))
            }
        };
        if sent.is_none() {
            self.hang_up();
        }
        let (status, wire) = sent.map_or((None, Vec::new()), |sent| (sent.status, sent.wire));
        self.traffic.note(Note::Pushed(Pushed {
            subscription: post.subscription,
            exchange,
            at: self.traffic.clock.now(),
            status,
            wire,
            fault,
        }));
    }

    fn hang_up(&mut self) {
        if let Some(link) = self.link.take() {
            self.traffic.note(Note::Closed {
                connection: link.connection,
                at: self.traffic.clock.now(),
                by: Side::Service,
            });
        }
    }

    async fn send(&mut self, post: &Post, exchange: &mut Option<usize>) -> Result<Sent, Fault> {
        let mut link = match self.link.take() {
            Some(link) if link.is_open() => link,
            old => {
                self.link = old;
                self.hang_up();
                self.connect(post).await?
            }
        };
        let sent = match &post.destination {
            Destination::Http { host, path, .. } => {
                link.post(post, (host, path), &self.traffic, exchange).await
            }
            Destination::Tcp { port } => link.write(post, *port, &self.traffic, exchange).await,
        };
        self.link = Some(link);
        sent
    }

    async fn connect(&self, post: &Post) -> Result<Link, Fault> {
        let (Destination::Http { port, .. } | Destination::Tcp { port }) = post.destination;
        let stream = (self.reach)(port).await?;
        // A batch must leave at once.
        let _ = stream.set_nodelay(true);
        let caller = self.owner(&stream).await;
        if let Caller::Stranger(who) = caller {
            return Err(
                format!("port {port} is that of `{who}`, which is not of this case").into(),
            );
        }
        let (at, peer) = (self.traffic.clock.now(), stream.peer_addr().ok());
        let connection = self.traffic.open(at, peer, &Caller::Actor(post.actor));
        let form = match post.destination {
            Destination::Http { .. } => {
                let tap = Tap::default();
                let stream = tap.on(stream);
                let (sender, alive) = http1::Builder::new()
                    .title_case_headers(true)
                    .handshake(TokioIo::new(stream))
                    .await?;
                // The sender tells of its end.
                let alive = tokio::spawn(async { drop(alive.await) });
                Form::Http {
                    sender,
                    tap,
                    _alive: AbortOnDropHandle::new(alive),
                }
            }
            Destination::Tcp { .. } => Form::Tcp(stream),
        };
        Ok(Link { connection, form })
    }

    /// Whose port it is: telemetry is only for the processes of the case.
    async fn owner(&self, stream: &TcpStream) -> Caller {
        let ends = (stream.peer_addr(), stream.local_addr());
        let (Some(doorkeeper), (Ok(theirs), Ok(ours))) = (self.traffic.doorkeeper.get(), ends)
        else {
            return Caller::Unknown;
        };
        for _ in 0..LOOKS_MAX {
            let doorkeeper = Arc::clone(doorkeeper);
            let looked = tokio::task::spawn_blocking(move || doorkeeper(theirs, ours)).await;
            match looked {
                Ok(known @ (Caller::Actor(_) | Caller::Stranger(_))) => return known,
                Ok(Caller::Unknown) | Err(_) => tokio::time::sleep(LOOK_PAUSE).await,
            }
        }
        Caller::Unknown
    }
}

impl Link {
    fn is_open(&self) -> bool {
        match &self.form {
            Form::Http { sender, .. } => !sender.is_closed(),
            Form::Tcp(stream) => {
                let mut byte = [0];
                // A subscriber has nothing to say here: bytes or an end mean that it has closed.
                let end = stream.try_read(&mut byte);
                end.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
            }
        }
    }

    /// POST, with all events in an array.
    async fn post(
        &mut self,
        post: &Post,
        (host, path): (&str, &str),
        traffic: &Arc<Traffic>,
        exchange: &mut Option<usize>,
    ) -> Result<Sent, Fault> {
        let Form::Http { sender, tap, .. } = &mut self.form else {
            return Err("the connection is none for HTTP".into());
        };
        let digest = STANDARD.encode(Sha256::digest(&post.body));
        let request = Request::post(path)
            .header("Host", host)
            .header("Content-Type", "application/json")
            .header("Sequence-Id", digest)
            .body(Full::new(post.body.clone()))?;
        let cargo = Cargo::of(post, self.connection);
        let begun = tap.expect({
            let traffic = Arc::clone(traffic);
            move |head| cargo.note(&traffic, head)
        });
        let answer = async {
            sender.ready().await?;
            let (head, body) = sender.send_request(request).await?.into_parts();
            let status = head.status.as_u16();
            let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
            Ok((status, body.map(drop)))
        };
        let answer = answer.await;
        *exchange = begun.lock().ok().and_then(|begun| *begun);
        let (status, read) = answer.map_err(|error: hyper::Error| Fault::from(error))?;
        read?;
        Ok(Sent {
            status: Some(status),
            wire: tap.received(ANSWER_KEPT),
        })
    }

    /// One event a line.
    async fn write(
        &mut self,
        post: &Post,
        port: u16,
        traffic: &Traffic,
        exchange: &mut Option<usize>,
    ) -> Result<Sent, Fault> {
        let Form::Tcp(stream) = &mut self.form else {
            return Err("the connection is none for lines".into());
        };
        let head = Head {
            method: "TCP".to_owned(),
            target: format!(":{port}"),
            ..Head::default()
        };
        *exchange = Some(Cargo::of(post, self.connection).note(traffic, head));
        stream.write_all(&post.body).await?;
        Ok(Sent {
            status: None,
            wire: Vec::new(),
        })
    }
}

/// A batch that is being sent.
struct Cargo {
    connection: usize,
    actor: Actor,
    body: Body,
}

impl Cargo {
    fn of(post: &Post, connection: usize) -> Self {
        let mut body = BodyMeter::keeping(BATCH_KEPT);
        body.push(&post.body);
        Self {
            connection,
            actor: post.actor,
            body: body.finish(),
        }
    }

    /// Notes it with its head; gives the exchange.
    fn note(self, traffic: &Traffic, head: Head) -> usize {
        traffic.note_exchange(|exchange| {
            Note::Pushing(Pushing {
                connection: self.connection,
                exchange,
                at: traffic.clock.now(),
                actor: self.actor,
                head,
                body: self.body,
            })
        })
    }
}

#[cfg(test)]
mod tests;
