//! The service of one case: it listens, accepts connections, and knows when all of them have been read to their end.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustix::net::SocketFlags;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;

use super::address::Addresses;
use super::bind::{BindError, bound, listen_on};
use super::caller::{Caller, Doorkeeper, refuse};
use super::connection;
use super::door::Door;
use super::engine::{Post, Visit};
use super::note::{Clock, Note};
use super::push::{Push, at, within};
use super::traffic::Traffic;
use crate::case::{Address, Case};
use crate::protocol::Actor;
use crate::transcript::Stranger;

/// How many connections a case may have at the same time: many more than any runtime needs, and as many open files as most
/// systems allow.
const CONNECTIONS_MAX: usize = 1024;

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
    traffic: Arc<Traffic>,
    tracker: TaskTracker,
    /// Where callers bring events, if the case has any.
    door: Option<Door>,
    push: Push,
    /// Keeps a port from being given to others while nothing listens on it.
    _reserved: Option<TcpSocket>,
}

/// How long it may take to read the connections of a dead process to their end: a surviving child may hold one open.
const SETTLE_MAX: Duration = Duration::from_millis(500);

impl Service {
    /// Listens for the calls of this case on this port, or on a fresh one; sends notes to `notes`.
    ///
    /// # Errors
    /// The system gives no port, or no such address.
    pub async fn bind(
        case: &Case,
        addresses: &Addresses,
        port: Option<u16>,
        clock: Clock,
        notes: mpsc::UnboundedSender<Note>,
    ) -> Result<Self, BindError> {
        let traffic = Arc::new(Traffic::new(
            clock,
            notes,
            case.withhold_continue,
            case.reads,
        ));
        let tracker = TaskTracker::new();
        let mut service = Self {
            push: Push::new(&traffic, &tracker),
            api: String::new(),
            port: 0,
            host: addresses.listen(case.address)?,
            addresses: addresses.clone(),
            doors: Vec::new(),
            traffic,
            tracker,
            door: None,
            _reserved: None,
        };
        if let Some(sockets) = addresses.sockets() {
            service.push.reach_by(within(sockets));
        }
        service.listen(case.address, port.unwrap_or(0))?;
        if case.steps.iter().any(|step| step.facts().by_caller) {
            service.door = Some(Door::open(&service.traffic, &service.tracker)?);
        }
        Ok(service)
    }

