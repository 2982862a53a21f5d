//! Sockets of the service: binding, taking connections, and knowing when all of them have been read to their end.

use std::collections::HashSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use thiserror::Error;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection;
use super::outgoing::Outgoing;
use crate::case::Address;
use crate::transcript::{Body, Caught, Offset, ScanEvent, Side};

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

/// The address by which this machine would be reached from outside, for cases in which loopback is treated apart.
///
/// Nothing is sent: the system only chooses the address from which it would send.
fn outer_address() -> Result<IpAddr, BindError> {
    let choose = || {
        let socket = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        // TEST-NET-1, which leads nowhere.
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
        Ok::<_, io::Error>(socket.local_addr()?.ip())
    };
    choose()
        .ok()
        .filter(|address| !address.is_loopback())
        .ok_or(BindError::Lacking("address but loopback"))
}

/// The time base of one case.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
    /// Milliseconds since the Unix epoch at offset 0.
    pub began_unix_ms: u64,
}

impl Clock {
    /// A clock that starts now.
    pub fn start() -> Self {
        let unix = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            origin: Instant::now(),
            began_unix_ms: u64::try_from(unix.as_millis()).unwrap_or_default(),
        }
    }

    /// The time since the start.
    pub fn now(&self) -> Offset {
        Offset(u64::try_from(self.origin.elapsed().as_micros()).unwrap_or(u64::MAX))
    }
}

/// Something that passed on the wire, in the order in which it did.
#[derive(Debug)]
pub enum Note {
    /// A connection was taken.
    Opened {
        /// Its index.
        connection: usize,
        /// When.
        at: Offset,
    },
    /// The head of a request, or bytes that are none.
    Scanned {
        /// The connection.
        connection: usize,
        /// The exchange; of no meaning for garbage.
        exchange: usize,
        /// When.
        at: Offset,
        /// What the scanner saw.
        event: ScanEvent,
        /// Where the script's reply goes, once the request is whole.
        reply: Option<oneshot::Sender<Outgoing>>,
    },
    /// A reply is about to be written.
    Replying {
        /// The exchange.
        exchange: usize,
        /// Just before the first byte.
        at: Offset,
        /// The first bytes as they stand on the wire.
        wire: Body,
        /// How the case bends it.
        bent: Option<String>,
        /// The status.
        status: u16,
    },
    /// A connection came to the trap.
    Caught(Caught),
    /// A connection ended.
    Closed {
        /// The connection.
        connection: usize,
        /// When.
        at: Offset,
        /// Who closed it.
        by: Side,
    },
}

/// What all connections of one case share.
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) notes: mpsc::UnboundedSender<Note>,
    pub(super) cancel: CancellationToken,
    exchanges: AtomicUsize,
    connections: AtomicUsize,
    live: watch::Sender<usize>,
    /// Local addresses of [`Service::settle`]'s own connections.
    barriers: Mutex<HashSet<SocketAddr>>,
    passed: watch::Sender<usize>,
}

impl Shared {
    pub(super) fn note(&self, note: Note) {
        // The receiver outlives the service; when it is gone, nobody wants to know.
        let _ = self.notes.send(note);
    }

    pub(super) fn next_exchange(&self) -> usize {
        self.exchanges.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn ended(&self) {
        self.live.send_modify(|live| *live -= 1);
    }
}

/// A service that listens.
pub struct Service {
    /// `AWS_LAMBDA_RUNTIME_API`
    pub api: String,
    /// The address on which it listens.
    pub host: IpAddr,
    local: Option<SocketAddr>,
    shared: Arc<Shared>,
    tracker: TaskTracker,
    /// Keeps a port from being given to others while nobody listens on it.
    _reserved: Option<TcpSocket>,
}

/// How long connections of a dead process may take to be read to their end: a child that outlives it may hold one open.
const SETTLE_MAX: Duration = Duration::from_millis(500);

impl Service {
    /// Listens on this port, or on a fresh one; notes go out on `notes`.
    pub async fn bind(
        address: Address,
        port: Option<u16>,
        clock: Clock,
        notes: mpsc::UnboundedSender<Note>,
    ) -> Result<Self, BindError> {
        let shared = Arc::new(Shared {
            clock,
            notes,
            cancel: CancellationToken::new(),
            exchanges: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
            live: watch::Sender::new(0),
            barriers: Mutex::default(),
            passed: watch::Sender::new(0),
        });
        let mut service = Self {
            api: String::new(),
            host: Ipv4Addr::LOCALHOST.into(),
            local: None,
            shared,
            tracker: TaskTracker::new(),
            _reserved: None,
        };
        service.listen(address, port.unwrap_or(0)).await?;
        Ok(service)
    }

