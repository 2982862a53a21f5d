//! Sockets of the service: binding, taking connections, and knowing when all of them have been read to their end.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use rustix::net::SocketFlags;
use rustix::net::sockopt::set_ip_freebind;
use thiserror::Error;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::address::Addresses;
use super::caller::{Doorkeeper, admit};
use super::note::{Clock, Note};
use super::outgoing::Outgoing;
use crate::case::{Address, Case};
use crate::http1::Event;
use crate::transcript::Offset;

/// The service could not listen: our fault or the machine's.
#[derive(Debug, Error)]
pub enum BindError {
    /// The system refused.
    #[error("cannot listen on {address}")]
    Refused {
        /// Where.
        address: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// This machine has no address of the kind that the case asks for.
    #[error("this machine has no {0}")]
    Lacking(&'static str),
    /// The runtime's network has no address of the kind that the case asks for.
    #[error("the runtime is in a network of its own, which has no {0}")]
    Beyond(&'static str),
}

impl BindError {
    /// A machine without IPv6, say, cannot play the case; any other failure is a fault.
    fn new(host: IpAddr, port: u16, source: io::Error) -> Self {
        let lacking = matches!(
            source.kind(),
            io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported
        ) || source.raw_os_error()
            == Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error());
        match host {
            IpAddr::V6(_) if lacking => Self::Lacking("IPv6 loopback address"),
            IpAddr::V4(_) if lacking && !host.is_loopback() => Self::Lacking("such address"),
            _ => Self::Refused {
                address: SocketAddr::new(host, port).to_string(),
                source,
            },
        }
    }
}

/// Why a case whose service has such an address cannot be played, if it cannot.
pub fn missing(address: Address, addresses: &Addresses) -> Option<BindError> {
    let tried = addresses.listen(address).and_then(|host| {
        let socket = bound(SocketAddr::new(host, 0));
        socket.map_err(|source| BindError::new(host, 0, source))
    });
    tried.err().filter(|fault| match fault {
        BindError::Lacking(_) | BindError::Beyond(_) => true,
        BindError::Refused { .. } => false,
    })
}

/// What all connections of one case share.
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) notes: mpsc::UnboundedSender<Note>,
    pub(super) cancel: CancellationToken,
    pub(super) withhold_continue: bool,
    /// How many exchanges have begun. Whoever begins one holds it until the note is out: the record has them in order.
    exchanges: Mutex<usize>,
    connections: AtomicUsize,
    live: watch::Sender<usize>,
    /// How many bytes are held of what all connections have sent.
    held: AtomicUsize,
    /// Who knows the callers, if somebody does.
    pub(super) doorkeeper: OnceLock<Doorkeeper>,
    pub(super) turns: tokio::sync::Mutex<()>,
}

impl Shared {
    pub(super) fn note(&self, note: Note) {
        // The receiver outlives the service; when it is gone, nobody wants to know.
        let _ = self.notes.send(note);
    }

    /// Notes the head of a request that has been read on this connection; gives the exchange that begins with it.
    pub(super) fn note_head(
        &self,
        connection: usize,
        event: Event,
        reply: Option<oneshot::Sender<Outgoing>>,
    ) -> usize {
        let mut exchanges = self
            .exchanges
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let exchange = *exchanges;
        *exchanges += 1;
        self.note(Note::Read {
            connection,
            exchange,
            at: self.clock.now(),
            event,
            reply,
        });
        exchange
    }

    /// A connection could not be taken: the runtime's, for all we know.
    async fn cannot_take(&self, error: &io::Error) {
        // One that is gone before it is taken says nothing.
        if error.kind() == io::ErrorKind::ConnectionAborted {
            return;
        }
        self.note(Note::Excess {
            what: format!("a connection of the runtime could not be taken: {error}"),
            fatal: false,
        });
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = self.cancel.cancelled() => {}
        }
    }

    /// A connection of the runtime's was taken; gives its index.
    pub(super) fn open(&self, at: Offset) -> usize {
        let connection = self.connections.fetch_add(1, Ordering::Relaxed);
        self.note(Note::Opened { connection, at });
        connection
    }

    /// A connection holds so many bytes now, and held others before. Says whether there is room for more.
    pub(super) fn hold(&self, now: usize, before: usize) -> bool {
        self.held.fetch_add(now, Ordering::Relaxed);
        let held = self.held.fetch_sub(before, Ordering::Relaxed) - before;
        if held > HELD_MAX {
            let mib = HELD_MAX / 1024 / 1024;
            self.note(Note::Excess {
                what: format!(
                    "the runtime sent more than the {mib} MiB that ricspec keeps of a case"
                ),
                fatal: true,
            });
        }
        held <= HELD_MAX
    }

    pub(super) fn ended(&self) {
        self.live.send_modify(|live| *live -= 1);
    }
}

/// How many bytes of what a runtime sends are kept of one case: twenty of the largest bodies that the service takes.
const HELD_MAX: usize = 128 * 1024 * 1024;

/// How many connections a case may have at a time: many more than any runtime needs, and as many as most systems let a
/// process have files.
const CONNECTIONS_MAX: usize = 1024;

/// How long nothing is tried after a connection could not be taken: what is lacking then, such as files, does not come back
/// at once.
pub(super) const PAUSE: Duration = Duration::from_millis(100);

/// A service that listens.
pub struct Service {
    /// `AWS_LAMBDA_RUNTIME_API`
    pub api: String,
    /// The port in it.
    pub port: u16,
    /// The address on which it listens.
    pub host: IpAddr,
    addresses: Addresses,
    doors: Vec<mpsc::UnboundedSender<oneshot::Sender<()>>>,
    shared: Arc<Shared>,
    tracker: TaskTracker,
    /// Keeps a port from being given to others while nobody listens on it.
    _reserved: Option<TcpSocket>,
}