    fn listen(&mut self, address: Address, port: u16) -> Result<(), BindError> {
        let host = self.host;
        let failed = |source| BindError::new(host, port, source);
        if address == Address::Refused {
            let socket =
                bound(SocketAddr::new(host, 0), self.addresses.sockets()).map_err(failed)?;
            self.know(address, socket.local_addr().map_err(failed)?);
            self._reserved = Some(socket);
            return Ok(());
        }
        let listener = self.listener(SocketAddr::new(host, port));
        let listener = listener.map_err(failed)?;
        let local = listener.local_addr().map_err(failed)?;
        self.know(address, local);
        if address == Address::Hostname && host.is_loopback() {
            // `localhost` may mean either family; a machine without IPv6 has just the one.
            let second = SocketAddr::from((Ipv6Addr::LOCALHOST, local.port()));
            if let Ok(second) = self.listener(second) {
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

    /// Goes to the invoke door as a caller would.
    pub fn visit(&self, visit: Visit) {
        if let Some(door) = &self.door {
            door.visit(visit);
        }
    }

    /// Sends a batch of telemetry to a subscriber.
    pub fn post(&mut self, post: Post) {
        self.push.post(post);
    }

    /// From now on, subscribers are reached at this address, if there is one.
    pub fn reach_at(&mut self, address: Option<IpAddr>) {
        if let Some(address) = address {
            self.push.reach_by(at(address));
        }
    }

    /// From now on, strangers are refused.
    pub fn guard(&self, doorkeeper: Doorkeeper) {
        // There is one for each service.
        let _ = self.traffic.doorkeeper.set(doorkeeper);
    }

    /// From now on, bodies are passed on as they come.
    pub fn pass_on(&self) {
        self.traffic.passes_on.store(true, Ordering::Relaxed);
    }

    /// A listening socket in the network of the runtime.
    pub(super) fn listener(&self, place: SocketAddr) -> io::Result<TcpListener> {
        listen_on(place, self.addresses.sockets())
    }

    /// Closes the connections on which no call waits for its reply.
    pub fn hang_up(&self) {
        self.traffic.hang_up.notify_waiters();
    }

    /// What came so far is no longer kept.
    pub fn forget(&self) {
        self.traffic.forget();
    }

    /// How the runtime reaches an address of this machine.
    pub(super) fn seen(&self, local: SocketAddr) -> String {
        self.addresses.api(Address::Loopback, local)
    }

    fn accept(&mut self, listener: TcpListener) {
        let traffic = Arc::clone(&self.traffic);
        let tracker = self.tracker.clone();
        let (door, mut knocks) = mpsc::unbounded_channel::<oneshot::Sender<()>>();
        self.doors.push(door);
        self.tracker.spawn(async move {
            let take = |stream| {
                if traffic.live.borrow().count() >= CONNECTIONS_MAX {
                    return traffic.note(Note::Excess {
                        what: format!(
                            "the runtime had more than {CONNECTIONS_MAX} connections open at a time"
                        ),
                        fatal: true,
                    });
                }
                traffic.begun();
                tracker.spawn(admit(stream, Arc::clone(&traffic)));
            };
            loop {
                tokio::select! {
                    taken = listener.accept() => match taken {
                        Ok((stream, _)) => take(stream),
                        Err(error) => traffic.cannot_take(&error).await,
                    },
                    Some(done) = knocks.recv() => {
                        waiting(&listener).for_each(&take);
                        // The caller may have given up.
                        let _ = done.send(());
                    }
                    () = traffic.cancel.cancelled() => break,
                }
            }
        });
    }

    /// Waits until all that dead processes had sent has been read: those of one actor, or of all.
    ///
    /// First every connection that waits in the kernel is accepted; then each is read until the kernel's end-of-file, for
    /// half a second at most.
    pub async fn settle(&self, whose: Option<Actor>) {
        let settled = async {
            for door in &self.doors {
                let (done, told) = oneshot::channel();
                door.send(done).ok()?;
                told.await.ok()?;
            }
            let mut live = self.traffic.live.subscribe();
            live.wait_for(|live| match whose {
                Some(actor) => live.is_without(actor),
                None => live.count() == 0,
            })
            .await
            .ok()?;
            Some(())
        };
        // A process that outlived the runtime holds connections that are still open; the leak check names it.
        let _ = tokio::time::timeout(SETTLE_MAX, settled).await;
    }

    /// Closes the port and every connection.
    pub async fn close(self) {
        self.traffic.cancel.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

/// Connections that are ready in the kernel, even if the event loop does not know of them yet.
fn waiting(listener: &TcpListener) -> impl Iterator<Item = TcpStream> {
    std::iter::from_fn(move || {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let taken = rustix::net::accept_with(listener, flags).ok()?;
        TcpStream::from_std(taken.into()).ok()
    })
}

/// Serves an accepted connection, if it is the runtime's.
async fn admit(stream: TcpStream, traffic: Arc<Traffic>) {
    let at = traffic.clock.now();
    let caller = tokio::select! {
        caller = who(&stream, &traffic) => caller,
        () = traffic.cancel.cancelled() => return traffic.ended(None),
    };
    traffic.is_of(caller.actor());
    if let Caller::Stranger(who) = caller {
        tokio::select! {
            first = refuse(stream) => traffic.note(Note::Stranger(Stranger { at, who, first })),
            () = traffic.cancel.cancelled() => {}
        }
        return traffic.ended(None);
    }
    let index = traffic.open(at, stream.peer_addr().ok(), &caller);
    connection::serve(stream, index, traffic, caller).await;
}

async fn who(stream: &TcpStream, traffic: &Traffic) -> Caller {
    let (Some(doorkeeper), Ok(from), Ok(to)) = (
        traffic.doorkeeper.get(),
        stream.peer_addr(),
        stream.local_addr(),
    ) else {
        return Caller::Unknown;
    };
    // One at a time: many callers must not become many threads.
    let _turn = traffic.turns.lock().await;
    let doorkeeper = Arc::clone(doorkeeper);
    let asked = tokio::task::spawn_blocking(move || doorkeeper(from, to)).await;
    asked.unwrap_or(Caller::Unknown)
}

#[cfg(test)]
mod tests;