    async fn listen(&mut self, address: Address, port: u16) -> Result<(), BindError> {
        let host: IpAddr = match address {
            Address::Loopback | Address::Hostname | Address::Refused => Ipv4Addr::LOCALHOST.into(),
            Address::OtherLoopback => Ipv4Addr::new(127, 0, 0, 2).into(),
            Address::Ipv6 => Ipv6Addr::LOCALHOST.into(),
            Address::Outer => outer_address()?,
        };
        self.host = host;
        let failed = |source| BindError::new(host, port, source);
        if address == Address::Refused {
            let socket = TcpSocket::new_v4().map_err(failed)?;
            socket
                .bind(SocketAddr::from(([127, 0, 0, 1], 0)))
                .map_err(failed)?;
            self.api = socket.local_addr().map_err(failed)?.to_string();
            self._reserved = Some(socket);
            return Ok(());
        }
        let listener = TcpListener::bind((host, port)).await.map_err(failed)?;
        let local = listener.local_addr().map_err(failed)?;
        self.api = local.to_string();
        self.local = Some(local);
        if address == Address::Hostname {
            self.api = format!("localhost:{}", local.port());
            // `localhost` may mean either family; a machine without IPv6 has just the one.
            if let Ok(second) = TcpListener::bind(format!("[::1]:{}", local.port())).await {
                self.accept(second);
            }
        }
        self.accept(listener);
        Ok(())
    }

    fn accept(&self, listener: TcpListener) {
        let shared = Arc::clone(&self.shared);
        let tracker = self.tracker.clone();
        self.tracker.spawn(async move {
            loop {
                let taken = tokio::select! {
                    taken = listener.accept() => taken,
                    () = shared.cancel.cancelled() => break,
                };
                // A connection that is gone before it is taken says nothing.
                let Ok((stream, peer)) = taken else { continue };
                if shared
                    .barriers
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .remove(&peer)
                {
                    shared.passed.send_modify(|passed| *passed += 1);
                    continue;
                }
                let index = shared.connections.fetch_add(1, Ordering::Relaxed);
                shared.live.send_modify(|live| *live += 1);
                shared.note(Note::Opened {
                    connection: index,
                    at: shared.clock.now(),
                });
                tracker.spawn(connection::serve(stream, index, Arc::clone(&shared)));
            }
        });
    }

    /// Waits until all that a dead process had sent has been read.
    ///
    /// A connection of our own passes the accept queue behind the process' last one; then each connection is read until
    /// the kernel's end-of-file, for half a second at most.
    pub async fn settle(&self) {
        let settled = async {
            self.pass_barrier().await?;
            let mut live = self.shared.live.subscribe();
            live.wait_for(|live| *live == 0).await.ok()?;
            Some(())
        };
        // What is still open then is held by a process that outlived the runtime; the leak check names it.
        let _ = tokio::time::timeout(SETTLE_MAX, settled).await;
    }

    async fn pass_barrier(&self) -> Option<TcpStream> {
        let local = self.local?;
        let socket = if local.is_ipv4() {
            TcpSocket::new_v4()
        } else {
            TcpSocket::new_v6()
        }
        .ok()?;
        socket.bind(SocketAddr::new(local.ip(), 0)).ok()?;
        let own = socket.local_addr().ok()?;
        let mut passed = self.shared.passed.subscribe();
        let before = *passed.borrow_and_update();
        self.shared
            .barriers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(own);
        let stream = socket.connect(local).await.ok()?;
        passed.wait_for(|passed| *passed > before).await.ok()?;
        Some(stream)
    }

    /// Closes the port and every connection.
    pub async fn close(self) {
        self.shared.cancel.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}