/// How long connections of a dead process may take to be read to their end: a child that outlives it may hold one open.
const SETTLE_MAX: Duration = Duration::from_millis(500);

impl Service {
    /// Listens for the calls of this case on this port, or on a fresh one; notes go out on `notes`.
    pub async fn bind(
        case: &Case,
        addresses: &Addresses,
        port: Option<u16>,
        clock: Clock,
        notes: mpsc::UnboundedSender<Note>,
    ) -> Result<Self, BindError> {
        let shared = Arc::new(Shared {
            clock,
            notes,
            cancel: CancellationToken::new(),
            withhold_continue: case.withhold_continue,
            exchanges: Mutex::new(0),
            connections: AtomicUsize::new(0),
            live: watch::Sender::new(0),
            held: AtomicUsize::new(0),
            doorkeeper: OnceLock::new(),
            turns: tokio::sync::Mutex::default(),
        });
        let mut service = Self {
            api: String::new(),
            port: 0,
            host: addresses.listen(case.address)?,
            addresses: addresses.clone(),
            doors: Vec::new(),
            shared,
            tracker: TaskTracker::new(),
            _reserved: None,
        };
        service.listen(case.address, port.unwrap_or(0)).await?;
        Ok(service)
    }

    async fn listen(&mut self, address: Address, port: u16) -> Result<(), BindError> {
        let host = self.host;
        let failed = |source| BindError::new(host, port, source);
        if address == Address::Refused {
            let socket = bound(SocketAddr::new(host, 0)).map_err(failed)?;
            self.know(address, socket.local_addr().map_err(failed)?);
            self._reserved = Some(socket);
            return Ok(());
        }
        let listener = listen_on(SocketAddr::new(host, port)).map_err(failed)?;
        let local = listener.local_addr().map_err(failed)?;
        self.know(address, local);
        if address == Address::Hostname && host.is_loopback() {
            // `localhost` may mean either family; a machine without IPv6 has just the one.
            if let Ok(second) = TcpListener::bind(format!("[::1]:{}", local.port())).await {
                self.accept(second);
            }
        }
        self.accept(listener);
        Ok(())
    }

    fn know(&mut self, address: Address, local: SocketAddr) {
        self.port = local.port();
        self.api = self.addresses.api(address, local);
    }

    /// From now on, strangers are turned away.
    pub fn guard(&self, doorkeeper: Doorkeeper) {
        // There is one for each service.
        let _ = self.shared.doorkeeper.set(doorkeeper);
    }

    /// How the runtime calls a place of this machine.
    pub(super) fn seen(&self, local: SocketAddr) -> String {
        self.addresses.api(Address::Loopback, local)
    }

    fn accept(&mut self, listener: TcpListener) {
        let shared = Arc::clone(&self.shared);
        let tracker = self.tracker.clone();
        let (door, mut knocks) = mpsc::unbounded_channel::<oneshot::Sender<()>>();
        self.doors.push(door);
        self.tracker.spawn(async move {
            let take = |stream| {
                if *shared.live.borrow() >= CONNECTIONS_MAX {
                    return shared.note(Note::Excess {
                        what: format!(
                            "the runtime had more than {CONNECTIONS_MAX} connections open at a time"
                        ),
                        fatal: true,
                    });
                }
                shared.live.send_modify(|live| *live += 1);
                tracker.spawn(admit(stream, Arc::clone(&shared)));
            };
            loop {
                tokio::select! {
                    taken = listener.accept() => match taken {
                        Ok((stream, _)) => take(stream),
                        Err(error) => shared.cannot_take(&error).await,
                    },
                    Some(done) = knocks.recv() => {
                        waiting(&listener).for_each(&take);
                        // Who knocks may have given up.
                        let _ = done.send(());
                    }
                    () = shared.cancel.cancelled() => break,
                }
            }
        });
    }

    /// Waits until all that a dead process had sent has been read.
    ///
    /// First every connection that waits in the kernel is taken; then each is read until the kernel's end-of-file, for
    /// half a second at most.
    pub async fn settle(&self) {
        let settled = async {
            for door in &self.doors {
                let (done, told) = oneshot::channel();
                door.send(done).ok()?;
                told.await.ok()?;
            }
            let mut live = self.shared.live.subscribe();
            live.wait_for(|live| *live == 0).await.ok()?;
            Some(())
        };
        // What is still open then is held by a process that outlived the runtime; the leak check names it.
        let _ = tokio::time::timeout(SETTLE_MAX, settled).await;
    }

    /// Closes the port and every connection.
    pub async fn close(self) {
        self.shared.cancel.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

/// Connections that the kernel holds ready, whether the event loop has heard of them or not.
fn waiting(listener: &TcpListener) -> impl Iterator<Item = TcpStream> {
    std::iter::from_fn(move || {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let taken = rustix::net::accept_with(listener, flags).ok()?;
        TcpStream::from_std(taken.into()).ok()
    })
}

/// A listening socket.
pub(super) fn listen_on(place: SocketAddr) -> io::Result<TcpListener> {
    bound(place)?.listen(BACKLOG)
}

/// As many connections may wait to be taken.
const BACKLOG: u32 = 1024;

/// A socket at a place. The address of a bridge may come only with the first container on it, so that any is let pass
/// which is not loopback.
fn bound(place: SocketAddr) -> io::Result<TcpSocket> {
    let socket = match place {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    socket.set_reuseaddr(true)?;
    if place.is_ipv4() && !place.ip().is_loopback() {
        set_ip_freebind(&socket, true)?;
    }
    socket.bind(place)?;
    Ok(socket)
}

#[cfg(test)]
mod tests;
